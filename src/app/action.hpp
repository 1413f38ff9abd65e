// One action of the resource agent, from environment to exit status.
#pragma once

#include "mysql_prm/ocf/environment.hpp"
#include "mysql_prm/ocf/parameters.hpp"

#include <string>

namespace mysql_prm::app {

// Runs the action; an error has become an exit reason and a log line. Returns OCF's exit status.
[[nodiscard]] int run_action(const std::string& name);

// For those that have to go on with what they can read: a typing error must not end in a fenced node.
[[nodiscard]] ocf::Parameters tolerant_parameters(const ocf::Lookup& lookup);

// No password of these appears in the log from here on.
void forbid_passwords(const ocf::Lookup& lookup, const ocf::Parameters& parameters);

} // namespace mysql_prm::app
