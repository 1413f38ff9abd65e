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

// A server that was restarted does not say who its source is until it has reached it once (Source_Server_Id 0), and its places
// in that one's log compare with nothing. This data may know.
void name_source(const core::LocalState& state, core::ServerStatus& own);

} // namespace mysql_prm::engine
