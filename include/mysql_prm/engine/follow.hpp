// Gets this server behind the recorded primary: verifies the primary, decides (core/join), acts, logs.
#pragma once

#include "mysql_prm/core/join.hpp"
#include "mysql_prm/engine/context.hpp"

namespace mysql_prm::engine {

// The verdict that was carried out (none, restart_threads, follow) or that stands (keep_out, refuse_settings). An error is
// temporary: the primary does not answer, is not writable yet, or a statement failed; the next monitor tries again. Does
// nothing but return a conflict while this node has promised not to receive from a primary of that generation. A verdict is
// remembered in LocalState: the record, and the reason for being kept out or nothing.
[[nodiscard]] Result<core::JoinVerdict> follow_primary(
    const Context& context, ports::Server& own, const core::ReplInfo& record);

// MariaDB takes from its source what carries its own server_id where it acknowledges (core::own_missing), as on a site that
// runs semi-synchronous replication itself. Where the agent runs it, that side is off while a node joins.
[[nodiscard]] bool takes_own(const Context& context, ports::Server& own);

} // namespace mysql_prm::engine
