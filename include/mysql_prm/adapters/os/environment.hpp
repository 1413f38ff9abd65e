// What child processes get to see, and where programs are looked for.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mysql_prm::adapters::os {

// "NAME=value" lines for a child: dropped are OCF_RESKEY_* (may hold passwords) except OCF_RESKEY_CRM_meta_* other than
// on_node, MYSQL_PWD, and what a service manager gave to us and nobody else (NOTIFY_SOCKET, LISTEN_*: a mysqld would report
// itself ready as Pacemaker). LC_ALL is C, because output is parsed.
[[nodiscard]] std::vector<std::string> filter_environment(const std::vector<std::string>& environment);

// The same of this process.
[[nodiscard]] std::vector<std::string> child_environment();

// Before there is a second thread. Servers are checked against the CA that is configured, or not at all; libmysqlclient 9.7
// reads the system's whole list into each connection all the same, for which clients wait (8 ms). Children do not inherit
// it.
void ignore_system_authorities();

// The executable file that `name` means: itself when it has a slash, else the first in PATH, else in the system's own
// folders (cron and sudo often leave /usr/sbin, where the cluster tools are, out of PATH).
[[nodiscard]] std::optional<std::string> find_program(std::string_view name);

// A regular file that this process may execute.
[[nodiscard]] bool is_executable(const std::string& path);

} // namespace mysql_prm::adapters::os
