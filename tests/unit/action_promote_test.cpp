#include "fakes.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace mysql_prm {
namespace {

using base::ErrorKind;
using base::Millis;
using core::ReceiverState;
using ocf::ExitCode;
using test::promotion;
using test::Trio;
using Lines = std::vector<std::string>;

const Lines k_survivors{"db2", "db3"};

// db1 was the primary and is dead; the others have had their pre-promote notification.
struct PromoteTest : testing::Test {
    PromoteTest()
    {
        trio.replicate_from_db1();
        db1.server().process = false;
    }
    void notify_before(const std::string& target)
    {
        auto& candidate = target == "db2" ? db2 : db3; // comes last: it looks for the other's ballot
        auto& other = target == "db2" ? db3 : db2;
        ASSERT_TRUE(other.notify(promotion("pre", target, k_survivors)).has_value());
        ASSERT_TRUE(candidate.notify(promotion("pre", target, k_survivors)).has_value());
    }
    Trio trio;
    test::Node &db1 = trio.db1, &db2 = trio.db2, &db3 = trio.db3;
};

TEST_F(PromoteTest, MakesTheElectedNodeThePrimaryOfTheNextGeneration)
{
    notify_before("db2");
    EXPECT_EQ(db2.promote(promotion("", "db2", k_survivors)), ExitCode::ok);
    EXPECT_TRUE(db2.server().writable());
    EXPECT_FALSE(db2.server().status.role.replica.has_value());
    EXPECT_EQ(trio.record().node, "db2");
    EXPECT_EQ(trio.record().generation, 2);
    EXPECT_EQ(trio.record().server_id, 2);
    EXPECT_EQ(db2.monitor(), ExitCode::running_promoted);
    EXPECT_EQ(db2.score(), core::k_score_primary);
}

TEST_F(PromoteTest, WritesTheRecordBeforeItForgetsTheSourceAndForgetsItBeforeItOpens)
{
    notify_before("db2");
    db2.server().done.clear();
    db2.budget = Millis{20}; // a second attempt without a second notification waits for new ballots
    const auto order = [&] { // at every call: what has happened by then
        const auto& done = db2.server().done;
        const bool recorded = trio.record().node == "db2";
        const bool forgotten = std::ranges::find(done, "forget source") != done.end();
        const bool opened = std::ranges::find(done, "open") != done.end();
        return (recorded || !forgotten) && (forgotten || !opened) && opened == db2.server().writable();
    };
    for (int call = 1; call < 60; ++call) {
        trio.world.fuse.cut_at(call);
        try {
            if (db2.promote(promotion("", "db2", k_survivors)))
                break;
        } catch (const test::Killed&) {
            EXPECT_TRUE(order()) << "after call " << call;
        }
    }
    trio.world.fuse.disarm();
    ASSERT_TRUE(db2.promote(promotion("", "db2", k_survivors)).has_value());
    EXPECT_TRUE(order());
    EXPECT_TRUE(db2.server().writable());
}

// db1 was the primary of MariaDB servers and is dead.
void make_mariadb(Trio& trio)
{
    for (auto* node : trio.nodes()) {
        auto& status = node->server().status;
        const auto replica = status.role.replica;
        status = test::mariadb_server(status.role.server_id, "0-1-100", "0-1-100");
        status.role.replica = replica;
    }
}

TEST_F(PromoteTest, AMariadbServerSkipsNumbersBehindTheRecordAndBeforeItOpens)
{
    make_mariadb(trio);
    notify_before("db2");
    db2.server().done.clear();
    ASSERT_EQ(db2.promote(promotion("", "db2", k_survivors)), ExitCode::ok);
    EXPECT_EQ(db2.server().done, (Lines{"forget source", "skip numbers", "open"}));
    EXPECT_EQ(db2.server().status.executed, test::position("mariadb:0-2-1100"));
    ASSERT_TRUE(db3.notify(promotion("post", "db2", k_survivors)).has_value());
    EXPECT_EQ(db3.server().replica().source_host, "db2");
    EXPECT_EQ(db3.remembered().quarantine, "");
}

TEST_F(PromoteTest, AMariadbServerSkipsNumbersOnlyOnceItIsRecorded)
{
    make_mariadb(trio);
    notify_before("db2");
    db2.server().done.clear();
    db2.cluster.refuses_writes = true;
    EXPECT_FALSE(db2.promote(promotion("", "db2", k_survivors)).has_value());
    EXPECT_EQ(db2.server().status.executed, test::position("mariadb:0-1-100"));
}

TEST_F(PromoteTest, AnAccountThatMayNotSkipNumbersDoesNotPreventAFailover)
{
    make_mariadb(trio);
    notify_before("db2");
    db2.server().may_skip_numbers = false;
    EXPECT_EQ(db2.promote(promotion("", "db2", k_survivors)), ExitCode::ok);
    EXPECT_TRUE(db2.server().writable());
}

TEST_F(PromoteTest, AMariadbServerWhoseStrictModeWasSwitchedOffHasItOnAsPrimary)
{
    make_mariadb(trio);
    notify_before("db2");
    db2.server().status.gtid_strict = false;
    ASSERT_EQ(db2.promote(promotion("", "db2", k_survivors)), ExitCode::ok);
    EXPECT_TRUE(db2.server().status.gtid_strict);
}

// db2 flushed and the primary used the number too: db3 received that, the applier of db2 has stopped.
TEST_F(PromoteTest, AFlushOnAMariadbReplicaDoesNotMakeItIncomparable)
{
    make_mariadb(trio);
    auto& flushed = db2.server();
    auto replica = flushed.status.role.replica;
    flushed.status = test::mariadb_server(2, "0-2-101", "0-1-100,0-2-101");
    replica->applier_running = false;
    replica->applier_errno = 1950;
    flushed.status.role.replica = replica;
    db3.server().status = test::mariadb_server(3, "0-1-101", "0-1-101");
    db3.server().status.role.replica = test::replica_of("db1", 1);
    notify_before("db3");
    EXPECT_FALSE(db3.promote(promotion("", "db3", k_survivors)).has_value()) << "it may carry data";
    flushed.without_data = "0-2-101";
    notify_before("db3");
    EXPECT_EQ(db2.ballot()->received, test::position("mariadb:0-1-100"));
    EXPECT_EQ(db3.promote(promotion("", "db3", k_survivors)), ExitCode::ok);
}

TEST_F(PromoteTest, AFlushOnEachReplicaDoesNotMakeThemIncomparable)
{
    for (auto* node : {&db2, &db3}) {
        auto& server = node->server();
        server.without_data = server.status.server_uuid + ":1";
        server.status.executed = server.status.received = server.status.applied
            = std::get<gtid::MysqlGtidSet>(server.status.executed).united(test::mysql_set(server.without_data));
    }
    notify_before("db2");
    EXPECT_EQ(db3.ballot()->without_data, test::mysql_set(db3.server().without_data));
    ASSERT_EQ(db2.promote(promotion("", "db2", k_survivors)), ExitCode::ok);
    ASSERT_TRUE(db3.notify(promotion("post", "db2", k_survivors)).has_value());
    EXPECT_EQ(db3.remembered().quarantine, "");
    EXPECT_TRUE(core::contains(db2.server().status.executed, db3.ballot()->received.value()));
}

TEST_F(PromoteTest, PromotedTwiceItWritesNothingTheSecondTime)
{
    notify_before("db2");
    ASSERT_TRUE(db2.promote(promotion("", "db2", k_survivors)).has_value());
    db2.cluster.writes.clear();
    const auto seen = trio.world.seen();
    EXPECT_EQ(db2.promote(promotion("", "db2", k_survivors)), ExitCode::ok);
    EXPECT_EQ(db2.cluster.writes, Lines{});
    EXPECT_EQ(trio.world.seen(), seen);
}

TEST_F(PromoteTest, AppliesEverythingItReceivedBeforeItOpens)
{
    test::receive(db2.server(), 6);
    notify_before("db2");
    ASSERT_TRUE(db2.promote(promotion("", "db2", k_survivors)).has_value());
    EXPECT_TRUE(core::contains(db2.server().status.executed, test::position("mysql:" + test::k_uuid_a + ":1-6")));
}

TEST_F(PromoteTest, DoesNotOpenWithReceivedTransactionsThatItCannotApply)
{
    notify_before("db2");
    test::receive(db2.server(), 6);
    db2.server().applier_fails = true;
    EXPECT_FALSE(db2.promote(promotion("", "db2", k_survivors)).has_value());
    EXPECT_FALSE(db2.server().writable());
    EXPECT_EQ(trio.record().node, "db1");
}

TEST_F(PromoteTest, DoesNotOpenWithReceivedTransactionsThatAreNotAppliedInTime)
{
    notify_before("db2");
    test::receive(db2.server(), 6);
    db2.server().applier_is_stuck = true;
    EXPECT_EQ(db2.promote(promotion("", "db2", k_survivors)).error().kind, ErrorKind::timed_out);
    EXPECT_FALSE(db2.server().writable());
    EXPECT_EQ(trio.record().node, "db1");
}

TEST_F(PromoteTest, YieldsToAPeerThatReceivedMore)
{
    test::receive(db3.server(), 6);
    notify_before("db2");
    const auto result = db2.promote(promotion("", "db2", k_survivors));
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().kind, ErrorKind::data_risk);
    EXPECT_EQ(db2.score(), -1'000'000);
    EXPECT_FALSE(db2.server().writable());
    EXPECT_EQ(trio.record().node, "db1");
    EXPECT_EQ(db3.promote(promotion("", "db3", k_survivors)), ExitCode::ok);
    EXPECT_EQ(trio.record().node, "db3");
}

