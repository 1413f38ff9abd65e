#include "mysql_prm/engine/watch.hpp"

#include "mysql_prm/base/text.hpp"
#include "mysql_prm/engine/access.hpp"
#include "mysql_prm/engine/attention.hpp"
#include "mysql_prm/engine/record.hpp"
#include "mysql_prm/engine/sync_record.hpp"
#include "mysql_prm/log/log.hpp"

#include "watch_times.hpp"

#include <algorithm>

namespace mysql_prm::engine {
namespace {

using base::text;
using core::SyncStep;

constexpr Millis k_idle{250};
constexpr Millis k_between_looks{200};
constexpr Millis k_after_step{10};
constexpr Millis k_heartbeat_patience{1000};
constexpr Millis k_between_refusals{5000};

// A step that needs the connection to the own server, which may be what failed.
bool is_own_step(SyncStep step)
{
    return step == SyncStep::hold || step == SyncStep::release || step == SyncStep::set_goal
        || step == SyncStep::look_at_waiting || step == SyncStep::free;
}

bool lacks_one_of(const core::SyncRecord& record, const core::SyncRecord& before)
{
    return std::ranges::any_of(before.members, [&](const core::SyncMember& member) {
        return std::ranges::find(record.members, member.node, &core::SyncMember::node) == record.members.end();
    });
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

// Somebody may have dropped the account, and no replica can acknowledge any more: writes must not wait until it is back.
Result<std::unique_ptr<ports::Server>> Watch::connect_own(const Context& context, Millis patience)
{
    auto& servers = context.ports.servers;
    ports::ConnectOptions options{
        .account = context.settings.admin, .connect_timeout = patience, .io_timeout = k_own_patience};
    auto own = servers.local(options);
    if (own || own.error().kind != base::ErrorKind::access_denied || m_root_refused.elapsed() < k_between_refusals)
        return own;
    options.account = socket_root();
    auto as_root = servers.local(options);
    if (!as_root)
        m_root_refused.now();
    return as_root ? std::move(as_root) : std::move(own);
}

void Watch::complain(const std::string& problem)
{
    if (problem != m_problem && !problem.empty())
        log::warn(text("semi-synchronous replication: ", problem));
    m_problem = problem;
}

void Watch::begin(const core::ReplInfo& record)
{
    const bool was_promoted = m_at_rest;
    end();
    m_was_promoted = was_promoted;
    m_generation = record.generation;
    m_heard.now();
}

void Watch::end()
{
    auto problem = std::move(m_problem);
    *this = Watch{};
    m_problem = std::move(problem);
}

// A server that was running when the cluster took it over, or when semi_sync was switched on, may lack the plugins.
void Watch::install_sides(ports::Server& own)
{
    const auto installed = own.semi_sync().install_sides();
    complain(installed ? std::string{} : text("cannot install its plugins: ", installed.error().message));
}

// What a demotion has left harmless is turned off once this server follows another: nobody waits for it any more.
void Watch::rest(const Context& context)
{
    if (m_rests || !context.semi_sync() || m_rest_tried.elapsed() < k_between_attempts)
        return;
    end();
    m_rest_tried.now();
    auto own = connect_own(context, k_own_patience);
    const auto role = own ? (*own)->role() : std::unexpected(own.error());
    if (!role || (!role->writable() && !role->replica))
        return;
    install_sides(**own);
    m_rests = role->writable() || (*own)->semi_sync().set_source_side(false).has_value();
}

// The primary goes on without a member that it cannot reach. Back in the network, its receiver would connect by itself and
// acknowledge alone before the primary has seen it (found by simulation): so it stops receiving and turns its side off while
// it is away.
void Watch::fall_silent(const Context& context)
{
    if (m_silent || !context.semi_sync() || m_silence_tried.elapsed() < k_between_attempts)
        return;
    m_silence_tried.now();
    // In maintenance of the cluster layer the primary goes on with its members.
    const auto left_alone = context.ports.cluster.is_left_alone(context.deadline.within(k_own_patience));
    if (!left_alone || *left_alone)
        return;
    auto own = connect_own(context, k_own_patience);
    if (!own)
        return;
    // Not only restarted: one that connects to a node without power cannot be stopped in time, and a stop has to tell how
    // far it came (seen on 9.7.4). The monitor starts it again.
    const auto stopped = (*own)->stop_receiver(context.deadline.within(k_own_patience));
    m_silent = stopped && (*own)->semi_sync().set_replica_side(false, context.deadline.within(k_own_patience));
    if (m_silent)
        log::info("without quorum: receives and acknowledges no more");
}

// semi_sync was switched off under a primary that goes on running: its commits would wait for acknowledgements that nobody
// looks after. The record first: it must not promise what the server no longer keeps. What an administrator has configured
// is not touched.
void Watch::let_go(const Context& context, const core::ReplInfo& record)
{
    if (record.generation != m_generation)
        begin(record);
    if (m_rests || m_rest_tried.elapsed() < k_between_attempts)
        return;
    m_rest_tried.now();
    auto own = connect_own(context, k_own_patience);
    const auto status = own ? (*own)->semi_sync().status() : std::unexpected(own.error());
    if (!status)
        return;
    const bool is_held = status->is_held_by_agent();
    if (!is_held) { // or no longer: restarted by hand
        const auto sync = read_sync_record(context);
        if (!sync && sync.error().kind != base::ErrorKind::invalid_argument)
            return;
        if (!sync || !sync->on || sync->generation != record.generation) {
            m_rests = true;
            return;
        }
    }
    if (auto leads = not_succeeded(context); !leads)
        return complain(leads.error().message);
    if (const auto written = write_sync_record(context, core::SyncRecord{}); !written)
        return complain(written.error().message);
    if (is_held)
        if (const auto released = (*own)->semi_sync().set_source_side(false); !released)
            return complain(released.error().message);
    complain({});
    log::warn("semi_sync is off now: writes are acknowledged without semi-synchronous replication");
    m_rests = true;
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
        install_sides(*m_own);
        // While logins are possible and commits do not wait: makes the table, and shows whether the rights are there.
        if (!m_nudger)
            if (const auto ready = nudge(context); !ready)
                complain(text("no heartbeat: ", ready.error().message));
    }
    if (!m_record) {
        if (const auto leads = not_succeeded(context); !leads) {
            complain(leads.error().message);
            return false;
        }
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
        if (m_own->semi_sync().is_held_up_by_accounts().value_or(false)) { // a role takes effect with a login
            m_own.reset();
            return false;
        }
        const auto read = read_sync_record(context);
        if (read ? *read != *m_record : read.error().kind == base::ErrorKind::invalid_argument) {
            log::warn("the sync record in the cluster is not ours: writing it again");
            if (m_record->on && m_record->generation == m_generation) {
                m_certain = false; // said again once it is seen that it still holds
            } else if (!not_succeeded(context) || !write_sync_record(context, *m_record)) {
                m_record_read.never();
                return false;
            }
        }
    }
    return m_record && find_peers(context);
}

// One that was succeeded, and does not know it yet, must not speak for its successor, nor let go what waits. A node whose
// corosync had hung is back in the membership with quorum seconds before Pacemaker has brought it what was written meanwhile
// (found by a chaos run: 1.6 s on 2.1.5, and it let go what waited beside its successor). So nothing is concluded just
// behind a change of the membership, which one that was launched since has not seen, nor while another server takes writes;
// the monitor looks at once who is right.
Result<void> Watch::not_succeeded(const Context& context)
{
    const auto partition = require_quorum(context);
    if (!partition)
        return std::unexpected(partition.error());
    const auto age = m_partition.empty() && !m_was_promoted ? context.ports.watcher.membership_age() : Millis::max();
    if ((m_partition != *partition && !m_partition.empty()) || age < k_until_joined) // not known: just now
        m_partition_changed.now();
    m_partition = *partition;
    const auto leads = read_record(context);
    if (!leads)
        return std::unexpected(leads.error());
    if (*leads && (*leads)->generation > m_generation) {
        ask_for_check(context);
        return base::fail(base::ErrorKind::conflict, text("the cluster records ", (*leads)->node, " as a later primary"));
    }
    if (m_partition_changed.elapsed() < k_until_joined)
        return base::fail(base::ErrorKind::conflict, "the membership of the cluster has just changed");
    for (const auto& [node, peer] : m_peers)
        if (peer.leads.happened() && peer.leads.elapsed() < k_longest_rival) {
            ask_for_check(context);
            return base::fail(base::ErrorKind::conflict, text("the server of ", node, " takes writes, too"));
        }
    return {};
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
    if (cut) // until it answers again
        peer.seen.side.active = peer.seen.side.enabled = false;
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
    const auto done = m_nudger->semi_sync().commit_nudge(context.deadline.within(k_heartbeat_patience));
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
        m_goal_active.try_emplace(plan.node, m_peers.at(plan.node).seen.incarnation);
        return turn_side(context, plan.node, true);
    case SyncStep::dismiss:
        m_goal.reset();
        return turn_side(context, plan.node, false);
    case SyncStep::hold:
        m_goal.reset();
        return m_own->semi_sync().set_source_side(true);
    case SyncStep::release:
        if (auto leads = not_succeeded(context); !leads) {
            m_certain = false;
            return leads;
        }
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
        m_goal_active.clear();
        keep_goal_honest();
        m_goal_read.now();
        return {};
    }
    case SyncStep::record: {
        // What the cluster holds meanwhile may be older than what is known here, and is not believed.
        if (auto leads = not_succeeded(context); !leads) {
            m_certain = false;
            return leads;
        }
        const auto written = write_sync_record(context, plan.record);
        // Who is missing may have promised to wait for a later primary.
        if (!plan.record.on || lacks_one_of(plan.record, *m_record))
            ask_for_check(context);
        if (!written) {
            // The cluster may hold this one or the one before, and both are true for as long as nobody else acknowledges;
            // but an older one is not. That it is off has to be certain before anything is done on it.
            if (plan.record.on)
                m_record = plan.record;
            m_certain = false;
            m_goal.reset();
            return written;
        }
        log::info(text("semi-synchronous replication ", plan.record.on ? "holds: " : "does not hold: ", plan.reason));
        m_record = plan.record;
        m_certain = true;
        m_goal.reset();
        return {};
    }
    }
    return {};
}

Millis Watch::look(const Context& context, bool has_quorum)
{
    const auto record = context.memory.record();
    if (!is_open_primary(context)) {
        rest(context);
        if (has_quorum)
            m_silent = false;
        else
            fall_silent(context);
        m_at_rest = true;
        return k_idle;
    }
    if (!context.semi_sync()) {
        let_go(context, *record);
        return k_idle;
    }
    if (record->generation != m_generation)
        begin(*record);
    if (!prepare(context, *record))
        return k_idle;
    if (is_quiet(context) || !m_own)
        return k_between_looks;
    m_look_began.now();
    for (auto& [node, peer] : m_peers) {
        look_at(context, peer, *record);
        look_at_source_again(context);
    }
    look_for_strangers(context, *record);
    look_for_losses(context);
    note_fitness();
    keep_goal_honest();
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
