// One action of the resource agent, from environment to exit status.
#pragma once

#include <string>

namespace mysql_prm::app {

// Runs the action; an error has become an exit reason and a log line. Returns OCF's exit status.
[[nodiscard]] int run_action(const std::string& name);

} // namespace mysql_prm::app
