#include "mysql_prm/adapters/server/binlog_events.hpp"

#include "mysql_prm/base/text.hpp"

#include <algorithm>
#include <array>

namespace mysql_prm::adapters::server {

namespace {

// MySQL prints Format_desc, MariaDB the same; Gtid is MariaDB's "BEGIN GTID 0-1-5" too: what follows it decides.
constexpr std::array<std::string_view, 12> k_framing{"format_desc", "rotate", "stop", "previous_gtids", "gtid_list",
    "binlog_checkpoint", "start_encryption", "heartbeat", "gtid", "anonymous_gtid", "gtid_tagged", "xid"};

constexpr std::array<std::string_view, 7> k_harmless_queries{
    "begin", "commit", "rollback", "flush ", "analyze ", "optimize ", "repair "};

// "use `db`; UPDATE ..." -> "UPDATE ..."
std::string_view without_use(std::string_view info)
{
    constexpr std::string_view k_end = "`; ";
    const std::size_t end = info.starts_with("use `") ? info.find(k_end) : std::string_view::npos;
    return end == std::string_view::npos ? info : info.substr(end + k_end.size());
}

std::string type_of(const Row& event)
{
    return base::lower(event.text({"Event_type"}));
}

// The GTID with which a transaction begins: "SET @@SESSION.GTID_NEXT= 'UUID:5'", MariaDB "BEGIN GTID 0-1-5 cid=7" and
// "GTID 0-1-5". Empty for one without (anonymous_gtid); nothing for every other event.
std::optional<std::string> announced_gtid(const Row& event)
{
    const auto type = type_of(event);
    if (type != "gtid" && type != "anonymous_gtid" && type != "gtid_tagged" && type != "gtid_tagged_log_event")
        return std::nullopt;
    const auto info = event.text({"Info"});
    const auto quoted = base::split(info, '\'');
    if (quoted.size() >= 2)
        return quoted[1];
    const auto words = base::words(info);
    const auto word = std::find(words.begin(), words.end(), "GTID");
    return word == words.end() || word + 1 == words.end() ? std::string{} : *(word + 1);
}

std::optional<bool> begins_behind(std::string_view type, std::string_view info, const core::ExtraTransactions& extra)
{
    if (type == "previous_gtids") {
        const auto before = gtid::MysqlGtidSet::parse(info);
        return before ? std::optional{!before->intersected(extra.mysql).empty()} : std::nullopt;
    }
    const auto open = info.find('[');
    const auto close = info.find(']');
    if (type != "gtid_list" || open == std::string_view::npos || close == std::string_view::npos)
        return std::nullopt;
    const auto before = gtid::MariadbBinlogState::parse(info.substr(open + 1, close - open - 1));
    if (!before)
        return std::nullopt;
    return std::any_of(extra.mariadb.begin(), extra.mariadb.end(), [&](const core::MariadbRange& range) {
        const auto reached = before->seq_of(range.domain, range.server_id);
        return reached && *reached >= range.first;
    });
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
    const std::string type = type_of(event);
    if (std::find(k_framing.begin(), k_framing.end(), type) != k_framing.end())
        return false;
    if (type != "query")
        return true;
    const std::string info = event.text({"Info"});
    const std::string query = base::lower(base::trim(without_use(info)));
    return std::none_of(k_harmless_queries.begin(), k_harmless_queries.end(),
        [&](std::string_view harmless) { return query.starts_with(harmless); });
}

std::optional<bool> begins_behind(const Rows& head, const core::ExtraTransactions& extra)
{
    for (std::size_t i = 0; i < head.size(); ++i) {
        const Row event{head, i};
        if (const auto known = begins_behind(type_of(event), event.text({"Info"}), extra))
            return known;
    }
    return std::nullopt;
}

void ExtraScan::take(const Row& event)
{
    if (const auto gtid = announced_gtid(event))
        m_is_inside = note(*gtid);
    else if (m_is_inside && changes_data(event))
        m_changes_data = true;
}

void ExtraScan::take_torn()
{
    if (m_is_inside || (!m_wanted.mariadb.empty() && !has_found_all()))
        m_changes_data = true;
}

bool ExtraScan::has_found_all() const
{
    return m_found.contains(m_wanted.mysql) && m_ended.size() == m_wanted.mariadb.size();
}

bool ExtraScan::note(const std::string& gtid)
{
    bool wanted = false;
    if (const auto one = gtid::MysqlGtidSet::parse(gtid); one && !one->empty() && m_wanted.mysql.contains(*one)) {
        m_found = m_found.united(*one);
        wanted = true;
    }
    if (const auto pos = gtid::MariadbGtidPos::parse(gtid); pos && !m_wanted.mariadb.empty())
        for (const auto& one : pos->gtids())
            for (const auto& range : m_wanted.mariadb) {
                if (!range.holds(one))
                    continue;
                wanted = true;
                if (one.seq == range.last)
                    m_ended.push_back(range);
            }
    m_found_any = m_found_any || wanted;
    return wanted;
}

} // namespace mysql_prm::adapters::server
