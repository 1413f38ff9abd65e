// The write gate of adapters/server on a real server.
#include "mysql_prm/adapters/os/unique_fd.hpp"
#include "mysql_prm/adapters/server/server.hpp"
#include "test_server.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <thread>

namespace mysql_prm {
namespace {

using adapters::server::MysqlServers;
using adapters::server::Session;
using base::ErrorKind;
using std::chrono::seconds;
using test::tested_server;
using test::TestServer;

base::Deadline soon()
{
    return base::Deadline::after(seconds{20});
}

// A client that says nothing.
adapters::os::UniqueFd connect_to(std::uint16_t port)
{
    adapters::os::UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    return fd;
}

class ServerWriteGateTest : public testing::Test {
protected:
    TestServer server{1, {"--event-scheduler=ON"}};
    std::unique_ptr<ports::Server> agent = login();
    ports::WriteGate& gate = agent->gate();

    void SetUp() override
    {
        server.sql("CREATE DATABASE shop");
        server.sql("CREATE TABLE shop.t (a INT PRIMARY KEY) ENGINE=InnoDB");
        server.sql("CREATE USER app@localhost IDENTIFIED BY 'app'");
        server.sql("GRANT ALL PRIVILEGES ON shop.* TO app@localhost");
    }

    std::unique_ptr<ports::Server> login() const
    {
        auto opened = MysqlServers{server.socket()}.local({.account = TestServer::root()});
        return opened ? std::move(*opened) : throw std::runtime_error(opened.error().message);
    }
    void follow_from(const TestServer& other)
    {
        auto replica = MysqlServers{other.socket()}.local({.account = TestServer::root()});
        ASSERT_TRUE(replica) << replica.error().message;
        const auto mode = tested_server().is_mariadb() ? core::ReplicationMode::mariadb_gtid : core::ReplicationMode::mysql_gtid;
        ports::SourceLogin source_login;
        source_login.account = TestServer::admin();
        ASSERT_TRUE((*replica)->follow({"127.0.0.1", server.port(), {}}, source_login, mode, soon()));
        const auto applied = (*replica)->wait_applied(agent->observe()->executed, soon());
        ASSERT_TRUE(applied && *applied);
    }
    std::unique_ptr<Session> app() const { return server.session({.user = "app", .password = base::Secret{"app"}}); }
};

TEST_F(ServerWriteGateTest, AClosedServerRefusesWritesUntilItIsOpened)
{
    const auto client = app();
    const auto closed = gate.set_read_only(seconds{2});
    ASSERT_TRUE(closed) << closed.error().message;
    EXPECT_TRUE(agent->role()->read_only);
    EXPECT_EQ(client->run("INSERT INTO shop.t VALUES (1)").error().kind, ErrorKind::conflict);
    const auto opened = gate.open();
    ASSERT_TRUE(opened) << opened.error().message;
    EXPECT_TRUE(agent->role()->writable());
    EXPECT_TRUE(client->run("INSERT INTO shop.t VALUES (1)"));
}

TEST_F(ServerWriteGateTest, ReadOnlyStopsNoAdministratorButSuperReadOnlyDoes)
{
    server.sql("SET GLOBAL read_only = ON");
    EXPECT_EQ(app()->run("INSERT INTO shop.t VALUES (1)").error().kind, ErrorKind::conflict);
    EXPECT_TRUE(server.session()->run("INSERT INTO shop.t VALUES (2)"));
    if (!tested_server().is_mariadb()) {
        server.sql("SET GLOBAL super_read_only = ON");
        EXPECT_EQ(server.session()->run("INSERT INTO shop.t VALUES (3)").error().kind, ErrorKind::conflict);
    }
}

TEST_F(ServerWriteGateTest, TheRightThatPassesReadOnlyIsAnotherOnEachServer)
{
    const bool mariadb = tested_server().is_mariadb();
    const auto may_write = [&](const std::string& user, const std::string& right, int row) {
        server.sql("SET GLOBAL read_only = OFF");
        server.sql("CREATE USER " + user + "@localhost IDENTIFIED BY 'p'");
        server.sql("GRANT INSERT ON shop.* TO " + user + "@localhost");
        server.sql("GRANT " + right + " ON *.* TO " + user + "@localhost");
        server.sql("SET GLOBAL read_only = ON");
        const auto session = server.session({.user = user, .password = base::Secret{"p"}});
        return session->run(base::text("INSERT INTO shop.t VALUES (", row, ")")).has_value();
    };
    EXPECT_EQ(may_write("chief", "SUPER", 1), !mariadb);
    EXPECT_TRUE(may_write("passer", mariadb ? "READ_ONLY ADMIN" : "CONNECTION_ADMIN", 2));
    EXPECT_FALSE(may_write("other", "RELOAD", 3));
}

// The command line is where the agent says it. Start refuses a persisted one all the same: not every release was measured.
TEST_F(ServerWriteGateTest, TheCommandLineBeatsAPersistedSetting)
{
    const bool mariadb = tested_server().is_mariadb();
    EXPECT_EQ(server.session()->run("SET PERSIST super_read_only = OFF").has_value(), !mariadb);
    const std::string option = mariadb ? "read_only" : "super_read_only";
    server.kill();
    server.start({"--" + option + "=ON"});
    EXPECT_EQ(server.value("SELECT @@global." + option), "1");
}

TEST_F(ServerWriteGateTest, ATableLockBlocksClosingInTimeAndEndingItsSessionLetsItThrough)
{
    const auto client = app();
    ASSERT_TRUE(client->run("LOCK TABLES shop.t WRITE"));
    const auto start = std::chrono::steady_clock::now();
    const auto blocked = gate.set_read_only(seconds{1});
    const auto took = std::chrono::steady_clock::now() - start;
    ASSERT_FALSE(blocked);
    EXPECT_EQ(blocked.error().kind, ErrorKind::timed_out) << blocked.error().message;
    EXPECT_LT(took, std::chrono::milliseconds{2500});
    EXPECT_TRUE(agent->role()->writable()) << "the request was withdrawn";

    const auto ended = gate.end_sessions();
    ASSERT_TRUE(ended) << ended.error().message;
    EXPECT_GE(*ended, 1U);
    EXPECT_FALSE(client->run("SELECT 1"));
    const auto closed = gate.set_read_only(seconds{2});
    EXPECT_TRUE(closed) << closed.error().message;
}

TEST_F(ServerWriteGateTest, AnOpenTransactionCannotCommitBehindAClosedGate)
{
    const auto client = app();
    ASSERT_TRUE(client->run("START TRANSACTION"));
    ASSERT_TRUE(client->run("INSERT INTO shop.t VALUES (1)"));
    const auto closed = gate.set_read_only(seconds{2});
    ASSERT_TRUE(closed) << closed.error().message;
    EXPECT_FALSE(client->run("COMMIT"));
    EXPECT_TRUE(gate.proof()->read_only_in_force);
}

TEST_F(ServerWriteGateTest, AGlobalReadLockDoesNotHoldTheGateForLongerThanAskedFor)
{
    server.sql("FLUSH TABLES WITH READ LOCK");
    const auto start = std::chrono::steady_clock::now();
    const auto closed = gate.set_read_only(seconds{1});
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::milliseconds{2500});
    if (!closed) {
        EXPECT_EQ(closed.error().kind, ErrorKind::timed_out) << closed.error().message;
    }
    EXPECT_EQ(agent->role()->closed(), closed.has_value()) << "a request that failed was withdrawn";
    server.sql("UNLOCK TABLES");
    EXPECT_TRUE(gate.set_read_only(seconds{2}));
}

TEST_F(ServerWriteGateTest, TheProofNamesSessionsThatPassReadOnly)
{
    server.sql("CREATE USER boss@localhost IDENTIFIED BY 'boss'");
    server.sql("GRANT ALL PRIVILEGES ON *.* TO boss@localhost");
    const auto client = app();
    const auto boss = server.session({.user = "boss", .password = base::Secret{"boss"}});
    ASSERT_TRUE(gate.end_sessions()); // the fixture's root session among them
    const auto again = server.session({.user = "boss", .password = base::Secret{"boss"}});
    const auto app_again = app();

    auto proof = gate.proof();
    ASSERT_TRUE(proof) << proof.error().message;
    EXPECT_FALSE(proof->read_only_in_force);
    ASSERT_EQ(proof->writers.size(), 1U);
    EXPECT_TRUE(proof->writers.front().starts_with("boss@localhost")) << proof->writers.front();
    EXPECT_FALSE(core::is_empty(proof->executed));

    ASSERT_TRUE(gate.set_read_only(seconds{2}));
    proof = gate.proof();
    EXPECT_TRUE(proof->read_only_in_force);
    EXPECT_EQ(proof->writers.size(), tested_server().is_mariadb() ? 1U : 0U) << "super_read_only lets nobody pass";
    EXPECT_EQ(again->run("INSERT INTO shop.t VALUES (9)").has_value(), tested_server().is_mariadb());
}

TEST_F(ServerWriteGateTest, TheProofSeesRightsThatComeThroughARoleOnMariadb)
{
    if (!tested_server().is_mariadb())
        return; // MySQL proves by super_read_only alone
    server.sql("CREATE ROLE outer_role");
    server.sql("CREATE ROLE inner_role");
    server.sql("GRANT READ_ONLY ADMIN ON *.* TO inner_role");
    server.sql("GRANT inner_role TO outer_role");
    server.sql("GRANT outer_role TO app@localhost");
    ASSERT_TRUE(gate.end_sessions());
    const auto client = app();
    const auto proof = gate.proof();
    ASSERT_TRUE(proof) << proof.error().message;
    EXPECT_EQ(proof->writers.size(), 1U);
}

TEST_F(ServerWriteGateTest, TheProofCountsPreparedTransactions)
{
    const auto client = app();
    ASSERT_TRUE(client->run("XA START 'x'"));
    ASSERT_TRUE(client->run("INSERT INTO shop.t VALUES (1)"));
    ASSERT_TRUE(client->run("XA END 'x'"));
    ASSERT_TRUE(client->run("XA PREPARE 'x'"));
    EXPECT_EQ(gate.proof()->prepared_xa, 1U);
}

TEST_F(ServerWriteGateTest, ClientsAreShutOutWhereTheServerCan)
{
    const auto client = app();
    const auto shut = gate.shut_out_clients(true);
    ASSERT_TRUE(shut) << shut.error().message;
    ASSERT_EQ(*shut, !tested_server().is_mariadb());
    if (!*shut)
        return;
    EXPECT_FALSE(client->run("SELECT 1"));
    const auto refused = MysqlServers{server.socket()}.local({.account = {"app", base::Secret{"app"}}});
    EXPECT_EQ(refused.error().kind, ErrorKind::alive_but_refused) << refused.error().message;
    EXPECT_TRUE(gate.set_read_only(seconds{2}));
    ASSERT_TRUE(gate.shut_out_clients(false));
    EXPECT_TRUE(app()->run("SELECT 1"));
    ASSERT_TRUE(gate.shut_out_clients(true));
    ASSERT_TRUE(gate.open());
    EXPECT_TRUE(app()->run("INSERT INTO shop.t VALUES (1)"));
}

TEST_F(ServerWriteGateTest, ReplicasKeepTheirConnectionWhenSessionsEnd)
{
    TestServer other{2};
    follow_from(other);
    const std::string dumps = "SELECT ID FROM information_schema.PROCESSLIST WHERE COMMAND LIKE 'Binlog Dump%'";
    const std::string before = server.value(dumps);
    ASSERT_FALSE(before.empty());
    ASSERT_TRUE(gate.end_sessions());
    EXPECT_EQ(server.value(dumps), before);
}

// Whoever is connected holds up the end of mysqld, those that have not logged in yet included (9.7.4: 2 s, dumps 10 s).
TEST_F(ServerWriteGateTest, NobodyIsConnectedAnyMoreWhenConnectionsAreEnded)
{
    TestServer other{2};
    follow_from(other);
    other.suspend(); // or it would be back at once
    const auto client = app();
    const auto stranger = connect_to(server.port());
    const auto look = [&] {
        const auto rows = server.session()->query("SELECT USER AS user FROM information_schema.PROCESSLIST "
                                                  "WHERE USER IN ('app', 'unauthenticated user') OR COMMAND LIKE 'Binlog Dump%'");
        return rows ? rows->size() : 99;
    };
    for (const auto deadline = soon(); look() != 3 && !deadline.expired();)
        std::this_thread::sleep_for(base::Millis{20});
    ASSERT_EQ(look(), 3U);
    const auto ended = gate.end_connections(soon());
    ASSERT_TRUE(ended) << ended.error().message;
    EXPECT_EQ(look(), 0U);
}

TEST_F(ServerWriteGateTest, EventsGoOffAndOnWithoutATraceAndKeepTheirDefiner)
{
    server.sql(
        "CREATE DEFINER = app@localhost EVENT shop.`odd``name` ON SCHEDULE EVERY 1 DAY ON COMPLETION PRESERVE COMMENT 'c' "
        "DO DELETE FROM shop.t");
    server.sql("CREATE EVENT shop.b ON SCHEDULE EVERY 1 DAY DO DELETE FROM shop.t");
    server.sql("CREATE EVENT shop.off ON SCHEDULE EVERY 1 DAY DISABLE DO DELETE FROM shop.t");
    const auto executed = agent->observe()->executed;
    const auto end = agent->binary_log().end();
    ASSERT_TRUE(end) << end.error().message;
    const std::vector<std::string> expected{"`shop`.`b`", "`shop`.`odd``name`"};
    const auto enabled = gate.enabled_events();
    ASSERT_TRUE(enabled) << enabled.error().message;
    EXPECT_EQ(*enabled, expected);

    const auto off = gate.disable_events(*enabled);
    ASSERT_TRUE(off) << off.error().message;
    EXPECT_TRUE(gate.enabled_events()->empty());
    std::vector<std::string> wanted = expected;
    wanted.push_back("`shop`.`dropped since`");
    const auto on = gate.enable_events(wanted);
    ASSERT_TRUE(on) << on.error().message;
    EXPECT_EQ(*gate.enabled_events(), expected);
    EXPECT_EQ(agent->observe()->executed, executed);
    EXPECT_EQ(agent->binary_log().end(), end);
    EXPECT_EQ(server.value("SELECT CONCAT(DEFINER, ' ', ON_COMPLETION, ' ', EVENT_COMMENT) FROM information_schema.EVENTS "
                           "WHERE EVENT_NAME LIKE 'odd%'"),
        "app@localhost PRESERVE c");
}

TEST_F(ServerWriteGateTest, EventsBehindAGlobalReadLockFailInTimeAndNameTheLock)
{
    server.sql("CREATE EVENT shop.a ON SCHEDULE EVERY 1 DAY DO DELETE FROM shop.t");
    server.sql("CREATE EVENT shop.b ON SCHEDULE EVERY 1 DAY DO DELETE FROM shop.t");
    const auto events = gate.enabled_events();
    ASSERT_TRUE(events) << events.error().message;
    server.sql("FLUSH TABLES WITH READ LOCK");
    for (const bool enable : {false, true}) {
        const auto start = std::chrono::steady_clock::now();
        const auto blocked = enable ? gate.enable_events(*events) : gate.disable_events(*events);
        EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::milliseconds{1900}) << "two events, one wait";
        ASSERT_FALSE(blocked);
        EXPECT_EQ(blocked.error().kind, ErrorKind::timed_out);
        EXPECT_EQ(blocked.error().code, 1205) << blocked.error().message;
        EXPECT_NE(blocked.error().message.find("Lock wait timeout exceeded"), std::string::npos) << blocked.error().message;
        EXPECT_TRUE(agent->role()) << "the connection is still of use";
    }
    server.sql("UNLOCK TABLES");
    const auto off = gate.disable_events(*events);
    EXPECT_TRUE(off) << off.error().message;
}

