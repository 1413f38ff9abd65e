// What the watcher asks of the monitor: to look at everything now and not when the minute is over. A note beside its other
// files.
#pragma once

#include "mysql_prm/engine/context.hpp"

namespace mysql_prm::engine {

void ask_for_check(const Context& context);
// Whether it was asked; forgets it.
[[nodiscard]] bool take_request_for_check(const Context& context);

} // namespace mysql_prm::engine
