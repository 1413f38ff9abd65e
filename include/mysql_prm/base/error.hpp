// Errors as values. A function that can fail returns Result<T>; exceptions are for bugs and are caught once at each face.
#pragma once

#include <expected>
#include <string>
#include <utility>

namespace mysql_prm::base {

// What went wrong, as far as a caller has to tell cases apart. ocf/exit_code.cpp maps kinds to OCF exit codes.
enum class ErrorKind {
    invalid_argument,  // a value given by the administrator is wrong wherever the agent runs
    not_installed,     // a program, directory or configuration is missing on this node
    no_permission,     // this node refuses: file permissions
    not_found,         // the thing asked for does not exist (attribute, row, process); often not a failure
    not_running,       // nothing listens: no server, no cluster
    timed_out,         // a deadline passed: the other side may be alive and hung
    alive_but_refused, // the server is there but does not let us in (too many connections, access denied, host blocked)
    access_denied,     // the login or statement was refused for lack of rights
    conflict,          // the state found contradicts what we were about to do
    data_risk,         // going on could lose or diverge data
    failed,            // anything else
};

// One line for a person, never with a password in it, and the other side's own number (errno, MySQL error, exit status).
struct Error {
    ErrorKind kind = ErrorKind::failed;
    std::string message;
    int code = 0;

    friend bool operator==(const Error&, const Error&) = default;
};

template <typename T>
using Result = std::expected<T, Error>;

// return fail(ErrorKind::timed_out, "no answer within 2 s");
[[nodiscard]] inline std::unexpected<Error> fail(ErrorKind kind, std::string message, int code = 0)
{
    return std::unexpected(Error{kind, std::move(message), code});
}

} // namespace mysql_prm::base
