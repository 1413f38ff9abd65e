#include "mysql_prm/gtid/mysql_gtid_set.hpp"

#include "mysql_prm/base/text.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>
#include <utility>

namespace mysql_prm::gtid {
namespace {

constexpr std::size_t k_uuid_text_size = 36;
constexpr std::string_view k_hex_digits = "0123456789abcdef";

bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}
bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}
bool is_tag_start(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_tag_part(char c)
{
    return is_tag_start(c) || is_digit(c);
}
bool dash_belongs_at(std::size_t i)
{
    return i == 8 || i == 13 || i == 18 || i == 23;
}

std::optional<unsigned> hex_value(char c)
{
    if (is_digit(c))
        return static_cast<unsigned>(c - '0');
    if (c >= 'a' && c <= 'f')
        return static_cast<unsigned>(c - 'a' + 10);
    if (c >= 'A' && c <= 'F')
        return static_cast<unsigned>(c - 'A' + 10);
    return std::nullopt;
}

void append_uuid(std::string& out, const std::array<std::uint8_t, 16>& uuid)
{
    for (std::size_t i = 0; i < uuid.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            out += '-';
        out += k_hex_digits[uuid[i] >> 4U];
        out += k_hex_digits[uuid[i] & 0xFU];
    }
}

void append_number(std::string& out, std::uint64_t number)
{
    std::array<char, std::numeric_limits<std::uint64_t>::digits10 + 1> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    out.append(digits.data(), end);
}

void append_intervals(std::string& out, const Intervals& intervals)
{
    for (const Interval& interval : intervals) {
        out += ':';
        append_number(out, interval.first);
        if (interval.first == interval.last)
            continue;
        out += '-';
        append_number(out, interval.last);
    }
}

} // namespace

// Reads the text from left to right; what was read so far is in m_groups, in the order of the text.
class MysqlGtidSet::Parser {
public:
    explicit Parser(std::string_view s) : m_whole(s), m_rest(s) { }

    base::Result<std::vector<Group>> read()
    {
        skip_blanks();
        if (m_rest.empty())
            return std::vector<Group>{};
        do {
            if (auto done = read_uuid_set(); !done)
                return std::unexpected(done.error());
        } while (take(','));
        if (!m_rest.empty())
            return refuse("unexpected text");
        return std::move(m_groups);
    }

private:
    base::Result<void> read_uuid_set()
    {
        auto uuid = read_uuid();
        if (!uuid)
            return std::unexpected(uuid.error());
        Source source{*uuid, {}};
        bool has_interval = false;
        while (take(':')) {
            const bool is_tag = !m_rest.empty() && is_tag_start(m_rest.front());
            if (is_tag && !has_interval && !source.tag.empty())
                return refuse("a tag without an interval before");
            auto done = is_tag ? read_tag(source) : read_interval(source, has_interval);
            if (!done)
                return done;
            has_interval = !is_tag;
        }
        if (!has_interval)
            return refuse("an interval is missing");
        return {};
    }

    base::Result<std::array<std::uint8_t, 16>> read_uuid()
    {
        std::array<std::uint8_t, 16> uuid{};
        if (m_rest.size() < k_uuid_text_size)
            return refuse("not a UUID");
        std::size_t digits = 0;
        for (std::size_t i = 0; i < k_uuid_text_size; ++i) {
            const auto value = hex_value(m_rest[i]);
            if (dash_belongs_at(i) ? m_rest[i] != '-' : !value)
                return refuse("not a UUID");
            if (!value)
                continue;
            auto& byte = uuid[digits++ / 2];
            byte = static_cast<std::uint8_t>((byte << 4U) | *value);
        }
        advance(k_uuid_text_size);
        return uuid;
    }

    base::Result<void> read_tag(Source& source)
    {
        const auto end = std::ranges::find_if_not(m_rest, is_tag_part);
        const auto size = static_cast<std::size_t>(end - m_rest.begin());
        if (size > k_max_tag)
            return refuse(base::text("a tag of more than ", k_max_tag, " characters"));
        source.tag = base::lower(m_rest.substr(0, size));
        advance(size);
        return {};
    }

