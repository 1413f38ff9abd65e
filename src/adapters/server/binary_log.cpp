#include "mysql_prm/adapters/server/binary_log.hpp"

#include "mysql_prm/adapters/server/binlog_events.hpp"
#include "mysql_prm/adapters/server/durability.hpp"
#include "mysql_prm/base/text.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <limits>

namespace mysql_prm::adapters::server {

using base::ErrorKind;
using base::text;

namespace {

constexpr std::size_t k_page = 1000;
constexpr std::size_t k_head = 5; // events of a log file before its first transaction, at most
constexpr std::size_t k_max_events = 100'000;
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

struct Page {
    Rows events;
    bool is_last = false;
};

// As many of the next events as can be read. A crash on a full disk leaves a torn event at the end of a file: MariaDB
// (10.11.19) begins the next file behind it, and shows nothing of a page that reaches it.
Result<Page> readable_events(Session& session, const std::string& file, std::uint64_t offset, std::size_t count)
{
    auto rows = events(session, file, offset, count);
    while (!rows && rows.error().code == k_error_showing_events && count > 1) {
        count /= 2;
        rows = events(session, file, offset, count);
    }
    if (!rows)
        return std::unexpected(rows.error());
    const bool is_last = rows->size() < count;
    return Page{std::move(*rows), is_last};
}

enum class LogEnd { whole, torn };

// Shows the events of a file to `go_on`, from the offset on and in pages, until it says false or the file ends. An error
// where there is no event at the offset.
template <typename GoOn>
Result<LogEnd> each_event(Session& session, const std::string& file, std::uint64_t offset, GoOn go_on)
{
    for (bool is_first = true;; is_first = false) {
        const auto page = readable_events(session, file, offset, k_page);
        if (!page && page.error().code == k_error_showing_events && !is_first)
            return LogEnd::torn;
        if (!page)
            return std::unexpected(page.error());
        for (std::size_t i = 0; i < page->events.size(); ++i)
            if (!go_on(Row{page->events, i}))
                return LogEnd::whole;
        if (page->is_last)
            return LogEnd::whole;
        const auto next = Row{page->events, page->events.size() - 1}.number<std::uint64_t>({"End_log_pos"});
        if (next <= offset)
            return base::fail(base::ErrorKind::failed, text("the events of ", file, " do not move on behind ", offset));
        offset = next;
    }
}

// Whether the file holds, from the offset on, an event that changes data; a torn one may.
Result<bool> changes_in(Session& session, const std::string& file, std::uint64_t offset)
{
    bool changes = false;
    const auto read = each_event(session, file, offset, [&](const Row& event) {
        changes = changes_data(event);
        return !changes;
    });
    if (!read)
        return std::unexpected(read.error());
    return changes || *read == LogEnd::torn;
}

// The newest file that begins before all of the extra transactions; the oldest where none is known to.
struct Start {
    std::size_t file = 0;
    bool is_before_all = false;
};

Result<Start> start_of(
    Session& session, const std::vector<LogFile>& files, const core::ExtraTransactions& extra, Deadline deadline)
{
    for (std::size_t i = files.size(); i > 0 && !deadline.expired(); --i) {
        const auto head = readable_events(session, files[i - 1].name, k_first_event, k_head);
        if (!head)
            return std::unexpected(head.error());
        if (const auto begun = begins_behind(head->events, extra); begun == false)
            return Start{i - 1, true};
    }
    return Start{};
}

std::optional<std::string> last_line(const std::filesystem::path& path)
{
    std::ifstream in(path);
    std::optional<std::string> last;
    for (std::string line; std::getline(in, line);)
        if (!line.empty())
            last = line;
    return last;
}

// MySQL puts a header before the log in an encrypted file, which positions do not count.
std::uint64_t header_size(const std::filesystem::path& path)
{
    constexpr std::string_view k_encrypted = "\xfd"
                                             "bin";
    constexpr std::uint64_t k_encryption_header = 512;
    std::array<char, 4> magic{};
    std::ifstream(path, std::ios::binary).read(magic.data(), magic.size());
    return std::string_view(magic.data(), magic.size()) == k_encrypted ? k_encryption_header : 0;
}

} // namespace

Result<core::FilePosition> SessionBinaryLog::end()
{
    const auto rows = m_session->query("SELECT @@global.log_bin_index AS log_index, @@global.datadir AS datadir, "
                                       "@@global.server_id AS server_id");
    if (!rows)
        return std::unexpected(rows.error());
    const Row row{*rows, 0};
    const std::filesystem::path datadir{row.text({"datadir"})};
    const auto index = datadir / row.text({"log_index"}); // which may be absolute
    const auto newest = last_line(index);
    if (!newest)
        return base::fail(ErrorKind::not_found, text("no binary log is named in ", index.string()));
    const auto file = datadir / *newest;
    std::error_code error;
    const auto size = std::filesystem::file_size(file, error);
    if (error)
        return base::fail(ErrorKind::not_found, text(file.string(), ": ", error.message()), error.value());
    return core::FilePosition{
        row.number<std::uint32_t>({"server_id"}), file.filename().string(), size - std::min(size, header_size(file))};
}

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

Result<core::ExtraInLog> SessionBinaryLog::look_for(const core::ExtraTransactions& extra, Deadline deadline)
{
    const auto files = list_files(*m_session);
    if (!files)
        return std::unexpected(files.error());
    if (files->empty())
        return core::ExtraInLog{.about = extra, .is_complete = true};
    const auto start = start_of(*m_session, *files, extra, deadline);
    if (!start)
        return std::unexpected(start.error());
    core::ExtraInLog out{.about = extra, .first_file = (*files)[start->file].name};
    ExtraScan scan{extra};
    std::size_t seen = 0;
    for (auto i = start->file; i < files->size() && !scan.is_decided(); ++i) {
        const auto read = each_event(*m_session, (*files)[i].name, k_first_event, [&](const Row& event) {
            const bool had_any = scan.has_found_any();
            scan.take(event);
            if (!had_any && scan.has_found_any())
                out.first_file = (*files)[i].name;
            return !scan.is_decided() && ++seen < k_max_events && !deadline.expired();
        });
        if (!read)
            return std::unexpected(read.error());
        if (*read == LogEnd::torn)
            scan.take_torn();
        if (seen >= k_max_events || deadline.expired())
            break;
    }
    out.is_complete = !deadline.expired();
    out.without_data = start->is_before_all && scan.is_without_data();
    return out;
}

Result<std::vector<ports::LogFile>> SessionBinaryLog::files()
{
    const auto files = list_files(*m_session);
    if (!files)
        return std::unexpected(files.error());
    const auto place = m_session->query("SELECT @@global.log_bin_basename AS basename");
    if (!place)
        return std::unexpected(place.error());
    const auto basename = Row{*place, 0}.text({"basename"});
    const auto folder = basename.substr(0, basename.rfind('/') + 1);
    std::vector<ports::LogFile> out;
    for (const auto& file : *files)
        out.push_back({folder + file.name, file.size});
    return out;
}

Result<std::string> SessionBinaryLog::skip_numbers(const std::set<std::uint32_t>& led, Deadline deadline)
{
    const auto& dialect = m_session->dialect();
    const auto query = dialect.numbers_query();
    if (!query)
        return std::string{};
    const auto rows = m_session->query(*query, deadline);
    if (!rows)
        return std::unexpected(rows.error());
    const auto domains = dialect.skip_numbers(*rows, led);
    if (!domains)
        return std::unexpected(domains.error());
    std::vector<std::string> all;
    for (const auto& skip : *domains) {
        for (const auto& statement : skip.statements)
            if (auto done = m_session->run(statement, deadline); !done)
                return std::unexpected(done.error());
        // A filter of the binary log, or sql_log_bin off, would have swallowed it.
        const auto last = m_session->query("SELECT @@session.last_gtid AS last_gtid", deadline);
        if (!last)
            return std::unexpected(last.error());
        const auto written = gtid::MariadbGtidPos::parse(Row{*last, 0}.text({"last_gtid"}));
        if (!written || written->seq_of(skip.domain).value_or(0) != skip.number)
            return base::fail(base::ErrorKind::failed, text("the server did not write number ", skip.number));
        all.push_back(written->to_string());
    }
    return base::join(all, ",");
}

Result<void> SessionBinaryLog::insist_on_order()
{
    const auto statement = m_session->dialect().insist_on_order();
    return statement ? m_session->run(*statement) : Result<void>{};
}

// GTID_NEXT is set back in any case: with one that is used up, every later statement of this session would fail.
Result<void> SessionBinaryLog::adopt_empty(const gtid::MysqlGtidSet& gtids, Deadline deadline)
{
    Result<void> done;
    for (const auto& gtid : gtids.names(std::numeric_limits<std::size_t>::max())) {
        const auto next = text("SET SESSION gtid_next = ", m_session->dialect().quoting().literal(gtid));
        for (const auto& statement : {next, std::string{"BEGIN"}, std::string{"COMMIT"}})
            if (done)
                done = m_session->run(statement);
        if (done && deadline.expired())
            done = base::fail(base::ErrorKind::timed_out, text("no time for those behind ", gtid));
        if (!done)
            break;
    }
    const auto automatic = m_session->run("SET SESSION gtid_next = 'AUTOMATIC'");
    return done ? automatic : done;
}

Result<std::vector<std::string>> SessionBinaryLog::settings_that_lose()
{
    const auto rows = m_session->query(k_durability_query);
    if (!rows)
        return std::unexpected(rows.error());
    return parse_settings_that_lose(*rows);
}

Result<std::vector<std::string>> SessionBinaryLog::filters()
{
    const auto replica = m_session->query(m_session->dialect().replica_query());
    if (!replica)
        return std::unexpected(replica.error());
    auto filters = parse_filters(*replica);
    const auto log = m_session->query(m_session->dialect().log_end_query());
    if (!log) // MariaDB's waits behind commits that wait for an acknowledgement
        return filters;
    for (auto& filter : parse_filters(*log))
        filters.push_back(std::move(filter));
    return filters;
}

} // namespace mysql_prm::adapters::server
