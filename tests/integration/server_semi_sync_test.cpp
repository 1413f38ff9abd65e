// ports::SemiSync on real servers, and what the servers themselves do: each fact that the engine leans on is a test here, so
// that a version that behaves otherwise is noticed.
#include "mysql_prm/adapters/server/server.hpp"
#include "mysql_prm/core/extra.hpp"
#include "test_server.hpp"

#include <gtest/gtest.h>
#include <thread>

namespace mysql_prm {
namespace {

using adapters::server::MysqlServers;
using adapters::server::Statement;
using base::Deadline;
using base::ErrorKind;
using base::Millis;
using base::text;
using std::chrono::seconds;
using test::Session;
using test::tested_server;
using test::TestServer;

constexpr Millis k_a_while{600}; // long enough to say: this goes on waiting

Deadline soon()
{
    return Deadline::after(seconds{20});
}

bool mariadb()
{
    return tested_server().is_mariadb();
}

std::vector<std::string> with_semi_sync(std::vector<std::string> arguments = {})
{
    if (!mariadb()) {
        arguments.emplace_back("--plugin-load-add=rpl_semi_sync_source=semisync_source.so");
        arguments.emplace_back("--plugin-load-add=rpl_semi_sync_replica=semisync_replica.so");
    }
    return arguments;
}

std::vector<std::string> durable()
{
    return {"--innodb-flush-log-at-trx-commit=1", "--sync-binlog=1"};
}

// The variable in the words of this server: "source_timeout", "replica_enabled".
std::string variable(std::string name)
{
    if (mariadb())
        for (const auto& [now, then] : {std::pair{"source", "master"}, std::pair{"replica", "slave"}})
            if (const auto at = name.find(now); at != std::string::npos)
                name.replace(at, std::string_view{now}.size(), then);
    return "rpl_semi_sync_" + name;
}

std::unique_ptr<ports::Server> login(const TestServer& server)
{
    auto opened = MysqlServers{server.socket()}.local({.account = TestServer::root(), .io_timeout = seconds{10}});
    return opened ? std::move(*opened) : throw std::runtime_error(opened.error().message);
}

template <typename Condition>
bool comes_true(const Condition& condition)
{
    const Deadline deadline = soon();
    while (!condition()) {
        if (deadline.expired())
            return false;
        std::this_thread::sleep_for(Millis{20});
    }
    return true;
}

// A statement whose answer is not awaited.
class Pending {
public:
    Pending(const TestServer& server, std::string sql, const ports::Account& account = TestServer::root())
        : m_session(server.session(account)), m_statement(std::move(sql))
    {
        EXPECT_TRUE(m_session->connection().send(m_statement));
    }

    [[nodiscard]] bool waits() const { return !m_session->connection().answered(Deadline::after(k_a_while)); }
    [[nodiscard]] base::Result<void> outcome()
    {
        if (!m_session->connection().answered(soon()))
            return base::fail(ErrorKind::timed_out, "still waiting");
        const auto done = m_session->connection().receive(m_statement);
        return done ? base::Result<void>{} : std::unexpected(done.error());
    }
    [[nodiscard]] std::uint64_t id() const { return m_session->connection().id(); }

private:
    std::unique_ptr<Session> m_session;
    Statement m_statement;
};

// That no answer has come says little of a slow server: it has to count a commit that waits.
bool waits_in_commit(const Pending& write, ports::SemiSync& semi_sync)
{
    const auto is_counted = [&] {
        const auto status = semi_sync.status();
        return status && status->waiting_sessions > 0;
    };
    return comes_true(is_counted) && write.waits();
}

void make_table(TestServer& server)
{
    server.sql("CREATE DATABASE shop");
    server.sql("CREATE TABLE shop.t (a INT PRIMARY KEY) ENGINE=InnoDB");
}

std::string insert(int row)
{
    return text("INSERT INTO shop.t VALUES (", row, ")");
}

// One server with the source side on and nobody to acknowledge: every commit waits.
class LoneSourceTest : public testing::Test {
protected:
    TestServer one{1, with_semi_sync(durable())};
    std::unique_ptr<ports::Server> agent = login(one);
    ports::SemiSync& semi_sync = agent->semi_sync();

