// Why a TCP connection fails, in the kernel's own words: MariaDB's connector (3.3.17) calls every early failure EINPROGRESS,
// and whoever is refused may conclude that no server runs there, which an unreachable host does not say.
#pragma once

#include "mysql_prm/base/deadline.hpp"

#include <cstdint>
#include <string>

namespace mysql_prm::adapters::server {

// Connects and hangs up. What connect() says in the end; 0: it connects; ETIMEDOUT: no answer by the deadline. host is
// looked up without a deadline (resolve.hpp comes first).
[[nodiscard]] int tcp_error(const std::string& host, std::uint16_t port, base::Deadline deadline);

} // namespace mysql_prm::adapters::server
