// Accounts and passwords from a file on the node, so that they need not stand in the CIB where every member can read them.
//
//   # comment
//   [replication]
//   user = repl
//   password = "with # and \" in it"
//   [test]
//   user = monitor
//   password = 'taken as it is'
//
// A comment starts a line (# or ;). A value without quotes ends with the line; one that holds # or a backslash or starts
// with a quote has to be quoted, because the server's own option files read those in another way. Between double quotes
// \\ and \" are the only escapes; between single quotes there are none.
//
// Actions that have to go on (stop, demote, monitor) log the error and use what the parameters say: a server that refuses
// the login is alive all the same.
#pragma once

#include "mysql_prm/ocf/parameters.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace mysql_prm::ocf {

struct Login {
    std::optional<std::string> user;      // nothing: the file does not say
    std::optional<base::Secret> password; // nothing: the file does not say
};

struct Credentials {
    Login replication;
    Login test;
};

// Reads a regular file that belongs to root or to the user of this process and gives no right to group and others; at most
// 64 KiB. Errors: not_installed when it is missing, is no file or cannot be understood (with the line's number, never its
// text: it is a file of this node, so the cluster goes on without the node); no_permission when the owner or the mode is
// wrong or it cannot be opened.
[[nodiscard]] Result<Credentials> read_credentials(const std::string& path);

// The text of such a file. invalid_argument: "line 3: ...", never with text of the line.
[[nodiscard]] Result<Credentials> parse_credentials(std::string_view content);

// What the file says wins.
void apply(const Credentials& credentials, Parameters& parameters);

} // namespace mysql_prm::ocf
