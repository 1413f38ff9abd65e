// Sessions, grants and binary log events, from rows as the servers print them.
#include "mysql_prm/adapters/server/binlog_events.hpp"
#include "mysql_prm/adapters/server/durability.hpp"
#include "mysql_prm/adapters/server/grants.hpp"
#include "mysql_prm/adapters/server/sessions.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mysql_prm::adapters::server {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Rows table(std::vector<std::string> columns, std::vector<std::vector<std::optional<std::string>>> values)
{
    Rows rows;
    rows.columns = std::move(columns);
    rows.values = std::move(values);
    return rows;
}

Rows processlist()
{
    return table({"Id", "User", "Host", "Command"},
        {{"5", "event_scheduler", "localhost", "Daemon"}, {"7", "system user", "", "Connect"},
            {"8", "system user", "", "Slave_IO"}, {"9", "repl", "10.0.0.2:1", "Binlog Dump"},
            {"10", "repl", "10.0.0.3:1", "Binlog Dump GTID"}, {"11", "root", "localhost", "Query"},
            {"12", "app", "10.0.0.9:5", "Sleep"}, {"13", "unauthenticated user", "10.0.0.9:6", "Connect"},
            {"14", "app", "10.0.0.9:7", "Killed"}, {"15", "boss", "localhost", "Sleep"}});
}

std::vector<std::uint64_t> ids(const std::vector<ClientSession>& sessions)
{
    std::vector<std::uint64_t> out;
    for (const ClientSession& session : sessions)
        out.push_back(session.id);
    return out;
}

TEST(ServerSessionsTest, OnlyClientsAreEnded)
{
    EXPECT_THAT(ids(client_sessions(processlist(), {11})), ElementsAre(12, 13, 15));
    EXPECT_EQ(client_sessions(processlist(), {11}).front().to_string(), "app@10.0.0.9:5 (id 12)");
}

TEST(ServerSessionsTest, WhoWaitsForAnAcknowledgementIsKnown)
{
    const auto waits = [](const char* state) {
        return client_sessions(
            table({"Id", "User", "Host", "Command", "State"}, {{"12", "app", "10.0.0.9:5", "Query", state}}), {})
            .front()
            .waits_for_acknowledgement;
    };
    EXPECT_TRUE(waits("Waiting for semi-sync ACK from slave"));   // MariaDB 10.11
    EXPECT_TRUE(waits("Waiting for semi-sync ACK from replica")); // MySQL 9.7
    EXPECT_FALSE(waits("Commit"));
}

TEST(ServerSessionsTest, DumpsToReplicasAreToldFromClients)
{
    EXPECT_THAT(ids(dump_sessions(processlist())), ElementsAre(9, 10));
}

TEST(ServerSessionsTest, HoldersAreFoundDirectlyThroughRolesAndWhenEverybodyIsOne)
{
    const auto sessions = client_sessions(processlist(), {11});
    EXPECT_THAT(ids(holders(sessions, table({"GRANTEE"}, {{"'boss'@'localhost'"}}), {})), ElementsAre(15));
    const Rows roles = table({"grantee", "role"}, {{"app", "outer"}, {"outer", "inner"}});
    EXPECT_THAT(ids(holders(sessions, table({"GRANTEE"}, {{"inner@"}}), roles)), ElementsAre(12));
    EXPECT_THAT(ids(holders(sessions, table({"GRANTEE"}, {{"'PUBLIC'@''"}}), {})), ElementsAre(12, 13, 15));
    EXPECT_THAT(ids(holders(sessions, table({"GRANTEE"}, {{"''@'localhost'"}}), {})), ElementsAre(12, 13, 15));
    EXPECT_THAT(holders(sessions, {}, roles), IsEmpty());
}

std::vector<PrivilegeNeed> needs_of(const char* version)
{
    const auto parsed = parse_version(version).value();
    return parsed.flavor == core::Flavor::mariadb ? make_mariadb_dialect(parsed, {}, false)->needs()
                                                  : make_mysql_dialect(parsed, {})->needs();
}

Rows grants(std::vector<std::string> lines)
{
    Rows rows;
    rows.columns = {"Grants for x"};
    for (std::string& line : lines)
        rows.values.push_back({std::move(line)});
    return rows;
}

