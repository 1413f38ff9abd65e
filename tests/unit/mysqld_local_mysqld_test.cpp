// Processes and folders, with a stand-in for mysqld made of shell. Each test waits only for lifetimes of a few milliseconds.
#include "os_temporary_folder.hpp"

#include "mysql_prm/adapters/mysqld/data_directory.hpp"
#include "mysql_prm/adapters/mysqld/local_mysqld.hpp"
#include "mysql_prm/adapters/mysqld/server_process.hpp"
#include "mysql_prm/adapters/os/daemon.hpp"
#include "mysql_prm/adapters/os/posix_files.hpp"
#include "mysql_prm/adapters/os/posix_runner.hpp"
#include "mysql_prm/adapters/os/system_clock.hpp"
#include "mysql_prm/adapters/os/unique_fd.hpp"
#include "mysql_prm/base/text.hpp"

#include <csignal>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace mysql_prm::adapters::mysqld {
namespace {

using base::ErrorKind;
using base::Millis;
using core::Flavor;
using core::ServerVersion;
using ports::StartRole;
using ports::StopOutcome;

const ServerVersion k_mysql{Flavor::mysql, 90704, "9.7.4"};

Deadline soon()
{
    return Deadline::after(Millis(10'000));
}

constexpr std::string_view k_server = R"sh(
for a; do case $a in
  --datadir=*) d=${a#*=};; --pid-file=*) p=${a#*=};; --socket=*) s=${a#*=};; --log-error=*) l=${a#*=};;
  --initialize-insecure) init=1;; --version) echo "mysqld  Ver 9.7.4 for Linux on x86_64 (test)"; exit;;
  --fail) echo "2026-01-01T00:00:00Z 0 [ERROR] [MY-000001] [Server] told to fail" >>$l; exit 1;;
  --loose-fail-init) mkdir $d/mysql; echo "2026-01-01T00:00:00Z 0 [ERROR] [MY-012640] [InnoDB] disk is full" >>$l; exit 1;;
  --deaf) deaf=1;; --help) check=1;; --without-gtid) without_gtid=1;;
esac; done
[ -z "$check" ] || exit ${without_gtid:-0}
cd $d || exit 1
if [ "$init" ]; then mkdir mysql; echo x >ibdata1; exit; fi
if [ "$deaf" ]; then trap '' TERM; else trap 'rm -f $p $s; exit 0' TERM; fi
: >$s; echo $$ >$p.new; mv $p.new $p
while :; do sleep 0.02; done
)sh";

