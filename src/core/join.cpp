#include "mysql_prm/core/join.hpp"

#include "mysql_prm/base/text.hpp"

namespace mysql_prm::core {
namespace {

using base::text;
using gtid::Relation;

JoinVerdict keep_out(std::string reason)
{
    return {.step = JoinStep::keep_out, .reason = std::move(reason)};
}

std::string unfit_settings(const ServerStatus& own, const ServerStatus& primary, const std::string& node)
{
    if (own.role.version.flavor != primary.role.version.flavor)
        return text("MySQL and MariaDB mixed: this server is ", own.role.version.text, ", the primary on ", node, " is ",
            primary.role.version.text);
    if (own.role.server_id == primary.role.server_id)
        return text("two servers with server_id ", own.role.server_id, ": this one and the primary on ", node);
    if (!own.server_uuid.empty() && own.server_uuid == primary.server_uuid)
        return text("two servers with server_uuid ", own.server_uuid, ": this one and the primary on ", node);
    if (own.mode != primary.mode)
        return text("GTID mode differs from the primary's on ", node);
    return {};
}

bool points_at(const ReplicaStatus& replica, const JoinInput& input)
{
    return replica.source_host == input.record.host && replica.source_port == input.port;
}

JoinVerdict keep_following(const ReplicaStatus& replica)
{
    if (replica.applier_running && replica.receiver != ReceiverState::stopped)
        return {JoinStep::none, std::nullopt, "follows the primary"};
    return {JoinStep::restart_threads, std::nullopt,
        text(replica.applier_running ? "receiver" : "applier", " of a replica of the primary is stopped")};
}

// An empty transaction may be committed elsewhere under its GTID only if nobody can have used that GTID for anything else:
// when it is this server's own number, and this server's log shows what it is.
bool may_be_adopted(const JoinInput& input, const ExtraTransactions& extra)
{
    return input.extra_in_log->without_data && !extra.mysql.empty()
        && extra.mysql.of_source(input.own.server_uuid) == extra.mysql;
}

// Nothing: what is extra does not keep this node out.
std::optional<JoinVerdict> decide_extra(const JoinInput& input, const ExtraTransactions& extra, bool points_there)
{
    if (extra.empty())
        return std::nullopt;
    if (!input.extra_in_log || input.extra_in_log->about != extra)
        return JoinVerdict{.step = JoinStep::read_extra,
            .reason = text("looks what it is that the primary on ", input.record.node, " lacks"),
            .look_again = points_there,
            .extra = extra};
    if (may_be_adopted(input, extra))
        return std::nullopt;
    // MariaDB numbers a domain's transactions in one row: its next from the primary would be out of order.
    const bool is_empty = input.extra_in_log->without_data && extra.mysql.empty();
    return JoinVerdict{.step = JoinStep::keep_out,
        .reason = text(is_empty ? "holds transactions (without data: FLUSH, ANALYZE and the like)" : "holds transactions",
            " that the primary on ", input.record.node, " lacks", input.copy.empty() ? "" : text(" (", input.copy, ")"),
            ": ", to_string(extra)),
        .extra = extra};
}

JoinVerdict decide_place(const JoinInput& input, bool points_there)
{
    const auto& replica = input.own.role.replica;
    // The receiver goes on behind what it has received; a new source begins behind what was applied.
    if (const auto* mine = std::get_if<gtid::MysqlGtidSet>(points_there ? &input.own.received : &input.own.executed);
        mine != nullptr && !mine->contains(input.primary.purged))
        return keep_out(text("the primary on ", input.record.node,
            " has purged binary logs that this node needs: it has to be provisioned again"));
    // Somebody has given it another account; the one of the parameters has just let us in there.
    const bool is_refused = points_there && replica->receiver == ReceiverState::connecting
        && is_refused_login(replica->receiver_errno) && contains(input.own.applied, input.own.received);
    if (points_there && replica->uses_gtid && !is_refused)
        return keep_following(*replica);
    return {JoinStep::follow, Source{input.record.host, input.port, std::nullopt}, text("follow ", input.record.node)};
}

// RESET BINARY LOGS AND GTIDS (MySQL): the data are there, and nothing says any more which transactions they hold. What was
// executed once is not; or what was received is not, though both threads run and all of the relay log is applied.
std::optional<JoinVerdict> decide_lost_gtids(const JoinInput& input)
{
    const auto& own = input.own;
    const auto& replica = own.role.replica;
    if (own.mode != ReplicationMode::mysql_gtid)
        return std::nullopt;
    // Unless they were reset everywhere.
    const bool had_more = input.had && !contains(own.executed, *input.had) && contains(input.primary.executed, *input.had);
    const bool is_idle = replica && replica->receiver == ReceiverState::running && replica->applier_running
        && replica->applied_file == replica->received_file;
    if (!had_more && (!is_idle || contains(own.executed, own.received)))
        return std::nullopt;
    auto verdict = keep_out("has lost the GTIDs of what it holds (RESET BINARY LOGS AND GTIDS, RESET MASTER): it has to be "
                            "provisioned again");
    verdict.look_again = true;
    return verdict;
}

// It takes them where it acknowledges, which a server does that the site runs semi-synchronous replication on.
std::optional<JoinVerdict> decide_own_missing(const JoinInput& input)
{
    const auto missing = input.takes_own ? std::nullopt : own_missing(input.own, input.primary);
    if (!missing)
        return std::nullopt;
    auto verdict = keep_out(text("lacks what it wrote itself up to ", gtid::to_string(*missing),
        ", and MariaDB would pass over it: provision it again, or, if its data are a backup, start it with a new "
        "server_id"));
    verdict.lacks_own = true;
    return verdict;
}

JoinVerdict decide_gtid(const JoinInput& input)
{
    if (auto lost = decide_lost_gtids(input))
        return std::move(*lost);
    const auto& replica = input.own.role.replica;
    const bool points_there = replica && points_at(*replica, input);
    // Behind another source, what waits in the relay log counts: following drops it.
    auto extra = extra_transactions(input.own, input.primary, !points_there);
    if (auto verdict = decide_extra(input, extra, points_there))
        return std::move(*verdict);
    if (auto verdict = decide_own_missing(input))
        return std::move(*verdict);
    auto verdict = decide_place(input, points_there);
    verdict.extra = std::move(extra);
    return verdict;
}

Source at_record(const JoinInput& input)
{
    return {input.record.host, input.port, input.record.start()};
}

JoinVerdict decide_former_primary(const JoinInput& input)
{
    if (!input.own_tail)
        return {JoinStep::read_own_log, std::nullopt, "was the primary before: reads its own log"};
    if (!input.own_tail->found || input.own_tail->has_events) {
        auto verdict
            = keep_out(text("was the primary and its log goes on behind the place where ", input.record.node, " took over, ",
                to_string(Position{*input.record.origin}), input.copy.empty() ? "" : text(" (", input.copy, ")")));
        verdict.extra_behind = input.record.origin;
        return verdict;
    }
    return {JoinStep::follow, at_record(input),
        text("former primary without transactions of its own follows ", input.record.node)};
}

JoinVerdict decide_replica_of_former_primary(const JoinInput& input, const ReplicaStatus& replica)
{
    const auto& origin = *input.record.origin;
    if (replica.source_server_id != origin.server_id)
        return keep_out(text("replicated from server_id ", replica.source_server_id, ", but ", input.record.node,
            " took over from server_id ", origin.server_id, ": its place in the new log is not known"));
    const auto known = relation(Position{replica.received_file}, Position{origin});
    if (known == Relation::equal) {
        if (replica.applied_file != replica.received_file)
            return {JoinStep::apply_first, std::nullopt, "applies what it received first"};
        return {JoinStep::follow, at_record(input), text("stands where ", input.record.node, " took over")};
    }
    return keep_out(text(known == Relation::subset ? "received less than " : "received more than ", input.record.node,
        " when it took over: ", to_string(Position{replica.received_file}), " against ", to_string(Position{origin})));
}

// RESET REPLICA: it still points at its source, and would execute everything from the first log on once more.
bool has_lost_its_place(const JoinInput& input)
{
    const auto& place = input.own.role.replica->applied_file;
    if (place.file.empty())
        return input.has_joined;
    return input.had && relation(Position{place}, *input.had) == Relation::subset
        && contains(input.primary.executed, *input.had); // unless that one was reset, too
}

JoinVerdict decide_file(const JoinInput& input)
{
    const auto& replica = input.own.role.replica;
    if (replica && points_at(*replica, input) && has_lost_its_place(input))
        return keep_out(text("has lost its place in the log of the primary on ", input.record.node,
            " (RESET REPLICA): it has to be provisioned again, or CHANGE MASTER issued by hand"));
    if (replica && replica->source_server_id == input.primary.role.server_id) {
        if (points_at(*replica, input))
            return keep_following(*replica);
        if (replica->applied_file != replica->received_file)
            return {JoinStep::apply_first, std::nullopt, "applies what it received first"};
        return {
            JoinStep::follow, Source{input.record.host, input.port, replica->applied_file}, "the primary has a new address"};
    }
    if (replica && replica->source_server_id == 0 && points_at(*replica, input))
        return keep_following(*replica); // was told to follow this primary and has not reached it yet
    if (input.record.origin && input.record.origin->server_id == input.own.role.server_id)
        return decide_former_primary(input);
    if (input.record.origin && replica)
        return decide_replica_of_former_primary(input, *replica);
    if (input.record.generation > 1 || input.has_joined)
        return keep_out(text("does not know its place in the log of the primary on ", input.record.node,
            ": it has to be provisioned again, or CHANGE MASTER issued by hand"));
    return {JoinStep::follow, at_record(input), text("first start behind ", input.record.node)};
}

} // namespace

std::optional<gtid::MariadbGtid> own_missing(const ServerStatus& own, const ServerStatus& source)
{
    if (own.mode != ReplicationMode::mariadb_gtid)
        return std::nullopt;
    for (const auto& last : source.binlog_state.gtids()) {
        if (last.server_id != own.role.server_id)
            continue;
        const auto written = own.binlog_state.seq_of(last.domain, last.server_id).value_or(0);
        const auto reached = std::get<gtid::MariadbGtidPos>(own.executed).seq_of(last.domain).value_or(0);
        if (written < last.seq && reached < last.seq)
            return last;
    }
    return std::nullopt;
}

JoinVerdict decide_join(const JoinInput& input)
{
    if (auto reason = unfit_settings(input.own, input.primary, input.record.node); !reason.empty())
        return {JoinStep::refuse_settings, std::nullopt, std::move(reason)};
    return input.own.mode == ReplicationMode::file_position ? decide_file(input) : decide_gtid(input);
}

} // namespace mysql_prm::core
