// The parts of adapters/mysqld that only look at text: versions, arguments, logs, persisted settings.
#include "os_temporary_folder.hpp"

#include "mysql_prm/adapters/mysqld/arguments.hpp"
#include "mysql_prm/adapters/mysqld/binary.hpp"
#include "mysql_prm/adapters/mysqld/error_log.hpp"
#include "mysql_prm/adapters/mysqld/persisted.hpp"

namespace mysql_prm::adapters::mysqld {
namespace {

using core::Flavor;
using core::ServerVersion;
using ports::StartRole;

const ServerVersion k_mysql_97{Flavor::mysql, 90704, "9.7.4"};
const ServerVersion k_mysql_57{Flavor::mysql, 50744, "5.7.44"};
const ServerVersion k_mariadb{Flavor::mariadb, 101119, "10.11.19-MariaDB"};

ports::MysqldSettings settings()
{
    return {"/usr/sbin/mysqld", "/etc/my.cnf", "/data", "mysql", "mysql", "/log/error.log", "/run/m.pid", "/run/m.sock",
        {"--read-only=0", "--port=3307"}};
}

TEST(ParseVersionTest, ReadsEveryServersOwnLine)
{
    const auto mysql = parse_version("/usr/sbin/mysqld  Ver 9.7.4-2 for Linux on x86_64 ((Debian))\n");
    ASSERT_TRUE(mysql);
    EXPECT_EQ(mysql->flavor, Flavor::mysql);
    EXPECT_EQ(mysql->number, 90704U);
    EXPECT_EQ(mysql->text, "9.7.4-2");
    const auto mariadb
        = parse_version("/usr/sbin/mysqld  Ver 10.11.19-MariaDB-0+deb12u1 for debian-linux-gnu on x86_64 (Debian 12)\n");
    ASSERT_TRUE(mariadb);
    EXPECT_EQ(mariadb->flavor, Flavor::mariadb);
    EXPECT_EQ(mariadb->number, 101119U);
    EXPECT_EQ(parse_version("mysqld  Ver 5.7.44-log for Linux on x86_64 (MySQL Community Server (GPL))")->number, 50744U);
    EXPECT_EQ(parse_version("mysqld  Ver 8.0.36-28 for Linux on x86_64 (Percona Server (GPL), Release 28)")->number, 80036U);
    EXPECT_FALSE(parse_version("sleep (GNU coreutils) 9.1"));
    EXPECT_FALSE(parse_version("x Ver "));
}

TEST(FindServerTest, TakesTheServerBesideAWrapper)
{
    const TemporaryFolder folder;
    folder.program("sbin/mariadbd", "");
    folder.folder("bin");
    EXPECT_EQ(find_server(folder / "bin/mysqld_safe"), folder / "sbin/mariadbd");
    folder.program("bin/mysqld", "");
    EXPECT_EQ(find_server(folder / "bin/mysqld_safe"), folder / "bin/mysqld");
    EXPECT_EQ(find_server(folder / "bin/safe_mysqld"), folder / "bin/mysqld");
    EXPECT_EQ(find_server(folder / "sbin/mariadbd"), folder / "sbin/mariadbd");
}

TEST(FindServerTest, NamesWhatIsMissing)
{
    const auto missing = find_server("/no/such/mysqld");
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().kind, base::ErrorKind::not_installed);
    EXPECT_EQ(missing.error().message, "server program '/no/such/mysqld' is not installed");
}

TEST(StartArgumentsTest, AReplicaIsReadOnlyWhateverTheParametersSay)
{
    EXPECT_EQ(start_arguments("/usr/sbin/mysqld", settings(), k_mysql_97, StartRole::replica, true),
        (std::vector<std::string>{"/usr/sbin/mysqld", "--defaults-file=/etc/my.cnf", "--datadir=/data", "--user=mysql",
            "--socket=/run/m.sock", "--pid-file=/run/m.pid", "--log-error=/log/error.log", "--read-only=0", "--port=3307",
            "--read-only=1", "--super-read-only=1", "--skip-replica-start"}));
}

TEST(StartArgumentsTest, APlainPrimitiveIsLeftAsTheAdministratorWantsIt)
{
    const auto argv = start_arguments("/usr/sbin/mysqld", settings(), k_mysql_97, StartRole::standalone, false);
    EXPECT_EQ(argv.back(), "--port=3307");
    EXPECT_EQ(std::ranges::count(argv, "--user=mysql"), 0) << "only root may change the user";
}

TEST(StartArgumentsTest, MariadbHasNoSuperReadOnly)
{
    const auto argv = start_arguments("/usr/sbin/mariadbd", settings(), k_mariadb, StartRole::replica, true);
    EXPECT_EQ(argv.back(), "--skip-slave-start");
    EXPECT_EQ(std::ranges::count(argv, "--super-read-only=1"), 0);
    EXPECT_EQ(std::ranges::count(argv, "--read-only=1"), 1);
}

TEST(StartArgumentsTest, BothSidesOfSemiSyncAreLoadedWhereTheyArePlugins)
{
    auto with = settings();
    with.load_semi_sync = true;
    const auto loaded = [&](const ServerVersion& version) {
        auto argv = start_arguments("/usr/sbin/mysqld", with, version, StartRole::replica, true);
        std::erase_if(argv, [](const std::string& argument) { return !argument.starts_with("--plugin-load-add="); });
        return argv;
    };
    EXPECT_EQ(loaded(k_mysql_97),
        (std::vector<std::string>{"--plugin-load-add=rpl_semi_sync_source=semisync_source.so",
            "--plugin-load-add=rpl_semi_sync_replica=semisync_replica.so"}));
    EXPECT_EQ(loaded(k_mysql_57),
        (std::vector<std::string>{"--plugin-load-add=rpl_semi_sync_master=semisync_master.so",
            "--plugin-load-add=rpl_semi_sync_slave=semisync_slave.so"}));
    EXPECT_TRUE(loaded(k_mariadb).empty());
}

TEST(StartArgumentsTest, OldMysqlKnowsOnlyTheOldName)
{
    EXPECT_EQ(skip_replica_start_option(k_mysql_57), "--skip-slave-start");
    EXPECT_EQ(skip_replica_start_option({Flavor::mysql, 80025, ""}), "--skip-slave-start");
    EXPECT_EQ(skip_replica_start_option({Flavor::mysql, 80026, ""}), "--skip-replica-start");
}

TEST(CreateArgumentsTest, RootLogsInOverTheSocket)
{
    const auto mysql = create_arguments("/usr/sbin/mysqld", settings(), k_mysql_97, "/data/p", "", true);
    EXPECT_EQ(std::ranges::count(mysql, "--initialize-insecure"), 1);
    EXPECT_EQ(std::ranges::count(mysql, "--datadir=/data/p"), 1);
    const auto mariadb = create_arguments("/usr/bin/mariadb-install-db", settings(), k_mariadb, "/data/p", "/opt/m", true);
    EXPECT_EQ(mariadb[1], "--defaults-file=/etc/my.cnf");
    EXPECT_EQ(std::ranges::count(mariadb, "--auth-root-authentication-method=socket"), 1);
    EXPECT_EQ(std::ranges::count(mariadb, "--basedir=/opt/m"), 1);
    const auto old = create_arguments("mysql_install_db", settings(), {Flavor::mariadb, 100338, ""}, "/data/p", "", true);
    EXPECT_EQ(std::ranges::count(old, "--auth-root-authentication-method=normal"), 1);
}

TEST(CreateArgumentsTest, ParametersOfPluginsDoNotStopIt)
{
    EXPECT_EQ(create_arguments("/usr/sbin/mysqld", settings(), k_mysql_97, "/data/p", "", true).back(), "--loose-port=3307");
}

TEST(OptionValueTest, ReadsEverySpelling)
{
    EXPECT_EQ(option_value({"mysqld", "--pid-file=/a"}, "pid-file"), "/a");
    EXPECT_EQ(option_value({"mysqld", "--pid_file", "/a"}, "pid-file"), "/a");
    EXPECT_EQ(option_value({"mysqld", "--datadir=/a", "-h", "/b"}, "datadir"), "/b");
    EXPECT_EQ(option_value({"mysqld", "-h/b", "--datadir=/a"}, "datadir"), "/a");
    EXPECT_FALSE(option_value({"mysqld", "--datadir-x=/a", "datadir=/b"}, "datadir"));
    EXPECT_FALSE(option_value({}, "datadir"));
}

TEST(LastErrorLineTest, ReadsEveryServersFormat)
{
    EXPECT_EQ(
        last_error_line("2024-01-01T00:00:00.000000Z 0 [ERROR] [MY-012640] [InnoDB] No space left\n"), "No space left");
    EXPECT_EQ(last_error_line("2019-01-01T00:00:00.000000Z 0 [ERROR] Can't start server\n"), "Can't start server");
    EXPECT_EQ(
        last_error_line("2024-01-01  0:00:00 0 [ERROR] /usr/sbin/mariadbd: unknown option '--x'\n"), "unknown option '--x'");
    EXPECT_EQ(
        last_error_line("/usr/sbin/mysqld: Can't read dir of '/x' (Errcode: 2)"), "Can't read dir of '/x' (Errcode: 2)");
}

TEST(LastErrorLineTest, TellsTheCauseAndNotItsConsequences)
{
    EXPECT_EQ(last_error_line(
                  "2024-01-01T00:00:00Z 1 [ERROR] [MY-012640] [InnoDB] Error number 28 means 'No space left on device'\n"
                  "2024-01-01T00:00:00Z 0 [ERROR] [MY-010020] [Server] Data Dictionary initialization failed.\n"
                  "2024-01-01T00:00:00Z 0 [ERROR] [MY-010119] [Server] Aborting\n"
                  "2024-01-01T00:00:00Z 0 [System] [MY-010910] [Server] Shutdown complete\n"),
        "Error number 28 means 'No space left on device'");
    EXPECT_EQ(last_error_line("2024-01-01T00:00:00Z 0 [ERROR] [MY-010119] [Server] Aborting\n"), "Aborting");
    EXPECT_EQ(
        last_error_line("2024-01-01  0:00:00 0 [ERROR] the cause\n"
                        "2024-01-01  0:00:00 0 [ERROR] InnoDB: Plugin initialization aborted with error Generic error\n"),
        "the cause");
}

TEST(LastErrorLineTest, IsShortAndEmptyWhereThereIsNoError)
{
    EXPECT_EQ(last_error_line("x [ERROR] " + std::string(300, 'y')).size(), 100U);
    EXPECT_EQ(last_error_line("2024-01-01  0:00:00 0 [Note] ready for connections\n"), "");
    EXPECT_EQ(last_error_line(""), "");
}

// Recorded from MySQL 9.7.4.
constexpr std::string_view k_new_layout
    = R"({"Version": 2, "mysql_static_variables": {"skip_replica_start": {"Value": "ON", "Metadata": {"Host": "localhost",
    "User": "super_read_only", "Timestamp": 1795236015657638}}}, "mysql_dynamic_variables": {"super_read_only": {"Value": "OFF",
    "Metadata": {"Host": "localhost", "User": "root", "Timestamp": 1795236015657405}}}})";
