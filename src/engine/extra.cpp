#include "mysql_prm/engine/extra.hpp"

#include "mysql_prm/base/text.hpp"
#include "mysql_prm/log/log.hpp"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <numeric>
#include <string_view>

namespace mysql_prm::engine {
namespace {

using base::text;

constexpr Millis k_look_patience{2000};
constexpr Millis k_copy_patience{3000};
constexpr Millis k_adopt_patience{2000};
constexpr std::size_t k_adopt_at_once = 200;
constexpr std::uint64_t k_max_copy = std::uint64_t{8} * 1024 * 1024 * 1024;

// "20261121T104100Z", so long ago. Sorted by name they are sorted by time.
std::string timestamp(const Context& context, std::chrono::seconds ago = std::chrono::seconds{0})
{
    const auto then = static_cast<std::time_t>(now_seconds(context) - ago.count());
    std::tm parts{};
    gmtime_r(&then, &parts);
    std::string out(32, '\0');
    out.resize(std::strftime(out.data(), out.size(), "%Y%m%dT%H%M%SZ", &parts));
    return out;
}

// What somebody else has put there is not ours to remove.
bool is_timestamp(const std::string& name)
{
    constexpr std::string_view k_shape = "00000000T000000Z";
    return std::ranges::equal(
        name, k_shape, [](char c, char shape) { return shape == '0' ? c >= '0' && c <= '9' : c == shape; });
}

std::string name_of(const std::string& path)
{
    return path.substr(path.rfind('/') + 1);
}

// From the file that holds the first of them on; all, where that one is gone.
std::vector<ports::LogFile> files_from(std::vector<ports::LogFile> files, const std::string& first)
{
    const auto begin = std::ranges::find(files, first, [](const ports::LogFile& file) { return name_of(file.path); });
    if (begin != files.end())
        files.erase(files.begin(), begin);
    return files;
}

Result<bool> copy_files(const Context& context, const std::vector<ports::LogFile>& files, const std::string& folder)
{
    const auto size = std::accumulate(files.begin(), files.end(), std::uint64_t{0},
        [](std::uint64_t sum, const ports::LogFile& file) { return sum + file.size; });
    if (size > k_max_copy)
        return base::fail(
            base::ErrorKind::failed, text("the binary logs from ", name_of(files.front().path), " on have more than 8 GiB"));
    const auto deadline = context.deadline.less(Millis{1000}).within(k_copy_patience);
    for (const auto& file : files)
        if (const auto copied
            = context.ports.files.copy_log(file.path, folder + "/" + name_of(file.path), file.size, deadline);
            !copied || !*copied)
            return copied;
    return true;
}

// What is to be saved.
struct Extra {
    std::string what; // names it
    std::string first_file;
    std::string reader; // the command that shows it, but for the names of the files
};

std::string note_of(const Context& context, const std::vector<ports::LogFile>& files, const Extra& extra)
{
    std::string names;
    for (const auto& file : files)
        names += text(' ', name_of(file.path));
    const auto& state = context.memory.state;
    return text("node:         ", context.ports.cluster.local_node(), "\ntime:         ", timestamp(context),
        "\nprimary:      ", state.record, "\ntransactions: ", extra.what, "\nfiles:       ", names,
        "\nto read them: ", extra.reader, names, "\n");
}

// They count as what the primary held when this server joined it: a ballot need not look for them.
void note_known(const Context& context, const gtid::MysqlGtidSet& gtids)
{
    auto& known = context.memory.state.joining_position;
    if (const auto before = core::parse_position(known); before && std::holds_alternative<gtid::MysqlGtidSet>(*before))
        known = core::to_string(core::Position{std::get<gtid::MysqlGtidSet>(*before).united(gtids)});
}

Result<bool> copy_all(const Context& context, ports::Server& own, const Extra& extra)
{
    auto& state = context.memory.state;
    auto files = own.binary_log().files();
    if (!files)
        return std::unexpected(files.error());
    *files = files_from(std::move(*files), extra.first_file);
    if (files->empty())
        return base::fail(base::ErrorKind::not_found, "there is no binary log");
    if (state.extra_folder.empty()) {
        state.extra_folder = text(context.settings.extra_folder, "/", timestamp(context));
        context.memory.save(); // a copy that is killed goes on there
    }
    const auto copied = copy_files(context, *files, state.extra_folder);
    if (!copied || !*copied)
        return copied;
    const auto noted
        = context.ports.files.replace(state.extra_folder + "/transactions.txt", note_of(context, *files, extra));
    return noted ? Result<bool>{true} : std::unexpected(noted.error());
}

std::string save(const Context& context, ports::Server& own, const Extra& extra)
{
    auto& state = context.memory.state;
    if (state.extra_saved == extra.what)
        return "saved in " + state.extra_folder;
    if (context.settings.extra_folder.empty())
        return {};
    const auto copied = copy_all(context, own, extra);
    state.extra_unfinished = copied && !*copied;
    if (!copied)
        return "not saved: " + copied.error().message;
    if (!*copied)
        return "being saved in " + state.extra_folder;
    state.extra_saved = extra.what;
    log::info(text("saved the binary logs with what the primary lacks in ", state.extra_folder));
    drop_old_extra(context);
    return "saved in " + state.extra_folder;
}

} // namespace

Result<core::ExtraInLog> read_extra(const Context& context, ports::Server& own, const core::ExtraTransactions& extra)
{
    auto& state = context.memory.state;
    if (const auto known = core::to_string(extra); state.extra == known)
        return core::ExtraInLog{extra, state.extra_without_data, true, state.extra_file};
    auto found = own.binary_log().look_for(extra, context.deadline.within(k_look_patience));
    if (!found)
        return found;
    if (found->is_complete) {
        state.extra = core::to_string(extra);
        state.extra_without_data = found->without_data;
        state.extra_file = found->first_file;
    }
    return found;
}

std::string save_extra(const Context& context, ports::Server& own, const core::ExtraInLog& found)
{
    const auto& mysql = found.about.mysql;
    return save(context, own,
        {.what = core::to_string(found.about),
            .first_file = found.first_file,
            .reader = mysql.empty() ? "mariadb-binlog --verbose"
                                    : text("mysqlbinlog --verbose --include-gtids='", mysql.to_string(), "'")});
}

std::string save_log(const Context& context, ports::Server& own, const core::FilePosition& behind, core::Flavor flavor)
{
    return save(context, own,
        {.what = text("behind ", core::to_string(core::Position{behind})),
            .first_file = behind.file,
            .reader = text(flavor == core::Flavor::mariadb ? "mariadb-binlog" : "mysqlbinlog",
                " --verbose --start-position=", behind.offset)});
}

void drop_old_extra(const Context& context)
{
    const auto& settings = context.settings;
    if (settings.extra_folder.empty() || (settings.extra_keep == 0 && settings.extra_age.count() == 0))
        return;
    auto saved = context.ports.files.folders(settings.extra_folder);
    std::erase_if(saved, [](const std::string& name) { return !is_timestamp(name); });
    const auto too_many
        = settings.extra_keep == 0 || saved.size() <= settings.extra_keep ? 0 : saved.size() - settings.extra_keep;
    const auto oldest = settings.extra_age.count() == 0 ? std::string{} : timestamp(context, settings.extra_age);
    for (std::size_t i = 0; i < saved.size() && (i < too_many || saved[i] < oldest); ++i) {
        const auto folder = settings.extra_folder + "/" + saved[i];
        if (folder == context.memory.state.extra_folder)
            continue;
        if (const auto removed = context.ports.files.remove_folder(folder); removed)
            log::info(text("removed what was saved in ", folder, " (extra_transactions_keep, extra_transactions_days)"));
        else
            log::warn(removed.error().message);
    }
}

void forget_extra(const Context& context)
{
    auto& state = context.memory.state;
    state.extra.clear();
    state.extra_file.clear();
    state.extra_folder.clear();
    state.extra_saved.clear();
    state.extra_without_data = state.extra_unfinished = false;
}

void have_adopted(const Context& context, ports::Server& primary, const core::ExtraTransactions& extra)
{
    if (extra.empty())
        return;
    const auto some = gtid::MysqlGtidSet::parse(base::join(extra.mysql.names(k_adopt_at_once), ",")).value();
    const auto what = text("transactions without data (FLUSH, ANALYZE and the like) that only this server has: ",
        base::shorten(some.to_string(), 200));
    const auto adopted = primary.binary_log().adopt_empty(some, context.deadline.within(k_adopt_patience));
    if (adopted) {
        log::info("the primary counts as its own " + what);
        note_known(context, some);
    } else {
        log::warn(text("cannot have the primary count as its own ", what, ": ", adopted.error().message));
    }
}

} // namespace mysql_prm::engine