TEST(ServerGrantsTest, AllPrivilegesLackNothingWhereTheServerPrintsThem)
{
    const Rows all
        = grants({"GRANT ALL PRIVILEGES ON *.* TO 'root'@'localhost' IDENTIFIED BY PASSWORD '*X' WITH GRANT OPTION",
            "GRANT PROXY ON ''@'%' TO 'root'@'localhost' WITH GRANT OPTION"});
    EXPECT_THAT(missing(needs_of("5.7.44"), parse_grants(all)), IsEmpty());
    EXPECT_THAT(missing(needs_of("11.8.2-MariaDB"), parse_grants(all)), IsEmpty());
}

TEST(ServerGrantsTest, MysqlPrintsDynamicPrivilegesOnALineOfTheirOwn)
{
    const Rows some = grants({"GRANT RELOAD, PROCESS, REPLICATION SLAVE, REPLICATION CLIENT, EVENT ON *.* TO `agent`@`%`",
        "GRANT CONNECTION_ADMIN,REPLICATION_SLAVE_ADMIN,SERVICE_CONNECTION_ADMIN,SET_ANY_DEFINER,SYSTEM_USER,"
        "SYSTEM_VARIABLES_ADMIN ON *.* TO `agent`@`%`",
        "GRANT XA_RECOVER_ADMIN ON `other`.* TO `agent`@`%`", "REVOKE INSERT ON `shop`.* FROM `agent`@`%`"});
    EXPECT_THAT(missing(needs_of("9.7.4"), parse_grants(some)), ElementsAre("XA_RECOVER_ADMIN"));
}

TEST(ServerGrantsTest, SuperStandsForLessWithEveryMariadb)
{
    const Rows super
        = grants({"GRANT SUPER, PROCESS, RELOAD, EVENT, REPLICATION SLAVE, BINLOG MONITOR, SLAVE MONITOR ON *.* TO "
                  "`a`@`%`",
            "GRANT SELECT ON `mysql`.* TO `a`@`%`"});
    EXPECT_THAT(missing(needs_of("10.6.20-MariaDB"), parse_grants(super)), IsEmpty());
    EXPECT_THAT(missing(needs_of("10.11.19-MariaDB"), parse_grants(super)), ElementsAre("READ_ONLY ADMIN"));
    EXPECT_THAT(missing(needs_of("11.4.2-MariaDB"), parse_grants(super)),
        ElementsAre("REPLICATION SLAVE ADMIN", "CONNECTION ADMIN", "READ_ONLY ADMIN", "BINLOG REPLAY"));
}

bool changes(const std::string& type, const std::string& info)
{
    const Rows rows = table({"Log_name", "Pos", "Event_type", "Server_id", "End_log_pos", "Info"},
        {{"binlog.000001", "4", type, "1", "126", info}});
    return changes_data(Row{rows, 0});
}

TEST(ServerBinlogEventsTest, FramesAndFlushesChangeNothing)
{
    for (const char* type : {"Format_desc", "Rotate", "Stop", "Previous_gtids", "Gtid_list", "Binlog_checkpoint", "Gtid",
             "Anonymous_Gtid", "Gtid_tagged", "Xid"})
        EXPECT_FALSE(changes(type, "")) << type;
    EXPECT_FALSE(changes("Query", "BEGIN"));
    EXPECT_FALSE(changes("Query", "FLUSH TABLES"));
    EXPECT_FALSE(changes("Query", "use `shop`; ANALYZE TABLE shop.t"));
}

// Columns that are read: type and text.
Rows log_events(const std::vector<std::pair<std::string, std::string>>& events)
{
    std::vector<std::vector<std::optional<std::string>>> values;
    for (const auto& [type, info] : events)
        values.push_back({type, info});
    return table({"Event_type", "Info"}, values);
}

ExtraScan scan_of(const core::ExtraTransactions& wanted, const std::vector<std::pair<std::string, std::string>>& events)
{
    ExtraScan scan{wanted};
    const auto rows = log_events(events);
    for (std::size_t i = 0; i < rows.size(); ++i)
        scan.take(Row{rows, i});
    return scan;
}

constexpr const char* k_source = "3e11fa47-71ca-11e1-9e33-c80aa9429562";

core::ExtraTransactions own_numbers(const std::string& numbers)
{
    return {.mysql = gtid::MysqlGtidSet::parse(std::string{k_source} + ":" + numbers).value()};
}

