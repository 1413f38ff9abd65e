// Semi-synchronous replication from rows as the servers print them.
#include "mysql_prm/adapters/server/dialect.hpp"
#include "mysql_prm/adapters/server/semi_sync_answers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mysql_prm::adapters::server {
namespace {

using testing::HasSubstr;
using testing::Not;

Rows table(std::vector<std::string> columns, std::vector<std::vector<std::optional<std::string>>> values)
{
    return {.columns = std::move(columns), .values = std::move(values)};
}

Rows pairs(std::vector<std::vector<std::optional<std::string>>> values)
{
    return table({"Variable_name", "Value"}, std::move(values));
}

const Rows k_mysql_status = pairs({{"Rpl_semi_sync_replica_status", "OFF"}, {"Rpl_semi_sync_source_clients", "1"},
    {"Rpl_semi_sync_source_no_tx", "4"}, {"Rpl_semi_sync_source_status", "ON"}, {"Rpl_semi_sync_source_wait_sessions", "3"},
    {"Rpl_semi_sync_source_yes_tx", "12"}});
const Rows k_mariadb_status = pairs({{"Rpl_semi_sync_master_status", "ON"}, {"Rpl_semi_sync_slave_status", "ON"}});
const SemiSyncWords k_mysql = semi_sync_words(k_mysql_status, core::Flavor::mysql);
const SemiSyncWords k_mariadb = semi_sync_words(k_mariadb_status, core::Flavor::mariadb);

TEST(ServerSemiSyncTest, BothSpellingsAreRead)
{
    const Rows set = table({"replica_enabled", "source_enabled", "source_timeout", "source_wait_point",
                               "source_wait_no_replica", "source_wait_for_replica_count"},
        {{"0", "1", "18446744073709551615", "AFTER_SYNC", "1", "2"}});
    const auto mysql = parse_semi_sync(k_mysql, set, k_mysql_status);
    EXPECT_TRUE(mysql.source.available && mysql.source.enabled && mysql.source.active);
    EXPECT_TRUE(mysql.replica.available && !mysql.replica.enabled && !mysql.replica.active);
    EXPECT_EQ(mysql.clients, 1U);
    EXPECT_EQ(mysql.waiting_sessions, 3U);
    EXPECT_EQ(mysql.acknowledged, 12U);
    EXPECT_EQ(mysql.unacknowledged, 4U);
    EXPECT_EQ(mysql.wait_for_replica_count, 2U);
    EXPECT_TRUE(mysql.holds());

    const Rows defaults
        = table({"replica_enabled", "source_enabled", "source_timeout", "source_wait_point", "source_wait_no_replica"},
            {{"1", "1", "10000", "AFTER_COMMIT", "1"}});
    const auto mariadb = parse_semi_sync(k_mariadb, defaults, k_mariadb_status);
    EXPECT_TRUE(mariadb.source.active && mariadb.replica.enabled && mariadb.replica.active && mariadb.wait_no_replica);
    EXPECT_EQ(mariadb.timeout, base::Millis{10'000});
    EXPECT_EQ(mariadb.wait_for_replica_count, 1U);
    EXPECT_FALSE(mariadb.holds()) << "after ten seconds, and after the commit is visible";

    const auto none = parse_semi_sync({}, {}, {});
    EXPECT_FALSE(none.source.available || none.replica.available || none.holds());
}

TEST(ServerSemiSyncTest, StatementsFollowThePluginThatIsLoaded)
{
    EXPECT_EQ(source_side_on(k_mysql, 2),
        "SET GLOBAL rpl_semi_sync_source_timeout = 315360000000, GLOBAL rpl_semi_sync_source_wait_point = 'AFTER_SYNC', "
        "GLOBAL rpl_semi_sync_source_wait_no_replica = ON, GLOBAL rpl_semi_sync_source_wait_for_replica_count = 2, "
        "GLOBAL rpl_semi_sync_source_enabled = ON");
    EXPECT_THAT(source_side_on(k_mariadb, 1), HasSubstr("GLOBAL rpl_semi_sync_master_wait_no_slave = ON"));
    EXPECT_THAT(source_side_on(k_mariadb, 1), Not(HasSubstr("count")));
    EXPECT_THAT(variables_query(k_mariadb), HasSubstr("@@global.rpl_semi_sync_slave_enabled AS replica_enabled"));
    EXPECT_THAT(
        variables_query(k_mysql), HasSubstr("@@global.rpl_semi_sync_source_wait_no_replica AS source_wait_no_replica"));
    EXPECT_EQ(variables_query(semi_sync_words({}, core::Flavor::mysql)), "");
}

TEST(ServerSemiSyncTest, PluginsChangedTheirNames)
{
    const auto plugins = [](const char* version) {
        const auto parsed = parse_version(version).value();
        return parsed.flavor == core::Flavor::mariadb ? make_mariadb_dialect(parsed, {}, false)->semi_sync_plugins()
                                                      : make_mysql_dialect(parsed, {})->semi_sync_plugins();
    };
    EXPECT_EQ(plugins("8.0.25")->source_file, "semisync_master.so");
    EXPECT_EQ(plugins("8.0.26")->replica_name, "rpl_semi_sync_replica");
    EXPECT_FALSE(plugins("10.11.19-MariaDB"));
}

Rows processlist(std::vector<std::vector<std::optional<std::string>>> values)
{
    return table({"Id", "User", "Host", "Command", "Time", "State"}, std::move(values));
}

TEST(ServerSemiSyncTest, MysqlTellsEachClientByWhatItSetOnItsConnection)
{
    const Rows replicas = table({"Server_Id", "Host", "Port", "Source_Id", "Replica_UUID"},
        {{"2", "db2", "3306", "1", "uuid-2"}, {"3", "db3", "3306", "1", "uuid-3"}, {"4", "db4", "3306", "1", "uuid-4"}});
    const Rows dumps = processlist({{"16", "repl", "db2:1", "Binlog Dump GTID", "9", ""},
        {"17", "repl", "db3:1", "Binlog Dump GTID", "9", ""}, {"18", "repl", "db4:1", "Binlog Dump GTID", "9", ""}});
    const Rows tags = table({"connection", "name", "value"},
        {{"16", "replica_uuid", "uuid-2"}, {"16", "slave_uuid", "uuid-2"}, {"16", "rpl_semi_sync_replica", "1"},
            {"17", "slave_uuid", "uuid-3"}});
    const auto clients = semi_sync_clients(replicas, dumps, tags, 1);
    ASSERT_EQ(clients.size(), 3U);
    EXPECT_EQ(clients[0].connection, 16U);
    EXPECT_EQ(clients[0].semi_sync, true);
    EXPECT_EQ(clients[1].connection, 17U);
    EXPECT_EQ(clients[1].semi_sync, false);
    EXPECT_EQ(clients[2].connection, std::nullopt);
    EXPECT_EQ(clients[2].semi_sync, std::nullopt);
}

TEST(ServerSemiSyncTest, MariadbTellsOnlyWhatTheNumberOfClientsImplies)
{
    const Rows one = table({"Server_id", "Host", "Port", "Master_id"}, {{"2", "db2", "3306", "1"}});
    const Rows two
        = table({"Server_id", "Host", "Port", "Master_id"}, {{"2", "db2", "3306", "1"}, {"3", "db3", "3306", "1"}});
    const Rows dump = processlist({{"11", "repl", "db2:1", "Binlog Dump", "2", ""}});
    const Rows dumps
        = processlist({{"11", "repl", "db2:1", "Binlog Dump", "2", ""}, {"12", "repl", "db3:1", "Binlog Dump", "2", ""}});
    EXPECT_EQ(semi_sync_clients(one, dump, {}, 1).front().connection, 11U);
    EXPECT_EQ(semi_sync_clients(one, dump, {}, 1).front().semi_sync, true);
    EXPECT_EQ(semi_sync_clients(two, dumps, {}, 2).back().semi_sync, true);
    EXPECT_EQ(semi_sync_clients(two, dumps, {}, 0).back().semi_sync, false);
    EXPECT_EQ(semi_sync_clients(two, dumps, {}, 1).back().semi_sync, std::nullopt);
    EXPECT_EQ(semi_sync_clients(two, dumps, {}, 1).back().connection, std::nullopt);
}

TEST(ServerSemiSyncTest, WaitingCommitsAreCountedWithTheAgeOfTheOldest)
{
    const auto waiting = waiting_commits(processlist({{"18", "app", "", "Query", "1",
                                                          "Waiting for semi-sync ACK from slave"},
        {"19", "app", "", "Killed", "7", "Waiting for semi-sync ACK from replica"}, {"20", "app", "", "Sleep", "99", ""}}));
    EXPECT_EQ(waiting.sessions, 2U);
    EXPECT_EQ(waiting.oldest, std::chrono::seconds{7});
}

} // namespace
} // namespace mysql_prm::adapters::server
