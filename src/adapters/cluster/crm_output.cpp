#include "mysql_prm/adapters/cluster/crm_output.hpp"

#include "mysql_prm/base/text.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace mysql_prm::adapters::cluster {

using base::ErrorKind;
using base::text;

namespace {

constexpr int k_infinity = 1'000'000;
constexpr std::size_t k_longest_complaint = 80;
constexpr std::uint64_t k_ring_step = 4;

std::string_view last_line(std::string_view s)
{
    s = base::trim(s);
    const auto newline = s.rfind('\n');
    return newline == std::string_view::npos ? s : s.substr(newline + 1);
}

bool stays(char c)
{
    constexpr std::string_view k_changed = "\"&<>'\\%+";
    return c >= ' ' && c <= '~' && k_changed.find(c) == std::string_view::npos;
}

std::optional<char> hex_byte(std::string_view digits)
{
    unsigned value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (digits.size() != 2 || error != std::errc{} || end != digits.data() + digits.size())
        return std::nullopt;
    return static_cast<char>(value);
}

bool has(std::string_view tag, std::string_view attribute)
{
    return tag.find(attribute) != std::string_view::npos;
}

// Of these tools and this file, whose attributes hold no '>' (it is written as &gt;).
template <typename Visit>
void for_each_tag(std::string_view xml, const Visit& visit)
{
    for (auto begin = xml.find('<'); begin != std::string_view::npos; begin = xml.find('<', begin + 1))
        visit(xml.substr(begin, xml.find('>', begin) + 1 - begin));
}

// Empty: there is no such attribute.
std::string_view value_of(std::string_view tag, std::string_view attribute)
{
    const auto opening = text(' ', attribute, "=\"");
    const auto begin = tag.find(opening);
    if (begin == std::string_view::npos)
        return {};
    const auto rest = tag.substr(begin + opening.size());
    return rest.substr(0, rest.find('"'));
}

// Pacemaker's words, in any case.
constexpr std::array<std::string_view, 5> k_true{"true", "on", "yes", "y", "1"};
constexpr std::array<std::string_view, 5> k_false{"false", "off", "no", "n", "0"};

bool is_one_of(std::string_view value, const std::array<std::string_view, 5>& words)
{
    const auto same = [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; };
    return std::ranges::any_of(words, [&](std::string_view word) { return std::ranges::equal(value, word, same); });
}

std::optional<std::uint64_t> ring_number(std::string_view ring)
{
    const auto point = ring.find('.');
    const auto digits = point == std::string_view::npos ? std::string_view{} : ring.substr(point + 1);
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (error != std::errc{} || end != digits.data() + digits.size())
        return std::nullopt;
    return value;
}

} // namespace

base::Error tool_error(std::string_view tool, const ports::ProcessResult& result, ErrorKind absence)
{
    auto kind = ErrorKind::failed;
    if (result.exit_status == k_exit_disconnected)
        kind = absence;
    else if (result.exit_status == k_exit_timeout)
        kind = ErrorKind::timed_out;
    auto complaint = last_line(result.err);
    if (complaint.starts_with(tool) && complaint.substr(tool.size()).starts_with(": "))
        complaint.remove_prefix(tool.size() + 2);
    auto message = kind == ErrorKind::not_running
        ? text("no cluster on this node: ", tool, " exited with ", result.exit_status)
        : text(tool, " exited with ", result.exit_status);
    if (!complaint.empty())
        message += text(" (", base::shorten(complaint, k_longest_complaint), ")");
    return {kind, std::move(message), result.exit_status};
}

Result<std::optional<std::string>> parse_attribute(const ports::ProcessResult& result)
{
    if (result.exit_status == k_exit_no_such_thing)
        return std::nullopt;
    if (result.exit_status != k_exit_ok)
        return std::unexpected(tool_error("crm_attribute", result));
    std::string value = result.out;
    if (value.ends_with('\n'))
        value.pop_back();
    return value;
}

Result<std::map<std::string, std::string>> parse_private(const ports::ProcessResult& result)
{
    constexpr std::string_view k_host = " host=\"";
    constexpr std::string_view k_value = "\" value=\"";
    std::map<std::string, std::string> values;
    if (result.exit_status == k_exit_schema || result.exit_status == k_exit_no_such_thing)
        return values;
    if (result.exit_status != k_exit_ok)
        return std::unexpected(tool_error("attrd_updater", result));
    for (const auto& line : base::split(result.out, '\n')) {
        const auto host = line.find(k_host);
        const auto value = line.find(k_value, host);
        if (host == std::string::npos || value == std::string::npos || !line.ends_with('"'))
            continue;
        const auto node = line.substr(host + k_host.size(), value - host - k_host.size());
        const auto begin = value + k_value.size();
        if (line.size() > begin + 1)
            values[node] = decode(std::string_view(line).substr(begin, line.size() - begin - 1));
    }
    return values;
}

