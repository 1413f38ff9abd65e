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

} // namespace mysql_prm::engine
