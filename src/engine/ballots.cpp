#include "mysql_prm/engine/ballots.hpp"

#include "mysql_prm/base/text.hpp"
#include "mysql_prm/engine/access.hpp"
#include "mysql_prm/engine/record.hpp"
#include "mysql_prm/log/log.hpp"

#include <algorithm>

namespace mysql_prm::engine {
namespace {

using base::text;

constexpr Millis k_visible_patience{2000};
constexpr std::int64_t k_election_seconds = 30; // an older promise belongs to an earlier transition
constexpr Millis k_look_patience{1000};

void judge(core::Ballot& ballot, const core::ServerStatus& status, const std::string& quarantine)
{
    const auto& replica = status.role.replica;
    if (replica && replica->applier_errno != 0) {
        ballot.can_lead = false;
        ballot.why = text("applier stopped with error ", replica->applier_errno);
        // Nobody can fetch from a relay log: what it received and cannot apply does not bind the others.
        if (!core::contains(status.applied, status.received)) {
            ballot.whole = false;
            ballot.received = status.applied;
            ballot.why += ", holds received transactions that it cannot apply";
        }
    }
    if (replica && core::is_refused_by_source(*replica)) {
        ballot.can_lead = false;
        ballot.why
            = text("receiver stopped with error ", replica->receiver_errno, ": it may lack what the primary has purged");
    }
    if (!status.log_bin || !status.log_replica_updates) {
        ballot.can_lead = false;
        ballot.why = "writes no binary log of what it replicates";
    }
    if (!quarantine.empty()) {
        ballot.can_lead = false;
        ballot.counts = false;
        ballot.why = quarantine;
    }
}

// A MariaDB replica that was configured without GTID (by ocf:heartbeat:mysql, for example) has no GTID for what waits in its
// relay log: it has to be applied before the server's position says how far it has come.
Result<void> apply_unnamed(const Context& context, ports::Server& own, core::ServerStatus& status)
{
    const auto& replica = status.role.replica;
    const bool unnamed = status.mode == core::ReplicationMode::mariadb_gtid && replica && !replica->uses_gtid
        && replica->applier_errno == 0 && replica->received_file != replica->applied_file;
    if (!unnamed)
        return {};
    const auto applied = own.wait_applied(core::Position{replica->received_file}, context.deadline);
    if (!applied)
        return std::unexpected(applied.error());
    auto again = own.observe();
    if (!again)
        return std::unexpected(again.error());
    status = std::move(*again);
    return {};
}

void note_joined(core::LocalState& state, const core::Position& received)
{
    if (state.joining <= state.joined)
        return;
    if (const auto wanted = core::parse_position(state.joining_position); wanted && core::contains(received, *wanted))
        state.joined = state.joining;
}

// Never the same generation for two promotions: an older cluster information base may have won after a partition, and what
// was promised then may have been led while this node was away.
void promise(const Context& context, std::uint64_t recorded)
{
    auto& state = context.memory.state;
    const auto now = now_seconds(context);
    const auto followed = context.memory.record();
    const auto known = std::max(recorded, followed ? followed->generation : 0);
    const bool is_stale
        = state.promised > known && (now - state.promised_at > k_election_seconds || now < state.promised_at);
    state.promised = std::max(state.promised + (is_stale ? 1 : 0), known + 1);
    state.promised_at = now;
}

void tell(core::LocalState& state, const core::Ballot::Told& told, std::uint64_t generation, bool at_stop)
{
    state.told_at_stop = at_stop;
    state.told_generation = generation;
    state.told_server_id = told.incarnation.server_id;
    state.told_started = told.incarnation.started;
    state.told_position = core::to_string(told.received);
}

// Whether what was told still stands. Another primary that was recorded since is nothing to it: that one may never have
// opened (found by the model).
bool has_told(const core::LocalState& state)
{
    return state.told_at_stop || state.told_generation > std::max(state.joined, state.joining);
}

// What an earlier server on these data had told, where this one has received nothing.
std::optional<core::Ballot::Told> told_before(const core::LocalState& state, const core::Incarnation& incarnation)
{
    const core::Incarnation before{state.told_server_id, state.told_started};
    auto position = core::parse_position(state.told_position);
    if (before == incarnation || !position)
        return std::nullopt;
    return core::Ballot::Told{before, std::move(*position)};
}

// The numbers of its own that this server had when it joined the primary it follows; nothing where it has led since, and
// any of its numbers may carry data.
std::optional<gtid::MysqlGtidSet> known_when_joining(const core::LocalState& state)
{
    const auto known = core::parse_position(state.joining_position);
    if (!known)
        return state.joined == 0 ? std::optional{gtid::MysqlGtidSet{}} : std::nullopt;
    const auto* set = std::get_if<gtid::MysqlGtidSet>(&*known);
    return set == nullptr ? std::nullopt : std::optional{*set};
}

// Transactions that this server wrote since, and that carry no data. Usually there is none, and nothing is read.
gtid::MysqlGtidSet own_without_data(const Context& context, ports::Server& own, const core::ServerStatus& status)
{
    const auto known = known_when_joining(context.memory.state);
    const auto* executed = std::get_if<gtid::MysqlGtidSet>(&status.executed);
    if (!known || executed == nullptr)
        return {};
    const core::ExtraTransactions extra{.mysql = executed->of_source(status.server_uuid).minus(*known), .mariadb = {}};
    if (extra.empty())
        return {};
    const auto found = own.binary_log().look_for(extra, context.deadline.within(k_look_patience));
    return found && found->without_data ? extra.mysql : gtid::MysqlGtidSet{};
}

// The same on a MariaDB replica, whose numbers are those of all: there the position leaves them out, or it would compare
// with no other once the primary has used the number too.
core::Position received_without_own(const Context& context, ports::Server& own, const core::ServerStatus& status)
{
    const auto* received = std::get_if<gtid::MariadbGtidPos>(&status.received);
    if (received == nullptr || !status.role.replica)
        return status.received;
    const auto extra = core::own_behind_others(status);
    if (extra.empty())
        return status.received;
    const auto found = own.binary_log().look_for(extra, context.deadline.within(k_look_patience));
    return found && found->without_data ? core::Position{core::without(*received, status)} : status.received;
}

struct Stock {
    core::Ballot ballot;
    bool is_exact = false; // received is all that it may have acknowledged
};

// What this server holds, with its receiver stopped.
Result<Stock> take_stock(const Context& context, ports::Server& own)
{
    auto& state = context.memory.state;
    auto status = observe_own(context, own);
    if (!status)
        return std::unexpected(status.error());
    if (const auto known = apply_unnamed(context, own, *status); !known)
        return std::unexpected(known.error());
    note_joined(state, status->received);
    core::Ballot ballot{.generation = state.promised,
        .joined = state.joined,
        .incarnation = {status->role.server_id, status->started},
        .received = status->received,
        .without_data = own_without_data(context, own, *status)};
    judge(ballot, *status, state.quarantine);
    if (ballot.received == status->received)
        ballot.received = received_without_own(context, own, *status);
    const bool is_exact = ballot.counts && ballot.whole && ballot.received == status->received;
    return Stock{std::move(ballot), is_exact};
}

} // namespace

Result<Candidacy> make_ballot(const Context& context, ports::Server& own)
{
    auto& state = context.memory.state;
    const auto record = read_record(context);
    if (!record && !is_no_cluster(record.error()))
        return std::unexpected(record.error());
    const auto recorded = record && *record ? (*record)->generation : 0;
    // Recorded, and ended before it could remember: it had won that election, and applied everything.
    if (recorded > state.joined && (*record)->node == context.ports.cluster.local_node() && state.promised == recorded) {
        state.joined = recorded;
        state.joining = 0;
    }
    promise(context, recorded);
    if (!context.memory.save())
        return base::fail(base::ErrorKind::failed, "cannot promise: the state file cannot be written");

    auto role = own.role();
    if (!role)
        return std::unexpected(role.error());
    if (role->replica) // one that looks stopped may be about to be started by the watcher of the primary
        if (const auto stopped = own.stop_receiver(context.deadline); !stopped)
            return std::unexpected(stopped.error());
    auto stock = take_stock(context, own);
    if (!stock)
        return std::unexpected(stock.error());
    auto& ballot = stock->ballot;
    const bool counts = record && *record && ((*record)->semi_sync || context.semi_sync());
    if (auto before = has_told(state) ? told_before(state, ballot.incarnation) : std::nullopt) {
        if (counts)
            ballot.told = std::move(before);
    } else if (stock->is_exact) {
        tell(state, {ballot.incarnation, *ballot.received}, ballot.generation, false);
        // What cannot be remembered is missed later, and no more.
        static_cast<void>(context.memory.save());
    }
    Candidacy candidacy{.ballot = std::move(ballot), .has_cluster = record.has_value(), .recorded = recorded};
    if (record && *record) {
        candidacy.recorded_node = (*record)->node;
        candidacy.recorded_host = (*record)->host;
        candidacy.semi_sync = (*record)->semi_sync;
    }
    return candidacy;
}

std::optional<core::Ballot::Told> end_receiving(const Context& context, ports::Server& own)
{
    if (!context.semi_sync())
        return std::nullopt;
    if (const auto stopped = own.stop_receiver(context.deadline); !stopped) {
        log::warn(text("cannot stop receiving: ", stopped.error().message));
        return std::nullopt;
    }
    const auto stock = take_stock(context, own);
    if (!stock || !stock->is_exact)
        return std::nullopt;
    const auto& [incarnation, received] = std::pair{stock->ballot.incarnation, *stock->ballot.received};
    // One that has received nothing itself: what the server before it had counts.
    if (has_told(context.memory.state) && told_before(context.memory.state, incarnation))
        return std::nullopt;
    // The next server may lack what is not applied.
    if (const auto applied = own.wait_applied(received, context.deadline); !applied || !*applied)
        log::warn("what was received could not be applied before the stop");
    return core::Ballot::Told{incarnation, received};
}

void remember_end(const Context& context, const core::Ballot::Told& told)
{
    tell(context.memory.state, told, 0, true);
}

Result<void> forget_told(const Context& context)
{
    auto& state = context.memory.state;
    if (!state.told_at_stop && state.told_generation == 0)
        return {};
    state.told_at_stop = false;
    state.told_generation = 0;
    if (!context.memory.save())
        return base::fail(base::ErrorKind::failed, "cannot receive: the state file cannot be written");
    return {};
}

Result<void> leave_word(const Context& context, core::Position final)
{
    // The cluster's: a promotion that ended behind its record may not have lived to remember it.
    auto recorded = read_record(context);
    const auto record = recorded && *recorded ? std::move(*recorded) : context.memory.record();
    if (!record || record->node != context.ports.cluster.local_node())
        return {};
    const core::Ballot last{.generation = std::max(record->generation + 1, context.memory.state.promised),
        .joined = record->generation,
        .incarnation = {.server_id = record->server_id},
        .can_lead = false,
        .why = "was the primary",
        .received = std::move(final)};
    context.memory.state.vote = core::to_string(last);
    if (const auto left = publish_privately(context, "_ballot", context.memory.state.vote, k_visible_patience); !left)
        return std::unexpected(left.error());
    context.memory.state.left_word = record->generation;
    return {};
}

Result<void> leave_word_at_stop(const Context& context, core::Position final)
{
    const auto record = context.memory.record();
    if (!record || context.memory.state.left_word != record->generation)
        return leave_word(context, std::move(final));
    const auto values = context.ports.cluster.private_attributes(context.attribute("_ballot"));
    if (!values)
        return std::unexpected(values.error());
    if (const auto told = values->find(context.ports.cluster.local_node()); told != values->end())
        if (const auto word = core::parse_ballot(told->second);
            word && word->is_vote && word->generation > record->generation)
            return context.ports.cluster.set_private_attribute(context.attribute("_ballot"), told->second);
    return leave_word(context, std::move(final));
}

void tell_promise(const Context& context)
{
    const auto& state = context.memory.state;
    const auto values = context.ports.cluster.private_attributes(context.attribute("_ballot"));
    if (!values)
        return;
    const core::Ballot promise{.generation = state.promised, .joined = state.joined, .is_vote = false};
    auto word = core::to_string(promise);
    // A vote stays one, also one that is on its way: while corosync looks for a membership the cluster shows the one before
    // it, and shows this word in its place once there is one again.
    const auto told = values->find(context.ports.cluster.local_node());
    auto generation = state.promised;
    for (const auto& said : {told == values->end() ? std::string{} : told->second, state.vote})
        if (const auto ballot = core::parse_ballot(said); ballot && ballot->generation >= generation) {
            word = said;
            generation = ballot->generation;
        }
    if (const auto done = context.ports.cluster.set_private_attribute(context.attribute("_ballot"), word); !done)
        log::warn(text("cannot tell the others what it has promised: ", done.error().message));
}

void expect_ballots(const Context& context)
{
    context.ports.cluster.expect_private_attributes(context.attribute("_ballot"));
}

Result<void> publish_ballot(const Context& context, const Candidacy& candidacy)
{
    if (!candidacy.has_cluster)
        return {};
    auto& vote = context.memory.state.vote;
    vote = core::to_string(candidacy.ballot);
    static_cast<void>(context.memory.save()); // without it only the promise would be told again
    return context.ports.cluster.set_private_attribute(context.attribute("_ballot"), vote);
}

} // namespace mysql_prm::engine
