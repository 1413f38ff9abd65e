// What a server understands, from its version: the one place where versions are compared. Everything else asks these flags.
//
// Percona Server follows MySQL's numbers. The versions are those of the manuals: MySQL 5.7, 8.0, 8.4, 9.x ("SHOW REPLICA
// STATUS Statement", "CHANGE REPLICATION SOURCE TO Statement", "SHOW BINARY LOG STATUS Statement", "ALTER EVENT Statement",
// "Privileges Provided by MySQL") and MariaDB's (GRANT; MDEV-29596, MDEV-29668 for SUPER).
#pragma once

#include "mysql_prm/core/server_status.hpp"

#include <string_view>

namespace mysql_prm::adapters::server {

// "8.0.36-28", "9.7.4", "10.11.19-MariaDB-0+deb12u1"; MariaDB before 11 greets with "5.5.5-10.11.19-MariaDB" so that old
// MySQL replicas accept it, and the prefix is dropped here. Fails when there is no number at the front.
[[nodiscard]] base::Result<core::ServerVersion> parse_version(std::string_view text);

struct Capabilities {
    // MySQL
    bool replica_words = false;          // SHOW/START/STOP/RESET REPLICA: 8.0.22
    bool source_words = false;           // CHANGE REPLICATION SOURCE TO: 8.0.23
    bool binary_log_status = false;      // SHOW BINARY LOG STATUS: 8.2.0; SHOW MASTER STATUS went with 8.4.0
    bool log_replica_updates = false;    // the variable's name: 8.0.26; before and on MariaDB log_slave_updates
    bool semi_sync_source_words = false; // rpl_semi_sync_source instead of rpl_semi_sync_master: 8.0.26
    bool source_public_key = false;      // GET_SOURCE_PUBLIC_KEY, before 8.0.23 GET_MASTER_PUBLIC_KEY: 8.0.4
    bool admin_address = false;          // 8.0.14
    bool offline_mode = false;           // 5.7.5
    bool disable_on_replica = false;     // ALTER EVENT ... DISABLE ON REPLICA: 8.2.0
    bool dynamic_privileges = false;     // REPLICATION_SLAVE_ADMIN and its kin besides SUPER: 8.0.0 (GA 8.0.11)
    bool system_user = false;            // sessions with SYSTEM_USER can be ended only by the same: 8.0.16
    bool set_any_definer = false;        // instead of SET_USER_ID: 8.2.0
    // MariaDB
    bool replica_monitor = false;        // SLAVE MONITOR is needed for SHOW SLAVE STATUS: 10.5.9
    bool super_passes_read_only = false; // SUPER contains READ_ONLY ADMIN: before 10.11.0
    bool super_covers_admin = false;     // SUPER contains BINLOG ADMIN and its kin: before 11.0.1
};

[[nodiscard]] Capabilities capabilities_of(const core::ServerVersion& version);

} // namespace mysql_prm::adapters::server
