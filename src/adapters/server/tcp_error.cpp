#include "tcp_error.hpp"

#include "mysql_prm/adapters/os/unique_fd.hpp"

#include <algorithm>
#include <cerrno>
#include <memory>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>

namespace mysql_prm::adapters::server {
namespace {

int error_at(const addrinfo& address, base::Deadline deadline)
{
    const os::UniqueFd fd(::socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd.valid())
        return errno;
    if (::connect(fd.get(), address.ai_addr, address.ai_addrlen) == 0)
        return 0;
    if (errno != EINPROGRESS)
        return errno;
    pollfd wait{fd.get(), POLLOUT, 0};
    int ready = 0;
    do
        ready = ::poll(&wait, 1, static_cast<int>(std::min(deadline.remaining(), base::Millis{60'000}).count()));
    while (ready < 0 && errno == EINTR);
    int error = ETIMEDOUT;
    socklen_t size = sizeof error;
    if (ready > 0 && ::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &size) != 0)
        return errno;
    return error;
}

} // namespace

int tcp_error(const std::string& host, std::uint16_t port, base::Deadline deadline)
{
    const addrinfo hints{.ai_flags = AI_NUMERICSERV, .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    addrinfo* found = nullptr;
    if (::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found) != 0)
        return EADDRNOTAVAIL;
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> addresses(found, &::freeaddrinfo);
    int error = EADDRNOTAVAIL;
    for (const auto* address = found; address != nullptr; address = address->ai_next)
        if (error = error_at(*address, deadline); error == 0)
            break;
    return error;
}

} // namespace mysql_prm::adapters::server