// Listens on a socket file, which stays behind as that of a killed server does.
class Listener {
public:
    explicit Listener(const std::string& path) : m_fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0))
    {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.copy(address.sun_path, sizeof address.sun_path - 1);
        EXPECT_EQ(::bind(m_fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
        EXPECT_EQ(::listen(m_fd.get(), 1), 0);
    }

private:
    os::UniqueFd m_fd;
};

class LocalMysqldTest : public testing::Test {
protected:
    LocalMysqldTest()
    {
        m_settings.binary = m_folder.program("bin/mysqld", std::string(k_server));
        m_settings.config = m_folder.write("my.cnf", "[mysqld]\n");
        m_settings.datadir = m_folder / "data";
        m_settings.user = ::getpwuid(::geteuid())->pw_name;
        m_settings.log = m_folder.folder("log") + "/error.log";
        m_settings.pid_file = m_folder / "run/m.pid";
        m_settings.socket = m_folder / "run/m.sock";
    }
    ~LocalMysqldTest() override
    {
        static_cast<void>(mysqld().kill(soon()));
        for (const auto pid : m_also)
            ::kill(pid, SIGKILL);
    }

    LocalMysqld mysqld() { return {m_settings, m_runner, m_files, m_clock}; }
    void make_datadir() { m_folder.folder("data/mysql"); }

    // Launches and waits for the pid file: from then on the stand-in obeys signals.
    pid_t serve()
    {
        make_datadir();
        const auto pid = mysqld().launch(k_mysql, StartRole::replica, soon());
        EXPECT_TRUE(pid) << (pid ? "" : pid.error().message);
        wait_until([&] { return os::exists(m_settings.pid_file); });
        return pid.value_or(-1);
    }
    void wait_until(const auto& condition)
    {
        const auto patience = soon();
        while (!condition() && !patience.expired())
            m_clock.pause(Millis(5), patience);
    }
    // A program of ours that is not a server of this data directory, or is one behind our back.
    pid_t run_beside(const std::vector<std::string>& argv)
    {
        m_also.push_back(os::start_detached(argv, -1, soon()).value_or(-1));
        return m_also.back();
    }

    TemporaryFolder m_folder;
    ports::MysqldSettings m_settings;
    os::PosixRunner m_runner;
    os::PosixFiles m_files;
    os::SystemClock m_clock;
    std::vector<pid_t> m_also;
};

TEST_F(LocalMysqldTest, NothingRunsBeforeAStart)
{
    EXPECT_FALSE(mysqld().running());
    EXPECT_EQ(mysqld().stop(soon(), soon()), StopOutcome::was_not_running);
}

TEST_F(LocalMysqldTest, TellsTheVersionOfTheProgram)
{
    EXPECT_EQ(mysqld().version(soon())->number, 90704U);
    m_settings.binary = "/bin/echo";
    EXPECT_EQ(mysqld().version(soon()).error().kind, ErrorKind::not_installed);
}

TEST_F(LocalMysqldTest, ALaunchedServerIsFoundAndEnds)
{
    const auto pid = serve();
    EXPECT_EQ(mysqld().running(), pid);
    EXPECT_NE(::getpgid(pid), ::getpgid(0));
    EXPECT_EQ(mysqld().stop(soon(), soon()), StopOutcome::ended);
    EXPECT_FALSE(mysqld().running());
    EXPECT_FALSE(os::exists(m_settings.pid_file));
    EXPECT_FALSE(os::exists(m_settings.socket));
}

TEST_F(LocalMysqldTest, AReplicaThatCanTakesWhatItWroteItself)
{
    make_datadir();
    const auto takes_own = [&](const ServerVersion& version, StartRole role) {
        const auto pid = mysqld().launch(version, role, soon());
        wait_until([&] { return os::exists(m_settings.pid_file); });
        const auto command = m_files.read(base::text("/proc/", pid.value_or(-1), "/cmdline"));
        static_cast<void>(mysqld().kill(soon()));
        return command && command->find("--replicate-same-server-id") != std::string::npos;
    };
    EXPECT_TRUE(takes_own(k_mysql, StartRole::replica));
    EXPECT_FALSE(takes_own(k_mysql, StartRole::standalone));
    EXPECT_FALSE(takes_own({Flavor::mysql, 50744, "5.7.44"}, StartRole::replica));
    EXPECT_FALSE(takes_own({Flavor::mariadb, 101119, "10.11.19"}, StartRole::replica));
    m_settings.additional_parameters = {"--without-gtid"};
    EXPECT_FALSE(takes_own(k_mysql, StartRole::replica));
}

TEST_F(LocalMysqldTest, ALaunchedServerIsFoundAtOnce)
{
    make_datadir();
    const auto pid = mysqld().launch(k_mysql, StartRole::replica, soon());
    ASSERT_TRUE(pid);
    EXPECT_EQ(mysqld().running(), *pid);
}

TEST_F(LocalMysqldTest, ASecondServerIsRefused)
{
    const auto pid = serve();
    std::filesystem::remove(m_settings.pid_file);
    const auto second = mysqld().launch(k_mysql, StartRole::replica, soon());
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().kind, ErrorKind::conflict);
    EXPECT_EQ(second.error().message, base::text("process ", pid, " already serves '", m_settings.datadir, "'"));
}

TEST_F(LocalMysqldTest, AServerWithoutAPidFileIsFoundThroughALink)
{
    const auto pid = serve();
    std::filesystem::remove(m_settings.pid_file);
    std::filesystem::create_directory_symlink(m_settings.datadir, m_folder / "link");
    m_settings.datadir = m_folder / "link";
    EXPECT_EQ(mysqld().running(), pid);
}

TEST_F(LocalMysqldTest, AStalePidFileIsNotBelieved)
{
    m_folder.write("run/m.pid", base::text(::getpid(), "\n"));
    EXPECT_FALSE(mysqld().running());
    m_folder.write("run/m.pid", "nonsense\n");
    EXPECT_FALSE(mysqld().running());
    EXPECT_EQ(mysqld().stop(soon(), soon()), StopOutcome::was_not_running);
    EXPECT_FALSE(os::exists(m_settings.pid_file));
}

TEST_F(LocalMysqldTest, AnotherInstanceThatGotThePidIsLeftAlone)
{
    const auto other = run_beside({m_settings.binary, "--datadir=" + m_folder.folder("other"),
        "--pid-file=" + (m_folder / "o.pid"), "--socket=" + (m_folder / "o.sock")});
    wait_until([&] { return os::exists(m_folder / "o.pid"); });
    m_folder.write("run/m.pid", base::text(other, "\n"));
    make_datadir();
    EXPECT_FALSE(mysqld().running());
    EXPECT_EQ(mysqld().kill(soon()), StopOutcome::was_not_running);
    EXPECT_EQ(::kill(other, 0), 0);
}

