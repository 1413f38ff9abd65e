#include "fakes.hpp"

#include "mysql_prm/engine/sync_record.hpp"
#include "mysql_prm/engine/watch.hpp"

#include <gtest/gtest.h>

namespace mysql_prm {
namespace {

using base::Millis;
using engine::Context;
using test::Trio;

struct WatchTest : testing::Test {
    WatchTest()
    {
        trio.replicate_from_db1();
        for (auto* node : trio.nodes())
            node->settings.semi_sync = core::SemiSyncMode::available;
        auto state = db1.remembered();
        state.was_primary = true;
        db1.remember(state);
        for (auto* node : trio.nodes())
            node->server().status.started = 1000;
    }

    // Looks for as long as so many milliseconds take.
    void watch(int milliseconds)
    {
        const auto end = base::Deadline::after(Millis{milliseconds});
        while (!end.expired()) {
            const auto pause = db1.run([&](const Context& context) { return watcher.look(context, true); });
            base::Deadline::skip(pause);
        }
    }
    std::string sync() const
    {
        return trio.world.cib.properties.contains("mysql_SYNC") ? trio.world.cib.properties.at("mysql_SYNC") : "";
    }
    void write(std::uint64_t n)
    {
        test::commit_and_wait(db1.server(), n);
        trio.world.flow();
    }
    // Nobody acknowledges what waits: db2 is down, and db3 takes writes.
    void leave_a_rival()
    {
        watch(1000);
        db2.server().process = false;
        auto& role = db3.server().status.role;
        role.read_only = role.super_read_only = false;
        role.replica.reset();
        db3.server().registered = false;
        write(50);
    }
    bool told(std::uint64_t n) { return db1.server().told.contains(n); }

