#include "mysql_prm/base/text.hpp"
#include "mysql_prm/core/ballot.hpp"
#include "mysql_prm/engine/access.hpp"
#include "mysql_prm/engine/attention.hpp"
#include "mysql_prm/engine/ballots.hpp"
#include "mysql_prm/engine/disk.hpp"
#include "mysql_prm/engine/events.hpp"
#include "mysql_prm/engine/follow.hpp"
#include "mysql_prm/engine/heartbeat.hpp"
#include "mysql_prm/engine/record.hpp"
#include "mysql_prm/engine/server_number.hpp"
#include "mysql_prm/engine/standing.hpp"
#include "mysql_prm/engine/watch.hpp"
#include "mysql_prm/log/log.hpp"
#include "mysql_prm/ocf/actions.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace mysql_prm::ocf {
namespace {

using base::Error;
using base::ErrorKind;
using base::fail;
using base::Millis;
using base::text;

constexpr Millis k_look_again{100};
constexpr Millis k_close_patience{1000};
constexpr std::int64_t k_until_joined_seconds = 10; // behind a probe what was written may still be taken away
// Behind a change of the membership: until what was written elsewhere has usually come (seen: 2 s), and has surely come.
constexpr std::array<std::int64_t, 2> k_until_merged_seconds{3, 10};
constexpr std::int64_t k_yield_seconds = 10;    // then a better node that has not taken over counts no more
constexpr std::int64_t k_election_seconds = 30; // then nobody was promoted, and scores have to say the truth again

// MariaDB, ER_GTID_STRICT_OUT_OF_ORDER: the replica wrote a transaction of its own, whose number the primary has used too.
// Looked at as a node that may have to be kept out: as a voter its position would not compare with any other.
constexpr int k_out_of_order = 1950;

using ServerPtr = std::unique_ptr<ports::Server>;

// A server that starts up has a process and no socket yet; a probe waits for it, because failing would restart it.
Result<ServerPtr> connect(const Context& context, bool is_probe)
{
    for (;;) {
        auto server = engine::connect_local(context, engine::Patience::probe);
        if (server || server.error().kind != ErrorKind::not_running || !is_probe)
            return server;
        if (!context.ports.mysqld.running() || context.deadline.remaining() < Millis{3000})
            return server;
        context.ports.clock.pause(k_look_again, context.deadline);
    }
}

// The server lives but does not tell its role: what it was when it was last seen is the best answer.
Result<ExitCode> without_role(const Context& context, const Error& error)
{
    log::warn(text("the server lives but lets nobody in: ", error.message));
    return context.settings.promotable && context.memory.state.was_primary ? ExitCode::running_promoted : ExitCode::ok;
}

// A statement about accounts waits for its acknowledgement: the watcher, which is logged in, sees to it.
bool is_locked_out(const Context& context, const Error& error)
{
    return context.settings.promotable && error.kind == ErrorKind::timed_out && engine::may_lock_out(context);
}

Result<ExitCode> without_server(const Context& context, const Error& error)
{
    if (engine::proves_alive(error))
        return without_role(context, error);
    if (is_locked_out(context, error)) {
        log::warn(text(
            "commits wait for an acknowledgement, one about accounts it seems, and nobody can log in: ", error.message));
        return ExitCode::running_promoted;
    }
    if (error.kind != ErrorKind::not_running)
        return std::unexpected(error);
    if (const auto pid = context.ports.mysqld.running())
        return fail(ErrorKind::failed, text("process ", *pid, " of the server runs, but nothing answers: ", error.message));
    return ExitCode::not_running;
}

Result<void> read_test_table(const Context& context, ports::Server& server)
{
    const auto& settings = context.settings;
    if (settings.test_table.empty())
        return {};
    if (!settings.test_is_set || settings.test.user == settings.admin.user)
        return server.read_table(settings.test_table);
    auto tester = context.ports.servers.local({settings.test});
    if (!tester) // liveness is proved already; a refused login is a matter for start and validate-all
        return engine::proves_alive(tester.error()) || is_locked_out(context, tester.error())
            ? Result<void>{}
            : std::unexpected(tester.error());
    return (*tester)->read_table(settings.test_table);
}

bool needs_attention(const Context& context, const core::RoleStatus& role, const core::ReplInfo& record)
{
    // Once a minute also a replica that seems well: it may hold transactions of its own. And a case that does not change by
    // itself is looked at no more often.
    if (engine::is_check_due(context) || context.memory.state.extra_unfinished)
        return true;
    if (!context.memory.state.quarantine.empty())
        return false;
    if (!role.replica)
        return true;
    const auto& replica = *role.replica;
    if (replica.source_host != record.host || replica.source_port != context.settings.port)
        return true;
    return !core::is_refused_by_source(replica)
        && (!replica.applier_running || replica.receiver == core::ReceiverState::stopped);
}

// What is otherwise looked at once a minute.
bool has_to_be_checked(const Context& context, const core::RoleStatus& role)
{
    const bool is_asked_for = engine::take_request_for_check(context);
    if (!role.replica || role.writable())
        return is_asked_for;
    auto& state = context.memory.state;
    const bool is_refused
        = role.replica->receiver == core::ReceiverState::connecting && core::is_refused_login(role.replica->receiver_errno);
    // Somebody has written here, or given it another account to replicate with.
    const bool has_written = std::exchange(state.own_writes, role.own_writes) != role.own_writes;
    const bool is_news = !std::exchange(state.is_refused, is_refused) && is_refused;
    return is_asked_for || has_written || is_news;
}

// Repairs what it may: a lost thread, the wrong source, a node that could not join before. Not an applier that stopped with
// an error: what it could not apply is for a person to look at; but once a minute it is looked whether a transaction of its
// own is the cause. Returns true when something was changed.
bool repair(const Context& context, ports::Server& server, const core::RoleStatus& role, const core::ReplInfo& record)
{
    const auto applier_errno = role.replica && role.replica->source_host == record.host ? role.replica->applier_errno : 0;
    if (applier_errno != 0 && applier_errno != k_out_of_order && !engine::is_check_due(context))
        return false;
    auto& problem = context.memory.state.join_problem;
    const auto verdict = engine::follow_primary(context, server, record);
    if (!verdict) {
        if (problem != verdict.error().message)
            log::info(text("does not replicate yet: ", verdict.error().message));
        problem = verdict.error().message;
        return false;
    }
    problem.clear();
    return verdict->step == core::JoinStep::follow || verdict->step == core::JoinStep::restart_threads;
}

bool still_applies(ports::Server& server, const core::RoleStatus& role)
{
    if (!role.replica || !role.replica->applier_running || role.replica->applier_errno != 0)
        return false; // what is asked of it for the next promotion starts it, or says why not
    const auto status = server.observe();
    return !status || !core::contains(status->applied, status->received);
}

bool still_yields(const Context& context, ports::Server& server, const core::RoleStatus& role)
{
    auto& state = context.memory.state;
    if (state.yielded_to.empty())
        return false;
    const auto now = engine::now_seconds(context);
    // A candidate again before that would be tried again before another one that has applied everything.
    if (state.yields_to_apply) {
        if (still_applies(server, role))
            return true;
        state.yielded_to.clear();
        return false;
    }
    if (now - state.yielded_at < k_yield_seconds && now >= state.yielded_at)
        return true;
    state.yielded_to.clear();
    return false;
}

// Between its ballot and the new record a node does not receive, on purpose: that says nothing about its worth, and a score
// that changes now would abort the transition that promotes.
bool is_election_under_way(const Context& context, const std::optional<core::ReplInfo>& record)
{
    const auto& state = context.memory.state;
    const auto since = engine::now_seconds(context) - state.promised_at;
    return !state.score.empty() && state.promised > (record ? record->generation : 0) && since >= 0
        && since < k_election_seconds;
}

// It gave up a promotion, and nobody better has taken over: each further election without it would keep it out of the choice
// for as long again (found by the simulation).
bool gave_up(const Context& context)
{
    return context.memory.state.score == std::to_string(core::k_score_never);
}

// With the attributes of this node the cluster may lose its score, and elections among the others may never end without it
// (found by chaos runs: a daemon of Pacemaker was killed on the primary, whose executor lived on).
bool has_lost_score(const Context& context)
{
    const auto score = context.ports.cluster.promotion_score();
    if (!score || *score)
        return false;
    context.memory.state.score.clear();
    return true;
}

std::chrono::seconds lag_unknown_for(const Context& context, const core::RoleStatus& role)
{
    auto& since = context.memory.state.lag_unknown_since;
    if (!role.replica || role.replica->lag)
        since = 0;
    else if (since == 0)
        since = engine::now_seconds(context);
    return std::chrono::seconds{since == 0 ? 0 : std::max<std::int64_t>(0, engine::now_seconds(context) - since)};
}

// The record as this node remembers it, or as the cluster has it where that is worth a question.
std::optional<core::ReplInfo> record_to_follow(const Context& context, const core::RoleStatus& role)
{
    auto known = context.memory.record();
    if (known && !needs_attention(context, role, *known))
        return known;
    auto read = engine::read_record(context);
    return read ? std::move(*read) : known;
}

Result<ExitCode> keep_replica(const Context& context, ports::Server& server, core::RoleStatus role)
{
    if (!role.closed()) { // MySQL: somebody has switched super_read_only off
        log::info("super_read_only is off on a replica: switching it on");
        if (const auto closed = server.gate().set_read_only(k_close_patience); !closed)
            log::warn(text("cannot switch it on: ", closed.error().message));
    }
    if (role.replica)
        role.replica->lag = engine::replication_delay(context, server, *role.replica);
    const auto record = record_to_follow(context, role);
    const bool is_recorded = record && record->node == context.ports.cluster.local_node();
    if (record && !is_recorded && needs_attention(context, role, *record) && repair(context, server, role, *record))
        if (auto again = server.role())
            role = std::move(*again);
    const bool is_electing = is_election_under_way(context, record);
    if (record && context.memory.state.promised > record->generation)
        engine::tell_promise(context);
    const auto standing = core::decide_standing({.role = role,
        .is_recorded_primary = is_recorded,
        .primary_known = record.has_value(),
        .has_promised = context.memory.state.promised > (record ? record->generation : 0),
        .held_up = engine::lacks_space(context),
        .kept_out = context.memory.state.quarantine,
        .lag_unknown_for = lag_unknown_for(context, role),
        .max_lag = context.settings.max_lag});
    if (!still_yields(context, server, role) && (!is_electing || gave_up(context) || has_lost_score(context))) {
        engine::check_standing(context);
        engine::publish_standing(context, standing);
    }
    if (context.settings.evict_outdated && role.replica && role.replica->lag
        && *role.replica->lag > context.settings.max_lag)
        return fail(ErrorKind::not_installed, text("evict_outdated_slaves: ", standing.why));
    return ExitCode::ok;
}

// After a partition the CIB of the other side may have won: the living primary asserts its own record. A later one of
// another node is true: it was written by a promotion with quorum, and though that one may never have opened, nobody follows
// this one any more.
Result<void> assert_record(const Context& context)
{
    const auto own = context.memory.record();
    if (own && own->node != context.ports.cluster.local_node())
        return {};
    const auto recorded = engine::read_record(context);
    if (!own) { // forgotten with the files in /run
        if (recorded && *recorded && (*recorded)->node == context.ports.cluster.local_node())
            context.memory.state.record = core::to_string(**recorded);
        return {};
    }
    if (recorded && *recorded && (*recorded)->generation > own->generation) {
        context.memory.state.record = core::to_string(**recorded);
        if ((*recorded)->node == own->node)
            return {};
        return fail(ErrorKind::conflict,
            text(
                "the cluster records ", (*recorded)->node, " as primary of the later generation ", (*recorded)->generation));
    }
    const bool unreadable = !recorded && recorded.error().kind == ErrorKind::invalid_argument;
    if (unreadable || (recorded && (!*recorded || **recorded != *own))) {
        log::warn("the record of the primary in the cluster is not ours: writing it again");
        if (const auto written = engine::write_record(context, *own); !written)
            log::warn(text("cannot write it: ", written.error().message));
    }
    return {};
}

// Others have promised to follow only a later primary than this one: the promotion that they answered has come to nothing
// (a partition that healed in the middle of it). Nothing but a later primary gets them back.
Result<void> check_promises(const Context& context)
{
    const auto own = context.memory.record();
    if (!own || own->node != context.ports.cluster.local_node())
        return {};
    const auto ballots = context.ports.cluster.private_attributes(context.attribute("_ballot"));
    if (!ballots)
        return {};
    for (const auto& [node, value] : *ballots)
        if (const auto ballot = core::parse_ballot(value);
            node != own->node && ballot && ballot->generation > own->generation)
            return fail(ErrorKind::conflict,
                text(node, " follows only a primary of generation ", ballot->generation, ", and this one is of generation ",
                    own->generation, ": it has to be promoted again"));
    return {};
}

void publish_primary(const Context& context, const core::RoleStatus& role, const std::string& held_up)
{
    // Writable by hand, or superseded: no reason to prefer it to the recorded primary.
    const auto record = context.memory.record();
    const bool is_primary = !record || record->node == context.ports.cluster.local_node();
    if (!is_primary)
        log::exit_reason(text("takes writes, but the recorded primary is ", record->node, ": opened by hand, or succeeded"));
    engine::check_standing(context);
    engine::publish_standing(context,
        core::decide_standing({.role = role,
            .is_primary = is_primary,
            .primary_known = record.has_value(),
            .held_up = held_up,
            .max_lag = context.settings.max_lag}));
}

Result<void> keep_primary(const Context& context, ports::Server& server, const core::RoleStatus& role)
{
    Result<void> kept;
    if (engine::is_check_due(context)) {
        kept = assert_record(context);
        if (kept)
            kept = check_promises(context);
        engine::remember_events(context, server);
    }
    // A node that can commit has the better score then, and the cluster moves the primary there.
    publish_primary(context, role, kept ? engine::commits_hang(context) : std::string{});
    return kept;
}

bool was_probed_lately(const Context& context)
{
    const auto since = engine::now_seconds(context) - context.memory.state.probed_at;
    return since >= 0 && since < k_until_joined_seconds;
}

// Another primary may have been recorded in another part of the cluster meanwhile, and nobody has looked since.
bool may_be_succeeded(const Context& context, const core::RoleStatus& role)
{
    const auto seen = role.writable() ? context.ports.watcher.membership() : std::nullopt;
    if (!seen || !seen->is_new)
        return false;
    const auto age = std::chrono::floor<std::chrono::seconds>(seen->age).count();
    const auto since = engine::now_seconds(context) - context.memory.state.verified;
    return std::ranges::any_of(k_until_merged_seconds, [&](auto merged) { return age >= merged && since > age - merged; });
}

void remember(const Context& context, const core::RoleStatus& role)
{
    auto& state = context.memory.state;
    state.was_primary = role.writable();
    state.extra_port = role.extra_port;
    state.extra_address = role.extra_address;
}

} // namespace

