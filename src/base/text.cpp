#include "mysql_prm/base/text.hpp"

#include <algorithm>
#include <cctype>

namespace mysql_prm::base {
namespace {

bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

} // namespace

std::string_view trim(std::string_view s)
{
    while (!s.empty() && is_blank(s.front()))
        s.remove_prefix(1);
    while (!s.empty() && is_blank(s.back()))
        s.remove_suffix(1);
    return s;
}

std::string lower(std::string_view s)
{
    std::string out{s};
    std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return out;
}

std::vector<std::string> split(std::string_view s, char separator)
{
    std::vector<std::string> out;
    for (;;) {
        const auto at = s.find(separator);
        out.emplace_back(s.substr(0, at));
        if (at == std::string_view::npos)
            return out;
        s.remove_prefix(at + 1);
    }
}

std::vector<std::string> words(std::string_view s)
{
    std::vector<std::string> out;
    while (!(s = trim(s)).empty()) {
        const auto end = std::find_if(s.begin(), s.end(), is_blank);
        const auto length = static_cast<std::size_t>(end - s.begin());
        out.emplace_back(s.substr(0, length));
        s.remove_prefix(length);
    }
    return out;
}

std::string join(const std::vector<std::string>& parts, std::string_view separator)
{
    std::string out;
    for (const auto& part : parts) {
        if (&part != &parts.front())
            out += separator;
        out += part;
    }
    return out;
}

std::optional<bool> to_bool(std::string_view s)
{
    const auto word = lower(trim(s));
    if (word == "yes" || word == "true" || word == "1" || word == "on")
        return true;
    if (word == "no" || word == "false" || word == "0" || word == "off")
        return false;
    return std::nullopt;
}

std::string shorten(std::string_view s, std::size_t max_bytes)
{
    if (s.size() <= max_bytes)
        return std::string{s};
    constexpr std::string_view k_dots = "...";
    auto length = max_bytes > k_dots.size() ? max_bytes - k_dots.size() : 0;
    while (length > 0 && (static_cast<unsigned char>(s[length]) & 0xC0U) == 0x80U)
        --length;
    return std::string{s.substr(0, length)} + std::string{k_dots};
}

} // namespace mysql_prm::base
