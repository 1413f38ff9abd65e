#include "mysql_prm/core/sync_plan.hpp"

#include "mysql_prm/base/text.hpp"

#include <algorithm>

namespace mysql_prm::core {
namespace {

using base::Millis;
using base::text;

// A receiver that is restarted is away for some 100 ms; longer than this, and it is treated as lost. Writes that nobody can
// acknowledge wait for as long.
constexpr Millis k_blink{700};
constexpr Millis k_ask_again{2000};
constexpr Millis k_lost_acknowledgement{400};
constexpr Millis k_between_nudges{1000};
constexpr Millis k_between_looks_at_waiting{200};
constexpr Millis k_stranger{1500}; // one that has just gone is counted for up to 1 s (mysqld 9.7.4: poll of 1000 ms)
// By then a server that hangs has been ended by its own node, and one that cannot be reached has left the cluster; but for
// maintenance, a node without its watcher, and a network of its own for replication.
constexpr Millis k_until_gone{10'000};
constexpr std::string_view k_without = "without ";

SyncPlan step(SyncStep what, std::string reason, std::string node = {})
{
    return {.step = what, .node = std::move(node), .reason = std::move(reason)};
}

SyncPlan goal(std::string purpose)
{
    return {.step = SyncStep::set_goal, .goal = std::move(purpose)};
}

SyncPlan write(SyncRecord record, std::string reason)
{
    return {.step = SyncStep::record, .record = std::move(record), .reason = std::move(reason)};
}

bool acknowledges(const SyncPeer& peer)
{
    return peer.follows && peer.side.active;
}

// It does, or its connection may be registered the moment after it was looked at.
bool may_acknowledge(const SyncPeer& peer)
{
    return peer.side.active || peer.side.enabled;
}

const SyncPeer* find(const SyncView& view, const SyncMember& member)
{
    const auto found = std::ranges::find_if(view.peers,
        [&](const SyncPeer& peer) { return peer.node == member.node && peer.incarnation == member.incarnation; });
    return found == view.peers.end() ? nullptr : &*found;
}

bool is_member(const SyncRecord& record, const SyncPeer& peer)
{
    return std::ranges::find(record.members, SyncMember{peer.node, peer.incarnation}) != record.members.end();
}

// That of an older generation says who acknowledged to another primary.
bool is_recorded(const SyncView& view)
{
    return view.record.on && view.record.generation == view.generation;
}

// A heartbeat frees commits whose acknowledgement was lost with its connection, which is not sent again, and moves the place
// of a receiver that has nothing to receive.
SyncPlan wait(const SyncView& view, bool for_goal)
{
    const bool stalls = view.unheard_for >= k_lost_acknowledgement || (for_goal && view.goal_age >= k_lost_acknowledgement);
    // Without anybody to acknowledge it a heartbeat would only wait with the others.
    if (!stalls || std::ranges::none_of(view.peers, acknowledges))
        return {};
    if (view.can_free && view.source.waiting_sessions > 0) {
        const bool received = std::ranges::any_of(view.peers, [&](const SyncPeer& peer) {
            return acknowledges(peer) && peer.has_waiting && (!is_recorded(view) || is_member(view.record, peer));
        });
        if (received)
            return step(SyncStep::free, {});
        return view.looked_at_waiting >= k_between_looks_at_waiting ? step(SyncStep::look_at_waiting, {}) : SyncPlan{};
    }
    return view.nudged >= k_between_nudges ? step(SyncStep::nudge, {}) : SyncPlan{};
}

// Saying it again at once would only restart its receiver again.
bool may_tell(const SyncPeer& peer, bool on)
{
    return peer.told != on || peer.told_for >= k_ask_again;
}

// Counts as there, even if it is away for a moment.
bool stays(const SyncView& view, const SyncMember& member)
{
    const auto* peer = find(view, member);
    return peer != nullptr && peer->unfit_for < k_blink;
}

// Nobody can tell it to acknowledge no more, and it may live: its receiver would connect again by itself, and acknowledge
// alone until that is seen (found by the simulation: a cut that is too short for corosync). So nothing is recorded without
// it meanwhile.
bool may_come_back(const SyncPeer& peer)
{
    return !peer.answers && !peer.is_gone && peer.unfit_for < k_until_gone;
}

bool may_come_back(const SyncView& view, const SyncMember& member)
{
    const auto peer = std::ranges::find(view.peers, member.node, &SyncPeer::node);
    return peer != view.peers.end() && may_come_back(*peer)
        && (peer->incarnation == Incarnation{} || peer->incarnation == member.incarnation);
}

std::vector<const SyncPeer*> fit_peers(const SyncView& view)
{
    std::vector<const SyncPeer*> fit;
    for (const auto& peer : view.peers)
        if (peer.follows && peer.side.available)
            fit.push_back(&peer);
    return fit;
}

SyncRecord on(const SyncView& view, std::vector<SyncMember> members)
{
    return {.on = true, .generation = view.generation, .primary = view.node, .members = std::move(members)};
}

std::string list(const std::vector<SyncMember>& members)
{
    std::vector<std::string> names;
    for (const auto& member : members)
        names.push_back(member.node);
    return base::join(names, ", ");
}

// Only when it is certain that whoever is promoted next reads that the guarantee has ended.
SyncPlan release(const SyncView& view, const char* reason)
{
    return view.certain ? step(SyncStep::release, reason) : write({}, reason);
}

// The guarantee is not recorded.
SyncPlan turn_on(const SyncView& view)
{
    const auto fit = fit_peers(view);
    const bool may_release = view.mode == SemiSyncMode::available && view.source.source.enabled;
    if (view.mode == SemiSyncMode::strict && !view.source.holds())
        return step(SyncStep::hold, "commits wait for an acknowledgement");
    if (view.strangers_for > k_stranger && may_release)
        return release(view, "servers that are no nodes of the cluster acknowledge");
    if (view.strangers_for > Millis{0})
        return {};
    // While no commit waits yet: one that is far behind would let them all wait until it has caught up.
    const bool waits_already
        = view.source.source.enabled || std::ranges::any_of(fit, [](const auto* peer) { return peer->side.active; });
    if (!fit.empty() && !waits_already) {
        const bool near = std::ranges::any_of(fit, &SyncPeer::has_goal);
        if (view.goal != "near" || (!near && view.goal_age >= k_ask_again))
            return goal("near");
        if (!near)
            return wait(view, false);
    }
    for (const auto* peer : fit)
        if (!peer->side.active && may_tell(*peer, true) && (waits_already || peer->has_goal))
            return step(SyncStep::accept, "follows", peer->node);
    const bool somebody = std::ranges::any_of(fit, [](const auto* peer) { return peer->side.active; });
    if (!somebody && view.mode == SemiSyncMode::available) {
        const bool coming = std::ranges::any_of(fit, [](const auto* peer) { return peer->told_for < k_blink; });
        return may_release && !coming ? release(view, "no replica acknowledges") : SyncPlan{};
    }
    if (!view.source.holds())
        return step(SyncStep::hold, "commits wait for an acknowledgement");
    if (!somebody)
        return {};
    if (view.goal != "on")
        return goal("on");
    if (std::ranges::none_of(fit, [](const auto* peer) { return peer->side.active && peer->has_goal; }))
        return wait(view, true);
    std::vector<SyncMember> members;
    for (const auto* peer : fit)
        if (may_acknowledge(*peer) && peer->has_goal)
            members.push_back({peer->node, peer->incarnation});
    // Whoever acknowledges could do so alone: nobody is left out.
    for (const auto& peer : view.peers) {
        if (!may_acknowledge(peer) || is_member(on(view, members), peer))
            continue;
        if (std::ranges::find(fit, &peer) != fit.end() || may_come_back(peer))
            return wait(view, true);
        return may_tell(peer, false) ? step(SyncStep::dismiss, "acknowledges and does not follow", peer.node)
                                     : wait(view, true);
    }
    const auto names = list(members);
    return write(on(view, std::move(members)), text("every acknowledged write is received by one of ", names));
}

// A member is gone: it must not acknowledge any more, and what it alone may have acknowledged must be with the others.
SyncPlan take_out(const SyncView& view, const SyncMember& member)
{
    const auto* peer = find(view, member);
    const auto purpose = purpose_without(member);
    if (view.goal != purpose) {
        if (peer != nullptr && may_tell(*peer, false))
            return step(SyncStep::dismiss, "acknowledges no longer", member.node);
        return goal(purpose);
    }
    auto members = view.record.members;
    std::erase(members, member);
    const bool received = std::ranges::any_of(view.peers,
        [&](const SyncPeer& one) { return acknowledges(one) && one.has_goal && is_member(on(view, members), one); });
    if (!received)
        return wait(view, true);
    const auto names = list(members);
    return write(on(view, std::move(members)),
        text(member.node, " acknowledges no longer; every acknowledged write is received by one of ", names));
}

std::string purpose_with(const SyncPeer& peer)
{
    return text("with ", peer.node, ':', peer.incarnation.started);
}

// One that has caught up is recorded first and may acknowledge then.
SyncPlan take_in(const SyncView& view, const SyncPeer& peer)
{
    const auto purpose = purpose_with(peer);
    if (view.goal != purpose)
        return goal(purpose);
    if (!peer.has_goal)
        return wait(view, true);
    auto members = view.record.members;
    members.push_back({peer.node, peer.incarnation});
    const auto names = list(members);
    return write(on(view, std::move(members)), text("every acknowledged write is received by one of ", names));
}

// One after the other, since the goal of the next would forget that of the first. One that takes long is passed by.
const SyncPeer* next_newcomer(const SyncView& view)
{
    auto newcomers = fit_peers(view);
    std::erase_if(newcomers, [&](const auto* peer) { return is_member(view.record, *peer); });
    if (newcomers.empty())
        return nullptr;
    const auto current = std::ranges::find_if(newcomers, [&](const auto* peer) { return view.goal == purpose_with(*peer); });
    if (current == newcomers.end())
        return newcomers.front();
    if ((*current)->has_goal || view.goal_age < k_ask_again)
        return *current;
    return std::next(current) == newcomers.end() ? newcomers.front() : *std::next(current);
}

SyncPlan keep(const SyncView& view)
{
    if (!view.source.holds())
        return write({}, "semi-synchronous replication was changed on this server by somebody else");
    if (view.strangers_for > k_stranger)
        return write({}, "servers that are no nodes of the cluster acknowledge");
    if (!view.certain)
        return write(view.record, "seen again");
    const auto& members = view.record.members;
    const bool somebody = std::ranges::any_of(members, [&](const auto& member) { return stays(view, member); });
    if (!somebody && view.mode == SemiSyncMode::available)
        return write({}, text("nobody is left to acknowledge: ", list(members)));
    // Before anybody is taken out: one that is recorded and does not acknowledge yet can take over from nobody.
    for (const auto& peer : view.peers)
        if (is_member(view.record, peer) && peer.follows && !peer.side.active && may_tell(peer, true))
            return step(SyncStep::accept, "recorded", peer.node);
    // Who acknowledges and is not known may be the very member that does not answer: it acknowledges alone, also behind what
    // was read for taking it out.
    const bool is_everybody_known = view.strangers_for == Millis{0};
    if (!is_everybody_known && view.goal.starts_with(k_without))
        return goal({});
    if (somebody && is_everybody_known)
        for (const auto& member : members)
            if (!stays(view, member) && !may_come_back(view, member))
                return take_out(view, member);
    for (const auto& peer : view.peers)
        if (!is_member(view.record, peer) && may_acknowledge(peer) && may_tell(peer, false))
            return step(SyncStep::dismiss, "acknowledges without being recorded", peer.node);
    if (const auto* newcomer = next_newcomer(view))
        return take_in(view, *newcomer);
    return wait(view, false);
}

} // namespace

std::string purpose_without(const SyncMember& member)
{
    return text(k_without, member.node, ':', member.incarnation.started);
}

SyncPlan plan_sync(const SyncView& view)
{
    return is_recorded(view) ? keep(view) : turn_on(view);
}

} // namespace mysql_prm::core
