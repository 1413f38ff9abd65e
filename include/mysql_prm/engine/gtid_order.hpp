// MariaDB's GTIDs are numbers in a row that all servers of a cluster share: the rules that keep one GTID from standing for
// two transactions. On MySQL, which numbers each server's transactions apart, nothing is done here.
#pragma once

#include "mysql_prm/engine/context.hpp"

namespace mysql_prm::engine {

// Turns gtid_strict_mode on where it is off.
[[nodiscard]] Result<void> insist_on_order(ports::Server& own, const core::ServerStatus& status);

// Before a new primary takes its first write: see BinaryLog::skip_numbers.
[[nodiscard]] Result<void> skip_numbers(const Context& context, ports::Server& own, const core::ServerStatus& status);

} // namespace mysql_prm::engine
