// Reading SHOW BINARY LOGS and SHOW BINLOG EVENTS. Pure.
#pragma once

#include "mysql_prm/adapters/server/rows.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace mysql_prm::adapters::server {

struct LogFile {
    std::string name;
    std::uint64_t size = 0;
};

// Oldest first, as the server lists them.
[[nodiscard]] std::vector<LogFile> parse_binary_logs(const Rows& rows);

// Whether a row of SHOW BINLOG EVENTS changes data. Events that only frame a log or a transaction do not, nor do FLUSH,
// ANALYZE and OPTIMIZE, which a cron job leaves behind on a read-only server. An event type that is not known changes data.
[[nodiscard]] bool changes_data(const Row& event);

} // namespace mysql_prm::adapters::server
