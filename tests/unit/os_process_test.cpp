#include "os_temporary_folder.hpp"

#include "mysql_prm/adapters/os/account.hpp"
#include "mysql_prm/adapters/os/daemon.hpp"
#include "mysql_prm/adapters/os/environment.hpp"
#include "mysql_prm/adapters/os/folder_lock.hpp"
#include "mysql_prm/adapters/os/process.hpp"

#include <algorithm>
#include <csignal>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace mysql_prm::adapters::os {
namespace {

using base::Deadline;
using base::ErrorKind;
using base::Millis;

Deadline soon()
{
    return Deadline::after(Millis(10'000));
}

// A detached sleep, ended with the test.
class Sleeper {
public:
    Sleeper() : m_pid(start_detached({*find_program("sleep"), "600"}, -1, soon()).value_or(-1)) { }
    Sleeper(const Sleeper&) = delete;
    Sleeper& operator=(const Sleeper&) = delete;
    ~Sleeper()
    {
        if (m_pid > 0)
            ::kill(m_pid, SIGKILL);
    }
    [[nodiscard]] pid_t pid() const { return m_pid; }

private:
    pid_t m_pid;
};

TEST(ParseStatTest, ReadsANameWithBlanksAndParentheses)
{
    const auto process = parse_stat("42 (my (odd) name) S 7 42 42 0 -1 4194560 1 0 0 0 4 5 0 0 20 0 33 0 12345 0 0 0");
    ASSERT_TRUE(process);
    EXPECT_EQ(process->pid, 42);
    EXPECT_EQ(process->name, "my (odd) name");
    EXPECT_EQ(process->state, 'S');
    EXPECT_EQ(process->parent, 7);
    EXPECT_EQ(process->threads, 33);
    EXPECT_EQ(process->used_time, 9U);
    EXPECT_EQ(process->start_time, 12345U);
    EXPECT_FALSE(parse_stat("42 (cut off) S 7"));
    EXPECT_FALSE(parse_stat(""));
}

TEST(ProcessInfoTest, AZombieIsDeadUnlessThreadsRemain)
{
    ProcessInfo process;
    process.state = 'Z';
    process.threads = 1;
    EXPECT_FALSE(process.alive());
    process.threads = 2;
    EXPECT_TRUE(process.alive());
    process.state = 'T';
    process.threads = 1;
    EXPECT_TRUE(process.alive());
}

TEST(ReadProcessTest, DescribesThisProcess)
{
    const auto self = read_process(::getpid());
    ASSERT_TRUE(self);
    EXPECT_EQ(self->parent, ::getppid());
    EXPECT_TRUE(self->alive());
    EXPECT_FALSE(self->arguments.empty());
    EXPECT_EQ(self->executable, std::filesystem::read_symlink("/proc/self/exe"));
    EXPECT_TRUE(works_in(::getpid(), "."));
    EXPECT_FALSE(works_in(::getpid(), "/proc"));
    EXPECT_TRUE(std::ranges::binary_search(all_pids(), ::getpid()));
    EXPECT_FALSE(read_process(0));
}

TEST(ProcessHandleTest, EndsAProcessAndSeesItsEnd)
{
    const Sleeper sleeper;
    const auto handle = ProcessHandle::open(*read_process(sleeper.pid()));
    ASSERT_TRUE(handle);
    EXPECT_FALSE(handle->wait_for_end(Deadline::after(Millis(0))));
    ASSERT_TRUE(handle->signal(SIGKILL));
    EXPECT_TRUE(handle->wait_for_end(soon()));
    EXPECT_TRUE(handle->signal(SIGKILL)) << "a process that is gone is no error";
}

TEST(ProcessHandleTest, DoesNotTakeALaterProcessWithTheSamePid)
{
    const Sleeper sleeper;
    auto earlier = *read_process(sleeper.pid());
    --earlier.start_time;
    EXPECT_FALSE(ProcessHandle::open(earlier));
}

TEST(StartDetachedTest, LivesInASessionOfItsOwnUnderNobodyOfOurs)
{
    const Sleeper sleeper;
    ASSERT_GT(sleeper.pid(), 0);
    EXPECT_NE(::getsid(sleeper.pid()), ::getsid(0));
    EXPECT_NE(::getpgid(sleeper.pid()), ::getpgid(0));
    if (::getpid() != 1) // the first process of a namespace is the parent of all that have none
        EXPECT_NE(read_process(sleeper.pid())->parent, ::getpid());
    EXPECT_TRUE(works_in(sleeper.pid(), "/"));
}

TEST(StartDetachedTest, InheritsNoDescriptorButItsOutput)
{
    const TemporaryFolder folder;
    const UniqueFd leaked(::open("/dev/null", O_RDONLY)); // on purpose without O_CLOEXEC
    const UniqueFd output(::open((folder / "out").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    const auto program = folder.program("show", "ls /proc/$$/fd; :");
    const auto pid = start_detached({program}, output.get(), soon());
    ASSERT_TRUE(pid);
    if (const auto process = read_process(*pid)) {
        const auto handle = ProcessHandle::open(*process);
        ASSERT_TRUE(!handle || handle->wait_for_end(soon()));
    }
    const auto shown = folder.read("out");
    EXPECT_EQ(std::ranges::count(shown, '\n'), 4) << shown; // 0, 1, 2 and the shell's own script
}

TEST(StartDetachedTest, SaysWhyAProgramCannotBeExecuted)
{
    const auto pid = start_detached({"/no/such/program"}, -1, soon());
    ASSERT_FALSE(pid);
    EXPECT_EQ(pid.error().kind, ErrorKind::not_installed);
    EXPECT_EQ(pid.error().code, ENOENT);
}

TEST(FolderLockTest, LetsOneInAtATime)
{
    const TemporaryFolder folder;
    {
        const auto first = FolderLock::take(folder.path(), soon());
        ASSERT_TRUE(first);
        const auto second = FolderLock::take(folder.path(), Deadline::after(Millis(0)));
        ASSERT_FALSE(second);
        EXPECT_EQ(second.error().kind, ErrorKind::timed_out);
    }
    EXPECT_TRUE(FolderLock::take(folder.path(), Deadline::after(Millis(0))));
}

TEST(FolderLockTest, IsNotHeldByADetachedProgram)
{
    const TemporaryFolder folder;
    auto lock = std::optional(FolderLock::take(folder.path(), soon()));
    const Sleeper sleeper;
    lock.reset();
    EXPECT_TRUE(FolderLock::take(folder.path(), Deadline::after(Millis(0))));
}

TEST(FolderLockTest, DoesNotHinderWhereThereIsNoFolder)
{
    EXPECT_TRUE(FolderLock::take("/no/such/folder", Deadline::after(Millis(0))));
}

TEST(AccountTest, KnowsRootAndNobodyElseByAccident)
{
    const auto root = find_account("root", "");
    ASSERT_TRUE(root);
    EXPECT_EQ(root->user, 0U);
    EXPECT_EQ(find_account("no-such-user-here", "").error().kind, ErrorKind::not_installed);
    EXPECT_EQ(find_account("root", "no-such-group-here").error().message, "group 'no-such-group-here' does not exist");
}

TEST(AccountTest, AsksTheKernelAsThatUser)
{
    if (::geteuid() != 0) {
        const auto self = Account{::getuid(), ::getgid(), {}};
        EXPECT_EQ(access_error(self, "/", R_OK), 0);
        EXPECT_EQ(access_error(self, "/root/x", R_OK) == 0, false);
        return;
    }
    const TemporaryFolder folder; // mode 0700, root's
    const auto nobody = find_account("nobody", "");
    ASSERT_TRUE(nobody);
    EXPECT_EQ(access_error(*nobody, folder.path(), W_OK), EACCES);
    EXPECT_EQ(access_error(*find_account("root", ""), folder.path(), W_OK), 0);
}

} // namespace
} // namespace mysql_prm::adapters::os
