#include "fakes.hpp"

#include "mysql_prm/engine/heartbeat.hpp"

#include <gtest/gtest.h>

namespace mysql_prm {
namespace {

using base::Millis;
using engine::Context;
using std::chrono::seconds;
using test::Trio;

TEST(DelayOf, IsTheAgeOfTheLastBeatLessTheTimeUntilTheNext)
{
    EXPECT_EQ(core::delay_of(seconds{0}, Millis{400}, true), seconds{0});
    EXPECT_EQ(core::delay_of(seconds{0}, Millis{1900}, true), seconds{0});
    EXPECT_EQ(core::delay_of(seconds{0}, Millis{7300}, true), seconds{6});
    EXPECT_EQ(core::delay_of(seconds{3}, Millis{7300}, true), seconds{6});
}

TEST(DelayOf, ABeatThatDoesNotMoveSaysNothingWhileTheServerIsNotBehind)
{
    EXPECT_EQ(core::delay_of(seconds{0}, Millis{7300}, false), seconds{0});
    EXPECT_EQ(core::delay_of(seconds{5}, Millis{7300}, false), seconds{6}); // one long transaction
}

TEST(DelayOf, AClockThatIsBehindIsNoNegativeDelay)
{
    EXPECT_EQ(core::delay_of(seconds{0}, Millis{-5000}, true), seconds{0});
}

struct HeartbeatTest : testing::Test {
    HeartbeatTest()
    {
        trio.replicate_from_db1();
        auto state = db1.remembered();
        state.was_primary = true;
        db1.remember(state);
    }
    int beats()
    {
        const auto& done = db1.server().done;
        return static_cast<int>(std::ranges::count(done, "heartbeat"));
    }
    void beat(test::Node& node)
    {
        EXPECT_GT(node.run([&](const Context& context) { return heartbeat.beat(context); }), Millis{0});
    }
    Trio trio;
    engine::Heartbeat heartbeat;
    test::Node &db1 = trio.db1, &db2 = trio.db2;
};

TEST_F(HeartbeatTest, ThePrimaryBeats)
{
    beat(db1);
    beat(db1);
    EXPECT_EQ(beats(), 2);
}

TEST_F(HeartbeatTest, AReplicaDoesNot)
{
    beat(db2);
    EXPECT_EQ(beats(), 0);
    EXPECT_TRUE(db2.server().done.empty());
}

// Its rights go past read_only: it would write where nobody may.
TEST_F(HeartbeatTest, NotOnAPrimaryThatSomebodyHasClosed)
{
    beat(db1);
    db1.server().status.role.read_only = true;
    beat(db1);
    EXPECT_EQ(beats(), 1);
}

TEST_F(HeartbeatTest, DoesNotQueueBehindCommitsThatWait)
{
    db1.settings.semi_sync = core::SemiSyncMode::strict;
    db1.server().source_side = true;
    test::commit_and_wait(db1.server(), 50);
    beat(db1);
    EXPECT_EQ(beats(), 0);
}

TEST_F(HeartbeatTest, GoesOnAfterARestartOfTheServer)
{
    beat(db1);
    db1.server().door = test::Door::hung;
    beat(db1);
    db1.server().door = test::Door::open;
    beat(db1);
    beat(db1);
    EXPECT_GE(beats(), 2);
}

struct DelayTest : HeartbeatTest {
    void arrive(const std::string& written, Millis age)
    {
        db2.server().beat = core::Beat{written, age};
        EXPECT_EQ(db2.monitor(), ocf::ExitCode::ok);
    }
};

TEST_F(DelayTest, AReplicaFarBehindTheBeatIsNotReadable)
{
    db2.settings.max_lag = seconds{30};
    arrive("2026-01-01 00:00:00", Millis{500});
    EXPECT_EQ(db2.attribute("readable"), "1");
    arrive("2026-01-01 00:00:10", Millis{45'000});
    EXPECT_EQ(db2.attribute("readable"), "0");
    EXPECT_EQ(db2.score(), core::k_score_behind);
    arrive("2026-01-01 00:01:00", Millis{2000});
    EXPECT_EQ(db2.attribute("readable"), "1");
    EXPECT_EQ(db2.score(), core::k_score_replica);
}

TEST_F(DelayTest, ReadersStayWhenTheWatcherOfThePrimaryIsGone)
{
    db2.settings.max_lag = seconds{30};
    arrive("2026-01-01 00:00:00", Millis{500});
    arrive("2026-01-01 00:00:00", Millis{45'000});
    EXPECT_EQ(db2.attribute("readable"), "1");
}

TEST_F(DelayTest, WithoutBeatsTheServersFigureCounts)
{
    db2.settings.max_lag = seconds{30};
    db2.server().status.role.replica->lag = seconds{31};
    EXPECT_EQ(db2.monitor(), ocf::ExitCode::ok);
    EXPECT_EQ(db2.attribute("readable"), "0");
}

} // namespace
} // namespace mysql_prm
