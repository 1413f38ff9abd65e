// Small text helpers. Pure; no locale.
#pragma once

#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace mysql_prm::base {

// As operator<< would show it; a stream is made only for what needs one (it takes longer than all the rest).
template <typename Part>
void append(std::string& out, const Part& part)
{
    if constexpr (std::is_convertible_v<const Part&, std::string_view>) {
        out += std::string_view{part};
    } else if constexpr (std::is_same_v<Part, char>) {
        out += part;
    } else if constexpr (std::is_same_v<Part, bool>) {
        out += part ? '1' : '0';
    } else if constexpr (std::is_integral_v<Part> && sizeof(Part) > 1) {
        std::array<char, 24> digits{};
        out.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), part).ptr);
    } else {
        std::ostringstream stream;
        stream << part;
        out += std::move(stream).str();
    }
}

// text("took ", 5, " ms"): everything that has operator<<. A Secret shows as ******.
template <typename... Parts>
[[nodiscard]] std::string text(const Parts&... parts)
{
    std::string out;
    (append(out, parts), ...);
    return out;
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
