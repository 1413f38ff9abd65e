#include "fakes.hpp"

#include "mysql_prm/engine/election.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace mysql_prm {
namespace {

using base::Millis;
using core::ElectionOutcome;
using engine::Context;
using test::Trio;

struct BallotsTest : testing::Test {
    BallotsTest() { trio.replicate_from_db1(); }
    void vote(test::Node& node, core::Ballot ballot)
    {
        ballot.generation = 2;
        trio.world.cib.ballots[{node.name, "mysql_ballot"}] = core::to_string(ballot);
    }
    core::ElectionVerdict hold(Millis patience = Millis{5})
    {
        return db2.run([&](const Context& context) {
            const engine::Candidacy own{
                .ballot = {.generation = 2, .received = db2.server().status.received}, .recorded = 1};
            return engine::hold_election(context, own, voters, {}, patience).value().verdict;
        });
    }
    std::vector<std::string> voters{"db2", "db3"};
    Trio trio;
    test::Node &db2 = trio.db2, &db3 = trio.db3;
};

TEST_F(BallotsTest, AVoterThatHasLeftTheClusterIsNotWaitedFor)
{
    std::erase(trio.world.cib.members, "db3");
    EXPECT_EQ(hold(Millis{60'000}).outcome, ElectionOutcome::lead);
}

TEST_F(BallotsTest, AVoterThatTheClusterDoesNotKnowIsAConflict)
{
    const auto held = db2.run([&](const Context& context) {
        const engine::Candidacy own{.ballot = {.generation = 2, .received = db2.server().status.received}, .recorded = 1};
        return engine::hold_election(context, own, {"db2", "db9"}, {}, Millis{60'000});
    });
    ASSERT_FALSE(held.has_value());
    EXPECT_EQ(held.error().kind, base::ErrorKind::conflict);
    EXPECT_NE(held.error().message.find("db9"), std::string::npos);
}

TEST_F(BallotsTest, APromiseThatIsToldAgainIsNoAnswer)
{
    vote(db3, {.is_vote = false});
    db3.server().door = test::Door::hung;
    const auto verdict = hold();
    EXPECT_EQ(verdict.outcome, ElectionOutcome::lead);
    EXPECT_NE(verdict.reason.find("no answer from db3"), std::string::npos);
}

// Found by the simulation (seed 5032655): killed behind the change of its score, it took the old one for true, and the best
// node of the cluster never came back into the choice.
TEST_F(BallotsTest, ANodeThatIsKilledWhileItGivesUpKnowsThatItHasNoScore)
{
    for (int call = 1; call < 10; ++call) {
        auto state = db2.remembered();
        state.score = "200";
        db2.remember(state);
        trio.world.cib.scores["db2"] = 200;
        trio.world.fuse.cut_at(call);
        try {
            db2.run([&](const Context& context) {
                engine::yield_to(context, {ElectionOutcome::refuse, {}, "why"});
                return true;
            });
        } catch (const test::Killed&) {
        }
        trio.world.fuse.disarm();
        EXPECT_FALSE(db2.score() == core::k_score_never && db2.remembered().score == "200") << call;
    }
    EXPECT_EQ(db2.score(), core::k_score_never);
}

TEST_F(BallotsTest, AsksUntilEveryVoterHasAnswered)
{
    vote(db3, {.received = db3.server().status.received});
    EXPECT_EQ(hold(Millis{60'000}).outcome, ElectionOutcome::lead);
    EXPECT_EQ(db2.clock.pauses, 0);
}

TEST_F(BallotsTest, ASilentVoterIsNamedWhenThePatienceIsOver)
{
    const auto verdict = hold();
    EXPECT_EQ(verdict.outcome, ElectionOutcome::lead);
    EXPECT_NE(verdict.reason.find("no answer from db3"), std::string::npos);
    EXPECT_GT(db2.clock.pauses, 0);
}

TEST_F(BallotsTest, APositionTooLongForAnAttributeIsAskedFromTheServer)
{
    test::receive(db3.server(), 6);
    vote(db3, {.received = std::nullopt});
    EXPECT_EQ(hold().outcome, ElectionOutcome::yield);
    EXPECT_EQ(hold().node, "db3");
}

TEST_F(BallotsTest, ATooLongPositionOfAServerThatDoesNotAnswerIsSilenceAndNotAnEmptyPosition)
{
    vote(db3, {.received = std::nullopt});
    db3.server().process = false;
    EXPECT_NE(hold().reason.find("no answer from db3"), std::string::npos);
}

TEST_F(BallotsTest, ADamagedBallotIsSilence)
{
    trio.world.cib.ballots[{"db3", "mysql_ballot"}] = "2;1;3;0;LCW;;mysql:junk";
    EXPECT_NE(hold().reason.find("no answer from db3"), std::string::npos);
}

TEST_F(BallotsTest, ADivergedPeerDoesNotBind)
{
    test::receive(db3.server(), 6);
    vote(db3, {.can_lead = false, .counts = false, .received = db3.server().status.received});
    EXPECT_EQ(hold().outcome, ElectionOutcome::lead);
}

TEST_F(BallotsTest, ThePositionInABallotIsReadAfterTheReceiverHasStopped)
{
    trio.db1.server().process = true;
    const auto candidacy = db2.run([&](const Context& context) {
        auto server = context.ports.servers.local({});
        return engine::make_ballot(context, **server);
    });
    ASSERT_TRUE(candidacy.has_value());
    test::commit(trio.db1.server(), 6);
    trio.world.flow();
    EXPECT_EQ(candidacy->ballot.received, db2.server().status.received);
}

// As ocf:heartbeat:mysql configured it: what waits in the relay log has no GTID that the server could tell.
TEST_F(BallotsTest, AMariadbReplicaWithoutGtidAppliesWhatItReceivedBeforeItSaysHowFarItCame)
{
    db2.server().cut_off = true;
    auto& status = db2.server().status;
    status.mode = core::ReplicationMode::mariadb_gtid;
    status.received = test::position("mariadb:0-1-6");
    status.executed = status.applied = test::position("mariadb:0-1-5");
    status.role.replica->uses_gtid = false;
    status.role.replica->received_file.offset += 100;
    status.role.replica->applier_running = false;
    const auto candidacy = db2.run([&](const Context& context) {
        auto server = context.ports.servers.local({});
        return engine::make_ballot(context, **server);
    });
    ASSERT_TRUE(candidacy.has_value());
    EXPECT_NE(std::ranges::find(db2.server().done, "wait applied"), db2.server().done.end());
    EXPECT_EQ(status.applied, test::position("mariadb:0-1-6"));
    EXPECT_EQ(candidacy->ballot.received, status.applied);
}

TEST_F(BallotsTest, AServerThatLogsNothingCannotLead)
{
    db2.server().status.log_bin = false;
    const auto candidacy = db2.run([&](const Context& context) {
        auto server = context.ports.servers.local({});
        return engine::make_ballot(context, **server);
    });
    EXPECT_FALSE(candidacy->ballot.can_lead);
}

TEST_F(BallotsTest, AYieldWithoutAClusterRemembersNoScore)
{
    db2.cluster.absent = true;
    db2.run([](const Context& context) { engine::yield_to(context, {ElectionOutcome::yield, "db3", "db3 is better"}); });
    EXPECT_EQ(db2.remembered().score, "");
}

} // namespace
} // namespace mysql_prm
