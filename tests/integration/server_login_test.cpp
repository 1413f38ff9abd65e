// Logins and time bounds of adapters/server against a real server.
#include "mysql_prm/adapters/server/server.hpp"
#include "test_server.hpp"

#include <chrono>
#include <cstdlib>
#include <gtest/gtest.h>
#include <thread>

namespace mysql_prm {
namespace {

using adapters::server::MysqlServers;
using base::ErrorKind;
using base::Millis;
using std::chrono::seconds;
using std::chrono::steady_clock;
using test::tested_server;
using test::TestServer;

constexpr int k_attempts = 3; // on a loaded machine; what keeps no bound at all is late each time

ports::ConnectOptions as(const ports::Account& account)
{
    return {.account = account};
}

TEST(ServerLoginTest, NothingListensIsNotRunning)
{
    MysqlServers servers{"/nonexistent/mysqld.sock"};
    EXPECT_EQ(servers.local(as(TestServer::root())).error().kind, ErrorKind::not_running);
    const auto remote = servers.remote("127.0.0.1", 1, {}, as(TestServer::root()));
    EXPECT_EQ(remote.error().kind, ErrorKind::not_running) << remote.error().message;
}

// A firewall's or a router's word, while it lasts: the server behind it may live.
TEST(ServerLoginTest, AnUnreachableHostIsNotADeadServer)
{
    const auto nft = [](const char* command) { return std::system(command); };
    ASSERT_EQ(nft("nft 'table inet unreachable { chain out { type filter hook output priority 0; ip daddr 127.9.9.9 tcp dport 3306 "
                  "reject with icmp type host-unreachable; }; }'"),
        0);
    const auto remote = MysqlServers{"/nonexistent"}.remote("127.9.9.9", 3306, {}, as(TestServer::root()));
    EXPECT_EQ(nft("nft delete table inet unreachable"), 0);
    EXPECT_EQ(remote.error().kind, ErrorKind::failed) << remote.error().message;
}

TEST(ServerLoginTest, ASocketFileThatADeadServerLeftIsNotRunning)
{
    TestServer server;
    server.kill();
    ASSERT_TRUE(std::filesystem::exists(server.socket()));
    const auto login = MysqlServers{server.socket()}.local(as(TestServer::root()));
    EXPECT_EQ(login.error().kind, ErrorKind::not_running) << login.error().message;
}

// A heartbeat would be rolled back, and read-only cannot be set in a session with a transaction, which a read begins.
TEST(ServerLoginTest, AServerThatCommitsNothingByItselfIsNoHindrance)
{
    TestServer server{1, {"--autocommit=OFF"}};
    server.sql("CREATE DATABASE shop");
    server.sql("CREATE TABLE shop.t (a INT PRIMARY KEY) ENGINE=InnoDB");
    MysqlServers servers{server.socket()};
    auto agent = servers.local(as(TestServer::root()));
    ASSERT_TRUE(agent) << agent.error().message;
    ASSERT_TRUE((*agent)->semi_sync().commit_heartbeat(base::Deadline::after(seconds{10})));
    ASSERT_TRUE((*agent)->read_table("shop.t"));
    const auto closed = (*agent)->gate().set_read_only(seconds{1});
    EXPECT_TRUE(closed) << closed.error().message;
    const auto later = servers.local(as(TestServer::root()));
    ASSERT_TRUE(later) << later.error().message;
    EXPECT_TRUE((*later)->heartbeat(1).value().has_value());
}

TEST(ServerLoginTest, AFreshServerIsWritableWithoutASource)
{
    TestServer server{7};
    MysqlServers servers{server.socket()};
    auto login = servers.local(as(TestServer::root()));
    ASSERT_TRUE(login) << login.error().message;
    const auto role = (*login)->role();
    ASSERT_TRUE(role) << role.error().message;
    EXPECT_EQ(role->version.number, tested_server().version.number);
    EXPECT_EQ(role->version.flavor, tested_server().version.flavor);
    EXPECT_EQ(role->server_id, 7U);
    EXPECT_TRUE(role->writable());
    EXPECT_FALSE(role->replica);
    const auto status = (*login)->observe();
    ASSERT_TRUE(status) << status.error().message;
    EXPECT_TRUE(status->log_bin);
    EXPECT_TRUE(status->log_replica_updates);
    EXPECT_EQ(status->mode,
        tested_server().is_mariadb() ? core::ReplicationMode::mariadb_gtid : core::ReplicationMode::mysql_gtid);
    EXPECT_TRUE(core::is_empty(status->executed)) << core::to_string(status->executed);
    EXPECT_EQ((*login)->binary_log().end()->file, "binlog.000001");
    EXPECT_EQ(status->server_uuid.empty(), tested_server().is_mariadb());
}

// caching_sha2_password on MySQL: full authentication over the socket, and over TCP with TLS and without.
TEST(ServerLoginTest, AnAccountWithAPasswordLogsInOverSocketAndTcp)
{
    const std::vector<std::string> without_tls{tested_server().is_mariadb() ? "--skip-ssl" : "--tls-version="};
    for (const auto& arguments : {std::vector<std::string>{}, without_tls}) {
        TestServer server{1, arguments};
        MysqlServers servers{server.socket()};
        const auto tcp = servers.remote("127.0.0.1", server.port(), {}, as(TestServer::admin()));
        EXPECT_TRUE(tcp) << tcp.error().message;
        server.sql("FLUSH PRIVILEGES"); // forgets the fast path
        const auto local = servers.local(as(TestServer::admin()));
        EXPECT_TRUE(local) << local.error().message;
    }
}

TEST(ServerLoginTest, AServerWithoutTlsIsRefusedWhereTlsIsDemanded)
{
    const std::string without_tls = tested_server().is_mariadb() ? "--skip-ssl" : "--tls-version=";
    TestServer server{1, {without_tls}};
    ports::SourceLogin demanding;
    demanding.require_tls = true;
    const auto login = MysqlServers{server.socket()}.remote("127.0.0.1", server.port(), demanding, as(TestServer::admin()));
    ASSERT_FALSE(login);
    EXPECT_EQ(login.error().kind, ErrorKind::alive_but_refused) << login.error().message;
}

TEST(ServerLoginTest, AWrongPasswordIsAccessDeniedAndIsNotShown)
{
    TestServer server;
    const ports::Account wrong{.user = "admin", .password = base::Secret{"sesame"}};
    const auto login = MysqlServers{server.socket()}.local(as(wrong));
    ASSERT_FALSE(login);
    EXPECT_EQ(login.error().kind, ErrorKind::access_denied);
    EXPECT_EQ(login.error().code, 1045);
    EXPECT_EQ(login.error().message.find("sesame"), std::string::npos);
}

TEST(ServerLoginTest, AHungServerIsFoundWithinFiveSeconds)
{
    TestServer server;
    MysqlServers servers{server.socket()};
    bool in_time = false;
    for (int attempt = 1; attempt <= k_attempts && !in_time; ++attempt) {
        auto connected = servers.local(as(TestServer::root()));
        ASSERT_TRUE(connected);
        server.suspend();

        const auto start = steady_clock::now();
        const auto local = servers.local(as(TestServer::root()));
        const auto login_took = steady_clock::now() - start;
        const auto role = (*connected)->role();
        const auto took = steady_clock::now() - start;
        const auto remote = servers.remote("127.0.0.1", server.port(), {}, as(TestServer::admin()));
        const auto remote_took = steady_clock::now() - start - took;
        connected->reset(); // says goodbye to a server that does not read it
        const auto all_took = steady_clock::now() - start;
        server.resume();

        EXPECT_EQ(local.error().kind, ErrorKind::timed_out) << local.error().message;
        EXPECT_EQ(role.error().kind, ErrorKind::timed_out) << role.error().message;
        EXPECT_EQ(remote.error().kind, ErrorKind::timed_out) << remote.error().message;
        in_time = login_took < Millis{2500} && remote_took < Millis{2500} && took < Millis{4700} && all_took < Millis{7200};
        if (attempt < k_attempts)
            continue;
        EXPECT_LT(login_took, Millis{2500});
        EXPECT_LT(remote_took, Millis{2500});
        EXPECT_LT(took, Millis{4700});
        EXPECT_LT(all_took, Millis{7200});
    }
}

// An action's deadline holds for everything on its connection, whatever is left of the io timeout.
TEST(ServerLoginTest, NothingOutlivesTheEndOfItsConnection)
{
    TestServer server;
    auto options = as(TestServer::root());
    options.io_timeout = seconds{20};
    bool in_time = false;
    for (int attempt = 1; attempt <= k_attempts && !in_time; ++attempt) {
        const auto start = steady_clock::now();
        options.until = base::Deadline::after(seconds{1});
        const auto session = adapters::server::Session::open({.socket = server.socket()}, options, false);
        if (!session && attempt < k_attempts)
            continue;
        ASSERT_TRUE(session) << session.error().message;
        const auto slept = (*session)->run("SELECT SLEEP(0.2)");
        const auto cut = (*session)->run("SELECT SLEEP(15)");
        const auto took = steady_clock::now() - start;
        ASSERT_FALSE(cut);
        EXPECT_EQ(cut.error().kind, ErrorKind::timed_out) << cut.error().message;
        EXPECT_GT(took, Millis{950});
        EXPECT_EQ((*session)->run("SELECT 1").error().kind, ErrorKind::timed_out);
        EXPECT_EQ((*session)->another().error().kind, ErrorKind::timed_out);
        const auto all_took = steady_clock::now() - start;
        in_time = slept && took < Millis{1500} && all_took < Millis{1600};
        if (attempt < k_attempts)
            continue;
        EXPECT_TRUE(slept);
        EXPECT_LT(took, Millis{1500});
        EXPECT_LT(all_took, Millis{1600});
    }
}

TEST(ServerLoginTest, AnAnswerThatStopsInTheMiddleIsNotAwaitedForTheWholeIoTimeout)
{
    TestServer server;
    auto options = as(TestServer::root());
    options.connect_timeout = seconds{1};
    options.io_timeout = seconds{20};
    auto session = adapters::server::Session::open({.socket = server.socket()}, options, false);
    ASSERT_TRUE(session) << session.error().message;
    const adapters::server::Statement large{"SELECT REPEAT('x', 8000000)"};
    adapters::server::Connection& connection = (*session)->connection();
    ASSERT_TRUE(connection.send(large));
    ASSERT_TRUE(connection.answered(base::Deadline::after(seconds{5})));
    server.suspend();
    const auto start = steady_clock::now();
    const auto rest = connection.receive(large);
    const auto took = steady_clock::now() - start;
    server.resume();
    ASSERT_FALSE(rest);
    EXPECT_EQ(rest.error().kind, ErrorKind::timed_out) << rest.error().message;
    EXPECT_LT(took, std::chrono::milliseconds{4500});
}

TEST(ServerLoginTest, AFullConnectionTableIsAliveAndTheExtraWayInWorks)
{
    const bool mariadb = tested_server().is_mariadb();
    TestServer other; // only to have a second free port
    const std::uint16_t extra = other.port();
    other.kill();
    const std::vector<std::string> ways = mariadb
        ? std::vector<std::string>{base::text("--extra-port=", extra), "--extra-max-connections=2", "--max-connections=10"}
        : std::vector<std::string>{base::text("--admin-port=", extra), "--admin-address=127.0.0.1", "--max-connections=2"};
    TestServer server{1, ways};
    MysqlServers servers{server.socket()};
    const auto role = (*servers.local(as(TestServer::root())))->role();
    ASSERT_TRUE(role) << role.error().message;
    EXPECT_EQ(role->extra_port, extra);
    EXPECT_EQ(role->extra_address, mariadb ? "" : "127.0.0.1");

    std::vector<std::unique_ptr<ports::Server>> crowd;
    base::Error refusal;
    while (crowd.size() < 20) {
        auto login = servers.local(as(TestServer::admin()));
        if (!login) {
            refusal = login.error();
            break;
        }
        crowd.push_back(std::move(*login));
    }
    EXPECT_EQ(refusal.kind, ErrorKind::alive_but_refused) << refusal.message;
    EXPECT_EQ(refusal.code, 1040);
    auto way = servers.local_extra(role->extra_address, role->extra_port, as(TestServer::admin()));
    ASSERT_TRUE(way) << way.error().message;
    EXPECT_TRUE((*way)->role());
}

TEST(ServerLoginTest, AReadOfATableTellsMissingFromPresent)
{
    TestServer server;
    server.sql("CREATE DATABASE shop");
    server.sql("CREATE TABLE shop.t (a INT PRIMARY KEY) ENGINE=InnoDB");
    auto login = MysqlServers{server.socket()}.local(as(TestServer::root()));
    ASSERT_TRUE(login);
    EXPECT_TRUE((*login)->read_table("shop.t"));
    EXPECT_EQ((*login)->read_table("shop.nothing").error().kind, ErrorKind::not_found);
    EXPECT_EQ((*login)->read_table("t").error().kind, ErrorKind::invalid_argument);
}

TEST(ServerLoginTest, ALackOfRightsIsListedAndTheCreatedAccountLacksNone)
{
    TestServer server{1, {"--sql-mode=NO_BACKSLASH_ESCAPES"}};
    MysqlServers servers{server.socket()};
    auto root = servers.local(as(TestServer::root()));
    ASSERT_TRUE(root);
    const auto roots = (*root)->missing_privileges();
    ASSERT_TRUE(roots) << roots.error().message;
    EXPECT_TRUE(roots->empty()) << roots->front();

    server.sql("SET SESSION sql_log_bin = 0");
    server.sql("CREATE USER poor@'%' IDENTIFIED BY 'p'");
    server.sql("GRANT PROCESS ON *.* TO poor@'%'");
    const auto poor = (*servers.local(as({.user = "poor", .password = base::Secret{"p"}})))->missing_privileges();
    ASSERT_TRUE(poor) << poor.error().message;
    EXPECT_GT(poor->size(), 5U);

    const ports::Account agent{.user = "agent", .password = base::Secret{R"(a'b\c"d)"}};
    for (int round = 0; round < 2; ++round) {
        const auto created = (*root)->create_replication_account(agent);
        ASSERT_TRUE(created) << created.error().message;
    }
    auto login = servers.local(as(agent));
    ASSERT_TRUE(login) << login.error().message;
    const auto agents = (*login)->missing_privileges();
    ASSERT_TRUE(agents) << agents.error().message;
    EXPECT_TRUE(agents->empty()) << agents->front();
    EXPECT_TRUE((*login)->gate().proof());
    server.sql("CREATE DATABASE shop");
    server.sql("CREATE DEFINER = poor@'%' EVENT shop.e ON SCHEDULE EVERY 1 DAY DO SELECT 1");
    const auto switched = (*login)->gate().disable_events({"`shop`.`e`"});
    EXPECT_TRUE(switched) << switched.error().message;
    EXPECT_TRUE(core::is_empty((*login)->observe()->executed)) << "the account was written to the binary log";
}

} // namespace
} // namespace mysql_prm
