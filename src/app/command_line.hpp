// Which face the program shows: the resource agent, or the administrator's command line.
#pragma once

#include <string>
#include <vector>

namespace mysql_prm::app {

// The agent's actions answer to their names under both names of the program; under the agent's name nothing else is
// understood. Administrator verbs never reuse the name of an action.
[[nodiscard]] bool is_ocf_action(const std::string& word);

// Runs --help, --version and, later, the administrator's commands. Returns the process's exit status.
[[nodiscard]] int run_command_line(const std::vector<std::string>& arguments);

} // namespace mysql_prm::app
