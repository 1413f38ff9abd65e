// What Pacemaker plans, from the notify variables. Pure.
//
// The lists are computed once for a transition and are the same in every notification of it, and in the start, stop, promote
// and demote actions themselves: active, promoted and unpromoted are the state BEFORE the transition, the other four
// everything that is planned (Pacemaker 2.1.5, crm_simulate). So after a promotion `promoted` still names the old primary
// and the new one is promote_target(). A post notification also comes when the action has failed. A node that was lost may
// be in no list at all.
#pragma once

#include "mysql_prm/ocf/environment.hpp"

#include <string>
#include <vector>

namespace mysql_prm::ocf {

// One entry of a list. Pacemaker writes resources and nodes as two lists side by side and drops what it has no name for:
// where the two differ in length they cannot be paired, and resource is empty.
struct NotifyEntry {
    std::string resource; // "mysql:0"
    std::string node;     // Pacemaker's name of the node

    friend bool operator==(const NotifyEntry&, const NotifyEntry&) = default;
};

struct NotifyEvent {
    std::string type;      // "pre" or "post"; empty in actions other than notify
    std::string operation; // "start", "stop", "promote" or "demote"; empty in actions other than notify

    std::vector<NotifyEntry> start;
    std::vector<NotifyEntry> stop;
    std::vector<NotifyEntry> promote;
    std::vector<NotifyEntry> demote;
    std::vector<NotifyEntry> active;     // in whatever role
    std::vector<NotifyEntry> promoted;   // Pacemaker before 2.1 calls it master
    std::vector<NotifyEntry> unpromoted; // Pacemaker before 2.1 calls it slave

    // Some list or type was given; false under ocf-tester and where notify is off.
    bool known = false;

    // Nodes with an instance when this transition's promotion comes: those active before, less the stopped, plus the started
    // (an instance that is recovered in place is in both and counts). Sorted, each once.
    [[nodiscard]] std::vector<std::string> nodes_active_in_transition() const;
    // The node that is to become primary; empty where none is, or more than one.
    [[nodiscard]] std::string promote_target() const;
    // Nodes that are demoted in this transition, dead ones included.
    [[nodiscard]] std::vector<std::string> demoted_nodes() const;
    // A primary that is not stopped hands over to another node: a planned move.
    [[nodiscard]] bool is_switchover() const;
};

// Reads Environment::notify. Lists that are missing, empty or one blank are empty.
[[nodiscard]] NotifyEvent notify_event_from(const Environment& environment);

} // namespace mysql_prm::ocf
