// Replication verbs of adapters/server between two real servers.
#include "mysql_prm/adapters/server/server.hpp"
#include "test_server.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <thread>

namespace mysql_prm {
namespace {

using adapters::server::MysqlServers;
using base::Deadline;
using base::ErrorKind;
using base::Millis;
using core::ReplicationMode;
using std::chrono::seconds;
using test::tested_server;
using test::TestServer;

constexpr seconds k_patience{20};

Deadline soon()
{
    return Deadline::after(k_patience);
}

std::unique_ptr<ports::Server> login(const TestServer& server, bool prefer_file_position = false)
{
    MysqlServers servers{server.socket(), 3306, prefer_file_position};
    auto opened = servers.local({.account = TestServer::root(), .io_timeout = seconds{10}});
    return opened ? std::move(*opened) : throw std::runtime_error(opened.error().message);
}

ports::SourceLogin admin_login()
{
    ports::SourceLogin out;
    out.account = TestServer::admin();
    return out;
}

core::Source source_at(const TestServer& server)
{
    return {.host = "127.0.0.1", .port = server.port(), .start = {}};
}

ReplicationMode gtid_mode()
{
    return tested_server().is_mariadb() ? ReplicationMode::mariadb_gtid : ReplicationMode::mysql_gtid;
}

// A condition that replication brings about by itself. Polls; the only wait in these tests.
template <typename Condition>
bool comes_true(const Condition& condition)
{
    const Deadline deadline = soon();
    while (!condition()) {
        if (deadline.expired())
            return false;
        std::this_thread::sleep_for(std::chrono::milliseconds{20});
    }
    return true;
}

bool replicates(ports::Server& server)
{
    const auto role = server.role();
    return role && role->replica && role->replica->receiver == core::ReceiverState::running
        && role->replica->applier_running;
}

class ServerReplicationTest : public testing::Test {
protected:
    TestServer one{1};
    TestServer two{2};
    std::unique_ptr<ports::Server> first = login(one);
    std::unique_ptr<ports::Server> second = login(two);