    // continues: the interval before was of the same source, so the group is there.
    base::Result<void> read_interval(const Source& source, bool continues)
    {
        const std::string_view here = m_rest;
        const auto first = read_sequence();
        const auto last = first && take('-') ? read_sequence() : first;
        if (!first || !last) {
            m_rest = here;
            return refuse("not a sequence number from 1 to 2^63-2, or an interval of them");
        }
        if (*first > *last) {
            m_rest = here;
            return refuse("an interval that runs backwards");
        }
        if (!continues)
            m_groups.push_back({source, {}});
        m_groups.back().intervals.push_back({*first, *last});
        return {};
    }

    std::optional<std::uint64_t> read_sequence()
    {
        std::uint64_t value = 0;
        const auto [end, error] = std::from_chars(m_rest.data(), m_rest.data() + m_rest.size(), value);
        if (error != std::errc{} || value == 0 || value > k_max_sequence)
            return std::nullopt;
        advance(static_cast<std::size_t>(end - m_rest.data()));
        return value;
    }

    bool take(char c)
    {
        if (m_rest.empty() || m_rest.front() != c)
            return false;
        advance(1);
        return true;
    }

    void advance(std::size_t size)
    {
        m_rest.remove_prefix(size);
        skip_blanks();
    }

    void skip_blanks()
    {
        while (!m_rest.empty() && is_blank(m_rest.front()))
            m_rest.remove_prefix(1);
    }

    [[nodiscard]] std::unexpected<base::Error> refuse(std::string_view what) const
    {
        return base::fail(base::ErrorKind::failed,
            base::text("GTID set: ", what, " at byte ", m_whole.size() - m_rest.size(), " of ", m_whole.size(), ": '",
                base::shorten(m_rest, 48), "'"));
    }

    std::string_view m_whole;
    std::string_view m_rest;
    std::vector<Group> m_groups;
};

base::Result<MysqlGtidSet> MysqlGtidSet::parse(std::string_view s)
{
    auto groups = Parser{s}.read();
    if (!groups)
        return std::unexpected(groups.error());
    normalise(*groups);
    MysqlGtidSet set;
    set.m_groups = std::move(*groups);
    return set;
}

// Groups in any order, a source perhaps several times, become ascending with each source once.
void MysqlGtidSet::normalise(std::vector<Group>& groups)
{
    if (!std::ranges::is_sorted(groups, {}, &Group::source))
        std::ranges::sort(groups, {}, &Group::source);
    std::size_t kept = 0;
    for (std::size_t i = 0; i < groups.size(); ++i) {
        if (kept > 0 && groups[kept - 1].source == groups[i].source) {
            auto& target = groups[kept - 1].intervals;
            target.insert(target.end(), groups[i].intervals.begin(), groups[i].intervals.end());
        } else if (kept++ != i) {
            groups[kept - 1] = std::move(groups[i]);
        }
    }
    groups.resize(kept);
    for (Group& group : groups)
        gtid::normalise(group.intervals);
}

std::string MysqlGtidSet::to_string() const
{
    constexpr std::size_t k_uuid_bytes = 36;
    constexpr std::size_t k_usual_bytes = 16; // of an interval
    std::string out;
    std::size_t size = 0;
    for (const Group& group : m_groups)
        size += k_uuid_bytes + group.intervals.size() * k_usual_bytes;
    out.reserve(size);
    const Group* previous = nullptr;
    for (const Group& group : m_groups) {
        if (previous == nullptr || previous->source.uuid != group.source.uuid) {
            if (previous != nullptr)
                out += ',';
            append_uuid(out, group.source.uuid);
        }
        if (!group.source.tag.empty())
            out.append(1, ':').append(group.source.tag);
        append_intervals(out, group.intervals);
        previous = &group;
    }
    return out;
}

