#include "fakes.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace mysql_prm {
namespace {

using base::ErrorKind;
using base::Millis;
using ocf::ExitCode;
using test::Door;
using test::promotion;
using test::Trio;
using Lines = std::vector<std::string>;

constexpr Millis k_short{5005}; // less what demote keeps for ending the server: 5 ms

struct DemoteTest : testing::Test {
    DemoteTest() { trio.replicate_from_db1(); }
    void expect_ended_with_an_error()
    {
        db1.budget = k_short;
        const auto result = db1.demote();
        EXPECT_FALSE(result.has_value());
        EXPECT_EQ(db1.mysqld.done, Lines{"kill"});
        EXPECT_FALSE(db1.server().process);
    }
    ocf::NotifyEvent to_db2 = promotion("", "db2", {"db1", "db2", "db3"}, {"db1"});
    Trio trio;
    test::Node &db1 = trio.db1, &db2 = trio.db2;
};

TEST_F(DemoteTest, ClosesTheServerAndKeepsItRunning)
{
    EXPECT_EQ(db1.demote(to_db2), ExitCode::ok);
    EXPECT_FALSE(db1.server().writable());
    EXPECT_TRUE(db1.server().status.role.super_read_only);
    EXPECT_FALSE(db1.server().shut_out);
    EXPECT_EQ(db1.mysqld.done, Lines{});
    EXPECT_EQ(db1.monitor(), ExitCode::ok);
}

TEST_F(DemoteTest, LetsNoNewWorkInBeforeItEndsSessionsAndReleasesWaitersOnlyThen)
{
    ASSERT_TRUE(db1.demote(to_db2).has_value());
    EXPECT_EQ(db1.server().done, (Lines{"shut out", "end sessions", "stop waiting", "read-only", "let in"}));
}

TEST_F(DemoteTest, DemotedTwiceItWritesNothingTheSecondTime)
{
    db1.server().events = {"`shop`.`purge`"};
    ASSERT_TRUE(db1.demote(to_db2).has_value());
    db1.cluster.writes.clear();
    const auto seen = trio.world.seen();
    EXPECT_EQ(db1.demote(to_db2), ExitCode::ok);
    EXPECT_EQ(db1.cluster.writes, Lines{});
    EXPECT_EQ(trio.world.seen(), seen);
}

TEST_F(DemoteTest, ADeadServerIsASuccess)
{
    db1.server().process = false;
    EXPECT_EQ(db1.demote(to_db2), ExitCode::ok);
    EXPECT_EQ(db1.mysqld.done, Lines{});
}

TEST_F(DemoteTest, AHungServerIsEndedAndAnError)
{
    for (const auto door : {Door::hung, Door::frozen}) {
        db1.server().process = true;
        db1.mysqld.done.clear();
        db1.server().door = door;
        expect_ended_with_an_error();
    }
}

TEST_F(DemoteTest, AServerThatLetsNobodyInIsEndedAndAnError)
{
    db1.server().door = Door::full;
    expect_ended_with_an_error();
}

TEST_F(DemoteTest, AServerThatCannotBeEndedIsAnError)
{
    db1.server().door = Door::hung;
    db1.mysqld.cannot_be_ended = true;
    EXPECT_EQ(db1.demote().error().kind, ErrorKind::timed_out);
}

TEST_F(DemoteTest, EndsTheSessionsThatBlockReadOnly)
{
    db1.server().blocked = db1.server().blocked_again = true;
    EXPECT_EQ(db1.demote(to_db2), ExitCode::ok);
    EXPECT_TRUE(db1.server().status.role.super_read_only);
}

// Commits that hang on the disk hold read-only up, and no kill ends them.
TEST_F(DemoteTest, AServerWhoseDiskStallsIsEndedWithoutWaitingForTheTimeout)
{
    db1.server().disk_stalls = true;
    const auto begun = base::Deadline::after(base::Millis{0}).time();
    EXPECT_FALSE(db1.demote(to_db2) == ExitCode::ok && db1.server().process);
    EXPECT_FALSE(db1.server().process);
    EXPECT_LT(base::Deadline::after(base::Millis{0}).time() - begun, base::Millis{5000});
}

// Killed sessions would leave half a transaction in MariaDB's log (found by a scenario: no replica could follow afterwards).
TEST_F(DemoteTest, AServerWhoseCommitsWaitForSpaceIsEndedBeforeAnySessionIsKilled)
{
    db1.server().status.role.version.flavor = core::Flavor::mariadb;
    db1.server().commits_hang = true;
    const auto done = db1.server().done.size();
    EXPECT_FALSE(db1.demote(to_db2).has_value());
    EXPECT_FALSE(db1.server().process);
    EXPECT_EQ(db1.server().done.size(), done);
}

TEST_F(DemoteTest, ReleasesCommitsThatWaitForAnAcknowledgement)
{
    db1.server().waits_for_acknowledgements = true;
    EXPECT_EQ(db1.demote(to_db2), ExitCode::ok);
}

TEST_F(DemoteTest, EndsPrivilegedWriters)
{
    db1.server().writers = {"root@localhost (id 7)"};
    EXPECT_EQ(db1.demote(to_db2), ExitCode::ok);
    EXPECT_EQ(db1.server().writers, Lines{});
}

TEST_F(DemoteTest, APrivilegedWriterThatKeepsComingBackEndsTheServer)
{
    db1.server().writers = {"root@localhost (id 7)"};
    db1.server().writers_return = true;
    expect_ended_with_an_error();
}

TEST_F(DemoteTest, APreparedXaTransactionEndsTheServer)
{
    db1.server().prepared_xa = 1;
    const auto begun = base::Deadline::after(base::Millis{0}).time();
    EXPECT_FALSE(db1.demote().has_value());
    EXPECT_FALSE(db1.server().process);
    EXPECT_LT(base::Deadline::after(base::Millis{0}).time() - begun, base::Millis{2000}) << "nobody commits it any more";
}

// Killed at once, it took with it what its successor had not received.
TEST_F(DemoteTest, BeforeAPreparedXaTransactionEndsTheServerItIsHandedOver)
{
    db1.server().prepared_xa = 1;
    db2.server().process = false; // it cannot say how far it has come
    EXPECT_FALSE(db1.demote(to_db2));
    EXPECT_FALSE(db1.server().process);
    const auto word = db1.ballot();
    ASSERT_TRUE(word);
    EXPECT_EQ(word->why, "was the primary");
    EXPECT_EQ(word->received, db1.server().status.executed);
}

TEST_F(DemoteTest, APositionThatGoesOnGrowingEndsTheServer)
{
    db1.server().grows_under_read_only = true;
    expect_ended_with_an_error();
}

TEST_F(DemoteTest, AnOnlyHalfClosedServerIsClosedWithProof)
{
    db1.server().status.role.read_only = true; // by hand; super_read_only is off, so privileged sessions write
    ASSERT_TRUE(db1.monitor().has_value());
    EXPECT_EQ(db1.demote(to_db2), ExitCode::ok);
    EXPECT_TRUE(db1.server().status.role.super_read_only);
}

TEST_F(DemoteTest, AReplicaHasNothingToProve)
{
    EXPECT_EQ(db2.demote(), ExitCode::ok);
    EXPECT_EQ(db2.server().done, Lines{});
}

TEST_F(DemoteTest, AReplicaThatSomebodyHasMadeWritableIsClosedWhileItsPrimaryIsBusy)
{
    db2.server().status.role.read_only = db2.server().status.role.super_read_only = false;
    db2.server().grows_under_read_only = true; // as long as it receives
    db2.budget = k_short;
    EXPECT_EQ(db2.demote(), ExitCode::ok);
    EXPECT_FALSE(db2.server().writable());
    EXPECT_EQ(db2.mysqld.done, Lines{});
}

TEST_F(DemoteTest, RemembersTheEnabledEventsInTheClusterAndDisablesThem)
{
    db1.server().events = {"`shop`.`purge`", "`shop`.`report`"};
    ASSERT_TRUE(db1.demote(to_db2).has_value());
    EXPECT_EQ(trio.world.cib.properties["mysql_EVENTS"], "`shop`.`purge`,`shop`.`report`");
    EXPECT_TRUE(db1.server().events.empty());
}

TEST_F(DemoteTest, WritesTheEventsOnlyWhenTheyChanged)
{
    db1.server().events = {"`shop`.`purge`"};
    db1.clock.tick(std::chrono::seconds{61});
    ASSERT_TRUE(db1.monitor().has_value());
    db1.cluster.writes.clear();
    ASSERT_TRUE(db1.demote(to_db2).has_value());
    EXPECT_EQ(db1.cluster.writes, Lines{});
}

TEST_F(DemoteTest, EventsTravelWithThePrimaryAndBack)
{
    const std::set<std::string> events{"`shop`.`purge`"};
    db1.server().events = events;
    ASSERT_TRUE(db1.demote(to_db2).has_value());
    ASSERT_TRUE(db2.promote(promotion("", "db2", {"db2"})).has_value());
    EXPECT_EQ(db2.server().events, events);
    ASSERT_TRUE(db2.demote(promotion("", "db1", {"db1", "db2"}, {"db2"})).has_value());
    ASSERT_TRUE(db1.promote(promotion("", "db1", {"db1"})).has_value());
    EXPECT_EQ(db1.server().events, events);
    EXPECT_TRUE(db2.server().events.empty());
}

TEST_F(DemoteTest, WaitsUntilTheSuccessorHasReceivedTheLastTransaction)
{
    test::commit(db1.server(), 6);
    db2.server().arrives_after = 30;
    ASSERT_TRUE(db1.demote(to_db2).has_value());
    EXPECT_TRUE(core::contains(db2.server().status.received, db1.server().status.executed));
}

TEST_F(DemoteTest, DoesNotWaitForASuccessorThatReceivesNothing)
{
    test::commit(db1.server(), 6);
    db2.server().arrives_after = 1'000'000;
    db2.server().status.role.replica->receiver = core::ReceiverState::stopped;
    EXPECT_EQ(db1.demote(to_db2), ExitCode::ok);
}

TEST_F(DemoteTest, ASuccessorThatIsTooSlowDoesNotMakeItAnError)
{
    test::commit(db1.server(), 6);
    db2.server().arrives_after = 1'000'000;
    db1.budget = k_short;
    EXPECT_EQ(db1.demote(to_db2), ExitCode::ok);
}

TEST_F(DemoteTest, WorksWithoutAClusterAndWithoutNotifyVariables)
{
    db1.cluster.absent = true;
    db1.server().events = {"`shop`.`purge`"};
    EXPECT_EQ(db1.demote(), ExitCode::ok);
    EXPECT_FALSE(db1.server().writable());
}

} // namespace
} // namespace mysql_prm
