#include "core_values.hpp"
#include "mysql_prm/core/election.hpp"

#include <gtest/gtest.h>

namespace mysql_prm {
namespace {

using core::Ballot;
using core::ElectionOutcome;
using test::k_uuid_a;
using test::k_uuid_b;

Ballot ballot(const std::string& set)
{
    return {.generation = 2, .server_id = 1, .received = test::position("mysql:" + set)};
}

Ballot at(const std::string& place)
{
    return {.generation = 2, .server_id = 1, .received = test::position(place)};
}

core::Election election_of_db1(const std::string& own)
{
    return {.self = "db1", .own = ballot(own)};
}

TEST(ElectionTest, LeadsWhenItHoldsEverythingThatTheOthersReceived)
{
    auto election = election_of_db1(k_uuid_a + ":1-10");
    election.peers["db2"] = ballot(k_uuid_a + ":1-10");
    election.peers["db3"] = ballot(k_uuid_a + ":1-7");
    EXPECT_EQ(core::decide_election(election).outcome, ElectionOutcome::lead);
}

TEST(ElectionTest, LeadsAmongEmptyServers)
{
    auto election = election_of_db1("");
    election.peers["db2"] = ballot("");
    EXPECT_EQ(core::decide_election(election).outcome, ElectionOutcome::lead);
}

TEST(ElectionTest, YieldsToTheBestOfTheNodesThatReceivedMore)
{
    auto election = election_of_db1(k_uuid_a + ":1-5");
    election.peers["db2"] = ballot(k_uuid_a + ":1-7");
    election.peers["db3"] = ballot(k_uuid_a + ":1-9");
    const auto verdict = core::decide_election(election);
    EXPECT_EQ(verdict.outcome, ElectionOutcome::yield);
    EXPECT_EQ(verdict.node, "db3");
}

TEST(ElectionTest, TransactionsWithoutDataDoNotMakeNodesIncomparable)
{
    auto election = election_of_db1(k_uuid_a + ":1-6," + k_uuid_b + ":1-2");
    election.own.without_data = test::mysql_set(k_uuid_b + ":1-2");
    const std::string uuid_c = "cccccccc-0000-0000-0000-000000000003";
    election.peers["db2"] = ballot(k_uuid_a + ":1-5," + uuid_c + ":7");
    EXPECT_EQ(core::decide_election(election).outcome, ElectionOutcome::refuse);
    election.peers["db2"].without_data = test::mysql_set(uuid_c + ":7");
    EXPECT_EQ(core::decide_election(election).outcome, ElectionOutcome::lead);
    election.peers["db2"].received = test::position("mysql:" + k_uuid_a + ":1-7," + uuid_c + ":7");
    EXPECT_EQ(core::decide_election(election).outcome, ElectionOutcome::yield);
}

TEST(ElectionTest, RefusesWhenEveryNodeLacksSomething)
{
    auto election = election_of_db1(k_uuid_a + ":1-5");
    election.peers["db2"] = ballot(k_uuid_a + ":1-4," + k_uuid_b + ":1");
    const auto verdict = core::decide_election(election);
    EXPECT_EQ(verdict.outcome, ElectionOutcome::refuse);
    EXPECT_EQ(verdict.node, "db2");
}

TEST(ElectionTest, RefusesAMixOfMysqlAndMariadb)
{
    auto election = election_of_db1(k_uuid_a + ":1-5");
    election.peers["db2"] = at("mariadb:0-1-5");
    EXPECT_EQ(core::decide_election(election).outcome, ElectionOutcome::refuse);
}

TEST(ElectionTest, WaitsForASilentNodeUntilTheAnswerDeadline)
{
    auto election = election_of_db1(k_uuid_a + ":1-5");
    election.silent = {"db2"};
    EXPECT_EQ(core::decide_election(election).outcome, ElectionOutcome::wait);
    election.answer_deadline_passed = true;
    const auto verdict = core::decide_election(election);
    EXPECT_EQ(verdict.outcome, ElectionOutcome::lead);
    EXPECT_NE(verdict.reason.find("no answer from db2"), std::string::npos);
}

TEST(ElectionTest, CatchesUpFromABetterNodeWhoseApplierIsBroken)
{
    auto election = election_of_db1(k_uuid_a + ":1-5");
    election.peers["db2"] = ballot(k_uuid_a + ":1-9");
    election.peers["db2"].can_lead = false;
    const auto verdict = core::decide_election(election);
    EXPECT_EQ(verdict.outcome, ElectionOutcome::catch_up);
    EXPECT_EQ(verdict.node, "db2");
}

TEST(ElectionTest, CatchesUpFromThePrimaryThatIsDemotedInTheSameTransition)
{
    auto election = election_of_db1(k_uuid_a + ":1-5");
    election.peers["db2"] = ballot(k_uuid_a + ":1-6");
    election.step_aside = {"db2"};
    EXPECT_EQ(core::decide_election(election).outcome, ElectionOutcome::catch_up);
}

TEST(ElectionTest, IsNotBoundByTheTransactionsOfANodeThatIsKeptOut)
{
    auto election = election_of_db1(k_uuid_a + ":1-5");
    election.peers["db2"] = ballot(k_uuid_a + ":1-5," + k_uuid_b + ":1-3");
    election.peers["db2"].can_lead = election.peers["db2"].counts = false;
    EXPECT_EQ(core::decide_election(election).outcome, ElectionOutcome::lead);
}

// db2 was off when the last primary was promoted: what only it holds has been passed over then.
TEST(ElectionTest, IsNotBoundByANodeThatHasNotFollowedTheLastPrimary)
{
    auto election = election_of_db1(k_uuid_a + ":1-5");
    election.own.joined = 2;
    election.peers["db2"] = ballot(k_uuid_a + ":1-9," + k_uuid_b + ":1-3");
    election.peers["db2"].joined = 1;
    const auto verdict = core::decide_election(election);
    EXPECT_EQ(verdict.outcome, ElectionOutcome::lead);
    EXPECT_NE(verdict.reason.find("db2 has not followed the last primary"), std::string::npos);
}

TEST(ElectionTest, YieldsToANodeThatHasFollowedALaterPrimary)
{
    for (const auto* held : {":1-5", ":1-9", ":1-2"}) {
        auto election = election_of_db1(k_uuid_a + ":1-5");
        election.own.joined = 1;
        election.peers["db2"] = ballot(k_uuid_a + held + "," + k_uuid_b + ":1");
        election.peers["db2"].joined = 2;
        EXPECT_EQ(core::decide_election(election).outcome, ElectionOutcome::yield) << held;
    }
}

TEST(ElectionTest, DoesNotLeadWhileThePrimaryThatHandsOverIsSilent)
{
    auto election = election_of_db1(k_uuid_a + ":1-5");
    election.silent = election.step_aside = {"db2"};
    election.answer_deadline_passed = true;
    EXPECT_EQ(core::decide_election(election).outcome, ElectionOutcome::refuse);
}

TEST(ElectionTest, SaysWhoCannotLeadAndWhy)
{
    auto election = election_of_db1(k_uuid_a + ":1-5");
    election.peers["db2"] = ballot(k_uuid_a + ":1-5");
    election.peers["db2"].can_lead = false;
    election.peers["db2"].why = "applier stopped with error 1062";
    EXPECT_NE(core::decide_election(election).reason.find("db2 cannot lead: applier stopped"), std::string::npos);
}

TEST(ElectionTest, DoesNotLeadWithABrokenApplier)
{
    auto election = election_of_db1(k_uuid_a + ":1-5");
    election.own.can_lead = false;
    election.own.why = "applier stopped with error 1062";
    EXPECT_EQ(core::decide_election(election).outcome, ElectionOutcome::refuse);
}

TEST(ElectionTest, ComparesPlacesInTheSameLogAndIgnoresThoseInOthers)
{
    core::Election election{.self = "db1", .own = at("file:3:binlog.000999:4000")};
    election.peers["db2"] = at("file:3:binlog.001000:4");
    EXPECT_EQ(core::decide_election(election).outcome, ElectionOutcome::yield);
    election.peers["db2"] = at("file:2:binlog.001000:4");
    EXPECT_EQ(core::decide_election(election).outcome, ElectionOutcome::lead);
}

} // namespace
} // namespace mysql_prm
