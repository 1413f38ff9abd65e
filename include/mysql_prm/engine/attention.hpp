// What the watcher tells the monitor, by notes beside its other files.
#pragma once

#include "mysql_prm/engine/context.hpp"

namespace mysql_prm::engine {

// To look at everything now, and not when the minute is over.
void ask_for_check(const Context& context);
// Whether it was asked; forgets it.
[[nodiscard]] bool take_request_for_check(const Context& context);

// Commits of this primary wait for an acknowledgement, and its server has just answered. Where one of them is about accounts
// nobody can log in (ports::SemiSync::is_held_up_by_accounts), and the monitor would take the server for hung.
void note_waiting(const Context& context, Millis for_how_long);
void forget_waiting(const Context& context);
// Whether they have begun to wait so recently that the watcher may still put an end to it, and the server has answered it
// since. What waits for longer waits for good: a replica that lost its connection cannot log in either.
[[nodiscard]] bool may_lock_out(const Context& context);

} // namespace mysql_prm::engine
