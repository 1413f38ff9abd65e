// Who is behind a socket file.
#pragma once

#include "mysql_prm/base/deadline.hpp"

#include <optional>
#include <string>
#include <sys/types.h>

namespace mysql_prm::adapters::os {

// The process that called listen() on this Unix socket and still holds it open, found by connecting: a server sees a client
// that leaves at once. Nothing: no such file, a plain file, or nobody listens any more. 0: somebody does, who is not known
// (a process of another PID namespace, a full backlog, no right to connect).
[[nodiscard]] std::optional<pid_t> listener_on(const std::string& socket);

// Whether somebody listens there who neither sends anything nor hangs up until the deadline.
[[nodiscard]] bool is_silent(const std::string& socket, base::Deadline deadline);

} // namespace mysql_prm::adapters::os
