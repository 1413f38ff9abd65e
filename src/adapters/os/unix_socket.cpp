#include "mysql_prm/adapters/os/unix_socket.hpp"

#include "mysql_prm/adapters/os/system_clock.hpp"
#include "mysql_prm/adapters/os/unique_fd.hpp"

#include <cerrno>
#include <cstring>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <utility>

namespace mysql_prm::adapters::os {

namespace {

constexpr base::Millis k_connect_again{20};

// Not valid where no socket can be had. errno of connect(); 0: connected.
std::pair<UniqueFd, int> connect_to(const std::string& socket)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd.valid() || socket.size() >= sizeof address.sun_path) // no server can listen there either
        return {std::move(fd), ENOENT};
    std::memcpy(address.sun_path, socket.c_str(), socket.size());
    const int done = ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
    return {std::move(fd), done == 0 ? 0 : errno};
}

} // namespace

std::optional<pid_t> listener_on(const std::string& socket)
{
    if (socket.empty())
        return std::nullopt;
    const auto [fd, error] = connect_to(socket);
    if (!fd.valid())
        return 0;
    if (error != 0)
        return error == EAGAIN || error == EACCES || error == EPERM ? std::optional<pid_t>(0) : std::nullopt;
    ucred peer{};
    socklen_t size = sizeof peer;
    return ::getsockopt(fd.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 ? peer.pid : 0;
}

// A full backlog (EAGAIN) is a server that takes nobody in, for now.
bool is_silent(const std::string& socket, base::Deadline deadline)
{
    for (;;) {
        const auto [fd, error] = connect_to(socket);
        if (error == 0) {
            pollfd wait{fd.get(), POLLIN, 0};
            int ready = 0;
            do
                ready = ::poll(&wait, 1, static_cast<int>(deadline.remaining().count()));
            while (ready < 0 && errno == EINTR);
            return ready == 0;
        }
        if (error != EAGAIN || deadline.expired())
            return error == EAGAIN;
        SystemClock().pause(k_connect_again, deadline);
    }
}

} // namespace mysql_prm::adapters::os
