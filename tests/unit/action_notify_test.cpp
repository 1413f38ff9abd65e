#include "fakes.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace mysql_prm {
namespace {

using base::ErrorKind;
using core::ReceiverState;
using ocf::ExitCode;
using test::promotion;
using test::Trio;
using Lines = std::vector<std::string>;

const Lines k_survivors{"db2", "db3"};

// db1 was the primary and is dead.
struct NotifyTest : testing::Test {
    NotifyTest()
    {
        trio.replicate_from_db1();
        db1.server().process = false;
    }
    ocf::NotifyEvent pre = promotion("pre", "db2", k_survivors);
    ocf::NotifyEvent post = promotion("post", "db2", k_survivors);
    Trio trio;
    test::Node &db1 = trio.db1, &db2 = trio.db2, &db3 = trio.db3;
};

TEST_F(NotifyTest, BeforeAPromotionANodeStopsReceivingAndPublishesItsBallot)
{
    test::receive(db3.server(), 6);
    EXPECT_EQ(db3.notify(pre), ExitCode::ok);
    EXPECT_EQ(db3.server().replica().receiver, ReceiverState::stopped);
    const auto ballot = db3.ballot();
    ASSERT_TRUE(ballot.has_value());
    EXPECT_EQ(ballot->generation, 2);
    EXPECT_TRUE(ballot->can_lead);
    EXPECT_EQ(ballot->received, db3.server().status.received);
    EXPECT_EQ(db3.cluster.writes.size(), 1);
}

TEST_F(NotifyTest, TheAddressDoesNotWaitForLooksAtWhatWasPublishedLongAgo)
{
    ASSERT_EQ(db2.promote(promotion("", "db2", k_survivors)), ExitCode::ok);
    db2.clock.tick(std::chrono::seconds{120});
    db2.cluster.calls = 0;
    db2.cluster.writes.clear();
    EXPECT_EQ(db2.notify(post), ExitCode::ok);
    EXPECT_EQ(db2.cluster.writes, Lines{"score=1000"});
    EXPECT_EQ(db2.cluster.calls, 1);
}

TEST_F(NotifyTest, ThePromiseIsKeptBeforeTheBallotIsPublished)
{
    for (int call = 1; db3.cluster.writes.empty(); ++call) {
        trio.world.fuse.cut_at(call);
        try {
            (void)db3.notify(pre);
        } catch (const test::Killed&) {
        }
        trio.world.fuse.disarm();
        if (!db3.cluster.writes.empty()) {
            EXPECT_EQ(db3.remembered().promised, 2);
        }
    }
}

TEST_F(NotifyTest, WithoutAPromiseThatCouldBeKeptNoBallotIsPublished)
{
    db3.files.full = true;
    EXPECT_FALSE(db3.notify(pre).has_value());
    EXPECT_FALSE(db3.ballot().has_value());
}

TEST_F(NotifyTest, ThePromiseOutlivesTheMonitorsWishToRepair)
{
    ASSERT_TRUE(db3.notify(pre).has_value());
    db1.server().process = true; // it was only frozen
    for (int i = 0; i < 3; ++i) {
        ASSERT_TRUE(db3.monitor().has_value());
        db3.clock.tick(std::chrono::seconds{61});
    }
    EXPECT_EQ(db3.server().replica().receiver, ReceiverState::stopped);
}

TEST_F(NotifyTest, ABrokenApplierAndAQuarantineAreSaidInTheBallot)
{
    db3.server().status.role.replica->applier_errno = 1062;
    ASSERT_TRUE(db3.notify(pre).has_value());
    EXPECT_FALSE(db3.ballot()->can_lead);
    EXPECT_TRUE(db3.ballot()->counts);
    auto state = db3.remembered();
    state.quarantine = "diverged";
    db3.remember(state);
    ASSERT_TRUE(db3.notify(pre).has_value());
    EXPECT_FALSE(db3.ballot()->counts);
}

TEST_F(NotifyTest, TheCandidateGivesUpBeforeThePromotionWhenAPeerReceivedMore)
{
    test::receive(db3.server(), 6);
    ASSERT_TRUE(db3.notify(pre).has_value());
    EXPECT_EQ(db2.notify(pre), ExitCode::ok);
    EXPECT_EQ(db2.score(), core::k_score_never);
    EXPECT_EQ(db3.score(), core::k_score_replica);
}

TEST_F(NotifyTest, TheCandidateAppliesBeforeThePromotion)
{
    test::receive(db2.server(), 6);
    ASSERT_FALSE(core::contains(db2.server().status.applied, db2.server().status.received));
    EXPECT_EQ(db2.notify(pre), ExitCode::ok);
    EXPECT_EQ(db2.server().status.applied, db2.server().status.received);
    EXPECT_EQ(db2.score(), core::k_score_replica);
}

// A promote that fails restarts the server, which may have the only copy in its relay log.
TEST_F(NotifyTest, ACandidateThatCannotApplyInTimeGivesUpBeforeThePromotionAndIsACandidateAgainLater)
{
    db2.server().applier_is_stuck = true;
    test::receive(db2.server(), 6);
    EXPECT_EQ(db2.notify(pre), ExitCode::ok);
    EXPECT_EQ(db2.score(), core::k_score_never);
    db2.clock.tick(std::chrono::seconds{60});
    ASSERT_EQ(db2.monitor(), ExitCode::ok);
    EXPECT_EQ(db2.score(), core::k_score_never)
        << "before another one that has applied everything it must not be tried again";
    db2.server().applier_is_stuck = false;
    db2.server().status.applied = db2.server().status.received;
    ASSERT_EQ(db2.monitor(), ExitCode::ok);
    EXPECT_EQ(db2.score(), core::k_score_replica);
}

TEST_F(NotifyTest, ACandidateThatHadToApplyComparesAgain)
{
    test::receive(db2.server(), 6);
    test::receive(db3.server(), 6);
    test::receive(db3.server(), 7);
    bool has_told = false; // its notification comes late
    trio.world.fuse.at_each_call = [&] {
        const auto& done = db2.server().done;
        if (has_told || std::ranges::find(done, "wait applied") == done.end())
            return;
        has_told = true;
        ASSERT_TRUE(db3.notify(pre).has_value());
    };
    EXPECT_EQ(db2.notify(pre), ExitCode::ok);
    ASSERT_TRUE(has_told);
    EXPECT_EQ(db2.score(), core::k_score_never);
}

TEST_F(NotifyTest, AfterAPromotionTheOthersFollowTheNewPrimary)
{
    ASSERT_TRUE(db3.notify(pre).has_value());
    ASSERT_TRUE(db2.notify(pre).has_value());
    ASSERT_TRUE(db2.promote(promotion("", "db2", k_survivors)).has_value());
    EXPECT_EQ(db3.notify(post), ExitCode::ok);
    EXPECT_EQ(db2.notify(post), ExitCode::ok);
    EXPECT_EQ(db3.server().replica().source_host, "db2");
    EXPECT_EQ(db3.server().replica().receiver, ReceiverState::running);
    EXPECT_EQ(db3.score(), core::k_score_replica);
    EXPECT_FALSE(db2.server().status.role.replica.has_value());
}

TEST_F(NotifyTest, NotifiedTwiceItWritesNothingTheSecondTime)
{
    ASSERT_TRUE(db3.notify(pre).has_value());
    ASSERT_TRUE(db2.notify(pre).has_value());
    ASSERT_TRUE(db2.promote(promotion("", "db2", k_survivors)).has_value());
    ASSERT_TRUE(db3.notify(post).has_value());
    db3.cluster.writes.clear();
    db3.server().done.clear();
    EXPECT_EQ(db3.notify(post), ExitCode::ok);
    EXPECT_EQ(db3.cluster.writes, Lines{});
    EXPECT_EQ(db3.server().done, Lines{});
}

TEST_F(NotifyTest, AFailedPromotionChangesNothingOnTheOthers)
{
    ASSERT_TRUE(db3.notify(pre).has_value());
    const auto seen = trio.world.seen();
    const auto result = db3.notify(post);
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().kind, ErrorKind::conflict);
    EXPECT_EQ(trio.world.seen(), seen);
}

