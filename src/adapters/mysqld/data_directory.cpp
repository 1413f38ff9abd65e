#include "mysql_prm/adapters/mysqld/data_directory.hpp"

#include "mysql_prm/adapters/mysqld/arguments.hpp"
#include "mysql_prm/adapters/mysqld/binary.hpp"
#include "mysql_prm/adapters/mysqld/error_log.hpp"
#include "mysql_prm/adapters/mysqld/server_process.hpp"
#include "mysql_prm/adapters/os/account.hpp"
#include "mysql_prm/adapters/os/folder_lock.hpp"
#include "mysql_prm/adapters/os/posix_files.hpp"
#include "mysql_prm/adapters/os/unique_fd.hpp"
#include "mysql_prm/base/text.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <unistd.h>

namespace mysql_prm::adapters::mysqld {

using base::Deadline;
using base::ErrorKind;
using base::fail;
using base::Result;
using base::text;
using ports::MysqldSettings;

namespace {

constexpr std::size_t k_log_to_read = 64 * 1024;
constexpr std::size_t k_longest_reason = 100;
constexpr base::Millis k_end_of_leftover{5000};

std::string partial_of(const std::string& datadir)
{
    return text(datadir, "/", k_partial_folder);
}
std::string mark_in(const std::string& folder)
{
    return text(folder, "/", k_created_mark);
}

bool counts(const std::string& name)
{
    return name != "lost+found" && !name.starts_with('.');
}

Result<void> make_owned_folder(const std::string& path, const MysqldSettings& settings)
{
    if (auto made = os::make_folders(path, 0750); !made)
        return made;
    if (::geteuid() != 0 || settings.user.empty())
        return {};
    const auto account = os::find_account(settings.user, settings.group);
    if (!account)
        return std::unexpected(account.error());
    if (::lchown(path.c_str(), account->user, account->group) != 0)
        return std::unexpected(os::file_error("change the owner of", path, errno));
    return {};
}

Result<void> remove_partial(const std::string& partial)
{
    std::error_code error;
    std::filesystem::remove_all(partial, error);
    if (error)
        return std::unexpected(os::file_error("remove", partial, error.value()));
    return {};
}

Result<void> sync_everything_in(const std::string& folder)
{
    const os::UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd.valid() || ::syncfs(fd.get()) != 0)
        return std::unexpected(os::file_error("sync", folder, errno));
    return {};
}

std::string last_words(const ports::ProcessResult& result, const std::string& log, std::uint64_t log_before)
{
    for (const auto& words : {os::read_end(log, log_before, k_log_to_read), result.err, result.out})
        if (auto line = last_error_line(words); !line.empty())
            return line;
    const auto& rest = base::trim(result.err).empty() ? result.out : result.err;
    for (const auto& line : base::split(base::trim(rest), '\n'))
        if (line.find("FATAL ERROR") != std::string::npos) // mariadb-install-db's own
            return base::shorten(line, k_longest_reason);
    const auto begin = base::trim(rest);
    return base::shorten(begin.substr(0, begin.find('\n')), k_longest_reason);
}

Result<void> run_initialisation(const MysqldSettings& settings, const core::ServerVersion& version,
    const std::string& server, ports::Runner& runner, Deadline deadline)
{
    std::string program = server;
    std::string basedir;
    if (version.flavor == core::Flavor::mariadb) {
        auto script = find_install_db(server);
        if (!script)
            return std::unexpected(script.error());
        program = *script;
        const auto prefix = os::folder_of(os::folder_of(server));
        basedir = prefix == "/usr" || prefix == "/" ? "" : prefix; // a packaged script knows its own places
    }
    const auto partial = partial_of(settings.datadir);
    const auto log_before = os::file_size(settings.log);
    const auto result
        = runner.run(create_arguments(program, settings, version, partial, basedir, ::geteuid() == 0), deadline);
    if (!result)
        return std::unexpected(result.error());
    if (result->exit_status != 0)
        return fail(ErrorKind::failed, text("cannot make a data directory: ", last_words(*result, settings.log, log_before)),
            result->exit_status);
    if (!os::is_folder(partial + "/mysql"))
        return fail(ErrorKind::failed, text("'", program, "' ended well but made no system tables"));
    return {};
}

// From nothing to a folder with the mark in it. What fails is taken away again: a disk that is full would stay so.
Result<void> build_partial(const MysqldSettings& settings, const core::ServerVersion& version, const std::string& server,
    ports::Runner& runner, Deadline deadline)
{
    const auto partial = partial_of(settings.datadir);
    auto done = make_owned_folder(partial, settings);
    if (done)
        done = run_initialisation(settings, version, server, runner, deadline);
    if (done)
        done = sync_everything_in(partial);
    if (done)
        done = os::PosixFiles().replace(mark_in(partial), text(version.text, "\n"));
    if (done)
        return done;
    const auto reason = done;
    if (auto ended = end_interrupted_creation(settings, Deadline::after(k_end_of_leftover)); ended)
        static_cast<void>(remove_partial(partial)); // best effort: the next attempt does it again
    return reason;
}

Result<void> move_up(const std::string& datadir)
{
    const auto partial = partial_of(datadir);
    auto names = os::list_folder(partial);
    if (!names)
        return std::unexpected(names.error());
    std::ranges::stable_partition(*names, [](const std::string& name) { return name != k_created_mark; });
    for (const auto& name : *names) {
        const auto from = text(partial, "/", name);
        const auto to = text(datadir, "/", name);
        if (os::exists(to))
            return fail(ErrorKind::conflict, text("'", to, "' is in the way of the data directory being made"));
        if (::rename(from.c_str(), to.c_str()) != 0)
            return std::unexpected(os::file_error("move", from, errno));
    }
    if (::rmdir(partial.c_str()) != 0)
        return std::unexpected(os::file_error("remove", partial, errno));
    return os::sync_folder(datadir);
}

bool has_other_entries(const std::string& datadir)
{
    const auto names = os::list_folder(datadir);
    return names && std::ranges::any_of(*names, counts);
}

} // namespace

