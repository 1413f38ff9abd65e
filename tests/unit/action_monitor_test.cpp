#include "fakes.hpp"

#include "mysql_prm/engine/attention.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mysql_prm {
namespace {

using namespace std::chrono_literals;
using base::ErrorKind;
using core::ReceiverState;
using ocf::ExitCode;
using test::Door;
using test::promotion;
using test::Trio;
using Lines = std::vector<std::string>;

struct MonitorTest : testing::Test {
    MonitorTest() { trio.replicate_from_db1(); }
    // db2 has answered in an election for this generation.
    void promise(std::uint64_t generation)
    {
        auto state = db2.remembered();
        state.promised = generation;
        db2.remember(state);
        db2.server().status.role.replica->receiver = ReceiverState::stopped;
    }
    // What the watcher says.
    static void note_waiting(test::Node& node, base::Millis for_how_long)
    {
        node.run([&](const engine::Context& context) {
            engine::note_waiting(context, for_how_long);
            return true;
        });
    }
    Trio trio;
    test::Node &db1 = trio.db1, &db2 = trio.db2, &db3 = trio.db3;
};

TEST_F(MonitorTest, TellsThePrimaryFromTheReplicas)
{
    EXPECT_EQ(db1.monitor(), ExitCode::running_promoted);
    EXPECT_EQ(db2.monitor(), ExitCode::ok);
    EXPECT_EQ(db1.score(), core::k_score_primary);
    EXPECT_EQ(db2.score(), core::k_score_replica);
    EXPECT_EQ(db2.attribute("readable"), "1");
}

TEST_F(MonitorTest, RunsNoClusterToolAndWritesNoFileWhileAllIsWell)
{
    for (auto* node : trio.nodes()) {
        for (int i = 0; i < 5; ++i) {
            ASSERT_TRUE(node->monitor().has_value());
            node->clock.tick(10s);
        }
        EXPECT_EQ(node->cluster.calls, 0) << node->name;
        EXPECT_EQ(node->files.writes, 0) << node->name;
        EXPECT_EQ(node->server().done, Lines{}) << node->name;
    }
}

TEST_F(MonitorTest, NeverMakesAServerWritable)
{
    db1.server().status.role.read_only = db1.server().status.role.super_read_only = true;
    for (auto* node : trio.nodes())
        for (int i = 0; i < 3; ++i, node->clock.tick(61s))
            EXPECT_EQ(node->monitor(), ExitCode::ok);
    for (auto* node : trio.nodes())
        EXPECT_FALSE(node->server().writable());
}

TEST_F(MonitorTest, WritesAgainWithinAMinuteWhatVanishedFromTheCluster)
{
    trio.world.cib.scores.clear();
    trio.world.cib.transient.clear();
    db2.clock.tick(59s);
    ASSERT_TRUE(db2.monitor().has_value());
    EXPECT_EQ(db2.cluster.writes, Lines{});
    db2.clock.tick(1s);
    ASSERT_TRUE(db2.monitor().has_value());
    EXPECT_EQ(db2.cluster.writes, (Lines{"score=100", "readable=1"}));
}

TEST_F(MonitorTest, TellsItsServerIdAgainWithinAMinuteWhenItWasLostOrChanged)
{
    const auto published = [&](std::chrono::seconds later) {
        db2.clock.tick(later);
        EXPECT_TRUE(db2.monitor().has_value());
        return trio.world.cib.ballots[{"db2", "mysql_server_id"}];
    };
    EXPECT_EQ(published(61s), "2");
    trio.world.cib.ballots.clear();
    EXPECT_EQ(published(59s), "");
    EXPECT_EQ(published(1s), "2");
    db2.server().status.role.server_id = 7;
    EXPECT_EQ(published(61s), "7");
    db2.cluster.writes.clear();
    EXPECT_EQ(published(61s), "7");
    EXPECT_EQ(db2.cluster.writes, Lines{});
}

TEST_F(MonitorTest, WritesTheReasonForBeingKeptOutAgainWhenItVanished)
{
    test::commit(db2.server(), 99);
    db2.server().status.role.replica.reset();
    ASSERT_TRUE(db2.monitor().has_value());
    const auto reason = db2.attribute("mysql_kept_out");
    ASSERT_NE(reason, "");
    trio.world.cib.transient.erase({"db2", "mysql_kept_out"});
    db2.clock.tick(61s);
    ASSERT_TRUE(db2.monitor().has_value());
    EXPECT_EQ(db2.attribute("mysql_kept_out"), reason);
}

TEST_F(MonitorTest, WritesEverythingAgainForANewPacemaker)
{
    db2.settings.pacemaker = "200:9";
    ASSERT_TRUE(db2.monitor().has_value());
    EXPECT_EQ(db2.cluster.writes, (Lines{"score=100", "readable=1"}));
}

TEST_F(MonitorTest, TriesAgainWhatTheClusterRefused)
{
    db2.settings.pacemaker = "200:9";
    db2.cluster.refuses_writes = true;
    ASSERT_TRUE(db2.monitor().has_value());
    db2.cluster.refuses_writes = false;
    ASSERT_TRUE(db2.monitor().has_value());
    EXPECT_EQ(db2.cluster.writes, (Lines{"score=100", "readable=1"}));
}

TEST_F(MonitorTest, ProbeChangesNeitherTheClusterNorTheServer)
{
    db2.server().status.role.replica->receiver = ReceiverState::stopped;
    db2.settings.pacemaker = "200:9";
    EXPECT_EQ(db2.probe(), ExitCode::ok);
    EXPECT_EQ(db1.probe(), ExitCode::running_promoted);
    EXPECT_EQ(db2.cluster.calls, 0);
    EXPECT_EQ(db1.cluster.writes, Lines{});
    EXPECT_EQ(db2.server().done, Lines{});
    EXPECT_EQ(db1.server().done, Lines{});
    EXPECT_EQ(db2.files.writes, 0);
}

// After a restart of the cluster layer in maintenance mode: no monitor runs before that ends, and then a primary without a
// score would be demoted at once.
TEST_F(MonitorTest, AProbeGivesTheRecordedPrimaryItsScoreBack)
{
    ASSERT_EQ(db1.monitor(), ExitCode::running_promoted);
    trio.world.cib.scores.clear();
    db1.settings.pacemaker = "200:9";
    EXPECT_EQ(db1.probe(), ExitCode::running_promoted);
    EXPECT_EQ(db1.score(), core::k_score_primary);
    EXPECT_EQ(db1.server().done, Lines{});
}

// Found by chaos runs: the controller was killed, its node's attributes were forgotten, and the executor that runs the agent
// lived on.
TEST_F(MonitorTest, WritesAgainWhatVanishedAsSoonAsPacemakerHasProbed)
{
    ASSERT_EQ(db1.monitor(), ExitCode::running_promoted);
    ASSERT_EQ(db2.monitor(), ExitCode::ok);
    trio.world.cib.scores.clear();
    trio.world.cib.transient.clear();
    EXPECT_EQ(db1.probe(), ExitCode::running_promoted);
    EXPECT_EQ(db1.score(), core::k_score_primary);
    EXPECT_EQ(db2.probe(), ExitCode::ok);
    EXPECT_EQ(db2.monitor(), ExitCode::ok);
    EXPECT_EQ(db2.score(), core::k_score_replica);
    EXPECT_EQ(db2.attribute("readable"), "1");
}

// Found by a scenario: the cluster took the attributes away only after the first monitor.
TEST_F(MonitorTest, WritesAgainWhatVanishedSomeSecondsAfterAProbe)
{
    ASSERT_EQ(db1.monitor(), ExitCode::running_promoted);
    ASSERT_EQ(db1.probe(), ExitCode::running_promoted);
    ASSERT_EQ(db1.monitor(), ExitCode::running_promoted);
    db1.clock.tick(4s);
    trio.world.cib.scores.clear();
    ASSERT_EQ(db1.monitor(), ExitCode::running_promoted);
    EXPECT_EQ(db1.score(), core::k_score_primary);
    db1.clock.tick(8s);
    ASSERT_EQ(db1.monitor(), ExitCode::running_promoted);
    trio.world.cib.scores.clear();
    ASSERT_EQ(db1.monitor(), ExitCode::running_promoted);
    EXPECT_EQ(db1.score(), std::nullopt) << "once a minute is enough then";
}

TEST_F(MonitorTest, LooksAtEverythingWhenTheWatcherAsksForIt)
{
    ASSERT_EQ(db1.monitor(), ExitCode::running_promoted);
    ASSERT_EQ(db2.notify(promotion("pre", "db2", {"db2", "db3"})), ExitCode::ok);
    ASSERT_EQ(db1.monitor(), ExitCode::running_promoted);
    db1.files.content[db1.settings.check_path];
    EXPECT_FALSE(db1.monitor().has_value());
    EXPECT_FALSE(db1.files.content.contains(db1.settings.check_path));
}

// Found by a scenario: the others had promised to wait for a later primary while the node was away, and received nothing for
// a minute.
TEST_F(MonitorTest, ThePrimaryLooksForPromisesOfOthersAsSoonAsPacemakerHasProbed)
{
    ASSERT_EQ(db1.monitor(), ExitCode::running_promoted);
    ASSERT_EQ(db1.probe(), ExitCode::running_promoted);
    ASSERT_EQ(db2.notify(promotion("pre", "db2", {"db2", "db3"})), ExitCode::ok);
    EXPECT_FALSE(db1.monitor().has_value());
}

TEST_F(MonitorTest, AScoreThatVanishedIsWrittenAgainWhileElectionsGoOn)
{
    promise(2);
    auto state = db2.remembered();
    state.promised_at = std::chrono::duration_cast<std::chrono::seconds>(db2.clock.wall().time_since_epoch()).count();
    db2.remember(state);
    trio.world.cib.scores["db2"] = core::k_score_replica;
    ASSERT_EQ(db2.monitor(), ExitCode::ok);
    EXPECT_THAT(db2.cluster.writes, testing::Each(testing::StartsWith("private ")))
        << "an election goes on, and a score that changes would end it";
    trio.world.cib.scores.erase("db2");
    ASSERT_EQ(db2.monitor(), ExitCode::ok);
    EXPECT_EQ(db2.score(), core::k_score_replica);
}

TEST_F(MonitorTest, ClosesAReplicaAgainstAdministratorsAgain)
{
    db2.server().status.role.super_read_only = false;
    EXPECT_EQ(db2.monitor(), ExitCode::ok);
    EXPECT_TRUE(db2.server().status.role.super_read_only);
    EXPECT_TRUE(db2.server().status.role.read_only);
}

TEST_F(MonitorTest, LooksOnceAMinuteWhetherABrokenApplierComesFromATransactionOfItsOwn)
{
    auto& replica = *db2.server().status.role.replica;
    replica.applier_running = false;
    replica.applier_errno = 1062;
    db2.server().status.executed = test::mysql_set(test::k_uuid_a + ":1-5," + test::k_uuid_b + ":7");
    ASSERT_TRUE(db2.monitor().has_value());
    EXPECT_EQ(db2.remembered().quarantine, "");
    db2.clock.tick(61s);
    ASSERT_TRUE(db2.monitor().has_value());
    EXPECT_NE(db2.attribute("mysql_kept_out").find(test::k_uuid_b), std::string::npos) << db2.attribute("mysql_kept_out");
}

TEST_F(MonitorTest, AReplicaThatSomebodyHasOpenedDoesNotTellWhichEventsThePrimaryHas)
{
    trio.world.cib.properties["mysql_EVENTS"] = "`shop`.`tick`";
    db2.server().status.role.read_only = db2.server().status.role.super_read_only = false;
    db2.clock.tick(61s);
    EXPECT_EQ(db2.monitor(), ExitCode::running_promoted);
    EXPECT_EQ(trio.world.cib.properties["mysql_EVENTS"], "`shop`.`tick`");
}

TEST_F(MonitorTest, ProbeWaitsForAServerThatStartsUp)
{
    db2.server().door = Door::starting;
    db2.server().opens_after = 3;
    EXPECT_EQ(db2.probe(), ExitCode::ok);
}

TEST_F(MonitorTest, ADeadServerIsNotRunning)
{
    db1.server().process = false;
    EXPECT_EQ(db1.monitor(), ExitCode::not_running);
    EXPECT_EQ(db1.probe(), ExitCode::not_running);
}

TEST_F(MonitorTest, AHungServerIsAnError)
{
    for (const auto door : {Door::hung, Door::frozen}) {
        db1.server().door = door;
        const auto result = db1.monitor();
        ASSERT_FALSE(result.has_value());
        EXPECT_EQ(result.error().kind, ErrorKind::timed_out);
    }
}

// Found by a test run: a CREATE USER waited for its acknowledgement on mysqld 9.7.4, and nobody could log in.
TEST_F(MonitorTest, APrimaryWhoseCommitsHaveJustBegunToWaitIsNotHung)
{
    ASSERT_EQ(db1.monitor(), ExitCode::running_promoted);
    db1.server().door = Door::hung;
    note_waiting(db1, 1000ms);
    EXPECT_EQ(db1.monitor(), ExitCode::running_promoted);
    db1.clock.tick(4s);
    EXPECT_FALSE(db1.monitor()) << "it has not answered the watcher since";
    note_waiting(db1, 14'900ms);
    EXPECT_EQ(db1.monitor(), ExitCode::running_promoted);
    note_waiting(db1, 15'000ms);
    EXPECT_FALSE(db1.monitor()) << "no replica can log in either: it waits for good";
    db1.files.content[db1.settings.waiting_path] = "odd";
    EXPECT_FALSE(db1.monitor());
}

TEST_F(MonitorTest, AHungReplicaIsHungWhateverItsWatcherSaidWhenItLed)
{
    ASSERT_EQ(db2.monitor(), ExitCode::ok);
    note_waiting(db2, 1000ms);
    db2.server().door = Door::hung;
    EXPECT_FALSE(db2.monitor());
}

TEST_F(MonitorTest, AProcessThatDoesNotListenIsAnErrorAndNotDead)
{
    db1.server().door = Door::starting;
    db1.server().opens_after = 99;
    const auto result = db1.monitor();
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().kind, ErrorKind::failed);
}

TEST_F(MonitorTest, AFullServerIsAliveInTheRoleItHadBefore)
{
    for (auto* node : trio.nodes())
        node->server().door = Door::full;
    EXPECT_EQ(db1.monitor(), ExitCode::running_promoted);
    EXPECT_EQ(db2.monitor(), ExitCode::ok);
}

TEST_F(MonitorTest, AServerThatDeniesTheAccountsIsAliveInTheRoleItHadBefore)
{
    for (auto* node : trio.nodes())
        node->server().denied = {"repl", "tester"};
    EXPECT_EQ(db1.monitor(), ExitCode::running_promoted);
    EXPECT_EQ(db2.monitor(), ExitCode::ok);
}

TEST_F(MonitorTest, EntersAFullServerByTheExtraPortThatItSawBefore)
{
    auto& server = db1.server();
    server.status.role.extra_port = 33062;
    server.extra_door = true;
    ASSERT_TRUE(db1.monitor().has_value());
    server.door = Door::full;
    server.status.role.read_only = true; // seen only by somebody who gets in
    EXPECT_EQ(db1.monitor(), ExitCode::ok);
}

TEST_F(MonitorTest, AFullServerWithAClosedExtraPortIsStillAlive)
{
    auto& server = db1.server();
    server.status.role.extra_port = 33062;
    ASSERT_TRUE(db1.monitor().has_value());
    server.door = Door::full;
    EXPECT_EQ(db1.monitor(), ExitCode::running_promoted);
}

TEST_F(MonitorTest, RestartsLostReplicationThreads)
{
    db2.server().status.role.replica->receiver = ReceiverState::stopped;
    EXPECT_EQ(db2.monitor(), ExitCode::ok);
    EXPECT_EQ(db2.server().done, Lines{"start replication"});
    EXPECT_EQ(db2.server().replica().receiver, ReceiverState::running);
}

TEST_F(MonitorTest, PointsAReplicaOfTheWrongSourceAtThePrimary)
{
    db2.server().status.role.replica->source_host = "db3";
    EXPECT_EQ(db2.monitor(), ExitCode::ok);
    EXPECT_EQ(db2.server().done, Lines{"follow db1"});
}

TEST_F(MonitorTest, ReadsTheRecordAgainWhenItMissedAPromotion)
{
    db2.server().process = true;
    db1.server().process = false;
    ASSERT_TRUE(db3.promote(promotion("", "db3", {"db3"})).has_value());
    ASSERT_EQ(db2.monitor(), ExitCode::ok);
    db2.server().done.clear();
    db2.clock.tick(61s);
    EXPECT_EQ(db2.monitor(), ExitCode::ok);
    EXPECT_EQ(db2.server().done, Lines{"follow db3"});
}

TEST_F(MonitorTest, AReplicaWithTransactionsOfItsOwnIsFoundOutWithinAMinute)
{
    test::commit(db2.server(), 99);
    test::receive(db2.server(), 99);
    ASSERT_TRUE(db2.monitor().has_value());
    EXPECT_EQ(db2.attribute("mysql_kept_out"), "");
    db2.clock.tick(61s);
    ASSERT_TRUE(db2.monitor().has_value());
    EXPECT_NE(db2.attribute("mysql_kept_out").find(":99"), std::string::npos);
    EXPECT_EQ(db2.server().replica().receiver, ReceiverState::stopped);
    EXPECT_GT(db2.clock.pauses, 0); // what is on its way into the primary's set gets the time to arrive there
}

TEST_F(MonitorTest, AReplicaThatItsSourceRefusesIsNotRestartedEveryTime)
{
    auto& replica = *db2.server().status.role.replica;
    replica.receiver = ReceiverState::stopped;
    replica.receiver_errno = 13114;
    db2.server().cut_off = true;
    for (int i = 0; i < 5; ++i, db2.clock.tick(3s))
        ASSERT_TRUE(db2.monitor().has_value());
    EXPECT_EQ(db2.server().done, Lines{});
    EXPECT_EQ(db2.score(), core::k_score_never);
    EXPECT_NE(db2.attribute("mysql_kept_out"), "");
    db2.clock.tick(60s);
    ASSERT_TRUE(db2.monitor().has_value());
    EXPECT_EQ(db2.server().done, Lines{"start replication"});
}

TEST_F(MonitorTest, AReplicaThatReceivesNothingIsNotReadForEver)
{
    auto& replica = *db2.server().status.role.replica;
    replica.receiver = ReceiverState::connecting;
    replica.lag = std::nullopt;
    db2.server().cut_off = true;
    ASSERT_TRUE(db2.monitor().has_value());
    EXPECT_EQ(db2.attribute("readable"), "1");
    db2.clock.tick(db2.settings.max_lag + 1s);
    ASSERT_TRUE(db2.monitor().has_value());
    EXPECT_EQ(db2.attribute("readable"), "0");
    EXPECT_EQ(db2.score(), core::k_score_replica);
    replica.lag = 0s;
    ASSERT_TRUE(db2.monitor().has_value());
    EXPECT_EQ(db2.attribute("readable"), "1");
}

TEST_F(MonitorTest, LeavesAnApplierThatStoppedWithAnErrorAloneAndTakesItOutOfTheChoice)
{
    auto& replica = *db2.server().status.role.replica;
    replica.applier_running = false;
    replica.applier_errno = 1062;
    EXPECT_EQ(db2.monitor(), ExitCode::ok);
    EXPECT_EQ(db2.server().done, Lines{});
    EXPECT_EQ(db2.score(), core::k_score_never);
    EXPECT_EQ(db2.attribute("readable"), "0");
}

TEST_F(MonitorTest, ANodeWithExtraTransactionsIsKeptOutWithTheReason)
{
    test::commit(db2.server(), 99);
    db2.server().status.role.replica.reset();
    EXPECT_EQ(db2.monitor(), ExitCode::ok);
    EXPECT_EQ(db2.score(), core::k_score_never);
    EXPECT_NE(db2.attribute("mysql_kept_out").find(":99"), std::string::npos);
}

// On MariaDB read_only stops no administrator, on MySQL it may be off between two looks.
TEST_F(MonitorTest, WhatAReplicaHasWrittenItselfIsLookedAtByTheNextMonitor)
{
    ASSERT_TRUE(db2.monitor().has_value());
    db2.clock.tick(3s);
    test::commit(db2.server(), 99);
    db2.server().status.role.own_writes = "0-2-99";
    EXPECT_EQ(db2.monitor(), ExitCode::ok);
    EXPECT_NE(db2.attribute("mysql_kept_out").find(":99"), std::string::npos);
}

TEST_F(MonitorTest, ARefusedLoginIsLookedAtByTheNextMonitorAndThenOnceAMinute)
{
    ASSERT_TRUE(db2.monitor().has_value());
    db2.clock.tick(3s);
    auto& replica = *db2.server().status.role.replica;
    replica.receiver = ReceiverState::connecting;
    replica.receiver_errno = 1045;
    db2.server().cut_off = true;
    db2.server().done.clear();
    ASSERT_TRUE(db2.monitor().has_value());
    EXPECT_EQ(db2.server().done, Lines{"follow db1"});
    replica.receiver = ReceiverState::connecting;
    replica.receiver_errno = 1045;
    db2.server().done.clear();
    db2.clock.tick(3s);
    ASSERT_TRUE(db2.monitor().has_value());
    EXPECT_EQ(db2.server().done, Lines{});
}

TEST_F(MonitorTest, AKeptOutNodeAsksAgainOnlyOnceAMinute)
{
    test::commit(db2.server(), 99);
    db2.server().status.role.replica.reset();
    ASSERT_TRUE(db2.monitor().has_value());
    db2.cluster.calls = 0;
    db2.clock.tick(30s);
    ASSERT_TRUE(db2.monitor().has_value());
    EXPECT_EQ(db2.cluster.calls, 0);
    test::commit(db1.server(), 99); // as if the administrator had brought it over
    db2.clock.tick(30s);
    ASSERT_TRUE(db2.monitor().has_value());
    EXPECT_EQ(db2.server().done, Lines{"follow db1"});
    EXPECT_EQ(db2.score(), core::k_score_replica);
    EXPECT_EQ(db2.attribute("mysql_kept_out"), "");
}

TEST_F(MonitorTest, APromiseKeepsANodeFromFollowingAnOlderGeneration)
{
    promise(2);
    ASSERT_TRUE(db2.monitor().has_value());
    EXPECT_EQ(db2.server().done, Lines{});
}

// Found by the simulation (seed 1059097): the cluster had forgotten the ballot of a node that was cut off, and the primary
// did not learn that this node waited for a later one.
TEST_F(MonitorTest, APromiseIsToldAgainWhereTheClusterHasForgottenIt)
{
    promise(2);
    ASSERT_TRUE(db2.monitor().has_value());
    ASSERT_TRUE(db2.ballot().has_value());
    EXPECT_EQ(db2.ballot()->generation, 2);
    EXPECT_FALSE(db2.ballot()->is_vote);
    db1.clock.tick(61s);
    const auto seen = db1.monitor();
    ASSERT_FALSE(seen.has_value());
    EXPECT_NE(seen.error().message.find("has to be promoted again"), std::string::npos);
}

// Found by a chaos run (corosync hung for 4 s): when the parts of the cluster met again, the primary saw an older ballot of
// every replica than these themselves, and replicated to nobody for good.
TEST_F(MonitorTest, APromiseIsToldAgainWhereOnlyTheOthersHaveForgottenIt)
{
    ASSERT_TRUE(db2.notify(promotion("pre", "db3", {"db2", "db3"})).has_value());
    const auto ballot = db2.ballot();
    ASSERT_TRUE(ballot && ballot->generation == 2);
    trio.world.cib.seen_otherwise[{"db1", {"db2", "mysql_ballot"}}]
        = core::to_string(core::Ballot{.generation = 1, .is_vote = false});
    db1.clock.tick(61s);
    ASSERT_EQ(db1.monitor(), ExitCode::running_promoted);
    ASSERT_TRUE(db2.monitor().has_value());
    EXPECT_EQ(db2.ballot(), ballot);
    db1.clock.tick(61s);
    EXPECT_FALSE(db1.monitor().has_value());
}

// Found on a real cluster (cut_pair): corosync had just lost the membership, the ballot was on its way, and a promise took
// its place. A node that had received less was elected without it.
TEST_F(MonitorTest, APromiseThatIsToldAgainDoesNotReplaceABallotThatIsNotSeenYet)
{
    ASSERT_TRUE(db2.notify(promotion("pre", "db3", {"db2", "db3"})).has_value());
    const auto ballot = db2.ballot();
    ASSERT_TRUE(ballot && ballot->is_vote);
    trio.world.cib.seen_otherwise[{"db2", {"db2", "mysql_ballot"}}] = core::to_string(core::Ballot{.generation = 1});
    db2.clock.tick(61s);
    ASSERT_TRUE(db2.monitor().has_value());
    EXPECT_EQ(db2.ballot(), ballot);
}

TEST_F(MonitorTest, OfTwoWordsTheLaterGenerationIsToldAgain)
{
    promise(2);
    auto state = db2.remembered();
    state.vote = core::to_string(core::Ballot{.generation = 2});
    db2.remember(state);
    const auto later = core::to_string(core::Ballot{.generation = 3, .is_vote = false});
    trio.world.cib.ballots[{"db2", "mysql_ballot"}] = later;
    db2.clock.tick(61s);
    ASSERT_TRUE(db2.monitor().has_value());
    EXPECT_EQ(core::to_string(*db2.ballot()), later);
}

TEST_F(MonitorTest, APromiseThatIsToldAgainDoesNotReplaceABallot)
{
    ASSERT_TRUE(db2.notify(promotion("pre", "db3", {"db2", "db3"})).has_value());
    const auto ballot = db2.ballot();
    ASSERT_TRUE(ballot && ballot->is_vote);
    db2.clock.tick(61s);
    ASSERT_TRUE(db2.monitor().has_value());
    EXPECT_EQ(db2.ballot(), ballot);
}

TEST_F(MonitorTest, ThePrimaryAssertsItsRecordAgain)
{
    for (const auto* other : {"", "junk", "db3|binlog.000001|4|0|db3|3|"}) {
        trio.world.cib.properties["mysql_REPL_INFO"] = other;
        db1.clock.tick(61s);
        EXPECT_EQ(db1.monitor(), ExitCode::running_promoted);
        EXPECT_EQ(trio.record(), test::record_of("db1", 1)) << other;
    }
}

// Found by the simulation (seed 4076500): a promotion on the other side of a partition was killed behind its record; nobody
// followed the primary that was back, and nothing ended that.
TEST_F(MonitorTest, APrimaryFailsWhereTheClusterRecordsALaterOne)
{
    trio.world.cib.properties["mysql_REPL_INFO"] = core::to_string(test::record_of("db3", 3, 2));
    db1.clock.tick(61s);
    const auto seen = db1.monitor();
    ASSERT_FALSE(seen.has_value());
    EXPECT_NE(seen.error().message.find("db3 as primary of the later generation 2"), std::string::npos);
    EXPECT_EQ(trio.record().node, "db3");
}

// Found on a real cluster (cut_pair): the old primary was back in a membership with the new one, and took writes for a
// minute.
TEST_F(MonitorTest, APrimaryLooksForALaterOneAtOnceBehindAChangeOfTheMembership)
{
    db1.watcher.running = true;
    db1.watcher.age = std::chrono::seconds{60};
    ASSERT_EQ(db1.monitor(), ExitCode::running_promoted);
    trio.world.cib.properties["mysql_REPL_INFO"] = core::to_string(test::record_of("db3", 3, 2));
    EXPECT_EQ(db1.monitor(), ExitCode::running_promoted);
    db1.watcher.age = 1s; // what was written elsewhere comes some seconds behind it
    EXPECT_EQ(db1.monitor(), ExitCode::running_promoted);
    db1.clock.tick(2s);
    db1.watcher.age = 3s;
    db1.watcher.is_new = false; // as it was found by a watcher that was launched then
    EXPECT_EQ(db1.monitor(), ExitCode::running_promoted);
    db1.watcher.is_new = true;
    EXPECT_FALSE(db1.monitor().has_value());
}

TEST_F(MonitorTest, APrimaryLooksForALaterOneOnceMoreWhenEverythingHasSurelyCome)
{
    db1.watcher.running = true;
    db1.watcher.age = 4s;
    db1.clock.tick(10s);
    ASSERT_EQ(db1.monitor(), ExitCode::running_promoted); // looks
    trio.world.cib.properties["mysql_REPL_INFO"] = core::to_string(test::record_of("db3", 3, 2));
    db1.clock.tick(4s);
    db1.watcher.age = 8s;
    EXPECT_EQ(db1.monitor(), ExitCode::running_promoted);
    db1.clock.tick(20s); // however seldom it is monitored
    db1.watcher.age = 28s;
    EXPECT_FALSE(db1.monitor().has_value());
}

TEST_F(MonitorTest, ThePrimaryAdoptsALaterRecordOfItsOwn)
{
    trio.world.cib.properties["mysql_REPL_INFO"] = core::to_string(test::record_of("db1", 1, 2));
    db1.clock.tick(61s);
    EXPECT_EQ(db1.monitor(), ExitCode::running_promoted);
    EXPECT_EQ(trio.record().generation, 2);
}

TEST_F(MonitorTest, APrimaryThatWasSupersededDoesNotKeepThePrimarysScore)
{
    trio.world.cib.properties["mysql_REPL_INFO"] = core::to_string(test::record_of("db3", 3, 2));
    db1.clock.tick(61s);
    (void)db1.monitor();
    EXPECT_LT(db1.score(), core::k_score_primary);
}

TEST_F(MonitorTest, AReplicaThatSomebodyMadeWritableDoesNotGetThePrimarysScore)
{
    db2.server().status.role.read_only = db2.server().status.role.super_read_only = false;
    testing::internal::CaptureStderr();
    EXPECT_EQ(db2.monitor(), ExitCode::running_promoted);
    EXPECT_LT(db2.score(), core::k_score_primary);
    EXPECT_NE(testing::internal::GetCapturedStderr().find("but the recorded primary is db1"), std::string::npos);
}

TEST_F(MonitorTest, ThePrimaryRemembersItsEnabledEventsInTheClusterOnceAMinute)
{
    db1.server().events = {"`shop`.`purge`"};
    ASSERT_TRUE(db1.monitor().has_value());
    EXPECT_EQ(db1.cluster.calls, 0);
    db1.clock.tick(61s);
    ASSERT_TRUE(db1.monitor().has_value());
    EXPECT_EQ(trio.world.cib.properties["mysql_EVENTS"], "`shop`.`purge`");
}

TEST_F(MonitorTest, AReplicaThatSomebodyMadeWritableDoesNotSpeakForThePrimarysEvents)
{
    trio.world.cib.properties["mysql_EVENTS"] = "`shop`.`purge`";
    db2.server().status.role.read_only = db2.server().status.role.super_read_only = false;
    db2.server().events = {"`shop`.`other`"};
    db2.clock.tick(61s);
    (void)db2.monitor();
    EXPECT_EQ(trio.world.cib.properties["mysql_EVENTS"], "`shop`.`purge`");
}

TEST_F(MonitorTest, EventsThatCouldNotBeEnabledAreNotForgotten)
{
    trio.world.cib.properties["mysql_EVENTS"] = "`shop`.`a%2Cb`,`shop`.`purge`";
    db1.server().process = false;
    db2.server().events_fail = true;
    ASSERT_TRUE(db2.promote(promotion("", "db2", {"db2"})).has_value());
    db2.clock.tick(61s);
    ASSERT_TRUE(db2.monitor().has_value());
    EXPECT_EQ(trio.world.cib.properties["mysql_EVENTS"], "`shop`.`a%2Cb`,`shop`.`purge`");
    db2.server().events_fail = false;
    db2.clock.tick(61s);
    ASSERT_TRUE(db2.monitor().has_value());
    EXPECT_EQ(db2.server().events, (std::set<std::string>{"`shop`.`a,b`", "`shop`.`purge`"}));
    EXPECT_EQ(trio.world.cib.properties["mysql_EVENTS"], "`shop`.`a%2Cb`,`shop`.`purge`");
}

TEST_F(MonitorTest, AReplicaThatLagsIsNotReadAndIsTriedLastForPromotion)
{
    db2.server().status.role.replica->lag = 2h;
    EXPECT_EQ(db2.monitor(), ExitCode::ok);
    EXPECT_EQ(db2.score(), core::k_score_behind);
    EXPECT_EQ(db2.attribute("readable"), "0");
    db2.settings.evict_outdated = true;
    EXPECT_EQ(db2.monitor().error().kind, ErrorKind::not_installed);
}

// Found by chaos runs: no write for a minute after a full disk had space again, while two nodes could have taken them.
TEST_F(MonitorTest, APrimaryWhoseCommitsHangForAFullDiskIsTriedBehindAnyReplica)
{
    ASSERT_TRUE(db1.monitor().has_value());
    db1.files.free_bytes = 0;
    EXPECT_EQ(db1.monitor(), ExitCode::running_promoted);
    EXPECT_EQ(db1.score(), core::k_score_primary) << "commits need no new space yet";
    db1.server().commits_hang = true;
    EXPECT_EQ(db1.monitor(), ExitCode::running_promoted);
    EXPECT_LT(db1.score(), core::k_score_replica);
    db1.files.free_bytes = std::uint64_t{1} << 40U;
    db1.clock.tick(5s);
    EXPECT_EQ(db1.monitor(), ExitCode::running_promoted);
    EXPECT_LT(db1.score(), core::k_score_replica) << "the server looks again only after a minute";
    db1.server().commits_hang = false;
    EXPECT_EQ(db1.monitor(), ExitCode::running_promoted);
    EXPECT_EQ(db1.score(), core::k_score_primary);
    EXPECT_FALSE(db1.files.content.contains(db1.settings.full_disk_path));
}

TEST_F(MonitorTest, AFullDiskThatCannotBeLookedBehindChangesNoScore)
{
    db1.files.free_bytes = 0;
    db1.server().commits_hang = true;
    ASSERT_EQ(db1.monitor(), ExitCode::running_promoted);
    ASSERT_LT(db1.score(), core::k_score_replica);
    db1.files.free_bytes = std::uint64_t{1} << 40U;
    db1.server().commits_hang = false;
    db1.settings.semi_sync = core::SemiSyncMode::available;
    db1.server().source_side = true;
    db1.server().waiting.push_back({.n = 5}); // which the commit would wait with
    EXPECT_EQ(db1.monitor(), ExitCode::running_promoted);
    EXPECT_LT(db1.score(), core::k_score_replica);
    EXPECT_TRUE(db1.files.content.contains(db1.settings.full_disk_path));
}

// It would be a transaction that the primary lacks.
TEST_F(MonitorTest, TriesNoCommitOnAServerThatIsNotTheRecordedPrimary)
{
    db2.server().status.role.read_only = db2.server().status.role.super_read_only = false;
    db2.files.free_bytes = 0;
    EXPECT_EQ(db2.monitor(), ExitCode::running_promoted);
    EXPECT_EQ(std::ranges::count(db2.server().done, "heartbeat"), 0);
}

TEST_F(MonitorTest, TriesNoCommitWhereTheDiskWasNotFull)
{
    db1.server().commits_hang = true;
    EXPECT_EQ(db1.monitor(), ExitCode::running_promoted);
    EXPECT_EQ(db1.score(), core::k_score_primary);
}

TEST_F(MonitorTest, AReplicaWithAFullDiskIsTriedLastForPromotion)
{
    db2.files.free_bytes = 0;
    ASSERT_TRUE(db2.monitor().has_value());
    EXPECT_EQ(db2.score(), core::k_score_behind);
    EXPECT_EQ(db2.attribute("readable"), "1");
    db2.files.free_bytes = std::uint64_t{1} << 40U;
    ASSERT_TRUE(db2.monitor().has_value());
    EXPECT_EQ(db2.score(), core::k_score_replica);
}

TEST_F(MonitorTest, ANodeThatGaveUpAPromotionKeepsItsScoreDownForTenSeconds)
{
    auto state = db2.remembered();
    state.yielded_to = "db3";
    state.yielded_at = std::chrono::duration_cast<std::chrono::seconds>(db2.clock.now.time_since_epoch()).count();
    state.score = "-1000000";
    db2.remember(state);
    db2.clock.tick(9s);
    ASSERT_TRUE(db2.monitor().has_value());
    EXPECT_EQ(db2.cluster.writes, Lines{});
    db2.clock.tick(1s);
    ASSERT_TRUE(db2.monitor().has_value());
    EXPECT_EQ(db2.cluster.writes, Lines{"score=100"});
}

TEST_F(MonitorTest, ReadsTheTestTableOnlyWithACheckLevel)
{
    db2.settings.test_table = "test.t";
    ASSERT_TRUE(db2.monitor(0).has_value());
    EXPECT_EQ(db2.server().done, Lines{});
    ASSERT_TRUE(db2.monitor(1).has_value());
    EXPECT_EQ(db2.server().done, Lines{"read test.t"});
    db2.server().tables_missing = true;
    EXPECT_EQ(db2.monitor(1).error().kind, ErrorKind::failed);
}

TEST_F(MonitorTest, WorksWithoutACluster)
{
    for (auto* node : trio.nodes())
        node->cluster.absent = true;
    trio.db2.settings.pacemaker = "";
    EXPECT_EQ(db1.monitor(), ExitCode::running_promoted);
    EXPECT_EQ(db2.monitor(), ExitCode::ok);
}

TEST(PlainMonitorTest, APlainPrimitiveIsNeverPromotedAndAsksNoCluster)
{
    Trio trio;
    trio.db1.settings.promotable = false;
    trio.db1.server().status.role.read_only = trio.db1.server().status.role.super_read_only = false;
    EXPECT_EQ(trio.db1.monitor(), ExitCode::ok);
    EXPECT_EQ(trio.db1.cluster.calls, 0);
}

} // namespace
} // namespace mysql_prm
