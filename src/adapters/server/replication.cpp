#include "mysql_prm/adapters/server/replication.hpp"

#include "mysql_prm/base/text.hpp"

#include <algorithm>
#include <thread>

namespace mysql_prm::adapters::server {

using base::ErrorKind;
using base::text;

namespace {

Result<std::optional<core::ReplicaStatus>> replica_status(Session& session, Deadline deadline)
{
    const auto rows = session.query(session.dialect().replica_query(), deadline);
    if (!rows)
        return std::unexpected(rows.error());
    return parse_replica(*rows);
}

// File and position: by what the replica says of itself; without a source the own log is all there is. GTID: by asking.
Result<bool> is_applied(
    Session& session, const core::Position& position, const std::optional<core::ReplicaStatus>& replica, Deadline deadline)
{
    if (const auto* place = std::get_if<core::FilePosition>(&position)) {
        if (!replica) {
            const auto status = read_status(session);
            return status ? Result<bool>{core::contains(status->log_end, *place)} : std::unexpected(status.error());
        }
        if (replica->source_server_id != 0 && place->server_id != replica->source_server_id)
            return base::fail(ErrorKind::conflict,
                text(core::to_string(position), " is not in the log of the source, server ", replica->source_server_id));
        auto here = replica->applied_file;
        if (replica->source_server_id == 0) // restarted: whoever asks knows whose log it is
            here.server_id = place->server_id;
        return core::contains(here, *place);
    }
    const Dialect& dialect = session.dialect();
    const auto query = dialect.applied_query(position);
    if (!query)
        return std::unexpected(query.error());
    const auto rows = session.query(*query, deadline);
    if (!rows)
        return std::unexpected(rows.error());
    return dialect.parse_applied(position, *rows);
}

// Sees to it that the applier works on. had_start: it was started by this wait already.
Result<void> keep_applying(
    Session& session, const std::optional<core::ReplicaStatus>& replica, bool& had_start, Deadline deadline)
{
    if (!replica)
        return base::fail(ErrorKind::conflict, "the position is not applied and no source is configured");
    if (replica->applier_running)
        return {};
    if (had_start && replica->applier_errno != 0)
        return base::fail(ErrorKind::failed, text("the applier stopped: ", base::shorten(replica->applier_error, 300)),
            replica->applier_errno);
    had_start = true;
    return session.run(session.dialect().start(Threads::applier), deadline);
}

// What a query that ran into the wait's own deadline means is "not yet"; a server that is hung is an error.
bool merely_too_late(const base::Error& error, Deadline deadline)
{
    return error.kind == ErrorKind::timed_out && deadline.expired();
}

// MariaDB with GTID: where replication resumes may be behind the own binary log, and then it would apply what it has
// written.
Result<void> correct_resume(Session& session, Deadline deadline)
{
    const Dialect& dialect = session.dialect();
    const auto query = dialect.resume_query();
    if (!query)
        return {};
    const auto rows = session.query(*query, deadline);
    if (!rows)
        return std::unexpected(rows.error());
    const auto correction = dialect.resume_correction(*rows);
    if (!correction)
        return std::unexpected(correction.error());
    return *correction ? session.run(**correction, deadline) : Result<void>{};
}

// Until the applier is seen stopped, or half of the deadline is over.
Result<void> wait_until_applier_stopped(Session& session, Deadline deadline)
{
    constexpr Millis k_longest_pause{20};
    const Deadline patience = Deadline::after(deadline.remaining() / 2);
    for (Millis pause{1}; !patience.expired(); pause = std::min(pause * 2, k_longest_pause)) {
        const auto replica = replica_status(session, deadline);
        if (!replica)
            return std::unexpected(replica.error());
        if (!*replica || !(*replica)->applier_running)
            return {};
        std::this_thread::sleep_for(std::min(pause, patience.remaining()));
    }
    return {};
}

// MySQL: a source that died in the middle of a transaction has left half of it here. STOP waits 60 s for the rest (9.7.4:
// "deferring to exit until the group completion"), and a KILL changes nothing when the applier notices it after the STOP,
// be it sent before; so STOP comes when the KILL has ended the applier. Not looked at by file and position, where several
// workers could end at different places. An account that may not look or KILL waits.
Result<void> end_unfinished_transaction(Session& session, Deadline deadline)
{
    const Dialect& dialect = session.dialect();
    const auto query = dialect.unfinished_query();
    if (!query)
        return {};
    const auto replica = replica_status(session, deadline);
    if (!replica)
        return std::unexpected(replica.error());
    if (!*replica || !(*replica)->uses_gtid || !(*replica)->applier_running)
        return {};
    if (auto stopped = session.run(dialect.stop(Threads::receiver), deadline); !stopped)
        return stopped;
    const auto rows = session.query(*query, deadline);
    if (!rows && !session.connection().usable())
        return std::unexpected(rows.error());
    if (!rows || rows->size() != 1)
        return {};
    const auto killed = session.run(text("KILL ", Row{*rows, 0}.number<std::uint64_t>({"connection"})), deadline);
    if (!killed)
        return session.connection().usable() ? Result<void>{} : killed;
    return wait_until_applier_stopped(session, deadline);
}

// Both threads.
Result<void> stop_replication(Session& session, Deadline deadline)
{
    if (auto ended = end_unfinished_transaction(session, deadline); !ended)
        return ended;
    return session.run(session.dialect().stop(Threads::both), deadline);
}

constexpr int k_unreadable_files = 1201; // MariaDB ER_MASTER_INFO: master.info or relay-log.info

// A lock of the server, held while the agent stops or restarts the receiver; it ends with its connection. A primary's
// watcher restarts it from another node, and what it has begun must not start it behind this node's promise to receive no
// more.
constexpr const char* k_receiver_lock = "'mysql_prm.receiver'";

Result<bool> take_receiver(Session& session, int seconds, Deadline deadline)
{
    const auto rows = session.query(text("SELECT GET_LOCK(", k_receiver_lock, ", ", seconds, ") AS taken"), deadline);
    if (!rows)
        return std::unexpected(rows.error());
    return !rows->empty() && Row{*rows, 0}.number<int>({"taken"}) == 1;
}

Result<void> give_receiver_back(Session& session, Deadline deadline)
{
    return session.run(text("DO RELEASE_LOCK(", k_receiver_lock, ")"), deadline);
}

// Takes it from whoever has it, and says whether somebody had.
Result<bool> seize_receiver(Session& session, Deadline deadline)
{
    constexpr int k_patience = 1;
    constexpr Millis k_until_it_shows{100};
    const auto taken = take_receiver(session, 0, deadline);
    if (!taken)
        return std::unexpected(taken.error());
    if (*taken)
        return false;
    const auto rows = session.query(text("SELECT IS_USED_LOCK(", k_receiver_lock, ") AS holder"), deadline);
    if (!rows)
        return std::unexpected(rows.error());
    if (const auto holder = Row{*rows, 0}.number<std::uint64_t>({"holder"}); holder != 0)
        if (const auto ended = session.run(text("KILL CONNECTION ", holder), deadline);
            !ended && ended.error().kind != ErrorKind::not_found)
            return std::unexpected(ended.error());
    const auto free = take_receiver(session, k_patience, deadline);
    if (!free)
        return std::unexpected(free.error());
    if (!*free)
        return base::fail(ErrorKind::timed_out, "somebody is restarting its receiver, and does not end");
    std::this_thread::sleep_for(std::min(k_until_it_shows, deadline.remaining()));
    return true;
}

// A connection that was killed in a START may have made a thread that does not show yet.
Result<void> stop_running_receiver(Session& session, bool may_start_yet, Deadline deadline)
{
    const Dialect& dialect = session.dialect();
    const auto replica = replica_status(session, deadline);
    if (!replica)
        return std::unexpected(replica.error());
    if (!*replica || (!may_start_yet && (*replica)->receiver == core::ReceiverState::stopped))
        return {};
    if (dialect.applier_guards_relay_logs() && !(*replica)->applier_running)
        if (auto started = session.run(dialect.start(Threads::applier), deadline); !started)
            return started;
    return session.run(dialect.stop(Threads::receiver), deadline);
}

} // namespace

Result<void> stop_receiver(Session& session, Deadline deadline)
{
    const auto seized = seize_receiver(session, deadline);
    if (!seized)
        return std::unexpected(seized.error());
    auto stopped = stop_running_receiver(session, *seized, deadline);
    const auto given_back = give_receiver_back(session, deadline);
    return stopped ? given_back : stopped;
}

Result<void> restart_receiver(Session& session, Deadline deadline)
{
    const auto taken = take_receiver(session, 0, deadline);
    if (!taken)
        return std::unexpected(taken.error());
    if (!*taken)
        return base::fail(ErrorKind::conflict, "its node is stopping its receiver");
    const auto restart = [&]() -> Result<void> {
        const auto replica = replica_status(session, deadline);
        if (!replica)
            return std::unexpected(replica.error());
        if (!*replica || (*replica)->receiver == core::ReceiverState::stopped)
            return {};
        if (auto stopped = stop_running_receiver(session, false, deadline); !stopped)
            return stopped;
        return session.run(session.dialect().start(Threads::receiver), deadline);
    };
    auto restarted = restart();
    const auto given_back = give_receiver_back(session, deadline);
    return restarted ? given_back : restarted;
}

Result<void> start_replication(Session& session, Deadline deadline)
{
    const auto replica = replica_status(session, deadline);
    if (!replica)
        return std::unexpected(replica.error());
    const bool is_stopped = *replica && (*replica)->receiver == core::ReceiverState::stopped && !(*replica)->applier_running;
    if (is_stopped && (*replica)->uses_gtid)
        if (auto corrected = correct_resume(session, deadline); !corrected)
            return corrected;
    return session.run(session.dialect().start(Threads::both), deadline);
}

Result<bool> wait_applied(Session& session, const core::Position& position, Deadline deadline)
{
    constexpr Millis k_longest_pause{50};
    // A question that was cut short by the wait's own deadline would cost the connection.
    constexpr Millis k_shortest_patience{500};
    bool had_start = false;
    for (Millis pause{1};; pause = std::min(pause * 2, k_longest_pause)) {
        const Deadline patience = Deadline::after(std::max(deadline.remaining(), k_shortest_patience));
        // The status comes first: an applier that is seen stopped after the position was reached is no failure.
        const auto replica = replica_status(session, patience);
        if (!replica)
            return merely_too_late(replica.error(), deadline) ? Result<bool>{false} : std::unexpected(replica.error());
        const auto applied = is_applied(session, position, *replica, patience);
        if (!applied)
            return merely_too_late(applied.error(), deadline) ? Result<bool>{false} : applied;
        if (*applied)
            return true;
        if (auto going = keep_applying(session, *replica, had_start, patience); !going)
            return merely_too_late(going.error(), deadline) ? Result<bool>{false} : std::unexpected(going.error());
        if (deadline.expired())
            return false;
        std::this_thread::sleep_for(std::min(pause, deadline.remaining()));
    }
}

Result<void> follow(Session& session, const core::Source& source, const ports::SourceLogin& login,
    core::ReplicationMode mode, Deadline deadline)
{
    const Dialect& dialect = session.dialect();
    const auto change = dialect.change_source(source, login, mode);
    if (!change)
        return std::unexpected(change.error());
    if (auto stopped = stop_replication(session, deadline); !stopped)
        return stopped;
    if (mode == core::ReplicationMode::mariadb_gtid)
        if (auto corrected = correct_resume(session, deadline); !corrected)
            return corrected;
    auto changed = session.run(*change, deadline);
    // Its files of what it replicates from cannot be read, as after a power loss: nothing in them is needed.
    if (!changed && changed.error().code == k_unreadable_files && mode != core::ReplicationMode::file_position) {
        if (auto forgotten = session.run(dialect.forget(), deadline); !forgotten)
            return forgotten;
        changed = session.run(*change, deadline);
    }
    if (!changed)
        return changed;
    return session.run(dialect.start(Threads::both), deadline);
}

Result<void> forget_source(Session& session, Deadline deadline)
{
    if (auto stopped = stop_replication(session, deadline); !stopped)
        return stopped;
    return session.run(session.dialect().forget(), deadline);
}

} // namespace mysql_prm::adapters::server
