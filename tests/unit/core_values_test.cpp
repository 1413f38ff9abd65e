#include "core_values.hpp"
#include "mysql_prm/base/text.hpp"
#include "mysql_prm/core/ballot.hpp"
#include "mysql_prm/core/local_state.hpp"
#include "mysql_prm/core/score.hpp"

#include <gtest/gtest.h>

namespace mysql_prm {
namespace {

using gtid::Relation;

TEST(PositionTest, PrintsAndParsesEveryKind)
{
    for (const std::string s : {"mysql:aaaaaaaa-0000-0000-0000-000000000001:1-5", "mysql:", "mariadb:0-1-5,1-2-3",
             "mariadb:", "file:7:binlog.000003:4711"})
        EXPECT_EQ(core::to_string(test::position(s)), s);
    for (const auto* s : {"", "mysql", "file:7:binlog.000003", "file:x:binlog.000003:4", "oracle:1"})
        EXPECT_FALSE(core::parse_position(s).has_value()) << s;
}

TEST(PositionTest, OrdersLogFilesByNumber)
{
    EXPECT_EQ(core::relation(test::position("file:1:b.999999:9"), test::position("file:1:b.1000000:4")), Relation::subset);
}

TEST(PositionTest, DoesNotCompareKindsOrLogsOfDifferentServers)
{
    EXPECT_EQ(core::relation(test::position("mysql:"), test::position("mariadb:")), std::nullopt);
    EXPECT_EQ(core::relation(test::position("file:1:b.1:4"), test::position("file:2:b.1:4")), std::nullopt);
    EXPECT_FALSE(core::contains(test::position("mysql:"), test::position("mariadb:")));
}

TEST(ReplInfoTest, PrintsAndParsesTheWholeRecord)
{
    auto record = test::record_of("db2", 2, 7);
    EXPECT_EQ(core::to_string(record), "db2|binlog.000002|157|7|db2|2|");
    EXPECT_EQ(core::parse_repl_info(core::to_string(record)), record);
    record.origin = core::FilePosition{3, "binlog.000005", 4711};
    EXPECT_EQ(core::parse_repl_info(core::to_string(record)), record);
}

TEST(ReplInfoTest, AcceptsTheThreeFieldsOfPrm)
{
    const auto record = core::parse_repl_info("10.0.0.1|mysql-bin.000001|4").value();
    EXPECT_EQ(record.host, "10.0.0.1");
    EXPECT_EQ(record.generation, 0U);
}

TEST(ReplInfoTest, RefusesACorruptRecord)
{
    for (const auto* s :
        {"", "db1", "|f|4", "db1|f|x", "db1|f|4|x|db1|1|", "db1|f|4|1||1|", "db1|f|4|1|db1|1|mysql:", "a|b|1|2"})
        EXPECT_FALSE(core::parse_repl_info(s).has_value()) << s;
}

TEST(BallotTest, PrintsAndParses)
{
    core::Ballot ballot{.generation = 3,
        .incarnation = {2, 1'700'000'000},
        .can_lead = false,
        .why = "applier stopped; error 1062",
        .received = test::position("mariadb:0-1-5"),
        .without_data = test::mysql_set(test::k_uuid_a + ":7")};
    auto expected = ballot;
    expected.why = "applier stopped, error 1062";
    EXPECT_EQ(core::parse_ballot(core::to_string(ballot)), expected);
    EXPECT_FALSE(core::parse_ballot("3;2;LC").has_value());
    expected.told = ballot.told = core::Ballot::Told{{2, 1'600'000'000}, test::position("mariadb:0-1-6")};
    EXPECT_EQ(core::parse_ballot(core::to_string(ballot)), expected);
    expected.without_data = ballot.without_data = {};
    EXPECT_EQ(core::parse_ballot(core::to_string(ballot)), expected);
    const core::Ballot promise{.generation = 4, .joined = 3, .is_vote = false};
    EXPECT_FALSE(core::parse_ballot(core::to_string(promise))->is_vote);
    EXPECT_EQ(core::parse_ballot(core::to_string(promise))->generation, 4);
}

TEST(BallotTest, LeavesOutAPositionThatIsTooLongForAnAttribute)
{
    std::string set = test::k_uuid_a;
    for (int i = 1; i < 20'000; i += 2)
        set += base::text(":", i);
    core::Ballot ballot{.generation = 3, .incarnation = {.server_id = 2}, .received = test::position("mysql:" + set)};
    const auto printed = core::to_string(ballot);
    EXPECT_LT(printed.size(), 100U);
    EXPECT_FALSE(core::parse_ballot(printed)->received.has_value());
}

TEST(LocalStateTest, PrintsAndParsesEveryField)
{
    const core::LocalState state{.pacemaker = "12:34",
        .score = "100",
        .readable = "1",
        .kept_out = "x",
        .verified = 5,
        .probed_at = 4,
        .record = "a|b|4",
        .yielded_to = "db3",
        .yielded_at = 8,
        .events = "`a`.`b`",
        .events_incomplete = true,
        .lag_unknown_since = 6,
        .join_problem = "away",
        .extra_port = 33062,
        .extra_address = "127.0.0.1",
        .was_primary = true,
        .vote = "2;1;1;0;LCW;;",
        .node = "db1",
        .promised = 7,
        .promised_at = 9,
        .told_generation = 7,
        .told_server_id = 1,
        .told_started = 1'700'000'000,
        .told_position = "mysql:",
        .joined = 6,
        .joining = 7,
        .joining_position = "mysql:",
        .quarantine = "two\nlines",
        .extra = "0-1-5",
        .extra_without_data = true,
        .extra_file = "binlog.000001",
        .extra_folder = "/saved",
        .extra_saved = "0-1-4",
        .extra_unfinished = true};
    auto expected = state;
    expected.quarantine = "two lines";
    EXPECT_EQ(core::parse_local_state(core::run_part(state), core::data_part(state), "db1"), expected);
}

TEST(LocalStateTest, ARebootForgetsWhatWasDoneAndKeepsWhatWasPromised)
{
    const core::LocalState state{
        .score = "100", .record = "a|b|4", .node = "db1", .promised = 7, .promised_at = 9, .quarantine = "diverged"};
    const core::LocalState expected{.node = "db1", .promised = 7, .promised_at = 9, .quarantine = "diverged"};
    EXPECT_EQ(core::parse_local_state({}, core::data_part(state), "db1"), expected);
}

TEST(LocalStateTest, ACopyOfTheDataOnAnotherNodeBeginsAnew)
{
    const core::LocalState state{.node = "db1", .promised = 7, .quarantine = "diverged"};
    EXPECT_EQ(core::parse_local_state({}, core::data_part(state), "db2"), core::LocalState{.node = "db2"});
    EXPECT_EQ(core::parse_local_state({}, core::data_part(state), "").promised, 7);
}

TEST(LocalStateTest, PassesOverDamage)
{
    EXPECT_EQ(core::parse_local_state("verified=x\nnonsense\nunknown=1\nscore=5\n", "promised=x", "").score, "5");
}

core::StandingInput replica_input()
{
    core::StandingInput input;
    input.role.replica = test::replica_of("db1");
    input.primary_known = true;
    return input;
}

TEST(StandingTest, ThePrimaryHasAMarginOverEveryReplica)
{
    auto input = replica_input();
    EXPECT_EQ(core::decide_standing(input).score, core::k_score_replica);
    input.is_primary = true;
    EXPECT_EQ(core::decide_standing(input).score, core::k_score_primary);
}

TEST(StandingTest, ALaggingReplicaIsNotReadableAndTriedLast)
{
    auto input = replica_input();
    input.role.replica->lag = std::chrono::seconds{61};
    input.max_lag = std::chrono::seconds{60};
    EXPECT_EQ(core::decide_standing(input).score, core::k_score_behind);
    EXPECT_FALSE(core::decide_standing(input).readable);
}

TEST(StandingTest, AReplicaThatItsSourceRefusesIsNeverPromoted)
{
    core::StandingInput input{.role = test::mysql_server(1, "").role};
    input.role.replica
        = core::ReplicaStatus{.receiver = core::ReceiverState::stopped, .applier_running = true, .receiver_errno = 1236};
    EXPECT_EQ(core::decide_standing(input).score, core::k_score_never);
    input.role.replica->receiver_errno = 2003;
    EXPECT_EQ(core::decide_standing(input).score, core::k_score_behind);
}

TEST(StandingTest, AReplicaThatCannotReceiveIsTriedLastAndReadAsLongAsItIsFresh)
{
    auto input = replica_input();
    input.role.replica->receiver = core::ReceiverState::stopped;
    input.role.replica->lag.reset();
    input.max_lag = std::chrono::seconds{60};
    EXPECT_EQ(core::decide_standing(input).score, core::k_score_replica) << "in the middle of a failover";
    input.lag_unknown_for = std::chrono::seconds{31};
    EXPECT_EQ(core::decide_standing(input).score, core::k_score_behind);
    EXPECT_TRUE(core::decide_standing(input).readable);
    input.has_promised = true;
    EXPECT_EQ(core::decide_standing(input).score, core::k_score_replica) << "stopped on purpose";
    input.has_promised = false;
    input.lag_unknown_for = std::chrono::seconds{61};
    EXPECT_EQ(core::decide_standing(input).score, core::k_score_behind);
    EXPECT_FALSE(core::decide_standing(input).readable);
}

TEST(StandingTest, AReplicaWithoutAnApplierIsNotReadable)
{
    core::StandingInput input{.role = test::mysql_server(1, "").role};
    input.role.replica = core::ReplicaStatus{.receiver = core::ReceiverState::stopped};
    EXPECT_EQ(core::decide_standing(input).score, core::k_score_behind);
    EXPECT_FALSE(core::decide_standing(input).readable);
}

TEST(StandingTest, AReplicaKeepsItsScoreWhileItsSourceIsAway)
{
    auto input = replica_input();
    input.role.replica->receiver = core::ReceiverState::connecting;
    input.role.replica->lag.reset();
    EXPECT_EQ(core::decide_standing(input).score, core::k_score_replica);
}

TEST(StandingTest, ABrokenApplierIsNeverPromoted)
{
    auto input = replica_input();
    input.role.replica->applier_errno = 1062;
    EXPECT_EQ(core::decide_standing(input).score, core::k_score_never);
}

TEST(StandingTest, AKeptOutNodeIsNeverPromotedNorRead)
{
    auto input = replica_input();
    input.kept_out = "holds transactions of its own";
    EXPECT_EQ(core::decide_standing(input).score, core::k_score_never);
    EXPECT_FALSE(core::decide_standing(input).readable);
}

TEST(StandingTest, WhoHasNoSpaceIsTriedLastWhateverItWas)
{
    auto input = replica_input();
    input.held_up = "no space";
    EXPECT_EQ(core::decide_standing(input).score, core::k_score_behind);
    input.lag_unknown_for = input.max_lag + std::chrono::seconds{1};
    EXPECT_EQ(core::decide_standing(input).score, core::k_score_behind);
    input.role.replica.reset();
    input.is_recorded_primary = true;
    EXPECT_EQ(core::decide_standing(input).score, core::k_score_behind);
    input.is_primary = true;
    EXPECT_EQ(core::decide_standing(input).score, core::k_score_behind);
}

TEST(StandingTest, TheLastPrimaryComesFirstAfterAFullOutage)
{
    core::StandingInput input;
    input.primary_known = input.is_recorded_primary = true;
    EXPECT_GT(core::decide_standing(input).score, core::k_score_replica);
}

} // namespace
} // namespace mysql_prm
