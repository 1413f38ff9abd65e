#include "mysql_prm/core/election.hpp"

#include "mysql_prm/base/text.hpp"

#include <algorithm>
#include <ranges>

namespace mysql_prm::core {
namespace {

using base::text;
using gtid::Relation;

std::string lead_reason(const Election& election)
{
    const auto answers
        = std::ranges::count_if(election.peers, [&](const auto& peer) { return peer.second.joined >= election.own.joined; });
    auto reason = answers == 0
        ? text(election.self, " is the only one that ", election.peers.empty() ? "answers" : "counts")
        : text(election.self, " holds everything that ", answers, answers == 1 ? " other" : " others", " received");
    if (!election.silent.empty())
        reason += text("; no answer from ", base::join(election.silent, ", "), ": what only they received cannot be known");
    for (const auto& [node, ballot] : election.peers)
        if (ballot.joined < election.own.joined)
            reason += text("; what ", node, " told last is from before the last promotion and does not count");
        else if (!ballot.can_lead)
            reason += text("; ", node, " cannot lead: ", ballot.why);
    return reason;
}

// All that any voter has shown to carry no data.
gtid::MysqlGtidSet without_data(const Election& election)
{
    auto all = election.own.without_data;
    for (const auto& [node, ballot] : election.peers)
        all = all.united(ballot.without_data);
    return all;
}

// A position as if its server held what carries no data: a FLUSH on one replica and another on the next must not make the
// two incomparable.
Position counting(const Position& position, const gtid::MysqlGtidSet& without_data)
{
    if (const auto* set = std::get_if<gtid::MysqlGtidSet>(&position))
        return set->united(without_data);
    return position;
}

// The best of the peers that hold more than we do: one that holds all of the others, if there is such a one.
std::string best_of(const std::vector<const std::pair<const std::string, Ballot>*>& better, const gtid::MysqlGtidSet& empty)
{
    const auto* best = better.front();
    for (const auto* peer : better)
        if (contains(counting(*peer->second.received, empty), *best->second.received))
            best = peer;
    return best->first;
}

// The last generation that anybody who counts has joined.
std::uint64_t last_joined(const Election& election)
{
    auto joined = election.own.joined;
    for (const auto& [node, ballot] : election.peers)
        if (ballot.counts)
            joined = std::max(joined, ballot.joined);
    return joined;
}

struct Comparison {
    std::vector<const std::pair<const std::string, Ballot>*> leaders; // hold more and can lead
    std::vector<const std::pair<const std::string, Ballot>*> sources; // hold more, cannot lead
    std::string incomparable;
    std::string out_of_reach; // is gone, and holds more
};

bool steps_aside(const Election& election, const std::string& node)
{
    return std::ranges::find(election.step_aside, node) != election.step_aside.end();
}

bool is_gone(const Election& election, const std::string& node)
{
    return std::ranges::find(election.gone, node) != election.gone.end();
}

// From a node that lives and is compared with: one that has not joined the last primary is passed over.
bool can_be_fetched(const Election& election, const Position& position)
{
    const auto empty = without_data(election);
    const auto joined = last_joined(election);
    return std::ranges::any_of(election.peers, [&](const auto& peer) {
        const auto& [node, ballot] = peer;
        return !is_gone(election, node) && ballot.counts && ballot.joined >= joined && ballot.received
            && contains(counting(*ballot.received, empty), position);
    });
}

Comparison compare(const Election& election)
{
    Comparison out;
    const auto joined = last_joined(election);
    const auto empty = without_data(election);
    const auto mine = counting(*election.own.received, empty);
    for (const auto& peer : election.peers) {
        if (!peer.second.counts || !peer.second.received || peer.second.joined < joined)
            continue;
        const auto known = relation(mine, counting(*peer.second.received, empty));
        // Places in logs of different servers say nothing of each other: such a replica has not followed the last primary.
        if (!known && election.own.received->index() == peer.second.received->index())
            continue;
        const bool is_apart = !known || *known == Relation::incomparable;
        // What it has followed decides where each holds what the other lacks. One that holds all of it, and more, has
        // received that from the last primary and not lived to join it, or loses nothing by keeping it.
        const bool is_later = peer.second.joined > election.own.joined;
        if (is_gone(election, peer.first)) {
            // Elected before the servers were switched to another kind of position: nobody can compare that any more.
            const bool is_foreign = !known && peer.second.generation == election.recorded;
            if (!is_foreign && (is_apart || *known == Relation::subset) && !can_be_fetched(election, *peer.second.received))
                out.out_of_reach = peer.first;
        } else if (is_apart && !(is_later && peer.second.can_lead))
            out.incomparable = peer.first;
        else if (is_apart || *known == Relation::subset)
            (peer.second.can_lead && !steps_aside(election, peer.first) ? out.leaders : out.sources).push_back(&peer);
    }
    return out;
}

bool has_joined(const Election& election, const std::string& node, std::uint64_t generation)
{
    if (node == election.self)
        return election.own.joined >= generation;
    const auto peer = election.peers.find(node);
    return peer != election.peers.end() && peer->second.counts && peer->second.received && peer->second.joined >= generation;
}

// The recorded primary does: it was elected. So does the one that the sync record speaks of, where that says on: a later one
// that is recorded may have died before it replaced that record, and never have taken a write.
bool holds_all_of_the_last_primary(const Election& election)
{
    if (election.recorded == 0)
        return true; // there was none
    if (has_joined(election, election.last_primary, election.recorded))
        return true;
    return election.sync && election.sync->on && has_joined(election, election.sync->primary, election.sync->generation);
}

// A number of its own, as of a FLUSH, says nothing of the lower ones of others.
bool hides(const Election& election, const Position& position)
{
    const auto* mine = std::get_if<gtid::MariadbGtidPos>(&*election.own.received);
    const auto* wanted = std::get_if<gtid::MariadbGtidPos>(&position);
    if (mine == nullptr || wanted == nullptr)
        return false;
    const auto self = election.own.incarnation.server_id;
    return std::ranges::any_of(wanted->gtids(), [&](const auto& gtid) {
        const auto own = mine->gtid_of(gtid.domain);
        return own && own->server_id == self && gtid.server_id != self;
    });
}

// For those who cannot be compared with any more.
bool holds(const Election& election, const Position& position)
{
    if (hides(election, position))
        return false;
    const auto empty = without_data(election);
    return contains(counting(*election.own.received, empty), counting(position, empty));
}

bool had_told(const Election& election, const Ballot& ballot, const Incarnation& member)
{
    return ballot.told && ballot.told->incarnation == member && holds(election, ballot.told->received);
}

// A member stands for what it acknowledged only as the server it was then; or this node holds all that it had received when
// it promised to receive no more.
bool stands(const Election& election, const SyncMember& member)
{
    const auto is_whole = [&](const Ballot& ballot) {
        return ballot.incarnation == member.incarnation && ballot.counts && ballot.whole && ballot.received;
    };
    if (const auto stopped = election.stopped.find(member.node); stopped != election.stopped.end())
        return (is_whole(stopped->second) && holds(election, *stopped->second.received))
            || had_told(election, stopped->second, member.incarnation);
    const auto peer = election.peers.find(member.node);
    if (member.node != election.self && peer == election.peers.end())
        return false;
    const auto& ballot = member.node == election.self ? election.own : peer->second;
    return is_whole(ballot) || had_told(election, ballot, member.incarnation);
}

std::vector<std::string> missing_members(const Election& election)
{
    std::vector<std::string> missing;
    for (const auto& member : election.sync->members)
        if (!stands(election, member))
            missing.push_back(member.node);
    return missing;
}

// Whether the one that holds everything it could ask for may lead. The reason is appended to.
ElectionVerdict decide_risk(const Election& election, std::string reason)
{
    const auto lead = [&](std::string more) {
        return ElectionVerdict{ElectionOutcome::lead, election.self, reason + std::move(more)};
    };
    if (holds_all_of_the_last_primary(election))
        return lead({});
    const bool was_on = election.sync && election.sync->on;
    if (was_on) {
        const auto missing = missing_members(election);
        if (missing.size() < election.sync->acknowledgements)
            return lead("; semi-synchronous replication held: no acknowledged write is missing");
        const auto who = text("acknowledged writes may be only on ", base::join(missing, ", "));
        if (election.on_data_loss_risk == DataLossPolicy::promote)
            return {ElectionOutcome::lead, election.self,
                text(reason, "; ACKNOWLEDGED WRITES MAY BE LOST (on_data_loss_risk=promote): ", who), true};
        return {ElectionOutcome::refuse, {}, text(who, ", which did not answer as the server that received them")};
    }
    if (election.on_data_loss_risk == DataLossPolicy::refuse)
        return {ElectionOutcome::refuse, {},
            text("acknowledged writes may be only on the last primary ", election.last_primary,
                ", which does not answer (on_data_loss_risk=refuse)")};
    return lead({});
}

// A recorded member had followed the primary of that generation when it was recorded, whether or not its agent lived to
// remember it: it must not be passed over as one that has not.
Election with_members_joined(Election election)
{
    if (!election.sync || !election.sync->on)
        return election;
    for (const auto& member : election.sync->members) {
        const auto peer = election.peers.find(member.node);
        auto* ballot = member.node == election.self ? &election.own : peer != election.peers.end() ? &peer->second : nullptr;
        if (ballot != nullptr && ballot->incarnation == member.incarnation)
            ballot->joined = std::max(ballot->joined, election.sync->generation);
    }
    return election;
}

} // namespace

ElectionVerdict decide_election(const Election& asked)
{
    const auto election = with_members_joined(asked);
    const auto& self = election.self;
    if (!election.own.can_lead)
        return {ElectionOutcome::refuse, {}, text(self, " cannot lead: ", election.own.why)};
    if (!election.own.received)
        return {ElectionOutcome::refuse, {}, text(self, " does not know its own position")};
    if (!election.silent.empty() && !election.answer_deadline_passed)
        return {ElectionOutcome::wait, {}, text("no answer yet from ", base::join(election.silent, ", "))};
    for (const auto& node : election.silent)
        if (steps_aside(election, node))
            return {ElectionOutcome::refuse, node,
                text("no answer from ", node, ", which was the primary until now and may hold more")};
    auto found = compare(election); // points into the peers of what it compared
    Election rest;
    auto left_behind = std::string{};
    if (!found.out_of_reach.empty()) {
        const auto what = text(found.out_of_reach, " was the last primary and holds transactions that ", self, " lacks");
        if (election.on_data_loss_risk != DataLossPolicy::promote)
            return {ElectionOutcome::refuse, found.out_of_reach, text(what, "; its server does not run")};
        left_behind = text("; ACKNOWLEDGED WRITES MAY BE LOST (on_data_loss_risk=promote): ", what);
        // No more than has to be: those that are here are compared as if that one had never led.
        rest = election;
        std::erase_if(rest.peers, [&](const auto& peer) { return is_gone(election, peer.first); });
        found = compare(rest);
    }
    if (!found.incomparable.empty())
        return {ElectionOutcome::refuse, found.incomparable,
            text(self, " and ", found.incomparable, " each hold transactions that the other lacks")};
    if (!found.leaders.empty()) {
        const auto node = best_of(found.leaders, without_data(election));
        return {ElectionOutcome::yield, node,
            election.peers.at(node).joined > election.own.joined
                ? text(node, " followed a later primary than ", self, " did")
                : text(node, " received transactions that ", self, " did not")};
    }
    if (!found.sources.empty()) {
        const auto node = best_of(found.sources, without_data(election));
        return {ElectionOutcome::catch_up, node, text(node, " holds transactions that ", self, " lacks and will not lead")};
    }
    auto verdict = decide_risk(election, lead_reason(election) + left_behind);
    verdict.at_risk |= !left_behind.empty();
    return verdict;
}

} // namespace mysql_prm::core
