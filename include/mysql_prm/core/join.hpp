// How a read-only server gets behind the primary, or why it must not. Pure.
#pragma once

#include "mysql_prm/core/extra.hpp"
#include "mysql_prm/core/repl_info.hpp"
#include "mysql_prm/core/server_status.hpp"

#include <optional>
#include <string>

namespace mysql_prm::core {

struct JoinInput {
    ServerStatus own;     // observed before the primary, so that what the primary commits meanwhile cannot look like a gap
    ServerStatus primary; // observed over SQL
    ReplInfo record;      // of a verified primary
    std::uint16_t port = 3306;
    // File and position mode, this server was the primary before: what its own log holds behind the record's origin.
    std::optional<LogTail> own_tail;
    // GTID modes, this server holds something extra: what its own log says of it.
    std::optional<ExtraInLog> extra_in_log;
    std::string copy; // what to tell of the copy of what is extra: "saved in /var/lib/..."
    // What this server is known to have executed at an earlier look (file and position: of its source's log); nothing:
    // unknown.
    std::optional<Position> had{};
    // File and position: this data has followed or been the primary of this generation, so that it does not begin with it
    // now.
    bool has_joined = false;
    // MariaDB: what carries its own server_id it takes from its source, and does not pass over it.
    bool takes_own = false;
};

enum class JoinStep {
    none,            // follows already, both threads run
    restart_threads, // points at the right source, a thread is stopped
    follow,          // source says where
    apply_first,     // file and position: everything received has to be applied before the question can be answered
    read_own_log,    // file and position: look behind record.origin in the own log and ask again
    read_extra,      // GTID modes: look for `extra` in the own log and ask again
    keep_out,        // reason says why; temporary failures are not decided here
    refuse_settings, // reason names settings under which this node can never take part
};

struct JoinVerdict {
    JoinStep step = JoinStep::keep_out;
    std::optional<Source> source;
    std::string reason;
    // A transaction is in a replica's set before it is in its source's, for as long as the source takes to commit it: what
    // looks like a transaction of its own may be gone at a second look.
    bool look_again = false;
    // What this server holds and the primary lacks. Where the node may follow all the same, it is without data, and the
    // primary is to count it as its own: else it would stand in the way of an election.
    ExtraTransactions extra{};
    // File and position: all behind this place in the own log is extra.
    std::optional<FilePosition> extra_behind{};
    bool lacks_own = false; // what takes_own is about is the reason

    [[nodiscard]] bool keeps_out() const { return step == JoinStep::keep_out || step == JoinStep::refuse_settings; }
};

[[nodiscard]] JoinVerdict decide_join(const JoinInput& input);

// MariaDB with GTID: the last transaction with its own server_id that this server lacks and that source has; nothing: there
// is none. As the replica of that source it passes over them in silence, and its position says that it has them (10.11.19,
// with the replica side of semi-synchronous replication off). So data that are older than what a server wrote last (a
// backup, a log that was not synced) would go on without that.
[[nodiscard]] std::optional<gtid::MariadbGtid> own_missing(const ServerStatus& own, const ServerStatus& source);

} // namespace mysql_prm::core