TEST_F(PromoteTest, TheScoreOfANodeThatYieldedIsDownBeforeTheActionReturnsAndStaysSo)
{
    test::receive(db3.server(), 6);
    notify_before("db2");
    ASSERT_FALSE(db2.promote(promotion("", "db2", k_survivors)).has_value());
    ASSERT_TRUE(db2.monitor().has_value());
    EXPECT_EQ(db2.score(), -1'000'000);
}

TEST_F(PromoteTest, ANodeThatYieldedIsTriedAgainWhenTheBetterOneWentAwayUnpromoted)
{
    test::receive(db3.server(), 6);
    notify_before("db2");
    ASSERT_FALSE(db2.promote(promotion("", "db2", k_survivors)).has_value());
    db3.server().process = false;
    for (int i = 0; i < 10; ++i, db2.clock.tick(std::chrono::seconds{20}))
        ASSERT_TRUE(db2.monitor().has_value());
    EXPECT_EQ(db2.score(), core::k_score_replica);
}

TEST_F(PromoteTest, AnApplierThatBreaksAfterAPromotionHasFailedIsTakenOutOfTheChoice)
{
    notify_before("db2"); // and then nobody is promoted
    db3.server().status.role.replica->applier_errno = 1062;
    db3.server().status.role.replica->applier_running = false;
    for (int i = 0; i < 10; ++i, db3.clock.tick(std::chrono::seconds{20}))
        ASSERT_TRUE(db3.monitor().has_value());
    EXPECT_EQ(db3.score(), core::k_score_never);
}

