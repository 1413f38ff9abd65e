// Whether the resource can be run as it is configured. start and validate-all ask this before they do anything.
#pragma once

#include "mysql_prm/ocf/environment.hpp"
#include "mysql_prm/ocf/parameters.hpp"

#include <functional>
#include <string>
#include <vector>

namespace mysql_prm::ocf {

// Level 0: what can be said without looking at this node. Types and ranges of all parameters, parameters that cannot be
// honoured yet, parameters that contradict each other, and a clone in which this agent cannot keep its promise: more than
// one promoted instance, several instances on a node, no notifications. invalid_argument each (wrong on every node); failed
// for a caller that speaks another major version of the agent interface.
[[nodiscard]] Result<Parameters> validate(const Lookup& lookup, const Environment& environment);

using LocalCheck = std::function<Result<void>(const Parameters&)>;

// Level 10: level 0, then this node: reads credentials_file, and then each check in turn until one fails. The parameters
// returned have the accounts of credentials_file. start calls it too.
[[nodiscard]] Result<Parameters> validate_here(
    const Lookup& lookup, const Environment& environment, const std::vector<LocalCheck>& checks);

// What works and may not be meant: one line each, for the log of start and the output of validate-all.
[[nodiscard]] std::vector<std::string> warnings(const Parameters& parameters, const Environment& environment);

// Of a server that runs, one line each: settings under which what is committed or acknowledged may not be on disk; filters,
// which leave out what a promotion would lose. Empty: none, or it does not tell.
[[nodiscard]] std::vector<std::string> server_warnings(ports::Server& server);

} // namespace mysql_prm::ocf
