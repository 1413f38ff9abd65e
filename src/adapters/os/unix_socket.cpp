#include "mysql_prm/adapters/os/unix_socket.hpp"

#include "mysql_prm/adapters/os/unique_fd.hpp"

#include <cerrno>
#include <cstring>
#include <sys/socket.h>
#include <sys/un.h>

namespace mysql_prm::adapters::os {

std::optional<pid_t> listener_on(const std::string& socket)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (socket.empty() || socket.size() >= sizeof address.sun_path) // no server can listen there either
        return std::nullopt;
    std::memcpy(address.sun_path, socket.c_str(), socket.size());
    const UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd.valid())
        return 0;
    if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        return errno == EAGAIN || errno == EACCES || errno == EPERM ? std::optional<pid_t>(0) : std::nullopt;
    ucred peer{};
    socklen_t size = sizeof peer;
    return ::getsockopt(fd.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 ? peer.pid : 0;
}

} // namespace mysql_prm::adapters::os
