#include "mysql_prm/adapters/mysqld/error_log.hpp"

#include "mysql_prm/base/text.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace mysql_prm::adapters::mysqld {

namespace {

constexpr std::size_t k_longest = 100;

// Consequences, printed after the cause.
bool is_aftermath(std::string_view message)
{
    constexpr std::string_view k_mariadb_prefix = "InnoDB: ";
    if (message.starts_with(k_mariadb_prefix))
        message.remove_prefix(k_mariadb_prefix.size());
    constexpr std::array<std::string_view, 16> k_aftermath
        = {"Aborting", "Data Dictionary initialization failed", "Failed to initialize DD Storage Engine",
            "Failed to initialize builtin plugins", "Plugin 'InnoDB' init function returned error",
            "Plugin 'InnoDB' registration as a STORAGE ENGINE failed", "Unknown/unsupported storage engine: InnoDB",
            "Plugin initialization aborted", "Failed to initialize plugins", "The designated data directory",
            "The newly created data directory", "InnoDB Database creation was aborted", "Database creation was aborted",
            "Initialization of the server's UUID failed", "Do you already have another", "Error on close of"};
    return std::ranges::any_of(k_aftermath, [&](std::string_view start) { return message.starts_with(start); });
}

// "[MY-010119] [Server] text" is "text"; "[InnoDB] ..." too.
std::string_view without_tags(std::string_view s)
{
    s = base::trim(s);
    while (s.starts_with('[') && s.find(']') != std::string_view::npos)
        s = base::trim(s.substr(s.find(']') + 1));
    return s;
}

// "/usr/sbin/mysqld: text" is "text"; MariaDB puts it into tagged lines too.
std::string_view without_program(std::string_view s)
{
    const auto colon = s.find(": ");
    const auto program = s.substr(0, colon == std::string_view::npos ? 0 : colon);
    const bool is_server = program.ends_with("mysqld") || program.ends_with("mariadbd");
    return is_server && program.find(' ') == std::string_view::npos ? base::trim(s.substr(colon + 2)) : s;
}

std::optional<std::string_view> message_of(std::string_view line)
{
    constexpr std::string_view k_tag = "[ERROR]";
    const auto tag = line.find(k_tag);
    if (tag != std::string_view::npos)
        return without_program(without_tags(line.substr(tag + k_tag.size())));
    const auto plain = without_program(line);
    return plain.size() < line.size() ? std::optional(plain) : std::nullopt;
}

} // namespace

std::string last_error_line(std::string_view log)
{
    std::string_view cause;
    std::string_view aftermath;
    while (!log.empty()) {
        const auto newline = std::min(log.find('\n'), log.size());
        const auto message = message_of(base::trim(log.substr(0, newline)));
        if (message && !message->empty())
            (is_aftermath(*message) ? aftermath : cause) = *message;
        log.remove_prefix(std::min(newline + 1, log.size()));
    }
    return base::shorten(cause.empty() ? aftermath : cause, k_longest);
}

} // namespace mysql_prm::adapters::mysqld
