// What a server said of itself at one moment. Values only: nothing here asks anybody.
#pragma once

#include "mysql_prm/base/deadline.hpp"
#include "mysql_prm/core/position.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mysql_prm::core {

enum class Flavor { mysql, mariadb };

// What a binary or a server calls itself. number = major * 10000 + minor * 100 + patch, so 8.0.22 is 80022 and 10.11.6 is
// 101106.
struct ServerVersion {
    Flavor flavor = Flavor::mysql;
    std::uint32_t number = 0;
    std::string text;
};

// How replicas of this server find their place in its log.
enum class ReplicationMode { mysql_gtid, mariadb_gtid, file_position };

enum class ReceiverState { stopped, connecting, running };

// The default replication channel (MySQL: channel '', MariaDB: connection ''). Other channels belong to the administrator.
struct ReplicaStatus {
    std::string source_host;
    std::uint16_t source_port = 0;
    std::uint32_t source_server_id = 0; // 0: never connected since this was configured
    bool uses_gtid = false;             // auto-position or MariaDB's Using_Gtid
    ReceiverState receiver = ReceiverState::stopped;
    bool applier_running = false;
    int receiver_errno = 0;
    std::string receiver_error;
    int applier_errno = 0;
    std::string applier_error;
    std::optional<std::chrono::seconds> lag; // nothing: the server does not know (NULL)
    // Places in the source's log; the server_id in them is source_server_id.
    FilePosition received_file;
    FilePosition applied_file;
};

// The source does not give what this replica asks for, as when it has purged its binary logs (MariaDB; MySQL 8 and later).
[[nodiscard]] inline bool is_refused_by_source(const ReplicaStatus& replica)
{
    return replica.receiver == ReceiverState::stopped && (replica.receiver_errno == 1236 || replica.receiver_errno == 13114);
}

// By its source (ER_ACCESS_DENIED_ERROR, ER_ACCESS_DENIED_NO_PASSWORD_ERROR).
[[nodiscard]] inline bool is_refused_login(int receiver_errno)
{
    return receiver_errno == 1045 || receiver_errno == 1698;
}

// What a monitor needs, for the price of two statements.
struct RoleStatus {
    ServerVersion version;
    std::uint32_t server_id = 0;
    bool read_only = false;
    bool super_read_only = false;         // MariaDB: always false
    std::optional<ReplicaStatus> replica; // nothing: no source is configured
    std::uint16_t extra_port = 0;         // MySQL admin_port (only when admin_address is set), MariaDB extra_port; 0: none
    std::string extra_address;            // MySQL admin_address; empty otherwise
    // Changes with each transaction with GTID that this server writes itself: MariaDB's read_only stops no administrator,
    // and MySQL's can be switched off and on again between two looks. Empty: none.
    std::string own_writes;

    // Accepts writes of ordinary clients.
    [[nodiscard]] bool writable() const { return !read_only && !super_read_only; }
    // Refuses writes of privileged clients too, as far as the server can.
    [[nodiscard]] bool closed() const { return version.flavor == Flavor::mysql ? super_read_only : read_only; }
};

// What promotion, demotion and joining need.
struct ServerStatus {
    RoleStatus role;
    std::string server_uuid;  // MySQL only
    std::int64_t started = 0; // seconds since 1970 by its own clock; exact, so that it tells one start from another
    bool log_bin = false;
    bool log_replica_updates = false;
    bool gtid_strict = true; // MariaDB gtid_strict_mode; true on MySQL
    ReplicationMode mode = ReplicationMode::file_position;

    // Everything committed here. File and position: the end of the own binary log.
    Position executed;
    // Everything committed here or waiting in the relay log. File and position on a replica: the place received from the
    // source.
    Position received;
    // File and position on a replica: the place applied from the source; else the same as executed.
    Position applied;

    FilePosition log_end;      // file and position: end of the own binary log; else, and without one, empty
    gtid::MysqlGtidSet purged; // MySQL: no longer in the binary logs
    // MySQL: of transactions that commit just now; a replica may hold those that wait for an acknowledgement. Read before
    // executed, which has them next.
    gtid::MysqlGtidSet committing;
    gtid::MariadbBinlogState binlog_state; // MariaDB
};

// The last heartbeat of a primary that has been applied.
struct Beat {
    std::string written; // when, by the primary's clock; tells one from another
    base::Millis age{0}; // by the clock of the server that was asked: clocks are taken to agree
};

// What lies in a server's own binary log behind a place: enough to see whether a former primary has something extra.
struct LogTail {
    bool found = false;      // the place exists in a log file that is still there
    bool has_events = false; // at least one event behind it changes data (not a rotate, format, GTID list or stop event)
    FilePosition end;
};

// A source to replicate from, as the record in the CIB names it.
struct Source {
    std::string host;
    std::uint16_t port = 3306;
    std::optional<FilePosition> start; // file and position mode: where to begin; GTID modes: nothing
};

// One look at whether writes have really stopped.
struct WriteProof {
    bool read_only_in_force = false; // super_read_only on MySQL, read_only on MariaDB
    Position executed;
    std::vector<std::string> writers; // "user@host (id 12)" of sessions whose rights go past read-only
    std::uint32_t prepared_xa = 0;
};

} // namespace mysql_prm::core
