// Names of hosts, by a deadline: the client libraries look a name up without one, and a name server that is silent would
// hold up an action for 10 s and more (resolv.conf: 5 s, twice, for each server).
#pragma once

#include "mysql_prm/base/deadline.hpp"
#include "mysql_prm/base/error.hpp"

#include <string>

namespace mysql_prm::adapters::server {

// Sees that a lookup of this name ends. timed_out: not by the deadline. Any other answer is left to the library, which asks
// again and says it in its own words.
[[nodiscard]] base::Result<void> await_lookup(const std::string& host, base::Deadline deadline);

} // namespace mysql_prm::adapters::server
