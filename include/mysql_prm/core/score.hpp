// Promotion scores and the reader attribute. A score only says who may be tried first: who leads is decided by the election.
// Few values, far apart, so that nothing jitters: each change of a score starts a transition in the whole cluster.
#pragma once

#include "mysql_prm/base/deadline.hpp"
#include "mysql_prm/core/server_status.hpp"

#include <chrono>
#include <string>

namespace mysql_prm::core {

inline constexpr int k_score_never = -1'000'000; // Pacemaker's -INFINITY
inline constexpr int k_score_behind = 10;        // replica that lags or does not receive; any server that commits nothing
inline constexpr int k_score_idle = 50;          // no primary known: an empty cluster, or all of it was down
inline constexpr int k_score_replica = 100;
inline constexpr int k_score_last_primary = 200; // the recorded primary after a restart
inline constexpr int k_score_primary = 1'000;    // stickiness does not hold the promoted role, this margin does

struct Standing {
    int score = k_score_never;
    bool readable = false;
    std::string why; // why the node is not a full replica; empty when it is
};

struct StandingInput {
    RoleStatus role;
    bool is_primary = false;          // writable by promotion
    bool is_recorded_primary = false; // the record names this node
    bool primary_known = false;       // a record exists
    bool has_promised = false;        // waits for a later primary than the recorded one, and receives nothing until then
    std::string held_up;              // why it commits nothing now; empty: it does
    std::string kept_out;             // reason; empty: not kept out
    // How long a replica has not known how far it is behind (its receiver is away); 0: it knows.
    std::chrono::seconds lag_unknown_for{0};
    std::chrono::seconds max_lag{3600};
};

[[nodiscard]] Standing decide_standing(const StandingInput& input);

// The delay of a replica that has applied another heartbeat since the last look: at that look it still lacked one that the
// primary had written by then. `lag` is what the server says of itself, from the last event that it has received on; `age`
// how long ago the primary wrote the beat. Never more than the delay was, but for clocks that do not agree.
[[nodiscard]] std::chrono::seconds delay_of(std::chrono::seconds lag, base::Millis age, base::Millis since_last_look);

} // namespace mysql_prm::core
