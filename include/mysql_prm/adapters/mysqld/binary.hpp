// Which program is the server, and what it calls itself.
#pragma once

#include "mysql_prm/base/error.hpp"
#include "mysql_prm/core/server_status.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace mysql_prm::adapters::mysqld {

// mysqld_safe, safe_mysqld, mariadbd-safe: scripts that start the server and start it again after a crash. Not used:
// Pacemaker does that, and the script's PID is not the server's.
[[nodiscard]] bool is_wrapper(std::string_view program);

// The server program behind the parameter `binary`: itself, or for a wrapper mysqld or mariadbd beside it, in ../sbin,
// ../libexec, the system's folders or PATH. not_installed when there is none; the message names what was asked for.
[[nodiscard]] base::Result<std::string> find_server(const std::string& binary);

// mariadb-install-db or mysql_install_db: beside the server, in ../bin, ../scripts (tar archives), or PATH.
[[nodiscard]] base::Result<std::string> find_install_db(const std::string& server);

// From `mysqld --version`: "/usr/sbin/mysqld  Ver 8.0.36-28 for Linux on x86_64 (...)" is MySQL 80036, a version that names
// MariaDB ("Ver 10.11.19-MariaDB-...") is MariaDB 101119. Recorded from 5.7, 8.0, 9.7, 10.11. Nothing: not such a line.
[[nodiscard]] std::optional<core::ServerVersion> parse_version(std::string_view output);

} // namespace mysql_prm::adapters::mysqld
