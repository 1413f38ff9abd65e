// Which face the program shows: the resource agent, or the administrator's command line.
#pragma once

#include <string>
#include <vector>

namespace mysql_prm::app {

// The agent's actions answer to their names under both names of the program; under the agent's name nothing else is
// understood.
[[nodiscard]] bool is_ocf_action(const std::string& word);

// Runs --help, --version and --parameters. Returns the process's exit status.
[[nodiscard]] int run_command_line(const std::vector<std::string>& arguments);

} // namespace mysql_prm::app