TEST_F(PromoteTest, ANodeThatRefusedBecauseItCannotLeadKeepsItsScoreDown)
{
    db2.server().status.log_replica_updates = false;
    notify_before("db2");
    ASSERT_FALSE(db2.promote(promotion("", "db2", k_survivors)).has_value());
    ASSERT_TRUE(db2.monitor().has_value());
    EXPECT_EQ(db2.score(), -1'000'000);
}

TEST_F(PromoteTest, RefusesWhenEachSideHoldsSomethingThatTheOtherLacks)
{
    test::receive(db2.server(), 6);
    test::receive(db3.server(), 7);
    notify_before("db2");
    EXPECT_FALSE(db2.promote(promotion("", "db2", k_survivors)).has_value());
    EXPECT_FALSE(db3.promote(promotion("", "db3", k_survivors)).has_value());
    EXPECT_EQ(trio.record().node, "db1");
}

TEST_F(PromoteTest, ANodeWithABrokenApplierDoesNotLead)
{
    auto& replica = *db2.server().status.role.replica;
    replica.applier_errno = 1062;
    replica.applier_running = false;
    EXPECT_FALSE(db2.promote(promotion("", "db2", {"db2"})).has_value());
    EXPECT_EQ(trio.record().node, "db1");
}

TEST_F(PromoteTest, CatchesUpFromThePrimaryThatWasDemotedForIt)
{
    db1.server().process = true;
    db1.server().status.role.read_only = db1.server().status.role.super_read_only = true;
    const Lines all{"db1", "db2", "db3"};
    db2.server().arrives_after = 12;
    db3.server().arrives_after = 12;
    test::commit(db1.server(), 6);
    for (auto* node : {&db1, &db3}) // db2's notification is lost
        ASSERT_TRUE(node->notify(promotion("pre", "db2", all, {"db1"})).has_value());
    ASSERT_FALSE(core::contains(db2.server().status.received, db1.server().status.executed));
    EXPECT_EQ(db2.promote(promotion("", "db2", all, {"db1"})), ExitCode::ok);
    EXPECT_TRUE(core::contains(db2.server().status.executed, db1.server().status.executed));
    // Found by the simulation (seed 130081013): a promotion ended behind its record, the others went by what it had held
    // before it caught up, and one that had missed everything led.
    ASSERT_TRUE(db2.ballot());
    EXPECT_EQ(db2.ballot()->received, db1.server().status.executed);
}

