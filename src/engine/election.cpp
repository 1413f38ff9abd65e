#include "mysql_prm/engine/election.hpp"

#include "mysql_prm/base/text.hpp"
#include "mysql_prm/core/score.hpp"
#include "mysql_prm/engine/access.hpp"
#include "mysql_prm/engine/record.hpp"
#include "mysql_prm/engine/sync_record.hpp"
#include "mysql_prm/log/log.hpp"

#include <algorithm>

namespace mysql_prm::engine {
namespace {

using base::text;

constexpr Millis k_ask_again{20};
constexpr int k_asks_before_looking = 25; // half a second: then it is worth asking the cluster who is there at all
constexpr Millis k_remote_patience{2000};
constexpr Millis k_visible_patience{2000};

Result<core::ServerStatus> ask_server(const Context& context, const std::string& node)
{
    const auto host = address_of(context, node);
    if (!host)
        return std::unexpected(host.error());
    auto server = connect_remote(context, *host, k_remote_patience);
    if (!server)
        return std::unexpected(server.error());
    return (*server)->observe();
}

// The ballots of this promotion that can be read now.
std::map<std::string, core::Ballot> published_ballots(const Context& context, std::uint64_t generation)
{
    std::map<std::string, core::Ballot> ballots;
    const auto values = context.ports.cluster.private_attributes(context.attribute("_ballot"));
    if (!values)
        return ballots;
    for (const auto& [node, value] : *values)
        if (auto ballot = core::parse_ballot(value); ballot && ballot->generation >= generation)
            ballots.insert_or_assign(node, std::move(*ballot));
    return ballots;
}

bool complete(const Context& context, const std::string& node, core::Ballot& ballot)
{
    if (ballot.received || !ballot.counts)
        return true;
    // A position that does not fit into an attribute is asked from the server itself.
    auto status = ask_server(context, node);
    if (status)
        ballot.received = std::move(status->received);
    return status.has_value();
}

// Whether what a node said at this generation counts in the election after the recorded one.
bool is_heard(
    const Candidacy& own, const std::string& self, const std::string& node, bool is_voter, std::uint64_t generation)
{
    const bool is_primary = node == own.recorded_node && node != self;
    if (generation > own.recorded)
        return is_voter || is_primary;
    // A promotion of this node that was killed behind its record: the ballots it was elected with still say how far the
    // others came, for whatever they have received since came from here. And the primary that is recorded held at least
    // what it was elected with.
    return own.recorded_node == self ? is_voter : is_primary && !is_voter;
}

// A server that was stopped under its promise, such as one whose promotion has failed, or the one that it was before.
bool is_stopped_voter(const Candidacy& own, const std::string& self, const std::string& node, const core::Ballot& ballot)
{
    return node != self && node != own.recorded_node && ballot.is_vote && ballot.received
        && ballot.generation > own.recorded;
}

// Moves the answers of those who were silent to the peers. The recorded primary may be no voter because its server was
// stopped: as long as its node is in the cluster, its ballot or its last words tell what it holds.
// Returns the highest generation that any of them has promised.
std::uint64_t collect(const Context& context, const Candidacy& own, core::Election& election)
{
    std::uint64_t promised = own.ballot.generation;
    for (auto& [node, ballot] : published_ballots(context, own.recorded)) {
        promised = std::max(promised, ballot.generation);
        const bool is_voter = std::erase(election.silent, node) > 0;
        if (election.peers.contains(node) && !is_voter)
            continue;
        if (!ballot.is_vote || !is_heard(own, election.self, node, is_voter, ballot.generation)
            || !complete(context, node, ballot)) {
            if (is_voter)
                election.silent.push_back(node);
            else if (is_stopped_voter(own, election.self, node, ballot))
                election.stopped.insert_or_assign(node, std::move(ballot));
            continue;
        }
        if (!is_voter)
            election.gone.push_back(node);
        election.peers.insert_or_assign(node, std::move(ballot));
    }
    return promised;
}

// Nodes that have left since the transition was planned cannot answer any more; what they received cannot be known.
Result<void> drop_absent(const Context& context, std::vector<std::string>& silent)
{
    const auto nodes = context.ports.cluster.nodes(context.deadline);
    if (!nodes)
        return {};
    for (const auto& name : silent)
        if (std::ranges::find(*nodes, name, &ports::ClusterNode::name) == nodes->end())
            return base::fail(
                base::ErrorKind::conflict, text("the notify lists name '", name, "', which is no node of this cluster"));
    std::erase_if(silent, [&](const std::string& name) {
        const bool absent = std::ranges::find(*nodes, ports::ClusterNode{name, true}) == nodes->end();
        if (absent)
            log::warn(text(name, " has left the cluster: what only it received cannot be known"));
        return absent;
    });
    return {};
}

// Pacemaker has seen every notification end before it promotes: a ballot that is not there by now will not come. The server
// may still tell how far it has come; it has promised nothing, so it does not lead. A node that is kept out would not say so
// here, and does not replicate: it counts as silent.
Result<void> ask_the_silent(const Context& context, const Candidacy& own, core::Election& election)
{
    for (const auto& node : std::vector<std::string>{election.silent}) {
        auto status = ask_server(context, node);
        if (!status)
            continue;
        if (status->role.writable())
            return base::fail(base::ErrorKind::conflict, text(node, " takes writes"));
        const auto& replica = status->role.replica;
        if (node != own.recorded_node && (!replica || replica->receiver == core::ReceiverState::stopped))
            continue;
        election.peers.insert_or_assign(node,
            core::Ballot{.generation = own.recorded + 1,
                .joined
                = node == own.recorded_node || (replica && replica->source_host == own.recorded_host) ? own.recorded : 0,
                .incarnation = {status->role.server_id, status->started},
                .can_lead = false,
                .whole = !replica, // its position goes on growing: it stands for nothing that it acknowledged
                .why = "published no ballot",
                .received = std::move(status->received)});
        std::erase(election.silent, node);
    }
    return {};
}

} // namespace

Result<ElectionResult> hold_election(const Context& context, const Candidacy& own, const std::vector<std::string>& voters,
    const std::vector<std::string>& step_aside, Millis patience)
{
    core::Election election{.self = context.ports.cluster.local_node(),
        .own = own.ballot,
        .step_aside = step_aside,
        .recorded = own.recorded,
        .last_primary = own.recorded_node,
        .on_data_loss_risk = context.settings.on_data_loss_risk};
    if (own.has_cluster) {
        auto sync = read_sync_record(context);
        const bool is_garbage = !sync && sync.error().kind == base::ErrorKind::invalid_argument;
        if (!sync && (own.semi_sync || context.semi_sync() || !is_garbage))
            return std::unexpected(sync.error());
        // semi_sync may have been switched on under the primary, whose record does not say so then. One that is of another
        // generation was left when it was off.
        if (sync && (own.semi_sync || (sync->on && sync->generation == own.recorded)))
            election.sync = std::move(*sync);
    }
    election.silent = voters;
    std::erase(election.silent, election.self);
    const auto deadline = context.deadline.within(patience);
    auto promised = own.ballot.generation;
    for (int asks = 1;; ++asks) {
        election.answer_deadline_passed = deadline.expired();
        if (!election.silent.empty() || !own.recorded_node.empty())
            promised = std::max(promised, collect(context, own, election));
        auto verdict = core::decide_election(election);
        if (verdict.outcome != core::ElectionOutcome::wait)
            return ElectionResult{std::move(verdict), std::move(election.peers), std::move(election.sync), promised};
        if (asks == k_asks_before_looking) {
            if (const auto possible = drop_absent(context, election.silent); !possible)
                return std::unexpected(possible.error());
            if (const auto asked = ask_the_silent(context, own, election); !asked)
                return std::unexpected(asked.error());
        }
        context.ports.clock.pause(k_ask_again, deadline);
    }
}

void yield_to(const Context& context, const core::ElectionVerdict& verdict)
{
    log::warn(text("gives up this promotion: ", verdict.reason));
    auto& state = context.memory.state;
    state.yielded_to = verdict.node.empty() ? context.ports.cluster.local_node() : verdict.node;
    state.yielded_at = now_seconds(context);
    state.yields_to_apply = false;
    const auto deadline = context.deadline.within(k_visible_patience);
    // Remembered first: a node that is killed behind it and does not know of its score would never raise it again while
    // elections go on.
    state.score = std::to_string(core::k_score_never);
    context.memory.save();
    const auto done = context.ports.cluster.set_promotion_score(core::k_score_never);
    if (!done) {
        log::warn(text("cannot lower the promotion score: ", done.error().message));
        state.score.clear();
        context.memory.save();
        return;
    }
    while (!deadline.expired() && context.ports.cluster.promotion_score().value_or(std::nullopt) != core::k_score_never)
        context.ports.clock.pause(k_ask_again, deadline);
}

} // namespace mysql_prm::engine
