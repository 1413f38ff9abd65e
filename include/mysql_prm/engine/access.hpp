// Ways to a server: which account, which timeouts, and what to do when the front door is full.
#pragma once

#include "mysql_prm/engine/context.hpp"

#include <memory>

namespace mysql_prm::engine {

enum class Patience {
    probe, // 2 s to connect and 2 s a statement: a hung server is known within 5 s, whatever the action's timeout
    work,  // 5 s to connect, statements may take as long as the action
};

// Connects to the local server as the administrative account, as test_user where that one is refused, and through the extra
// interface that was seen before when the connection table is full. Errors as ports::Servers; alive_but_refused and
// access_denied say that the server lives.
[[nodiscard]] Result<std::unique_ptr<ports::Server>> connect_local(const Context& context, Patience patience);

// Connects to a server on another node as the replication account.
[[nodiscard]] Result<std::unique_ptr<ports::Server>> connect_remote(
    const Context& context, const std::string& host, Millis patience);

// True when the error proves that a server process answered.
[[nodiscard]] bool proves_alive(const base::Error& error);

} // namespace mysql_prm::engine
