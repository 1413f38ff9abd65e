// SQL text as a pair: what goes to the server and what may be shown. The two differ only where a secret is inside.
#pragma once

#include <string>
#include <utility>

namespace mysql_prm::adapters::server {

struct Statement {
    std::string sql;
    std::string loggable;

    // Without a secret. Implicit on purpose: most statements are plain text.
    Statement(std::string plain) : sql(plain), loggable(std::move(plain)) { } // NOLINT(google-explicit-constructor)
    Statement(const char* plain) : Statement(std::string{plain}) { }          // NOLINT(google-explicit-constructor)
    Statement(std::string real, std::string shown) : sql(std::move(real)), loggable(std::move(shown)) { }

    [[nodiscard]] bool has_secret() const { return sql != loggable; }
};

} // namespace mysql_prm::adapters::server
