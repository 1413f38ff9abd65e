#include "mysql_prm/adapters/server/binary_log.hpp"

#include "mysql_prm/adapters/server/binlog_events.hpp"
#include "mysql_prm/base/text.hpp"

#include <algorithm>

namespace mysql_prm::adapters::server {

using base::text;

namespace {

constexpr std::size_t k_page = 1000;
constexpr std::uint64_t k_first_event = 4;   // behind the file's magic number
constexpr int k_error_showing_events = 1220; // ER_ERROR_WHEN_EXECUTING_COMMAND: "Wrong offset or I/O error"

Result<std::vector<LogFile>> list_files(Session& session)
{
    const auto rows = session.query("SHOW BINARY LOGS");
    if (!rows)
        return std::unexpected(rows.error());
    return parse_binary_logs(*rows);
}

Result<Rows> events(Session& session, const std::string& file, std::uint64_t offset, std::size_t count)
{
    return session.query(
        text("SHOW BINLOG EVENTS IN ", session.dialect().quoting().literal(file), " FROM ", offset, " LIMIT ", count));
}

// Shows the events of a file to `go_on`, from the offset on and in pages, until it says false or the file ends.
template <typename GoOn>
Result<void> each_event(Session& session, const std::string& file, std::uint64_t offset, GoOn go_on)
{
    while (true) {
        const auto rows = events(session, file, offset, k_page);
        if (!rows)
            return std::unexpected(rows.error());
        for (std::size_t i = 0; i < rows->size(); ++i)
            if (!go_on(Row{*rows, i}))
                return {};
        if (rows->size() < k_page)
            return {};
        const auto next = Row{*rows, rows->size() - 1}.number<std::uint64_t>({"End_log_pos"});
        if (next <= offset)
            return base::fail(base::ErrorKind::failed, text("the events of ", file, " do not move on behind ", offset));
        offset = next;
    }
}

// Whether the file holds, from the offset on, an event that changes data.
Result<bool> changes_in(Session& session, const std::string& file, std::uint64_t offset)
{
    bool changes = false;
    const auto read = each_event(session, file, offset, [&](const Row& event) {
        changes = changes_data(event);
        return !changes;
    });
    return read ? Result<bool>{changes} : std::unexpected(read.error());
}

} // namespace

Result<core::LogTail> SessionBinaryLog::after(const core::FilePosition& place)
{
    const auto listed = list_files(*m_session);
    if (!listed)
        return std::unexpected(listed.error());
    const auto& files = *listed;
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
        const auto changes = changes_in(*m_session, file->name, offset);
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

Result<std::string> SessionBinaryLog::skip_numbers(Deadline deadline)
{
    const auto& dialect = m_session->dialect();
    const auto query = dialect.numbers_query();
    if (!query)
        return std::string{};
    const auto rows = m_session->query(*query, deadline);
    if (!rows)
        return std::unexpected(rows.error());
    const auto skip = dialect.skip_numbers(*rows);
    if (!skip)
        return std::unexpected(skip.error());
    for (const auto& statement : skip->statements)
        if (auto done = m_session->run(statement, deadline); !done)
            return std::unexpected(done.error());
    // A filter of the binary log, or sql_log_bin off, would have swallowed it.
    const auto last = m_session->query("SELECT @@session.last_gtid AS last_gtid", deadline);
    if (!last)
        return std::unexpected(last.error());
    const auto written = gtid::MariadbGtidPos::parse(Row{*last, 0}.text({"last_gtid"}));
    if (!written || written->seq_of(skip->domain).value_or(0) != skip->number)
        return base::fail(base::ErrorKind::failed, text("the server did not write number ", skip->number));
    return written->to_string();
}

Result<void> SessionBinaryLog::insist_on_order()
{
    const auto statement = m_session->dialect().insist_on_order();
    return statement ? m_session->run(*statement) : Result<void>{};
}

} // namespace mysql_prm::adapters::server
