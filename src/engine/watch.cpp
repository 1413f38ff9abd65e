#include "mysql_prm/engine/watch.hpp"

#include "mysql_prm/base/text.hpp"
#include "mysql_prm/engine/access.hpp"
#include "mysql_prm/engine/record.hpp"
#include "mysql_prm/engine/sync_record.hpp"
#include "mysql_prm/log/log.hpp"

#include <algorithm>

namespace mysql_prm::engine {
namespace {

using base::text;
using core::SyncStep;

constexpr Millis k_idle{250};
constexpr Millis k_between_looks{200};
constexpr Millis k_after_step{10};
constexpr Millis k_between_full_looks{1000}; // while all is quiet
constexpr Millis k_between_node_lists{30'000};
constexpr Millis k_peer_patience{1000};
constexpr Millis k_between_attempts{1000}; // at a server that did not answer
constexpr Millis k_own_patience{5000};
constexpr Millis k_heartbeat_patience{1000};

bool follows(const core::ServerStatus& status, const Context& context, const core::ReplInfo& record)
{
    const auto& role = status.role;
    return !role.writable() && role.replica && role.replica->source_host == record.host
        && role.replica->source_port == context.settings.port && role.replica->source_server_id == record.server_id
        && role.replica->receiver == core::ReceiverState::running && role.replica->applier_running
        && role.replica->applier_errno == 0;
}

Result<std::unique_ptr<ports::Server>> connect_own(const Context& context, Millis patience)
{
    return context.ports.servers.local(
        {.account = context.settings.admin, .connect_timeout = patience, .io_timeout = k_own_patience});
}

// A step that needs the connection to the own server, which may be what failed.
bool is_own_step(SyncStep step)
{
    return step == SyncStep::hold || step == SyncStep::release || step == SyncStep::set_goal
        || step == SyncStep::look_at_waiting || step == SyncStep::free;
}

} // namespace

void ensure_watcher(const Context& context)
{
    auto& watcher = context.ports.watcher;
    const bool wanted = context.settings.promotable;
    if (watcher.is_running() == wanted)
        return;
    const auto done = wanted ? watcher.launch(context.deadline) : watcher.end(context.deadline);
    if (!done)
        log::warn(text("cannot ", wanted ? "launch" : "end", " the watcher: ", done.error().message));
}

void Watch::complain(const std::string& problem)
{
    if (problem != m_problem && !problem.empty())
        log::warn(text("semi-synchronous replication: ", problem));
    m_problem = problem;
}

void Watch::begin(const core::ReplInfo& record)
{
    end();
    m_generation = record.generation;
    m_heard.now();
    m_no_stranger.now();
}

void Watch::end()
{
    *this = Watch{};
}

// What a demotion has left harmless is turned off once this server follows another: nobody waits for it any more.
void Watch::rest(const Context& context)
{
    if (m_rests || !context.semi_sync())
        return;
    end();
    auto own = connect_own(context, k_own_patience);
    const auto role = own ? (*own)->role() : std::unexpected(own.error());
    if (!role || (!role->writable() && !role->replica))
        return;
    m_rests = role->writable() || (*own)->semi_sync().set_source_side(false).has_value();
}

// Every other node that the cluster knows, whether it is there or not, and its address.
bool Watch::find_peers(const Context& context)
{
    if (m_peers_found.elapsed() < k_between_node_lists)
        return true;
    const auto nodes = context.ports.cluster.nodes();
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
        if (peer.host != *host)
            peer.server.reset();
        peer.host = *host;
    }
    m_peers_found.now();
    return true;
}

bool Watch::prepare(const Context& context, const core::ReplInfo& record)
{
    if (!m_own) {
        auto own = connect_own(context, k_own_patience);
        if (!own)
            return false;
        m_own = std::move(*own);
        const auto role = m_own->role();
        // Between the record and the opening of the server, or closed by somebody.
        if (!role || !role->writable() || role->server_id != record.server_id) {
            m_own.reset();
            return false;
        }
        m_can_free = role->version.flavor == core::Flavor::mariadb;
        // While logins are possible and commits do not wait: makes the table, and shows whether the rights are there.
        if (!m_nudger)
            if (const auto ready = nudge(context); !ready)
                complain(text("no heartbeat: ", ready.error().message));
    }
    if (!m_record) {
        auto read = read_sync_record(context);
        if (!read && read.error().kind != base::ErrorKind::invalid_argument) {
            complain(read.error().message);
            return false;
        }
        m_record = read.value_or(core::SyncRecord{});
        m_certain = false;
        m_record_read.now();
    }
    // An older information base may have won after a partition, or somebody has loaded one.
    if (m_record_read.elapsed() >= k_between_node_lists) {
        m_record_read.now();
        const auto read = read_sync_record(context);
        if (read ? *read != *m_record : read.error().kind == base::ErrorKind::invalid_argument) {
            log::warn("the sync record in the cluster is not ours: writing it again");
            if (const auto written = write_sync_record(context, *m_record); !written)
                m_record.reset();
        }
    }
    return m_record && find_peers(context);
}

void Watch::look_at(const Context& context, Peer& peer, const core::ReplInfo& record)
{
    peer.seen.follows = false;
    peer.received.reset();
    if (!peer.server && peer.tried.elapsed() >= k_between_attempts) {
        peer.tried.now();
        auto server = context.ports.servers.remote(peer.host, context.settings.port, context.settings.login,
            {context.settings.admin, k_peer_patience, k_peer_patience});
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
        peer.fit.never();
        peer.told.never();
        peer.seen.told.reset();
    }
    peer.seen.side = side->replica;
    peer.seen.follows = follows(*status, context, record);
    if (peer.seen.follows) {
        peer.fit.now();
        peer.received = status->role.replica->received_file;
    }
}

void Watch::look_at_source()
{
    const bool heard = m_source.waiting_sessions == 0 || m_source.acknowledged != m_acknowledged;
    m_acknowledged = m_source.acknowledged;
    if (heard)
        m_heard.now();
}

// Replicas that are no nodes of the cluster acknowledge what the cluster then does not hold. A node that does not answer
// counts as it was seen last.
void Watch::look_for_strangers(const Context& context)
{
    const auto counts = [&](const Peer& peer) {
        return peer.seen.side.active
            && (!m_record->on
                || std::ranges::find(m_record->members, core::SyncMember{peer.seen.node, peer.seen.incarnation})
                    != m_record->members.end());
    };
    const auto known = std::ranges::count_if(m_peers, [&](const auto& peer) { return counts(peer.second); });
    m_strangers = m_source.clients > static_cast<std::uint32_t>(known);
    if (!m_strangers) {
        m_no_stranger.now();
        return;
    }
    const auto clients = m_own->semi_sync().clients();
    if (!clients)
        return;
    for (const auto& client : *clients) {
        const bool is_node = std::ranges::any_of(m_peers, [&](const auto& peer) {
            return peer.second.seen.incarnation.server_id == client.server_id && counts(peer.second);
        });
        if (!is_node && client.semi_sync.value_or(false))
            if (const auto cut = m_own->semi_sync().cut_client(client.server_id, context.deadline.within(k_own_patience));
                !cut)
                complain(text("server ", client.server_id, " acknowledges and is no node of the cluster"));
    }
}

bool Watch::is_quiet()
{
    const auto status = m_own->semi_sync().status();
    if (!status) {
        m_own.reset();
        return true;
    }
    m_source = *status;
    look_at_source();
    const bool as_recorded = m_record && m_record->on && m_source.holds() && m_record->members.size() == m_source.clients
        && m_source.waiting_sessions == 0;
    return as_recorded && m_looked.elapsed() < k_between_full_looks;
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
        view.strangers_for = m_no_stranger.elapsed();
    for (const auto& [node, peer] : m_peers) {
        auto seen = peer.seen;
        seen.unfit_for = seen.follows ? Millis{0} : peer.fit.elapsed();
        seen.told_for = peer.told.elapsed();
        seen.has_goal = m_goal && peer.received && core::contains(core::Position{*peer.received}, core::Position{*m_goal});
        seen.has_waiting = m_waiting_end && peer.received
            && core::contains(core::Position{*peer.received}, core::Position{*m_waiting_end});
        view.peers.push_back(std::move(seen));
    }
    return view;
}

Result<void> Watch::turn_side(const Context& context, const std::string& node, bool on)
{
    auto& peer = m_peers.at(node);
    peer.told.now();
    peer.seen.told = on;
    const auto deadline = context.deadline.within(k_peer_patience);
    const auto told = peer.server ? peer.server->semi_sync().set_replica_side(on, deadline)
                                  : base::fail(base::ErrorKind::not_running, text(node, " does not answer"));
    if (on || told)
        return told;
    const auto cut = m_own->semi_sync().cut_client(peer.seen.incarnation.server_id, context.deadline.within(k_own_patience));
    if (cut)
        peer.seen.side.active = false;
    else
        peer.seen.told.reset(); // it may acknowledge still: to be done again before anything is concluded
    return cut;
}

Result<void> Watch::nudge(const Context& context)
{
    m_nudged.now();
    if (!m_nudger) {
        auto again = connect_own(context, k_heartbeat_patience);
        if (!again)
            return std::unexpected(again.error());
        m_nudger = std::move(*again);
    }
    const auto done = m_nudger->semi_sync().commit_heartbeat(context.deadline.within(k_heartbeat_patience));
    if (done)
        return {};
    m_nudger.reset();
    if (done.error().kind == base::ErrorKind::timed_out)
        return {}; // the commit goes on waiting without us
    return std::unexpected(done.error());
}

// In this order: whatever waits is in the log before its end.
Result<void> Watch::look_at_waiting()
{
    m_looked_at_waiting.now();
    m_waiting_end.reset();
    auto waiting = m_own->semi_sync().waiting_statements();
    if (!waiting)
        return std::unexpected(waiting.error());
    const auto end = m_own->binary_log().end();
    if (!end)
        return std::unexpected(end.error());
    m_waiting = std::move(*waiting);
    m_waiting_end = *end;
    return {};
}

// The next ones begin to wait then, and are looked at anew.
Result<void> Watch::free_waiting()
{
    m_waiting_end.reset();
    m_looked_at_waiting.never();
    return m_own->semi_sync().acknowledge(m_waiting);
}

Result<void> Watch::carry_out(const Context& context, const core::SyncPlan& plan)
{
    switch (plan.step) {
    case SyncStep::none:
        return {};
    // A goal that was read before these says nothing of what is acknowledged after them.
    case SyncStep::accept:
        if (m_goal_purpose != "on" && m_goal_purpose != "near")
            m_goal.reset();
        return turn_side(context, plan.node, true);
    case SyncStep::dismiss:
        m_goal.reset();
        return turn_side(context, plan.node, false);
    case SyncStep::hold:
        m_goal.reset();
        return m_own->semi_sync().set_source_side(true);
    case SyncStep::release:
        m_goal.reset();
        log::warn(text("writes are acknowledged without semi-synchronous replication: ", plan.reason));
        return m_own->semi_sync().set_source_side(false);
    case SyncStep::nudge:
        return nudge(context);
    case SyncStep::look_at_waiting:
        return look_at_waiting();
    case SyncStep::free:
        return free_waiting();
    case SyncStep::set_goal: {
        const auto end = m_own->binary_log().end();
        if (!end)
            return std::unexpected(end.error());
        m_goal = *end;
        m_goal_purpose = plan.goal;
        m_goal_read.now();
        return {};
    }
    case SyncStep::record: {
        m_record.reset(); // whatever becomes of it: it is read again when this fails
        const auto written = write_sync_record(context, plan.record);
        if (!written)
            return written;
        log::info(text("semi-synchronous replication ", plan.record.on ? "holds: " : "does not hold: ", plan.reason));
        m_record = plan.record;
        m_certain = true;
        m_goal.reset();
        return {};
    }
    }
    return {};
}

Millis Watch::look(const Context& context)
{
    const auto record = context.memory.record();
    if (!is_open_primary(context) || !context.semi_sync()) {
        rest(context);
        return k_idle;
    }
    if (record->generation != m_generation)
        begin(*record);
    if (!prepare(context, *record))
        return k_idle;
    if (is_quiet() || !m_own)
        return k_between_looks;
    for (auto& [node, peer] : m_peers)
        look_at(context, peer, *record);
    look_for_strangers(context);
    m_looked.now();
    const auto plan = core::plan_sync(view(context));
    const auto done = carry_out(context, plan);
    if (!done) {
        complain(done.error().message);
        if (is_own_step(plan.step))
            m_own.reset();
        return k_between_looks;
    }
    if (plan.step != SyncStep::none)
        return k_after_step;
    complain({});
    return k_between_looks;
}

} // namespace mysql_prm::engine
