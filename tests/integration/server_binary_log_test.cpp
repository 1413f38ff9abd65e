// ports::BinaryLog on real servers.
#include "mysql_prm/adapters/server/server.hpp"
#include "mysql_prm/core/join.hpp"
#include "test_server.hpp"

#include <gtest/gtest.h>

namespace mysql_prm {
namespace {

using adapters::server::MysqlServers;
using base::Deadline;
using core::JoinStep;
using std::chrono::seconds;
using test::tested_server;
using test::TestServer;

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
    core::JoinVerdict join()
    {
        core::JoinInput input{.own = second->observe().value(),
            .primary = first->observe().value(),
            .record = {.host = "127.0.0.1", .node = "db1"},
            .port = one.port()};
        return core::decide_join(input);
    }

    TestServer one{1};
    TestServer two{2};
    std::unique_ptr<ports::Server> first;
    std::unique_ptr<ports::Server> second;
};

TEST_F(BinaryLogTest, ANewPrimarySkipsNumbersUnderReadOnlyAndItsReplicasFollow)
{
    ASSERT_TRUE(first->gate().set_read_only(seconds{5}));
    const auto before = first->observe()->executed;
    const auto skipped = first->binary_log().skip_numbers(soon());
    ASSERT_TRUE(skipped) << skipped.error().message;
    if (!is_mariadb()) {
        EXPECT_EQ(*skipped, "");
        EXPECT_EQ(first->observe()->executed, before);
        return;
    }
    const auto number = gtid::MariadbGtidPos::parse(*skipped)->seq_of(0).value();
    EXPECT_GT(number, 1'000'000'000U);
    ASSERT_TRUE(first->gate().open());
    one.session()->query("INSERT INTO shop.t VALUES (NULL)").value(); // any session
    const auto after = std::get<gtid::MariadbGtidPos>(first->observe()->executed);
    EXPECT_EQ(after.seq_of(0), number + 1);
    EXPECT_TRUE(catches_up());
    EXPECT_EQ(two.value("SELECT COUNT(*) FROM shop.t"), "2");
    EXPECT_EQ(two.value("SELECT @@gtid_strict_mode"), "1");
    EXPECT_EQ(join().step, JoinStep::none);

    // The replica leads next, and the former primary, which stands below the gap, follows it.
    ASSERT_TRUE(second->forget_source(soon()));
    const auto again = second->binary_log().skip_numbers(soon());
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

} // namespace
} // namespace mysql_prm