TEST_F(LocalMysqldTest, AnInstanceWithAnotherDataDirectoryIsNotOursEvenWithOurPidFile)
{
    m_folder.folder("run");
    const auto other = run_beside({m_settings.binary, "--datadir=" + m_folder.folder("other"),
        "--pid-file=" + m_settings.pid_file, "--socket=" + (m_folder / "o.sock")});
    wait_until([&] { return os::exists(m_settings.pid_file); });
    make_datadir();
    EXPECT_FALSE(mysqld().running());
    EXPECT_EQ(mysqld().kill(soon()), StopOutcome::was_not_running);
    EXPECT_EQ(::kill(other, 0), 0);
}

TEST_F(LocalMysqldTest, TheSocketOfALiveServerElsewhereIsLeftAlone)
{
    m_folder.folder("run");
    const Listener other(m_settings.socket);
    m_folder.write("run/m.sock.lock", "1\n");
    make_datadir();
    EXPECT_EQ(mysqld().stop(soon(), soon()), StopOutcome::was_not_running);
    EXPECT_TRUE(os::exists(m_settings.socket));
    EXPECT_TRUE(os::exists(m_settings.socket + ".lock"));
    const auto launched = mysqld().launch(k_mysql, StartRole::replica, soon());
    ASSERT_FALSE(launched);
    EXPECT_EQ(launched.error().kind, ErrorKind::conflict);
    EXPECT_EQ(launched.error().message,
        base::text(
            "process ", ::getpid(), " uses our socket '", m_settings.socket, "' or pid file for another data directory"));
    EXPECT_TRUE(os::exists(m_settings.socket));
}

TEST_F(LocalMysqldTest, ASocketThatNobodyListensOnIsStale)
{
    m_folder.folder("run");
    {
        const Listener dead(m_settings.socket);
    }
    ASSERT_TRUE(os::exists(m_settings.socket));
    EXPECT_EQ(mysqld().stop(soon(), soon()), StopOutcome::was_not_running);
    EXPECT_FALSE(os::exists(m_settings.socket));
}

TEST_F(LocalMysqldTest, AServerThatSomebodyElseStartedIsKnownByItsCurrentFolder)
{
    make_datadir();
    const auto plain = m_folder.program("elsewhere/mysqld", "cd \"$1\"; while :; do sleep 0.02; done");
    const auto pid = run_beside({plain, m_settings.datadir});
    wait_until([&] { return os::works_in(pid, m_settings.datadir); });
    EXPECT_EQ(mysqld().running(), pid);
    EXPECT_EQ(mysqld().kill(soon()), StopOutcome::killed);
}

TEST_F(LocalMysqldTest, AProcessThatOnlyWorksInTheFolderIsNoServer)
{
    make_datadir();
    run_beside({"/bin/sh", "-c", "cd " + m_settings.datadir + " && exec sleep 600"});
    EXPECT_FALSE(mysqld().running());
}

TEST_F(LocalMysqldTest, AServerThatIgnoresSigtermIsKilledAfterTheGrace)
{
    m_settings.additional_parameters = {"--deaf"};
    serve();
    EXPECT_EQ(mysqld().stop(Deadline::after(Millis(50)), soon()), StopOutcome::killed);
    EXPECT_FALSE(mysqld().running());
    EXPECT_FALSE(os::exists(m_settings.pid_file));
    EXPECT_FALSE(os::exists(m_settings.socket));
}

TEST_F(LocalMysqldTest, AStoppedProcessIsKilledAfterTheGrace)
{
    ::kill(serve(), SIGSTOP);
    EXPECT_EQ(mysqld().stop(Deadline::after(Millis(50)), soon()), StopOutcome::killed);
    EXPECT_FALSE(mysqld().running());
}

TEST_F(LocalMysqldTest, KillDoesNotWaitForAnyGrace)
{
    m_settings.additional_parameters = {"--deaf"};
    serve();
    EXPECT_EQ(mysqld().kill(soon()), StopOutcome::killed);
}

TEST_F(LocalMysqldTest, AWrapperCannotStartTheServerAgain)
{
    make_datadir();
    m_folder.folder("run");
    const auto safe = m_folder.program("bin/mysqld_safe", "while :; do " + m_settings.binary + " \"$@\"; done");
    const auto wrapper = run_beside(
        {safe, "--datadir=" + m_settings.datadir, "--pid-file=" + m_settings.pid_file, "--socket=" + m_settings.socket});
    wait_until([&] { return os::exists(m_settings.pid_file); });
    m_settings.binary = safe;
    const auto server = mysqld().running();
    ASSERT_TRUE(server);
    EXPECT_NE(*server, wrapper);
    EXPECT_EQ(mysqld().kill(soon()), StopOutcome::killed);
    EXPECT_FALSE(mysqld().running());
    EXPECT_FALSE(os::read_process(wrapper) && os::read_process(wrapper)->alive());
}

