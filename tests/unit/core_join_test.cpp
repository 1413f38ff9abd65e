#include "core_values.hpp"

#include <gtest/gtest.h>

namespace mysql_prm {
namespace {

using core::JoinStep;
using test::k_uuid_a;
using test::k_uuid_b;

core::JoinInput mysql_input(const std::string& own, const std::string& primary)
{
    return {
        .own = test::mysql_server(1, own), .primary = test::mysql_server(2, primary), .record = test::record_of("db2", 2)};
}

TEST(JoinTest, FollowsByGtidWhenThePrimaryHoldsEverything)
{
    const auto verdict = core::decide_join(mysql_input(k_uuid_a + ":1-5", k_uuid_a + ":1-9"));
    EXPECT_EQ(verdict.step, JoinStep::follow);
    EXPECT_EQ(verdict.source->host, "db2");
    EXPECT_FALSE(verdict.source->start.has_value());
}

// The verdict once the own log has been read.
core::JoinVerdict after_reading(core::JoinInput& input, bool without_data)
{
    const auto first = core::decide_join(input);
    EXPECT_EQ(first.step, JoinStep::read_extra);
    input.extra_in_log = core::ExtraInLog{.about = first.extra, .without_data = without_data, .is_complete = true};
    return core::decide_join(input);
}

TEST(JoinTest, KeepsOutANodeWithTransactionsThatThePrimaryLacksAndNamesThem)
{
    auto input = mysql_input(k_uuid_a + ":1-6," + k_uuid_b + ":7", k_uuid_a + ":1-9");
    EXPECT_EQ(after_reading(input, false).step, JoinStep::keep_out);
    input.copy = "saved in /saved";
    EXPECT_EQ(core::decide_join(input).reason,
        "holds transactions that the primary on db2 lacks (saved in /saved): " + k_uuid_b + ":7");
}

TEST(JoinTest, TransactionsOfItsOwnWithoutDataDoNotKeepANodeOut)
{
    auto input = mysql_input(k_uuid_a + ":1-6", k_uuid_a + ":1-9");
    const auto own = test::mysql_set(input.own.server_uuid + ":1-3");
    input.own.executed = input.own.received = std::get<gtid::MysqlGtidSet>(input.own.executed).united(own);
    const auto verdict = after_reading(input, true);
    EXPECT_EQ(verdict.step, JoinStep::follow);
    EXPECT_EQ(verdict.extra.mysql, own) << "the primary is to learn of them";
}

TEST(JoinTest, ReadsTheLogAgainForOtherTransactionsThanItHasRead)
{
    auto input = mysql_input(k_uuid_a + ":1-6", k_uuid_a + ":1-9");
    const auto add = [&](const std::string& number) {
        const auto one = test::mysql_set(input.own.server_uuid + ":" + number);
        input.own.executed = input.own.received = std::get<gtid::MysqlGtidSet>(input.own.executed).united(one);
    };
    add("1");
    EXPECT_EQ(after_reading(input, true).step, JoinStep::follow);
    add("2");
    EXPECT_EQ(core::decide_join(input).step, JoinStep::read_extra);
}

// Who numbered them may have used the number for something else since.
TEST(JoinTest, TransactionsOfAnotherServerKeepANodeOutWithoutDataToo)
{
    auto input = mysql_input(k_uuid_a + ":1-6," + k_uuid_b + ":7", k_uuid_a + ":1-9");
    EXPECT_EQ(after_reading(input, true).step, JoinStep::keep_out);
}

TEST(JoinTest, AMariadbServerIsKeptOutByAFlushAndSaysThatItCarriesNoData)
{
    core::JoinInput input{.own = test::mariadb_server(1, "0-1-105", "0-2-100,0-1-105"),
        .primary = test::mariadb_server(2, "0-2-104", "0-2-104"),
        .record = test::record_of("db2", 2)};
    const auto verdict = after_reading(input, true);
    EXPECT_EQ(verdict.step, JoinStep::keep_out);
    EXPECT_NE(verdict.reason.find("without data"), std::string::npos);
    EXPECT_NE(verdict.reason.find("up to 0-1-105"), std::string::npos);
}

TEST(JoinTest, FollowsAMariadbPrimaryThatHasSkippedNumbers)
{
    core::JoinInput input{.own = test::mariadb_server(1, "0-1-100", "0-1-100"),
        .primary = test::mariadb_server(2, "0-2-100100", "0-1-100,0-2-100100"),
        .record = test::record_of("db2", 2)};
    EXPECT_EQ(core::decide_join(input).step, JoinStep::follow);
}

// A former primary, server_id 1, behind db2, which has 0-1-101 to 0-1-120 of it.
core::JoinInput former_mariadb_primary(const std::string& position, const std::string& state)
{
    return {.own = test::mariadb_server(1, position, state),
        .primary = test::mariadb_server(2, "0-2-200", "0-1-120,0-2-200"),
        .record = test::record_of("db2", 2)};
}

// It would pass over them, and its position would say that it has them.
TEST(JoinTest, KeepsOutAMariadbServerThatLacksWhatItWroteItself)
{
    auto input = former_mariadb_primary("0-1-100", "0-1-100");
    auto verdict = core::decide_join(input);
    EXPECT_EQ(verdict.step, JoinStep::keep_out);
    EXPECT_TRUE(verdict.reason.starts_with("lacks what it wrote itself up to 0-1-120, and MariaDB would pass over it: "))
        << verdict.reason;
    EXPECT_TRUE(verdict.lacks_own);
    input.takes_own = true; // it acknowledges, for the site's own semi-synchronous replication
    EXPECT_EQ(core::decide_join(input).step, JoinStep::follow);
    input.takes_own = false;
    input.own.role.server_id = 4;
    EXPECT_EQ(core::decide_join(input).step, JoinStep::follow) << "nobody has written anything with that number";
    input.own = test::mariadb_server(1, "", ""); // nothing at all in that domain
    EXPECT_EQ(core::decide_join(input).step, JoinStep::keep_out);
}

// Its log tells, or its position: a copy has a log of its own, and a log on another disk outlives what it belonged to.
TEST(JoinTest, LetsAMariadbServerInThatHasWhatItWroteItself)
{
    const auto step_of = [](const std::string& position, const std::string& state) {
        return core::decide_join(former_mariadb_primary(position, state)).step;
    };
    EXPECT_EQ(step_of("0-2-200", "0-2-200"), JoinStep::follow);
    EXPECT_EQ(step_of("0-2-200", "0-1-100,0-2-200"), JoinStep::follow);
    EXPECT_EQ(step_of("0-2-119", "0-1-120,0-2-119"), JoinStep::follow) << "numbers went down, without strict mode";
}

TEST(JoinTest, WhatAMariadbServerHasAloneIsSavedBeforeItIsSaidToLackSomething)
{
    EXPECT_EQ(core::decide_join(former_mariadb_primary("0-1-100,1-1-7", "0-1-100,1-1-7")).step, JoinStep::read_extra);
}

TEST(JoinTest, KeepsOutANodeThatThePurgedLogsNoLongerReach)
{
    auto input = mysql_input(k_uuid_a + ":1-3", k_uuid_a + ":1-9");
    input.primary.purged = test::mysql_set(k_uuid_a + ":1-5");
    EXPECT_EQ(core::decide_join(input).step, JoinStep::keep_out);
}

TEST(JoinTest, LeavesAReplicaThatFollowsAlreadyAlone)
{
    auto input = mysql_input(k_uuid_a + ":1-3", k_uuid_a + ":1-9");
    input.own.role.replica = test::replica_of("db2", 2);
    EXPECT_EQ(core::decide_join(input).step, JoinStep::none);
    input.own.role.replica->receiver = core::ReceiverState::stopped;
    EXPECT_EQ(core::decide_join(input).step, JoinStep::restart_threads);
}

core::ReplicaStatus replica_of_db2()
{
    return {.source_host = "db2",
        .source_port = 3306,
        .source_server_id = 2,
        .uses_gtid = true,
        .receiver = core::ReceiverState::running,
        .applier_running = true,
        .received_file = {2, "binlog.000001", 500},
        .applied_file = {2, "binlog.000001", 500}};
}

TEST(JoinTest, AReplicaThatHasAppliedItsWholeRelayLogAndLacksItsGtidsIsKeptOut)
{
    auto input = mysql_input("", k_uuid_a + ":1-9");
    input.own.received = test::mysql_set(k_uuid_a + ":1-9");
    input.own.role.replica = replica_of_db2();
    const auto verdict = core::decide_join(input);
    EXPECT_EQ(verdict.step, JoinStep::keep_out);
    EXPECT_TRUE(verdict.look_again);
    input.own.role.replica->applied_file.offset = 400; // it is still applying
    EXPECT_EQ(core::decide_join(input).step, JoinStep::none);
}

TEST(JoinTest, WhatWasExecutedOnceMustNotBeMissingLater)
{
    auto input = mysql_input(k_uuid_a + ":7-9", k_uuid_a + ":1-9");
    EXPECT_EQ(core::decide_join(input).step, JoinStep::follow);
    input.had = test::mysql_set(k_uuid_a + ":1-5");
    EXPECT_EQ(core::decide_join(input).step, JoinStep::keep_out);
    input.own.executed = input.own.received = test::mysql_set(k_uuid_a + ":1-6");
    EXPECT_EQ(core::decide_join(input).step, JoinStep::follow);
}

TEST(JoinTest, ALoginThatThePrimaryRefusesIsReplaced)
{
    auto input = mysql_input(k_uuid_a + ":1-9", k_uuid_a + ":1-9");
    input.own.role.replica = replica_of_db2();
    input.own.role.replica->receiver = core::ReceiverState::connecting;
    input.own.role.replica->receiver_errno = 1045;
    EXPECT_EQ(core::decide_join(input).step, JoinStep::follow);
    input.own.received = test::mysql_set(k_uuid_a + ":1-10"); // following would drop what is not applied yet
    input.primary.executed = input.own.received;
    EXPECT_EQ(core::decide_join(input).step, JoinStep::none);
    input.own.role.replica->receiver_errno = 2003; // merely away
    input.own.received = input.own.executed;
    EXPECT_EQ(core::decide_join(input).step, JoinStep::none);
}

TEST(JoinTest, RepointsAReplicaOfAnotherSource)
{
    auto input = mysql_input(k_uuid_a + ":1-3", k_uuid_a + ":1-9");
    input.own.role.replica = test::replica_of("db3", 3);
    EXPECT_EQ(core::decide_join(input).step, JoinStep::follow);
}

TEST(JoinTest, RefusesTwoServersWithOneServerId)
{
    auto input = mysql_input("", "");
    input.primary.role.server_id = input.own.role.server_id;
    const auto verdict = core::decide_join(input);
    EXPECT_EQ(verdict.step, JoinStep::refuse_settings);
    EXPECT_NE(verdict.reason.find("server_id 1"), std::string::npos);
}

TEST(JoinTest, RefusesMysqlBehindMariadb)
{
    auto input = mysql_input("", "");
    input.primary = test::mariadb_server(2, "0-2-1", "0-2-1");
    EXPECT_EQ(core::decide_join(input).step, JoinStep::refuse_settings);
}

TEST(JoinTest, SeesTheExtraTransactionOfAMariadbPrimaryBelowAHigherNumber)
{
    core::JoinInput input{.own = test::mariadb_server(1, "0-1-105", "0-1-105"),
        .primary = test::mariadb_server(2, "0-2-200", "0-1-101,0-2-200"),
        .record = test::record_of("db2", 2)};
    const auto verdict = after_reading(input, false);
    EXPECT_EQ(verdict.step, JoinStep::keep_out);
    EXPECT_NE(verdict.reason.find("0-1-102 to 0-1-105"), std::string::npos);
}

TEST(JoinTest, FollowsAMariadbPrimaryThatWasProvisionedWithOurTransactions)
{
    core::JoinInput input{.own = test::mariadb_server(1, "0-1-100", "0-1-100"),
        .primary = test::mariadb_server(2, "0-1-100", ""),
        .record = test::record_of("db2", 2)};
    EXPECT_EQ(core::decide_join(input).step, JoinStep::follow);
}

class FilePositionJoinTest : public testing::Test {
protected:
    FilePositionJoinTest()
    {
        input.own = test::file_server(1, "binlog.000007", 900);
        input.primary = test::file_server(2, "binlog.000002", 5000);
        input.record = test::record_of("db2", 2, 2);
        input.record.origin = core::FilePosition{3, "binlog.000005", 4711};
    }

