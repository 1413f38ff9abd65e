// One connection to one server, local or remote, in the domain's verbs. No SQL passes this border.
//
// Every call returns by its deadline, by the connection's own io timeout or by the end of its connection, whichever is
// earliest, and then with ErrorKind::timed_out; the connection is not usable after that. Messages never hold a password.
#pragma once

#include "mysql_prm/base/deadline.hpp"
#include "mysql_prm/base/error.hpp"
#include "mysql_prm/base/secret.hpp"
#include "mysql_prm/core/server_status.hpp"
#include "mysql_prm/ports/binary_log.hpp"
#include "mysql_prm/ports/semi_sync.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace mysql_prm::ports {

using base::Deadline;
using base::Millis;
using base::Result;

struct Account {
    std::string user;
    base::Secret password;
};

// How a replica logs in at its source: replication_user and the TLS files of the parameters.
struct SourceLogin {
    Account account;
    bool require_tls = false;
    std::string tls_ca;
    std::string tls_cert;
    std::string tls_key;
};

class Server {
public:
    virtual ~Server() = default;

    // Asks for an answer that needs no lock, no table and no right.
    virtual Result<void> ping(Deadline deadline) = 0;
    // Whether few threads serve all connections, so that commits that wait may leave none to greet a new client.
    virtual Result<bool> has_thread_pool() = 0;
    // Two statements: what a monitor needs.
    virtual Result<core::RoleStatus> role() = 0;
    // Everything that decisions need, positions included.
    virtual Result<core::ServerStatus> observe() = 0;
    // The last heartbeat of that server that has been applied here (SemiSync::commit_heartbeat). Nothing: none ever was, or
    // this account must not see it.
    virtual Result<std::optional<core::Beat>> heartbeat(std::uint32_t server_id) = 0;
    // Whether a commit waits for space on the disk. MariaDB (10.11) counts it as executed already, and leaves half of
    // it in the log when its session is killed: it has to end with the server. Nothing: the server does not tell (MySQL,
    // which counts none before it is written).
    virtual Result<std::optional<bool>> has_commit_without_space() = 0;
    // Reads one row at most; proves that the storage engine answers. name is "schema.table" as configured.
    virtual Result<void> read_table(const std::string& name) = 0;

    // Stops receiving and nothing else. MariaDB drops unapplied relay logs when the receiver was stopped while the applier
    // is stopped and the applier is started later (seen on 10.11.19): starts the applier first there. Nothing that another
    // agent has begun (SemiSync::set_replica_side) starts it again behind this, even where it looked stopped before.
    virtual Result<void> stop_receiver(Deadline deadline) = 0;
    // Starts both threads of the configured channel. Success says that the statement was taken, not that they run.
    virtual Result<void> start_replication(Deadline deadline) = 0;
    // Starts the applier if needed and waits until everything up to position is applied. false: not by the deadline.
    // An applier that stops with an error ends the wait with that error.
    virtual Result<bool> wait_applied(const core::Position& position, Deadline deadline) = 0;
    // Stops replication, points the default channel at source and starts it. What was received and not applied is dropped:
    // with GTID it is fetched again; with file and position the caller has applied it before.
    virtual Result<void> follow(
        const core::Source& source, const SourceLogin& login, core::ReplicationMode mode, Deadline deadline)
        = 0;
    // Stops replication and forgets the source with its relay logs.
    virtual Result<void> forget_source(Deadline deadline) = 0;

    // Names of the rights that the connected account lacks for what the agent does, in the server's own words; empty: none.
    virtual Result<std::vector<std::string>> missing_privileges() = 0;
    // Creates the account for replication and administration, unlogged; changes its password where it exists.
    virtual Result<void> create_replication_account(const Account& account) = 0;
    // The same for the account that reads test_table ("schema.table"; empty: none) over the socket.
    virtual Result<void> create_test_account(const Account& account, const std::string& table) = 0;
    // The control over writing, on the same connection. Lives as long as the server object.
    virtual class WriteGate& gate() = 0;
    virtual SemiSync& semi_sync() = 0;   // likewise
    virtual BinaryLog& binary_log() = 0; // likewise
};

// Opens and closes a server for writes. Only promote opens.
class WriteGate {
public:
    virtual ~WriteGate() = default;

    // Refuses logins of ordinary accounts and ends their sessions (MySQL offline_mode). Returns false where the server has
    // no such thing (MariaDB). Sessions with CONNECTION_ADMIN and binary log dumps stay.
    virtual Result<bool> shut_out_clients(bool shut_out) = 0;
    // Ends every client session but this one, binary log dumps and the server's own threads. Returns how many were ended.
    virtual Result<std::uint32_t> end_sessions() = 0;
    // For a server that is about to end: ends all client sessions but this one, and the binary log dumps to replicas that
    // have let go of it (a dump notices that only at its next heartbeat; others come back at once), and waits until they
    // are gone. Those that may not be ended stay. timed_out: some are not gone by then.
    virtual Result<void> end_connections(Deadline deadline) = 0;
    // Asks for super_read_only (MySQL) or read_only, waiting at most `wait` for locks; timed_out: something blocks it. The
    // request runs on a connection of its own so that blockers can be ended meanwhile.
    virtual Result<void> set_read_only(Millis wait) = 0;
    virtual Result<core::WriteProof> proof() = 0;
    // Lets ordinary clients in and write. The one call in the program that does.
    virtual Result<void> open() = 0;

    // Events enabled on this server, as `schema`.`name`, sorted.
    virtual Result<std::vector<std::string>> enabled_events() = 0;
    // Enables exactly these, unlogged; one that no longer exists is passed over. Needs super_read_only off.
    virtual Result<void> enable_events(const std::vector<std::string>& events) = 0;
    // Disables these as on a replica, unlogged. Needs super_read_only off.
    virtual Result<void> disable_events(const std::vector<std::string>& events) = 0;
    // Turns the source side of semi-synchronous replication off where the plugin is there: waiting commits are released.
    virtual Result<void> stop_waiting_for_acknowledgements() = 0;
};

struct ConnectOptions {
    Account account;
    Millis connect_timeout{2000}; // of each attempt, login included; the client libraries count whole seconds, rounded up
    Millis io_timeout{2000};      // of each statement, as above
    // Of everything on this connection, the login included: what is begun later fails at once. Nothing: no such end.
    std::optional<Deadline> until{};
};

// Opens connections. Errors: not_running (nothing listens: ENOENT, ECONNREFUSED), timed_out (listens and does not answer),
// alive_but_refused (too many connections, host blocked), access_denied (the account; the server is alive), failed.
class Servers {
public:
    virtual ~Servers() = default;
    virtual Result<std::unique_ptr<Server>> local(const ConnectOptions& options) = 0;
    // The extra way in when the connection table is full: admin interface or extra port of the local server.
    virtual Result<std::unique_ptr<Server>> local_extra(
        const std::string& address, std::uint16_t port, const ConnectOptions& options)
        = 0;
    virtual Result<std::unique_ptr<Server>> remote(
        const std::string& host, std::uint16_t port, const SourceLogin& login, const ConnectOptions& options)
        = 0;
};

} // namespace mysql_prm::ports