TEST_F(LocalMysqldTest, TheReasonOfAFailedStartComesFromItsOwnLinesOfTheLog)
{
    make_datadir();
    m_folder.write("log/error.log", "2026-01-01T00:00:00Z 0 [ERROR] [MY-000001] [Server] last week's\n");
    m_settings.additional_parameters = {"--fail"};
    auto it = mysqld();
    EXPECT_EQ(it.last_error(), "last week's");
    const auto pid = it.launch(k_mysql, StartRole::replica, soon());
    ASSERT_TRUE(pid);
    wait_until([&] { return !it.last_error().empty(); });
    EXPECT_EQ(it.last_error(), "told to fail");
}

TEST_F(LocalMysqldTest, WhatAServerPrintsBeforeItsLogIsOpenIsNotLost)
{
    make_datadir();
    m_settings.binary = m_folder.program("bin/mysqld", "echo \"$0: Can't read anything\" >&2");
    auto it = mysqld();
    ASSERT_TRUE(it.launch(k_mysql, StartRole::replica, soon()));
    wait_until([&] { return !it.last_error().empty(); });
    EXPECT_EQ(it.last_error(), "Can't read anything");
}

TEST_F(LocalMysqldTest, AFolderWithoutADatabaseIsNotServed)
{
    m_folder.folder("data");
    EXPECT_EQ(mysqld().launch(k_mysql, StartRole::replica, soon()).error().kind, ErrorKind::conflict);
}

TEST_F(LocalMysqldTest, PersistedSettingsThatMakeAReplicaWritableStopItsStart)
{
    make_datadir();
    m_folder.write(
        "data/mysqld-auto.cnf", R"({"Version": 2, "mysql_dynamic_variables": {"super_read_only": {"Value": "OFF"}}})");
    EXPECT_EQ(mysqld().launch(k_mysql, StartRole::replica, soon()).error().kind, ErrorKind::data_risk);
    EXPECT_EQ(mysqld().check_files(StartRole::replica, false).error().kind, ErrorKind::data_risk);
    EXPECT_TRUE(mysqld().check_files(StartRole::standalone, false));
    EXPECT_TRUE(mysqld().launch(k_mysql, StartRole::standalone, soon()));
}

TEST_F(LocalMysqldTest, MakesADataDirectoryOnce)
{
    EXPECT_TRUE(mysqld().datadir_is_empty());
    ASSERT_TRUE(mysqld().create_datadir(k_mysql, soon()));
    EXPECT_FALSE(mysqld().datadir_is_empty());
    EXPECT_EQ(os::list_folder(m_settings.datadir), (std::vector<std::string>{"ibdata1", "mysql", "mysql-prm.created"}));
    EXPECT_EQ(mysqld().create_datadir(k_mysql, soon()).error().kind, ErrorKind::conflict);
    EXPECT_TRUE(mysqld().check_files(StartRole::replica, false));
}

TEST_F(LocalMysqldTest, NeverMakesADataDirectoryOverFilesOfOthers)
{
    m_folder.write("data/precious", "x");
    EXPECT_FALSE(mysqld().datadir_is_empty());
    EXPECT_EQ(mysqld().create_datadir(k_mysql, soon()).error().kind, ErrorKind::conflict);
    EXPECT_EQ(m_folder.read("data/precious"), "x");
}

TEST_F(LocalMysqldTest, AMountPointsLostAndFoundDoesNotCount)
{
    m_folder.folder("data/lost+found");
    EXPECT_TRUE(mysqld().datadir_is_empty());
    EXPECT_TRUE(mysqld().create_datadir(k_mysql, soon()));
}

TEST_F(LocalMysqldTest, AFailedCreationLeavesNothingThatLooksWhole)
{
    m_settings.additional_parameters = {"--fail-init"};
    const auto created = mysqld().create_datadir(k_mysql, soon());
    ASSERT_FALSE(created);
    EXPECT_EQ(created.error().message, "cannot make a data directory: disk is full");
    EXPECT_TRUE(mysqld().datadir_is_empty());
    EXPECT_EQ(os::list_folder(m_settings.datadir), std::vector<std::string>{});
}

