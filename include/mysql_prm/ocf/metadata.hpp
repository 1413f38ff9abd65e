// What the agent says of itself: meta-data, usage, and the reference page of its parameters, all from parameter_table.hpp.
#pragma once

#include "mysql_prm/ocf/environment.hpp"

#include <string>
#include <string_view>

namespace mysql_prm::ocf {

// The meta-data document. program_version is for information only.
//
// For a caller that speaks OCF 1.1 (Pacemaker from 2.1 on) it has reload-agent, reloadable and unique-group: without them
// each change of a parameter restarts the server. For any other caller (ocf-tester, xmllint) it is the subset that is valid
// under ra-api-1.dtd and metadata.rng of resource-agents, OCF 1.1 and the schemas of pcs; a document with reload-agent is
// not valid under that DTD (checked with resource-agents 4.12). Both have <version>1.1</version>.
[[nodiscard]] std::string metadata(const Environment& environment, std::string_view program_version);

// docs/parameters.md.
[[nodiscard]] std::string parameters_markdown();

// One screen for the action usage, and for a call without or with an unknown action.
[[nodiscard]] std::string usage();

} // namespace mysql_prm::ocf
