#include "mysql_prm/core/sync_plan.hpp"

#include <gtest/gtest.h>

namespace mysql_prm {
namespace {

using base::Millis;
using core::SemiSyncMode;
using core::SyncPeer;
using core::SyncPlan;
using core::SyncRecord;
using core::SyncStep;
using core::SyncView;

constexpr Millis k_long{60'000};

SyncPeer replica(const std::string& node, std::uint32_t id, bool active = true)
{
    return {.node = node,
        .incarnation = {id, 1000},
        .answers = true,
        .follows = true,
        .side = {true, active, active},
        .has_goal = true};
}

core::SemiSyncStatus holding(bool on = true)
{
    return {.source = {true, on, on}, .after_sync = true, .timeout = std::chrono::hours{24 * 3650}, .wait_no_replica = true};
}

SyncRecord on(std::vector<core::SyncMember> members)
{
    return {.on = true, .generation = 4, .primary = "db1", .members = std::move(members)};
}

// Primary of generation 4; db2 and db3 follow and acknowledge, and are recorded.
SyncView whole()
{
    return {.node = "db1",
        .generation = 4,
        .record = on({{"db2", {2, 1000}}, {"db3", {3, 1000}}}),
        .source = holding(),
        .peers = {replica("db2", 2), replica("db3", 3)}};
}

void lose(SyncPeer& peer)
{
    peer.follows = peer.has_goal = false;
    peer.unfit_for = k_long;
}

// Cut off for a moment, or hung: when it is back its receiver acknowledges before anybody can tell it not to.
TEST(SyncPlanTest, WhoCannotBeToldAndMayLiveStaysRecorded)
{
    auto view = whole();
    auto& peer = view.peers[0];
    lose(peer);
    peer.answers = false;
    peer.unfit_for = Millis{9'000};
    EXPECT_EQ(plan_sync(view).step, SyncStep::none);
    peer.incarnation = {}; // this watcher has never seen it
    peer.side = {};
    EXPECT_EQ(plan_sync(view).step, SyncStep::none);
    peer.unfit_for = Millis{10'000};
    EXPECT_EQ(plan_sync(view).step, SyncStep::set_goal);
}

TEST(SyncPlanTest, WhoIsGoneOrCanBeToldIsTakenOut)
{
    auto view = whole();
    auto& peer = view.peers[0];
    lose(peer);
    peer.unfit_for = Millis{1'000};
    EXPECT_EQ(plan_sync(view).step, SyncStep::dismiss);
    peer.answers = false;
    peer.is_gone = true;
    EXPECT_EQ(plan_sync(view).step, SyncStep::dismiss);
    peer.is_gone = false;
    peer.incarnation.started += 10; // another life
    EXPECT_EQ(plan_sync(view).step, SyncStep::set_goal);
}

TEST(SyncPlanTest, LeavesAloneWhatIsWhole)
{
    EXPECT_EQ(plan_sync(whole()).step, SyncStep::none);
}

// From a fresh primary to the record, one step after the other.
TEST(SyncPlanTest, TurnsTheReplicasOnThenTheSourceThenRecords)
{
    auto view = whole();
    view.record = {};
    view.source = holding(false);
    view.peers = {replica("db2", 2, false), replica("db3", 3, false)};
    EXPECT_EQ(plan_sync(view).step, SyncStep::set_goal);
    view.goal = plan_sync(view).goal;
    for (auto& peer : view.peers)
        peer.has_goal = false; // far behind: commits would wait until it has caught up
    EXPECT_EQ(plan_sync(view).step, SyncStep::none);
    for (auto& peer : view.peers)
        peer.has_goal = true;
    EXPECT_EQ(plan_sync(view).step, SyncStep::accept);
    EXPECT_EQ(plan_sync(view).node, "db2");
    view.peers[0].side.active = true;
    view.peers[0].told = true;
    view.peers[0].told_for = Millis{20};
    EXPECT_EQ(plan_sync(view).node, "db3");
    view.peers[1].told = true;
    view.peers[1].told_for = Millis{10};
    view.peers[1].side.enabled = true; // told, and not there yet
    EXPECT_EQ(plan_sync(view).step, SyncStep::hold);
    view.source = holding();
    EXPECT_EQ(plan_sync(view).step, SyncStep::set_goal);
    view.goal = plan_sync(view).goal;
    view.peers[0].has_goal = false;
    EXPECT_EQ(plan_sync(view).step, SyncStep::none); // nobody is known to have everything
    view.peers[0].has_goal = true;
    const auto plan = plan_sync(view);
    EXPECT_EQ(plan.step, SyncStep::record);
    EXPECT_EQ(plan.record, on({{"db2", {2, 1000}}, {"db3", {3, 1000}}})) << "db3 may acknowledge at any moment";
}

// Its connection may be registered the moment after it was looked at.
TEST(SyncPlanTest, OneThatMayAcknowledgeAtAnyMomentCountsAsIfItDid)
{
    auto view = whole();
    view.record = {};
    view.goal = "on";
    view.peers[1].side.active = false;
    view.peers[1].told = true;
    view.peers[1].told_for = Millis{20};
    view.peers[1].has_goal = false;
    EXPECT_NE(plan_sync(view).step, SyncStep::record);
    view.peers[1].follows = false;
    EXPECT_EQ(plan_sync(view).step, SyncStep::dismiss);
    EXPECT_EQ(plan_sync(view).node, "db3");
    view.record = on({{"db2", {2, 1000}}});
    EXPECT_EQ(plan_sync(view).step, SyncStep::dismiss);
    view.peers[1].told = false; // and does not answer: it is cut off, and will be again when it is seen
    EXPECT_EQ(plan_sync(view).step, SyncStep::none);
}

// Found by the model: the slower one could acknowledge alone until it was dismissed.
TEST(SyncPlanTest, NobodyWhoAcknowledgesIsLeftOutOfTheRecord)
{
    auto view = whole();
    view.record = {};
    view.goal = "on";
    view.peers[1].has_goal = false;
    EXPECT_NE(plan_sync(view).step, SyncStep::record);
    view.peers[1].has_goal = true;
    EXPECT_EQ(plan_sync(view).step, SyncStep::record);
    EXPECT_EQ(plan_sync(view).record.members.size(), 2);
    lose(view.peers[1]);
    EXPECT_EQ(plan_sync(view).step, SyncStep::dismiss);
    EXPECT_EQ(plan_sync(view).node, "db3");
}

// It comes back by itself and acknowledges alone, until that is seen.
TEST(SyncPlanTest, NothingIsRecordedWithoutOneWhoCannotBeToldAndMayLive)
{
    auto view = whole();
    view.record = {};
    view.goal = "on";
    auto& peer = view.peers[1];
    lose(peer);
    peer.answers = false;
    peer.unfit_for = Millis{9'000};
    EXPECT_EQ(plan_sync(view).step, SyncStep::none);
    peer.is_gone = true;
    EXPECT_EQ(plan_sync(view).step, SyncStep::dismiss);
    peer.is_gone = false;
    peer.unfit_for = Millis{10'000};
    EXPECT_EQ(plan_sync(view).step, SyncStep::dismiss);
}

// Each would forget the goal of the other.
TEST(SyncPlanTest, TwoNewcomersAreTakenInOneAfterTheOther)
{
    auto view = whole();
    view.record = on({{"db2", {2, 1000}}});
    view.peers[1] = replica("db3", 3, false);
    view.peers.push_back(replica("db4", 4, false));
    for (auto& peer : {&view.peers[1], &view.peers[2]})
        peer->has_goal = false;
    ASSERT_EQ(plan_sync(view).step, SyncStep::set_goal);
    view.goal = plan_sync(view).goal;
    EXPECT_EQ(plan_sync(view).step, SyncStep::none); // goes on waiting for the first
    view.goal_age = k_long;
    EXPECT_EQ(plan_sync(view).step, SyncStep::set_goal);
    EXPECT_NE(plan_sync(view).goal, view.goal);
    view.goal_age = Millis{0};
    view.peers[1].has_goal = true;
    EXPECT_EQ(plan_sync(view).step, SyncStep::record);
    EXPECT_EQ(plan_sync(view).record.members.back().node, "db3");
}

TEST(SyncPlanTest, ARecordOfAnOlderGenerationIsNotKept)
{
    auto view = whole();
    view.record.generation = 3;
    view.goal = "on";
    EXPECT_EQ(plan_sync(view).record, on({{"db2", {2, 1000}}, {"db3", {3, 1000}}}));
}

TEST(SyncPlanTest, ANewcomerIsRecordedBeforeItMayAcknowledge)
{
    auto view = whole();
    view.record = on({{"db2", {2, 1000}}});
    view.peers[1].side = {true, false, false};
    EXPECT_EQ(plan_sync(view).step, SyncStep::set_goal);
    view.goal = plan_sync(view).goal;
    view.peers[1].has_goal = false;
    EXPECT_EQ(plan_sync(view).step, SyncStep::none); // not caught up: its silence would only stand in the way
    view.peers[1].has_goal = true;
    EXPECT_EQ(plan_sync(view).record, on({{"db2", {2, 1000}}, {"db3", {3, 1000}}}));
    view.record = plan_sync(view).record;
    EXPECT_EQ(plan_sync(view).step, SyncStep::accept);
    EXPECT_EQ(plan_sync(view).node, "db3");
}

TEST(SyncPlanTest, OneThatAcknowledgesWithoutBeingRecordedIsDismissed)
{
    auto view = whole();
    view.record = on({{"db2", {2, 1000}}});
    view.peers[1].has_goal = false;
    EXPECT_EQ(plan_sync(view).step, SyncStep::dismiss);
    EXPECT_EQ(plan_sync(view).node, "db3");
}

TEST(SyncPlanTest, ABlinkIsNoLoss)
{
    auto view = whole();
    view.peers[1].follows = view.peers[1].has_goal = false;
    view.peers[1].unfit_for = Millis{300};
    EXPECT_EQ(plan_sync(view).step, SyncStep::none);
}

TEST(SyncPlanTest, AMemberThatIsGoneIsCutThenTakenOutOnceTheOthersHaveAll)
{
    auto view = whole();
    lose(view.peers[1]);
    EXPECT_EQ(plan_sync(view).step, SyncStep::dismiss);
    EXPECT_EQ(plan_sync(view).node, "db3");
    view.peers[1].told = false;
    view.peers[1].told_for = Millis{10};
    EXPECT_EQ(plan_sync(view).step, SyncStep::set_goal); // read after the cut, or it proves nothing
    view.goal = plan_sync(view).goal;
    view.peers[0].has_goal = false;
    EXPECT_EQ(plan_sync(view).step, SyncStep::none);
    view.peers[0].has_goal = true;
    EXPECT_EQ(plan_sync(view).record, on({{"db2", {2, 1000}}}));
}

// A watcher that was launched since, and the member does not let it in: it may be the one that acknowledges.
TEST(SyncPlanTest, NobodyIsTakenOutWhileSomebodyUnknownAcknowledges)
{
    auto view = whole();
    view.peers.pop_back();
    view.strangers_for = Millis{1};
    EXPECT_EQ(plan_sync(view).step, SyncStep::none);
    view.strangers_for = Millis{0};
    ASSERT_EQ(plan_sync(view).goal, "without db3:1000");
    view.goal = plan_sync(view).goal;
    ASSERT_EQ(plan_sync(view).step, SyncStep::record);
    view.strangers_for = Millis{1}; // what it acknowledges now lies behind that goal
    EXPECT_EQ(plan_sync(view).step, SyncStep::set_goal);
    EXPECT_EQ(plan_sync(view).goal, "");
}

TEST(SyncPlanTest, ARestartedServerIsAnotherOne)
{
    auto view = whole();
    view.peers[1].incarnation.started = 2000;
    view.peers[1].side = {true, false, false};
    view.goal = plan_sync(view).goal;
    EXPECT_EQ(view.goal, "without db3:1000");
    EXPECT_EQ(plan_sync(view).record, on({{"db2", {2, 1000}}}));
}

// Found by the simulation: recorded, not yet told so, and already the only one.
TEST(SyncPlanTest, OneThatIsRecordedIsToldBeforeAnotherIsTakenOut)
{
    auto view = whole();
    lose(view.peers[0]);
    view.peers[1].side = {true, false, false};
    EXPECT_EQ(plan_sync(view).step, SyncStep::accept);
    EXPECT_EQ(plan_sync(view).node, "db3");
}

TEST(SyncPlanTest, TheOthersMustAcknowledgeToTakeOver)
{
    auto view = whole();
    lose(view.peers[1]);
    view.goal = "without db3:1000";
    view.peers[0].side.active = false;
    EXPECT_NE(plan_sync(view).step, SyncStep::record);
}

TEST(SyncPlanTest, AvailableRecordsOffBeforeItReleases)
{
    auto view = whole();
    lose(view.peers[0]);
    lose(view.peers[1]);
    EXPECT_EQ(plan_sync(view).step, SyncStep::record);
    EXPECT_EQ(plan_sync(view).record, SyncRecord{});
    view.record = {};
    EXPECT_EQ(plan_sync(view).step, SyncStep::release);
    view.source = holding(false);
    EXPECT_EQ(plan_sync(view).step, SyncStep::none);
}

TEST(SyncPlanTest, ARecordThatWasOnlyReadIsWrittenAgainBeforeAnythingIsBuiltOnIt)
{
    auto view = whole();
    view.certain = false;
    EXPECT_EQ(plan_sync(view).step, SyncStep::record);
    EXPECT_EQ(plan_sync(view).record, view.record);
}

TEST(SyncPlanTest, WithoutAnybodyToAcknowledgeThereIsNoHeartbeat)
{
    auto view = whole();
    view.mode = SemiSyncMode::strict;
    lose(view.peers[0]);
    lose(view.peers[1]);
    view.unheard_for = k_long;
    EXPECT_EQ(plan_sync(view).step, SyncStep::none);
}

// A node that is cut off reads what it has written for itself alone (found by the simulation).
TEST(SyncPlanTest, NothingIsReleasedOnARecordThatWasOnlyRead)
{
    auto view = whole();
    lose(view.peers[0]);
    lose(view.peers[1]);
    view.record = {};
    view.certain = false;
    EXPECT_EQ(plan_sync(view).step, SyncStep::record);
    EXPECT_EQ(plan_sync(view).record, SyncRecord{});
}

TEST(SyncPlanTest, StrictGoesOnWaiting)
{
    auto view = whole();
    view.mode = SemiSyncMode::strict;
    lose(view.peers[0]);
    lose(view.peers[1]);
    view.unheard_for = k_long;
    EXPECT_NE(plan_sync(view).step, SyncStep::record);
    EXPECT_NE(plan_sync(view).step, SyncStep::release);
    view.record = {};
    view.source = holding(false);
    EXPECT_EQ(plan_sync(view).step, SyncStep::hold); // and so it begins
    view.peers[0] = replica("db2", 2, false);
    view.peers[0].has_goal = false; // far behind: no reason to let writes go on meanwhile
    EXPECT_EQ(plan_sync(view).step, SyncStep::hold);
}

TEST(SyncPlanTest, StrictTakesInWhoComesBackAndThenTakesOutWhoWasLost)
{
    auto view = whole();
    view.mode = SemiSyncMode::strict;
    lose(view.peers[0]);
    view.peers[1] = replica("db3", 3, false);
    view.peers[1].incarnation.started = 2000;
    view.goal = "with db3:2000";
    const auto in = plan_sync(view);
    EXPECT_EQ(in.record, on({{"db2", {2, 1000}}, {"db3", {3, 1000}}, {"db3", {3, 2000}}}));
    view.record = in.record;
    view.peers[1].side = {true, true, true};
    view.goal = "without db2:1000";
    EXPECT_EQ(plan_sync(view).record, on({{"db3", {3, 1000}}, {"db3", {3, 2000}}}));
}

TEST(SyncPlanTest, ALostAcknowledgementIsFreedByAHeartbeat)
{
    auto view = whole();
    view.unheard_for = Millis{500};
    EXPECT_EQ(plan_sync(view).step, SyncStep::nudge);
    view.nudged = Millis{500};
    EXPECT_EQ(plan_sync(view).step, SyncStep::none);
}

// MariaDB: no heartbeat gets past a few commits that wait. What a member provably has is let go instead.
TEST(SyncPlanTest, WhereNoHeartbeatGetsThroughWhatAMemberHasReceivedIsFreed)
{
    auto view = whole();
    view.can_free = true;
    view.source.waiting_sessions = 1;
    EXPECT_EQ(plan_sync(view).step, SyncStep::none); // it is on its way
    view.unheard_for = Millis{500};
    EXPECT_EQ(plan_sync(view).step, SyncStep::look_at_waiting);
    view.looked_at_waiting = Millis{20};
    EXPECT_EQ(plan_sync(view).step, SyncStep::none); // looked at, and nobody has it yet
    view.peers[1].has_waiting = true;
    EXPECT_EQ(plan_sync(view).step, SyncStep::free);
    view.record = on({{"db2", {2, 1000}}}); // what db3 holds counts for nothing
    view.peers[1].side.active = false;
    view.peers[1].has_goal = false;
    EXPECT_NE(plan_sync(view).step, SyncStep::free);
}

// Who was no member under the last primary may be all that this one has.
TEST(SyncPlanTest, WhatAReplicaHasReceivedIsFreedWhateverARecordOfAnOlderGenerationSays)
{
    auto view = whole();
    view.record = on({{"db2", {2, 1000}}});
    view.record.generation = view.generation - 1;
    view.goal = "on";
    view.can_free = true;
    view.source.waiting_sessions = 1;
    view.unheard_for = Millis{500};
    for (auto& peer : view.peers)
        peer.has_goal = false;
    view.peers[1].has_waiting = true;
    EXPECT_EQ(plan_sync(view).step, SyncStep::free);
}

TEST(SyncPlanTest, WhatSomebodyChangedIsNoGuarantee)
{
    for (auto change : {+[](core::SemiSyncStatus& source) { source.source.enabled = false; },
             +[](core::SemiSyncStatus& source) { source.source.active = false; },
             +[](core::SemiSyncStatus& source) { source.timeout = Millis{10'000}; },
             +[](core::SemiSyncStatus& source) { source.wait_no_replica = false; },
             +[](core::SemiSyncStatus& source) { source.after_sync = false; }}) {
        auto view = whole();
        change(view.source);
        EXPECT_EQ(plan_sync(view).record, SyncRecord{});
        EXPECT_EQ(plan_sync(view).step, SyncStep::record);
    }
}

TEST(SyncPlanTest, StrangersEndTheGuarantee)
{
    auto view = whole();
    view.strangers_for = Millis{500};
    EXPECT_EQ(plan_sync(view).step, SyncStep::none);
    view.strangers_for = k_long;
    EXPECT_EQ(plan_sync(view).record, SyncRecord{});
    EXPECT_EQ(plan_sync(view).step, SyncStep::record);
    view.record = {};
    EXPECT_EQ(plan_sync(view).step, SyncStep::release);
    view.source = holding(false);
    EXPECT_EQ(plan_sync(view).step, SyncStep::none);
    view.mode = SemiSyncMode::strict; // waits all the same
    EXPECT_EQ(plan_sync(view).step, SyncStep::hold);
}

} // namespace
} // namespace mysql_prm