TEST_F(LocalMysqldTest, AHalfMadeDataDirectoryIsMadeAgain)
{
    m_folder.folder("data/.mysql-prm.partial/mysql");
    m_folder.write("data/.mysql-prm.partial/old", "x");
    EXPECT_TRUE(mysqld().datadir_is_empty());
    EXPECT_EQ(mysqld().check_files(StartRole::replica, false).error().kind, ErrorKind::conflict);
    EXPECT_EQ(mysqld().launch(k_mysql, StartRole::replica, soon()).error().kind, ErrorKind::conflict);
    ASSERT_TRUE(mysqld().create_datadir(k_mysql, soon()));
    EXPECT_EQ(os::list_folder(m_settings.datadir), (std::vector<std::string>{"ibdata1", "mysql", "mysql-prm.created"}));
}

TEST_F(LocalMysqldTest, AnInterruptedMoveGoesOnWhereItStopped)
{
    m_folder.write("data/ibdata1", "made");
    m_folder.folder("data/.mysql-prm.partial/mysql");
    m_folder.write("data/.mysql-prm.partial/mysql-prm.created", "9.7.4\n");
    EXPECT_TRUE(mysqld().datadir_is_empty());
    ASSERT_TRUE(mysqld().create_datadir(k_mysql, soon()));
    EXPECT_EQ(m_folder.read("data/ibdata1"), "made");
    EXPECT_EQ(datadir_state(m_settings.datadir), DatadirState::whole);
}

TEST_F(LocalMysqldTest, ABackupRestoredBesideAHalfMadeOneIsNotTouched)
{
    m_folder.folder("data/.mysql-prm.partial/mysql");
    m_folder.write("data/mysql/restored", "x");
    EXPECT_EQ(mysqld().create_datadir(k_mysql, soon()).error().kind, ErrorKind::conflict);
    EXPECT_EQ(m_folder.read("data/mysql/restored"), "x");
}

TEST_F(LocalMysqldTest, TheServerOfAKilledCreationEndsWithAStop)
{
    const auto partial = m_folder.folder("data/.mysql-prm.partial");
    const auto left = run_beside(
        {m_settings.binary, "--datadir=" + partial, "--pid-file=" + (m_folder / "p"), "--socket=" + (m_folder / "s")});
    EXPECT_EQ(mysqld().stop(soon(), soon()), StopOutcome::was_not_running);
    EXPECT_FALSE(os::read_process(left) && os::read_process(left)->alive());
}

TEST_F(LocalMysqldTest, ChecksFilesInTheOrderAPersonWouldMendThem)
{
    const auto message = [this](bool may_create) {
        const auto checked = mysqld().check_files(StartRole::replica, may_create);
        return checked ? std::string("fine") : checked.error().message;
    };
    EXPECT_EQ(message(true), "fine");
    EXPECT_EQ(message(false), "data directory '" + m_settings.datadir + "' does not exist");
    m_folder.folder("data");
    EXPECT_EQ(message(false), "data directory '" + m_settings.datadir + "' is empty");
    m_folder.write("data/file", "");
    EXPECT_EQ(message(true), "data directory '" + m_settings.datadir + "' holds files but no server's (no folder 'mysql')");
    make_datadir();
    EXPECT_EQ(message(false), "fine");
    m_settings.log = m_folder / "none/error.log";
    EXPECT_EQ(message(false), "folder of the log '" + m_settings.log + "' does not exist");
    m_settings.datadir = m_settings.config;
    EXPECT_EQ(message(true), "data directory '" + m_settings.config + "' is not a folder");
    m_settings.user = "no-such-user-here";
    EXPECT_EQ(message(true), "user 'no-such-user-here' does not exist");
    std::filesystem::permissions(m_settings.config, std::filesystem::perms(0666));
    EXPECT_EQ(message(true), "configuration '" + m_settings.config + "' is world-writable: the server would ignore it");
    m_settings.config = m_folder / "none.cnf";
    EXPECT_EQ(message(true), "configuration '" + m_settings.config + "': No such file or directory");
    m_settings.binary = "/no/such/mysqld";
    EXPECT_EQ(message(true), "server program '/no/such/mysqld' is not installed");
}

TEST_F(LocalMysqldTest, AForeignDataDirectoryIsRefused)
{
    make_datadir();
    m_settings.user = ::geteuid() == 0 ? "nobody" : "root";
    const auto checked = mysqld().check_files(StartRole::replica, false);
    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().kind, ErrorKind::no_permission);
    EXPECT_EQ(checked.error().message,
        "data directory '" + m_settings.datadir + "' does not belong to user '" + m_settings.user + "'");
}

} // namespace
} // namespace mysql_prm::adapters::mysqld