TEST_F(ServerWriteGateTest, ClosingGivesUpInTimeForTheEndOfItsConnection)
{
    const auto until = base::Deadline::after(seconds{3});
    auto bound
        = MysqlServers{server.socket()}.local({.account = TestServer::root(), .io_timeout = seconds{20}, .until = until});
    ASSERT_TRUE(bound) << bound.error().message;
    const auto client = app();
    ASSERT_TRUE(client->run("LOCK TABLES shop.t WRITE"));
    const auto closed = (*bound)->gate().set_read_only(seconds{15});
    EXPECT_FALSE(until.expired());
    ASSERT_FALSE(closed);
    EXPECT_EQ(closed.error().kind, ErrorKind::timed_out) << closed.error().message;
    EXPECT_TRUE(agent->role()->writable()) << "the request was withdrawn";
}

TEST_F(ServerWriteGateTest, SemiSynchronousWaitsAreReleased)
{
    const bool mariadb = tested_server().is_mariadb();
    const std::string enabled = mariadb ? "rpl_semi_sync_master_enabled" : "rpl_semi_sync_source_enabled";
    ASSERT_TRUE(gate.stop_waiting_for_acknowledgements()) << "also without the plugin";
    if (!mariadb)
        server.sql("INSTALL PLUGIN rpl_semi_sync_source SONAME 'semisync_source.so'");
    server.sql("SET GLOBAL " + enabled + " = ON");
    server.sql(
        mariadb ? "SET GLOBAL rpl_semi_sync_master_timeout = 100000" : "SET GLOBAL rpl_semi_sync_source_timeout = 100000");
    const auto client = app();
    const adapters::server::Statement insert{"INSERT INTO shop.t VALUES (1)"};
    ASSERT_TRUE(client->connection().send(insert));
    const auto deadline = soon();
    while (agent->semi_sync().status()->waiting_sessions == 0 && !deadline.expired())
        std::this_thread::sleep_for(base::Millis{20});
    ASSERT_FALSE(client->connection().answered(base::Deadline::after(base::Millis{300})));
    const auto blocked = gate.set_read_only(seconds{1});
    ASSERT_FALSE(blocked);
    EXPECT_EQ(blocked.error().kind, ErrorKind::timed_out) << "a waiting commit blocks read-only";
    const auto released = gate.stop_waiting_for_acknowledgements();
    ASSERT_TRUE(released) << released.error().message;
    EXPECT_TRUE(client->connection().answered(base::Deadline::after(seconds{5})));
    EXPECT_EQ(server.value("SELECT @@global." + enabled), "0");
}

} // namespace
} // namespace mysql_prm
