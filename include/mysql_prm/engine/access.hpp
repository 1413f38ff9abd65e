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

// What the own server says of itself. One that was restarted, and runs without GTID, does not say who its source is until it
// has reached it once (Source_Server_Id 0), and its places in that one's log compare with nothing: the data may know.
[[nodiscard]] Result<core::ServerStatus> observe_own(const Context& context, ports::Server& own);

// The server's root over the socket, where it has no password for the system's root (unix_socket, auth_socket; a data
// directory that start has made).
[[nodiscard]] inline ports::Account socket_root()
{
    return {.user = "root", .password = {}};
}

// True when the error proves that a server process answered.
[[nodiscard]] bool proves_alive(const base::Error& error);

} // namespace mysql_prm::engine
