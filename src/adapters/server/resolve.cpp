#include "resolve.hpp"

#include "mysql_prm/base/text.hpp"

#include <arpa/inet.h>
#include <array>
#include <chrono>
#include <ctime>
#include <memory>
#include <netdb.h>

namespace mysql_prm::adapters::server {
namespace {

struct Lookup {
    std::string host;
    gaicb request{};

    ~Lookup()
    {
        if (request.ar_result != nullptr)
            ::freeaddrinfo(request.ar_result);
    }
};

timespec time_left(base::Deadline deadline)
{
    const auto left = deadline.remaining();
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
    return {seconds.count(), std::chrono::nanoseconds{left - seconds}.count()};
}

} // namespace

base::Result<void> await_lookup(const std::string& host, base::Deadline deadline)
{
    std::array<unsigned char, sizeof(in6_addr)> address{};
    if (::inet_pton(AF_INET, host.c_str(), address.data()) == 1 || ::inet_pton(AF_INET6, host.c_str(), address.data()) == 1)
        return {};
    auto lookup = std::make_unique<Lookup>();
    lookup->host = host;
    lookup->request.ar_name = lookup->host.c_str();
    std::array<gaicb*, 1> requests{&lookup->request};
    if (::getaddrinfo_a(GAI_NOWAIT, requests.data(), 1, nullptr) != 0)
        return {}; // the library will say
    while (::gai_error(&lookup->request) == EAI_INPROGRESS) {
        const std::array<const gaicb*, 1> awaited{&lookup->request};
        const auto left = time_left(deadline);
        ::gai_suspend(awaited.data(), 1, &left);
        if (!deadline.expired() || ::gai_error(&lookup->request) != EAI_INPROGRESS)
            continue;
        if (::gai_cancel(&lookup->request) == EAI_NOTCANCELED)
            (void)lookup.release(); // a thread of libc still works on it
        return base::fail(base::ErrorKind::timed_out, base::text("no answer from the name service about '", host, "'"));
    }
    if (const int error = ::gai_error(&lookup->request); error != 0)
        return base::fail(base::ErrorKind::failed, base::text("no address for '", host, "': ", ::gai_strerror(error)));
    return {};
}

} // namespace mysql_prm::adapters::server
