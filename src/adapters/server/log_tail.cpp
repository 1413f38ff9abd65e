// log_after of replication.hpp: walks the binary log from a place to its end or to the first event that changes data.
#include "mysql_prm/adapters/server/binlog_events.hpp"
#include "mysql_prm/adapters/server/replication.hpp"
#include "mysql_prm/base/text.hpp"

#include <algorithm>

namespace mysql_prm::adapters::server {

using base::text;

namespace {

constexpr std::size_t k_page = 1000;
constexpr std::uint64_t k_first_event = 4;   // behind the file's magic number
constexpr int k_error_showing_events = 1220; // ER_ERROR_WHEN_EXECUTING_COMMAND: "Wrong offset or I/O error"

// Whether the file holds, from the offset on, an event that changes data.
Result<bool> changes_in(Session& session, const std::string& file, std::uint64_t offset)
{
    const std::string name = session.dialect().quoting().literal(file);
    while (true) {
        const auto rows = session.query(text("SHOW BINLOG EVENTS IN ", name, " FROM ", offset, " LIMIT ", k_page));
        if (!rows)
            return std::unexpected(rows.error());
        for (std::size_t i = 0; i < rows->size(); ++i)
            if (changes_data(Row{*rows, i}))
                return true;
        if (rows->size() < k_page)
            return false;
        const auto next = Row{*rows, rows->size() - 1}.number<std::uint64_t>({"End_log_pos"});
        if (next <= offset)
            return base::fail(base::ErrorKind::failed, text("the events of ", file, " do not move on behind ", offset));
        offset = next;
    }
}

} // namespace

Result<core::LogTail> log_after(Session& session, const core::FilePosition& place)
{
    const auto rows = session.query("SHOW BINARY LOGS");
    if (!rows)
        return std::unexpected(rows.error());
    const std::vector<LogFile> files = parse_binary_logs(*rows);
    core::LogTail tail;
    if (!files.empty())
        tail.end = {.server_id = place.server_id, .file = files.back().name, .offset = files.back().size};
    auto file = std::find_if(files.begin(), files.end(), [&](const LogFile& f) { return f.name == place.file; });
    if (file == files.end() || place.offset > file->size)
        return tail;
    tail.found = true;
    for (std::uint64_t offset = std::max(place.offset, k_first_event); file != files.end(); ++file, offset = k_first_event) {
        if (offset >= file->size)
            continue;
        const auto changes = changes_in(session, file->name, offset);
        if (!changes && changes.error().code == k_error_showing_events && file->name == place.file) {
            tail.found = false;
            return tail;
        }
        if (!changes)
            return std::unexpected(changes.error());
        if (*changes) {
            tail.has_events = true;
            return tail;
        }
    }
    return tail;
}

} // namespace mysql_prm::adapters::server
