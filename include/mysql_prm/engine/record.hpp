// The record of the primary: reading it, asking the primary whether it is one, and the addresses of nodes.
#pragma once

#include "mysql_prm/engine/context.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>

namespace mysql_prm::engine {

// Hints that they will be asked for soon (ports::Cluster::expect_property).
void expect_record(const Context& context);
void expect_address_of(const Context& context, const std::string& node);

// <resource>_REPL_INFO. Nothing: no primary was ever recorded. invalid_argument: what is there is not a record.
[[nodiscard]] Result<std::optional<core::ReplInfo>> read_record(const Context& context);
[[nodiscard]] Result<void> write_record(const Context& context, const core::ReplInfo& record);

// The address at which others replicate from this node: attribute <resource>_mysql_master_IP, else the node's name.
[[nodiscard]] Result<std::string> address_of(const Context& context, const std::string& node);

// Sets a private attribute of this node and waits until it is seen here. It comes back round the ring: all nodes take
// updates in one order, so that it can be read everywhere soon. Returns what all nodes have published by then. timed_out: it
// is not seen within the patience.
[[nodiscard]] Result<std::map<std::string, std::string>> publish_privately(
    const Context& context, const char* suffix, const std::string& value, Millis patience);

// This node is the recorded primary, and took writes when it was last looked at. No tool, no query.
[[nodiscard]] bool is_open_primary(const Context& context);

struct VerifiedPrimary {
    std::unique_ptr<ports::Server> server;
    core::ServerStatus status;
};

// Connects to the recorded primary and sees that it takes writes. conflict: it is read-only or another server than recorded.
[[nodiscard]] Result<VerifiedPrimary> verify_primary(const Context& context, const core::ReplInfo& record, Millis patience);

} // namespace mysql_prm::engine