constexpr std::string_view k_old_layout
    = R"({ "Version" : 1 , "mysql_server" : { "read_only" : { "Value" : "0" , "Metadata" : { "Timestamp" : 1 } } , )"
      R"("mysql_server_static_options" : { "skip_slave_start" : { "Value" : "OFF" } } } })";

TEST(PersistedTest, FindsValuesInEveryLayout)
{
    EXPECT_EQ(persisted_value(k_new_layout, "super_read_only"), "OFF");
    EXPECT_EQ(persisted_value(k_new_layout, "skip_replica_start"), "ON");
    EXPECT_EQ(persisted_value(k_new_layout, "read_only"), std::nullopt);
    EXPECT_EQ(persisted_value(k_old_layout, "read_only"), "0");
    EXPECT_EQ(persisted_value(k_old_layout, "skip_slave_start"), "OFF");
    EXPECT_EQ(persisted_value(R"({"mysql_server": {"read_only": "ON"}})", "read_only"), "ON") << "8.0.0 to 8.0.2";
}

TEST(PersistedTest, SurvivesADamagedFile)
{
    for (std::size_t length = 0; length <= k_new_layout.size(); ++length)
        static_cast<void>(persisted_value(k_new_layout.substr(0, length), "super_read_only"));
    EXPECT_FALSE(persisted_value("", "super_read_only"));
}

TEST(PersistedTest, OnlySettingsThatUndoReadOnlyAreDangerous)
{
    EXPECT_EQ(dangerous_setting(k_new_layout), "super_read_only=OFF");
    EXPECT_EQ(dangerous_setting(k_old_layout), "read_only=0");
    EXPECT_FALSE(dangerous_setting(R"({"Version": 2, "mysql_dynamic_variables": {"super_read_only": {"Value": "ON"},
        "max_connections": {"Value": "0"}}})"));
    EXPECT_FALSE(dangerous_setting(""));
}

} // namespace
} // namespace mysql_prm::adapters::mysqld