std::pair<std::string, std::string> begins(const std::string& number)
{
    return {"Gtid", "SET @@SESSION.GTID_NEXT= '" + std::string{k_source} + ":" + number + "'"};
}

TEST(ServerExtraScanTest, FlushesAndEmptyTransactionsCarryNoData)
{
    const auto scan = scan_of(own_numbers("7-8"),
        {begins("6"), {"Query", "BEGIN"}, {"Write_rows", ""}, {"Xid", "COMMIT"}, begins("7"), {"Query", "FLUSH TABLES"},
            begins("8"), {"Query", "BEGIN"}, {"Query", "COMMIT"}});
    EXPECT_TRUE(scan.has_found_any());
    EXPECT_TRUE(scan.is_without_data());
}

TEST(ServerExtraScanTest, OneRowEventInOneOfThemIsData)
{
    const auto scan = scan_of(own_numbers("7-8"),
        {begins("7"), {"Query", "FLUSH TABLES"}, begins("8"), {"Query", "BEGIN"}, {"Write_rows", ""}, {"Xid", "COMMIT"}});
    EXPECT_TRUE(scan.is_decided());
    EXPECT_FALSE(scan.is_without_data());
}

TEST(ServerExtraScanTest, WhatIsNotFoundMayCarryData)
{
    EXPECT_FALSE(scan_of(own_numbers("7-8"), {begins("7"), {"Query", "FLUSH TABLES"}}).is_without_data());
    EXPECT_FALSE(scan_of(own_numbers("7"), {{"Anonymous_Gtid", "SET @@SESSION.GTID_NEXT= 'ANONYMOUS'"}}).is_without_data());
}

TEST(ServerExtraScanTest, IsDecidedOnlyBehindTheEndOfTheLastOfThem)
{
    auto scan = scan_of(own_numbers("7"), {begins("7"), {"Query", "BEGIN"}});
    EXPECT_FALSE(scan.is_decided());
    const auto rest = log_events({begins("8")});
    scan.take(Row{rest, 0});
    EXPECT_TRUE(scan.is_decided());
}

TEST(ServerExtraScanTest, ReadsTaggedNumbersAndThoseOfMariadb)
{
    EXPECT_TRUE(scan_of(own_numbers("cron:7"), {begins("cron:7"), {"Query", "FLUSH TABLES"}}).is_without_data());
    const core::ExtraTransactions range{.mariadb = {{0, 2, 101, 102}}};
    EXPECT_TRUE(scan_of(range,
        {{"Gtid", "GTID 0-2-101"}, {"Query", "FLUSH TABLES"}, {"Gtid", "GTID 0-2-102 cid=9"}, {"Query", "ANALYZE TABLE t"},
            {"Gtid", "BEGIN GTID 0-1-103"}, {"Write_rows_v1", ""}})
                    .is_without_data());
    EXPECT_FALSE(scan_of(range, {{"Gtid", "BEGIN GTID 0-2-102"}, {"Write_rows_v1", ""}}).is_without_data());
}

TEST(ServerExtraScanTest, WhatATornEventHidesMayBeData)
{
    auto begun = scan_of(own_numbers("7"), {begins("7"), {"Query", "BEGIN"}});
    begun.take_torn();
    EXPECT_FALSE(begun.is_without_data());
    auto behind = scan_of(own_numbers("7"), {begins("7"), {"Query", "FLUSH TABLES"}, begins("8"), {"Query", "BEGIN"}});
    behind.take_torn();
    EXPECT_TRUE(behind.is_without_data());
    auto range = scan_of({.mariadb = {{0, 2, 101, 103}}}, {{"Gtid", "GTID 0-2-101"}, {"Query", "FLUSH TABLES"}});
    range.take_torn();
    const auto rest = log_events({{"Gtid", "GTID 0-2-103"}, {"Query", "FLUSH TABLES"}});
    for (std::size_t i = 0; i < rest.size(); ++i)
        range.take(Row{rest, i});
    EXPECT_FALSE(range.is_without_data());
}

