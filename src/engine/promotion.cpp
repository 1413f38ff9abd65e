#include "mysql_prm/engine/promotion.hpp"

#include "mysql_prm/base/text.hpp"
#include "mysql_prm/core/join.hpp"
#include "mysql_prm/engine/access.hpp"
#include "mysql_prm/engine/follow.hpp"
#include "mysql_prm/engine/gtid_order.hpp"
#include "mysql_prm/engine/lease.hpp"
#include "mysql_prm/engine/record.hpp"
#include "mysql_prm/engine/sync_record.hpp"
#include "mysql_prm/log/log.hpp"

namespace mysql_prm::engine {
namespace {

using base::ErrorKind;
using base::fail;
using base::text;

constexpr Millis k_look_again{20};
constexpr Millis k_source_patience{2000};

Result<core::ReplInfo> new_record(
    const Context& context, ports::Server& own, const core::ServerStatus& status, std::uint64_t generation)
{
    const auto log_end = status.log_bin ? own.binary_log().end() : core::FilePosition{};
    if (!log_end)
        return std::unexpected(log_end.error());
    auto& cluster = context.ports.cluster;
    const auto host = address_of(context, cluster.local_node());
    if (!host && !is_no_cluster(host.error()))
        return std::unexpected(host.error());
    core::ReplInfo record{.host = host.value_or(cluster.local_node()),
        .file = log_end->file,
        .offset = log_end->offset,
        .generation = generation,
        .node = cluster.local_node(),
        .server_id = status.role.server_id,
        .semi_sync = context.semi_sync()};
    if (status.mode == core::ReplicationMode::file_position && status.role.replica)
        record.origin = status.role.replica->applied_file;
    else if (const auto before = context.memory.record(); status.mode == core::ReplicationMode::file_position && before
             && before->node == record.node && before->origin) {
        // Promoted again in place: the replicas of its former life need no new place. Both places are a pair: whoever stands
        // at the origin has received nothing of this server since it took over first.
        record.origin = before->origin;
        record.file = before->file;
        record.offset = before->offset;
    }
    return record;
}

// The source that is configured goes on; another one is followed, once everything received has been applied: following
// drops the relay logs.
Result<void> begin_to_receive(const Context& context, ports::Server& own, const std::string& node, Deadline deadline)
{
    const auto host = address_of(context, node);
    if (!host)
        return std::unexpected(host.error());
    const auto source = connect_remote(context, *host, k_source_patience);
    if (!source)
        return fail(source.error().kind, text(node, " does not serve: ", source.error().message));
    const auto role = (*source)->role();
    if (!role)
        return std::unexpected(role.error());
    if (role->writable()) // there would be no end of it, and the promise forbids it
        return fail(ErrorKind::conflict, text(node, " takes writes"));
    const auto status = own.observe();
    if (!status)
        return std::unexpected(status.error());
    if (status->mode == core::ReplicationMode::mariadb_gtid) {
        const auto there = (*source)->observe();
        if (!there)
            return std::unexpected(there.error());
        if (const auto missing = core::own_missing(*status, *there); missing && !takes_own(context, own))
            return fail(ErrorKind::conflict,
                text("lacks what it wrote itself up to ", gtid::to_string(*missing), ", and would pass over it"));
    }
    if (status->role.replica && status->role.replica->source_host == *host)
        return own.start_replication(deadline);
    if (status->mode == core::ReplicationMode::file_position)
        return fail(
            ErrorKind::conflict, text("without GTID nothing can be fetched from ", node, ", which was not the source"));
    if (const auto applied = apply_everything(context.by(deadline), own, *status); !applied)
        return applied;
    return own.follow({*host, context.settings.port, std::nullopt}, context.settings.login, status->mode, deadline);
}

Result<void> wait_received(const Context& context, ports::Server& own, const core::Position& wanted, Deadline deadline)
{
    for (;;) {
        const auto status = own.observe();
        if (!status)
            return std::unexpected(status.error());
        if (core::contains(status->received, wanted))
            return {};
        const auto& replica = status->role.replica;
        if (replica && replica->receiver == core::ReceiverState::stopped && replica->receiver_errno != 0)
            return fail(ErrorKind::failed, text("receiver: ", replica->receiver_error));
        if (deadline.expired())
            return fail(
                ErrorKind::timed_out, text("did not receive everything up to ", base::shorten(core::to_string(wanted), 80)));
        context.ports.clock.pause(k_look_again, deadline);
    }
}

Result<void> end_guarantee(const Context& context)
{
    const auto off = set_sync_record(context, {});
    return !off && is_no_cluster(off.error()) ? Result<void>{} : off;
}

// With strict the first write waits already. The table is made while nothing does: without it no heartbeat frees the commits
// whose acknowledgement is lost.
Result<void> hold_from_the_beginning(const Context& context, ports::Server& own)
{
    if (const auto made = own.semi_sync().make_heartbeat_table(context.deadline); !made)
        log::warn(text("no heartbeat: ", made.error().message));
    return own.semi_sync().set_source_side(true);
}

} // namespace

Result<void> apply_everything(const Context& context, ports::Server& own, const core::ServerStatus& status)
{
    if (core::contains(status.applied, status.received))
        return {};
    log::info(text("applying what was received: ", core::to_string(status.received)));
    const auto applied = own.wait_applied(status.received, context.deadline);
    if (!applied)
        return std::unexpected(applied.error());
    if (!*applied)
        return fail(ErrorKind::timed_out, "could not apply everything it received in time");
    return {};
}

Result<void> catch_up(
    const Context& context, ports::Server& own, const std::string& node, const core::Position& wanted, Deadline deadline)
{
    if (const auto begun = begin_to_receive(context, own, node, deadline); !begun)
        return begun;
    const auto received = wait_received(context, own, wanted, deadline);
    const auto stopped = own.stop_receiver(context.deadline);
    return received ? stopped : received;
}

Result<void> take_over(const Context& context, ports::Server& own, const Mandate& mandate)
{
    const auto generation = mandate.generation;
    auto status = observe_own(context, own);
    if (!status)
        return std::unexpected(status.error());
    if (const auto applied = apply_everything(context, own, *status); !applied)
        return applied;
    status = observe_own(context, own);
    if (!status)
        return std::unexpected(status.error());
    if (!core::contains(status->applied, status->received))
        return fail(ErrorKind::data_risk, "holds received transactions that are not applied");
    if (const auto ordered = insist_on_order(own, *status); !ordered)
        return ordered;
    const auto record = new_record(context, own, *status, generation);
    if (!record)
        return std::unexpected(record.error());
    // Before the record: when this promotion is killed behind it, the next one asks no further back than this node.
    if (mandate.may_live)
        if (const auto ended = wait_for_end_of_lease(context, mandate.has_handed_over); !ended)
            return ended;
    // All of that took its time. Behind a change another one may be recorded, or the last primary may acknowledge again what
    // this node lacks.
    if (mandate.partition)
        if (const auto still = require_partition(context, *mandate.partition); !still)
            return still;
    // What tells a later ballot that it was this node that won, should it not live to remember more.
    context.memory.state.promised = generation;
    context.memory.save();
    // One that is left must not seem to speak of this generation.
    if (record->semi_sync && !mandate.sync)
        if (const auto off = end_guarantee(context); !off)
            return off;
    // Point of no return: from here on the cluster knows this node as the primary.
    if (const auto written = write_record(context, *record); !written && !is_no_cluster(written.error()))
        return written;
    // The one of the generation before was true until now.
    const bool guarantee_ended = record->semi_sync && mandate.sync && mandate.sync->on;
    if (guarantee_ended)
        if (const auto off = end_guarantee(context); !off)
            return off;
    context.memory.state.record = core::to_string(*record);
    context.memory.state.promised = context.memory.state.joined = generation;
    context.memory.state.joining = 0;
    context.memory.state.joining_position.clear();
    context.memory.state.quarantine.clear();
    context.memory.state.yielded_to.clear();
    context.memory.state.was_primary = true;
    context.memory.save();
    if (status->role.replica)
        if (const auto forgotten = own.forget_source(context.deadline); !forgotten)
            return forgotten;
    // Behind the record: a promotion that ends before it leaves nothing in the log that the others lack.
    if (const auto skipped = skip_numbers(context, own, *status); !skipped)
        return skipped;
    // One that is left on would acknowledge, unrecorded, when this server follows another later.
    if (context.semi_sync())
        if (const auto off = own.semi_sync().set_replica_side(false, context.deadline); !off)
            return off;
    // Cut off a moment ago, it may be alone with the end of the guarantee, and the others would go by what they read.
    if (mandate.partition)
        if (const auto still = guarantee_ended ? confirm_partition(context, *mandate.partition)
                                               : require_partition(context, *mandate.partition);
            !still)
            return still;
    if (context.settings.semi_sync == core::SemiSyncMode::strict)
        if (const auto held = hold_from_the_beginning(context, own); !held)
            return held;
    if (const auto open = own.gate().open(); !open)
        return open;
    log::info(text("takes writes as primary of generation ", generation));
    return {};
}

} // namespace mysql_prm::engine
