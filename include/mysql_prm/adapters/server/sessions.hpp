// Who is connected, and who of them may write although the server is read-only. Pure.
#pragma once

#include "mysql_prm/adapters/server/rows.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace mysql_prm::adapters::server {

struct ClientSession {
    std::uint64_t id = 0;
    std::string user;
    std::string host; // of the client, with its port
    bool waits_for_acknowledgement = false;

    [[nodiscard]] std::string to_string() const; // "app@10.0.0.7:51234 (id 12)"
};

// The sessions in SHOW PROCESSLIST that belong to clients: not the server's own threads (replication, event scheduler,
// daemons), not binary log dumps to replicas, not the ids given, not those that are already being killed. A login under way
// ("unauthenticated user") is a client; so is an event that runs, under its definer's name.
[[nodiscard]] std::vector<ClientSession> client_sessions(const Rows& processlist, const std::vector<std::uint64_t>& own_ids);

// The sessions that send the binary log to replicas.
[[nodiscard]] std::vector<ClientSession> dump_sessions(const Rows& processlist);

// Of sessions those whose user holds one of the rights, directly or through roles. grants: rows
// (GRANTEE), as 'user'@'host' or user@, of those who have one directly; roles: rows (grantee, role).
// Accounts are matched by user name alone, since a session does not tell which of app@% and app@db1 it used: too many rather
// than too few. A right of the anonymous account or of MariaDB's PUBLIC is everybody's.
[[nodiscard]] std::vector<ClientSession> holders(
    const std::vector<ClientSession>& sessions, const Rows& grants, const Rows& roles);

} // namespace mysql_prm::adapters::server
