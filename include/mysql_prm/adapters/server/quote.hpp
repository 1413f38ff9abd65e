// Quoting of values and names for SQL text. Pure.
#pragma once

#include "mysql_prm/base/error.hpp"

#include <string>
#include <string_view>

namespace mysql_prm::adapters::server {

// How string literals are read by a session: with sql_mode NO_BACKSLASH_ESCAPES a backslash is a character like others. The
// server says so in every answer (SERVER_STATUS_NO_BACKSLASH_ESCAPES), so no statement is spent on it.
struct Quoting {
    bool backslash_escapes = true;

    // 'it''s'. The connection's character set is utf8mb4, in which no character holds a quote or backslash byte.
    [[nodiscard]] std::string literal(std::string_view value) const;
};

// `a``b`
[[nodiscard]] std::string identifier(std::string_view name);

// "schema.table" as a parameter names it, as `schema`.`table`. Backquotes of the caller are taken off first.
[[nodiscard]] base::Result<std::string> qualified(std::string_view name);

// "user@host", as the server prints a definer, as `user`@`host`; split at the last @.
[[nodiscard]] std::string account_name(std::string_view user_at_host);

} // namespace mysql_prm::adapters::server
