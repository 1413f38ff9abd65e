// What the numbers of the client library and the server mean to the agent. Pure, so that tests can go through all of them.
#pragma once

#include "mysql_prm/base/error.hpp"

#include <string_view>

namespace mysql_prm::adapters::server {

using base::ErrorKind;

// The operating system's error that a client library put into its message: "... through socket '/x' (2)",
// "... on 'db2:3306' (111)", "..., system error: 110". 0: none.
[[nodiscard]] int system_error_in(std::string_view message);

// A failed login. code: the library's or the server's number; system_error as above; out_of_time: the connect timeout was
// used up, whatever the library calls it.
//   not_running        nothing listens: no socket file, connection refused
//   timed_out          listens and does not answer; also a full backlog of the socket (EAGAIN)
//   no_permission      the socket file may not be used by this process
//   access_denied      the account: wrong password, locked, expired, no right to log in
//   alive_but_refused  every other answer of a living server: 1040 too many connections, 1129 host blocked, 3032 offline
//   mode,
//                      1053 shutting down, and failures of TLS or of an authentication plugin
//   failed             the rest: name not resolved, host unreachable, connection closed in the middle
[[nodiscard]] ErrorKind connect_error_kind(unsigned code, int system_error, bool out_of_time);

// A failed statement. Lock and statement timeouts are timed_out, missing rights access_denied, a missing schema, table or
// thread not_found, refusals because of read-only or a running replica thread conflict.
[[nodiscard]] ErrorKind statement_error_kind(unsigned code, bool out_of_time);

} // namespace mysql_prm::adapters::server
