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
    const auto answers = election.peers.size();
    auto reason = answers == 0
        ? text(election.self, " is the only one that answers")
        : text(election.self, " holds everything that ", answers, answers == 1 ? " other" : " others", " received");
    if (!election.silent.empty())
        reason += text("; no answer from ", base::join(election.silent, ", "), ": what only they received cannot be known");
    for (const auto& [node, ballot] : election.peers)
        if (ballot.joined < election.own.joined)
            reason += text("; ", node, " has not followed the last primary and does not count");
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
};

bool steps_aside(const Election& election, const std::string& node)
{
    return std::ranges::find(election.step_aside, node) != election.step_aside.end();
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
        const bool is_later = peer.second.joined > election.own.joined;
        if ((!known || *known == Relation::incomparable) && !(is_later && peer.second.can_lead))
            out.incomparable = peer.first;
        else if (is_later || *known == Relation::subset)
            (peer.second.can_lead && !steps_aside(election, peer.first) ? out.leaders : out.sources).push_back(&peer);
    }
    return out;
}

// The primary of the generation that the sync record speaks of, where it says on: a later one that is recorded may have died
// before it replaced that record, and never have taken a write.
bool holds_all_of_the_last_primary(const Election& election)
{
    if (election.recorded == 0)
        return true; // there was none
    const bool by_sync = election.sync && election.sync->on;
    const auto& node = by_sync ? election.sync->primary : election.last_primary;
    const auto generation = by_sync ? election.sync->generation : election.recorded;
    if (node == election.self)
        return election.own.joined >= generation;
    const auto last = election.peers.find(node);
    return last != election.peers.end() && last->second.counts && last->second.received && last->second.joined >= generation;
}

// A member stands for what it acknowledged only as the server it was then.
bool stands(const Election& election, const SyncMember& member)
{
    const auto* ballot = &election.own;
    if (member.node != election.self) {
        const auto peer = election.peers.find(member.node);
        if (peer == election.peers.end())
            return false;
        ballot = &peer->second;
    }
    return ballot->incarnation == member.incarnation && ballot->counts && ballot->whole && ballot->received;
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
            return lead(text("; ACKNOWLEDGED WRITES MAY BE LOST (on_data_loss_risk=promote): ", who));
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
    const auto found = compare(election);
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
    return decide_risk(election, lead_reason(election));
}

} // namespace mysql_prm::core
