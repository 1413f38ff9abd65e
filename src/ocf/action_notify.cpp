#include "mysql_prm/base/text.hpp"
#include "mysql_prm/engine/access.hpp"
#include "mysql_prm/engine/election.hpp"
#include "mysql_prm/engine/follow.hpp"
#include "mysql_prm/engine/hand_over.hpp"
#include "mysql_prm/engine/promotion.hpp"
#include "mysql_prm/engine/record.hpp"
#include "mysql_prm/engine/standing.hpp"
#include "mysql_prm/log/log.hpp"
#include "mysql_prm/ocf/actions.hpp"

#include <algorithm>

namespace mysql_prm::ocf {
namespace {

using base::fail;
using base::Millis;
using base::text;
using core::ElectionOutcome;

// Usually the others publish at the same time. Under load Pacemaker runs notifications one after the other (seen on 3.0.3):
// then the candidate would wait for answers that come after it, and promote asks again anyway.
constexpr Millis k_early_patience{250};
constexpr Millis k_source_patience{2000};
// In a planned move. Clients wait, but for the first before the demotion.
constexpr Millis k_keep_up_patience{2000};
constexpr Millis k_last_transactions_patience{1000};
// Each stage of a transition waits for its slowest node: one that hangs must not hold up the failover of all. promote takes
// a missing ballot for silence, and what is left to do afterwards is the next monitor's.
constexpr Millis k_ballot_patience{8000};
constexpr Millis k_follow_patience{5000};
// What happens meanwhile waits for the end of this notification.
constexpr Millis k_apply_patience{20'000};

// The candidate gives up here, before anything is promoted: a failed promote would count against its node. Returns whether
// it goes on.
bool give_up_early(const Context& context, const NotifyEvent& event, const engine::Candidacy& own)
{
    const auto found
        = engine::hold_election(context, own, event.nodes_active_in_transition(), event.demoted_nodes(), k_early_patience);
    if (!found || (found->verdict.outcome != ElectionOutcome::yield && found->verdict.outcome != ElectionOutcome::refuse))
        return true;
    engine::yield_to(context, found->verdict);
    return false;
}

// A promote that is still applying at its timeout would have its server restarted, and with MariaDB, or relay_log_recovery,
// what was received and not applied is gone then: perhaps everywhere. So it is waited for here, and given up without harm.
void apply_before_promotion(
    const Context& whole, const NotifyEvent& event, const engine::Candidacy& own, const core::ServerStatus& status)
{
    const auto context = whole.by(whole.deadline.within(k_apply_patience));
    const auto server = engine::connect_local(context, engine::Patience::work);
    if (!server)
        return;
    const auto applied = engine::apply_everything(context.by(context.deadline.less(Millis{2000})), **server, status);
    if (applied) {
        give_up_early(whole, event, own); // all the others have published by now
        return;
    }
    const auto why = applied.error().kind == base::ErrorKind::timed_out
        ? "is tried again until it has applied everything it received"
        : text("cannot apply what it received: ", applied.error().message);
    engine::yield_to(whole, {ElectionOutcome::refuse, {}, why});
    whole.memory.state.yields_to_apply = true;
}

// Gives up the move where this server does not have what the primary, demoted or about to be, has committed.
Result<ExitCode> see_that_it_can_follow(
    const Context& context, const NotifyEvent& event, ports::Server& server, engine::Reached wanted, Millis patience)
{
    const auto record = context.memory.record();
    if (!record || event.demoted_nodes() != std::vector{record->node})
        return ExitCode::ok;
    const auto reached = engine::reach_primary(context, server, record->host, wanted, patience);
    if (reached)
        return ExitCode::ok;
    engine::yield_to(
        context, {ElectionOutcome::refuse, record->node, text("the move cannot be made: ", reached.error().message)});
    return fail(reached.error().kind, text("gives up the move: ", reached.error().message));
}

Result<ExitCode> before_promotion(const Context& whole, const NotifyEvent& event)
{
    const auto context = whole.by(whole.deadline.within(k_ballot_patience));
    engine::expect_record(context);
    auto server = engine::connect_local(context, engine::Patience::work);
    if (!server)
        return std::unexpected(server.error());
    // Its position would not stand still, and the node that asks it over SQL then sees that it takes writes.
    const auto role = (*server)->role();
    if (!role)
        return std::unexpected(role.error());
    if (role->writable() && event.promote_target() != context.ports.cluster.local_node())
        return fail(base::ErrorKind::conflict, text("this server takes writes: no ballot for ", event.promote_target()));
    // While the receiver still runs; from the ballot on nothing more arrives.
    const bool is_successor = event.promote_target() == context.ports.cluster.local_node() && event.is_switchover();
    if (is_successor) {
        const auto has
            = see_that_it_can_follow(context, event, **server, engine::Reached::received, k_last_transactions_patience);
        if (!has)
            return has;
        // What was committed behind the question before the demotion may take long to apply: the old primary waits, and is
        // not to wait until a promotion fails.
        const auto keeps_up = see_that_it_can_follow(context, event, **server, engine::Reached::applied, k_keep_up_patience);
        if (!keeps_up)
            return keeps_up;
    }
    const auto own = engine::make_ballot(context, **server);
    if (!own)
        return std::unexpected(own.error());
    if (const auto published = engine::publish_ballot(context, *own); !published)
        return std::unexpected(published.error());
    const bool is_candidate = event.promote_target() == context.ports.cluster.local_node() && !is_successor;
    if (!is_candidate || !give_up_early(context, event, *own))
        return ExitCode::ok;
    const auto status = (*server)->observe();
    if (status && !core::contains(status->applied, status->received))
        apply_before_promotion(whole, event, *own, *status);
    return ExitCode::ok;
}

// The successor in a planned move is asked first whether it can keep up. When it cannot, nothing has happened yet: without a
// score it is no successor, and Pacemaker plans again.
Result<ExitCode> before_demotion(const Context& context, const NotifyEvent& event)
{
    if (!event.is_switchover() || event.promote_target() != context.ports.cluster.local_node())
        return ExitCode::ok;
    auto server = engine::connect_local(context, engine::Patience::work);
    if (!server)
        return std::unexpected(server.error());
    return see_that_it_can_follow(context, event, **server, engine::Reached::applied, k_keep_up_patience);
}

bool stops(const NotifyEvent& event, const std::string& node)
{
    return std::ranges::any_of(event.stop, [&](const NotifyEntry& entry) { return entry.node == node; });
}

// The primary that this node follows is demoted and then stopped in this transition.
bool loses_primary(const Context& context, const NotifyEvent& event, const core::ReplInfo& record)
{
    const auto demoted = event.demoted_nodes();
    return record.node != context.ports.cluster.local_node() && stops(event, record.node)
        && std::ranges::find(demoted, record.node) != demoted.end();
}

bool is_member(const Context& context, const std::string& node)
{
    const auto nodes = context.ports.cluster.nodes(context.deadline);
    return nodes && std::ranges::find(*nodes, ports::ClusterNode{node, true}) != nodes->end();
}

// A MySQL server that is stopped waits 8 s for the binary log dumps to its replicas, which never end by themselves and are
// taken up again when they are killed (9.7.4: 8.7 s with replicas, 0.8 s without). So the replicas let go of a primary that
// has handed over; not before everything has arrived: then its wait is welcome.
Result<ExitCode> before_stop(const Context& context, const NotifyEvent& event)
{
    const auto record = context.memory.record();
    if (!record || !loses_primary(context, event, *record))
        return ExitCode::ok;
    auto server = engine::connect_local(context, engine::Patience::work);
    if (!server)
        return std::unexpected(server.error());
    const auto status = (*server)->observe();
    if (!status)
        return std::unexpected(status.error());
    const auto& replica = status->role.replica;
    // The receiver has noticed a server that died: in a failover this asks nobody else, and the promotion comes sooner.
    if (!replica || replica->receiver != core::ReceiverState::running || replica->source_host != record->host
        || !is_member(context, record->node))
        return ExitCode::ok;
    auto source = engine::connect_remote(context, record->host, k_source_patience);
    if (!source)
        return std::unexpected(source.error());
    const auto handed_over = (*source)->observe();
    if (!handed_over)
        return std::unexpected(handed_over.error());
    if (handed_over->role.closed() && core::contains(status->received, handed_over->executed))
        if (const auto stopped = (*server)->stop_receiver(context.deadline); !stopped)
            return std::unexpected(stopped.error());
    return ExitCode::ok;
}

// Here and not in promote, which the others and the address wait for. A promotion that failed has published its own
// standing.
Result<ExitCode> after_own_promotion(const Context& context)
{
    auto server = engine::connect_local(context, engine::Patience::probe);
    if (!server)
        return std::unexpected(server.error());
    const auto role = (*server)->role();
    if (!role)
        return std::unexpected(role.error());
    if (role->writable())
        engine::publish_standing(context, core::decide_standing({.role = *role, .is_primary = true}));
    return ExitCode::ok;
}

// Also called when the promotion failed: then the record still names the old primary, and the monitor sees to the rest.
Result<ExitCode> after_promotion(const Context& context, const NotifyEvent& event)
{
    if (event.promote_target() == context.ports.cluster.local_node())
        return after_own_promotion(context);
    engine::expect_record(context);
    auto server = engine::connect_local(context, engine::Patience::work);
    if (!server)
        return std::unexpected(server.error());
    const auto record = engine::read_record(context);
    if (!record)
        return std::unexpected(record.error());
    if (!*record || (*record)->node != event.promote_target())
        return fail(base::ErrorKind::conflict,
            text(event.promote_target(), " is not recorded as primary: its promotion has failed"));
    auto& state = context.memory.state;
    const auto verdict = engine::follow_primary(context, **server, **record);
    if (!verdict)
        return std::unexpected(verdict.error());
    state.yielded_to.clear();
    state.was_primary = false;
    // The address waits for this notification: what is no matter of safety is left to the next monitor.
    if (!verdict->keeps_out())
        return ExitCode::ok;
    if (const auto role = (*server)->role())
        engine::publish_standing(context,
            core::decide_standing(
                {.role = *role, .primary_known = true, .kept_out = state.quarantine, .max_lag = context.settings.max_lag}));
    return ExitCode::ok;
}

} // namespace

Result<ExitCode> notify(const Context& context, const NotifyEvent& event)
{
    Result<ExitCode> done = ExitCode::ok;
    if (event.operation == "promote")
        done = event.type == "pre" ? before_promotion(context, event)
                                   : after_promotion(context.by(context.deadline.within(k_follow_patience)), event);
    else if (event.operation == "demote" && event.type == "pre")
        done = before_demotion(context, event);
    else if (event.operation == "stop" && event.type == "pre")
        done = before_stop(context, event);
    context.memory.save();
    return done;
}

} // namespace mysql_prm::ocf