Result<ExitCode> monitor(const Context& context, const MonitorInput& input)
{
    auto server = connect(context, input.is_probe);
    if (!server)
        return without_server(context, server.error());
    const auto role = (*server)->role();
    if (!role)
        return engine::proves_alive(role.error()) ? without_role(context, role.error()) : std::unexpected(role.error());
    remember(context, *role);
    // Pacemaker looks at this node as for the first time: what was written may be gone with the node's attributes, and some
    // of it only in the next seconds.
    const bool was_verified = input.is_probe && std::exchange(context.memory.state.verified, 0) != 0;
    if (was_verified)
        context.memory.state.probed_at = engine::now_seconds(context);
    if (!input.is_probe
        && (has_to_be_checked(context, *role) || was_probed_lately(context) || may_be_succeeded(context, *role)))
        context.memory.state.verified = 0;
    const bool check = context.settings.promotable && !input.is_probe && engine::is_check_due(context);
    if (input.check_level > 0)
        if (const auto read = read_test_table(context, **server); !read) // a probe must not take it for a stopped server
            return fail(ErrorKind::failed, read.error().message, read.error().code);
    Result<ExitCode> result = ExitCode::ok;
    if (context.settings.promotable && role->writable()) {
        result = ExitCode::running_promoted;
        // A probe too: the cluster layer was away in maintenance, no monitor runs in it, and when it ends a primary without
        // a score would be demoted in favour of a replica that has one.
        if (input.is_probe && engine::is_open_primary(context)) {
            publish_primary(context, *role, engine::commits_hang(context));
            // And others may have begun an election without it: to be looked at by the first monitor.
            context.memory.state.verified = 0;
            context.memory.save();
        }
        if (!input.is_probe) {
            if (const auto kept = keep_primary(context, **server, *role); !kept)
                result = std::unexpected(kept.error());
        }
    } else if (context.settings.promotable && !input.is_probe) {
        result = keep_replica(context, **server, *role);
    }
    if (check)
        engine::keep_server_number(context, role->server_id);
    if (!input.is_probe || was_verified)
        context.memory.save();
    if (!input.is_probe)
        engine::ensure_watcher(context);
    return result;
}

} // namespace mysql_prm::ocf
