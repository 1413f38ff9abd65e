#include "mysql_prm/adapters/mysqld/local_mysqld.hpp"

#include "mysql_prm/adapters/mysqld/arguments.hpp"
#include "mysql_prm/adapters/mysqld/binary.hpp"
#include "mysql_prm/adapters/mysqld/checks.hpp"
#include "mysql_prm/adapters/mysqld/data_directory.hpp"
#include "mysql_prm/adapters/mysqld/error_log.hpp"
#include "mysql_prm/adapters/mysqld/server_process.hpp"
#include "mysql_prm/adapters/os/account.hpp"
#include "mysql_prm/adapters/os/daemon.hpp"
#include "mysql_prm/adapters/os/folder_lock.hpp"
#include "mysql_prm/adapters/os/posix_files.hpp"
#include "mysql_prm/adapters/os/unix_socket.hpp"
#include "mysql_prm/base/text.hpp"

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <fcntl.h>
#include <mutex>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

namespace mysql_prm::adapters::mysqld {

using base::ErrorKind;
using base::fail;
using base::Millis;
using base::text;
using ports::MysqldSettings;
using ports::StartRole;
using ports::StopOutcome;

namespace {

constexpr std::size_t k_log_to_read = 64 * 1024;
constexpr Millis k_longest_version_call{10'000};
constexpr const char* k_take_own_option = "--replicate-same-server-id";
constexpr Millis k_look_again{50};
constexpr Millis k_kill_patience{5000};

// Opens the log for what the server prints before it opens it itself. The folder belongs to the server's account and we are
// root: a link there is not followed, and only a file that we made changes its owner. -1: let it go to /dev/null.
int open_log(const MysqldSettings& settings)
{
    constexpr int k_flags = O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
    int fd = ::open(settings.log.c_str(), k_flags | O_CREAT | O_EXCL, 0640);
    const bool made = fd >= 0;
    if (!made)
        fd = ::open(settings.log.c_str(), k_flags);
    struct stat info { };
    if (fd < 0 || ::fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
        if (fd >= 0)
            ::close(fd);
        return -1;
    }
    if (!made || ::geteuid() != 0)
        return fd;
    if (const auto account = os::find_account(settings.user, settings.group)) [[maybe_unused]]
        const int changed = ::fchown(fd, account->user, account->group);
    return fd;
}

class HeldProcess final : public ports::ServerProcess {
public:
    explicit HeldProcess(os::ProcessHandle handle) : m_handle(std::move(handle)) { }
    [[nodiscard]] bool wait_for_end(Deadline deadline) const override { return m_handle.wait_for_end(deadline); }
    [[nodiscard]] std::optional<Millis> processor_time() const override { return m_handle.processor_time(); }
    Result<void> kill() override { return m_handle.signal(SIGKILL); }

private:
    os::ProcessHandle m_handle;
};

} // namespace

LocalMysqld::LocalMysqld(MysqldSettings settings, ports::Runner& runner, ports::Files& files, ports::Clock& clock)
    : m_settings(std::move(settings)), m_runner(runner), m_files(files), m_clock(clock)
{
}

std::optional<os::ProcessInfo> LocalMysqld::find_running() const
{
    if (auto server = server_in_pid_file(m_settings))
        return server;
    const auto servers = find_servers(m_settings);
    return servers.empty() ? std::nullopt : std::optional(servers.front());
}

std::optional<pid_t> LocalMysqld::running()
{
    const auto server = find_running();
    return server ? std::optional(server->pid) : std::nullopt;
}

std::unique_ptr<ports::ServerProcess> LocalMysqld::hold()
{
    const auto server = find_running();
    auto handle = server ? os::ProcessHandle::open(*server) : std::nullopt;
    return handle ? std::make_unique<HeldProcess>(std::move(*handle)) : nullptr;
}

bool LocalMysqld::is_silent(Deadline deadline)
{
    return os::is_silent(m_settings.socket, deadline);
}

Result<core::ServerVersion> LocalMysqld::version(Deadline deadline)
{
    const auto server = find_server(m_settings.binary);
    if (!server)
        return std::unexpected(server.error());
    const auto result = m_runner.run({*server, "--no-defaults", "--version"}, deadline.within(k_longest_version_call));
    if (!result)
        return std::unexpected(result.error());
    const auto version = parse_version(result->out);
    if (result->exit_status != 0 || !version) {
        const auto said = base::shorten(base::trim(result->err + result->out), 80);
        return fail(ErrorKind::not_installed,
            text(
                "'", *server, "' is no MySQL or MariaDB server: --version ", said.empty() ? "says nothing" : "says: ", said),
            result->exit_status);
    }
    return *version;
}

Result<void> LocalMysqld::check_files(StartRole role, bool may_create)
{
    return check_start(m_settings, m_files, role, may_create);
}

bool LocalMysqld::datadir_is_empty()
{
    const auto state = datadir_state(m_settings.datadir);
    return state == DatadirState::missing || state == DatadirState::empty || state == DatadirState::partial;
}

Result<void> LocalMysqld::create_datadir(const core::ServerVersion& version, Deadline deadline)
{
    const auto server = find_server(m_settings.binary);
    if (!server)
        return std::unexpected(server.error());
    return create_data_directory(m_settings, version, *server, m_runner, deadline);
}

Result<void> LocalMysqld::check_launch(StartRole role)
{
    const auto servers = find_servers(m_settings);
    if (!servers.empty())
        return fail(
            ErrorKind::conflict, text("process ", servers.front().pid, " already serves '", m_settings.datadir, "'"));
    if (const auto wrappers = find_wrappers(m_settings, {}); !wrappers.empty())
        return fail(ErrorKind::conflict,
            text("'", wrappers.front().name, "' (process ", wrappers.front().pid, ") is about to start a server on '",
                m_settings.datadir, "'"));
    if (const auto rival = find_rival(m_settings))
        return fail(ErrorKind::conflict,
            text(*rival == 0 ? "a process" : text("process ", *rival), " uses our socket '", m_settings.socket,
                "' or pid file for another data directory"));
    // MariaDB starts in an empty folder, fills it with half a database and then gives up
    if (datadir_state(m_settings.datadir) != DatadirState::whole)
        return fail(ErrorKind::conflict, text("data directory '", m_settings.datadir, "' is missing, empty or half-made"));
    return role == StartRole::replica ? check_persisted(m_settings, m_files) : Result<void>();
}

Result<void> LocalMysqld::make_run_folders() const
{
    for (const auto& file : {m_settings.pid_file, m_settings.socket}) {
        const auto folder = os::folder_of(file);
        if (file.empty() || os::is_folder(folder))
            continue;
        if (auto made = os::make_folders(folder, 0755); !made)
            return made;
        if (::geteuid() != 0)
            continue;
        const auto account = os::find_account(m_settings.user, m_settings.group);
        if (!account)
            return std::unexpected(account.error());
        if (::lchown(folder.c_str(), account->user, account->group) != 0)
            return std::unexpected(os::file_error("change the owner of", folder, errno));
    }
    return {};
}

// Only while nothing serves the data directory. The socket's lock file counts: MySQL refuses to start while it names a live
// process, and after a power loss that PID may be anybody's.
Result<void> LocalMysqld::remove_stale_files()
{
    for (const auto& file : {m_settings.pid_file, m_settings.socket, m_settings.socket + ".lock"})
        if (file.starts_with('/'))
            if (auto removed = m_files.remove(file); !removed)
                return removed;
    return {};
}

// What carries its own server_id a replica passes over in silence (9.7.4), so that data of a backup, or a log that lost its
// end, would go on without what this server wrote later. With GTID the server takes that too if it is told to. Without, it
// does not start then, and says so in this form too, in which options of plugins that are not loaded are no error.
bool LocalMysqld::may_take_own(
    std::vector<std::string> argv, const core::ServerVersion& version, StartRole role, Deadline deadline)
{
    constexpr std::uint32_t k_first = 80016; // older ones may not know the exception for GTID
    if (role != StartRole::replica || version.flavor != core::Flavor::mysql || version.number < k_first)
        return false;
    std::erase_if(argv, [](const std::string& argument) { return argument.starts_with("--log-error="); });
    argv.insert(argv.end(), {k_take_own_option, "--verbose", "--help"});
    const auto answer = m_runner.run(argv, deadline.within(k_longest_version_call));
    return answer && answer->exit_status == 0;
}

Result<pid_t> LocalMysqld::launch(const core::ServerVersion& version, StartRole role, Deadline deadline)
{
    const auto server = find_server(m_settings.binary);
    if (!server)
        return std::unexpected(server.error());
    const auto lock = os::FolderLock::take(m_settings.datadir, deadline);
    if (!lock)
        return std::unexpected(lock.error());
    auto ready = check_launch(role);
    if (ready)
        ready = make_run_folders();
    if (ready)
        ready = remove_stale_files();
    if (!ready)
        return std::unexpected(ready.error());
    auto argv = start_arguments(*server, m_settings, version, role, ::geteuid() == 0);
    if (may_take_own(argv, version, role, deadline))
        argv.emplace_back(k_take_own_option);
    m_log_before = os::file_size(m_settings.log);
    const os::UniqueFd output(open_log(m_settings));
    return os::start_detached(argv, output.get(), deadline);
}

std::string LocalMysqld::last_error()
{
    return last_error_line(os::read_end(m_settings.log, m_log_before, k_log_to_read));
}

Result<void> LocalMysqld::end_wrappers(const std::vector<os::ProcessInfo>& wrappers, Deadline deadline)
{
    for (const auto& wrapper : wrappers) {
        const auto handle = os::ProcessHandle::open(wrapper);
        if (!handle)
            continue;
        if (auto sent = handle->signal(SIGKILL); !sent)
            return sent;
        if (!handle->wait_for_end(deadline))
            return fail(
                ErrorKind::timed_out, text("'", wrapper.name, "' (process ", wrapper.pid, ") does not end after SIGKILL"));
    }
    return {};
}

// True when it took SIGKILL. A stopped process (SIGSTOP) keeps SIGTERM pending until the grace is over; SIGKILL ends it.
Result<bool> LocalMysqld::end_server(const os::ProcessInfo& server, Deadline grace, Deadline deadline)
{
    const auto handle = os::ProcessHandle::open(server);
    if (!handle)
        return false;
    if (!grace.expired()) {
        if (auto sent = handle->signal(SIGTERM); !sent)
            return std::unexpected(sent.error());
        if (handle->wait_for_end(grace))
            return false;
    }
    if (auto sent = handle->signal(SIGKILL); !sent)
        return std::unexpected(sent.error());
    if (!handle->wait_for_end(deadline))
        return fail(ErrorKind::timed_out, text("server process ", server.pid, " does not end after SIGKILL"));
    return true;
}

Result<StopOutcome> LocalMysqld::end_round(Deadline grace, Deadline deadline)
{
    auto servers = find_servers(m_settings);
    if (auto named = server_in_pid_file(m_settings); named && !serves(*named, m_settings))
        servers.push_back(*named); // known by our pid file or socket alone
    const auto wrappers = find_wrappers(m_settings, servers);
    if (servers.empty() && wrappers.empty())
        return StopOutcome::was_not_running;
    if (auto ended = end_wrappers(wrappers, deadline); !ended)
        return std::unexpected(ended.error());
    auto outcome = StopOutcome::ended;
    for (const auto& server : servers) {
        const auto killed = end_server(server, grace, deadline);
        if (!killed)
            return std::unexpected(killed.error());
        if (*killed)
            outcome = StopOutcome::killed;
    }
    if (servers.empty()) // what the wrapper had just begun to start needs a moment to be seen
        m_clock.pause(k_look_again, deadline);
    return outcome;
}

Result<StopOutcome> LocalMysqld::stop(Deadline grace, Deadline deadline)
{
    const auto lock = os::FolderLock::take(m_settings.datadir, deadline);
    if (!lock)
        return std::unexpected(lock.error());
    if (auto ended = end_interrupted_creation(m_settings, deadline); !ended)
        return std::unexpected(ended.error());
    auto outcome = StopOutcome::was_not_running;
    while (true) {
        const auto round = end_round(grace, deadline);
        if (!round)
            return round;
        if (*round == StopOutcome::was_not_running)
            break;
        outcome = std::max(outcome, *round); // killed is the strongest
        if (deadline.expired())
            return fail(ErrorKind::timed_out, text("processes of '", m_settings.datadir, "' keep coming back"));
    }
    if (find_rival(m_settings))
        return outcome; // what lies there is not ours
    if (auto removed = remove_stale_files(); !removed)
        return std::unexpected(removed.error());
    return outcome;
}

Result<StopOutcome> LocalMysqld::kill(Deadline deadline)
{
    return stop(Deadline::after(Millis{0}), deadline);
}

class LocalMysqld::KillingCountdown final : public ports::Countdown {
public:
    KillingCountdown(LocalMysqld& mysqld, Deadline time)
        : m_thread([this, &mysqld, time](const std::stop_token& stop) {
              std::unique_lock lock(m_mutex);
              m_changed.wait_for(lock, stop, time.remaining(), [] { return false; });
              if (!stop.stop_requested())
                  static_cast<void>(mysqld.kill(Deadline::after(k_kill_patience)));
          })
    {
    }

private:
    std::mutex m_mutex;
    std::condition_variable_any m_changed;
    std::jthread m_thread; // the last one: it uses the others
};

std::unique_ptr<ports::Countdown> LocalMysqld::kill_at(Deadline time)
{
    return std::make_unique<KillingCountdown>(*this, time);
}

} // namespace mysql_prm::adapters::mysqld
