// Small text helpers. Pure; no locale.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace mysql_prm::base {

// text("took ", 5, " ms"): everything that has operator<<. A Secret shows as ******.
template <typename... Parts>
[[nodiscard]] std::string text(const Parts&... parts)
{
    std::ostringstream out;
    (out << ... << parts);
    return out.str();
}

[[nodiscard]] std::string_view trim(std::string_view s);
[[nodiscard]] std::string lower(std::string_view s);

// Splits at each separator; keeps empty fields: "a||b" gives 3 fields, "" gives one empty field.
[[nodiscard]] std::vector<std::string> split(std::string_view s, char separator);

// Splits at white space; no empty words. " " gives none (Pacemaker's empty list is one space).
[[nodiscard]] std::vector<std::string> words(std::string_view s);

[[nodiscard]] std::string join(const std::vector<std::string>& parts, std::string_view separator);

// The whole text as a decimal integer, or nothing: no blanks, no sign for unsigned types, no trailing characters.
template <typename Int>
[[nodiscard]] std::optional<Int> to_int(std::string_view s)
{
    Int value{};
    const auto [end, error] = std::from_chars(s.data(), s.data() + s.size(), value);
    if (error != std::errc{} || end != s.data() + s.size() || s.empty())
        return std::nullopt;
    return value;
}

// OCF booleans as ocf_is_true reads them: yes true 1 on (any case) and their opposites; else nothing.
[[nodiscard]] std::optional<bool> to_bool(std::string_view s);

// At most max_bytes of s, cut before a UTF-8 character, "..." at the end when something was cut off.
[[nodiscard]] std::string shorten(std::string_view s, std::size_t max_bytes);

} // namespace mysql_prm::base
