// How often the watcher looks, and how long it waits for an answer.
#pragma once

#include "mysql_prm/base/deadline.hpp"

namespace mysql_prm::engine {

inline constexpr base::Millis k_between_node_lists{30'000};
inline constexpr base::Millis k_peer_patience{1000};
inline constexpr base::Millis k_lost_peer_patience{200}; // the look behind a promotion that a lost node made necessary
// At a server that did not answer; longer where it lets one wait, since all others are looked at only in between.
inline constexpr base::Millis k_between_attempts{1000};
inline constexpr base::Millis k_between_long_attempts{2000};
inline constexpr base::Millis k_own_patience{5000};
inline constexpr base::Millis k_between_looks_for_losses{500};
inline constexpr base::Millis k_between_looks_for_returns{3000}; // while only nodes are missed that have left
inline constexpr base::Millis k_losses_patience{500};            // meanwhile nobody looks after commits that wait

// Behind a change of the membership, until what the others know has surely come.
inline constexpr base::Millis k_until_joined{2000};
// No node is looked at meanwhile, and then each is due again: nothing is concluded without having tried it.
static_assert(k_between_long_attempts <= k_until_joined);

// A server that somebody has opened by hand does not hold this one up for longer, nor one that has ended: had it succeeded
// this one, that would be known here by then (seen late by 1.6 s at most, Pacemaker 2.1.5).
inline constexpr base::Millis k_longest_rival{10'000};
inline constexpr base::Millis k_ended_rival{5000};

} // namespace mysql_prm::engine