TEST_F(PromoteTest, ACatchUpThatFailsLeavesTheReceiverStopped)
{
    db1.server().process = true;
    db1.server().status.role.read_only = db1.server().status.role.super_read_only = true;
    const Lines all{"db1", "db2", "db3"};
    db2.server().cut_off = db3.server().cut_off = true;
    test::commit(db1.server(), 6);
    for (auto* node : {&db1, &db3}) // db2's notification is lost
        ASSERT_TRUE(node->notify(promotion("pre", "db2", all, {"db1"})).has_value());
    db2.budget = Millis{2010};
    EXPECT_FALSE(db2.promote(promotion("", "db2", all, {"db1"})).has_value());
    EXPECT_EQ(db2.server().replica().receiver, ReceiverState::stopped);
}

TEST_F(PromoteTest, GoesOnAfterAKillBehindItsRecordWithTheBallotsItWasElectedWith)
{
    db1.server().process = true;
    db1.server().status.role.read_only = db1.server().status.role.super_read_only = true;
    const Lines all{"db1", "db2", "db3"};
    for (auto* node : {&db1, &db3, &db2})
        ASSERT_TRUE(node->notify(promotion("pre", "db2", all, {"db1"})).has_value());
    for (int call = 1; trio.record().node != "db2"; ++call) {
        trio.world.fuse.cut_at(call);
        try {
            static_cast<void>(db2.promote(promotion("", "db2", all, {"db1"})));
        } catch (const test::Killed&) {
        }
    }
    trio.world.fuse.disarm();
    ASSERT_FALSE(db2.server().writable());
    const auto pauses = db2.clock.pauses;
    EXPECT_EQ(db2.promote(promotion("", "db2", all, {"db1"})), ExitCode::ok);
    EXPECT_EQ(db2.clock.pauses, pauses);
}

// The guarantee held when db1 died for good, and db3 has received more than db2, which Pacemaker tries first.
struct MemberTest : PromoteTest {
    MemberTest()
    {
        auto record = test::record_of("db1", 1, 1);
        record.semi_sync = true;
        trio.world.cib.properties["mysql_REPL_INFO"] = core::to_string(record);
        for (auto* node : {&db2, &db3}) {
            node->settings.semi_sync = core::SemiSyncMode::available;
            node->server().status.started = 1000;
        }
        trio.world.cib.properties["mysql_SYNC"] = "on|1|1|db1|db2:2:1000,db3:3:1000";
        test::receive(db3.server(), 6);
    }
    void fail_to_promote_db2()
    {
        ASSERT_TRUE(db3.notify(promotion("pre", "db2", k_survivors)).has_value());
        ASSERT_TRUE(db2.notify(promotion("pre", "db2", k_survivors)).has_value());
        ASSERT_FALSE(db2.promote(promotion("", "db2", k_survivors)).has_value());
        ASSERT_TRUE(db2.demote({}).has_value());
        ASSERT_TRUE(db2.stop().has_value());
    }
};

TEST_F(MemberTest, TheOneThatWasStoppedBecauseItYieldedDoesNotBlockTheBetterOne)
{
    fail_to_promote_db2();
    ASSERT_TRUE(db3.notify(promotion("pre", "db3", {"db3"})).has_value());
    const auto promoted = db3.promote(promotion("", "db3", {"db3"}));
    ASSERT_TRUE(promoted.has_value()) << promoted.error().message;
    EXPECT_TRUE(db3.server().writable());
}

TEST_F(MemberTest, NorDoesItWhenItIsBackWithLess)
{
    fail_to_promote_db2();
    ASSERT_TRUE(db2.start().has_value());
    ASSERT_NE(db2.server().status.started, 1000);
    for (auto* node : {&db2, &db3})
        ASSERT_TRUE(node->notify(promotion("pre", "db3", k_survivors)).has_value());
    const auto promoted = db3.promote(promotion("", "db3", k_survivors));
    ASSERT_TRUE(promoted.has_value()) << promoted.error().message;
}

TEST_F(MemberTest, WhatItToldBeforeItFollowedALaterPrimaryIsForgotten)
{
    fail_to_promote_db2();
    ASSERT_TRUE(db2.start().has_value());
    for (auto* node : {&db2, &db3})
        ASSERT_TRUE(node->notify(promotion("pre", "db3", k_survivors)).has_value());
    ASSERT_TRUE(db3.promote(promotion("", "db3", k_survivors)).has_value());
    ASSERT_TRUE(db2.notify(promotion("post", "db3", k_survivors)).has_value());
    ASSERT_TRUE(db2.notify(promotion("pre", "db2", k_survivors)).has_value());
    ASSERT_TRUE(db2.ballot().has_value());
    EXPECT_FALSE(db2.ballot()->told.has_value());
    EXPECT_EQ(db2.remembered().told_started, db2.server().status.started);
}

