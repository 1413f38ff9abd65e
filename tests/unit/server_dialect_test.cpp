// Statements and answers of each generation, without a server.
#include "mysql_prm/adapters/server/dialect.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mysql_prm::adapters::server {
namespace {

using base::text;
using core::ReplicationMode;
using testing::HasSubstr;
using testing::Not;

using Fields = std::vector<std::pair<std::string, std::optional<std::string>>>;

constexpr const char* k_uuid = "3e11fa47-71ca-11e1-9e33-c80aa9429562";

Rows one_row(const Fields& fields)
{
    Rows rows;
    rows.values.emplace_back();
    for (const auto& [name, value] : fields) {
        rows.columns.push_back(name);
        rows.values.front().push_back(value);
    }
    return rows;
}

std::unique_ptr<Dialect> dialect(const std::string& version, bool prefer_file_position = false)
{
    const auto parsed = parse_version(version).value();
    return parsed.flavor == core::Flavor::mariadb ? make_mariadb_dialect(parsed, {}, prefer_file_position)
                                                  : make_mysql_dialect(parsed, {});
}

// SHOW SLAVE STATUS of 5.7, shortened to what is read.
Rows slave_57(const std::string& io_running = "Yes", std::optional<std::string> lag = "3")
{
    return one_row({{"Master_Host", "db1"}, {"Master_Port", "3307"}, {"Master_Log_File", "binlog.000002"},
        {"Read_Master_Log_Pos", "900"}, {"Relay_Master_Log_File", "binlog.000001"}, {"Slave_IO_Running", io_running},
        {"Slave_SQL_Running", "No"}, {"Exec_Master_Log_Pos", "154"}, {"Seconds_Behind_Master", lag},
        {"Last_IO_Errno", "2003"}, {"Last_IO_Error", "error connecting"}, {"Last_SQL_Errno", "1032"},
        {"Last_SQL_Error", "can't find record"}, {"Master_Server_Id", "11"},
        {"Retrieved_Gtid_Set", std::string{k_uuid} + ":6-8"}, {"Auto_Position", "1"}});
}

// SHOW REPLICA STATUS of 8.0.22 and later.
Rows replica_97()
{
    return one_row({{"Source_Host", "db1"}, {"Source_Port", "3306"}, {"Source_Log_File", "binlog.000002"},
        {"Read_Source_Log_Pos", "900"}, {"Relay_Source_Log_File", "binlog.000002"}, {"Replica_IO_Running", "Connecting"},
        {"Replica_SQL_Running", "Yes"}, {"Exec_Source_Log_Pos", "900"}, {"Seconds_Behind_Source", std::nullopt},
        {"Last_IO_Errno", "0"}, {"Last_IO_Error", ""}, {"Last_SQL_Errno", "0"}, {"Last_SQL_Error", ""},
        {"Source_Server_Id", "11"}, {"Retrieved_Gtid_Set", ""}, {"Auto_Position", "0"}});
}

Rows slave_mariadb(const std::string& using_gtid, const std::string& io_pos)
{
    return one_row({{"Master_Host", "db1"}, {"Master_Port", "3306"}, {"Master_Log_File", "binlog.000002"},
        {"Read_Master_Log_Pos", "900"}, {"Relay_Master_Log_File", "binlog.000002"}, {"Slave_IO_Running", "Preparing"},
        {"Slave_SQL_Running", "Yes"}, {"Exec_Master_Log_Pos", "800"}, {"Seconds_Behind_Master", "0"},
        {"Master_Server_Id", "1"}, {"Using_Gtid", using_gtid}, {"Gtid_IO_Pos", io_pos}});
}

Rows globals_mysql(const std::string& gtid_mode)
{
    return one_row({{"server_uuid", k_uuid}, {"log_bin", "1"}, {"log_replica_updates", "1"}, {"gtid_mode", gtid_mode},
        {"gtid_executed", std::string{k_uuid} + ":1-5,\n4e11fa47-71ca-11e1-9e33-c80aa9429562:1"},
        {"gtid_owned", std::string{k_uuid} + ":6#12:8#1234"}, {"gtid_purged", std::string{k_uuid} + ":1-2"}});
}

Rows globals_mariadb(const std::string& binlog_pos, const std::string& slave_pos)
{
    return one_row({{"log_bin", "1"}, {"log_replica_updates", "0"}, {"gtid_strict_mode", "0"},
        {"gtid_binlog_pos", binlog_pos}, {"gtid_slave_pos", slave_pos}, {"gtid_binlog_state", binlog_pos}});
}

const Rows k_log_end = one_row({{"File", "binlog.000007"}, {"Position", "4711"}});

core::ServerStatus status_of(const Dialect& d, const Rows& role, const Rows& replica, const Rows& globals)
{
    const auto parsed = d.parse_role(role, replica).value();
    return d.parse_status(parsed, globals, replica, k_log_end).value();
}

core::Position position(const std::string& s)
{
    return core::parse_position(s).value();
}

TEST(ServerVersionTest, GreetingsOfAllFlavorsAreRead)
{
    EXPECT_EQ(parse_version("5.7.44-log")->number, 50744U);
    EXPECT_EQ(parse_version("8.0.36-28")->flavor, core::Flavor::mysql);
    EXPECT_EQ(parse_version("9.7.4-1")->number, 90704U);
    EXPECT_EQ(parse_version("5.5.5-10.11.19-MariaDB-0+deb12u1-log")->number, 101119U);
    EXPECT_EQ(parse_version("11.8.2-MariaDB")->flavor, core::Flavor::mariadb);
    EXPECT_EQ(parse_version("5.5.5-10.11.19-MariaDB")->text, "10.11.19-MariaDB");
    EXPECT_FALSE(parse_version("unknown"));
}

TEST(ServerCapabilitiesTest, WordsChangeWithTheVersionThatBroughtThem)
{
    const auto can = [](const char* version) { return capabilities_of(*parse_version(version)); };
    EXPECT_FALSE(can("8.0.21").replica_words);
    EXPECT_TRUE(can("8.0.22").replica_words);
    EXPECT_FALSE(can("8.0.22").source_words);
    EXPECT_TRUE(can("8.0.23").source_words);
    EXPECT_FALSE(can("5.7.44").source_public_key);
    EXPECT_TRUE(can("8.4.0").binary_log_status);
    EXPECT_TRUE(can("5.7.44").offline_mode);
    EXPECT_FALSE(can("10.11.19-MariaDB").offline_mode);
    EXPECT_TRUE(can("10.6.0-MariaDB").super_passes_read_only);
    EXPECT_FALSE(can("10.11.0-MariaDB").super_passes_read_only);
    EXPECT_FALSE(can("10.5.8-MariaDB").replica_monitor);
}

TEST(ServerDialectTest, AReplicaOf57IsRead)
{
    const auto status = parse_replica(slave_57());
    ASSERT_TRUE(status);
    EXPECT_EQ(status->source_host, "db1");
    EXPECT_EQ(status->source_port, 3307);
    EXPECT_TRUE(status->uses_gtid);
    EXPECT_EQ(status->receiver, core::ReceiverState::running);
    EXPECT_FALSE(status->applier_running);
    EXPECT_EQ(status->applier_errno, 1032);
    EXPECT_EQ(status->receiver_error, "error connecting");
    EXPECT_EQ(status->lag, std::chrono::seconds{3});
    EXPECT_EQ(status->received_file, (core::FilePosition{11, "binlog.000002", 900}));
    EXPECT_EQ(status->applied_file, (core::FilePosition{11, "binlog.000001", 154}));
    EXPECT_EQ(parse_replica(slave_57("No", std::nullopt))->lag, std::nullopt);
    EXPECT_EQ(parse_replica(slave_57("No"))->receiver, core::ReceiverState::stopped);
    EXPECT_FALSE(parse_replica(Rows{}));
}

TEST(ServerDialectTest, AReplicaOf97IsRead)
{
    const auto status = parse_replica(replica_97());
    ASSERT_TRUE(status);
    EXPECT_EQ(status->source_host, "db1");
    EXPECT_EQ(status->receiver, core::ReceiverState::connecting);
    EXPECT_TRUE(status->applier_running);
    EXPECT_FALSE(status->uses_gtid);
    EXPECT_FALSE(status->lag);
    EXPECT_EQ(status->applied_file, (core::FilePosition{11, "binlog.000002", 900}));
}

TEST(ServerDialectTest, TheRoleOfEachGenerationIsRead)
{
    const auto old = dialect("5.7.44")->parse_role(
        one_row({{"server_id", "12"}, {"read_only", "1"}, {"super_read_only", "0"}}), slave_57());
    EXPECT_TRUE(old->read_only);
    EXPECT_FALSE(old->super_read_only);
    EXPECT_EQ(old->extra_port, 0);
    const Fields fields{{"server_id", "12"}, {"read_only", "0"}, {"super_read_only", "0"}, {"admin_address", std::nullopt},
        {"admin_port", "33062"}};
    EXPECT_EQ(dialect("9.7.4")->parse_role(one_row(fields), {})->extra_port, 0) << "the port counts only with the address";
    Fields with_address = fields;
    with_address[3].second = "127.0.0.1";
    EXPECT_EQ(dialect("9.7.4")->parse_role(one_row(with_address), {})->extra_port, 33062);
    EXPECT_EQ(old->own_writes, "");
    for (const auto& [place, own] : {std::pair{"0", ""}, {"39", "4711"}}) {
        Fields wrote = fields;
        wrote.insert(wrote.end(), {{"own_at", place}, {"own", "4711"}});
        EXPECT_EQ(dialect("9.7.4")->parse_role(one_row(wrote), {})->own_writes, own);
    }
    const auto maria
        = dialect("12.1.2-MariaDB")
              ->parse_role(one_row({{"server_id", "1"}, {"read_only", "NO_LOCK_NO_ADMIN"}, {"extra_port", "3307"}}), {});
    EXPECT_TRUE(maria->read_only);
    EXPECT_EQ(maria->extra_port, 3307);
    EXPECT_EQ(maria->own_writes, "");
    const Fields wrote{{"server_id", "2"}, {"read_only", "ON"}, {"gtid_binlog_state", "0-2-7,0-1-9,3-2-4"}};
    EXPECT_EQ(dialect("10.11.19-MariaDB")->parse_role(one_row(wrote), {})->own_writes, "0-2-7,3-2-4");
    EXPECT_FALSE(dialect("9.7.4")->parse_role({}, {})) << "no row is an error, not a writable server";
}

TEST(ServerDialectTest, MysqlWithGtidHasReceivedWhatItExecutedOrRetrieved)
{
    const Rows role = one_row({{"server_id", "12"}, {"read_only", "1"}, {"super_read_only", "1"}});
    const auto status = status_of(*dialect("5.7.44"), role, slave_57(), globals_mysql("ON"));
    EXPECT_EQ(status.mode, ReplicationMode::mysql_gtid);
    EXPECT_EQ(status.executed, position(std::string{"mysql:"} + k_uuid + ":1-5,4e11fa47-71ca-11e1-9e33-c80aa9429562:1"));
    EXPECT_EQ(status.received, position(std::string{"mysql:"} + k_uuid + ":1-8,4e11fa47-71ca-11e1-9e33-c80aa9429562:1"));
    EXPECT_EQ(status.purged.to_string(), std::string{k_uuid} + ":1-2");
    EXPECT_EQ(status.committing.to_string(), std::string{k_uuid} + ":6:8");
    EXPECT_EQ(status.log_end, (core::FilePosition{12, "binlog.000007", 4711}));
}

TEST(ServerDialectTest, MysqlPrintsWhatIsBeingCommittedWithNothingBetweenTwoServers)
{
    const std::string other = "4e11fa47-71ca-11e1-9e33-c80aa9429562";
    const auto committing = [&](const std::string& owned) {
        auto globals = Fields{{"server_uuid", k_uuid}, {"log_bin", "1"}, {"gtid_mode", "ON"}, {"gtid_executed", ""},
            {"gtid_purged", ""}, {"gtid_owned", owned}};
        return status_of(*dialect("9.7.4"), one_row({{"server_id", "1"}, {"read_only", "0"}}), {}, one_row(globals))
            .committing.to_string();
    };
    EXPECT_EQ(committing(""), "");
    EXPECT_EQ(committing(other + ":5#12"), other + ":5");
    EXPECT_EQ(committing(text(k_uuid, ":5#12", other, ":7#14")), text(k_uuid, ":5,", other, ":7"));
    EXPECT_EQ(committing(text(k_uuid, ":5#12:9#4294967295", other, ":7#14:8#3")), text(k_uuid, ":5:9,", other, ":7-8"));
    EXPECT_EQ(committing(text(other, ":5#1", other, ":tag:7#14")), text(other, ":5:tag:7"));
    EXPECT_EQ(committing(text(other, ":5#1,\n", k_uuid, ":1#9")), text(k_uuid, ":1,", other, ":5"));
    EXPECT_EQ(committing("something else"), "") << "what it does not understand hides nothing else";
}

TEST(ServerDialectTest, MysqlWithoutGtidStandsAtPlacesInLogs)
{
    const Rows role = one_row({{"server_id", "12"}, {"read_only", "1"}, {"super_read_only", "1"}});
    const auto replica = status_of(*dialect("8.4.3"), role, slave_57(), globals_mysql("ON_PERMISSIVE"));
    EXPECT_EQ(replica.mode, ReplicationMode::file_position);
    EXPECT_EQ(replica.executed, position("file:12:binlog.000007:4711"));
    EXPECT_EQ(replica.received, position("file:11:binlog.000002:900"));
    EXPECT_EQ(replica.applied, position("file:11:binlog.000001:154"));
    const auto primary = status_of(*dialect("8.4.3"), role, {}, globals_mysql("OFF"));
    EXPECT_EQ(primary.received, primary.executed);
    EXPECT_EQ(primary.applied, primary.executed);
}

TEST(ServerDialectTest, MariadbStandsAtTheHigherOfItsLogAndWhatItApplied)
{
    const Rows role = one_row({{"server_id", "2"}, {"read_only", "1"}, {"extra_port", "0"}});
    const auto status = status_of(
        *dialect("10.11.19-MariaDB"), role, slave_mariadb("Slave_Pos", "0-1-9"), globals_mariadb("0-2-5,1-2-1", "0-1-7"));
    EXPECT_EQ(status.mode, ReplicationMode::mariadb_gtid);
    EXPECT_EQ(status.executed, position("mariadb:0-1-7,1-2-1"));
    EXPECT_EQ(status.received, position("mariadb:0-1-9,1-2-1"));
    EXPECT_EQ(status.role.replica->receiver, core::ReceiverState::connecting);
    EXPECT_FALSE(status.gtid_strict);
    const auto restarted
        = status_of(*dialect("10.5.9-MariaDB"), role, slave_mariadb("Current_Pos", ""), globals_mariadb("0-1-7", "0-1-7"));
    EXPECT_EQ(restarted.received, restarted.executed) << "Gtid_IO_Pos is empty after a restart";
}

TEST(ServerDialectTest, MariadbIsInGtidModeUnlessTheAdministratorSaysOtherwise)
{
    const Rows role = one_row({{"server_id", "2"}, {"read_only", "1"}, {"extra_port", "0"}});
    const Rows globals = globals_mariadb("0-2-5", "0-1-7");
    const auto old_style = status_of(*dialect("11.8.2-MariaDB"), role, slave_mariadb("No", ""), globals);
    EXPECT_EQ(old_style.mode, ReplicationMode::mariadb_gtid);
    EXPECT_FALSE(old_style.role.replica->uses_gtid);
    const auto forced = status_of(*dialect("11.8.2-MariaDB", true), role, {}, globals);
    EXPECT_EQ(forced.mode, ReplicationMode::file_position);
    EXPECT_EQ(forced.executed, position("file:2:binlog.000007:4711"));
    EXPECT_EQ(status_of(*dialect("11.8.2-MariaDB"), role, {}, globals).mode, ReplicationMode::mariadb_gtid);
}

core::Source source_at(std::optional<core::FilePosition> start = {})
{
    return {.host = "db'1", .port = 3307, .start = std::move(start)};
}

ports::SourceLogin login()
{
    ports::SourceLogin out;
    out.account = {.user = "repl", .password = base::Secret{R"(se'c\ret)"}};
    return out;
}

TEST(ServerDialectTest, ChangeSourceSpeaksTheWordsOfTheServerAndHidesThePassword)
{
    const auto modern = dialect("9.7.4")->change_source(source_at(), login(), ReplicationMode::mysql_gtid).value();
    EXPECT_THAT(modern.sql, HasSubstr("CHANGE REPLICATION SOURCE TO SOURCE_HOST = 'db''1', SOURCE_PORT = 3307"));
    EXPECT_THAT(modern.sql, HasSubstr(R"(SOURCE_PASSWORD = 'se''c\\ret')"));
    EXPECT_THAT(modern.sql, HasSubstr("SOURCE_AUTO_POSITION = 1"));
    EXPECT_THAT(modern.sql, HasSubstr("GET_SOURCE_PUBLIC_KEY = 1"));
    EXPECT_TRUE(modern.sql.ends_with(" FOR CHANNEL ''"));
    EXPECT_TRUE(modern.has_secret());
    EXPECT_THAT(modern.loggable, Not(HasSubstr("ret'")));
    EXPECT_THAT(modern.loggable, HasSubstr("SOURCE_PASSWORD = '******'"));

    const auto older = dialect("8.0.22")->change_source(source_at(), login(), ReplicationMode::mysql_gtid).value();
    EXPECT_THAT(older.sql, HasSubstr("CHANGE MASTER TO MASTER_HOST"));
    EXPECT_THAT(older.sql, HasSubstr("GET_MASTER_PUBLIC_KEY = 1"));
    EXPECT_THAT(dialect("5.7.44")->change_source(source_at(), login(), ReplicationMode::mysql_gtid)->sql,
        Not(HasSubstr("PUBLIC_KEY")));
}

TEST(ServerDialectTest, ChangeSourceByFileNamesThePlaceAndSwitchesGtidOff)
{
    const core::FilePosition place{1, "binlog.000003", 4711};
    const auto mysql = dialect("8.4.0")->change_source(source_at(place), login(), ReplicationMode::file_position).value();
    EXPECT_THAT(mysql.sql, HasSubstr("SOURCE_AUTO_POSITION = 0, SOURCE_LOG_FILE = 'binlog.000003', SOURCE_LOG_POS = 4711"));
    const auto maria
        = dialect("10.11.19-MariaDB")->change_source(source_at(place), login(), ReplicationMode::file_position).value();
    EXPECT_THAT(maria.sql, HasSubstr("MASTER_LOG_POS = 4711, MASTER_USE_GTID = no"));
    EXPECT_EQ(dialect("8.4.0")->change_source(source_at(), login(), ReplicationMode::file_position).error().kind,
        base::ErrorKind::conflict);
    EXPECT_EQ(dialect("8.4.0")->change_source(source_at(), login(), ReplicationMode::mariadb_gtid).error().kind,
        base::ErrorKind::conflict);
}

TEST(ServerDialectTest, AFormerMariadbPrimaryResumesAtItsOwnLog)
{
    const auto maria = dialect("10.11.19-MariaDB");
    const auto fix = maria->resume_correction(one_row({{"gtid_slave_pos", "0-1-3"}, {"gtid_binlog_pos", "0-2-9"}}));
    EXPECT_EQ(fix.value(), "SET GLOBAL gtid_slave_pos = '0-2-9'");
    EXPECT_EQ(maria->resume_correction(one_row({{"gtid_slave_pos", "0-2-9"}, {"gtid_binlog_pos", "0-1-3"}})).value(),
        std::nullopt);
}

std::vector<NumbersToSkip> numbers_to_skip(const std::string& slave_pos, const std::string& binlog_state)
{
    return dialect("10.11.19-MariaDB")
        ->skip_numbers(
            one_row({{"gtid_domain_id", "1"}, {"gtid_slave_pos", slave_pos}, {"gtid_binlog_state", binlog_state}}), {1, 2})
        .value();
}

TEST(ServerDialectTest, AMariadbServerSkipsNumbersOfItsDomainFarBehindAllThatItHasSeen)
{
    ASSERT_TRUE(dialect("10.11.19-MariaDB")->numbers_query().has_value());
    EXPECT_EQ(dialect("9.7.4")->numbers_query(), std::nullopt);
    for (const auto& skips : {numbers_to_skip("1-1-100", "1-2-120,1-1-110"), numbers_to_skip("1-1-120", "1-2-119")}) {
        ASSERT_EQ(skips.size(), 1U);
        EXPECT_EQ(skips[0].domain, 1U);
        EXPECT_EQ(skips[0].number, 1'000'000'120U);
        EXPECT_EQ(skips[0].statements, (std::vector<std::string>{"SET SESSION gtid_seq_no = 1000000120", "FLUSH HOSTS"}));
    }
    EXPECT_EQ(numbers_to_skip("", "").at(0).number, 1'000'000'000U);
}

TEST(ServerDialectTest, AMariadbServerSkipsNumbersOfTheOtherDomainsOfThisClusterAndOfNoOther)
{
    // Domain 5 by a session of the last primary, 7 through a channel from a server that was the source of all once.
    const auto skips = numbers_to_skip("5-2-40,7-99-1000", "1-99-3,1-1-110,1-2-120,5-1-39,5-2-40,7-99-1000");
    ASSERT_EQ(skips.size(), 2U);
    EXPECT_EQ(skips[0].domain, 5U);
    EXPECT_EQ(skips[0].number, 1'000'000'040U);
    EXPECT_EQ(skips[0].statements,
        (std::vector<std::string>{"SET SESSION gtid_domain_id = 5", "SET SESSION gtid_seq_no = 1000000040", "FLUSH HOSTS"}));
    EXPECT_EQ(skips[1].domain, 1U) << "the session's own, which has to be its last";
    EXPECT_EQ(skips[1].statements.front(), "SET SESSION gtid_domain_id = 1");
    EXPECT_EQ(numbers_to_skip("", "1-1-110,7-99-1000").size(), 1U);
}

TEST(ServerDialectTest, StatementsFollowTheGeneration)
{
    EXPECT_EQ(dialect("5.7.44")->replica_query(), "SHOW SLAVE STATUS FOR CHANNEL ''");
    EXPECT_EQ(dialect("9.7.4")->replica_query(), "SHOW REPLICA STATUS FOR CHANNEL ''");
    EXPECT_EQ(dialect("9.7.4")->stop(Threads::receiver), "STOP REPLICA IO_THREAD FOR CHANNEL ''");
    EXPECT_EQ(dialect("10.11.19-MariaDB")->start(Threads::applier), "START SLAVE SQL_THREAD");
    EXPECT_TRUE(dialect("9.7.4")->unfinished_query());
    EXPECT_EQ(dialect("10.11.19-MariaDB")->unfinished_query(), std::nullopt);
    EXPECT_EQ(dialect("8.1.0")->log_end_query(), "SHOW MASTER STATUS");
    EXPECT_EQ(dialect("8.2.0")->log_end_query(), "SHOW BINARY LOG STATUS");
    EXPECT_EQ(dialect("8.1.0")->event_off_clause(), "DISABLE ON SLAVE");
    EXPECT_EQ(dialect("9.7.4")->event_off_clause(), "DISABLE ON REPLICA");
    EXPECT_EQ(dialect("9.7.4")->shut_out(true), "SET GLOBAL offline_mode = ON");
    EXPECT_EQ(dialect("10.11.19-MariaDB")->shut_out(true), std::nullopt);
    EXPECT_THAT(dialect("8.0.13")->role_query(), Not(HasSubstr("admin_address")));
    EXPECT_THAT(dialect("8.0.25")->status_query(), HasSubstr("@@global.log_slave_updates AS log_replica_updates"));
}

TEST(ServerDialectTest, AccountStatementsHideThePassword)
{
    for (const char* version : {"5.7.44", "9.7.4", "10.11.19-MariaDB"})
        for (const Statement& s : dialect(version)->create_account(login().account)) {
            EXPECT_THAT(s.loggable, Not(HasSubstr("se'"))) << s.loggable;
            EXPECT_EQ(s.has_secret(), s.sql.find("IDENTIFIED") != std::string::npos) << s.loggable;
        }
}

TEST(ServerDialectTest, RightsAreGrantedOnTheObjectThatNeedsThem)
{
    const auto grants = [](const char* version) {
        std::string all;
        for (const Statement& s : dialect(version)->create_account(login().account))
            all += s.loggable + "\n";
        return all;
    };
    EXPECT_THAT(grants("9.7.4"), HasSubstr("GRANT SELECT ON performance_schema.* TO "));
    EXPECT_THAT(grants("10.11.19-MariaDB"), HasSubstr("GRANT SELECT ON mysql.* TO "));
    EXPECT_THAT(grants("9.7.4"), HasSubstr("SYSTEM_VARIABLES_ADMIN"));
    EXPECT_THAT(grants("9.7.4"), HasSubstr("SET DEFAULT ROLE mysql_prm_agent TO "));
    EXPECT_THAT(grants("5.7.44"), Not(HasSubstr("ROLE ")));
    EXPECT_THAT(grants("10.11.19-MariaDB"), Not(HasSubstr("ROLE ")));
}

TEST(ServerQuoteTest, NothingLeavesItsQuotes)
{
    EXPECT_EQ((Quoting{.backslash_escapes = true}.literal(R"(a'b\)")), R"('a''b\\')");
    EXPECT_EQ((Quoting{.backslash_escapes = false}.literal(R"(a'b\)")), R"('a''b\')");
    EXPECT_EQ(identifier("a`b"), "`a``b`");
    EXPECT_EQ(qualified("shop.t").value(), "`shop`.`t`");
    EXPECT_EQ(qualified("`shop`.`t`").value(), "`shop`.`t`");
    EXPECT_FALSE(qualified("t"));
    EXPECT_EQ(account_name("a@b@10.0.%"), "`a@b`@`10.0.%`");
}

} // namespace
} // namespace mysql_prm::adapters::server
