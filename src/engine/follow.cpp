#include "mysql_prm/engine/follow.hpp"

#include "mysql_prm/base/text.hpp"
#include "mysql_prm/engine/access.hpp"
#include "mysql_prm/engine/ballots.hpp"
#include "mysql_prm/engine/extra.hpp"
#include "mysql_prm/engine/gtid_order.hpp"
#include "mysql_prm/engine/record.hpp"
#include "mysql_prm/log/log.hpp"

#include <algorithm>

namespace mysql_prm::engine {
namespace {

using base::ErrorKind;
using base::fail;
using base::text;
using core::JoinStep;

constexpr Millis k_primary_patience{1000}; // a notification that promotes waits for the monitor that asks
constexpr int k_max_rounds = 4;            // observe, read own log or apply, decide: never more in practice
constexpr int k_looks = 4;
constexpr Millis k_between_looks{250};
constexpr int k_unreadable_files = 1201; // MariaDB ER_MASTER_INFO, after a power loss

void remember(const Context& context, const core::JoinInput& input, const core::JoinVerdict& verdict)
{
    auto& state = context.memory.state;
    const auto reason = verdict.keeps_out() ? verdict.reason : std::string{};
    if (verdict.keeps_out() && reason != state.quarantine)
        log::warn(text("kept out: ", reason));
    state.quarantine = reason;
    state.record = core::to_string(input.record);
    if (!verdict.keeps_out())
        forget_extra(context);
}

void remember_joining(const Context& context, const core::JoinInput& input)
{
    auto& state = context.memory.state;
    if (state.joining == input.record.generation)
        return;
    state.joining = input.record.generation;
    state.joining_position = core::to_string(input.primary.executed);
    state.joining_host = input.record.host;
    state.has_executed_it = false;
}

// What this data has held once: looked at each time, since it is received long before it is executed.
std::optional<core::Position> known_to_have_executed(core::LocalState& state, const core::ServerStatus& own)
{
    const auto& executed = own.mode == core::ReplicationMode::file_position ? own.applied : own.executed;
    const auto wanted = core::parse_position(state.joining_position);
    if (!wanted)
        return std::nullopt;
    state.has_executed_it = state.has_executed_it || core::contains(executed, *wanted);
    return state.has_executed_it ? std::optional{*wanted} : std::nullopt;
}

// Before anything else: what is extra may be all that is left of it. What still waits in the relay log comes later.
void save_before_keeping_out(const Context& context, ports::Server& own, core::JoinInput& input, core::JoinVerdict& verdict)
{
    if (verdict.step == JoinStep::keep_out && verdict.extra_behind) {
        context.memory.state.record = core::to_string(input.record);
        input.copy = save_log(context, own, *verdict.extra_behind, input.own.role.version.flavor);
        verdict = core::decide_join(input);
    }
    if (verdict.step != JoinStep::keep_out || verdict.extra.empty() || !input.extra_in_log)
        return;
    if (const auto* executed = std::get_if<gtid::MysqlGtidSet>(&input.own.executed);
        executed != nullptr && !executed->contains(verdict.extra.mysql))
        return;
    context.memory.state.record = core::to_string(input.record);
    input.copy = save_extra(context, own, *input.extra_in_log);
    verdict = core::decide_join(input);
}

Result<core::JoinVerdict> carry_out(
    const Context& context, VerifiedPrimary& primary, ports::Server& own, core::JoinInput& input, core::JoinVerdict verdict)
{
    save_before_keeping_out(context, own, input, verdict);
    remember(context, input, verdict);
    // By file and position one that has joined never begins at the start again: so not before it has been told where.
    const bool is_told_a_place = verdict.step == JoinStep::follow && input.own.mode == core::ReplicationMode::file_position;
    if (!verdict.keeps_out() && !is_told_a_place)
        remember_joining(context, input);
    if (verdict.step == JoinStep::restart_threads && input.own.role.replica->applier_errno != 0)
        return fail(ErrorKind::conflict, text("applier stopped with error ", input.own.role.replica->applier_errno));
    if (!verdict.keeps_out()) {
        if (const auto ordered = insist_on_order(own, input.own); !ordered)
            return std::unexpected(ordered.error());
        // Also where it has begun to receive by itself.
        if (const auto forgotten = forget_told(context); !forgotten)
            return std::unexpected(forgotten.error());
    }
    if (verdict.step == JoinStep::restart_threads) {
        log::info(text("restarting replication: ", verdict.reason));
        // As below: it may have been taken out of the record meanwhile.
        if (context.semi_sync() && input.own.role.replica->receiver == core::ReceiverState::stopped)
            if (const auto off = own.semi_sync().set_replica_side(false, context.deadline); !off)
                return std::unexpected(off.error());
        const auto done = own.start_replication(context.deadline);
        if (!done && done.error().code == k_unreadable_files && input.own.mode != core::ReplicationMode::file_position)
            verdict = {.step = JoinStep::follow,
                .source = core::Source{input.record.host, input.port, std::nullopt},
                .reason = "its files of what it replicates from cannot be read"};
        else if (!done)
            return std::unexpected(done.error());
    }
    // Quarantine: not replicating either, so that what it holds stays as it is.
    const auto& replica = input.own.role.replica;
    if (verdict.step == JoinStep::keep_out && replica && replica->receiver != core::ReceiverState::stopped)
        if (const auto done = own.stop_receiver(context.deadline); !done)
            return std::unexpected(done.error());
    if (!verdict.keeps_out())
        have_adopted(context, *primary.server, verdict.extra);
    if (verdict.step == JoinStep::follow) {
        // Whoever acknowledges has to be recorded first, and the watcher of the new primary sees to that.
        if (context.semi_sync())
            if (const auto off = own.semi_sync().set_replica_side(false, context.deadline); !off)
                return std::unexpected(off.error());
        if (const auto done = own.follow(*verdict.source, context.settings.login, input.own.mode, context.deadline); !done)
            return std::unexpected(done.error());
        remember_joining(context, input);
        log::info(text("replicating from ", input.record.node, " (", input.record.host, "): ", verdict.reason));
    }
    return verdict;
}

} // namespace

bool takes_own(const Context& context, ports::Server& own)
{
    if (context.semi_sync())
        return false;
    const auto status = own.semi_sync().status();
    return status && status->replica.enabled;
}

Result<core::JoinVerdict> follow_primary(const Context& context, ports::Server& own, const core::ReplInfo& record)
{
    if (record.generation < context.memory.state.promised)
        return fail(ErrorKind::conflict,
            text("promised not to receive before generation ", context.memory.state.promised, ", the record is of ",
                record.generation));
    core::JoinInput input;
    input.record = record;
    input.port = context.settings.port;
    int looks = 1;
    for (int round = 0; round < k_max_rounds; ++round) {
        auto status = observe_own(context, own);
        if (!status)
            return std::unexpected(status.error());
        input.own = std::move(*status);
        const auto& state = context.memory.state;
        input.has_joined = std::max(state.joined, state.joining) >= record.generation;
        input.had = known_to_have_executed(context.memory.state, input.own);
        if (input.own.role.writable())
            return fail(ErrorKind::conflict, "this server takes writes");
        auto primary = verify_primary(context, record, k_primary_patience);
        if (!primary)
            return std::unexpected(primary.error());
        input.primary = primary->status;
        auto verdict = core::decide_join(input);
        if (verdict.lacks_own && takes_own(context, own)) {
            input.takes_own = true;
            verdict = core::decide_join(input);
        }
        if (verdict.look_again && looks < k_looks) {
            ++looks;
            --round;
            context.ports.clock.pause(k_between_looks, context.deadline);
        } else if (verdict.step == JoinStep::read_extra) {
            auto found = read_extra(context, own, verdict.extra);
            if (!found)
                return std::unexpected(found.error());
            input.extra_in_log = std::move(*found);
        } else if (verdict.step == JoinStep::apply_first) {
            const auto applied = own.wait_applied(input.own.received, context.deadline.less(Millis{1000}));
            if (!applied)
                return std::unexpected(applied.error());
            if (!*applied)
                return fail(ErrorKind::timed_out, "still applying what was received before");
        } else if (verdict.step == JoinStep::read_own_log) {
            auto tail = own.binary_log().after(*record.origin);
            if (!tail)
                return std::unexpected(tail.error());
            input.own_tail = std::move(*tail);
        } else {
            return carry_out(context, *primary, own, input, std::move(verdict));
        }
    }
    return fail(ErrorKind::failed, "does not come to a decision about joining");
}

} // namespace mysql_prm::engine
