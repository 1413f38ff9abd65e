#include "mysql_prm/adapters/server/quote.hpp"

#include "mysql_prm/base/text.hpp"

#include <algorithm>

namespace mysql_prm::adapters::server {

std::string Quoting::literal(std::string_view value) const
{
    std::string out = "'";
    for (const char c : value) {
        if (c == '\'' || (c == '\\' && backslash_escapes))
            out += c;
        out += c;
    }
    return out + "'";
}

std::string identifier(std::string_view name)
{
    std::string out = "`";
    for (const char c : name) {
        if (c == '`')
            out += c;
        out += c;
    }
    return out + "`";
}

base::Result<std::string> qualified(std::string_view name)
{
    std::string plain{name};
    std::erase(plain, '`');
    const std::size_t dot = plain.find('.');
    if (dot == std::string::npos || dot == 0 || dot + 1 == plain.size())
        return base::fail(base::ErrorKind::invalid_argument, base::text("\"", name, "\" is not of the form schema.table"));
    return identifier(plain.substr(0, dot)) + "." + identifier(plain.substr(dot + 1));
}

std::string account_name(std::string_view user_at_host)
{
    const std::size_t at = user_at_host.rfind('@');
    if (at == std::string_view::npos)
        return identifier(user_at_host) + "@`%`";
    return identifier(user_at_host.substr(0, at)) + "@" + identifier(user_at_host.substr(at + 1));
}

} // namespace mysql_prm::adapters::server