// db1 was promoted again, and lost before it had replaced the sync record (found by the model).
TEST_F(MemberTest, WhatItToldStandsBehindAPrimaryThatItHasNotFollowed)
{
    fail_to_promote_db2();
    ASSERT_TRUE(db2.start().has_value());
    auto record = test::record_of("db1", 1, 2);
    record.semi_sync = true;
    trio.world.cib.properties["mysql_REPL_INFO"] = core::to_string(record);
    ASSERT_TRUE(db2.notify(promotion("pre", "db2", k_survivors)).has_value());
    ASSERT_TRUE(db2.ballot()->told.has_value());
    EXPECT_EQ(db2.ballot()->told->incarnation.started, 1000);
}

// Pacemaker stops the server of a node without quorum, and starts it again once there is one.
struct StoppedMemberTest : MemberTest {
    StoppedMemberTest()
    {
        db3.server().process = false;
        trio.world.cib.properties["mysql_SYNC"] = "on|1|1|db1|db2:2:1000";
    }
    base::Result<ocf::ExitCode> restart_and_promote_db2()
    {
        EXPECT_TRUE(db2.stop().has_value());
        EXPECT_TRUE(db2.start().has_value());
        return promote_db2();
    }
    base::Result<ocf::ExitCode> promote_db2()
    {
        EXPECT_TRUE(db2.notify(promotion("pre", "db2", {"db2"})).has_value());
        return db2.promote(promotion("", "db2", {"db2"}));
    }
};

TEST_F(StoppedMemberTest, StandsOnceItIsBack)
{
    const auto promoted = restart_and_promote_db2();
    EXPECT_TRUE(promoted.has_value()) << promoted.error().message;
}

TEST_F(StoppedMemberTest, HowOftenItIsStoppedSince)
{
    for (int i = 0; i < 2; ++i) {
        ASSERT_TRUE(db2.stop().has_value());
        ASSERT_TRUE(db2.start().has_value());
        ASSERT_TRUE(db2.notify(promotion("pre", "db2", {"db2"})).has_value());
    }
    const auto promoted = restart_and_promote_db2();
    EXPECT_TRUE(promoted.has_value()) << promoted.error().message;
}

TEST_F(StoppedMemberTest, AppliesWhatTheNextServerMayLack)
{
    test::receive(db2.server(), 6);
    const auto received = db2.server().status.received;
    ASSERT_FALSE(core::contains(db2.server().status.executed, received));
    EXPECT_TRUE(restart_and_promote_db2().has_value());
    EXPECT_TRUE(core::contains(db2.server().status.executed, received));
}

TEST_F(StoppedMemberTest, DoesNotStandForWhatTheRestartHasLost)
{
    auto& status = db2.server().status;
    const auto before = status.executed;
    test::receive(db2.server(), 6);
    ASSERT_TRUE(db2.stop().has_value());
    ASSERT_TRUE(db2.start().has_value());
    status.received = status.applied = status.executed = before;
    const auto promoted = promote_db2();
    ASSERT_FALSE(promoted.has_value());
    EXPECT_EQ(promoted.error().kind, ErrorKind::data_risk);
}

// Started by hand, and adopted: its stop tells, too.
TEST_F(StoppedMemberTest, SoDoesOneThatHasBegunToReceiveByItself)
{
    db1.server().process = true;
    ASSERT_TRUE(db2.stop().has_value());
    db2.server().process = true;
    db2.server().status.started = 2000;
    auto& replica = *db2.server().status.role.replica;
    replica.receiver = ReceiverState::running;
    replica.applier_running = true;
    ASSERT_TRUE(db2.start().has_value());
    trio.world.cib.properties["mysql_SYNC"] = "on|1|1|db1|db2:2:2000";
    db1.server().process = false;
    const auto promoted = restart_and_promote_db2();
    EXPECT_TRUE(promoted.has_value()) << promoted.error().message;
}

TEST_F(StoppedMemberTest, NorAfterAnEndThatNobodySaw)
{
    db2.server().process = false;
    const auto promoted = restart_and_promote_db2();
    ASSERT_FALSE(promoted.has_value());
    EXPECT_EQ(promoted.error().kind, ErrorKind::data_risk);
}

TEST_F(MemberTest, TheGuaranteeCountsAlsoWhereItWasSwitchedOnUnderTheRecordedPrimary)
{
    trio.world.cib.properties["mysql_REPL_INFO"] = core::to_string(test::record_of("db1", 1, 1));
    db3.server().process = false;
    static_cast<void>(db2.notify(promotion("pre", "db2", k_survivors)));
    const auto promoted = db2.promote(promotion("", "db2", k_survivors));
    ASSERT_FALSE(promoted.has_value());
    EXPECT_EQ(promoted.error().kind, ErrorKind::data_risk);
}