    void replicated_up_to(const std::string& file, std::uint64_t offset)
    {
        auto replica = test::replica_of("db3", 3);
        replica.uses_gtid = false;
        replica.received_file = replica.applied_file = {3, file, offset};
        input.own.role.replica = replica;
    }

    core::JoinInput input;
};

TEST_F(FilePositionJoinTest, AReplicaThatStandsWhereThePrimaryTookOverContinuesAtTheRecord)
{
    replicated_up_to("binlog.000005", 4711);
    const auto verdict = core::decide_join(input);
    ASSERT_EQ(verdict.step, JoinStep::follow);
    EXPECT_EQ(verdict.source->start, (core::FilePosition{2, "binlog.000002", 157}));
}

TEST_F(FilePositionJoinTest, AReplicaThatReceivedLessIsNotPointedOverTheHole)
{
    replicated_up_to("binlog.000005", 4000);
    const auto verdict = core::decide_join(input);
    EXPECT_EQ(verdict.step, JoinStep::keep_out);
    EXPECT_NE(verdict.reason.find("received less"), std::string::npos);
}

TEST_F(FilePositionJoinTest, AReplicaThatReceivedMoreIsKeptOut)
{
    replicated_up_to("binlog.000006", 4);
    EXPECT_EQ(core::decide_join(input).step, JoinStep::keep_out);
}

TEST_F(FilePositionJoinTest, AReplicaAppliesWhatItReceivedBeforeItIsRepointed)
{
    replicated_up_to("binlog.000005", 4711);
    input.own.role.replica->applied_file.offset = 4000;
    EXPECT_EQ(core::decide_join(input).step, JoinStep::apply_first);
}

TEST_F(FilePositionJoinTest, AReplicaOfAnotherSourceIsKeptOut)
{
    replicated_up_to("binlog.000005", 4711);
    input.own.role.replica->source_server_id = 9;
    EXPECT_EQ(core::decide_join(input).step, JoinStep::keep_out);
}

TEST_F(FilePositionJoinTest, TheFormerPrimaryLooksIntoItsOwnLogFirst)
{
    input.record.origin->server_id = 1;
    EXPECT_EQ(core::decide_join(input).step, JoinStep::read_own_log);
    input.own_tail = core::LogTail{.found = true, .has_events = false};
    EXPECT_EQ(core::decide_join(input).step, JoinStep::follow);
    input.own_tail = core::LogTail{.found = true, .has_events = true};
    EXPECT_EQ(core::decide_join(input).step, JoinStep::keep_out);
    input.own_tail = core::LogTail{.found = false};
    EXPECT_EQ(core::decide_join(input).step, JoinStep::keep_out);
}

TEST_F(FilePositionJoinTest, AReplicaOfTheSamePrimaryIsLeftAlone)
{
    input.own.role.replica = test::replica_of("db2", 2);
    EXPECT_EQ(core::decide_join(input).step, JoinStep::none);
}

TEST_F(FilePositionJoinTest, AnUnknownNodeJoinsOnlyTheFirstGeneration)
{
    input.record.origin.reset();
    EXPECT_EQ(core::decide_join(input).step, JoinStep::keep_out);
    input.record.generation = 1;
    EXPECT_EQ(core::decide_join(input).step, JoinStep::follow);
}

} // namespace
} // namespace mysql_prm