TEST_F(NotifyTest, AfterAFailedPromotionNobodyIsFollowedButTheNodeThatWasToBePromoted)
{
    db1.server().process = true;
    db3.server().status.role.replica->source_host = "db2";
    EXPECT_FALSE(db3.notify(post).has_value());
    EXPECT_EQ(db3.server().done, Lines{});
}

TEST_F(NotifyTest, ARecordedPrimaryThatIsNotWritableYetIsNotFollowed)
{
    ASSERT_TRUE(db3.notify(pre).has_value());
    trio.world.cib.properties["mysql_REPL_INFO"] = core::to_string(test::record_of("db2", 2, 2));
    EXPECT_FALSE(db3.notify(post).has_value());
    EXPECT_EQ(db3.server().replica().source_host, "db1");
}

TEST_F(NotifyTest, ANodeWithTransactionsThatTheNewPrimaryLacksIsKeptOutAndKeepsThem)
{
    ASSERT_TRUE(db2.promote(promotion("", "db2", {"db2"})).has_value());
    test::commit(db3.server(), 99);
    EXPECT_EQ(db3.notify(post), ExitCode::ok);
    EXPECT_EQ(db3.score(), core::k_score_never);
    EXPECT_TRUE(core::contains(db3.server().status.executed, test::position("mysql:" + test::k_uuid_a + ":99")));
}