TEST_F(MemberTest, WhatIsLeftOfAnotherGenerationDoesNotCountWithoutIt)
{
    trio.world.cib.properties["mysql_REPL_INFO"] = core::to_string(test::record_of("db1", 1, 1));
    trio.world.cib.properties["mysql_SYNC"] = "on|7|1|db3|db2:2:1000,db3:3:1000";
    db3.server().process = false;
    static_cast<void>(db2.notify(promotion("pre", "db2", k_survivors)));
    const auto promoted = db2.promote(promotion("", "db2", k_survivors));
    EXPECT_TRUE(promoted.has_value()) << promoted.error().message;
}

// db2 and db3 received nothing of the last transaction of db1, which is put on standby: demoted, stopped, no voter.
struct StandbyTest : PromoteTest {
    StandbyTest()
    {
        db1.server().process = true;
        test::commit(db1.server(), 6);
        db2.server().cut_off = db3.server().cut_off = true;
        for (auto* node : {&db2, &db3})
            node->server().status.role.replica->receiver = ReceiverState::stopped;
    }
    void stand_by()
    {
        auto event = promotion("", "db2", k_survivors, {"db1"});
        event.known = true;
        ASSERT_TRUE(db1.demote(event).has_value());
        ASSERT_TRUE(db1.stop().has_value());
    }
};

TEST_F(StandbyTest, NobodyLeadsWithoutWhatTheStoppedPrimaryIsKnownToHold)
{
    stand_by();
    for (const auto& demoted : {Lines{"db1"}, Lines{}}) { // Pacemaker tries again when db1 is no longer in its lists
        static_cast<void>(db3.notify(promotion("pre", "db2", k_survivors, demoted)));
        static_cast<void>(db2.notify(promotion("pre", "db2", k_survivors, demoted)));
        const auto result = db2.promote(promotion("", "db2", k_survivors, demoted));
        ASSERT_FALSE(result.has_value());
        EXPECT_EQ(result.error().kind, ErrorKind::data_risk);
        EXPECT_NE(result.error().message.find("db1 was the last primary and holds transactions that db2 lacks"),
            std::string::npos);
        EXPECT_FALSE(db2.server().writable());
    }
}

TEST_F(StandbyTest, TheAdministratorCanLetTheClusterGoOnWithoutIt)
{
    stand_by();
    db2.settings.on_data_loss_risk = core::DataLossPolicy::promote;
    notify_before("db2");
    EXPECT_EQ(db2.promote(promotion("", "db2", k_survivors)), ExitCode::ok);
}

// Found by the simulation (seed 4042304): a node that had missed everything led, because the one that was ahead had been
// killed behind its record and had not restarted yet.
TEST_F(StandbyTest, NobodyLeadsWithoutWhatTheRecordedPrimaryWasElectedWith)
{
    stand_by();
    ASSERT_TRUE(db1.start().has_value());
    ASSERT_TRUE(db1.notify(promotion("pre", "db1", {"db1", "db2", "db3"})).has_value());
    trio.world.cib.properties["mysql_REPL_INFO"] = core::to_string(test::record_of("db1", 1, db1.ballot()->generation));
    db1.server().process = false;
    notify_before("db2");
    const auto result = db2.promote(promotion("", "db2", k_survivors));
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().kind, ErrorKind::data_risk);
    EXPECT_FALSE(db2.server().writable());
    trio.world.cib.ballots.erase({"db1", "mysql_ballot"}); // its node has left: nothing is known of it any more
    notify_before("db2");
    EXPECT_EQ(db2.promote(promotion("", "db2", k_survivors)), ExitCode::ok);
}

TEST_F(StandbyTest, TheStoppedPrimaryLeadsAgainWhenItIsBack)
{
    stand_by();
    ASSERT_TRUE(db1.start().has_value());
    EXPECT_EQ(db1.score(), core::k_score_last_primary);
    for (auto* node : {&db2, &db3, &db1})
        ASSERT_TRUE(node->notify(promotion("pre", "db1", {"db1", "db2", "db3"})).has_value());
    EXPECT_EQ(db1.promote(promotion("", "db1", {"db1", "db2", "db3"})), ExitCode::ok);
}

TEST_F(StandbyTest, WithoutItsNodeTheClusterGoesOn)
{
    stand_by();
    trio.world.cib.ballots.erase({"db1", "mysql_ballot"}); // the node has left
    notify_before("db2");
    EXPECT_EQ(db2.promote(promotion("", "db2", k_survivors)), ExitCode::ok);
}

TEST_F(StandbyTest, ADemoteThatIsKilledLeavesWordWhenItIsRunAgain)
{
    auto event = promotion("", "db2", k_survivors, {"db1"});
    event.known = true;
    for (int call = 1; call < 200; ++call) {
        trio.world.fuse.cut_at(call);
        try {
            if (db1.demote(event).has_value())
                break;
        } catch (const test::Killed&) {
        }
    }
    trio.world.fuse.disarm();
    ASSERT_TRUE(db1.demote(event).has_value());
    ASSERT_TRUE(db1.ballot().has_value());
    EXPECT_EQ(db1.ballot()->received, db1.server().status.executed);
    EXPECT_EQ(db1.ballot()->generation, 2);
}

