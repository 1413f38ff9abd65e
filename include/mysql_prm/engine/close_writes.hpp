// Ends writing on this server, with proof.
#pragma once

#include "mysql_prm/engine/context.hpp"

namespace mysql_prm::engine {

// On success read-only is in force, no session with rights past it and no prepared XA transaction is left, and two looks at
// the executed position were equal; the position is returned. On failure (by the deadline) the server may still take writes:
// the caller ends it. The clients' sessions are ended in any case.
// `in_doubt`, where given, is told the position on failure too, if nothing but prepared XA transactions is in the way: what
// the next primary needs, though one of them may be committed until the server has been ended.
[[nodiscard]] Result<core::Position> close_writes(
    const Context& context, ports::Server& server, Deadline deadline, std::optional<core::Position>* in_doubt = nullptr);

} // namespace mysql_prm::engine
