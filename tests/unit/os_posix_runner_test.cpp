#include "os_temporary_folder.hpp"

#include "mysql_prm/adapters/os/environment.hpp"
#include "mysql_prm/adapters/os/posix_runner.hpp"
#include "mysql_prm/adapters/os/process.hpp"
#include "mysql_prm/base/text.hpp"

#include <csignal>
#include <thread>

namespace mysql_prm::adapters::os {
namespace {

using base::Deadline;
using base::ErrorKind;
using base::Millis;

Deadline soon()
{
    return Deadline::after(Millis(10'000));
}

TEST(EnvironmentTest, KeepsParametersAndPasswordsFromChildren)
{
    const auto kept = filter_environment(
        {"PATH=/bin", "OCF_ROOT=/usr/lib/ocf", "OCF_RESOURCE_INSTANCE=mysql", "OCF_RESKEY_replication_passwd=secret",
            "OCF_RESKEY_CRM_meta_on_node=n1", "OCF_RESKEY_CRM_meta_timeout=20000", "MYSQL_PWD=secret",
            "NOTIFY_SOCKET=/run/x", "SSL_CERT_FILE=/dev/null", "PCMK_logfile=/x", "HA_debug=0", "LC_ALL=de_DE"});
    EXPECT_EQ(kept,
        (std::vector<std::string>{"PATH=/bin", "OCF_ROOT=/usr/lib/ocf", "OCF_RESOURCE_INSTANCE=mysql",
            "OCF_RESKEY_CRM_meta_timeout=20000", "PCMK_logfile=/x", "HA_debug=0", "LC_ALL=C"}));
}

TEST(EnvironmentTest, FindsSystemProgramsWhenPathLeavesThemOut)
{
    const ScopedVariable path("PATH", "/nowhere");
    EXPECT_TRUE(find_program("sh"));
    EXPECT_FALSE(find_program("no-such-program-at-all"));
}

TEST(PosixRunnerTest, KeepsOutputErrorsAndStatusApart)
{
    const auto result = PosixRunner().run({"sh", "-c", "echo out; echo err >&2; exit 3"}, soon());
    ASSERT_TRUE(result);
    EXPECT_EQ(result->out, "out\n");
    EXPECT_EQ(result->err, "err\n");
    EXPECT_EQ(result->exit_status, 3);
}

TEST(PosixRunnerTest, HandsOverLineByLineWhatAProgramPrints)
{
    const auto program = PosixRunner().begin({"sh", "-c", "echo one; echo two; echo err >&2; sleep 60"});
    ASSERT_TRUE(program);
    EXPECT_EQ((*program)->line(soon()).value(), "one");
    EXPECT_EQ((*program)->line(soon()).value(), "two");
    const auto nothing = (*program)->line(Deadline::after(Millis{50}));
    ASSERT_TRUE(nothing);
    EXPECT_FALSE(*nothing);
}

TEST(PosixRunnerTest, SaysWhenAPrintingProgramHasEnded)
{
    const auto program = PosixRunner().begin({"sh", "-c", "echo last; printf rest"});
    ASSERT_TRUE(program);
    EXPECT_EQ((*program)->line(soon()).value(), "last");
    EXPECT_FALSE((*program)->line(soon()));
    EXPECT_FALSE((*program)->line(soon()));
    EXPECT_FALSE(PosixRunner().begin({"no-such-program-at-all"}));
}

TEST(PosixRunnerTest, TellsWhatIsThereWithoutWaiting)
{
    const auto program = PosixRunner().begin({"sh", "-c", "echo one; sleep 60"});
    ASSERT_TRUE(program);
    base::Result<std::optional<std::string>> line = std::nullopt;
    for (const auto deadline = soon(); line && !*line && !deadline.expired();) {
        std::this_thread::sleep_for(Millis{5});
        line = (*program)->line(Deadline::after(Millis{0}));
    }
    ASSERT_TRUE(line);
    EXPECT_EQ(*line, "one");
}

TEST(PosixRunnerTest, WaitsForTheEndOfAPrintingProgram)
{
    auto program = PosixRunner().begin({"sh", "-c", "echo one; echo two; echo err >&2; exit 3"});
    ASSERT_TRUE(program);
    const auto result = (*program)->finish(soon());
    ASSERT_TRUE(result);
    EXPECT_EQ(result->out, "one\ntwo\n");
    EXPECT_EQ(result->err, "err\n");
    EXPECT_EQ(result->exit_status, 3);

    program = PosixRunner().begin({"sleep", "60"});
    ASSERT_TRUE(program);
    const auto hanging = (*program)->finish(Deadline::after(Millis{50}));
    ASSERT_FALSE(hanging);
    EXPECT_EQ(hanging.error().kind, base::ErrorKind::timed_out);
    EXPECT_EQ(hanging.error().message, "sleep did not end in time and was killed");
}

TEST(PosixRunnerTest, EndsAPrintingProgramWithItsOwner)
{
    auto program = PosixRunner().begin({"sh", "-c", "echo $$; sleep 60"});
    ASSERT_TRUE(program);
    const auto pid = base::to_int<pid_t>((*program)->line(soon()).value().value());
    ASSERT_TRUE(pid);
    program->reset();
    EXPECT_NE(::kill(*pid, 0), 0);
}

TEST(PosixRunnerTest, PassesArgumentsWithoutAShell)
{
    const auto result = PosixRunner().run({"printf", "%s|", "a b", "$HOME;`id`", "", "'\""}, soon());
    ASSERT_TRUE(result);
    EXPECT_EQ(result->out, "a b|$HOME;`id`||'\"|");
}

TEST(PosixRunnerTest, GivesTheChildAnEmptyInput)
{
    const auto result = PosixRunner().run({"cat"}, soon());
    ASSERT_TRUE(result);
    EXPECT_EQ(result->out, "");
}

TEST(PosixRunnerTest, ReportsASignalAsAShellDoes)
{
    const auto result = PosixRunner().run({"sh", "-c", "kill -9 $$"}, soon());
    ASSERT_TRUE(result);
    EXPECT_EQ(result->exit_status, 137);
}

TEST(PosixRunnerTest, SaysWhenAProgramDoesNotExist)
{
    const auto result = PosixRunner().run({"no-such-program-at-all"}, soon());
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind, ErrorKind::not_found);
}

TEST(PosixRunnerTest, SaysWhenAProgramCannotBeExecuted)
{
    const TemporaryFolder folder;
    const auto path = folder.program("broken", "");
    folder.write("broken", "#!/no/such/interpreter\n");
    const auto result = PosixRunner().run({path}, soon());
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind, ErrorKind::not_found);
}

TEST(PosixRunnerTest, KillsTheWholeGroupAtTheDeadline)
{
    const TemporaryFolder folder;
    const auto pids = folder / "pids";
    const auto result = PosixRunner().run(
        {"sh", "-c", "sleep 600 & echo $! >$0; echo $$ >>$0; wait", pids}, Deadline::after(Millis(2000)));
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind, ErrorKind::timed_out);
    const auto written = base::words(folder.read("pids"));
    ASSERT_EQ(written.size(), 2U);
    for (const auto& pid : written)
        if (const auto process = read_process(*base::to_int<pid_t>(pid))) { // else it is gone already
            const auto handle = ProcessHandle::open(*process);
            EXPECT_TRUE(!handle || handle->wait_for_end(soon())) << pid;
        }
}

TEST(PosixRunnerTest, DoesNotWaitForWhatTheChildLeftBehind)
{
    const auto result = PosixRunner().run({"sh", "-c", "sleep 600 & echo $!"}, soon());
    ASSERT_TRUE(result);
    const auto left = base::to_int<pid_t>(base::trim(result->out));
    ASSERT_TRUE(left);
    ::kill(*left, SIGKILL);
}

TEST(PosixRunnerTest, KeepsOneMebibyteOfOutputAndReadsTheRest)
{
    const auto result = PosixRunner().run({"head", "-c", "3000000", "/dev/zero"}, soon());
    ASSERT_TRUE(result);
    EXPECT_EQ(result->out.size(), 1024U * 1024U);
    EXPECT_EQ(result->exit_status, 0);
}

TEST(PosixRunnerTest, HidesParametersFromTheChild)
{
    const ScopedVariable password("OCF_RESKEY_test_passwd", "secret");
    const auto result = PosixRunner().run({"env"}, soon());
    ASSERT_TRUE(result);
    EXPECT_EQ(result->out.find("secret"), std::string::npos);
}

} // namespace
} // namespace mysql_prm::adapters::os