std::uint64_t MysqlGtidSet::count() const
{
    constexpr auto k_most = std::numeric_limits<std::uint64_t>::max();
    std::uint64_t sum = 0;
    for (const Group& group : m_groups) {
        for (const Interval& interval : group.intervals) {
            const std::uint64_t size = interval.last - interval.first + 1;
            sum = size > k_most - sum ? k_most : sum + size;
        }
    }
    return sum;
}

std::vector<std::string> MysqlGtidSet::names(std::size_t limit) const
{
    std::vector<std::string> out;
    for (const Group& group : m_groups) {
        std::string source;
        append_uuid(source, group.source.uuid);
        if (!group.source.tag.empty())
            source.append(1, ':').append(group.source.tag);
        for (const Interval& interval : group.intervals)
            for (auto n = interval.first; n <= interval.last; ++n) {
                if (out.size() == limit)
                    return out;
                out.push_back(base::text(source, ':', n));
            }
    }
    return out;
}

MysqlGtidSet MysqlGtidSet::of_source(std::string_view uuid) const
{
    MysqlGtidSet result;
    const auto any = parse(base::text(uuid, ":1"));
    if (!any || any->m_groups.size() != 1)
        return result;
    for (const Group& group : m_groups)
        if (group.source.uuid == any->m_groups.front().source.uuid)
            result.m_groups.push_back(group);
    return result;
}

bool MysqlGtidSet::contains(const MysqlGtidSet& other) const
{
    auto mine = m_groups.begin();
    for (const Group& wanted : other.m_groups) {
        while (mine != m_groups.end() && mine->source < wanted.source)
            ++mine;
        if (mine == m_groups.end() || mine->source != wanted.source || !gtid::contains(mine->intervals, wanted.intervals))
            return false;
    }
    return true;
}

MysqlGtidSet MysqlGtidSet::united(const MysqlGtidSet& other) const
{
    MysqlGtidSet result;
    auto left = m_groups.begin();
    auto right = other.m_groups.begin();
    while (left != m_groups.end() && right != other.m_groups.end()) {
        if (left->source < right->source) {
            result.m_groups.push_back(*left++);
        } else if (right->source < left->source) {
            result.m_groups.push_back(*right++);
        } else {
            result.m_groups.push_back({left->source, gtid::united(left->intervals, right->intervals)});
            ++left;
            ++right;
        }
    }
    result.m_groups.insert(result.m_groups.end(), left, m_groups.end());
    result.m_groups.insert(result.m_groups.end(), right, other.m_groups.end());
    return result;
}

MysqlGtidSet MysqlGtidSet::minus(const MysqlGtidSet& other) const
{
    MysqlGtidSet result;
    auto cut = other.m_groups.begin();
    for (const Group& group : m_groups) {
        while (cut != other.m_groups.end() && cut->source < group.source)
            ++cut;
        if (cut == other.m_groups.end() || cut->source != group.source)
            result.m_groups.push_back(group);
        else if (Intervals rest = gtid::minus(group.intervals, cut->intervals); !rest.empty())
            result.m_groups.push_back({group.source, std::move(rest)});
    }
    return result;
}

MysqlGtidSet MysqlGtidSet::intersected(const MysqlGtidSet& other) const
{
    MysqlGtidSet result;
    auto theirs = other.m_groups.begin();
    for (const Group& group : m_groups) {
        while (theirs != other.m_groups.end() && theirs->source < group.source)
            ++theirs;
        if (theirs == other.m_groups.end() || theirs->source != group.source)
            continue;
        if (Intervals common = gtid::intersected(group.intervals, theirs->intervals); !common.empty())
            result.m_groups.push_back({group.source, std::move(common)});
    }
    return result;
}

Relation relation(const MysqlGtidSet& a, const MysqlGtidSet& b)
{
    return relation_of(a.contains(b), b.contains(a));
}

std::ostream& operator<<(std::ostream& out, const MysqlGtidSet& set)
{
    return out << set.to_string();
}

} // namespace mysql_prm::gtid
