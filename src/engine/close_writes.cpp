#include "mysql_prm/engine/close_writes.hpp"

#include "mysql_prm/base/text.hpp"
#include "mysql_prm/engine/events.hpp"
#include "mysql_prm/log/log.hpp"

namespace mysql_prm::engine {
namespace {

using base::ErrorKind;
using base::fail;
using base::text;

constexpr Millis k_lock_wait{1000};
constexpr int k_in_vain = 20; // waits of a second for a lock, with nobody left to end
constexpr Millis k_look_again{20};
constexpr Millis k_acknowledgement_patience{1000}; // a replica that lives needs a millisecond
constexpr Millis k_prepared_patience{1000};        // whoever would have ended them has been ended

// A disk that stalls holds what can neither finish nor be ended, and clients wait. So does a long rollback, which goes on
// behind a restart.
Result<void> force_read_only(ports::WriteGate& gate, Deadline deadline)
{
    for (int in_vain = 0;;) {
        const auto done = gate.set_read_only(std::min(k_lock_wait, deadline.remaining()));
        if (done || done.error().kind != ErrorKind::timed_out)
            return done;
        if (deadline.expired())
            return fail(ErrorKind::timed_out, "read-only is blocked by a lock that does not go away");
        const auto ended = gate.end_sessions();
        if (!ended)
            return std::unexpected(ended.error());
        in_vain = *ended == 0 ? in_vain + 1 : 0;
        if (in_vain == k_in_vain)
            return fail(ErrorKind::timed_out, "read-only is blocked by what cannot be ended");
        log::info(text("read-only is blocked: ended ", *ended, " sessions and asking again"));
    }
}

std::string what_is_left(const core::WriteProof& proof)
{
    if (!proof.read_only_in_force)
        return "read-only is not in force";
    if (proof.prepared_xa > 0)
        return text("prepared XA transactions: ", proof.prepared_xa);
    if (proof.writers.empty())
        return "the executed position goes on growing";
    return text("sessions whose rights go past read-only: ", base::join(proof.writers, ", "));
}

bool is_closed(const core::WriteProof& proof)
{
    return proof.read_only_in_force && proof.writers.empty();
}

Result<core::Position> prove(
    const Context& context, ports::WriteGate& gate, Deadline deadline, std::optional<core::Position>* in_doubt)
{
    const auto until_committed = deadline.within(k_prepared_patience);
    std::optional<core::Position> before;
    for (;;) {
        auto proof = gate.proof();
        if (!proof)
            return std::unexpected(proof.error());
        const bool stands_still = is_closed(*proof) && before == proof->executed;
        if (stands_still && proof->prepared_xa == 0)
            return proof->executed;
        const bool first_look = !before;
        before = is_closed(*proof) ? std::optional{proof->executed} : std::nullopt;
        if (before && first_look)
            continue;
        const bool is_in_doubt = proof->prepared_xa > 0 && until_committed.expired();
        if (is_in_doubt && stands_still && in_doubt != nullptr)
            *in_doubt = proof->executed;
        if (deadline.expired() || is_in_doubt)
            return fail(ErrorKind::timed_out, text("cannot prove that writing has ended: ", what_is_left(*proof)));
        if (!proof->writers.empty())
            if (const auto ended = gate.end_sessions(); !ended)
                return std::unexpected(ended.error());
        context.ports.clock.pause(k_look_again, deadline);
    }
}

// MySQL goes on waiting for the acknowledgement of a commit whose client has been ended, and read-only waits for that
// commit. MariaDB lets clients in until it is read-only, and a commit whose client is ended waits no longer. Neither is
// released here: that would acknowledge writes that nobody has.
Result<void> release(const Context& context, ports::Server& server, bool clients_are_shut_out)
{
    if (!context.semi_sync())
        return server.gate().stop_waiting_for_acknowledgements();
    const auto patience = context.deadline.within(k_acknowledgement_patience);
    while (clients_are_shut_out) {
        const auto status = server.semi_sync().status();
        if (!status)
            return std::unexpected(status.error());
        if (!status->source.enabled || status->waiting_sessions == 0)
            return {};
        // Accounts with CONNECTION_ADMIN still come in, and would be told what nobody has received. Ended, the server tells
        // nobody anything.
        if (patience.expired())
            return fail(ErrorKind::timed_out, "commits wait for an acknowledgement that does not come");
        if (const auto ended = server.gate().end_sessions(); !ended)
            return std::unexpected(ended.error());
        context.ports.clock.pause(k_look_again, patience);
    }
    return {};
}

} // namespace

Result<core::Position> close_writes(
    const Context& context, ports::Server& server, Deadline deadline, std::optional<core::Position>* in_doubt)
{
    auto& gate = server.gate();
    // Killed in that wait, it leaves half a transaction in the binary log, and every replica of this server stops there
    // (MariaDB 10.11: error 1236). When it ends with its server, the recovery takes it back.
    const auto without_space = server.has_commit_without_space();
    if (!without_space)
        return std::unexpected(without_space.error());
    if (without_space->value_or(false))
        return fail(ErrorKind::failed, "a commit waits for space on the disk");
    // No new work first: a connection that arrives after the kills would still be acknowledged.
    const auto shut = gate.shut_out_clients(true);
    if (!shut)
        return std::unexpected(shut.error());
    if (const auto ended = gate.end_sessions(); !ended)
        return std::unexpected(ended.error());
    if (const auto released = release(context, server, *shut); !released)
        return std::unexpected(released.error());
    disable_events(context, server);
    if (const auto done = force_read_only(gate, deadline); !done)
        return std::unexpected(done.error());
    auto proven = prove(context, gate, deadline, in_doubt);
    if (!proven)
        return proven;
    // Not turned off, which takes a second that clients would wait: the watcher does that later.
    if (context.semi_sync())
        if (const auto harmless = server.semi_sync().defuse_source_side(); !harmless)
            return std::unexpected(harmless.error());
    // Read-only clients and the replicas may come again.
    if (const auto open = gate.shut_out_clients(false); !open)
        return std::unexpected(open.error());
    return proven;
}

} // namespace mysql_prm::engine
