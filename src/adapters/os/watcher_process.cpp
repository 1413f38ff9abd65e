#include "mysql_prm/adapters/os/watcher_process.hpp"

#include "mysql_prm/adapters/os/daemon.hpp"
#include "mysql_prm/adapters/os/posix_files.hpp"
#include "mysql_prm/adapters/os/process.hpp"
#include "mysql_prm/adapters/os/system_clock.hpp"
#include "mysql_prm/base/text.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace mysql_prm::adapters::os {

using base::Deadline;
using base::ErrorKind;
using base::fail;
using base::Millis;
using base::Result;
using base::text;

namespace {

constexpr Millis k_look_again{5};
constexpr Millis k_launch_patience{1000};

UniqueFd open_lock(const std::string& path, int flags)
{
    return UniqueFd(::open(path.c_str(), flags | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0600));
}

std::string read_all(int fd)
{
    std::string out;
    std::array<char, 4096> block{};
    for (;;) {
        const auto size = ::read(fd, block.data(), block.size());
        if (size < 0 && errno == EINTR)
            continue;
        if (size <= 0)
            return out;
        out.append(block.data(), static_cast<std::size_t>(size));
    }
}

// Tells this program from what an upgrade has put in its place.
std::string program_id()
{
    struct stat info { };
    return ::stat("/proc/self/exe", &info) == 0 ? text(info.st_dev, ':', info.st_ino) : std::string{"unknown"};
}

struct Holder {
    ProcessInfo process;    // PID 0 while it has not said which it is
    std::string program;    // likewise empty; one of an earlier version did not say it
    std::string parameters; // as above
};

// Of the lock; nothing: nobody has it.
std::optional<Holder> holder(const std::string& path)
{
    const auto fd = open_lock(path, 0);
    if (!fd.valid() || ::flock(fd.get(), LOCK_SH | LOCK_NB) == 0)
        return std::nullopt;
    const auto words = base::words(read_all(fd.get()));
    if (words.size() < 2)
        return Holder{};
    auto process = read_process(base::to_int<pid_t>(words[0]).value_or(0));
    if (!process || process->start_time != base::to_int<unsigned long long>(words[1]).value_or(0))
        return Holder{};
    const auto word = [&](std::size_t i) { return words.size() > i ? words[i] : std::string{}; };
    return Holder{std::move(*process), word(2), word(3)};
}

// The clock that all processes of one boot share.
std::int64_t milliseconds_now()
{
    return std::chrono::duration_cast<Millis>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::string own_program()
{
    std::error_code error;
    const auto path = std::filesystem::read_symlink("/proc/self/exe", error);
    return !error && std::filesystem::exists(path, error) ? path.string() : "/proc/self/exe"; // replaced by an upgrade
}

} // namespace

std::optional<WatcherLock> WatcherLock::take(const std::string& path, const std::string& parameters)
{
    constexpr Millis k_patience{1000};
    auto fd = open_lock(path, O_CREAT);
    if (!fd.valid())
        return std::nullopt;
    const auto deadline = Deadline::after(k_patience);
    while (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
        if (deadline.expired())
            return std::nullopt;
        SystemClock().pause(k_look_again, deadline);
    }
    const auto self = read_process(::getpid());
    const auto content = text(::getpid(), ' ', self ? self->start_time : 0, ' ', program_id(), ' ', parameters, '\n');
    if (::ftruncate(fd.get(), 0) != 0
        || ::pwrite(fd.get(), content.data(), content.size(), 0) != static_cast<ssize_t>(content.size()))
        return std::nullopt;
    return WatcherLock(std::move(fd));
}

// One of an earlier version does not count: an upgrade would leave it beside the server for months. Nor does one with the
// parameters of before: it may not even be able to log in.
bool WatcherProcess::is_running()
{
    const auto who = holder(m_lock_path);
    return who && (who->process.pid == 0 || (who->program == program_id() && who->parameters == m_parameters));
}

Result<void> WatcherProcess::launch(Deadline deadline)
{
    if (is_running())
        return {};
    if (const auto ended = end(deadline); !ended)
        return ended;
    std::string handed_over;
    for (const auto& [name, value] : m_variables)
        handed_over += text(name, '=', value) + '\0';
    const UniqueFd input(::memfd_create("mysql-prm-watch", MFD_CLOEXEC));
    if (!input.valid()
        || ::write(input.get(), handed_over.data(), handed_over.size()) != static_cast<ssize_t>(handed_over.size())
        || ::lseek(input.get(), 0, SEEK_SET) != 0)
        return fail(ErrorKind::failed, text("cannot hand the parameters over: ", std::strerror(errno)), errno);
    const auto pid = start_detached({own_program(), "watch", m_lock_path}, -1, deadline, input.get());
    if (!pid)
        return std::unexpected(pid.error());
    // Whoever ends it next has to find it.
    for (const auto patience = deadline.within(k_launch_patience); !is_running() && !patience.expired();)
        SystemClock().pause(k_look_again, patience);
    return {};
}

Result<void> WatcherProcess::end(Deadline deadline)
{
    for (;;) {
        const auto who = holder(m_lock_path);
        if (!who)
            return {};
        if (who->process.pid > 0)
            if (const auto handle = ProcessHandle::open(who->process)) {
                // The cluster tools that it runs have asked the kernel to die with it.
                if (const auto killed = handle->signal(SIGKILL); !killed || !handle->wait_for_end(deadline))
                    return fail(ErrorKind::timed_out, text("the watcher, process ", who->process.pid, ", does not end"));
                continue; // clients may be waiting
            }
        if (deadline.expired())
            return fail(ErrorKind::timed_out, "the watcher does not end");
        SystemClock().pause(k_look_again, deadline);
    }
}

std::optional<ports::Membership> WatcherProcess::membership()
{
    if (!is_running())
        return std::nullopt;
    const auto fd = UniqueFd(::open(membership_path().c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    const auto words = fd.valid() ? base::split(base::trim(read_all(fd.get())), ' ') : std::vector<std::string>{};
    if (words.size() != 3)
        return std::nullopt;
    const auto now = milliseconds_now();
    const auto changed = base::to_int<std::int64_t>(words[0]);
    const auto unaware = base::to_int<std::int64_t>(words[1]);
    if (!changed || !unaware || *changed > now)
        return std::nullopt;
    return ports::Membership{Millis{now - *changed}, Millis{*unaware}, words[2] == "1"};
}

void WatcherProcess::note_membership(std::optional<ports::Membership> membership)
{
    const auto path = membership_path();
    const auto words = membership
        ? text(milliseconds_now(), ' ', membership->unaware.count(), ' ', int{membership->is_new}, '\n')
        : std::string{};
    if (!membership || !PosixFiles().replace(path, words))
        ::unlink(path.c_str());
}

std::map<std::string, std::string> read_handed_over()
{
    std::map<std::string, std::string> variables;
    for (const auto& line : base::split(read_all(STDIN_FILENO), '\0'))
        if (const auto equals = line.find('='); equals != std::string::npos)
            variables[line.substr(0, equals)] = line.substr(equals + 1);
    return variables;
}

std::map<std::string, std::string> instance_variables()
{
    std::map<std::string, std::string> variables;
    for (char** line = environ; line != nullptr && *line != nullptr; ++line)
        if (const std::string_view one{*line}; one.starts_with("OCF_RESKEY_"))
            if (const auto equals = one.find('='); equals != std::string_view::npos)
                variables.emplace(one.substr(0, equals), one.substr(equals + 1));
    return variables;
}

} // namespace mysql_prm::adapters::os