TEST_F(PromoteTest, FetchesFromABrokenPeerWhatItAppliedAndLeadsWithoutTheRest)
{
    db1.server().process = true;
    test::commit(db1.server(), 6);
    db2.server().cut_off = true;
    trio.world.flow();
    db2.server().cut_off = false;
    db1.server().process = false;
    auto& status = db3.server().status;
    ASSERT_FALSE(core::contains(db2.server().status.received, status.executed));
    test::receive(db3.server(), 7); // and cannot apply it
    status.role.replica->applier_running = false;
    status.role.replica->applier_errno = 1062;
    const auto applied = status.executed;
    notify_before("db2");
    EXPECT_EQ(db2.promote(promotion("", "db2", k_survivors)), ExitCode::ok);
    EXPECT_TRUE(core::contains(db2.server().status.executed, applied));
}

// The data of db2 are a backup from before it was the primary: it would pass over 0-2-91 to 0-2-95, and lead without them.
TEST_F(PromoteTest, AMariadbServerDoesNotFetchWhatItWouldPassOver)
{
    make_mariadb(trio);
    const auto have = [](test::Node& node, const char* position, const char* state) {
        auto replica = test::replica_of("db1", 1);
        replica.applier_running = node.name == "db2";
        replica.applier_errno = node.name == "db2" ? 0 : 1062;
        const auto id = node.server().status.role.server_id;
        node.server().status = test::mariadb_server(id, position, state);
        node.server().status.role.replica = replica;
    };
    have(db2, "0-1-90", "0-1-90");
    have(db3, "0-1-100", "0-1-100,0-2-95");
    notify_before("db2");
    const auto result = db2.promote(promotion("", "db2", k_survivors));
    ASSERT_FALSE(result);
    EXPECT_NE(result.error().message.find("lacks what it wrote itself up to 0-2-95"), std::string::npos)
        << result.error().message;
    EXPECT_FALSE(db2.server().writable());
    db2.server().replica_side = true; // the site's own: it takes them
    notify_before("db2");
    const auto again = db2.promote(promotion("", "db2", k_survivors));
    EXPECT_TRUE(again || again.error().message.find("lacks") == std::string::npos) << again.error().message;
}

TEST_F(PromoteTest, TakesAGenerationThatNoBallotIsBeyond)
{
    auto state = db3.remembered();
    state.promised = 9;
    state.promised_at = 1'700'000'000;
    db3.remember(state);
    notify_before("db2");
    ASSERT_TRUE(db2.promote(promotion("", "db2", k_survivors)).has_value());
    EXPECT_EQ(trio.record().generation, 9);
    EXPECT_EQ(db3.notify(promotion("post", "db2", k_survivors)), ExitCode::ok);
    EXPECT_EQ(db3.server().replica().source_host, "db2");
}

// Found by the simulation (seed 2336): a node that was stopped after an election that came to nothing did not follow whoever
// was elected without it.
TEST_F(PromoteTest, TakesAGenerationThatNobodyWhoIsNoVoterIsBeyondEither)
{
    const core::Ballot later{
        .generation = 9, .joined = 1, .incarnation = {3, 1000}, .received = db3.server().status.received};
    trio.world.cib.ballots[{"db3", "mysql_ballot"}] = core::to_string(later);
    ASSERT_TRUE(db2.notify(promotion("pre", "db2", {"db2"})).has_value());
    EXPECT_EQ(db2.promote(promotion("", "db2", {"db2"})), ExitCode::ok);
    EXPECT_EQ(trio.record().generation, 9);
}

// Its own making would wait for the acknowledgement that only a heartbeat can carry (MySQL 9.7, a new cluster with strict).
TEST_F(PromoteTest, StrictMakesTheHeartbeatTableBeforeAnythingWaits)
{
    db2.settings.semi_sync = db3.settings.semi_sync = core::SemiSyncMode::strict;
    db2.server().has_heartbeat_table = false;
    notify_before("db2");
    ASSERT_TRUE(db2.promote(promotion("", "db2", k_survivors)).has_value());
    const auto& done = db2.server().done;
    const auto made = std::ranges::find(done, "make heartbeat table");
    ASSERT_NE(made, done.end());
    EXPECT_NE(std::find(made, done.end(), "source side on"), done.end());
}

