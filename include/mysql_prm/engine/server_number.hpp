// Two replicas with one server_id go on well until one of them leads: then the other drops, or refuses, all that it writes.
// So each node that runs the server publishes its number.
#pragma once

#include "mysql_prm/engine/context.hpp"

namespace mysql_prm::engine {

// Whether this node has published it already, or it cannot be told. not_installed: another node has it.
[[nodiscard]] Result<bool> has_server_number(const Context& context, std::uint32_t server_id);

// Publishes it. not_installed: another node has done so meanwhile, and it is given back; of two that start at the same time
// both may be refused.
[[nodiscard]] Result<void> claim_server_number(const Context& context, std::uint32_t server_id);

// For a server that runs: publishes it again where it was lost (the cluster layer was away in maintenance) or has been
// changed, and warns where another node has it. One tool, or two.
void keep_server_number(const Context& context, std::uint32_t server_id);

// Another node may have it from now on.
void release_server_number(const Context& context);

} // namespace mysql_prm::engine
