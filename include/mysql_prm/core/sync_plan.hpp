// What the watcher of a primary does next so that the sync record is true, says on when it can, and no write waits for
// nothing. Pure; one step at a time, so that each is decided on what is seen after the one before.
//
// Who acknowledges must be recorded before it may, and must have stopped before it is taken out. What it takes to be
// recorded: everything up to a goal, a place in the primary's log that was read when the question arose. A place in the log
// and not a GTID set, because it counts the commits that still wait for their acknowledgement.
#pragma once

#include "mysql_prm/core/semi_sync.hpp"

#include <optional>
#include <string>
#include <vector>

namespace mysql_prm::core {

// The server of another node as the watcher sees it.
struct SyncPeer {
    std::string node;
    Incarnation incarnation;   // as of its last answer
    bool answers = false;      // can be told something
    bool is_gone = false;      // its server does not run, or its node has left the cluster
    bool follows = false;      // answers, is read-only, replicates from this primary, both threads run
    base::Millis unfit_for{0}; // since it last did
    SemiSyncSide side;
    std::optional<bool> told;                   // what it was last told: to turn its side on or off
    base::Millis told_for{base::Millis::max()}; // since then
    bool has_goal = false;                      // has received everything up to the goal
    bool has_waiting = false;                   // has received what waited when that was looked at
};

struct SyncView {
    SemiSyncMode mode = SemiSyncMode::available;
    std::string node;             // of this primary
    std::uint64_t generation = 0; // of this primary
    SyncRecord record;            // in the cluster
    // This watcher has written it and seen it confirmed. One that was only read may be what a cut-off node has written for
    // itself alone.
    bool certain = true;
    SemiSyncStatus source; // of this server
    std::vector<SyncPeer> peers;
    std::string goal;                         // what the goal was read for; empty: none was
    base::Millis goal_age{0};                 // since it was read
    base::Millis unheard_for{0};              // since commits wait and none gets through; 0: none waits
    base::Millis strangers_for{0};            // since servers that are no nodes of the cluster acknowledge; 0: none does
    base::Millis nudged{base::Millis::max()}; // since the last heartbeat
    bool can_free = false; // the server can let single commits go on, and no heartbeat gets past a few that wait (MariaDB)
    base::Millis looked_at_waiting{base::Millis::max()}; // since it was looked at what waits
};

enum class SyncStep {
    none,
    accept,          // turn the replica side of node on
    dismiss,         // turn the replica side of node off and cut its connection
    hold,            // turn the source side on: commits wait
    set_goal,        // read the end of the log, for the purpose `goal`
    record,          // write the record
    release,         // turn the source side off: commits that wait are acknowledged
    nudge,           // commit a heartbeat, whose acknowledgement stands for one that was lost
    look_at_waiting, // which commits wait, and then where the log ends
    free,            // acknowledge those that were looked at
};

struct SyncPlan {
    SyncStep step = SyncStep::none;
    std::string node;
    std::string goal;
    SyncRecord record;
    std::string reason; // one line for the log
};

[[nodiscard]] SyncPlan plan_sync(const SyncView& view);

// What a goal is read for that the others have to reach before this member is taken out. It is of no use any more when the
// member acknowledges again.
[[nodiscard]] std::string purpose_without(const SyncMember& member);

} // namespace mysql_prm::core
