#include "fakes.hpp"

#include "mysql_prm/ocf/validation.hpp"

#include <gtest/gtest.h>

namespace mysql_prm {
namespace {

using base::Error;
using base::ErrorKind;
using base::Millis;
using ocf::ExitCode;
using test::Door;
using test::Trio;
using Lines = std::vector<std::string>;

ExitCode exit_code(const ocf::Result<ExitCode>& result)
{
    return result ? *result : ocf::exit_code_for(result.error().kind, ocf::Action::start, false);
}

// db1 is the primary, db2 is stopped.
struct StartTest : testing::Test {
    StartTest()
    {
        trio.replicate_from_db1();
        EXPECT_TRUE(db2.stop().has_value());
        db2.cluster.writes.clear();
        db2.mysqld.done.clear();
        db2.server().done.clear();
    }
    void expect_refused(const std::string& because)
    {
        const auto result = db2.start();
        ASSERT_FALSE(result.has_value());
        EXPECT_NE(result.error().message.find(because), std::string::npos) << result.error().message;
        EXPECT_FALSE(db2.server().process);
        EXPECT_EQ(db2.mysqld.done, (Lines{"launch replica", "stop"}));
    }
    Trio trio;
    test::Node &db1 = trio.db1, &db2 = trio.db2, &db3 = trio.db3;
};

TEST_F(StartTest, LaunchesReadOnlyAndFollowsTheRecordedPrimary)
{
    EXPECT_EQ(db2.start(), ExitCode::ok);
    EXPECT_EQ(db2.mysqld.done, Lines{"launch replica"});
    EXPECT_FALSE(db2.server().writable());
    EXPECT_EQ(db2.server().replica().source_host, "db1");
    EXPECT_EQ(db2.server().replica().receiver, core::ReceiverState::running);
    EXPECT_EQ(db2.score(), core::k_score_replica);
}

TEST_F(StartTest, StartedTwiceItLaunchesOnceAndWritesNothingTheSecondTime)
{
    ASSERT_TRUE(db2.start().has_value());
    db2.cluster.writes.clear();
    db2.server().done.clear();
    EXPECT_EQ(db2.start(), ExitCode::ok);
    EXPECT_EQ(db2.mysqld.done, Lines{"launch replica"});
    EXPECT_EQ(db2.cluster.writes, Lines{});
    EXPECT_EQ(db2.server().done, Lines{});
}

TEST_F(StartTest, RefusesAServerIdThatAnotherReplicaHas)
{
    ASSERT_TRUE(db3.start().has_value());
    db2.server().status.role.server_id = 3;
    const auto started = db2.start();
    ASSERT_FALSE(started.has_value());
    EXPECT_EQ(started.error().kind, ErrorKind::not_installed);
    EXPECT_EQ(started.error().message, "two servers with server_id 3: this one and the one on db3");
    EXPECT_EQ(db2.cluster.writes, Lines{});
    EXPECT_FALSE(db2.server().process);

    ASSERT_TRUE(db3.stop().has_value());
    EXPECT_TRUE(db2.start().has_value());
}

TEST_F(StartTest, GivesAServerIdBackThatAnotherReplicaTookAtTheSameTime)
{
    trio.world.cib.ballot_delay = 3;
    db2.clock.meanwhile = [&](Millis) { trio.world.cib.ballots[{"db3", "mysql_server_id"}] = "2"; };
    const auto started = db2.start();
    ASSERT_FALSE(started.has_value());
    EXPECT_EQ(started.error().kind, ErrorKind::not_installed);
    EXPECT_EQ(db2.cluster.writes, (Lines{"private mysql_server_id=2", "private mysql_server_id"}));
}

TEST_F(StartTest, WaitsUntilTheServerServes)
{
    db2.server().door = Door::starting;
    db2.server().opens_after = 5;
    EXPECT_EQ(db2.start(), ExitCode::ok);
}

TEST_F(StartTest, TheFirstNodeOfANewClusterComesUpReadOnlyWithAScore)
{
    trio.world.cib.properties.clear();
    EXPECT_EQ(db2.start(), ExitCode::ok);
    EXPECT_FALSE(db2.server().writable());
    EXPECT_GT(db2.score(), 0);
}

TEST_F(StartTest, TheRecordedPrimaryComesBackReadOnlyAndIsPreferred)
{
    ASSERT_TRUE(db1.stop().has_value());
    EXPECT_EQ(db1.start(), ExitCode::ok);
    EXPECT_FALSE(db1.server().writable());
    EXPECT_EQ(db1.score(), core::k_score_last_primary);
}

TEST_F(StartTest, AQuarantineOutlivesAReboot)
{
    db2.server().process = false;
    db1.server().process = false; // nobody is there to compare with
    auto state = db2.remembered();
    state.quarantine = "holds transactions that the primary on db1 lacks";
    db2.remember(state);
    db2.files.content.erase(db2.settings.run_state_path);
    ASSERT_TRUE(db2.start().has_value());
    EXPECT_EQ(db2.score(), core::k_score_never);
    ASSERT_TRUE(db2.notify(test::promotion("pre", "db3", {"db2", "db3"})).has_value());
    EXPECT_FALSE(db2.ballot()->counts);
}

TEST_F(StartTest, AMariadbServerThatCrashedAsPrimaryRunsNoEvents)
{
    db2.server().process = false;
    db2.server().status.role.version.flavor = core::Flavor::mariadb;
    db2.server().events = {"`shop`.`purge`"};
    trio.world.cib.properties["mysql_EVENTS"] = "`shop`.`purge`,`shop`.`report`";
    static_cast<void>(db2.start());
    EXPECT_TRUE(db2.server().events.empty());
    EXPECT_EQ(trio.world.cib.properties["mysql_EVENTS"], "`shop`.`purge`,`shop`.`report`");
}

TEST_F(StartTest, SwitchesTheStrictModeOfAMariadbServerOn)
{
    trio.world.cib.properties.clear();
    db2.server().status = test::mariadb_server(2, "0-2-5", "0-2-5");
    db2.server().status.gtid_strict = false;
    EXPECT_EQ(db2.start(), ExitCode::ok);
    EXPECT_TRUE(db2.server().status.gtid_strict);
    EXPECT_EQ(db2.server().done, Lines{"insist on order"});
}

TEST_F(StartTest, RefusesAMariadbServerWhoseStrictModeStaysOff)
{
    db2.server().status = test::mariadb_server(2, "0-2-5", "0-2-5");
    db2.server().status.gtid_strict = false;
    db2.server().may_skip_numbers = false;
    expect_refused("gtid_strict_mode");
}

TEST_F(StartTest, TellsInOneLineWhichSettingsMayLoseACommit)
{
    db2.server().process = true;
    const auto said = [&] {
        return db2.run([](const auto& context) {
            const auto server = context.ports.servers.local({});
            return ocf::server_warnings(**server);
        });
    };
    EXPECT_EQ(said(), Lines{});
    db2.server().settings_that_lose = {"sync_binlog = 0", "sync_relay_log = 10000"};
    EXPECT_EQ(said(), Lines{"what is committed or acknowledged may not be on disk: sync_binlog = 0, sync_relay_log = 10000"});
    db2.server().settings_that_lose.clear();
    db2.server().filters = {"binlog_do_db = app", "replicate_do_db = app"};
    EXPECT_EQ(said(), Lines{"a failover loses what these filters leave out: binlog_do_db = app, replicate_do_db = app"});
    db2.server().door = Door::frozen;
    EXPECT_EQ(said(), Lines{});
}

TEST_F(StartTest, ANodeWithTransactionsThatThePrimaryLacksIsKeptOut)
{
    test::commit(db2.server(), 99);
    EXPECT_EQ(db2.start(), ExitCode::ok);
    EXPECT_EQ(db2.score(), core::k_score_never);
    EXPECT_NE(db2.attribute("mysql_kept_out"), "");
    EXPECT_EQ(db2.server().done, Lines{});
}

TEST_F(StartTest, ClosesAWritableServerThatItFindsRunning)
{
    auto& server = db2.server();
    server.process = true;
    server.status.role.read_only = server.status.role.super_read_only = false;
    EXPECT_EQ(db2.start(), ExitCode::ok);
    EXPECT_TRUE(server.status.role.super_read_only);
    EXPECT_EQ(server.replica().source_host, "db1");
    EXPECT_EQ(db2.mysqld.done, Lines{});
}

TEST_F(StartTest, ClosesAHalfOpenServerThatItFindsRunning)
{
    auto& server = db2.server();
    server.process = true;
    server.status.role.super_read_only = false; // read_only alone lets privileged accounts write
    EXPECT_EQ(db2.start(), ExitCode::ok);
    EXPECT_TRUE(server.status.role.super_read_only);
}

TEST_F(StartTest, RefusesAServerWithoutBinaryLog)
{
    db2.server().status.log_bin = false;
    expect_refused("log_bin");
}

TEST_F(StartTest, RefusesAServerThatDoesNotLogWhatItReplicates)
{
    db2.server().status.log_replica_updates = false;
    expect_refused("log_replica_updates");
}

TEST_F(StartTest, RefusesAServerWithoutServerId)
{
    db2.server().status.role.server_id = 0;
    expect_refused("server_id");
}

TEST_F(StartTest, RefusesAnAccountThatLacksPrivilegesAndNamesThem)
{
    db2.server().missing_privileges = {"REPLICATION SLAVE", "CONNECTION_ADMIN"};
    expect_refused("REPLICATION SLAVE, CONNECTION_ADMIN");
}

TEST_F(StartTest, NamesAsManyMissingPrivilegesAsAnExitReasonHolds)
{
    db2.server().missing_privileges = {"REPLICATION SLAVE ADMIN", "CONNECTION ADMIN", "READ_ONLY ADMIN", "PROCESS", "RELOAD",
        "BINLOG REPLAY", "SELECT on mysql.*", "SLAVE MONITOR"};
    const auto result = db2.start();
    ASSERT_FALSE(result.has_value());
    EXPECT_LE(result.error().message.size(), 128U);
    EXPECT_NE(result.error().message.find("RELOAD, BINLOG REPLAY and more"), std::string::npos) << result.error().message;
}

TEST_F(StartTest, RefusesTheServerIdOfThePrimary)
{
    db2.server().status.role.server_id = 1;
    expect_refused("server_id 1");
}

TEST_F(StartTest, RefusesATestUserThatCannotLogIn)
{
    db2.settings.test_is_set = true;
    db2.server().denied = {"tester"};
    expect_refused("test_user");
}

TEST_F(StartTest, SaysWhyAServerExitedWhileStarting)
{
    db2.mysqld.exits_at_once = 1;
    const auto result = db2.start();
    ASSERT_FALSE(result.has_value());
    EXPECT_NE(result.error().message.find("out of memory"), std::string::npos);
    EXPECT_EQ(std::ranges::count(db2.mysqld.done, "launch replica"), 1);
}

TEST_F(StartTest, LaunchesAServerOnceMoreThatExitedWithoutAWord)
{
    db2.mysqld.exits_at_once = 1;
    db2.mysqld.says.clear();
    EXPECT_EQ(db2.start(), ExitCode::ok);
    db2.mysqld.exits_at_once = 2;
    db2.server().process = false;
    const auto result = db2.start();
    ASSERT_FALSE(result.has_value());
    EXPECT_NE(result.error().message.find("its log has no error"), std::string::npos) << result.error().message;
}

TEST_F(StartTest, AServerThatDoesNotServeInTimeIsEnded)
{
    db2.server().door = Door::starting;
    db2.server().opens_after = 1'000'000;
    db2.budget = Millis{1005};
    EXPECT_EQ(db2.start().error().kind, ErrorKind::timed_out);
    EXPECT_FALSE(db2.server().process);
}

TEST_F(StartTest, LaunchesNothingOnANodeThatIsUnfit)
{
    db2.mysqld.unfit = Error{ErrorKind::not_installed, "no mysqld", 0};
    EXPECT_EQ(exit_code(db2.start()), ExitCode::not_installed);
    EXPECT_EQ(db2.mysqld.done, Lines{});
}

TEST_F(StartTest, ADamagedRecordDoesNotStopTheWholeClone)
{
    trio.world.cib.properties["mysql_REPL_INFO"] = "junk";
    EXPECT_NE(exit_code(db2.start()), ExitCode::not_configured);
}

TEST_F(StartTest, LeavesAnAbsentPrimaryToTheMonitor)
{
    db1.server().process = false;
    EXPECT_EQ(db2.start(), ExitCode::ok);
    db1.server().process = true;
    EXPECT_EQ(db2.monitor(), ExitCode::ok);
    EXPECT_EQ(db2.server().replica().receiver, core::ReceiverState::running);
}

TEST_F(StartTest, APromiseFromBeforeTheRestartHolds)
{
    ASSERT_TRUE(db2.start().has_value());
    ASSERT_TRUE(db2.notify(test::promotion("pre", "db3", {"db2", "db3"})).has_value());
    ASSERT_TRUE(db2.stop().has_value());
    db2.server().done.clear();
    EXPECT_EQ(db2.start(), ExitCode::ok);
    EXPECT_EQ(db2.server().done, Lines{});
    EXPECT_EQ(db2.server().replica().receiver, core::ReceiverState::stopped);
}

TEST_F(StartTest, MakesADataDirectoryAndTheAccountBeforeAnythingElse)
{
    db2.settings.enable_creation = true;
    db2.mysqld.empty_datadir = true;
    db2.files.content[db2.settings.creation_marker] = "";
    db2.server().denied = {"repl"};
    EXPECT_EQ(db2.start(), ExitCode::ok);
    EXPECT_EQ(db2.mysqld.done, (Lines{"create", "launch replica"}));
    EXPECT_TRUE(db2.server().accounts.contains("repl"));
    EXPECT_FALSE(db2.files.content.contains(db2.settings.creation_marker));
}

TEST_F(StartTest, WorksWithoutACluster)
{
    db2.cluster.absent = true;
    EXPECT_EQ(db2.start(), ExitCode::ok);
    EXPECT_FALSE(db2.server().writable());
}

TEST_F(StartTest, APlainPrimitiveIsStartedWritableAndAsksNoCluster)
{
    db2.settings.promotable = false;
    db2.cluster.calls = 0;
    EXPECT_EQ(db2.start(), ExitCode::ok);
    EXPECT_TRUE(db2.server().writable());
    EXPECT_EQ(db2.cluster.calls, 0);
}

TEST_F(StartTest, APlainPrimitiveWhoseAccountsAreDeniedIsStartedAsItsMonitorSees)
{
    db2.settings.promotable = false;
    db2.server().denied = {"repl", "tester"};
    EXPECT_EQ(db2.start(), ExitCode::ok);
    EXPECT_EQ(db2.monitor(), ExitCode::ok);
}

} // namespace
} // namespace mysql_prm
