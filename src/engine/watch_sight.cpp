// What the watcher of a primary sees: the other nodes, who acknowledges, and who is none of ours, whom it cuts off.
#include "mysql_prm/base/text.hpp"
#include "mysql_prm/engine/attention.hpp"
#include "mysql_prm/engine/record.hpp"
#include "mysql_prm/engine/watch.hpp"
#include "mysql_prm/log/log.hpp"

#include "watch_times.hpp"

#include <algorithm>

namespace mysql_prm::engine {
namespace {

using base::text;

constexpr Millis k_between_full_looks{1000}; // while all is quiet
constexpr Millis k_stranger_memory{5000};
constexpr Millis k_between_cuts{2000};
constexpr Millis k_worth_a_note{400}; // a commit that waits for a replica that lives is over by then

bool follows(const core::ServerStatus& status, const Context& context, const core::ReplInfo& record)
{
    const auto& role = status.role;
    return !role.writable() && role.replica && role.replica->source_host == record.host
        && role.replica->source_port == context.settings.port && role.replica->source_server_id == record.server_id
        && role.replica->receiver == core::ReceiverState::running && role.replica->applier_running
        && role.replica->applier_errno == 0;
}

} // namespace

// Every other node that the cluster knows, whether it is there or not, and its address.
bool Watch::find_peers(const Context& context)
{
    if (m_peers_found.elapsed() < k_between_node_lists)
        return true;
    const auto nodes = context.ports.cluster.nodes(context.deadline);
    if (!nodes) {
        complain(nodes.error().message);
        return !m_peers.empty();
    }
    std::erase_if(m_peers,
        [&](const auto& peer) { return std::ranges::find(*nodes, peer.first, &ports::ClusterNode::name) == nodes->end(); });
    for (const auto& node : *nodes) {
        if (node.name == context.ports.cluster.local_node())
            continue;
        const auto host = address_of(context, node.name);
        if (!host)
            return false;
        auto& peer = m_peers[node.name];
        peer.seen.node = node.name;
        if (peer.host != *host) {
            peer.server.reset();
            peer.tried.never();
            peer.refuses.never();
        }
        peer.host = *host;
        if (!peer.server)
            peer.is_member = node.is_member;
    }
    m_peers_found.now();
    return true;
}

void Watch::look_at(const Context& context, Peer& peer, const core::ReplInfo& record)
{
    peer.seen.follows = false;
    peer.received.reset();
    if (!peer.server && peer.tried.elapsed() >= peer.pause) {
        base::Since began;
        began.now();
        const auto patience = peer.is_member ? k_peer_patience : k_lost_peer_patience;
        auto server = context.ports.servers.remote(
            peer.host, context.settings.port, context.settings.login, {context.settings.admin, patience, k_peer_patience});
        peer.pause = began.elapsed() < k_peer_patience / 2 ? k_between_attempts : k_between_long_attempts;
        peer.tried.now();
        if (server || server.error().kind != base::ErrorKind::not_running)
            peer.refuses.never();
        else if (!peer.refuses.happened())
            peer.refuses.now();
        else if (peer.refuses.elapsed() >= k_ended_rival)
            peer.leads.never();
        if (server)
            peer.server = std::move(*server);
    }
    if (!peer.server)
        return;
    const auto status = peer.server->observe();
    const auto side = status ? peer.server->semi_sync().status() : std::unexpected(status.error());
    if (!side) {
        peer.server.reset();
        peer.tried.never();
        return;
    }
    const core::Incarnation incarnation{status->role.server_id, status->started};
    if (incarnation != peer.seen.incarnation) {
        peer.seen.incarnation = incarnation;
        peer.told.never();
        peer.seen.told.reset();
    }
    peer.seen.side = side->replica;
    if (!status->role.writable())
        peer.leads.never();
    else if (!peer.leads.happened())
        peer.leads.now();
    peer.is_member = true; // until it is missed
    peer.receives = status->role.replica && status->role.replica->receiver != core::ReceiverState::stopped;
    peer.seen.follows = follows(*status, context, record);
    if (peer.seen.follows)
        peer.received = status->role.replica->received_file;
}

// Who does not answer may still live: that its node is lost is what the cluster knows.
void Watch::look_for_losses(const Context& context)
{
    const auto is_missed = [](const auto& peer) { return !peer.second.server && !peer.second.refuses.happened(); };
    const auto may_leave = [&](const auto& peer) { return is_missed(peer) && peer.second.is_member; };
    if (std::ranges::none_of(m_peers, is_missed))
        return;
    const auto pause = std::ranges::any_of(m_peers, may_leave) ? k_between_looks_for_losses : k_between_looks_for_returns;
    if (m_members_read.elapsed() < pause)
        return;
    m_members_read.now();
    const auto nodes = context.ports.cluster.nodes(context.deadline.within(k_losses_patience));
    if (!nodes)
        return;
    for (auto& [name, peer] : m_peers)
        peer.is_member = std::ranges::find(*nodes, ports::ClusterNode{name, true}) != nodes->end();
}

// Since it was first seen not to follow, and not since it was last seen to: while all is quiet the looks are further apart
// than a receiver that is restarted is away.
void Watch::note_fitness()
{
    for (auto& [node, peer] : m_peers) {
        if (peer.seen.follows)
            peer.unfit.never();
        else if (!peer.unfit.happened())
            peer.unfit.now();
    }
}

void Watch::look_at_source()
{
    const bool heard = m_source.waiting_sessions == 0 || m_source.acknowledged != m_acknowledged;
    m_acknowledged = m_source.acknowledged;
    if (heard)
        m_heard.now();
}

// A node that does not answer counts as it was seen last.
std::uint32_t Watch::known_to_acknowledge() const
{
    return static_cast<std::uint32_t>(std::ranges::count_if(m_peers, [&](const auto& peer) { return counts(peer.second); }));
}

bool Watch::counts(const Peer& peer) const
{
    return peer.seen.side.active
        && (!m_record->on || m_record->generation != m_generation
            || std::ranges::find(m_record->members, core::SyncMember{peer.seen.node, peer.seen.incarnation})
                != m_record->members.end());
}

// Somebody acknowledges who is not known: perhaps a node that did not answer when it was tried last.
void Watch::look_again(
    const Context& context, const core::ReplInfo& record, const std::vector<ports::SemiSyncClient>& clients)
{
    for (auto& [node, peer] : m_peers) {
        const auto id = peer.seen.incarnation.server_id;
        const bool may_be = id == 0 || std::ranges::find(clients, id, &ports::SemiSyncClient::server_id) != clients.end();
        if (peer.server || !may_be || peer.tried.elapsed() <= m_look_began.elapsed())
            continue;
        peer.tried.never();
        look_at(context, peer, record);
    }
}

// Replicas that are no nodes of the cluster acknowledge what the cluster then does not hold.
void Watch::look_for_strangers(const Context& context, const core::ReplInfo& record)
{
    std::vector<ports::SemiSyncClient> clients;
    if (m_source.clients > known_to_acknowledge()) {
        if (auto listed = m_own->semi_sync().clients())
            clients = std::move(*listed);
        look_again(context, record, clients);
    }
    const bool too_many = m_source.clients > known_to_acknowledge();
    // The primary counts a receiver that has been stopped until it sends it something.
    const auto leftovers = std::ranges::count_if(clients, [&](const auto& client) {
        return std::ranges::any_of(m_peers, [&](const auto& peer) {
            return peer.second.server && !peer.second.receives
                && peer.second.seen.incarnation.server_id == client.server_id && !counts(peer.second);
        });
    });
    // One that was cut comes back after a second or more: it has not gone by being away for a moment.
    const bool is_there = m_source.clients > known_to_acknowledge() + static_cast<std::uint32_t>(leftovers)
        || m_stranger.elapsed() < k_stranger_memory;
    if (is_there && !m_strangers)
        m_strangers_came.now();
    m_strangers = is_there;
    if (!too_many)
        return;
    for (const auto& client : clients) {
        const bool is_node = std::ranges::any_of(m_peers, [&](const auto& peer) {
            return peer.second.seen.incarnation.server_id == client.server_id && counts(peer.second);
        });
        if (is_node || !client.semi_sync.value_or(false))
            continue;
        const auto same = [&](const auto& peer) { return peer.second.seen.incarnation.server_id == client.server_id; };
        if (std::ranges::none_of(m_peers, same))
            m_stranger.now();
        // Where nobody can tell whose connection is whose (MariaDB), all are cut, and shall not be all the time.
        if (!client.connection && m_cut.elapsed() < k_between_cuts)
            continue;
        m_cut.now();
        if (const auto cut = m_own->semi_sync().cut_client(client.server_id, context.deadline.within(k_own_patience)); !cut)
            complain(text("server ", client.server_id, " acknowledges and is no node of the cluster"));
    }
}

// MariaDB lets everybody in meanwhile.
void Watch::tell_monitor(const Context& context)
{
    const bool waits = !m_can_free && m_source.waiting_sessions > 0 && m_heard.elapsed() >= k_worth_a_note;
    if (waits)
        note_waiting(context, m_heard.elapsed());
    else if (m_waits)
        forget_waiting(context);
    m_waits = waits;
}

// A node that does not answer takes a second, and the monitor gives a server two.
void Watch::look_at_source_again(const Context& context)
{
    if (m_answered.elapsed() < k_worth_a_note)
        return;
    const auto status = m_own->semi_sync().status();
    if (!status)
        return; // the next look finds that out
    m_answered.now();
    m_source = *status;
    look_at_source();
    tell_monitor(context);
}

bool Watch::is_quiet(const Context& context)
{
    const auto status = m_own->semi_sync().status();
    if (!status) {
        m_own.reset();
        return true;
    }
    m_answered.now();
    m_source = *status;
    look_at_source();
    tell_monitor(context);
    const bool as_recorded = m_record && m_certain && m_record->on && m_record->generation == m_generation
        && m_source.holds() && m_record->members.size() == m_source.clients && m_source.waiting_sessions == 0;
    return as_recorded && m_looked.elapsed() < k_between_full_looks;
}

// One that has acknowledged alone what came behind the goal, and is gone, took that with it: whoever has the goal lacks it.
void Watch::keep_goal_honest()
{
    if (!m_goal)
        return;
    // It was cut off and could not be told to acknowledge no more: it may have done so again.
    const bool is_back = std::ranges::any_of(m_peers, [&](const auto& peer) {
        const auto& seen = peer.second.seen;
        return seen.side.active && m_goal_purpose == core::purpose_without({peer.first, seen.incarnation});
    });
    if (is_back)
        return m_goal.reset();
    const auto acknowledges = [](const Peer& peer) { return peer.seen.side.active && peer.seen.follows; };
    for (const auto& [node, peer] : m_peers)
        if (acknowledges(peer))
            m_goal_active.try_emplace(node, peer.seen.incarnation);
    const bool somebody_left = std::ranges::any_of(m_goal_active, [&](const auto& one) {
        const auto peer = m_peers.find(one.first);
        return peer == m_peers.end() || !acknowledges(peer->second) || peer->second.seen.incarnation != one.second;
    });
    if (somebody_left && m_goal_purpose == "on")
        m_goal.reset();
}

core::SyncView Watch::view(const Context& context) const
{
    core::SyncView view{.mode = context.settings.semi_sync,
        .node = context.ports.cluster.local_node(),
        .generation = m_generation,
        .record = *m_record,
        .certain = m_certain,
        .source = m_source,
        .goal = m_goal ? m_goal_purpose : std::string{},
        .goal_age = m_goal ? m_goal_read.elapsed() : Millis{0},
        .unheard_for = m_source.waiting_sessions == 0 ? Millis{0} : m_heard.elapsed(),
        .nudged = m_nudged.elapsed(),
        .can_free = m_can_free,
        .looked_at_waiting = m_looked_at_waiting.elapsed()};
    if (m_strangers)
        view.strangers_for = std::max(Millis{1}, m_strangers_came.elapsed());
    for (const auto& [node, peer] : m_peers) {
        auto seen = peer.seen;
        seen.answers = peer.server != nullptr;
        seen.is_gone = !seen.answers && (peer.refuses.happened() || !peer.is_member);
        seen.unfit_for = seen.follows ? Millis{0} : peer.unfit.elapsed();
        seen.told_for = peer.told.elapsed();
        seen.has_goal = m_goal && peer.received && core::contains(core::Position{*peer.received}, core::Position{*m_goal});
        seen.has_waiting = m_waiting_end && peer.received
            && core::contains(core::Position{*peer.received}, core::Position{*m_waiting_end});
        view.peers.push_back(std::move(seen));
    }
    return view;
}

} // namespace mysql_prm::engine
