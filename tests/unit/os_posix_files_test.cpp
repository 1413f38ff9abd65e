#include "os_temporary_folder.hpp"

#include "mysql_prm/adapters/os/posix_files.hpp"
#include "mysql_prm/adapters/os/system_clock.hpp"

#include <cerrno>
#include <filesystem>
#include <sys/stat.h>

namespace mysql_prm::adapters::os {
namespace {

using base::ErrorKind;

TEST(PosixFilesTest, ReadsBackWhatItWroteIntoANewFolder)
{
    const TemporaryFolder folder;
    PosixFiles files;
    ASSERT_TRUE(files.replace(folder / "a/b/state", "one"));
    ASSERT_TRUE(files.replace(folder / "a/b/state", "two"));
    EXPECT_EQ(files.read(folder / "a/b/state"), "two");
    EXPECT_EQ(list_folder(folder / "a/b"), std::vector<std::string>{"state"});
}

TEST(PosixFilesTest, KeepsItsFilesFromOthers)
{
    const TemporaryFolder folder;
    ASSERT_TRUE(PosixFiles().replace(folder / "state", "x"));
    struct stat info { };
    ASSERT_EQ(::stat((folder / "state").c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777U, 0600U);
}

TEST(PosixFilesTest, TellsAMissingFileFromAnotherFailure)
{
    const TemporaryFolder folder;
    PosixFiles files;
    EXPECT_EQ(files.read(folder / "none").error().kind, ErrorKind::not_found);
    EXPECT_EQ(files.read(folder.path()).error().kind, ErrorKind::failed);
    EXPECT_FALSE(files.replace(folder.write("file", "") + "/below", "x"));
}

TEST(PosixFilesTest, RemovesAFileThatMayBeGone)
{
    const TemporaryFolder folder;
    const auto path = folder.write("file", "x");
    PosixFiles files;
    EXPECT_TRUE(files.remove(path));
    EXPECT_FALSE(exists(path));
    EXPECT_TRUE(files.remove(path));
    EXPECT_FALSE(files.remove(folder.folder("full")));
}

TEST(PosixFilesTest, RemovesAFolderWithItsFilesAndNothingElse)
{
    const TemporaryFolder folder;
    PosixFiles files;
    for (const auto* path : {"saved/b/one", "saved/b/two", "saved/a/one", "saved/deep/er/one", "other/one"})
        ASSERT_TRUE(files.replace(folder / path, "x"));
    std::filesystem::create_directory_symlink(folder / "other", folder / "saved/link");
    EXPECT_EQ(files.folders(folder / "saved"), (std::vector<std::string>{"a", "b", "deep"}));
    EXPECT_TRUE(files.remove_folder(folder / "saved/b"));
    EXPECT_TRUE(files.remove_folder(folder / "saved/b")) << "it is gone already";
    EXPECT_FALSE(files.remove_folder(folder / "saved/deep"));
    EXPECT_EQ(files.folders(folder / "saved"), (std::vector<std::string>{"a", "deep"}));
    EXPECT_TRUE(exists(folder / "saved/deep/er/one"));
    EXPECT_TRUE(exists(folder / "other/one"));
    EXPECT_TRUE(files.folders(folder / "nowhere").empty());
}

TEST(PosixFilesTest, CopiesALogThatGrowsAndGoesOnBehindWhatItHas)
{
    const TemporaryFolder folder;
    PosixFiles files;
    const auto log = folder.write("log", "0123456789");
    const auto copy = folder / "saved/now/log";
    const auto soon = ports::Deadline::after(base::Millis{10'000});
    EXPECT_EQ(files.copy_log(log, copy, 4, soon), true);
    EXPECT_EQ(files.read(copy), "0123");
    std::filesystem::resize_file(copy, 3); // a copy that was killed
    folder.write("log", "xxxx456789");
    EXPECT_EQ(files.copy_log(log, copy, 10, soon), true);
    EXPECT_EQ(files.read(copy), "012x456789");
    struct stat info { };
    ASSERT_EQ(::stat(copy.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777U, 0600U);
    ASSERT_EQ(::stat((folder / "saved/now").c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777U, 0700U);
}

TEST(PosixFilesTest, ACopyThatRunsOutOfTimeSaysSo)
{
    const TemporaryFolder folder;
    const auto log = folder.write("log", "0123456789");
    EXPECT_EQ(PosixFiles().copy_log(log, folder / "copy", 10, ports::Deadline::after(base::Millis{0})), false);
}

TEST(PosixFilesTest, ACopyOfWhatIsGoneOrTooLargeIsAnError)
{
    const TemporaryFolder folder;
    const auto soon = ports::Deadline::after(base::Millis{10'000});
    EXPECT_EQ(PosixFiles().copy_log(folder / "none", folder / "copy", 10, soon).error().kind, ErrorKind::not_found);
    const auto log = folder.write("log", "0123456789");
    EXPECT_FALSE(PosixFiles().copy_log(log, folder / "copy", 11, soon).has_value());
    EXPECT_EQ(PosixFiles().copy_log(log, folder / "copy", std::uint64_t{1} << 60U, soon).error().code, ENOSPC);
}

TEST(PosixFilesTest, KnowsHowMuchSpaceIsLeftWhereItIsSaid)
{
    const TemporaryFolder folder;
    PosixFiles files;
    EXPECT_GT(files.free_space(folder / ""), 0U);
    EXPECT_EQ(files.free_space(folder / "none"), std::nullopt);
    EXPECT_EQ(files.free_space("/proc"), std::nullopt); // has no size
}

TEST(PosixFilesTest, ReadsAtMostOneMebibyte)
{
    const TemporaryFolder folder;
    const auto path = folder.write("big", std::string(2'000'000, 'x'));
    EXPECT_EQ(PosixFiles().read(path)->size(), 1024U * 1024U);
}

TEST(ReadEndTest, BeginsAtTheOffsetUnlessTheFileWasReplaced)
{
    const TemporaryFolder folder;
    const auto path = folder.write("log", "old\nnew\n");
    EXPECT_EQ(read_end(path, 4, 100), "new\n");
    EXPECT_EQ(read_end(path, 0, 2), "w\n");
    EXPECT_EQ(read_end(path, 50, 100), "old\nnew\n");
    EXPECT_EQ(read_end(folder / "none", 0, 100), "");
}

TEST(FolderOfTest, GivesTheFolderPart)
{
    EXPECT_EQ(folder_of("/run/mysqld/mysqld.pid"), "/run/mysqld");
    EXPECT_EQ(folder_of("/run"), "/");
    EXPECT_EQ(folder_of("/a/b/"), "/a");
    EXPECT_EQ(folder_of("name"), ".");
}

TEST(SameFileTest, SeesThroughLinks)
{
    const TemporaryFolder folder;
    std::filesystem::create_symlink(folder.folder("real"), folder / "link");
    EXPECT_TRUE(same_file(folder / "real", folder / "link"));
    EXPECT_FALSE(same_file(folder / "real", folder.path()));
    EXPECT_FALSE(same_file(folder / "none", folder / "none"));
}

TEST(SystemClockTest, DoesNotPausePastTheDeadline)
{
    const auto before = std::chrono::steady_clock::now();
    SystemClock().pause(base::Millis(60'000), base::Deadline::after(base::Millis(0)));
    EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(30));
}

} // namespace
} // namespace mysql_prm::adapters::os
