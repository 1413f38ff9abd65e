#include "mysql_prm/adapters/mysqld/persisted.hpp"

#include "mysql_prm/base/text.hpp"

namespace mysql_prm::adapters::mysqld {

using base::text;

namespace {

// The text after `"key" :`, from `from` on, blanks removed; npos where there is no such key.
std::size_t after_key(std::string_view file, std::string_view key, std::size_t from)
{
    const auto quoted = text('"', key, '"');
    while (true) {
        const auto at = file.find(quoted, from);
        if (at == std::string_view::npos)
            return at;
        const auto colon = file.find_first_not_of(" \t\r\n", at + quoted.size());
        if (colon != std::string_view::npos && file[colon] == ':')
            return file.find_first_not_of(" \t\r\n", colon + 1);
        from = at + quoted.size(); // the name as a value, not as a key
    }
}

std::optional<std::string> scalar_at(std::string_view file, std::size_t at)
{
    const bool quoted = file[at] == '"';
    const auto begin = quoted ? at + 1 : at;
    const auto end = quoted ? file.find('"', begin) : file.find_first_of(",}] \t\r\n", begin);
    if (end == std::string_view::npos)
        return std::nullopt;
    return std::string(file.substr(begin, end - begin));
}

bool is_off(std::string_view value)
{
    const auto truth = base::to_bool(value);
    return truth && !*truth;
}

} // namespace

std::optional<std::string> persisted_value(std::string_view file, std::string_view variable)
{
    auto at = after_key(file, variable, 0);
    if (at == std::string_view::npos)
        return std::nullopt;
    if (file[at] == '{') // from 8.0.3 on: { "Value": "OFF", "Metadata": {...} }
        at = after_key(file.substr(0, file.find('}', at)), "Value", at);
    if (at == std::string_view::npos)
        return std::nullopt;
    return scalar_at(file, at);
}

std::optional<std::string> dangerous_setting(std::string_view file)
{
    for (const std::string_view variable : {"super_read_only", "read_only", "skip_replica_start", "skip_slave_start"})
        if (const auto value = persisted_value(file, variable); value && is_off(*value))
            return text(variable, "=", *value);
    return std::nullopt;
}

} // namespace mysql_prm::adapters::mysqld
