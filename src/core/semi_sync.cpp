#include "mysql_prm/core/semi_sync.hpp"

#include "mysql_prm/base/text.hpp"

#include <optional>

namespace mysql_prm::core {
namespace {

using base::text;

std::optional<SyncMember> parse_member(std::string_view s)
{
    const auto fields = base::split(s, ':');
    if (fields.size() != 3 || fields[0].empty())
        return std::nullopt;
    const auto server_id = base::to_int<std::uint32_t>(fields[1]);
    const auto started = base::to_int<std::int64_t>(fields[2]);
    if (!server_id || !started)
        return std::nullopt;
    return SyncMember{fields[0], {*server_id, *started}};
}

} // namespace

std::string to_string(const SyncRecord& record)
{
    if (!record.on)
        return "off";
    std::vector<std::string> members;
    for (const auto& member : record.members)
        members.push_back(text(member.node, ':', member.incarnation.server_id, ':', member.incarnation.started));
    return text("on|", record.generation, '|', record.acknowledgements, '|', record.primary, '|', base::join(members, ","));
}

base::Result<SyncRecord> parse_sync_record(std::string_view s)
{
    if (s == "off")
        return SyncRecord{};
    const auto bad = [&] {
        return base::fail(base::ErrorKind::invalid_argument, text("not a sync record: '", base::shorten(s, 60), "'"));
    };
    const auto fields = base::split(s, '|');
    if (fields.size() != 5 || fields[0] != "on" || fields[3].empty())
        return bad();
    const auto generation = base::to_int<std::uint64_t>(fields[1]);
    const auto acknowledgements = base::to_int<std::uint32_t>(fields[2]);
    if (!generation || !acknowledgements || *acknowledgements == 0)
        return bad();
    SyncRecord record{.on = true, .generation = *generation, .acknowledgements = *acknowledgements, .primary = fields[3]};
    for (const auto& one : base::split(fields[4], ',')) {
        auto member = parse_member(one);
        if (!member)
            return bad();
        record.members.push_back(std::move(*member));
    }
    return record;
}

} // namespace mysql_prm::core
