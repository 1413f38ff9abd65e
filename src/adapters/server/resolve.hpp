// Names of hosts, by a deadline: the client libraries look a name up without one, and a name server that is silent would
// hold up an action for 10 s and more (resolv.conf: 5 s, twice, for each server).
#pragma once

#include "mysql_prm/base/deadline.hpp"
#include "mysql_prm/base/error.hpp"

#include <string>

namespace mysql_prm::adapters::server {

// Sees that this name has an address; the library asks again, at once. timed_out: no answer by the deadline. failed: there
// is none.
[[nodiscard]] base::Result<void> await_lookup(const std::string& host, base::Deadline deadline);

} // namespace mysql_prm::adapters::server
