// After writing has ended on a primary: see that nothing stays behind on it.
#pragma once

#include "mysql_prm/engine/context.hpp"

#include <string>
#include <vector>

namespace mysql_prm::engine {

// Waits until the successor has received everything up to final, by the deadline and as long as something arrives; with file
// and position for a shorter time until the other nodes have: there a replica that stops short of it cannot follow the new
// primary. False: no successor is known to have all of it.
[[nodiscard]] bool wait_until_received(const Context& context, const core::Position& final, const std::string& successor,
    const std::vector<std::string>& others, Deadline deadline);

// For the successor in a planned move: waits until this server has received, or applied, everything that the primary has
// committed when this is called. timed_out: it does not get there; other errors: the primary or this server does not answer,
// or this server does not replicate.
enum class Reached { received, applied };
[[nodiscard]] Result<void> reach_primary(
    const Context& context, ports::Server& own, const std::string& primary, Reached wanted, Millis patience);

} // namespace mysql_prm::engine