TEST_F(PromoteTest, TheGenerationGrowsWithEachPromotion)
{
    std::uint64_t last = trio.record().generation;
    for (int i = 0; i < 4; ++i) {
        auto& to = i % 2 == 0 ? db2 : db3;
        notify_before(to.name);
        ASSERT_TRUE(to.promote(promotion("", to.name, k_survivors)).has_value());
        EXPECT_GT(trio.record().generation, last);
        last = trio.record().generation;
        auto& other = i % 2 == 0 ? db3 : db2;
        ASSERT_TRUE(other.notify(promotion("post", to.name, k_survivors)).has_value());
        ASSERT_TRUE(to.demote(promotion("", other.name, k_survivors, {to.name})).has_value());
    }
}

TEST_F(PromoteTest, APrimaryThatIsPromotedAgainInPlaceTakesANewGeneration)
{
    db1.server().process = true;
    ASSERT_TRUE(db1.stop().has_value());
    ASSERT_TRUE(db1.start().has_value());
    ASSERT_TRUE(db1.promote(promotion("", "db1", {"db1"})).has_value());
    EXPECT_EQ(trio.record().generation, 2);
}

TEST_F(PromoteTest, DoesNotWaitForASilentVoterLongerThanItsPatience)
{
    ASSERT_TRUE(db2.notify(promotion("pre", "db2", {"db2"})).has_value());
    db2.budget = Millis{20};
    EXPECT_EQ(db2.promote(promotion("", "db2", k_survivors)), ExitCode::ok);
}

TEST_F(PromoteTest, ABallotForAnOlderPromotionDoesNotCount)
{
    test::receive(db3.server(), 6);
    trio.world.cib.ballots[{"db3", "mysql_ballot"}] = core::to_string(
        core::Ballot{.generation = 1, .incarnation = {.server_id = 3}, .received = db3.server().status.received});
    db2.budget = Millis{20};
    EXPECT_EQ(db2.promote(promotion("", "db2", k_survivors)), ExitCode::ok);
}

TEST_F(PromoteTest, EnablesTheRememberedEventsAgain)
{
    trio.world.cib.properties["mysql_EVENTS"] = "`shop`.`purge`,`shop`.`report`";
    ASSERT_TRUE(db2.promote(promotion("", "db2", {"db2"})).has_value());
    EXPECT_EQ(db2.server().events, (std::set<std::string>{"`shop`.`purge`", "`shop`.`report`"}));
}

TEST_F(PromoteTest, EventsThatCouldNotBeEnabledAreNotForgotten)
{
    trio.world.cib.properties["mysql_EVENTS"] = "`shop`.`purge`";
    db2.server().events_fail = true;
    ASSERT_TRUE(db2.promote(promotion("", "db2", {"db2"})).has_value());
    db2.clock.tick(std::chrono::seconds{61});
    ASSERT_TRUE(db2.monitor().has_value());
    EXPECT_EQ(trio.world.cib.properties["mysql_EVENTS"], "`shop`.`purge`");
}

TEST_F(PromoteTest, RunsTheScriptOnceTheServerIsOpenAndSurvivesItsFailure)
{
    db2.settings.post_promote_script = "/usr/local/bin/moved";
    db2.runner.exit_status = 3;
    EXPECT_EQ(db2.promote(promotion("", "db2", {"db2"})), ExitCode::ok);
    EXPECT_EQ(db2.runner.commands, (std::vector<Lines>{{"/usr/local/bin/moved"}}));
}

TEST_F(PromoteTest, DoesNotOpenWhenTheRecordCannotBeWritten)
{
    db2.cluster.refuses_writes = true;
    EXPECT_FALSE(db2.promote(promotion("", "db2", {"db2"})).has_value());
    EXPECT_FALSE(db2.server().writable());
    EXPECT_TRUE(db2.server().status.role.replica.has_value());
}

TEST_F(PromoteTest, DoesNothingWhenTheClustersRecordIsDamaged)
{
    trio.world.cib.properties["mysql_REPL_INFO"] = "junk";
    EXPECT_FALSE(db2.promote(promotion("", "db2", {"db2"})).has_value());
    EXPECT_FALSE(db2.server().writable());
}

TEST(LonePromoteTest, WorksWithoutAClusterAndWithoutNotifyVariables)
{
    Trio trio;
    trio.db1.cluster.absent = true;
    EXPECT_EQ(trio.db1.promote(), ExitCode::ok);
    EXPECT_TRUE(trio.db1.server().writable());
    EXPECT_EQ(trio.db1.monitor(), ExitCode::running_promoted);
    EXPECT_EQ(trio.db1.promote(), ExitCode::ok);
    EXPECT_EQ(trio.db1.demote(), ExitCode::ok);
    EXPECT_FALSE(trio.db1.server().writable());
}

} // namespace
} // namespace mysql_prm
