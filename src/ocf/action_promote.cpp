#include "mysql_prm/base/text.hpp"
#include "mysql_prm/engine/access.hpp"
#include "mysql_prm/engine/election.hpp"
#include "mysql_prm/engine/events.hpp"
#include "mysql_prm/engine/promotion.hpp"
#include "mysql_prm/engine/record.hpp"
#include "mysql_prm/engine/sync_record.hpp"
#include "mysql_prm/log/log.hpp"
#include "mysql_prm/ocf/actions.hpp"

#include <algorithm>

namespace mysql_prm::ocf {
namespace {

using base::ErrorKind;
using base::fail;
using base::Millis;
using base::text;
using core::ElectionOutcome;

constexpr Millis k_answer_patience{10'000};
constexpr Millis k_catch_up_patience{60'000};
constexpr Millis k_last_primary_patience{1000};
constexpr Millis k_recently{
    10'000}; // a node that has left the cluster has left corosync's membership by then, or stays in it
constexpr int k_max_memberships = 3;
constexpr int k_max_rounds = 4; // each round catches up from one better node

// The last primary was not asked. Where its node has come back since this transition was planned, out of a partition in
// which it has not heard of a new one, it must not take writes. Nor where it has lost Pacemaker alone. Returns whether its
// node is gone.
Result<bool> is_last_primary_gone(const Context& context, const engine::Candidacy& own, bool is_starved)
{
    const auto& node = own.recorded_node;
    const auto nodes = context.ports.cluster.nodes(context.deadline);
    if (!nodes)
        return std::unexpected(nodes.error());
    const auto age = context.ports.watcher.membership_age();
    const bool has_left = !age || *age < k_recently;
    // Else corosync still has it, and Pacemaker alone has gone there: its lease goes on.
    if (has_left && std::ranges::find(*nodes, ports::ClusterNode{node, true}) == nodes->end())
        return true;
    auto server = engine::connect_remote(context, own.recorded_host, k_last_primary_patience);
    const auto role = server ? (*server)->role() : std::unexpected(server.error());
    // What lets nobody in lives, and what lets in and then says nothing. One that does not answer at all is no reason to
    // stop: most often it is dead, and its node drops what is sent to it.
    const bool lives
        = !role && (server ? role.error().kind != ErrorKind::not_running : engine::proves_alive(server.error()));
    if (!is_starved && lives)
        return fail(
            ErrorKind::conflict, text("the last primary on ", node, " lives and may take writes: ", role.error().message));
    if (role && role->writable())
        return fail(ErrorKind::conflict, text("the last primary on ", node, " takes writes"));
    return false;
}

// Elects this node, catching up from better nodes that will not lead.
Result<engine::Mandate> win_election(const Context& context, const NotifyEvent& event, ports::Server& server)
{
    const auto voters = event.nodes_active_in_transition();
    for (int round = 0; round < k_max_rounds; ++round) {
        const auto candidacy = engine::make_ballot(context, server);
        if (!candidacy)
            return std::unexpected(candidacy.error());
        // Should it end behind its record, whoever is elected next goes by what this node was elected with (found by the
        // simulation).
        if (round > 0)
            if (const auto told = engine::publish_ballot(context, *candidacy); !told)
                return std::unexpected(told.error());
        const auto held = engine::hold_election(context, *candidacy, voters, event.demoted_nodes(), k_answer_patience);
        if (!held)
            return std::unexpected(held.error());
        const auto& [verdict, answers, sync, promised] = *held;
        switch (verdict.outcome) {
        case ElectionOutcome::lead: {
            const auto& last = candidacy->recorded_node;
            // What it was elected with is old: it may lead still.
            const auto answer = answers.find(last);
            const bool has_answered = answer != answers.end() && answer->second.generation > candidacy->recorded;
            const bool is_known = last.empty() || last == context.ports.cluster.local_node() || has_answered;
            const bool is_starved = sync && sync->on && !verdict.at_risk; // of acknowledgements
            const auto gone = is_known ? Result<bool>{false} : is_last_primary_gone(context, *candidacy, is_starved);
            if (!gone)
                return std::unexpected(gone.error());
            log::info(text("elected ", verdict.node, ": ", verdict.reason));
            // Whoever has promised not to follow before it, in an election that came to nothing, follows this one.
            auto generation = promised;
            for (const auto& [node, ballot] : answers)
                generation = std::max(generation, ballot.generation);
            // Not only where the last primary is gone: another promotion may have been recorded since, and killed.
            const bool is_first = candidacy->recorded == 0;
            const bool may_live = !is_first && !is_starved && (*gone || context.ports.watcher.membership_age().has_value());
            return engine::Mandate{
                .generation = generation, .sync = sync, .has_handed_over = has_answered, .may_live = may_live};
        }
        case ElectionOutcome::catch_up: {
            log::info(text("catching up first: ", verdict.reason));
            const auto caught = engine::catch_up(context, server, verdict.node, *answers.at(verdict.node).received,
                context.deadline.less(Millis{2000}).within(k_catch_up_patience));
            if (caught)
                continue;
            engine::yield_to(context, verdict);
            return fail(ErrorKind::data_risk, text(verdict.reason, "; catching up failed: ", caught.error().message));
        }
        case ElectionOutcome::yield:
        case ElectionOutcome::refuse:
        case ElectionOutcome::wait:
            engine::yield_to(context, verdict);
            return fail(ErrorKind::data_risk, verdict.reason);
        }
    }
    return fail(ErrorKind::data_risk, "better nodes appear faster than this one catches up");
}

void run_post_promote_script(const Context& context)
{
    const auto& script = context.settings.post_promote_script;
    if (script.empty())
        return;
    const auto done = context.ports.runner.run({script}, context.deadline.less(Millis{1000}));
    if (!done)
        log::warn(text("post_promote_script: ", done.error().message));
    else if (done->exit_status != 0)
        log::warn(text("post_promote_script ended with ", done->exit_status));
}

// Nothing where there is no cluster.
Result<std::optional<std::string>> own_partition(const Context& context)
{
    auto partition = engine::require_quorum(context);
    if (partition)
        return std::optional{std::move(*partition)};
    if (engine::is_no_cluster(partition.error()))
        return std::nullopt;
    return std::unexpected(partition.error());
}

// Each tool takes its time, clients wait for all of them, and these need not wait for each other. Not before it is known
// which membership they are asked in.
void expect_questions(const Context& context)
{
    engine::expect_record(context);
    engine::expect_ballots(context);
    engine::expect_address_of(context, context.ports.cluster.local_node());
    engine::expect_events(context);
}

bool is_primary_already(const Context& context, const core::RoleStatus& role)
{
    if (!role.writable())
        return false;
    const auto record = engine::read_record(context);
    if (!record)
        return engine::is_no_cluster(record.error());
    // A later generation that the others were made to wait for has to come: else they never follow.
    return *record && (*record)->node == context.ports.cluster.local_node()
        && (*record)->generation >= context.memory.state.promised;
}

// A node that joins or leaves meanwhile changes the membership, and the question is asked anew, but only in the one right
// behind: with another in between this node may have been cut off, and the others' promotion, which Pacemaker began without
// it, looks at the same membership now: both would open (found by the model).
Result<void> lead(const Context& context, const NotifyEvent& event, ports::Server& server)
{
    auto partition = own_partition(context);
    for (int round = 1; partition; ++round) {
        expect_questions(context);
        auto mandate = win_election(context, event, server);
        if (!mandate)
            return std::unexpected(mandate.error());
        mandate->partition = std::move(*partition);
        auto taken = engine::take_over(context, server, *mandate);
        if (taken || taken.error().kind != ErrorKind::conflict || round == k_max_memberships)
            return taken;
        partition = own_partition(context);
        const auto& before = mandate->partition;
        if (!partition)
            break;
        if (before && *partition == before)
            return taken;
        if (before && !(*partition && context.ports.cluster.is_next_partition(*before, **partition)))
            return fail(ErrorKind::conflict,
                text(taken.error().message, "; not once more: this node may have been without quorum meanwhile"));
        log::info(text("once more: ", taken.error().message));
    }
    return std::unexpected(partition.error());
}

} // namespace

Result<ExitCode> promote(const Context& context, const NotifyEvent& event)
{
    context.ports.cluster.expect_partition();
    auto server = engine::connect_local(context, engine::Patience::work);
    if (!server)
        return std::unexpected(server.error());
    auto role = (*server)->role();
    if (!role)
        return std::unexpected(role.error());
    if (!is_primary_already(context, *role))
        if (const auto led = lead(context, event, **server); !led)
            return std::unexpected(led.error());
    // Also when a promotion that was killed had come as far as this.
    engine::restore_events(context, **server);
    run_post_promote_script(context);
    context.memory.state.was_primary = true;
    context.memory.state.yielded_to.clear();
    context.memory.save();
    return ExitCode::ok;
}

} // namespace mysql_prm::ocf