    void fill()
    {
        one.sql("CREATE DATABASE IF NOT EXISTS shop");
        one.sql("CREATE TABLE IF NOT EXISTS shop.t (a INT PRIMARY KEY AUTO_INCREMENT) ENGINE=InnoDB");
        one.sql("INSERT INTO shop.t VALUES (NULL)");
    }
    void follow_by_gtid()
    {
        const auto followed = second->follow(source_at(one), admin_login(), gtid_mode(), soon());
        ASSERT_TRUE(followed) << followed.error().message;
    }
    // What the second server has received then, and does not apply.
    core::Position receive_without_applying()
    {
        fill();
        follow_by_gtid();
        EXPECT_TRUE(*second->wait_applied(first->observe()->executed, soon()));
        two.sql("STOP REPLICA SQL_THREAD");
        fill();
        const auto executed = first->observe()->executed;
        EXPECT_TRUE(comes_true([&] { return core::contains(second->observe()->received, executed); }));
        return executed;
    }
    std::string column(const std::string& name) // of the second server, MariaDB
    {
        return adapters::server::Row{two.sql("SHOW SLAVE STATUS"), 0}.text({name});
    }
};

TEST_F(ServerReplicationTest, AFollowerByGtidAppliesWhatTheSourceExecuted)
{
    fill();
    follow_by_gtid();
    const auto executed = first->observe()->executed;
    EXPECT_FALSE(core::is_empty(executed));
    const auto applied = second->wait_applied(executed, soon());
    ASSERT_TRUE(applied) << applied.error().message;
    EXPECT_TRUE(*applied);
    // MariaDB counts a transaction as soon as it is in the binary log, which is a moment before it can be read.
    EXPECT_TRUE(comes_true([&] { return two.value("SELECT COUNT(*) FROM shop.t") == "1"; }));
    ASSERT_TRUE(comes_true([&] { return replicates(*second); }));

    const auto status = second->observe();
    ASSERT_TRUE(status) << status.error().message;
    EXPECT_EQ(status->mode, gtid_mode());
    EXPECT_TRUE(core::contains(status->executed, executed));
    EXPECT_TRUE(core::contains(status->received, executed));
    EXPECT_TRUE(status->role.replica->uses_gtid);
    EXPECT_EQ(status->role.replica->source_port, one.port());
    EXPECT_EQ(status->role.replica->source_server_id, 1U);
    // By whole seconds of the clock, so that it may be 1 for a moment.
    EXPECT_TRUE(comes_true([&] { return second->role()->replica->lag == seconds{0}; }));

    // One that waited although all is applied would be slow each time.
    auto fastest = std::chrono::steady_clock::duration::max();
    for (int turn = 0; turn < 5; ++turn) {
        const auto start = std::chrono::steady_clock::now();
        EXPECT_TRUE(*second->wait_applied(executed, soon()));
        fastest = std::min(fastest, std::chrono::steady_clock::now() - start);
    }
    EXPECT_LT(fastest, std::chrono::milliseconds{100});
}

TEST_F(ServerReplicationTest, WhatAReplicaWritesItselfIsToldFromWhatItApplies)
{
    fill();
    follow_by_gtid();
    ASSERT_TRUE(*second->wait_applied(first->observe()->executed, soon()));
    const auto before = second->role()->own_writes;
    fill();
    ASSERT_TRUE(*second->wait_applied(first->observe()->executed, soon()));
    EXPECT_EQ(second->role()->own_writes, before);
    two.sql("INSERT INTO shop.t VALUES (1000)");
    const auto once = second->role()->own_writes;
    EXPECT_NE(once, before);
    two.sql("INSERT INTO shop.t VALUES (1001)");
    EXPECT_NE(second->role()->own_writes, once);
}

// So whoever is promoted has to be told which of them to enable.
TEST_F(ServerReplicationTest, AnEnabledEventAndADisabledOneLookTheSameOnAReplica)
{
    fill();
    ASSERT_TRUE(second->follow(source_at(one), admin_login(), gtid_mode(), soon()));
    one.sql("CREATE EVENT shop.enabled ON SCHEDULE EVERY 1 DAY DO DELETE FROM shop.t");
    one.sql("CREATE EVENT shop.disabled ON SCHEDULE EVERY 1 DAY DISABLE DO DELETE FROM shop.t");
    const auto state_of = [](TestServer& server, const std::string& name) {
        return server.value("SELECT STATUS FROM information_schema.EVENTS WHERE EVENT_NAME = '" + name + "'");
    };
    ASSERT_TRUE(comes_true([&] { return !state_of(two, "disabled").empty(); }));
    EXPECT_NE(state_of(one, "enabled"), state_of(one, "disabled"));
    EXPECT_EQ(state_of(two, "enabled"), state_of(two, "disabled"));
    EXPECT_NE(state_of(two, "enabled"), "ENABLED");
}

TEST_F(ServerReplicationTest, WhatIsReceivedButNotAppliedIsSeenAndAppliedByTheWait)
{
    const auto executed = receive_without_applying();
    EXPECT_FALSE(core::contains(second->observe()->executed, executed));

    const auto applied = second->wait_applied(executed, soon());
    ASSERT_TRUE(applied) << applied.error().message;
    EXPECT_TRUE(*applied);
}

TEST_F(ServerReplicationTest, AStoppedReceiverLeavesTheApplierAndItsRelayLog)
{
    fill();
    follow_by_gtid();
    ASSERT_TRUE(comes_true([&] { return replicates(*second); }));
    two.sql(tested_server().is_mariadb() ? "STOP SLAVE SQL_THREAD" : "STOP REPLICA SQL_THREAD");
    fill();
    const auto executed = first->observe()->executed;
    ASSERT_TRUE(comes_true([&] { return core::contains(second->observe()->received, executed); }));

    const auto stopped = second->stop_receiver(soon());
    ASSERT_TRUE(stopped) << stopped.error().message;
    EXPECT_EQ(second->role()->replica->receiver, core::ReceiverState::stopped);
    one.kill(); // so that nothing can be fetched again
    const auto applied = second->wait_applied(executed, soon());
    ASSERT_TRUE(applied) << applied.error().message;
    EXPECT_TRUE(*applied);
    EXPECT_TRUE(second->stop_receiver(soon())) << "stopping twice";
    const auto waits = second->has_commit_without_space();
    ASSERT_TRUE(waits) << waits.error().message;
    EXPECT_EQ(*waits, tested_server().is_mariadb() ? std::optional{false} : std::nullopt);
}

// A restart takes from a replica what it had received and not applied: always on MariaDB, whose received position is empty
// then, with relay_log_recovery on MySQL.
TEST_F(ServerReplicationTest, WhatWasNotAppliedIsGoneBehindARestart)
{
    const auto executed = receive_without_applying();
    ASSERT_TRUE(core::contains(second->observe()->received, executed));
    const bool is_mariadb = tested_server().is_mariadb();
    if (is_mariadb) {
        EXPECT_NE(column("Gtid_IO_Pos"), "");
    } else {
        two.kill();
        two.start({"--skip-replica-start", "--relay-log-recovery=OFF"});
        EXPECT_TRUE(core::contains(login(two)->observe()->received, executed));
    }
    two.kill();
    two.start({is_mariadb ? "--skip-slave-start" : "--skip-replica-start", "--relay-log-recovery=ON"});
    EXPECT_FALSE(core::contains(login(two)->observe()->received, executed));
    if (is_mariadb) {
        EXPECT_EQ(column("Gtid_IO_Pos"), "");
    }
}

TEST_F(ServerReplicationTest, AnApplierThatIsStartedBesideAStoppedReceiverHasLostItsRelayLogOnMariadb)
{
    const auto executed = receive_without_applying();
    two.sql("STOP REPLICA IO_THREAD");
    one.kill(); // so that nothing can be fetched again
    two.sql("START REPLICA SQL_THREAD");
    if (!tested_server().is_mariadb()) {
        EXPECT_TRUE(comes_true([&] { return core::contains(second->observe()->executed, executed); }));
        return;
    }
    ASSERT_TRUE(comes_true([&] { return column("Slave_SQL_Running_State").starts_with("Slave has read all relay log"); }));
    EXPECT_FALSE(core::contains(second->observe()->executed, executed));
    EXPECT_FALSE(core::contains(second->observe()->received, executed));
}

TEST_F(ServerReplicationTest, TheWaitEndsWithTheAppliersErrorOrWithTheDeadline)
{
    fill();
    follow_by_gtid();
    ASSERT_TRUE(*second->wait_applied(first->observe()->executed, soon()));
    two.sql("SET SESSION sql_log_bin = 0");
    two.sql("DELETE FROM shop.t");
    one.sql("DELETE FROM shop.t"); // row events: the row is not there on the replica
    const auto broken = second->wait_applied(first->observe()->executed, soon());
    ASSERT_FALSE(broken);
    EXPECT_EQ(broken.error().code, 1032) << broken.error().message;

    const auto start = std::chrono::steady_clock::now();
    ASSERT_TRUE(second->forget_source(soon()));
    const auto lost = second->wait_applied(first->observe()->executed, soon());
    EXPECT_EQ(lost.error().kind, ErrorKind::conflict) << lost.error().message;
    const auto followed = second->follow({.host = "127.0.0.1", .port = 1, .start = {}}, admin_login(), gtid_mode(), soon());
    ASSERT_TRUE(followed) << followed.error().message;
    const auto late = second->wait_applied(first->observe()->executed, Deadline::after(seconds{1}));
    ASSERT_TRUE(late) << late.error().message;
    EXPECT_FALSE(*late);
    for (int i = 0; i < 200; ++i)
        ASSERT_FALSE(*second->wait_applied(first->observe()->executed, Deadline::after(Millis{i % 10})));
    EXPECT_TRUE(second->role()) << "the wait is over, not the connection";
    // Waits that ignored their deadlines would take half a second each, or a minute.
    EXPECT_LT(std::chrono::steady_clock::now() - start, seconds{30});
}

TEST_F(ServerReplicationTest, AFormerPrimaryFollowsItsSuccessor)
{
    fill();
    follow_by_gtid();
    ASSERT_TRUE(*second->wait_applied(first->observe()->executed, soon()));
    ASSERT_TRUE(second->forget_source(soon()));
    EXPECT_FALSE(second->role()->replica);

    const auto turned = first->follow(source_at(two), admin_login(), gtid_mode(), soon());
    ASSERT_TRUE(turned) << turned.error().message;
    two.sql("INSERT INTO shop.t VALUES (NULL)");
    const auto applied = first->wait_applied(second->observe()->executed, soon());
    ASSERT_TRUE(applied) << applied.error().message;
    EXPECT_TRUE(*applied);
    // MariaDB counts a transaction as soon as it is in the binary log, which is a moment before it can be read.
    EXPECT_TRUE(comes_true([&] { return one.value("SELECT COUNT(*) FROM shop.t") == "2"; }));
}

std::uintmax_t relay_log_bytes(const TestServer& server)
{
    std::uintmax_t bytes = 0;
    for (const auto& file : std::filesystem::directory_iterator{server.datadir()}) {
        std::error_code is_gone; // the index is replaced all the while
        const auto size = file.file_size(is_gone);
        if (!is_gone && file.path().filename().string().contains("relay"))
            bytes += size;
    }
    return bytes;
}

// The rest never comes when its source died. MySQL waits a minute for it unless the applier has seen a KILL before it is
// told to stop; several turns, because that is a race (62 s in 1 of 6 failovers of a cluster).
TEST_F(ServerReplicationTest, HalfATransactionHoldsNoStopUp)
{
    one.sql("CREATE DATABASE shop");
    one.sql("CREATE TABLE shop.large (a INT PRIMARY KEY, b LONGBLOB) ENGINE=InnoDB");
    follow_by_gtid();
    ASSERT_TRUE(*second->wait_applied(first->observe()->executed, soon()));
    const auto before = relay_log_bytes(two);
    ASSERT_TRUE(second->forget_source(soon()));
    one.sql("BEGIN");
    for (int row = 0; row < 200; ++row)
        one.sql("INSERT INTO shop.large VALUES (" + std::to_string(row) + ", REPEAT('x', 1000000))");
    one.sql("COMMIT");
    int turns = 0;
    for (int tries = 0; tries < 60 && turns < 20; ++tries) {
        follow_by_gtid();
        const Deadline deadline = soon();
        while (relay_log_bytes(two) < before + 2'000'000 && !deadline.expired())
            std::this_thread::yield();
        ASSERT_TRUE(second->stop_receiver(soon()));
        if (relay_log_bytes(two) < before + 190'000'000)
            ++turns;
        const auto start = std::chrono::steady_clock::now();
        const auto stopped = second->forget_source(soon());
        ASSERT_TRUE(stopped) << stopped.error().message;
        EXPECT_LT(std::chrono::steady_clock::now() - start, seconds{5});
    }
    EXPECT_EQ(turns, 20) << "how often the receiver was stopped in the middle";
    EXPECT_EQ(two.value("SELECT COUNT(*) FROM shop.large"), "0");
}

TEST_F(ServerReplicationTest, FollowingWithAnotherKindOfGtidIsRefused)
{
    const auto wrong = tested_server().is_mariadb() ? ReplicationMode::mysql_gtid : ReplicationMode::mariadb_gtid;
    EXPECT_EQ(second->follow(source_at(one), admin_login(), wrong, soon()).error().kind, ErrorKind::conflict);
    EXPECT_EQ(second->follow(source_at(one), admin_login(), ReplicationMode::file_position, soon()).error().kind,
        ErrorKind::conflict);
}

TEST(ServerFilePositionTest, AFollowerByFileAndPositionTakesPlacesInTheSourcesLog)
{
    const std::vector<std::string> arguments
        = tested_server().is_mariadb() ? std::vector<std::string>{} : std::vector<std::string>{"--gtid-mode=OFF"};
    TestServer one{1, arguments};
    TestServer two{2, arguments};
    auto first = login(one, true);
    auto second = login(two, true);
    const auto before = first->observe();
    ASSERT_TRUE(before) << before.error().message;
    ASSERT_EQ(before->mode, ReplicationMode::file_position);
    EXPECT_EQ(before->executed, core::Position{before->log_end});
    EXPECT_EQ(first->binary_log().end(), before->log_end) << "the file and the statement for it";
    EXPECT_TRUE(*first->wait_applied(before->received, soon())) << "a primary has applied its own log";

    core::Source source = source_at(one);
    source.start = before->log_end;
    const auto followed = second->follow(source, admin_login(), ReplicationMode::file_position, soon());
    ASSERT_TRUE(followed) << followed.error().message;
    one.sql("CREATE DATABASE shop");
    one.sql("CREATE TABLE shop.t (a INT PRIMARY KEY) ENGINE=InnoDB");
    const auto end = first->observe()->log_end;
    const auto applied = second->wait_applied(end, soon());
    ASSERT_TRUE(applied) << applied.error().message;
    EXPECT_TRUE(*applied);
    const auto status = login(two, true)->observe();
    ASSERT_TRUE(status) << status.error().message;
    EXPECT_EQ(status->mode, ReplicationMode::file_position);
    EXPECT_EQ(status->received, core::Position{end});
    EXPECT_EQ(status->applied, core::Position{end});
    EXPECT_FALSE(status->role.replica->uses_gtid);
    const auto elsewhere = second->wait_applied(core::FilePosition{9, end.file, end.offset}, soon());
    EXPECT_EQ(elsewhere.error().kind, ErrorKind::conflict);
}

TEST(ServerLogAfterTest, OnlyEventsThatChangeDataCount)
{
    TestServer server;
    server.sql("CREATE DATABASE shop");
    server.sql("CREATE TABLE shop.t (a INT PRIMARY KEY) ENGINE=InnoDB");
    auto agent = login(server);
    const auto place = agent->binary_log().end().value();
    auto tail = agent->binary_log().after(place);
    ASSERT_TRUE(tail) << tail.error().message;
    EXPECT_TRUE(tail->found);
    EXPECT_FALSE(tail->has_events);

    server.sql("FLUSH TABLES");
    server.sql("ANALYZE TABLE shop.t");
    server.sql("FLUSH BINARY LOGS");
    tail = agent->binary_log().after(place);
    ASSERT_TRUE(tail) << tail.error().message;
    EXPECT_FALSE(tail->has_events);
    EXPECT_EQ(tail->end.file, "binlog.000002");

    server.sql("INSERT INTO shop.t VALUES (1)");
    tail = agent->binary_log().after(place);
    ASSERT_TRUE(tail) << tail.error().message;
    EXPECT_TRUE(tail->has_events);

    EXPECT_FALSE(agent->binary_log().after({1, "binlog.000009", 4})->found);
    EXPECT_FALSE(agent->binary_log().after({1, place.file, place.offset + 1'000'000})->found);
    const auto inside = agent->binary_log().after({1, place.file, place.offset - 1});
    ASSERT_TRUE(inside) << inside.error().code << " " << inside.error().message;
    EXPECT_FALSE(inside->found) << "a place in the middle of an event";
}

} // namespace
} // namespace mysql_prm