Result<std::optional<std::string>> parse_quorum(const ports::ProcessResult& result)
{
    std::string ring, quorate;
    for (const auto& line : base::split(result.out, '\n')) {
        const auto colon = line.find(':');
        if (colon == std::string::npos)
            continue;
        const auto name = std::string_view{line}.substr(0, colon);
        const auto value = base::trim(std::string_view{line}.substr(colon + 1));
        if (name == "Ring ID")
            ring = value;
        else if (name == "Quorate")
            quorate = value;
    }
    if (ring.empty() || quorate.empty()) {
        auto error = tool_error("corosync-quorumtool", result);
        error.kind = ErrorKind::not_running;
        return std::unexpected(std::move(error));
    }
    if (quorate != "Yes")
        return std::nullopt;
    return ring;
}

bool is_next_ring(std::string_view before, std::string_view ring)
{
    const auto first = ring_number(before), second = ring_number(ring);
    return first && second && *second > *first && *second - *first < 2 * k_ring_step;
}

bool parse_unmanaged(std::string_view xml, std::string_view resource)
{
    bool is_configured = false, is_managed = true;
    for_each_tag(xml, [&](std::string_view tag) {
        if (!tag.starts_with("<resource ")
            || !(has(tag, text(" id=\"", resource, '"')) || has(tag, text(" id=\"", resource, ':'))))
            return;
        is_configured = true;
        is_managed = is_managed && !has(tag, " managed=\"false\"");
    });
    return !is_managed || (!is_configured && has(xml, "</pacemaker-result>"));
}

bool parse_goes_on_without_quorum(std::string_view xml)
{
    bool goes_on = false;
    for_each_tag(xml, [&](std::string_view tag) {
        goes_on = goes_on
            || (tag.starts_with("<cluster_options ")
                && (has(tag, " no-quorum-policy=\"ignore\"") || has(tag, " no-quorum-policy=\"freeze\"")));
    });
    return goes_on;
}

bool may_be_unmanaged(std::string_view cib, std::string_view resource)
{
    bool may_be = false, is_configured = false;
    for_each_tag(cib, [&](std::string_view tag) {
        is_configured = is_configured || (tag.starts_with("<primitive ") && has(tag, text(" id=\"", resource, '"')));
        const auto name = value_of(tag, "name"), value = value_of(tag, "value");
        if (name == "maintenance" || name == "maintenance-mode")
            may_be = may_be || !is_one_of(value, k_false);
        if (name == "is-managed" || name == "is-managed-default")
            may_be = may_be || !is_one_of(value, k_true);
    });
    return may_be || !is_configured || !has(cib, "</cib>");
}

bool is_in_maintenance(std::string_view cib, std::string_view node)
{
    bool is_here = false, is_there = false;
    bool is_config = false, has_rule = false;
    std::optional<bool> everywhere;
    for_each_tag(cib, [&](std::string_view tag) {
        if (tag.starts_with("<crm_config") || tag.starts_with("</crm_config"))
            is_config = !tag.starts_with("</") && !tag.ends_with("/>");
        else if (is_config && tag.starts_with("<rule"))
            has_rule = true;
        else if (is_config && value_of(tag, "name") == "maintenance-mode")
            everywhere = everywhere.value_or(true) && is_one_of(value_of(tag, "value"), k_true);
        else if (tag.starts_with("<node "))
            is_here = value_of(tag, "uname") == node;
        else if (tag.starts_with("</node>") || tag.starts_with("</nodes>"))
            is_here = false;
        else if (is_here && value_of(tag, "name") == "maintenance")
            is_there = is_one_of(value_of(tag, "value"), k_true);
    });
    return is_there || (everywhere.value_or(false) && !has_rule);
}

std::optional<int> parse_score(std::string_view s)
{
    s = base::trim(s);
    if (s == "-INFINITY")
        return -k_infinity;
    if (s.starts_with('+'))
        s.remove_prefix(1);
    if (s == "INFINITY")
        return k_infinity;
    const auto number = base::to_int<long long>(s);
    if (!number)
        return std::nullopt;
    return static_cast<int>(std::clamp<long long>(*number, -k_infinity, k_infinity));
}

std::string print_score(int score)
{
    if (score <= -k_infinity)
        return "-INFINITY";
    return score >= k_infinity ? "INFINITY" : text(score);
}

std::string encode(std::string_view value)
{
    constexpr std::string_view k_digits = "0123456789ABCDEF";
    std::string encoded;
    encoded.reserve(value.size());
    for (const char c : value) {
        if (stays(c)) {
            encoded += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        encoded += '%';
        encoded += k_digits[byte >> 4U];
        encoded += k_digits[byte & 15U];
    }
    return encoded;
}

std::string decode(std::string_view value)
{
    std::string decoded;
    decoded.reserve(value.size());
    for (std::size_t i = 0; i < value.size(); ++i) {
        const auto byte = value[i] == '%' ? hex_byte(value.substr(i + 1, 2)) : std::nullopt;
        decoded += byte.value_or(value[i]);
        if (byte)
            i += 2;
    }
    return decoded;
}

} // namespace mysql_prm::adapters::cluster
