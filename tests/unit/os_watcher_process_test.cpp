#include "os_temporary_folder.hpp"

#include "mysql_prm/adapters/os/posix_files.hpp"
#include "mysql_prm/adapters/os/watcher_process.hpp"

#include <gtest/gtest.h>

namespace mysql_prm::adapters::os {
namespace {

using base::Millis;

struct WatcherProcessTest : testing::Test {
    TemporaryFolder folder;
    std::string path = folder / "watch";
    WatcherProcess watcher{path, {}, "7"};
};

TEST_F(WatcherProcessTest, RunsWhileSomebodyHasTheLock)
{
    EXPECT_FALSE(watcher.is_running());
    {
        const auto lock = WatcherLock::take(path, "7");
        ASSERT_TRUE(lock);
        EXPECT_TRUE(watcher.is_running());
    }
    EXPECT_FALSE(watcher.is_running());
}

TEST_F(WatcherProcessTest, OneOfAnotherVersionDoesNotCount)
{
    const auto lock = WatcherLock::take(path, "7");
    ASSERT_TRUE(lock);
    const auto content = PosixFiles().read(path).value();
    const auto program = content.rfind(' ', content.rfind(' ') - 1);
    std::ofstream(path) << content.substr(0, program) << '\n'; // as before it said which program it is
    EXPECT_FALSE(watcher.is_running());
    std::ofstream(path) << content.substr(0, program) << " 1:1 7\n";
    EXPECT_FALSE(watcher.is_running());
    std::ofstream(path) << content;
    EXPECT_TRUE(watcher.is_running());
}

TEST_F(WatcherProcessTest, OneWithOtherParametersDoesNotCount)
{
    const auto lock = WatcherLock::take(path, "8");
    ASSERT_TRUE(lock);
    EXPECT_FALSE(watcher.is_running());
}

TEST_F(WatcherProcessTest, TheMembershipIsKnownOnlyWhileOneRunsAndSaysSo)
{
    watcher.note_membership(ports::Membership{.age = Millis{0}, .unaware = Millis{700}, .is_new = false});
    EXPECT_FALSE(watcher.membership_age());
    const auto lock = WatcherLock::take(path, "7");
    ASSERT_TRUE(watcher.membership_age());
    EXPECT_LT(*watcher.membership_age(), Millis{5000});
    EXPECT_EQ(watcher.membership()->unaware, Millis{700});
    EXPECT_FALSE(watcher.membership()->is_new);
    watcher.note_membership(std::nullopt);
    EXPECT_FALSE(watcher.membership_age());
}

} // namespace
} // namespace mysql_prm::adapters::os
