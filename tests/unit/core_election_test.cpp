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
    return {.generation = 2, .incarnation = {.server_id = 1}, .received = test::position("mysql:" + set)};
}

Ballot at(const std::string& place)
{
    return {.generation = 2, .incarnation = {.server_id = 1}, .received = test::position(place)};
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

// It is passed over, and with it nobody who is here: what the one that is gone had joined does not make them old.
TEST(ElectionTest, WithALossAllowedTheOneThatIsHereAndHoldsMoreLeads)
{
    auto election = election_of_db1(k_uuid_a + ":1-4");
    election.own.joined = 1;
    election.peers["db2"] = ballot(k_uuid_a + ":1-5");
    election.peers["db2"].joined = 2;
    election.peers["db3"] = ballot(k_uuid_a + ":1-5");
    election.peers["db3"].joined = 3;
    election.peers["db3"].can_lead = false;
    election.gone = {"db3"};
    election.on_data_loss_risk = core::DataLossPolicy::promote;
    const auto verdict = core::decide_election(election);
    EXPECT_EQ(verdict.outcome, ElectionOutcome::yield);
    EXPECT_EQ(verdict.node, "db2");
}

TEST(ElectionTest, WhatALastPrimaryLeftThatIsGoneHasToBeHeld)
{
    auto election = election_of_db1(k_uuid_a + ":1-5");
    election.gone = {"db2"};
    for (const auto* more : {":1-6", ":1-4:6"}) {
        election.peers["db2"] = ballot(k_uuid_a + more);
        election.on_data_loss_risk = core::DataLossPolicy::automatic;
        EXPECT_EQ(core::decide_election(election).outcome, ElectionOutcome::refuse);
        election.on_data_loss_risk = core::DataLossPolicy::promote;
        const auto verdict = core::decide_election(election);
        EXPECT_EQ(verdict.outcome, ElectionOutcome::lead);
        EXPECT_NE(verdict.reason.find("ACKNOWLEDGED WRITES MAY BE LOST"), std::string::npos);
    }
    election.on_data_loss_risk = core::DataLossPolicy::automatic;
    election.peers["db2"] = ballot(k_uuid_a + ":1-4");
    EXPECT_EQ(core::decide_election(election).outcome, ElectionOutcome::lead);
    // What can be fetched from one that lives is not out of reach.
    election.peers["db2"] = ballot(k_uuid_a + ":1-6");
    election.peers["db3"] = ballot(k_uuid_a + ":1-7");
    election.peers["db3"].can_lead = false;
    EXPECT_EQ(core::decide_election(election).outcome, ElectionOutcome::catch_up);
    // Elected by another kind of position, and switched to GTID since.
    election.peers.erase("db3");
    election.recorded = 2;
    election.peers["db2"] = at("file:3:binlog.000001:500");
    EXPECT_EQ(core::decide_election(election).outcome, ElectionOutcome::lead);
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
    EXPECT_NE(verdict.reason.find("what db2 told last is from before the last promotion"), std::string::npos);
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

// Found by the model: it had received a part of what the last primary began with, and all that the other one has.
TEST(ElectionTest, WhoHoldsAllOfALaterOneDoesNotStandBehindIt)
{
    auto election = election_of_db1(k_uuid_a + ":1-6");
    election.own.joined = 1;
    election.peers["db2"] = ballot(k_uuid_a + ":1-5");
    election.peers["db2"].joined = 2;
    for (const bool can_lead : {true, false}) {
        election.peers["db2"].can_lead = can_lead;
        EXPECT_EQ(core::decide_election(election).outcome, ElectionOutcome::lead);
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

// The last primary db3 is gone; db1 has everything that db2 has.
core::Election after_a_loss(std::optional<core::SyncRecord> sync)
{
    auto election = election_of_db1(k_uuid_a + ":1-5");
    election.own.joined = 1;
    election.peers["db2"] = ballot(k_uuid_a + ":1-5");
    election.peers["db2"].joined = 1;
    election.peers["db2"].incarnation = {2, 100};
    election.own.incarnation = {1, 100};
    election.recorded = 1;
    election.last_primary = "db3";
    election.sync = std::move(sync);
    return election;
}

core::SyncRecord acknowledged_by(std::vector<core::SyncMember> members)
{
    return {.on = true, .generation = 1, .primary = "db3", .members = std::move(members)};
}

TEST(ElectionRiskTest, WhereTheGuaranteeHeldAllMembersHaveToAnswer)
{
    const auto sync = acknowledged_by({{"db1", {1, 100}}, {"db2", {2, 100}}});
    EXPECT_EQ(core::decide_election(after_a_loss(sync)).outcome, ElectionOutcome::lead);
    auto election = after_a_loss(sync);
    election.peers.clear();
    const auto verdict = core::decide_election(election);
    EXPECT_EQ(verdict.outcome, ElectionOutcome::refuse);
    EXPECT_NE(verdict.reason.find("may be only on db2"), std::string::npos) << verdict.reason;
    election.on_data_loss_risk = core::DataLossPolicy::promote;
    EXPECT_EQ(core::decide_election(election).outcome, ElectionOutcome::lead);
    EXPECT_NE(core::decide_election(election).reason.find("MAY BE LOST"), std::string::npos);
    EXPECT_TRUE(core::decide_election(election).at_risk); // db2 may acknowledge still
    EXPECT_FALSE(core::decide_election(after_a_loss(sync)).at_risk);
}

TEST(ElectionRiskTest, OneOfTwoMayBeMissingWhereTwoAcknowledged)
{
    auto sync = acknowledged_by({{"db1", {1, 100}}, {"db2", {2, 100}}});
    sync.acknowledgements = 2;
    auto election = after_a_loss(sync);
    election.peers.clear();
    EXPECT_EQ(core::decide_election(election).outcome, ElectionOutcome::lead);
}

TEST(ElectionRiskTest, WhoIsNoMemberIsNotMissed)
{
    auto election = after_a_loss(acknowledged_by({{"db1", {1, 100}}}));
    election.peers.clear();
    EXPECT_EQ(core::decide_election(election).outcome, ElectionOutcome::lead);
}

TEST(ElectionRiskTest, AMemberStandsOnlyAsTheServerItWasAndWithAllItReceived)
{
    const auto sync = acknowledged_by({{"db1", {1, 100}}, {"db2", {2, 100}}});
    for (auto change : {+[](core::Ballot& ballot) { ballot.incarnation.started = 200; },
             +[](core::Ballot& ballot) { ballot.incarnation.server_id = 9; },
             +[](core::Ballot& ballot) { ballot.counts = false; }, +[](core::Ballot& ballot) { ballot.whole = false; },
             +[](core::Ballot& ballot) { ballot.received.reset(); }}) {
        auto election = after_a_loss(sync);
        change(election.peers["db2"]);
        EXPECT_EQ(core::decide_election(election).outcome, ElectionOutcome::refuse);
    }
    auto election = after_a_loss(sync);
    election.own.incarnation.started = 200;
    EXPECT_EQ(core::decide_election(election).outcome, ElectionOutcome::refuse);
}

// Pacemaker stops the server of a node whose promotion has failed, and it loses what it has not applied.
TEST(ElectionRiskTest, AStoppedMemberHasAnsweredWhereAllThatItHadReceivedIsHere)
{
    const auto sync = acknowledged_by({{"db1", {1, 100}}, {"db2", {2, 100}}});
    auto election = after_a_loss(sync);
    election.stopped = {{"db2", election.peers.at("db2")}};
    election.peers.clear();
    EXPECT_EQ(core::decide_election(election).outcome, ElectionOutcome::lead);
    election.stopped.at("db2").received = ballot(k_uuid_a + ":1-6").received;
    EXPECT_EQ(core::decide_election(election).outcome, ElectionOutcome::refuse);
    election.stopped.at("db2").received = ballot(k_uuid_a + ":1-5").received;
    election.stopped.at("db2").incarnation.started = 200;
    EXPECT_EQ(core::decide_election(election).outcome, ElectionOutcome::refuse);
    election.stopped.at("db2").told = core::Ballot::Told{{2, 100}, *ballot(k_uuid_a + ":1-5").received};
    EXPECT_EQ(core::decide_election(election).outcome, ElectionOutcome::lead);
}

TEST(ElectionRiskTest, ARestartedMemberHasAnsweredWhereAllThatItHadToldIsHere)
{
    const auto sync = acknowledged_by({{"db1", {1, 100}}, {"db2", {2, 100}}});
    for (const bool is_self : {true, false}) {
        auto election = after_a_loss(sync);
        auto& restarted = is_self ? election.own : election.peers.at("db2");
        const core::Incarnation before = restarted.incarnation;
        restarted.incarnation.started = 200;
        restarted.told = core::Ballot::Told{before, *ballot(k_uuid_a + ":1-5").received};
        EXPECT_EQ(core::decide_election(election).outcome, ElectionOutcome::lead);
        restarted.told->received = *ballot(k_uuid_a + ":1-6").received; // lost, and nobody else has it
        EXPECT_EQ(core::decide_election(election).outcome, ElectionOutcome::refuse);
        restarted.told = core::Ballot::Told{{7, 100}, *ballot(k_uuid_a + ":1-5").received};
        EXPECT_EQ(core::decide_election(election).outcome, ElectionOutcome::refuse);
    }
}

// MariaDB: the numbers are those of all, and its own hide what it lacks.
TEST(ElectionRiskTest, ANumberOfItsOwnIsNoProofOfWhatARestartedMemberHadTold)
{
    auto election = after_a_loss(acknowledged_by({{"db2", {2, 100}}}));
    election.own.received = test::position("mariadb:0-1-150");
    auto& restarted = election.peers.at("db2");
    restarted.received = test::position("mariadb:0-3-100");
    restarted.incarnation.started = 200;
    restarted.told = core::Ballot::Told{{2, 100}, test::position("mariadb:0-3-105")};
    EXPECT_EQ(core::decide_election(election).outcome, ElectionOutcome::refuse);
    election.own.received = test::position("mariadb:0-3-150");
    EXPECT_EQ(core::decide_election(election).outcome, ElectionOutcome::lead);
}

TEST(ElectionRiskTest, TheLastPrimaryIsProofEnough)
{
    for (const bool was_on : {false, true})
        for (const bool as_self : {false, true}) {
            auto sync = acknowledged_by({{"db4", {4, 100}}});
            sync.on = was_on;
            sync.primary = as_self ? "db1" : "db2";
            auto election = after_a_loss(sync);
            election.on_data_loss_risk = core::DataLossPolicy::refuse;
            election.last_primary = sync.primary;
            EXPECT_EQ(core::decide_election(election).outcome, ElectionOutcome::lead);
            if (as_self)
                continue;
            election.peers["db2"].joined = 0; // it came back without the data it led with
            EXPECT_EQ(core::decide_election(election).outcome, ElectionOutcome::refuse);
        }
}

// Found by the simulation (seed 1066932): its agent was killed before it could remember whom it follows.
TEST(ElectionRiskTest, AMemberThatDoesNotKnowThatItHasJoinedIsNotPassedOver)
{
    auto election = after_a_loss(acknowledged_by({{"db2", {2, 100}}}));
    election.own.joined = 1;
    election.peers["db2"].joined = 0;
    election.peers["db2"].incarnation = {2, 100};
    election.peers["db2"].received = test::position("mysql:" + std::string{k_uuid_a} + ":1-99");
    const auto verdict = core::decide_election(election);
    EXPECT_EQ(verdict.outcome, ElectionOutcome::yield) << verdict.reason;
    EXPECT_EQ(verdict.node, "db2");
}

// Its promotion ended before it had replaced the sync record: it has never taken a write.
TEST(ElectionRiskTest, ThePrimaryOfTheSyncRecordCountsAndNotALaterOneThatNeverOpened)
{
    auto sync = acknowledged_by({{"db4", {4, 100}}});
    sync.primary = "db1";
    auto election = after_a_loss(sync);
    election.recorded = 2;
    election.last_primary = "db1";
    EXPECT_EQ(core::decide_election(election).outcome, ElectionOutcome::lead);
    election.sync->primary = "db3";
    EXPECT_EQ(core::decide_election(election).outcome, ElectionOutcome::refuse);
    // Found by the simulation (seed 6060820): the later one was elected, so it holds all that the earlier one acknowledged.
    election.own.joined = 2;
    EXPECT_EQ(core::decide_election(election).outcome, ElectionOutcome::lead);
}

TEST(ElectionRiskTest, WithoutTheGuaranteeThePolicyDecides)
{
    for (const auto& sync : {std::optional<core::SyncRecord>{}, std::optional{core::SyncRecord{}}}) {
        auto election = after_a_loss(sync);
        EXPECT_EQ(core::decide_election(election).outcome, ElectionOutcome::lead);
        election.on_data_loss_risk = core::DataLossPolicy::promote;
        EXPECT_EQ(core::decide_election(election).outcome, ElectionOutcome::lead);
        election.on_data_loss_risk = core::DataLossPolicy::refuse;
        EXPECT_EQ(core::decide_election(election).outcome, ElectionOutcome::refuse);
        election.recorded = 0; // the first primary of a cluster
        EXPECT_EQ(core::decide_election(election).outcome, ElectionOutcome::lead);
    }
}

} // namespace
} // namespace mysql_prm
