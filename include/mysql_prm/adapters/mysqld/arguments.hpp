// The server's command line. Pure.
#pragma once

#include "mysql_prm/ports/mysqld.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mysql_prm::adapters::mysqld {

// Names that MySQL gave up over time: --skip-slave-start until 8.0.25, --skip-replica-start from 8.0.26 on; MariaDB keeps
// the old one (seen on 10.11 and 11.8).
[[nodiscard]] std::string skip_replica_start_option(const core::ServerVersion& version);

// argv for a start. --defaults-file has to be first. As a replica, read-only and no replication come after the
// administrator's additional parameters: of an option that is given twice the server takes the last.
[[nodiscard]] std::vector<std::string> start_arguments(const std::string& server, const ports::MysqldSettings& settings,
    const core::ServerVersion& version, ports::StartRole role, bool as_root);

// argv that makes a data directory in `folder`. MySQL: mysqld --initialize-insecure (program: the server). MariaDB:
// mariadb-install-db (program: that script, basedir: where its server is installed, or empty). Root logs in over the socket
// afterwards: on MySQL without a password, on MariaDB from 10.4 on only as the system's root (unix_socket), before that
// without a password.
[[nodiscard]] std::vector<std::string> create_arguments(const std::string& program, const ports::MysqldSettings& settings,
    const core::ServerVersion& version, const std::string& folder, const std::string& basedir, bool as_root);

// The value of a server option in argv: --pid-file=X, --pid_file X, -h X for datadir. The last one wins.
[[nodiscard]] std::optional<std::string> option_value(const std::vector<std::string>& argv, std::string_view name);

} // namespace mysql_prm::adapters::mysqld
