// Reading what servers say of semi-synchronous replication. Pure.
#pragma once

#include "mysql_prm/adapters/server/rows.hpp"
#include "mysql_prm/core/server_status.hpp"
#include "mysql_prm/ports/semi_sync.hpp"

#include <optional>
#include <string>
#include <vector>

namespace mysql_prm::adapters::server {

// How the loaded plugins spell their names: by the plugin and not by the version, since MySQL 8.0.26 and later have had
// both.
struct SemiSyncWords {
    std::string source;  // "source" or "master"; empty: that side is not there
    std::string replica; // "replica" or "slave"
    bool counts = false; // wait_for_..._count exists: MySQL
};

// What is there is asked by status and by @@global: SHOW GLOBAL VARIABLES hangs on MySQL 9.7.4 while an account statement
// waits for its acknowledgement.
constexpr const char* k_semi_sync_status = "SHOW GLOBAL STATUS LIKE 'Rpl\\_semi\\_sync\\_%'";
[[nodiscard]] SemiSyncWords semi_sync_words(const Rows& status, core::Flavor flavor);
// One row of variables by their new names: source_enabled, replica_enabled, source_timeout. Empty: no side is there.
[[nodiscard]] std::string variables_query(const SemiSyncWords& words);
[[nodiscard]] ports::SemiSyncStatus parse_semi_sync(const SemiSyncWords& words, const Rows& variables, const Rows& status);

// The statement that turns the source side on with a wait that does not end by itself.
[[nodiscard]] std::string source_side_on(const SemiSyncWords& words, std::uint32_t acknowledgements);

// replicas: SHOW REPLICAS or SHOW SLAVE HOSTS. tags: user variables that replicas set on their connections (connection,
// name, value), where the server shows them. registered: how many semi-synchronous clients the source counts.
[[nodiscard]] std::vector<ports::SemiSyncClient> semi_sync_clients(
    const Rows& replicas, const Rows& processlist, const Rows& tags, std::uint32_t registered);

// Sessions in SHOW PROCESSLIST that wait for an acknowledgement, those that are being killed among them.
[[nodiscard]] ports::WaitingCommits waiting_commits(const Rows& processlist);

} // namespace mysql_prm::adapters::server
