// A planned move, and its undoing.
#include "fakes.hpp"

#include "mysql_prm/engine/hand_over.hpp"

#include <gtest/gtest.h>

namespace mysql_prm {
namespace {

using ocf::ExitCode;
using test::promotion;
using test::Trio;
using Lines = std::vector<std::string>;

const Lines k_all{"db1", "db2", "db3"};

struct PlannedMoveTest : testing::Test {
    PlannedMoveTest() { trio.replicate_from_db1(); }
    ocf::NotifyEvent before_demotion = [] {
        auto event = promotion("pre", "db2", k_all, {"db1"});
        event.operation = "demote";
        return event;
    }();
    Trio trio;
    test::Node &db1 = trio.db1, &db2 = trio.db2, &db3 = trio.db3;
};

TEST_F(PlannedMoveTest, ASuccessorThatKeepsUpSaysNothing)
{
    const auto writes = db2.cluster.writes.size();
    EXPECT_EQ(db2.notify(before_demotion), ExitCode::ok);
    EXPECT_EQ(db2.cluster.writes.size(), writes);
}

TEST_F(PlannedMoveTest, ASuccessorThatCannotKeepUpGivesUpBeforeAnythingIsDemoted)
{
    for (auto hinder : {+[](test::ServerModel& server) { server.cut_off = true; },
             +[](test::ServerModel& server) { server.applier_is_stuck = true; },
             +[](test::ServerModel& server) { server.applier_fails = true; },
             +[](test::ServerModel& server) { server.status.role.replica.reset(); }}) {
        Trio world;
        world.replicate_from_db1();
        hinder(world.db2.server());
        test::commit(world.db1.server(), 6);
        EXPECT_FALSE(world.db2.notify(before_demotion).has_value());
        EXPECT_EQ(world.db2.score(), core::k_score_never);
        EXPECT_TRUE(world.db1.server().writable());
    }
}

// Found by a scenario on MariaDB: its position has what waits for space, nobody could have it, and every move was given up.
TEST_F(PlannedMoveTest, ASuccessorNeedNotHaveWhatWaitsForTheFullDiskOfThePrimary)
{
    db1.server().status.role.version.flavor = core::Flavor::mariadb;
    db1.server().commits_hang = true;
    test::commit(db1.server(), 6);
    EXPECT_EQ(db2.notify(before_demotion), ExitCode::ok);
}

TEST_F(PlannedMoveTest, WhatASuccessorStillHasToReceiveOrApplyIsNotWhatWaitsForSpace)
{
    struct Hinder {
        core::Flavor flavor;
        bool cut_off, applier_is_stuck;
    };
    for (const auto& hinder : {Hinder{core::Flavor::mysql, false, false}, // which counts nothing that waits
             Hinder{core::Flavor::mariadb, true, false}, Hinder{core::Flavor::mariadb, false, true}}) {
        Trio world;
        world.replicate_from_db1();
        world.db2.server().applier_is_stuck = hinder.applier_is_stuck;
        test::commit(world.db1.server(), 6);
        world.world.flow();
        world.db2.server().cut_off = hinder.cut_off;
        world.db1.server().status.role.version.flavor = hinder.flavor;
        world.db1.server().commits_hang = true;
        test::commit(world.db1.server(), 7);
        EXPECT_FALSE(world.db2.notify(before_demotion).has_value());
    }
}

TEST_F(PlannedMoveTest, OthersAreNotAsked)
{
    db3.server().cut_off = true;
    test::commit(db1.server(), 6);
    EXPECT_EQ(db3.notify(before_demotion), ExitCode::ok);
    EXPECT_NE(db3.score(), core::k_score_never);
}

// Received in time and not applied: a long statement that was committed behind the question before the demotion.
TEST_F(PlannedMoveTest, IsUndoneWithinSecondsWhenTheLastTransactionTakesLongToApply)
{
    ASSERT_EQ(db2.notify(before_demotion), ExitCode::ok);
    db2.server().applier_is_stuck = true;
    test::commit(db1.server(), 6);
    trio.world.flow();
    ASSERT_EQ(db1.demote(promotion("", "db2", k_all, {"db1"})), ExitCode::ok);
    static_cast<void>(db1.notify(promotion("pre", "db2", k_all, {"db1"})));
    const auto begun = base::Deadline::after(base::Millis{0}).time();
    EXPECT_FALSE(db2.notify(promotion("pre", "db2", k_all, {"db1"})).has_value());
    EXPECT_LT(base::Deadline::after(base::Millis{0}).time() - begun, base::Millis{2500});
    EXPECT_EQ(db2.score(), core::k_score_never);
    for (auto* node : {&db1, &db3})
        static_cast<void>(node->notify(promotion("pre", "db1", k_all)));
    static_cast<void>(db2.notify(promotion("pre", "db1", k_all)));
    EXPECT_EQ(db1.promote(promotion("", "db1", k_all)), ExitCode::ok);
    EXPECT_TRUE(db1.server().writable());
}

TEST_F(PlannedMoveTest, IsUndoneWhenTheLastTransactionsDoNotArrive)
{
    ASSERT_EQ(db2.notify(before_demotion), ExitCode::ok);
    db2.server().cut_off = true;
    test::commit(db1.server(), 6);
    ASSERT_EQ(db1.demote(promotion("", "db2", k_all, {"db1"})), ExitCode::ok);
    EXPECT_FALSE(db1.server().writable());
    static_cast<void>(db1.notify(promotion("pre", "db2", k_all, {"db1"})));
    EXPECT_FALSE(db2.notify(promotion("pre", "db2", k_all, {"db1"})).has_value());
    EXPECT_EQ(db2.score(), core::k_score_never);
    // Pacemaker plans again.
    for (auto* node : trio.nodes())
        ASSERT_TRUE(node->notify(promotion("pre", "db1", k_all)).has_value());
    EXPECT_EQ(db1.promote(promotion("", "db1", k_all)), ExitCode::ok);
    EXPECT_TRUE(db1.server().writable());
    EXPECT_GT(trio.record().generation, 1);
    db2.server().cut_off = false;
    for (auto* node : {&db2, &db3}) {
        EXPECT_EQ(node->notify(promotion("post", "db1", k_all)), ExitCode::ok);
        EXPECT_EQ(node->server().replica().receiver, core::ReceiverState::running);
    }
}

// The clients of the old primary wait meanwhile.
TEST_F(PlannedMoveTest, TheDemotedPrimaryWaitsForItsSuccessorForASecondOrTwo)
{
    db2.server().cut_off = true;
    test::commit(db1.server(), 6);
    const auto begun = base::Deadline::after(base::Millis{0}).time();
    ASSERT_EQ(db1.demote(promotion("", "db2", k_all, {"db1"})), ExitCode::ok);
    EXPECT_LT(base::Deadline::after(base::Millis{0}).time() - begun, base::Millis{2500});
}

// A partition that healed in the middle of a promotion on the other side.
TEST_F(PlannedMoveTest, APrimaryThatOthersHavePromisedNotToFollowHasToBePromotedAgain)
{
    ASSERT_EQ(db1.monitor(), ExitCode::running_promoted);
    for (auto* node : {&db2, &db3})
        ASSERT_TRUE(node->notify(promotion("pre", "db2", {"db2", "db3"})).has_value());
    db1.clock.tick(std::chrono::seconds{61});
    const auto seen = db1.monitor();
    ASSERT_FALSE(seen.has_value());
    EXPECT_NE(seen.error().message.find("has to be promoted again"), std::string::npos);
    // What Pacemaker does then.
    ASSERT_EQ(db1.demote(), ExitCode::ok);
    for (auto* node : trio.nodes())
        ASSERT_TRUE(node->notify(promotion("pre", "db1", k_all)).has_value());
    EXPECT_EQ(db1.promote(promotion("", "db1", k_all)), ExitCode::ok);
    db1.clock.tick(std::chrono::seconds{61});
    EXPECT_EQ(db1.monitor(), ExitCode::running_promoted);
}

TEST_F(PlannedMoveTest, AGenerationIsNotPromisedTwice)
{
    ASSERT_TRUE(db2.notify(promotion("pre", "db2", {"db2", "db3"})).has_value());
    EXPECT_EQ(db2.ballot()->generation, 2);
    ASSERT_TRUE(db2.notify(promotion("pre", "db2", {"db2", "db3"})).has_value()); // the same transition
    EXPECT_EQ(db2.ballot()->generation, 2);
    db2.clock.tick(std::chrono::seconds{60}); // what was promised may have been led where this node could not see it
    ASSERT_TRUE(db2.notify(promotion("pre", "db2", {"db2", "db3"})).has_value());
    EXPECT_EQ(db2.ballot()->generation, 3);
}

TEST_F(PlannedMoveTest, ARecordThatFellBackDoesNotBringAGenerationBack)
{
    auto state = db2.remembered();
    state.record = core::to_string(test::record_of("db3", 3, 7)); // followed before the older information base won
    db2.remember(state);
    ASSERT_TRUE(db2.notify(promotion("pre", "db2", {"db2", "db3"})).has_value());
    EXPECT_EQ(db2.ballot()->generation, 8);
}

// Others are tried again and again meanwhile, and fail because it has more: it has to come back into the choice.
TEST_F(PlannedMoveTest, ANodeThatGaveUpComesBackIntoTheChoiceWhileElectionsGoOn)
{
    db2.server().cut_off = true;
    test::commit(db1.server(), 6);
    EXPECT_FALSE(db2.notify(before_demotion).has_value());
    ASSERT_EQ(db2.score(), core::k_score_never);
    for (int i = 0; i < 4; ++i) {
        db2.clock.tick(std::chrono::seconds{3});
        static_cast<void>(db2.notify(promotion("pre", "db3", {"db2", "db3"})));
        ASSERT_EQ(db2.monitor(), ExitCode::ok);
    }
    EXPECT_NE(db2.score(), core::k_score_never);
}

} // namespace
} // namespace mysql_prm