TEST_F(NotifyTest, AnApplierThatStoppedWithAnErrorIsNotRestarted)
{
    db1.server().process = true;
    auto& replica = *db3.server().status.role.replica;
    replica.applier_running = false;
    replica.applier_errno = 1062;
    ASSERT_TRUE(db1.stop().has_value());
    ASSERT_TRUE(db1.start().has_value());
    ASSERT_TRUE(db1.promote(promotion("", "db1", {"db1"})).has_value());
    (void)db3.notify(promotion("post", "db1", {"db1", "db2", "db3"}));
    EXPECT_EQ(db3.server().replica().applier_errno, 1062);
}

TEST_F(NotifyTest, EverythingElseIsNoneOfItsBusiness)
{
    const auto seen = trio.world.seen();
    for (const auto* operation : {"start", "stop", "demote", ""})
        for (const auto* type : {"pre", "post", ""}) {
            auto event = pre;
            event.type = type;
            event.operation = operation;
            EXPECT_EQ(db2.notify(event), ExitCode::ok);
        }
    EXPECT_EQ(trio.world.seen(), seen);
    EXPECT_EQ(db2.cluster.calls, 0);
}

// db1 is a living primary that has been demoted and is about to be stopped.
struct PreStopTest : testing::Test {
    PreStopTest()
    {
        trio.replicate_from_db1();
        db1.server().status.role.read_only = db1.server().status.role.super_read_only = true;
    }
    static ocf::NotifyEvent pre_stop()
    {
        auto event = promotion("pre", "db2", {"db1", "db2", "db3"});
        event.operation = "stop";
        event.stop = event.demote = {{"mysql:0", "db1"}};
        return event;
    }
    Trio trio;
    test::Node &db1 = trio.db1, &db2 = trio.db2;
};

TEST_F(PreStopTest, AReplicaLetsGoOfAPrimaryThatHasHandedOver)
{
    EXPECT_EQ(db2.notify(pre_stop()), ExitCode::ok);
    EXPECT_EQ(db2.server().replica().receiver, ReceiverState::stopped);
}

TEST_F(PreStopTest, AReplicaThatLacksSomethingGoesOnReceiving)
{
    test::commit(db1.server(), 99);
    db2.server().arrives_after = 10;
    EXPECT_EQ(db2.notify(pre_stop()), ExitCode::ok);
    EXPECT_EQ(db2.server().replica().receiver, ReceiverState::running);
}

// The promotion waits for this.
TEST_F(PreStopTest, AReplicaWhosePrimaryHasDiedAsksNobody)
{
    db1.server().process = false;
    db2.server().status.role.replica->receiver = ReceiverState::connecting;
    const auto calls = db2.cluster.calls;
    EXPECT_EQ(db2.notify(pre_stop()), ExitCode::ok);
    EXPECT_EQ(db2.cluster.calls, calls);
}

TEST_F(PreStopTest, AReplicaOfAPrimaryThatIsNotStoppedIsLeftAlone)
{
    auto event = pre_stop();
    event.stop = {{"mysql:2", "db3"}};
    EXPECT_EQ(db2.notify(event), ExitCode::ok);
    EXPECT_EQ(db2.server().replica().receiver, ReceiverState::running);
}

} // namespace
} // namespace mysql_prm
