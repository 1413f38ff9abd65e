// Semi-synchronous replication of one server: its two sides, who acknowledges, and which commits wait. Reached through
// Server::semi_sync(), on the same connection; time bounds and errors as there.
//
// Facts that callers lean on, each a test of tests/integration/server_semi_sync_test.cpp (MySQL 9.7.4, MariaDB 10.11.19):
// - turning the source side off acknowledges what waits;
// - an acknowledgement that was lost with its connection is not sent again, and the commit waits for the next write;
// - MySQL: a replica with the source side on hangs its own applier;
// - MySQL: while an account statement (CREATE USER) waits, logins hang, so the connection has to be there before, and on it
//   everything that looks at dynamic or schema rights hangs too: without SUPER the source side cannot be turned off then.
#pragma once

#include "mysql_prm/base/deadline.hpp"
#include "mysql_prm/base/error.hpp"
#include "mysql_prm/core/semi_sync.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mysql_prm::ports {

using core::SemiSyncSide;
using core::SemiSyncStatus;

// A replica that is connected to this server.
struct SemiSyncClient {
    std::uint32_t server_id = 0;
    std::string server_uuid; // MySQL
    // The session that sends it the binary log. MySQL tells who may read performance_schema; MariaDB does not tell, so that
    // it is known only where one replica is connected.
    std::optional<std::uint64_t> connection;
    // Whether it acknowledges. Nothing where the server does not tell: MariaDB, with replicas of both kinds.
    std::optional<bool> semi_sync;
};

struct WaitingCommits {
    std::uint32_t sessions = 0;     // commits of one group count once
    std::chrono::seconds oldest{0}; // since its statement began
};

class SemiSync {
public:
    virtual ~SemiSync() = default;

    virtual base::Result<SemiSyncStatus> status() = 0;
    // Loads what is missing into a running MySQL server (INSTALL PLUGIN: unlogged, kept over restarts). MySQL refuses that
    // under super_read_only, which is off meanwhile; read_only stays. Needs INSERT on mysql.plugin, which the account that
    // the agent creates does not have: MysqldSettings::load_semi_sync is the better way. MariaDB: nothing to do.
    virtual base::Result<void> install_sides() = 0;
    // On: a commit waits, before it is visible, until `acknowledgements` replicas have received it, however long that takes
    // and whoever is connected (10 years, AFTER_SYNC, wait_no_slave). Off: waiting commits are released and acknowledged to
    // their clients; no error where the side is not there. Never on for a replica (see above). Errors: not_installed;
    // conflict when MariaDB shall wait for more than 1.
    virtual base::Result<void> set_source_side(bool on, std::uint32_t acknowledgements = 1) = 0;
    // Makes the source side of a server that takes no more writes harmless, at once: a commit of its applier does not wait.
    // Turning it off takes up to a second, because the servers end a thread that looks up once a second, and other sessions
    // that read variables wait for that.
    virtual base::Result<void> defuse_source_side() = 0;
    // Takes effect with a new connection to the source: the receiver is restarted where it runs and is registered otherwise
    // (as Server::stop_receiver does it; conflict when that is at work). not_installed as above.
    virtual base::Result<void> set_replica_side(bool on, base::Deadline deadline) = 0;
    virtual base::Result<std::vector<SemiSyncClient>> clients() = 0;
    // Ends the connection through which that replica acknowledges; on return it is gone. Where it is not known which it is,
    // all binary log dumps end: living replicas take theirs up again at once. No error when that replica is not connected;
    // conflict when it has connected again meanwhile, timed_out when a connection does not end.
    virtual base::Result<void> cut_client(std::uint32_t server_id, base::Deadline deadline) = 0;
    virtual base::Result<WaitingCommits> waiting_commits() = 0;
    // Statements whose commits wait and that acknowledge() can free (MariaDB). Empty on MySQL, where a heartbeat frees them.
    virtual base::Result<std::vector<std::uint64_t>> waiting_statements() = 0;
    // Lets these go on, acknowledged, without an acknowledgement: only for what is known to have been received. One that
    // waits no longer is passed over. For MariaDB, which cannot write a heartbeat once two groups of commits wait: the
    // second one holds the lock of the log.
    virtual base::Result<void> acknowledge(const std::vector<std::uint64_t>& statements) = 0;
    // Names of the rights that the connected account lacks for running it; empty: none.
    virtual base::Result<std::vector<std::string>> missing_privileges() = 0;
    // Whether a statement about accounts that waits for an acknowledgement keeps the connected account from turning the
    // source side off. MySQL: such a statement holds the cache of accounts, where every login looks, and every SET GLOBAL of
    // an account that has neither SUPER nor an active role (9.7.4).
    virtual base::Result<bool> is_held_up_by_accounts() = 0;
    // Makes that table where it is missing, on a server that is read-only too: its own making must not be what waits for the
    // acknowledgement that a heartbeat would carry.
    virtual base::Result<void> make_heartbeat_table(base::Deadline deadline) = 0;
    // Commits one row in mysql_prm.heartbeat (made where it is missing): it carries the acknowledgement of everything before
    // it. Waits for its own acknowledgement like any commit, so on a connection of its own.
    virtual base::Result<void> commit_heartbeat(base::Deadline deadline) = 0;
    // The same in another row each second: a heartbeat that waits itself has its own locked.
    virtual base::Result<void> commit_nudge(base::Deadline deadline) = 0;
};

} // namespace mysql_prm::ports