    void SetUp() override
    {
        make_table(one);
        const auto on = semi_sync.set_source_side(true);
        ASSERT_TRUE(on) << on.error().message;
    }
    bool has_row(int row) { return one.value(text("SELECT COUNT(*) FROM shop.t WHERE a = ", row)) == "1"; }
};

TEST_F(LoneSourceTest, ACommitWaitsIsCountedAndIsAcknowledgedWhenTheSideGoesOff)
{
    const auto before = semi_sync.status();
    ASSERT_TRUE(before) << before.error().message;
    EXPECT_TRUE(before->source.available && before->source.enabled && before->source.active);
    EXPECT_TRUE(before->after_sync && before->wait_no_replica);
    EXPECT_EQ(before->timeout, std::chrono::hours{24 * 3650});
    EXPECT_TRUE(before->holds());
    EXPECT_EQ(before->clients, 0U);
    EXPECT_EQ(semi_sync.waiting_commits()->sessions, 0U);

    Pending write{one, insert(1)};
    EXPECT_TRUE(waits_in_commit(write, semi_sync));
    EXPECT_EQ(semi_sync.status()->waiting_sessions, 1U);
    ASSERT_TRUE(comes_true([&] { return semi_sync.waiting_commits()->oldest >= seconds{1}; }));
    EXPECT_EQ(semi_sync.waiting_commits()->sessions, 1U);
    EXPECT_FALSE(has_row(1)) << "AFTER_SYNC: nobody sees it yet";

    ASSERT_TRUE(semi_sync.set_source_side(false));
    const auto lied = write.outcome();
    EXPECT_TRUE(lied) << lied.error().message;
    const auto after = semi_sync.status();
    EXPECT_FALSE(after->source.enabled || after->source.active || after->holds());
    EXPECT_EQ(after->waiting_sessions, 0U);
    EXPECT_EQ(after->acknowledged, before->acknowledged);
    EXPECT_TRUE(semi_sync.set_source_side(false)) << "twice";
}

// As behind a demotion that was undone: with semi_sync=strict no replica acknowledged anything, and writes went on (10.11.19).
TEST_F(LoneSourceTest, ASideThatHasGivenUpWaitsAgainWhenItIsTurnedOn)
{
    ASSERT_TRUE(semi_sync.defuse_source_side());
    one.sql(insert(1));
    const auto defused = semi_sync.status();
    ASSERT_TRUE(defused) << defused.error().message;
    EXPECT_TRUE(defused->source.enabled && !defused->source.active);
    const auto on = semi_sync.set_source_side(true);
    ASSERT_TRUE(on) << on.error().message;
    EXPECT_TRUE(semi_sync.status()->holds());
    const Pending write{one, insert(2)};
    EXPECT_TRUE(waits_in_commit(write, semi_sync));
    EXPECT_TRUE(semi_sync.set_source_side(false));
}

// Seen on 9.7.4: the statement holds the cache of accounts, where rights are looked up but those of a session with a role.
TEST_F(LoneSourceTest, AStatementAboutAccountsThatWaitsDoesNotHoldUpTheAgentsOwnAccount)
{
    ASSERT_TRUE(semi_sync.set_source_side(false));
    const ports::Account agents{.user = "agent", .password = base::Secret{"a"}};
    const ports::Account plain{.user = "plain", .password = base::Secret{"p"}};
    for (const auto& account : {agents, plain})
        ASSERT_TRUE(agent->create_replication_account(account));
    if (!mariadb())
        one.sql("SET DEFAULT ROLE NONE TO plain@'%'");
    const auto login_as = [&](const ports::Account& account) {
        auto opened = MysqlServers{one.socket()}.local({.account = account, .io_timeout = seconds{1}});
        EXPECT_TRUE(opened) << opened.error().message;
        return std::move(*opened);
    };
    auto with_role = login_as(agents);
    auto without = login_as(plain);
    EXPECT_EQ(with_role->semi_sync().is_held_up_by_accounts(), false);
    EXPECT_EQ(without->semi_sync().is_held_up_by_accounts(), !mariadb());
    EXPECT_EQ(semi_sync.is_held_up_by_accounts(), false) << "root has SUPER";
    ASSERT_TRUE(semi_sync.set_source_side(true));

    Pending create{one, "CREATE USER waits@localhost"};
    EXPECT_TRUE(waits_in_commit(create, semi_sync));
    for (const auto& account : {agents, TestServer::root()}) {
        const auto late = MysqlServers{one.socket()}.local({.account = account, .connect_timeout = seconds{1}});
        EXPECT_EQ(late.has_value(), mariadb()) << account.user;
    }
    if (!mariadb()) {
        EXPECT_FALSE(without->semi_sync().set_source_side(false));
        EXPECT_TRUE(create.waits());
    }
    EXPECT_TRUE(with_role->semi_sync().set_source_side(false));
    EXPECT_TRUE(create.outcome());
    EXPECT_NO_THROW(login(one));

    ASSERT_TRUE(semi_sync.set_source_side(true));
    Pending again{one, "CREATE USER waits_too@localhost"};
    EXPECT_TRUE(waits_in_commit(again, semi_sync));
    EXPECT_TRUE(semi_sync.set_source_side(false)) << "root has SUPER";
    EXPECT_TRUE(again.outcome());
}

// Why clients are shut out before anything else.
TEST_F(LoneSourceTest, AWriterThatCameBehindReadOnlyThatWaitsIsAcknowledgedByTheRelease)
{
    Pending before{one, insert(1)};
    ASSERT_TRUE(waits_in_commit(before, semi_sync));
    Pending close{one, text("SET GLOBAL ", mariadb() ? "" : "super_", "read_only = ON")};
    ASSERT_TRUE(close.waits());
    Pending behind{one, insert(2)};
    ASSERT_TRUE(behind.waits());
    ASSERT_TRUE(semi_sync.set_source_side(false));
    EXPECT_TRUE(before.outcome());
    EXPECT_TRUE(close.outcome());
    const auto outcome = behind.outcome();
    EXPECT_TRUE(outcome) << outcome.error().message;
    EXPECT_TRUE(has_row(2));
}

TEST_F(LoneSourceTest, KillQueryAcknowledgesOnMariadbAndDoesNothingOnMysql)
{
    Pending write{one, insert(1)};
    ASSERT_TRUE(waits_in_commit(write, semi_sync));
    one.sql(text("KILL QUERY ", write.id()));
    if (mariadb()) {
        const auto outcome = write.outcome();
        EXPECT_TRUE(outcome) << outcome.error().message;
    } else {
        EXPECT_TRUE(write.waits());
    }
}

TEST_F(LoneSourceTest, KillConnectionEndsTheClientButNotTheWaitOnMysql)
{
    Pending write{one, insert(1)};
    ASSERT_TRUE(waits_in_commit(write, semi_sync));
    one.sql(text("KILL CONNECTION ", write.id()));
    EXPECT_FALSE(write.outcome());
    if (mariadb()) {
        EXPECT_TRUE(comes_true([&] { return has_row(1); })) << "committed, though the client was told of an error";
        EXPECT_EQ(semi_sync.waiting_commits()->sessions, 0U);
    } else {
        std::this_thread::sleep_for(k_a_while);
        EXPECT_EQ(semi_sync.waiting_commits()->sessions, 1U);
        EXPECT_FALSE(has_row(1));
    }
}

// MariaDB: those that are queued behind the one that waits would be told success when that one is ended first.
TEST_F(LoneSourceTest, EndingTheSessionsTellsNobodyOfSuccess)
{
    std::vector<std::unique_ptr<Pending>> writes;
    for (int row = 1; row <= 8; ++row) {
        writes.push_back(std::make_unique<Pending>(one, insert(row)));
        ASSERT_TRUE(row > 1 || waits_in_commit(*writes.back(), semi_sync));
    }
    ASSERT_TRUE(writes.back()->waits());
    const auto ended = agent->gate().end_sessions();
    ASSERT_TRUE(ended) << ended.error().message;
    EXPECT_GE(*ended, 8U); // and the one of this test
    for (const auto& write : writes)
        EXPECT_FALSE(write->outcome());
}

// It holds the lock on the accounts. What asks for dynamic or schema rights blocks on open connections too; SHOW GLOBAL
// STATUS,
// @@global and, for an account with SUPER, SET GLOBAL do not. lock_wait_timeout does not bound this lock.
TEST_F(LoneSourceTest, AShutdownAcknowledgesOnMysql)
{
    Pending write{one, insert(1)};
    ASSERT_TRUE(waits_in_commit(write, semi_sync));
    one.sql("SHUTDOWN");
    const auto outcome = write.outcome();
    EXPECT_EQ(outcome.has_value(), !mariadb());
    if (!outcome) {
        EXPECT_EQ(outcome.error().code, 2013) << outcome.error().message;
    }
}

// Why a primary is closed with its clients shut out first: ending sessions alone does not help.
TEST_F(LoneSourceTest, WhoComesAfterTheSessionsWereEndedIsLiedToUnlessClientsAreShutOut)
{
    ASSERT_TRUE(semi_sync.set_source_side(false));
    one.sql("CREATE USER app@localhost IDENTIFIED BY 'app'");
    one.sql("GRANT ALL PRIVILEGES ON shop.* TO app@localhost");
    ASSERT_TRUE(semi_sync.set_source_side(true));
    const ports::Account app{.user = "app", .password = base::Secret{"app"}};

    Pending before{one, insert(1), app};
    ASSERT_TRUE(waits_in_commit(before, semi_sync));
    const auto shut = agent->gate().shut_out_clients(true);
    ASSERT_TRUE(shut) << shut.error().message;
    ASSERT_EQ(*shut, !mariadb());
    if (*shut) {
        EXPECT_FALSE(before.outcome()) << "an error, although the commit goes on waiting";
        EXPECT_FALSE(MysqlServers{one.socket()}.local({.account = app}));
        ASSERT_TRUE(agent->gate().end_sessions());
    } else {
        ASSERT_TRUE(agent->gate().end_sessions());
        EXPECT_FALSE(before.outcome());
        Pending after{one, insert(2), app};
        ASSERT_TRUE(waits_in_commit(after, semi_sync));
        ASSERT_TRUE(semi_sync.set_source_side(false));
        EXPECT_TRUE(after.outcome()) << "acknowledged, and nobody else has it";
    }
    ASSERT_TRUE(semi_sync.set_source_side(false));
    const auto closed = agent->gate().set_read_only(seconds{5});
    EXPECT_TRUE(closed) << closed.error().message;
    EXPECT_TRUE(has_row(1)) << "committed, its client was told of an error";
}

// What nobody acknowledged is committed by a crash all the same, except on MariaDB when it starts in the role of a replica.
TEST_F(LoneSourceTest, ACrashCommitsWhatWaitedUnlessMariadbStartsAsAReplica)
{
    {
        Pending write{one, insert(1)};
        ASSERT_TRUE(waits_in_commit(write, semi_sync));
        one.kill();
    }
    one.start(mariadb() ? std::vector<std::string>{"--rpl-semi-sync-slave-enabled=1"} : std::vector<std::string>{});
    EXPECT_TRUE(has_row(1));
    if (!mariadb())
        return;
    const auto reborn = login(one);
    ASSERT_TRUE(reborn->semi_sync().set_source_side(true));
    const std::string before = one.value("SELECT @@global.gtid_binlog_pos");
    {
        Pending write{one, insert(2)};
        ASSERT_TRUE(waits_in_commit(write, reborn->semi_sync()));
        EXPECT_NE(one.value("SELECT @@global.gtid_binlog_pos"), before);
        one.kill();
    }
    one.start({"--init-rpl-role=SLAVE", "--rpl-semi-sync-slave-enabled=1"});
    EXPECT_FALSE(has_row(2));
    EXPECT_EQ(one.value("SELECT @@global.gtid_binlog_pos"), before) << "its GTID is free again";
}

TEST(SemiSyncPluginsTest, MissingSidesAreLoadedUnderSuperReadOnlyAndLeaveNoGtid)
{
    TestServer server;
    auto agent = login(server);
    ports::SemiSync& semi_sync = agent->semi_sync();
    const auto none = semi_sync.status();
    ASSERT_TRUE(none) << none.error().message;
    EXPECT_EQ(none->source.available, mariadb());
    EXPECT_EQ(semi_sync.set_source_side(true).has_value(), mariadb());
    EXPECT_TRUE(semi_sync.set_source_side(false));
    EXPECT_TRUE(semi_sync.set_replica_side(false, soon()));
    ASSERT_TRUE(agent->gate().set_read_only(seconds{5}));
    for (int round = 0; round < 2; ++round) {
        const auto installed = semi_sync.install_sides();
        ASSERT_TRUE(installed) << installed.error().message;
    }
    const auto both = semi_sync.status();
    EXPECT_TRUE(both->source.available && both->replica.available);
    EXPECT_FALSE(both->source.enabled || both->replica.enabled);
    EXPECT_TRUE(agent->role()->closed());
    EXPECT_TRUE(core::is_empty(agent->observe()->executed));
    const auto two = semi_sync.set_source_side(true, 2);
    if (mariadb()) {
        EXPECT_EQ(two.error().kind, ErrorKind::conflict);
    } else {
        EXPECT_TRUE(two);
        EXPECT_EQ(semi_sync.status()->wait_for_replica_count, 2U);
    }
}

// A source that waits and a replica of it, asynchronous at first.
class SemiSyncPairTest : public testing::Test {
protected:
    TestServer one{1, with_semi_sync(durable())};
    TestServer two{2, with_semi_sync()};
    std::unique_ptr<ports::Server> source = login(one);
    std::unique_ptr<ports::Server> replica = login(two);

