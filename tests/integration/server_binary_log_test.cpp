// ports::BinaryLog on real servers: numbers that are skipped, transactions without data, a copy that the tools read.
#include "mysql_prm/adapters/os/posix_files.hpp"
#include "mysql_prm/adapters/server/server.hpp"
#include "mysql_prm/core/join.hpp"
#include "test_server.hpp"

#include <array>
#include <cstdio>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <thread>

namespace mysql_prm {
namespace {

using adapters::server::MysqlServers;
using base::Deadline;
using core::JoinStep;
using std::chrono::seconds;
using test::tested_server;
using test::TestServer;
using testing::Contains;
using testing::HasSubstr;

Deadline soon()
{
    return Deadline::after(seconds{20});
}

bool is_mariadb()
{
    return tested_server().is_mariadb();
}

std::unique_ptr<ports::Server> login(const TestServer& server, const ports::Account& account = TestServer::root())
{
    auto opened = MysqlServers{server.socket()}.local({.account = account, .io_timeout = seconds{10}});
    return opened ? std::move(*opened) : throw std::runtime_error(opened.error().message);
}

ports::Account agent()
{
    return {.user = "agent", .password = base::Secret{"a"}};
}

std::string output_of(const std::string& command)
{
    std::string out;
    FILE* pipe = popen(command.c_str(), "r");
    std::array<char, 4096> buffer{};
    while (pipe != nullptr && fgets(buffer.data(), static_cast<int>(buffer.size()), pipe) != nullptr)
        out += buffer.data();
    if (pipe != nullptr)
        pclose(pipe);
    return out;
}

// Two servers with the account that the agent makes; the second replicates from the first and is read-only.
class BinaryLogTest : public testing::Test {
protected:
    BinaryLogTest()
    {
        for (TestServer* server : {&one, &two})
            EXPECT_TRUE(login(*server)->create_replication_account(agent()));
        first = login(one, agent());
        second = login(two, agent());
        one.sql("CREATE DATABASE shop");
        one.sql("CREATE TABLE shop.t (a INT PRIMARY KEY AUTO_INCREMENT) ENGINE=InnoDB");
        write();
        follow();
        EXPECT_TRUE(catches_up());
        EXPECT_TRUE(second->gate().set_read_only(seconds{5}));
    }
    void write() { one.sql("INSERT INTO shop.t VALUES (NULL)"); }
    void follow()
    {
        ports::SourceLogin as_agent;
        as_agent.account = agent();
        const auto mode = is_mariadb() ? core::ReplicationMode::mariadb_gtid : core::ReplicationMode::mysql_gtid;
        const auto followed = second->follow({.host = "127.0.0.1", .port = one.port(), .start = {}}, as_agent, mode, soon());
        EXPECT_TRUE(followed) << followed.error().message;
    }
    bool catches_up()
    {
        const auto applied = second->wait_applied(first->observe()->executed, soon());
        EXPECT_TRUE(applied) << applied.error().message;
        return applied && *applied;
    }
    // MariaDB counts a transaction as soon as it is in the binary log, which is a moment before it can be read.
    std::string rows_there(const std::string& awaited)
    {
        const auto deadline = soon();
        std::string rows;
        while ((rows = two.value("SELECT COUNT(*) FROM shop.t")) != awaited && !deadline.expired())
            std::this_thread::sleep_for(base::Millis{20});
        return rows;
    }
    core::ExtraTransactions extra()
    {
        return core::extra_transactions(second->observe().value(), first->observe().value(), false);
    }
    core::ExtraInLog look()
    {
        const auto found = second->binary_log().look_for(extra(), soon());
        EXPECT_TRUE(found) << found.error().message;
        return found.value_or(core::ExtraInLog{});
    }
    // A row on the second server, past read-only.
    void write_there(int a = 1000)
    {
        two.sql("SET GLOBAL read_only = OFF"); // on MySQL this ends super_read_only too
        two.sql("INSERT INTO shop.t VALUES (" + std::to_string(a) + ")");
        EXPECT_TRUE(second->gate().set_read_only(seconds{5}));
    }
    core::JoinVerdict join(const core::ExtraInLog& found)
    {
        core::JoinInput input;
        input.own = second->observe().value();
        input.primary = first->observe().value();
        input.record.host = "127.0.0.1";
        input.record.node = "db1";
        input.port = one.port();
        input.extra_in_log = found;
        return core::decide_join(input);
    }