    Trio trio;
    engine::Watch watcher;
    test::Node &db1 = trio.db1, &db2 = trio.db2, &db3 = trio.db3;
    const std::string k_both = "on|1|1|db1|db2:2:1000,db3:3:1000";
};

TEST_F(WatchTest, RecordsTheGuaranteeOnceItHolds)
{
    watch(1000);
    EXPECT_EQ(sync(), k_both);
    EXPECT_TRUE(db1.server().source_side);
    EXPECT_TRUE(db2.server().registered);
    EXPECT_TRUE(db3.server().registered);
    write(50);
    EXPECT_TRUE(told(50));
}

// Running servers that the cluster has taken over, or whose semi_sync was switched on: no start has prepared them.
TEST_F(WatchTest, PreparesServersThatWereRunningBefore)
{
    for (auto* node : trio.nodes())
        node->server().has_plugins = false;
    watch(1000);
    EXPECT_EQ(sync(), "");
    for (auto* node : {&db2, &db3}) {
        engine::Watch beside_a_replica;
        node->run([&](const Context& context) { return beside_a_replica.look(context, true); });
    }
    watch(3000);
    EXPECT_EQ(sync(), k_both);
}

TEST_F(WatchTest, WritesNothingMoreWhileAllIsWell)
{
    watch(1000);
    const auto writes = db1.cluster.writes.size();
    watch(20'000);
    EXPECT_EQ(db1.cluster.writes.size(), writes);
}

// Found on real clusters: while all is quiet the looks are further apart than a receiver is away that is restarted.
TEST_F(WatchTest, ABlinkIsNoLossHoweverLongAgoTheLastLookWas)
{
    watch(5000);
    const auto writes = db1.cluster.writes.size();
    for (int offset = 0; offset < 1000; offset += 100) {
        watch(3000 + offset);
        db2.server().status.role.replica->receiver = core::ReceiverState::stopped;
        db2.server().registered = false;
        watch(400);
        db2.server().status.role.replica->receiver = core::ReceiverState::running;
        db2.server().registered = true;
        watch(2000);
        EXPECT_EQ(sync(), k_both) << offset;
        EXPECT_EQ(db1.cluster.writes.size(), writes) << offset;
    }
}

TEST_F(WatchTest, IsIdleOnAServerThatIsNotTheRecordedPrimary)
{
    auto state = db1.remembered();
    state.was_primary = false;
    db1.remember(state);
    watch(2000);
    EXPECT_EQ(sync(), "");
    EXPECT_FALSE(db1.server().source_side);
}

TEST_F(WatchTest, DoesNothingWhereItIsNotWanted)
{
    db1.settings.semi_sync = core::SemiSyncMode::off;
    watch(2000);
    EXPECT_EQ(sync(), "");
    EXPECT_FALSE(db2.server().registered);
}

// The server goes on running with what the watcher before had switched on: nobody would ever end a wait.
TEST_F(WatchTest, SwitchedOffUnderARunningPrimaryNoCommitWaitsAnyMore)
{
    watch(1000);
    ASSERT_EQ(sync(), k_both);
    for (auto* node : trio.nodes())
        node->settings.semi_sync = core::SemiSyncMode::off;
    watcher = {};
    watch(3000);
    EXPECT_EQ(sync(), "off");
    EXPECT_FALSE(db1.server().source_side);
    db2.server().process = db3.server().process = false;
    write(50);
    EXPECT_TRUE(told(50));
    const auto writes = db1.cluster.writes.size();
    watch(20'000);
    EXPECT_EQ(db1.cluster.writes.size(), writes);
}

// In maintenance: the server was restarted by hand meanwhile, and does not hold anything any more.
TEST_F(WatchTest, SwitchedOffUnderAServerThatWasRestartedTheRecordSaysOffToo)
{
    watch(1000);
    ASSERT_EQ(sync(), k_both);
    for (auto* node : trio.nodes())
        node->settings.semi_sync = core::SemiSyncMode::off;
    db1.server().source_side = false;
    db1.server().source_timeout = std::chrono::seconds{10};
    watcher = {};
    watch(3000);
    EXPECT_EQ(sync(), "off");
}

TEST_F(WatchTest, WhatAnAdministratorHasConfiguredIsLeftAlone)
{
    db1.settings.semi_sync = core::SemiSyncMode::off;
    db1.server().source_side = true;
    db1.server().source_timeout = std::chrono::hours{24 * 4000};
    watch(3000);
    EXPECT_TRUE(db1.server().source_side);
    EXPECT_EQ(sync(), "");
    EXPECT_TRUE(db1.cluster.writes.empty());
}

// The record is gone already when the watcher is killed between its two steps.
TEST_F(WatchTest, SwitchedOffItAlsoEndsWhatAKilledWatcherLeft)
{
    watch(1000);
    for (auto* node : trio.nodes())
        node->settings.semi_sync = core::SemiSyncMode::off;
    trio.world.cib.properties["mysql_SYNC"] = "off";
    watcher = {};
    watch(3000);
    EXPECT_FALSE(db1.server().source_side);
}

TEST_F(WatchTest, AReplicaThatDiesIsTakenOutAndTakenInAgain)
{
    watch(1000);
    db3.server().process = false;
    watch(4000);
    EXPECT_EQ(sync(), "on|1|1|db1|db2:2:1000");
    EXPECT_TRUE(db1.files.content.contains(db1.settings.check_path)) << "it may wait for a later primary";
    write(50);
    EXPECT_TRUE(told(50));
    db1.files.content.erase(db1.settings.check_path);
    db3.server().process = true;
    db3.server().status.started = 2000;
    db3.server().replica_side = db3.server().registered = false;
    watch(4000);
    EXPECT_EQ(sync(), "on|1|1|db1|db2:2:1000,db3:3:2000");
    EXPECT_TRUE(db3.server().registered);
    EXPECT_FALSE(db1.files.content.contains(db1.settings.check_path));
}

TEST_F(WatchTest, WithoutReplicasWritesWaitUntilTheRecordSaysOff)
{
    watch(1000);
    db2.server().process = db3.server().process = false;
    db1.cluster.refuses_writes = true;
    write(50);
    watch(10'000);
    EXPECT_FALSE(told(50));
    EXPECT_EQ(sync(), k_both);
    db1.cluster.refuses_writes = false;
    watch(3000);
    EXPECT_EQ(sync(), "off");
    EXPECT_TRUE(told(50));
    db2.server().process = true;
    db2.server().status.started = 2000;
    db2.server().replica_side = db2.server().registered = false;
    watch(4000);
    EXPECT_EQ(sync(), "on|1|1|db1|db2:2:2000");
}

// Found on a real cluster: the account was dropped. No replica can come back, and the watcher has lost its rights, too.
TEST_F(WatchTest, WithoutItsAccountItGoesOnAsRoot)
{
    db1.settings.admin.user = "repl";
    watch(1000);
    ASSERT_EQ(sync(), k_both);
    for (auto* node : trio.nodes())
        node->server().denied.insert("repl");
    for (auto* node : {&db2, &db3}) {
        node->server().status.role.replica->receiver = core::ReceiverState::stopped;
        node->server().registered = false;
    }
    write(50);
    watch(5000);
    EXPECT_EQ(sync(), "off");
    EXPECT_TRUE(told(50));
}

TEST_F(WatchTest, ANodeWithoutQuorumReleasesNothing)
{
    watch(1000);
    db2.server().process = db3.server().process = false;
    trio.world.cib.quorate = false;
    write(50);
    watch(10'000);
    EXPECT_FALSE(told(50));
    EXPECT_EQ(sync(), k_both);
}

TEST_F(WatchTest, TellsTheMonitorWhileCommitsWait)
{
    const auto noted = [&] { return db1.files.content.contains(db1.settings.waiting_path); };
    watch(1000);
    EXPECT_FALSE(noted());
    db2.server().process = db3.server().process = false;
    write(50);
    bool was_noted = false;
    for (int i = 0; i < 100 && !told(50); ++i) {
        watch(100);
        was_noted |= noted();
    }
    EXPECT_TRUE(told(50));
    EXPECT_TRUE(was_noted);
    watch(1000);
    EXPECT_FALSE(noted());
}

// Found by a chaos run: corosync had hung on the primary while another one was promoted; it was back with quorum 1.6 s
// before Pacemaker brought it the new record, and let go what waited.
TEST_F(WatchTest, BehindAChangeOfTheMembershipNothingIsConcludedAtOnce)
{
    watch(1000);
    db2.server().process = db3.server().process = false;
    trio.world.cib.ring = 9;
    write(50);
    watch(1900);
    EXPECT_FALSE(told(50));
    EXPECT_EQ(sync(), k_both);
    watch(4000);
    EXPECT_TRUE(told(50));
    EXPECT_EQ(sync(), "off");
    EXPECT_TRUE(db1.files.content.contains(db1.settings.check_path)) << "others may wait for a later primary";
}

// What the cluster goes back to was true once, and db2 has acknowledged alone since.
TEST_F(WatchTest, BehindAChangeOfTheMembershipAnOlderRecordIsNotSaidAgain)
{
    watch(1000);
    ASSERT_EQ(sync(), k_both);
    db3.server().process = false;
    trio.world.cib.ring = 9;
    trio.world.cib.properties["mysql_SYNC"] = "on|1|1|db1|db3:3:1000";
    const auto before = db1.cluster.writes.size();
    write(50);
    watch(10'000);
    EXPECT_EQ(sync(), "on|1|1|db1|db2:2:1000");
    for (auto i = before; i < db1.cluster.writes.size(); ++i)
        EXPECT_EQ(db1.cluster.writes[i].find("|db1|db3"), std::string::npos) << db1.cluster.writes[i];
}

TEST_F(WatchTest, WhereTheRecordCannotBeWrittenAnOlderOneIsNotSaidAgain)
{
    watch(1000);
    ASSERT_EQ(sync(), k_both);
    db3.server().process = false;
    trio.world.cib.properties["mysql_SYNC"] = "on|1|1|db1|db3:3:1000";
    db1.cluster.refuses_writes = true;
    watch(900);
    db1.cluster.refuses_writes = false;
    const auto before = db1.cluster.writes.size();
    watch(10'000);
    EXPECT_EQ(sync(), "on|1|1|db1|db2:2:1000");
    for (auto i = before; i < db1.cluster.writes.size(); ++i)
        EXPECT_EQ(db1.cluster.writes[i].find("|db1|db3"), std::string::npos) << db1.cluster.writes[i];
}

TEST_F(WatchTest, AnOlderRecordIsFoundWithinHalfAMinute)
{
    watch(1000);
    ASSERT_EQ(sync(), k_both);
    trio.world.cib.properties["mysql_SYNC"] = "on|1|1|db1|db3:3:1000";
    watch(32'000);
    EXPECT_EQ(sync(), k_both);
}

// Stopped by hand in maintenance mode, the record set to off by hand, and started again: what this watcher remembers holds
// no more.
TEST_F(WatchTest, NothingIsSaidAgainThatTheServerDoesNotKeep)
{
    watch(1000);
    ASSERT_EQ(sync(), k_both);
    db1.server().process = false;
    trio.world.cib.properties["mysql_SYNC"] = "off";
    watch(32'000);
    db1.server().process = true;
    db1.server().source_side = false;
    const auto before = db1.cluster.writes.size();
    watch(10'000);
    EXPECT_EQ(sync(), k_both);
    const auto said = std::find_if(db1.cluster.writes.begin() + static_cast<std::ptrdiff_t>(before),
        db1.cluster.writes.end(), [](const std::string& write) { return write.starts_with("mysql_SYNC="); });
    ASSERT_NE(said, db1.cluster.writes.end());
    EXPECT_EQ(*said, "mysql_SYNC=off");
}

// Found by the simulation (seeds 3375702, 4010312, 4149776): the watcher is killed where its node is back and does not know
// yet that it was succeeded, and the next one has seen no change.
TEST_F(WatchTest, OneThatWasLaunchedBehindAChangeConcludesNothingAtOnce)
{
    for (const auto age : {std::optional<Millis>{}, std::optional{Millis{300}}}) {
        db2.server().process = db3.server().process = true;
        watch(5000);
        ASSERT_EQ(sync(), k_both);
        db2.server().process = db3.server().process = false;
        db1.watcher.age = age;
        watcher = {};
        write(age ? 51 : 50);
        watch(1900);
        EXPECT_FALSE(told(age ? 51 : 50));
        EXPECT_EQ(sync(), k_both);
        watch(4000);
        EXPECT_TRUE(told(age ? 51 : 50));
        EXPECT_EQ(sync(), "off");
    }
}

TEST_F(WatchTest, OneThatWasThereBeforeThePromotionDoesNotWait)
{
    auto state = db1.remembered();
    state.was_primary = false;
    db1.remember(state);
    watch(1000);
    state.was_primary = true;
    db1.remember(state);
    db1.watcher.age = Millis{300}; // the last primary's node was lost just now
    watch(1000);
    EXPECT_EQ(sync(), k_both);
}

// A node that is lost answers nothing, and each try to reach it lasts a second.
TEST_F(WatchTest, ANodeThatIsLostHardlyHoldsItUp)
{
    trio.world.detached.emplace("db3", test::Cib{});
    watch(2000);
    EXPECT_EQ(sync(), "on|1|1|db1|db2:2:1000");
    trio.world.detached.clear();
    watch(6000);
    EXPECT_EQ(sync(), k_both);
}

// Its node has not seen that it was cut off, so it goes on receiving by itself as soon as it can.
TEST_F(WatchTest, AMemberThatIsCutOffUnseenStaysRecordedForAWhile)
{
    watch(1000);
    trio.world.detached.emplace("db3", test::Cib{});
    watch(5000);
    EXPECT_EQ(sync(), k_both);
    watch(8000);
    EXPECT_EQ(sync(), "on|1|1|db1|db2:2:1000");
}

// The promotion that its loss made necessary has just been: until the guarantee is recorded writes are acknowledged without it.
TEST_F(WatchTest, ANodeThatIsLostIsNotWaitedForLong)
{
    trio.world.detached.emplace("db3", test::Cib{});
    std::erase(trio.world.cib.members, "db3");
    watch(800);
    EXPECT_EQ(sync(), "on|1|1|db1|db2:2:1000");
}

// It replicates again before it is tried again: it is no stranger, for which the guarantee would end.
TEST_F(WatchTest, AMemberThatWasAwayForAMomentIsTakenInAgain)
{
    watch(1000);
    trio.world.detached.emplace("db3", test::Cib{});
    std::erase(trio.world.cib.members, "db3");
    watch(3200);
    ASSERT_EQ(sync(), "on|1|1|db1|db2:2:1000");
    trio.world.detached.clear();
    trio.world.cib.members.emplace_back("db3");
    for (int i = 0; i < 30; ++i) {
        watch(100);
        EXPECT_NE(sync(), "off");
    }
    EXPECT_EQ(sync(), k_both);
}

// What db3 acknowledged between its two absences, db2 lacks, although it has what the first one asked for.
TEST_F(WatchTest, AGoalWithoutAMemberIsForgottenWhenThatIsBack)
{
    watch(1000);
    ASSERT_EQ(sync(), k_both);
    db2.server().arrives_after = 1'000'000;
    write(50);
    const auto lose_db3 = [&] {
        trio.world.detached.emplace("db3", test::Cib{});
        std::erase(trio.world.cib.members, "db3");
    };
    lose_db3();
    watch(2000);
    ASSERT_EQ(sync(), k_both);
    const auto asked_for = db1.server().status.log_end;
    trio.world.detached.clear();
    trio.world.cib.members.emplace_back("db3");
    watch(1000);
    write(51);
    ASSERT_TRUE(told(51));
    db2.server().status.role.replica->received_file = asked_for;
    lose_db3();
    watch(300);
    EXPECT_EQ(sync(), k_both);
}

TEST_F(WatchTest, BesideAnotherServerThatTakesWritesNothingIsConcludedForAWhile)
{
    leave_a_rival();
    watch(8000);
    EXPECT_FALSE(told(50));
    EXPECT_EQ(sync(), k_both);
    EXPECT_TRUE(db1.files.content.contains(db1.settings.check_path));
    watch(6000); // somebody has opened it by hand, then
    EXPECT_TRUE(told(50));
}

// Found by a chaos run: cut off from one node alone, the last primary ended its server soon after it had been seen open.
TEST_F(WatchTest, ARivalWhoseServerHasEndedHoldsNothingUpForLong)
{
    leave_a_rival();
    watch(500);
    db3.server().process = false;
    watch(4500);
    EXPECT_FALSE(told(50));
    EXPECT_EQ(sync(), k_both);
    watch(3000);
    EXPECT_TRUE(told(50));
    EXPECT_EQ(sync(), "off");
}

TEST_F(WatchTest, BesideARecordedSuccessorNothingIsConcludedAtAll)
{
    watch(1000);
    db2.server().process = db3.server().process = false;
    trio.world.cib.properties["mysql_REPL_INFO"] = core::to_string(test::record_of("db3", 3, 2));
    write(50);
    watch(30'000);
    EXPECT_FALSE(told(50));
    EXPECT_EQ(sync(), k_both);
    EXPECT_TRUE(db1.files.content.contains(db1.settings.check_path));
}

// Written, but it is not certain to whom: a look later it is read and confirmed.
TEST_F(WatchTest, AMembershipThatChangesMeanwhileConfirmsNothing)
{
    int looks = 0;
    const auto done = db1.run([&](const Context& context) {
        ++looks;
        const auto partition = engine::require_quorum(context);
        trio.world.cib.ring = 2;
        return engine::confirm_partition(context, *partition);
    });
    EXPECT_EQ(done.error().kind, base::ErrorKind::conflict);
}

TEST_F(WatchTest, StrictLetsWritesWait)
{
    db1.settings.semi_sync = core::SemiSyncMode::strict;
    watch(1000);
    EXPECT_EQ(sync(), k_both);
    db2.server().process = db3.server().process = false;
    write(50);
    watch(10'000);
    EXPECT_FALSE(told(50));
    EXPECT_EQ(sync(), k_both);
}

TEST_F(WatchTest, AHeartbeatFreesWhatWaitsForALostAcknowledgement)
{
    watch(1000);
    db2.server().loses_acknowledgements = db3.server().loses_acknowledgements = true;
    write(50);
    EXPECT_FALSE(told(50));
    watch(3000);
    EXPECT_TRUE(told(50));
    EXPECT_EQ(sync(), k_both);
}

TEST_F(WatchTest, AReplicaWithABrokenApplierIsNoMember)
{
    watch(1000);
    db3.server().status.role.replica->applier_running = false;
    db3.server().status.role.replica->applier_errno = 1062;
    watch(4000);
    EXPECT_EQ(sync(), "on|1|1|db1|db2:2:1000");
    EXPECT_FALSE(db3.server().registered);
}

// A replica of another site that acknowledges: what it has, the cluster does not hold. It is cut, comes back each time, and
// ends the guarantee, until it has stayed away for a while.
TEST_F(WatchTest, AReplicaThatIsNoNodeIsCutAndEndsTheGuaranteeForAsLongAsItComesBack)
{
    watch(1000);
    ASSERT_EQ(sync(), k_both);
    auto& stranger = trio.world.servers["elsewhere"];
    stranger = db3.server();
    stranger.status.role.server_id = 77;
    for (int i = 0; i < 3; ++i) { // it is away for a second and a half of every two
        stranger.registered = true;
        watch(500);
        stranger.registered = false;
        watch(1500);
    }
    const auto& done = db1.server().done;
    EXPECT_GE(std::ranges::count(done, "cut 77"), 3);
    EXPECT_EQ(std::ranges::count(done, "cut 3"), 0);
    EXPECT_EQ(sync(), "off");
    watch(8000);
    EXPECT_EQ(sync(), k_both);
}

TEST_F(WatchTest, BeginsAgainWithEachGeneration)
{
    watch(1000);
    auto record = trio.record();
    record.generation = 5;
    trio.world.cib.properties["mysql_REPL_INFO"] = core::to_string(record);
    auto state = db1.remembered();
    state.record = core::to_string(record);
    db1.remember(state);
    watch(2000);
    EXPECT_EQ(sync(), "on|5|1|db1|db2:2:1000,db3:3:1000");
}

// As a promotion leaves it that was made while semi_sync was off.
TEST_F(WatchTest, ARecordOfAnOlderGenerationMakesNobodyAStranger)
{
    auto record = trio.record();
    record.generation = 5;
    trio.world.cib.properties["mysql_REPL_INFO"] = core::to_string(record);
    trio.world.cib.properties["mysql_SYNC"] = "on|4|1|db3|db1:1:1000,db2:2:1000";
    auto state = db1.remembered();
    state.record = core::to_string(record);
    db1.remember(state);
    db2.server().process = false;
    watch(1500);
    EXPECT_EQ(sync(), "on|5|1|db1|db3:3:1000");
    EXPECT_EQ(std::ranges::count(db1.server().done, "cut 3"), 0);
}

// Found by simulation: connected again, its receiver acknowledged alone what no member of the record had.
class WithoutQuorumTest : public WatchTest {
protected:
    WithoutQuorumTest() { watch(1000); }
    void look_from_db2(bool has_quorum)
    {
        db2.run([&](const Context& context) { return beside_db2.look(context, has_quorum); });
        base::Deadline::skip(Millis{1000});
    }
    engine::Watch beside_db2;
};

TEST_F(WithoutQuorumTest, AReplicaReceivesAndAcknowledgesNoMore)
{
    look_from_db2(true);
    EXPECT_TRUE(db2.server().replica_side);
    look_from_db2(false);
    EXPECT_FALSE(db2.server().replica_side);
    EXPECT_EQ(db2.server().status.role.replica->receiver, core::ReceiverState::stopped);
}

TEST_F(WithoutQuorumTest, ItIsSaidOnceAndAgainAtTheNextLoss)
{
    look_from_db2(false);
    const auto done = db2.server().done.size();
    look_from_db2(false);
    EXPECT_EQ(db2.server().done.size(), done);
    look_from_db2(true);
    EXPECT_EQ(db2.monitor(), ocf::ExitCode::ok); // starts it again,
    watch(3000);                                 // and its primary takes it in
    ASSERT_TRUE(db2.server().replica_side);
    look_from_db2(false);
    EXPECT_FALSE(db2.server().replica_side);
}

TEST_F(WithoutQuorumTest, InMaintenanceItGoesOn)
{
    db2.cluster.left_alone = true;
    look_from_db2(false);
    EXPECT_TRUE(db2.server().replica_side);
    db2.cluster.left_alone = false; // and this is looked at again
    look_from_db2(false);
    EXPECT_FALSE(db2.server().replica_side);
}

TEST_F(WithoutQuorumTest, AServerThatDoesNotAnswerIsToldLater)
{
    db2.server().door = test::Door::hung;
    look_from_db2(false);
    db2.server().door = test::Door::open;
    EXPECT_TRUE(db2.server().replica_side);
    look_from_db2(false);
    EXPECT_FALSE(db2.server().replica_side);
}

} // namespace
} // namespace mysql_prm