Result<void> end_interrupted_creation(const MysqldSettings& settings, Deadline deadline)
{
    auto half = settings;
    half.datadir = partial_of(settings.datadir);
    if (!os::exists(half.datadir))
        return {};
    for (const auto& process : find_servers(half)) {
        const auto handle = os::ProcessHandle::open(process);
        if (!handle)
            continue;
        if (auto sent = handle->signal(SIGKILL); !sent)
            return sent;
        if (!handle->wait_for_end(deadline.within(k_end_of_leftover)))
            return fail(ErrorKind::timed_out, text("process ", process.pid, " of an earlier attempt does not end"));
    }
    return {};
}

DatadirState datadir_state(const std::string& datadir)
{
    if (!os::is_folder(datadir))
        return DatadirState::missing;
    if (os::exists(partial_of(datadir)))
        return DatadirState::partial;
    if (os::is_folder(datadir + "/mysql"))
        return DatadirState::whole;
    return has_other_entries(datadir) ? DatadirState::foreign : DatadirState::empty;
}

Result<void> create_data_directory(const MysqldSettings& settings, const core::ServerVersion& version,
    const std::string& server, ports::Runner& runner, Deadline deadline)
{
    const auto& datadir = settings.datadir;
    const auto partial = partial_of(datadir);
    if (!os::is_folder(datadir))
        if (auto made = make_owned_folder(datadir, settings); !made)
            return made;
    const auto lock = os::FolderLock::take(datadir, deadline);
    if (!lock)
        return std::unexpected(lock.error());
    if (os::exists(mark_in(partial)))
        return move_up(datadir);
    if (os::is_folder(datadir + "/mysql") || has_other_entries(datadir))
        return fail(ErrorKind::conflict, text("data directory '", datadir, "' is not empty"));
    if (os::exists(partial)) {
        if (auto ended = end_interrupted_creation(settings, deadline); !ended)
            return ended;
        if (auto removed = remove_partial(partial); !removed)
            return removed;
    }
    if (auto built = build_partial(settings, version, server, runner, deadline); !built)
        return built;
    return move_up(datadir);
}

} // namespace mysql_prm::adapters::mysqld
