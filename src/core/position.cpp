#include "mysql_prm/core/position.hpp"

#include "mysql_prm/base/text.hpp"

#include <compare>

namespace mysql_prm::core {
namespace {

using gtid::Relation;

std::uint64_t log_number(const std::string& file)
{
    const auto dot = file.rfind('.');
    if (dot == std::string::npos)
        return 0;
    return base::to_int<std::uint64_t>(std::string_view{file}.substr(dot + 1)).value_or(0);
}

std::optional<Relation> file_relation(const FilePosition& a, const FilePosition& b)
{
    if (a.server_id != b.server_id || a.file.empty() || b.file.empty())
        return std::nullopt;
    const auto order = std::pair{log_number(a.file), a.offset} <=> std::pair{log_number(b.file), b.offset};
    if (order == 0)
        return Relation::equal;
    return order < 0 ? Relation::subset : Relation::superset;
}

template <typename Kind>
base::Result<Position> as_position(base::Result<Kind> parsed)
{
    if (!parsed)
        return std::unexpected(std::move(parsed.error()));
    return Position{std::move(*parsed)};
}

base::Result<Position> parse_file_position(std::string_view s)
{
    const auto fields = base::split(s, ':');
    if (fields.size() == 3) {
        const auto server_id = base::to_int<std::uint32_t>(fields[0]);
        const auto offset = base::to_int<std::uint64_t>(fields[2]);
        if (server_id && offset)
            return FilePosition{*server_id, fields[1], *offset};
    }
    return base::fail(base::ErrorKind::invalid_argument, base::text("not a log position: '", s, "'"));
}

} // namespace

std::optional<Relation> relation(const Position& a, const Position& b)
{
    if (a.index() != b.index())
        return std::nullopt;
    if (const auto* sets = std::get_if<gtid::MysqlGtidSet>(&a))
        return gtid::relation(*sets, std::get<gtid::MysqlGtidSet>(b));
    if (const auto* positions = std::get_if<gtid::MariadbGtidPos>(&a))
        return gtid::relation(*positions, std::get<gtid::MariadbGtidPos>(b));
    return file_relation(std::get<FilePosition>(a), std::get<FilePosition>(b));
}

bool contains(const Position& a, const Position& b)
{
    const auto known = relation(a, b);
    return known == Relation::equal || known == Relation::superset;
}

bool is_empty(const Position& position)
{
    if (const auto* sets = std::get_if<gtid::MysqlGtidSet>(&position))
        return sets->empty();
    if (const auto* positions = std::get_if<gtid::MariadbGtidPos>(&position))
        return positions->empty();
    return false;
}

std::string to_string(const Position& position)
{
    if (const auto* sets = std::get_if<gtid::MysqlGtidSet>(&position))
        return "mysql:" + sets->to_string();
    if (const auto* positions = std::get_if<gtid::MariadbGtidPos>(&position))
        return "mariadb:" + positions->to_string();
    const auto& place = std::get<FilePosition>(position);
    return base::text("file:", place.server_id, ':', place.file, ':', place.offset);
}

base::Result<Position> parse_position(std::string_view s)
{
    const auto colon = s.find(':');
    const auto kind = colon == std::string_view::npos ? std::string_view{} : s.substr(0, colon);
    const auto rest = colon == std::string_view::npos ? std::string_view{} : s.substr(colon + 1);
    if (kind == "mysql")
        return as_position(gtid::MysqlGtidSet::parse(rest));
    if (kind == "mariadb")
        return as_position(gtid::MariadbGtidPos::parse(rest));
    if (kind == "file")
        return parse_file_position(rest);
    return base::fail(base::ErrorKind::invalid_argument, base::text("not a position: '", base::shorten(s, 60), "'"));
}

} // namespace mysql_prm::core