    TestServer one{1};
    TestServer two{2};
    std::unique_ptr<ports::Server> first;
    std::unique_ptr<ports::Server> second;
};

TEST_F(BinaryLogTest, ANewPrimarySkipsNumbersUnderReadOnlyAndItsReplicasFollow)
{
    if (is_mariadb())
        one.session()->query("SET STATEMENT gtid_domain_id = 5 FOR INSERT INTO shop.t VALUES (NULL)").value();
    ASSERT_TRUE(first->gate().set_read_only(seconds{5}));
    const auto before = first->observe()->executed;
    const auto skipped = first->binary_log().skip_numbers({1}, soon());
    ASSERT_TRUE(skipped) << skipped.error().message;
    if (!is_mariadb()) {
        EXPECT_EQ(*skipped, "");
        EXPECT_EQ(first->observe()->executed, before);
        return;
    }
    const auto number = gtid::MariadbGtidPos::parse(*skipped)->seq_of(0).value();
    EXPECT_GT(number, 1'000'000'000U);
    EXPECT_GT(gtid::MariadbGtidPos::parse(*skipped)->seq_of(5).value_or(0), 1'000'000'000U);
    ASSERT_TRUE(first->gate().open());
    one.session()->query("INSERT INTO shop.t VALUES (NULL)").value(); // any session
    const auto after = std::get<gtid::MariadbGtidPos>(first->observe()->executed);
    EXPECT_EQ(after.seq_of(0), number + 1);
    EXPECT_TRUE(catches_up());
    EXPECT_EQ(rows_there("3"), "3");
    EXPECT_EQ(two.value("SELECT @@gtid_strict_mode"), "1");
    EXPECT_TRUE(extra().empty());
    EXPECT_EQ(join({}).step, JoinStep::none);

    // The replica leads next, and the former primary, which stands below the gap, follows it.
    ASSERT_TRUE(second->forget_source(soon()));
    const auto again = second->binary_log().skip_numbers({2, 1}, soon());
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_GT(gtid::MariadbGtidPos::parse(*again)->seq_of(0).value(), number + 1'000'000'000U);
    ASSERT_TRUE(second->gate().open());
    ports::SourceLogin as_agent;
    as_agent.account = agent();
    ASSERT_TRUE(first->follow(
        {.host = "127.0.0.1", .port = two.port(), .start = {}}, as_agent, core::ReplicationMode::mariadb_gtid, soon()));
    EXPECT_TRUE(first->wait_applied(second->observe()->executed, soon()).value_or(false));
}

TEST_F(BinaryLogTest, TheStrictModeOfARunningMariadbServerIsSwitchedOnWithTheAgentsRights)
{
    if (is_mariadb())
        two.sql("SET GLOBAL gtid_strict_mode = OFF");
    EXPECT_EQ(second->observe()->gtid_strict, !is_mariadb());
    const auto done = second->binary_log().insist_on_order();
    EXPECT_TRUE(done) << done.error().message;
    EXPECT_TRUE(second->observe()->gtid_strict);
}

TEST_F(BinaryLogTest, FlushesOfAReadOnlyServerAreFoundToCarryNoData)
{
    two.sql("FLUSH TABLES");
    two.sql("FLUSH BINARY LOGS");
    two.sql("FLUSH PRIVILEGES");
    ASSERT_FALSE(extra().empty());
    const auto found = look();
    EXPECT_TRUE(found.is_complete);
    EXPECT_TRUE(found.without_data);
    EXPECT_EQ(found.first_file, "binlog.000001");
    two.sql("FLUSH BINARY LOGS");
    EXPECT_TRUE(look().without_data) << "files behind them do not matter";
}

TEST_F(BinaryLogTest, SoAreAnalyzeAndOptimizeWhichMysqlRefuses)
{
    for (const auto* statement : {"ANALYZE TABLE shop.t", "OPTIMIZE TABLE shop.t"}) {
        if (is_mariadb()) {
            two.sql(statement);
            EXPECT_TRUE(look().without_data) << statement;
        } else {
            EXPECT_THROW(two.sql(statement), std::exception) << statement;
            EXPECT_TRUE(extra().empty()) << statement;
        }
    }
}

TEST_F(BinaryLogTest, ARowAmongThemIsData)
{
    two.sql("FLUSH BINARY LOGS");
    two.sql("FLUSH TABLES");
    write_there();
    const auto found = look();
    EXPECT_FALSE(found.without_data);
    EXPECT_EQ(found.first_file, "binlog.000002");
    EXPECT_EQ(join(found).step, JoinStep::keep_out);
}

// What was torn was not committed. MariaDB leaves it at the end of the file, MySQL cuts it off.
TEST_F(BinaryLogTest, BehindACrashInTheMiddleOfAnEventTheLogIsReadUpToThere)
{
    write_there();
    write_there(1001);
    second.reset();
    two.kill();
    const auto file = two.datadir() / "binlog.000001";
    std::filesystem::resize_file(file, std::filesystem::file_size(file) - 40); // in the row of the second
    two.start();
    second = login(two, agent());
    const auto found = look();
    EXPECT_FALSE(found.without_data);
    EXPECT_EQ(found.first_file, "binlog.000001");
    EXPECT_EQ(join(found).step, JoinStep::keep_out);
}

TEST_F(BinaryLogTest, AFlushBeforeATornEventStillCarriesNoData)
{
    two.sql("FLUSH TABLES");
    write_there();
    second.reset();
    two.kill();
    const auto file = two.datadir() / "binlog.000001";
    std::filesystem::resize_file(file, std::filesystem::file_size(file) - 40);
    two.start();
    second = login(two, agent());
    EXPECT_TRUE(look().without_data);
}

TEST_F(BinaryLogTest, WhatIsNoLongerInTheLogsMayCarryData)
{
    two.sql("FLUSH TABLES");
    two.sql("FLUSH BINARY LOGS");
    const auto deadline = soon(); // MariaDB keeps a log until its checkpoint is written
    while (two.sql("SHOW BINARY LOGS").size() > 1 && !deadline.expired())
        two.sql("PURGE BINARY LOGS TO 'binlog.000002'");
    const auto found = look();
    EXPECT_FALSE(found.without_data);
    EXPECT_EQ(found.first_file, "binlog.000002");
}

TEST_F(BinaryLogTest, ThePrimaryCountsEmptyTransactionsOfAReplicaAndAllSetsAreEqual)
{
    if (is_mariadb())
        return; // it keeps such a replica out, see below
    two.sql("FLUSH TABLES");
    two.sql("FLUSH STATUS");
    const auto lacking = extra();
    EXPECT_EQ(lacking.mysql.count(), 2U);
    EXPECT_EQ(join(look()).step, JoinStep::none);
    for (int round = 0; round < 2; ++round) {
        const auto adopted = first->binary_log().adopt_empty(lacking.mysql, soon());
        ASSERT_TRUE(adopted) << adopted.error().message;
    }
    EXPECT_TRUE(extra().empty());
    write();
    EXPECT_TRUE(catches_up());
    EXPECT_EQ(first->observe()->executed, second->observe()->executed);
    EXPECT_EQ(two.value("SELECT COUNT(*) FROM shop.t"), "2");
}

// Why it is kept out: the next transaction of the primary has the number that the FLUSH took.
TEST_F(BinaryLogTest, AFlushOnAMariadbReplicaStopsItsApplierAtTheNextTransaction)
{
    if (!is_mariadb())
        return;
    two.sql("FLUSH TABLES");
    const auto found = look();
    EXPECT_TRUE(found.without_data);
    const auto verdict = join(found);
    EXPECT_EQ(verdict.step, JoinStep::keep_out);
    EXPECT_THAT(verdict.reason, HasSubstr("without data"));
    write();
    const auto applied = second->wait_applied(first->observe()->executed, soon());
    ASSERT_FALSE(applied);
    EXPECT_EQ(applied.error().code, 1950) << applied.error().message;

    // What operations.md tells the administrator to do.
    two.sql("STOP SLAVE");
    two.sql("RESET MASTER");
    EXPECT_TRUE(extra().empty());
    EXPECT_EQ(join({}).step, JoinStep::restart_threads);
    ASSERT_TRUE(second->start_replication(soon()));
    EXPECT_TRUE(catches_up());
    EXPECT_EQ(rows_there("2"), "2");
}

TEST_F(BinaryLogTest, ACopyOfTheLogsIsReadByTheServersOwnTool)
{
    write_there();
    const auto folder = two.datadir().parent_path() / "saved";
    adapters::os::PosixFiles files;
    const auto logs = second->binary_log().files();
    ASSERT_TRUE(logs) << logs.error().message;
    ASSERT_EQ(logs->size(), 1U);
    const auto copy = (folder / "binlog.000001").string();
    ASSERT_EQ(files.copy_log(logs->front().path, copy, logs->front().size, soon()), true);
    const auto text = output_of((is_mariadb() ? "mariadb-binlog --verbose " : "mysqlbinlog --verbose ") + copy + " 2>&1");
    EXPECT_THAT(text, HasSubstr("### INSERT INTO `shop`.`t`"));
    EXPECT_THAT(text, HasSubstr("@1=1000"));
    if (!is_mariadb()) {
        const auto only = output_of("mysqlbinlog --verbose --include-gtids='" + extra().mysql.to_string() + "' " + copy);
        EXPECT_THAT(only, HasSubstr("@1=1000"));
        EXPECT_THAT(only, testing::Not(HasSubstr("CREATE TABLE")));
    }
}

TEST_F(BinaryLogTest, SettingsThatMayLoseACommitAreNamed)
{
    const auto settings = first->binary_log().settings_that_lose();
    ASSERT_TRUE(settings) << settings.error().message;
    EXPECT_THAT(*settings, Contains("sync_binlog = 0"));
    EXPECT_THAT(*settings, Contains("innodb_flush_log_at_trx_commit = 0"));
    EXPECT_THAT(*settings, Contains("sync_relay_log = 10000"));
    one.sql("SET GLOBAL sync_binlog = 1");
    one.sql("SET GLOBAL innodb_flush_log_at_trx_commit = 1");
    one.sql("SET GLOBAL sync_relay_log = 1");
    EXPECT_THAT(*first->binary_log().settings_that_lose(), testing::IsEmpty());
    if (is_mariadb()) { // whose plugin is built in, with the wait point that loses
        one.sql("SET GLOBAL rpl_semi_sync_master_enabled = ON");
        EXPECT_THAT(*first->binary_log().settings_that_lose(), Contains("rpl_semi_sync_master_wait_point = AFTER_COMMIT"));
    }
}

// What a server does that nobody has configured.
TEST_F(BinaryLogTest, TheDefaultsOfMariadbLoseACommit)
{
    const auto by_default = [&](const std::string& name) {
        one.sql("SET GLOBAL " + name + " = DEFAULT");
        return one.value("SELECT @@global." + name);
    };
    EXPECT_EQ(by_default("sync_binlog"), is_mariadb() ? "0" : "1");
    EXPECT_EQ(by_default("innodb_flush_log_at_trx_commit"), "1");
    EXPECT_EQ(by_default("sync_relay_log"), "10000");
    if (is_mariadb()) {
        EXPECT_EQ(by_default("gtid_strict_mode"), "0");
        EXPECT_EQ(by_default("rpl_semi_sync_master_wait_point"), "AFTER_COMMIT");
    }
}

} // namespace
} // namespace mysql_prm
