#include "mysql_prm/adapters/server/binlog_events.hpp"

#include "mysql_prm/base/text.hpp"

#include <algorithm>
#include <array>

namespace mysql_prm::adapters::server {

namespace {

// MySQL prints Format_desc, MariaDB the same; Gtid is MariaDB's "BEGIN GTID 0-1-5" too: what follows it decides.
constexpr std::array<std::string_view, 12> k_framing{"format_desc", "rotate", "stop", "previous_gtids", "gtid_list",
    "binlog_checkpoint", "start_encryption", "heartbeat", "gtid", "anonymous_gtid", "gtid_tagged", "xid"};

constexpr std::array<std::string_view, 6> k_harmless_queries{
    "begin", "commit", "rollback", "flush ", "analyze ", "optimize "};

// "use `db`; UPDATE ..." -> "UPDATE ..."
std::string_view without_use(std::string_view info)
{
    constexpr std::string_view k_end = "`; ";
    const std::size_t end = info.starts_with("use `") ? info.find(k_end) : std::string_view::npos;
    return end == std::string_view::npos ? info : info.substr(end + k_end.size());
}

} // namespace

std::vector<LogFile> parse_binary_logs(const Rows& rows)
{
    std::vector<LogFile> files;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const Row row{rows, i};
        files.push_back({.name = row.text({"Log_name"}), .size = row.number<std::uint64_t>({"File_size"})});
    }
    return files;
}

bool changes_data(const Row& event)
{
    const std::string type = base::lower(event.text({"Event_type"}));
    if (std::find(k_framing.begin(), k_framing.end(), type) != k_framing.end())
        return false;
    if (type != "query")
        return true;
    const std::string info = event.text({"Info"});
    const std::string query = base::lower(base::trim(without_use(info)));
    return std::none_of(k_harmless_queries.begin(), k_harmless_queries.end(),
        [&](std::string_view harmless) { return query.starts_with(harmless); });
}

} // namespace mysql_prm::adapters::server
