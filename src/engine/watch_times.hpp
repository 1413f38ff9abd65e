// How often the watcher looks, and how long it waits for an answer.
#pragma once

#include "mysql_prm/base/deadline.hpp"

namespace mysql_prm::engine {

inline constexpr base::Millis k_between_node_lists{30'000};
inline constexpr base::Millis k_peer_patience{1000};
inline constexpr base::Millis k_between_attempts{1000}; // at a server that did not answer
inline constexpr base::Millis k_own_patience{5000};

} // namespace mysql_prm::engine
