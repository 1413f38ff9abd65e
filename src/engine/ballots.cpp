#include "mysql_prm/engine/ballots.hpp"

#include "mysql_prm/base/text.hpp"
#include "mysql_prm/core/score.hpp"
#include "mysql_prm/engine/access.hpp"
#include "mysql_prm/engine/follow.hpp"
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
    const auto nodes = context.ports.cluster.nodes();
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

struct Stock {
    core::Ballot ballot;
    bool is_exact = false; // received is all that it may have acknowledged
};

// What this server holds, with its receiver stopped.
Result<Stock> take_stock(const Context& context, ports::Server& own)
{
    auto& state = context.memory.state;
    auto status = own.observe();
    if (!status)
        return std::unexpected(status.error());
    if (const auto known = apply_unnamed(context, own, *status); !known)
        return std::unexpected(known.error());
    name_source(state, *status);
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
    if (const auto left = publish_privately(context, "_ballot", core::to_string(last), k_visible_patience); !left)
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
    if (const auto told = values->find(context.ports.cluster.local_node()); told != values->end())
        if (const auto ballot = core::parse_ballot(told->second); ballot && ballot->generation >= state.promised)
            word = told->second; // a vote stays one
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
    return context.ports.cluster.set_private_attribute(context.attribute("_ballot"), core::to_string(candidacy.ballot));
}

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
