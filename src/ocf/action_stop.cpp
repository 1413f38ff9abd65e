#include "mysql_prm/base/text.hpp"
#include "mysql_prm/engine/access.hpp"
#include "mysql_prm/engine/ballots.hpp"
#include "mysql_prm/engine/close_writes.hpp"
#include "mysql_prm/engine/server_number.hpp"
#include "mysql_prm/engine/standing.hpp"
#include "mysql_prm/log/log.hpp"
#include "mysql_prm/ocf/actions.hpp"

namespace mysql_prm::ocf {
namespace {

using base::ErrorKind;
using base::Millis;
using base::text;

constexpr Millis k_kill_reserve{5000}; // SIGKILL and the wait for the end of the process
constexpr Millis k_close_patience{5000};
constexpr Millis k_receiver_patience{3000};
constexpr Millis k_leave{1000}; // they are gone within 10 ms, but for one that rolls back
// MariaDB 10.11 can deadlock for good when SIGTERM arrives just before it begins to serve (seen in a third of such stops).
constexpr Millis k_early_grace{5000};

enum class Answer { serves, hangs, does_not_serve_yet };

struct Closed {
    Answer answer = Answer::serves;
    std::optional<core::Ballot::Told> end; // of a replica: how far it has come
};

// A recorded primary that is no longer promoted (its promotion was killed, say) is stopped without a demote: the others have
// to know what it holds all the same.
void leave_word(const Context& context, ports::Server& server)
{
    const auto record = context.memory.record();
    if (!record || record->node != context.ports.cluster.local_node())
        return;
    const auto status = server.observe();
    if (!status)
        return;
    if (const auto left = engine::leave_word_at_stop(context, status->executed);
        !left && !engine::is_no_cluster(left.error()))
        log::warn(text("cannot tell where this primary ended: ", left.error().message));
}

// mysqld 9.7.4 gives clients two seconds to leave before it hangs up on them, half-finished logins included, whose client was
// lost with the writer's address; and eight more to the dumps of replicas that have not let go of it (notify, pre-stop).
void end_connections(const Context& context, ports::WriteGate& gate)
{
    if (const auto shut = gate.shut_out_clients(true); !shut)
        log::warn(text("cannot refuse logins: ", shut.error().message));
    if (const auto ended = gate.end_connections(context.deadline.less(k_kill_reserve).within(k_leave)); !ended)
        log::warn(text("cannot end everybody's connection: ", ended.error().message));
}

// A clean end acknowledges commits that wait for a semi-synchronous acknowledgement; a primary is closed to its clients
// before.
Closed close_to_clients(const Context& context)
{
    auto server = engine::connect_local(context, engine::Patience::probe);
    if (!server && server.error().kind == ErrorKind::not_running)
        return {Answer::does_not_serve_yet};
    if (!server)
        return {server.error().kind == ErrorKind::timed_out ? Answer::hangs : Answer::serves};
    const auto role = (*server)->role();
    if (!role)
        return {role.error().kind == ErrorKind::timed_out ? Answer::hangs : Answer::serves};
    if (!context.settings.promotable)
        return {};
    Closed closed;
    if (role->writable()) {
        const auto deadline = context.deadline.less(k_kill_reserve).within(k_close_patience);
        if (const auto done = engine::close_writes(context, **server, deadline); !done) {
            log::warn(text("stopping a primary that could not be closed to writes: ", done.error().message));
            // SIGTERM would acknowledge what waits for an acknowledgement, and leave half of what waits for space.
            const auto without_space = (*server)->has_commit_without_space();
            if (context.semi_sync() || !without_space || without_space->value_or(false))
                return {Answer::hangs};
        }
    } else if (role->replica) {
        const auto deadline = context.deadline.less(k_kill_reserve).within(k_receiver_patience);
        closed.end = engine::end_receiving(context.by(deadline), **server);
    }
    leave_word(context, **server);
    end_connections(context, (*server)->gate());
    return closed;
}

Result<ports::StopOutcome> end_server(const Context& context, Answer answer)
{
    auto& mysqld = context.ports.mysqld;
    const auto grace = context.deadline.less(k_kill_reserve);
    switch (answer) {
    case Answer::serves:
        return mysqld.stop(grace, context.deadline);
    case Answer::does_not_serve_yet:
        return mysqld.stop(grace.within(k_early_grace), context.deadline);
    case Answer::hangs:
        log::warn("the server does not answer: ending it with SIGKILL");
        return mysqld.kill(context.deadline);
    }
    return mysqld.kill(context.deadline);
}

} // namespace

Result<ExitCode> stop(const Context& context)
{
    if (const auto watcher = context.ports.watcher.end(context.deadline.less(k_kill_reserve)); !watcher)
        log::warn(watcher.error().message);
    const bool runs = context.ports.mysqld.running().has_value();
    const auto closed = runs ? close_to_clients(context) : Closed{};
    const auto ended = end_server(context, closed.answer);
    if (!ended)
        return std::unexpected(ended.error());
    if (closed.end)
        engine::remember_end(context, *closed.end);
    if (runs)
        log::info(*ended == ports::StopOutcome::killed ? "the server was ended with SIGKILL" : "the server has ended");
    context.memory.state.was_primary = false;
    if (engine::withdraw_standing(context))
        engine::release_server_number(context);
    context.memory.save();
    return ExitCode::ok;
}

} // namespace mysql_prm::ocf