TEST(ServerExtraScanTest, TheListAtTheHeadOfALogSaysWhetherItBeginsBehindThem)
{
    const auto mysql = [](const std::string& before, const std::string& extra) {
        return begins_behind(log_events({{"Format_desc", ""}, {"Previous_gtids", before}}), own_numbers(extra));
    };
    EXPECT_EQ(mysql(std::string{k_source} + ":1-6", "7"), false);
    EXPECT_EQ(mysql(std::string{k_source} + ":1-7", "7-8"), true);
    EXPECT_EQ(mysql("", "7"), false);
    EXPECT_EQ(begins_behind(log_events({{"Format_desc", ""}}), own_numbers("7")), std::nullopt);
    const auto mariadb = [](const std::string& before, std::uint64_t first) {
        return begins_behind(log_events({{"Gtid_list", before}}), {.mariadb = {{0, 2, first, 102}}});
    };
    EXPECT_EQ(mariadb("[0-2-100,\n0-1-200]", 101), false);
    EXPECT_EQ(mariadb("[0-1-200,0-2-101]", 101), true);
    EXPECT_EQ(mariadb("[0-2-1]", 0), true);
    EXPECT_EQ(mariadb("[]", 0), false);
}

TEST(ServerDurabilityTest, NamesEverySettingThatMayLoseACommit)
{
    const auto variables = [](std::vector<std::vector<std::optional<std::string>>> values) {
        return table({"Variable_name", "Value"}, std::move(values));
    };
    EXPECT_THAT(parse_settings_that_lose(
                    variables({{"innodb_flush_log_at_trx_commit", "2"}, {"sync_binlog", "0"}, {"sync_relay_log", "10000"},
                        {"rpl_semi_sync_master_wait_point", "AFTER_COMMIT"}, {"rpl_semi_sync_master_enabled", "ON"}})),
        ElementsAre("sync_binlog = 0", "innodb_flush_log_at_trx_commit = 2", "sync_relay_log = 10000",
            "rpl_semi_sync_master_wait_point = AFTER_COMMIT"));
    EXPECT_THAT(parse_settings_that_lose(variables({{"innodb_flush_log_at_trx_commit", "1"}, {"sync_binlog", "1"},
                    {"sync_relay_log", "1"}, {"rpl_semi_sync_source_wait_point", "AFTER_SYNC"}})),
        IsEmpty());
    // Where nobody waits, and where the agent switches it on, the configured point says nothing.
    EXPECT_THAT(parse_settings_that_lose(variables(
                    {{"rpl_semi_sync_master_wait_point", "AFTER_COMMIT"}, {"rpl_semi_sync_master_enabled", "OFF"}})),
        IsEmpty());
}

TEST(ServerDurabilityTest, NamesTheFiltersOfALogAndOfAReplica)
{
    EXPECT_THAT(parse_filters(table({"File", "Position", "Binlog_Do_DB", "Binlog_Ignore_DB"}, {{"b.1", "4", "", "scratch"}})),
        ElementsAre("binlog_ignore_db = scratch"));
    EXPECT_THAT(parse_filters(table({"Source_Host", "Replicate_Do_DB", "Replicate_Wild_Ignore_Table", "Replicate_Rewrite_DB"},
                    {{"db1", "app,shop", "%.tmp%", ""}})),
        ElementsAre("replicate_do_db = app,shop", "replicate_wild_ignore_table = %.tmp%"));
    EXPECT_THAT(parse_filters(table({"Source_Host", "Replicate_Do_DB"}, {})), IsEmpty());
}

TEST(ServerBinlogEventsTest, EverythingElseDoes)
{
    EXPECT_TRUE(changes("Query", "use `shop`; INSERT INTO t VALUES (1)"));
    EXPECT_TRUE(changes("Query", "DROP TABLE `flush `"));
    EXPECT_TRUE(changes("Write_rows_v1", "table_id: 18 flags: STMT_END_F"));
    EXPECT_TRUE(changes("Some_new_event", ""));
}

TEST(ServerBinlogEventsTest, LogFilesComeInOrder)
{
    const auto files = parse_binary_logs(
        table({"Log_name", "File_size", "Encrypted"}, {{"binlog.000001", "157", "No"}, {"binlog.000002", "900", "No"}}));
    ASSERT_EQ(files.size(), 2U);
    EXPECT_EQ(files[1].name, "binlog.000002");
    EXPECT_EQ(files[1].size, 900U);
}

} // namespace
} // namespace mysql_prm::adapters::server
