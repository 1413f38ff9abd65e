// Settings under which what was committed, or acknowledged, is not on disk, or not on each server. Pure.
#pragma once

#include "mysql_prm/adapters/server/rows.hpp"

#include <string>
#include <vector>

namespace mysql_prm::adapters::server {

// SHOW instead of SELECT: a variable that this server does not have is no error.
inline constexpr const char* k_durability_query
    = "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('sync_binlog', 'innodb_flush_log_at_trx_commit', 'sync_relay_log', "
      "'rpl_semi_sync_source_wait_point', 'rpl_semi_sync_master_wait_point', 'rpl_semi_sync_source_enabled', "
      "'rpl_semi_sync_master_enabled')";

// "sync_binlog = 0", in the order of the list above.
[[nodiscard]] std::vector<std::string> parse_settings_that_lose(const Rows& variables);

// "binlog_ignore_db = app": the filters that the state of a server's log, or of its replication, names.
[[nodiscard]] std::vector<std::string> parse_filters(const Rows& state);

} // namespace mysql_prm::adapters::server
