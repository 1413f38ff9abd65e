// What stands in the way of a start on this node.
#pragma once

#include "mysql_prm/base/error.hpp"
#include "mysql_prm/ports/mysqld.hpp"
#include "mysql_prm/ports/os.hpp"

namespace mysql_prm::adapters::mysqld {

// The first of these that is wrong, from the program over configuration and accounts to the data directory and the log. Asks
// the kernel as `user` where rights matter (two short-lived children), so it needs root to be right about them.
[[nodiscard]] base::Result<void> check_start(
    const ports::MysqldSettings& settings, ports::Files& files, ports::StartRole role, bool may_create);

// Settings in the data directory (mysqld-auto.cnf) that would make a replica start writable or replicating: data_risk.
[[nodiscard]] base::Result<void> check_persisted(const ports::MysqldSettings& settings, ports::Files& files);

} // namespace mysql_prm::adapters::mysqld
