#include "mysql_prm/core/repl_info.hpp"

#include "mysql_prm/base/text.hpp"

namespace mysql_prm::core {
namespace {

std::unexpected<base::Error> corrupt(std::string_view s)
{
    return base::fail(base::ErrorKind::invalid_argument,
        base::text("corrupt REPL_INFO '", base::shorten(s, 60),
            "': expected host|file|position|generation|node|server_id|origin[|semi-sync]"));
}

} // namespace

std::string to_string(const ReplInfo& info)
{
    const auto origin = info.origin ? to_string(Position{*info.origin}) : std::string{};
    return base::text(info.host, '|', info.file, '|', info.offset, '|', info.generation, '|', info.node, '|', info.server_id,
        '|', origin, info.semi_sync ? "|semi-sync" : "");
}

base::Result<ReplInfo> parse_repl_info(std::string_view s)
{
    const auto fields = base::split(base::trim(s), '|');
    if ((fields.size() != 3 && fields.size() != 7 && fields.size() != 8) || fields[0].empty())
        return corrupt(s);
    ReplInfo info;
    info.host = fields[0];
    info.file = fields[1];
    const auto offset = base::to_int<std::uint64_t>(fields[2]);
    if (!offset)
        return corrupt(s);
    info.offset = *offset;
    if (fields.size() == 3)
        return info;
    const auto generation = base::to_int<std::uint64_t>(fields[3]);
    const auto server_id = base::to_int<std::uint32_t>(fields[5]);
    if (!generation || !server_id || fields[4].empty())
        return corrupt(s);
    info.generation = *generation;
    info.node = fields[4];
    info.server_id = *server_id;
    info.semi_sync = fields.size() == 8 && fields[7] == "semi-sync";
    if (!fields[6].empty()) {
        const auto origin = parse_position(fields[6]);
        if (!origin || !std::holds_alternative<FilePosition>(*origin))
            return corrupt(s);
        info.origin = std::get<FilePosition>(*origin);
    }
    return info;
}

} // namespace mysql_prm::core