    void SetUp() override
    {
        make_table(one);
        follow(*replica);
        ASSERT_TRUE(source->semi_sync().set_source_side(true));
    }
    void follow(ports::Server& server)
    {
        ports::SourceLogin as_admin;
        as_admin.account = TestServer::admin();
        const auto mode = mariadb() ? core::ReplicationMode::mariadb_gtid : core::ReplicationMode::mysql_gtid;
        const core::Source at{.host = "127.0.0.1", .port = one.port(), .start = {}};
        ASSERT_TRUE(server.follow(at, as_admin, mode, soon()));
        ASSERT_TRUE(*server.wait_applied(source->observe()->executed, soon()));
    }
    void register_replica()
    {
        const auto on = replica->semi_sync().set_replica_side(true, soon());
        ASSERT_TRUE(on) << on.error().message;
        ASSERT_TRUE(comes_true([&] { return source->semi_sync().status()->clients == 1; }));
    }
    bool commits(int row)
    {
        const auto outcome = Pending{one, insert(row)}.outcome();
        EXPECT_TRUE(outcome) << outcome.error().message;
        return outcome.has_value();
    }
    std::optional<ports::SemiSyncClient> client()
    {
        const auto clients = source->semi_sync().clients();
        EXPECT_TRUE(clients) << clients.error().message;
        return clients && clients->size() == 1 ? std::optional{clients->front()} : std::nullopt;
    }
};

TEST_F(SemiSyncPairTest, AReplicaAcknowledgesFromTheRestartOfItsReceiverOnUntilTheNext)
{
    ASSERT_TRUE(client());
    EXPECT_EQ(client()->semi_sync, false);
    register_replica();
    const std::string dump = "SELECT ID FROM information_schema.PROCESSLIST WHERE COMMAND LIKE 'Binlog Dump%'";
    std::optional<ports::SemiSyncClient> registered;
    // The session from before the restart may be listed beside the new one for a moment.
    ASSERT_TRUE(comes_true([&] {
        registered = client();
        return registered && registered->semi_sync == true && registered->connection
            && text(*registered->connection) == one.value(dump);
    }));
    EXPECT_EQ(registered->server_id, 2U);
    EXPECT_EQ(registered->server_uuid, replica->observe()->server_uuid);
    EXPECT_TRUE(comes_true([&] { return replica->semi_sync().status()->replica.active; }));
    const auto before = source->semi_sync().status()->acknowledged;
    ASSERT_TRUE(commits(1));
    EXPECT_EQ(source->semi_sync().status()->acknowledged, before + 1);
    EXPECT_TRUE(replica->semi_sync().set_replica_side(true, soon())) << "twice, without a new connection";
    EXPECT_EQ(client()->connection, registered->connection);

    two.sql("SET GLOBAL " + variable("replica_enabled") + " = OFF");
    EXPECT_EQ(source->semi_sync().status()->clients, 1U) << "without a restart it stays registered";
    EXPECT_TRUE(replica->semi_sync().status()->replica.active);
    EXPECT_TRUE(commits(2));
    ASSERT_TRUE(replica->semi_sync().set_replica_side(false, soon()));
    EXPECT_TRUE(comes_true([&] { return source->semi_sync().status()->clients == 0; }));
    EXPECT_TRUE(comes_true([&] {
        const auto left = client();
        return left && left->semi_sync == false;
    }));
    Pending alone{one, insert(3)};
    EXPECT_TRUE(waits_in_commit(alone, source->semi_sync()));
}

// A replica has it by then: it must not look like a transaction of its own.
TEST_F(SemiSyncPairTest, WhatWaitsIsCommittingAndWhoHasItMayComeBack)
{
    register_replica();
    ASSERT_TRUE(commits(1));
    ASSERT_TRUE(replica->stop_receiver(soon()));
    two.sql("SET GLOBAL " + variable("replica_enabled") + " = OFF");
    ASSERT_TRUE(replica->start_replication(soon()));
    Pending write{one, insert(2)};
    ASSERT_TRUE(waits_in_commit(write, source->semi_sync()));
    ASSERT_TRUE(comes_true([&] { return two.value("SELECT COUNT(*) FROM shop.t") == "2"; }));
    const auto primary = source->observe();
    ASSERT_TRUE(primary);
    // MySQL counts a transaction a moment after its rows can be read.
    EXPECT_TRUE(comes_true([&] { return core::contains(primary->executed, replica->observe()->executed) == mariadb(); }));
    EXPECT_EQ(primary->committing.empty(), mariadb());
    EXPECT_TRUE(core::extra_transactions(*replica->observe(), *primary, true).empty());
    ASSERT_TRUE(replica->stop_receiver(soon()));
    ASSERT_TRUE(replica->semi_sync().set_replica_side(true, soon()));
    ASSERT_TRUE(replica->start_replication(soon()));
    // MySQL counts the connection that register_replica made for up to a second more.
    EXPECT_TRUE(comes_true([&] {
        const auto back = client();
        return back && back->semi_sync == true && source->semi_sync().status()->clients == 1;
    })) << "the source lets it in";
    EXPECT_TRUE(write.waits()) << "its acknowledgement is not sent again";
    ASSERT_TRUE(source->semi_sync().set_source_side(false));
    EXPECT_TRUE(write.outcome());
}

// Printed with nothing between two servers.
TEST_F(SemiSyncPairTest, WhatTwoServersCommitIsRead)
{
    if (mariadb()) { // does not tell, and need not
        EXPECT_TRUE(source->observe()->committing.empty());
        return;
    }
    const std::string first = "4e11fa47-71ca-11e1-9e33-c80aa9429562", second = "9e11fa47-71ca-11e1-9e33-c80aa9429562";
    const auto one_session = one.session(TestServer::root()), other_session = one.session(TestServer::root());
    ASSERT_TRUE(one_session->run(text("SET gtid_next = '", first, ":5'")));
    ASSERT_TRUE(other_session->run(text("SET gtid_next = '", second, ":7'")));
    EXPECT_EQ(source->observe()->committing.to_string(), text(first, ":5,", second, ":7"));
    ASSERT_TRUE(one_session->run("ROLLBACK"));
    ASSERT_TRUE(one_session->run(text("SET gtid_next = '", second, ":tag:3'")));
    EXPECT_EQ(source->observe()->committing.to_string(), text(second, ":7:tag:3"));
}

// The watcher of a primary restarts the receiver from afar. What it has begun must not start it behind a promise.
TEST_F(SemiSyncPairTest, StoppingTheReceiverEndsARestartFromAfar)
{
    Pending restart{two, "SELECT GET_LOCK('mysql_prm.receiver', 0), SLEEP(60)", TestServer::admin()};
    ASSERT_TRUE(restart.waits());
    const auto told = replica->semi_sync().set_replica_side(true, soon());
    ASSERT_FALSE(told);
    EXPECT_EQ(told.error().kind, ErrorKind::conflict) << told.error().message;
    EXPECT_EQ(replica->observe()->role.replica->receiver, core::ReceiverState::running);
    const auto stopped = replica->stop_receiver(soon());
    ASSERT_TRUE(stopped) << stopped.error().message;
    EXPECT_EQ(replica->observe()->role.replica->receiver, core::ReceiverState::stopped);
    EXPECT_FALSE(restart.outcome());
    EXPECT_TRUE(login(two)->semi_sync().set_replica_side(true, soon()));
    EXPECT_EQ(replica->observe()->role.replica->receiver, core::ReceiverState::stopped);
}

// Stands for every acknowledgement that is lost with its connection: the transaction is there and is not sent again.
TEST_F(SemiSyncPairTest, ATransactionReceivedBeforeTheConnectionIsAcknowledgedOnlyWithTheNextWrite)
{
    Pending first{one, insert(1)};
    ASSERT_TRUE(waits_in_commit(first, source->semi_sync()));
    ASSERT_TRUE(comes_true([&] { return two.value("SELECT COUNT(*) FROM shop.t") == "1"; }));
    register_replica();
    EXPECT_TRUE(first.waits()) << "one client is connected";
    ASSERT_TRUE(commits(2));
    EXPECT_TRUE(first.outcome());
}

TEST_F(SemiSyncPairTest, WithoutWaitNoReplicaTheSourceFallsBackAtOnceWhenItsLastClientLeaves)
{
    register_replica();
    one.sql("SET GLOBAL " + variable("source_wait_no_replica") + " = OFF");
    EXPECT_FALSE(source->semi_sync().status()->holds());
    ASSERT_TRUE(commits(1));
    ASSERT_TRUE(replica->stop_receiver(soon()));
    ASSERT_TRUE(source->semi_sync().cut_client(2, soon()));
    ASSERT_TRUE(comes_true([&] { return source->semi_sync().status()->clients == 0; }));
    EXPECT_TRUE(commits(2)) << "whatever the timeout";
    EXPECT_EQ(source->semi_sync().status()->source.active, mariadb()) << "MariaDB does not call it fallen back";
    EXPECT_GT(source->semi_sync().status()->unacknowledged, 0U);
}

TEST_F(SemiSyncPairTest, AReplicaThatWasCutOffDoesNotAcknowledgeAnyMore)
{
    register_replica();
    ASSERT_TRUE(commits(1));
    two.suspend();
    Pending write{one, insert(2)};
    ASSERT_TRUE(waits_in_commit(write, source->semi_sync()));
    const auto cut = source->semi_sync().cut_client(2, soon());
    ASSERT_TRUE(cut) << cut.error().message;
    EXPECT_TRUE(source->semi_sync().clients()->empty());
    EXPECT_EQ(source->semi_sync().status()->clients, 0U);
    EXPECT_TRUE(source->semi_sync().cut_client(2, soon())) << "nothing is left to cut";
    two.resume();
    EXPECT_TRUE(write.waits()) << "what it held in its hands came too late";
}

TEST_F(SemiSyncPairTest, CuttingOneReplicaOffLeavesTheOthersOrHasThemBackAtOnce)
{
    TestServer three{3, with_semi_sync()};
    const auto other = login(three);
    follow(*other);
    register_replica();
    ASSERT_EQ(source->semi_sync().clients()->size(), 2U);
    two.suspend();
    const auto cut = source->semi_sync().cut_client(2, soon());
    ASSERT_TRUE(cut) << cut.error().message;
    EXPECT_TRUE(comes_true([&] {
        const auto left = client();
        return left && left->server_id == 3;
    }));
    two.resume();
}

// Why the new primary jumps ahead in its GTID sequence.
TEST_F(SemiSyncPairTest, ATruncatedGtidOfMariadbIsUsedAgainAndReplicationGoesOnWithDifferentRows)
{
    if (!mariadb())
        return; // MySQL commits what waited
    {
        Pending lost{one, insert(1)};
        ASSERT_TRUE(comes_true([&] { return two.value("SELECT COUNT(*) FROM shop.t") == "1"; }));
        ASSERT_TRUE(waits_in_commit(lost, source->semi_sync()));
        one.kill();
    }
    one.start({"--init-rpl-role=SLAVE", "--rpl-semi-sync-slave-enabled=1"});
    ASSERT_EQ(one.value("SELECT COUNT(*) FROM shop.t"), "0");
    ASSERT_TRUE(commits(2));
    EXPECT_EQ(one.value("SELECT @@global.gtid_binlog_pos"), two.value("SELECT @@global.gtid_binlog_pos")) << "other rows";
    ASSERT_TRUE(commits(3));
    EXPECT_TRUE(comes_true([&] { return two.value("SELECT GROUP_CONCAT(a ORDER BY a) FROM shop.t") == "1,3"; }));
    EXPECT_EQ(one.value("SELECT GROUP_CONCAT(a ORDER BY a) FROM shop.t"), "2,3");
    EXPECT_EQ(replica->role()->replica->applier_errno, 0);
}

TEST_F(SemiSyncPairTest, AReplicaWithTheSourceSideOnHangsItsOwnApplierOnMysql)
{
    ASSERT_TRUE(replica->semi_sync().set_source_side(true));
    ASSERT_TRUE(source->semi_sync().set_source_side(false));
    ASSERT_TRUE(commits(1));
    const auto executed = source->observe()->executed;
    const auto deadline = mariadb() ? soon() : Deadline::after(Millis{1500});
    EXPECT_EQ(*replica->wait_applied(executed, deadline), mariadb());
    ASSERT_TRUE(replica->semi_sync().set_source_side(false));
    EXPECT_TRUE(*replica->wait_applied(executed, soon()));
}

TEST_F(SemiSyncPairTest, ADefusedSourceSideHangsNoApplierAndIsAnInstantAffair)
{
    auto fastest = Millis::max();
    for (int turn = 0; turn < 5; ++turn) {
        ASSERT_TRUE(replica->semi_sync().set_source_side(true));
        base::Since begun;
        begun.now();
        ASSERT_TRUE(replica->semi_sync().defuse_source_side());
        fastest = std::min(fastest, begun.elapsed());
    }
    EXPECT_LT(fastest, Millis{250});
    EXPECT_TRUE(replica->semi_sync().status()->source.enabled) << "turning it off takes up to a second";
    ASSERT_TRUE(source->semi_sync().set_source_side(false));
    ASSERT_TRUE(commits(1));
    EXPECT_TRUE(*replica->wait_applied(source->observe()->executed, soon()));
    EXPECT_FALSE(replica->semi_sync().status()->holds());
    ASSERT_TRUE(replica->semi_sync().set_source_side(true)); // promoted again
    const auto again = replica->semi_sync().status();
    EXPECT_TRUE(again->source.enabled); // its status is on again once a replica has caught up
    EXPECT_GT(again->timeout, std::chrono::hours{24 * 365});
}

TEST_F(LoneSourceTest, TheHeartbeatTableIsMadeOnAServerThatIsReadOnly)
{
    ASSERT_TRUE(agent->gate().set_read_only(std::chrono::seconds{5}));
    ASSERT_TRUE(agent->semi_sync().set_source_side(false));
    const auto made = agent->semi_sync().make_heartbeat_table(soon());
    EXPECT_TRUE(made) << made.error().message;
    EXPECT_EQ(one.value("SELECT COUNT(*) FROM mysql_prm.heartbeat"), "0");
    EXPECT_TRUE(agent->role()->closed());
    EXPECT_TRUE(agent->semi_sync().make_heartbeat_table(soon())); // it is there
}

TEST_F(SemiSyncPairTest, AHeartbeatMakesItsTableAndFreesWhatWaitsForALostAcknowledgement)
{
    register_replica();
    ASSERT_TRUE(source->semi_sync().commit_heartbeat(soon()));
    EXPECT_EQ(one.value("SELECT COUNT(*) FROM mysql_prm.heartbeat WHERE server_id = 1"), "1");
    ASSERT_TRUE(source->semi_sync().commit_heartbeat(soon()));
    EXPECT_EQ(one.value("SELECT COUNT(*) FROM mysql_prm.heartbeat"), "1");
    ASSERT_TRUE(replica->stop_receiver(soon()));
    Pending lonely{one, insert(1)};
    EXPECT_TRUE(waits_in_commit(lonely, source->semi_sync()));
    const auto beat = source->semi_sync().commit_heartbeat(Deadline::after(Millis{500}));
    EXPECT_EQ(beat.error().kind, ErrorKind::timed_out); // it waits like any commit
    ASSERT_TRUE(replica->start_replication(soon()));
    EXPECT_TRUE(lonely.outcome());
}

TEST_F(SemiSyncPairTest, AReplicaTellsTheAgeOfTheHeartbeatThatItHasApplied)
{
    register_replica();
    const auto none = replica->heartbeat(1);
    ASSERT_TRUE(none) << none.error().message;
    EXPECT_FALSE(*none);
    ASSERT_TRUE(source->semi_sync().commit_heartbeat(soon()));
    core::Beat first;
    ASSERT_TRUE(comes_true([&] {
        const auto beat = replica->heartbeat(1);
        if (beat && *beat)
            first = **beat;
        return beat && *beat;
    }));
    EXPECT_LT(first.age, Millis{5000});
    std::this_thread::sleep_for(std::chrono::seconds{2});
    const auto later = replica->heartbeat(1);
    ASSERT_TRUE(later && *later);
    EXPECT_EQ((*later)->written, first.written);
    EXPECT_GE((*later)->age, first.age + Millis{1900});
    EXPECT_LT((*later)->age, first.age + Millis{5000});
    ASSERT_TRUE(source->semi_sync().commit_heartbeat(soon()));
    EXPECT_TRUE(comes_true([&] {
        const auto beat = replica->heartbeat(1);
        return beat && *beat && (*beat)->written != first.written;
    }));
}

// What the watcher takes for "has received everything": the place in the log counts what still waits. MySQL's GTID set does
// not.
TEST_F(SemiSyncPairTest, TheEndOfTheLogCountsCommitsThatWait)
{
    const auto executed = source->observe()->executed;
    const auto before = source->binary_log().end();
    ASSERT_TRUE(before) << before.error().message;
    Pending waiting{one, insert(1)};
    ASSERT_TRUE(waits_in_commit(waiting, source->semi_sync()));
    const auto meanwhile = source->binary_log().end();
    EXPECT_EQ(core::relation(core::Position{*meanwhile}, core::Position{*before}), gtid::Relation::superset);
    EXPECT_EQ(source->observe()->executed != executed, mariadb());
    EXPECT_TRUE(comes_true([&] {
        const auto status = replica->observe();
        return core::contains(core::Position{status->role.replica->received_file}, core::Position{*meanwhile});
    }));
    register_replica();
    ASSERT_TRUE(source->semi_sync().commit_heartbeat(soon()));
    EXPECT_TRUE(waiting.outcome());
}

// On MariaDB the second group that waits holds the lock of the log: what the watcher and a joining replica ask then must not
// need it, and no heartbeat gets through.
TEST_F(SemiSyncPairTest, ManyCommitsThatWaitBlockNothingThatTheAgentAsksFor)
{
    std::vector<std::unique_ptr<Pending>> waiting;
    for (int row = 1; row <= 8; ++row) {
        waiting.push_back(std::make_unique<Pending>(one, insert(row)));
        EXPECT_TRUE(row > 1 ? waiting.back()->waits() : waits_in_commit(*waiting.back(), source->semi_sync()));
    }
    const auto end_of_log = mariadb() ? "SHOW MASTER STATUS" : "SHOW BINARY LOG STATUS";
    const auto patience = mariadb() ? Millis{700} : Millis{5000}; // MySQL answers
    EXPECT_EQ(one.session()->query(end_of_log, Deadline::after(patience)).has_value(), !mariadb());
    const auto begun = Deadline::after(Millis{0}).time();
    const auto end = source->binary_log().end();
    ASSERT_TRUE(end) << end.error().message;
    EXPECT_TRUE(source->observe());
    EXPECT_TRUE(source->semi_sync().status());
    EXPECT_TRUE(source->semi_sync().clients());
    EXPECT_TRUE(source->gate().proof());
    EXPECT_LT(Deadline::after(Millis{0}).time() - begun, seconds{5}); // what blocks does so for the io timeout, 10 s
    // A replica that connects anew, as one does that comes back to a primary that waits for it.
    register_replica();
    if (!mariadb()) {
        EXPECT_TRUE(source->semi_sync().commit_heartbeat(soon()));
    } else {
        EXPECT_FALSE(source->semi_sync().commit_heartbeat(Deadline::after(Millis{700})));
        const auto free_all = [&] {
            auto session = login(one);
            const auto statements = session->semi_sync().waiting_statements();
            EXPECT_TRUE(statements && session->semi_sync().acknowledge(*statements));
            return statements && statements->empty() && session->semi_sync().status()->waiting_sessions == 0;
        };
        EXPECT_TRUE(comes_true(free_all));
    }
    for (const auto& one_of_them : waiting)
        EXPECT_TRUE(one_of_them->outcome());
}

TEST_F(SemiSyncPairTest, EachStartOfAServerIsToldFromTheOneBefore)
{
    const auto started = replica->observe()->started;
    EXPECT_GT(started, 0);
    std::this_thread::sleep_for(seconds{2});
    EXPECT_EQ(replica->observe()->started, started);
    EXPECT_EQ(login(two)->observe()->started, started);
    two.kill();
    two.start();
    EXPECT_GT(login(two)->observe()->started, started);
}

} // namespace
} // namespace mysql_prm
