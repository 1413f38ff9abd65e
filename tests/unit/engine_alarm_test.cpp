#include "fakes.hpp"

#include "mysql_prm/engine/alarm.hpp"

#include <gtest/gtest.h>

namespace mysql_prm {
namespace {

using base::Millis;
using engine::Context;
using test::Door;
using test::Trio;

struct AlarmTest : testing::Test {
    AlarmTest()
    {
        trio.replicate_from_db1();
        auto state = db1.remembered();
        state.was_primary = true;
        db1.remember(state);
    }
    void look(bool may_report = true)
    {
        db1.run([&](const Context& context) { alarm.look(context, [&] { return may_report && !lease_has_ended; }); });
    }
    void hang() { db1.server().door = Door::hung; }
    void hang_for(Millis time)
    {
        hang();
        db1.server().thaws = base::Deadline::after(time);
    }
    // The next question is a login.
    void lose_connection()
    {
        db1.server().door = Door::frozen;
        look();
    }

    Trio trio;
    engine::Alarm alarm;
    bool lease_has_ended = false;
    test::Node& db1 = trio.db1;
};

TEST_F(AlarmTest, AServerThatAnswersIsNoNews)
{
    look();
    look();
    EXPECT_EQ(db1.cluster.reports, 0);
}

TEST_F(AlarmTest, TheEndOfAServerIsReportedOnce)
{
    look();
    db1.server().process = false;
    look();
    look();
    look();
    EXPECT_EQ(db1.cluster.reports, 1);
}

TEST_F(AlarmTest, AServerThatIsStartedAgainIsAnother)
{
    look();
    db1.server().process = false;
    look();
    db1.server().process = true;
    db1.server().status.started += 10;
    look();
    look();
    EXPECT_EQ(db1.cluster.reports, 1);
    db1.server().process = false;
    look();
    EXPECT_EQ(db1.cluster.reports, 2);
}

// Whoever starts it waits for it and says why it does not come.
TEST_F(AlarmTest, OneThatHasNotServedYetIsTheAffairOfItsStart)
{
    db1.server().door = Door::starting;
    db1.server().opens_after = 100;
    look();
    db1.server().process = false;
    look();
    EXPECT_EQ(db1.cluster.reports, 0);
}

TEST_F(AlarmTest, AnEndInMaintenanceIsTheAdministratorsWish)
{
    look();
    db1.cluster.left_alone = true;
    db1.server().process = false;
    look();
    EXPECT_EQ(db1.cluster.reports, 0);
}

TEST_F(AlarmTest, WhereNobodyCanBeAskedNobodyIsTold)
{
    look();
    db1.cluster.is_slow = true;
    db1.server().process = false;
    look();
    EXPECT_EQ(db1.cluster.reports, 0);
}

TEST_F(AlarmTest, WhatTheLeaseHasEndedIsNotReported)
{
    look();
    db1.server().process = false;
    look(false);
    look(true);
    EXPECT_EQ(db1.cluster.reports, 0);
}

TEST_F(AlarmTest, AReportThatIsLostIsMadeAgain)
{
    look();
    db1.cluster.reports_lost = 2;
    db1.server().process = false;
    look();
    EXPECT_EQ(db1.cluster.reports, 1);
}

TEST_F(AlarmTest, AServerThatHangsIsReportedOnceAndEnded)
{
    look();
    db1.server().door = Door::hung;
    look();
    EXPECT_EQ(db1.cluster.reports, 1);
    EXPECT_FALSE(db1.server().process);
    look();
    EXPECT_EQ(db1.cluster.reports, 1);
}

TEST_F(AlarmTest, APauseOfASecondIsNoHang)
{
    for (const bool logs_in : {false, true}) {
        db1.server().door = Door::open;
        look();
        if (logs_in)
            lose_connection();
        hang_for(Millis{1500}); // the server's end is waited for first, some 250 ms
        look();
        EXPECT_EQ(db1.cluster.reports, 0) << logs_in;
        EXPECT_TRUE(db1.server().process) << logs_in;
    }
}

TEST_F(AlarmTest, ALongerOneIs)
{
    look();
    hang_for(Millis{2000});
    look();
    EXPECT_EQ(db1.cluster.reports, 1);
}

TEST_F(AlarmTest, AServerThatLetsLoginsHangOnlyIsNoneThatHangs)
{
    look();
    lose_connection();
    look();
    EXPECT_EQ(db1.cluster.reports, 0);
    hang();
    look();
    EXPECT_EQ(db1.cluster.reports, 1);
}

// Its threads may all wait with commits for an acknowledgement.
TEST_F(AlarmTest, AThreadPoolThatGreetsNobodyIsLeftToTheMonitor)
{
    db1.server().thread_pool = true;
    look();
    hang();
    look();
    look();
    EXPECT_EQ(db1.cluster.reports, 0);
    EXPECT_TRUE(db1.server().process);
    db1.server().process = false;
    look();
    EXPECT_EQ(db1.cluster.reports, 1);
}

TEST_F(AlarmTest, WhatTheLeaseEndsMeanwhileIsItsAffair)
{
    look();
    hang();
    db1.mysqld.while_silent = [&] { lease_has_ended = true; };
    look();
    EXPECT_EQ(db1.cluster.reports, 0);
    EXPECT_TRUE(db1.server().process);
}

TEST_F(AlarmTest, OneThatWorksIsSlowAndDoesNotHang)
{
    look();
    db1.server().door = Door::hung;
    db1.mysqld.while_silent = [&] { db1.server().processor_time += Millis{300}; };
    look();
    look();
    EXPECT_EQ(db1.cluster.reports, 0);
}

// Suspended, starved or debugged: the silence was not heard.
TEST_F(AlarmTest, WhoDidNotRunItselfHasNotListened)
{
    look();
    db1.server().door = Door::hung;
    db1.mysqld.while_silent = [&] { base::Deadline::skip(Millis{5000}); };
    look();
    EXPECT_EQ(db1.cluster.reports, 0);
    db1.mysqld.while_silent = {};
    look();
    EXPECT_EQ(db1.cluster.reports, 1);
}

TEST_F(AlarmTest, AFullConnectionTableIsNoHang)
{
    look();
    lose_connection();
    db1.server().door = Door::full;
    look();
    look();
    EXPECT_EQ(db1.cluster.reports, 0);
}

// A statement about accounts holds logins and what looks at rights; new clients are still greeted.
TEST_F(AlarmTest, OneThatGreetsAndAnswersNothingIsLeftToTheMonitor)
{
    look();
    db1.server().door = Door::frozen;
    look();
    look();
    EXPECT_EQ(db1.cluster.reports, 0);
}

TEST_F(AlarmTest, AHangThatCouldNotBeReportedIsReportedLater)
{
    look();
    db1.server().door = Door::hung;
    db1.cluster.left_alone = true;
    look();
    EXPECT_TRUE(db1.server().process);
    db1.cluster.left_alone = false;
    look();
    EXPECT_EQ(db1.cluster.reports, 1);
}

} // namespace
} // namespace mysql_prm
