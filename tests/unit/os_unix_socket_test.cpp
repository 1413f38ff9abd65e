#include "mysql_prm/adapters/os/unix_socket.hpp"

#include "mysql_prm/adapters/os/unique_fd.hpp"
#include "os_temporary_folder.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <sys/socket.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>

namespace mysql_prm {
namespace {

using adapters::os::is_silent;
using adapters::os::listener_on;
using adapters::os::UniqueFd;
using base::Deadline;
using base::Millis;

UniqueFd listen_on(const std::string& path, int backlog)
{
    UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.c_str(), path.size());
    EXPECT_EQ(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(fd.get(), backlog), 0);
    return fd;
}

struct UnixSocketTest : testing::Test {
    bool silent() const { return is_silent(path, Deadline::after(Millis{50})); }
    adapters::TemporaryFolder folder;
    std::string path = folder.path() + "/socket";
};

TEST_F(UnixSocketTest, WhereNobodyListensThereIsNoSilence)
{
    EXPECT_FALSE(silent());
    EXPECT_FALSE(listener_on(path));
    listen_on(path, 1);
    EXPECT_FALSE(silent()); // a file that is left
    EXPECT_FALSE(listener_on(path));
}

// As a suspended process does: the kernel takes the connection.
TEST_F(UnixSocketTest, WhoListensAndSaysNothingIsSilent)
{
    const auto listener = listen_on(path, 1);
    EXPECT_TRUE(silent());
    EXPECT_EQ(listener_on(path), ::getpid());
}

TEST_F(UnixSocketTest, SoIsOneWhoseBacklogIsFull)
{
    const auto listener = listen_on(path, 0);
    EXPECT_TRUE(silent());
    EXPECT_TRUE(silent());
    EXPECT_TRUE(silent());
}

TEST_F(UnixSocketTest, OneWordIsEnough)
{
    const auto listener = listen_on(path, 4);
    const std::jthread server([&] {
        const UniqueFd client(::accept(listener.get(), nullptr, nullptr));
        EXPECT_EQ(::write(client.get(), "x", 1), 1);
    });
    EXPECT_FALSE(is_silent(path, Deadline::after(Millis{5000})));
}

} // namespace
} // namespace mysql_prm
