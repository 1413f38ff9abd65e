#include "mysql_prm/adapters/os/process.hpp"

#include "mysql_prm/adapters/os/posix_files.hpp"
#include "mysql_prm/base/text.hpp"
#include "poll.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace mysql_prm::adapters::os {

using base::Deadline;
using base::ErrorKind;
using base::fail;
using base::Result;
using base::text;

namespace {

std::string proc_path(pid_t pid, std::string_view file)
{
    return text("/proc/", pid, "/", file);
}

std::string read_link(const std::string& path)
{
    std::array<char, 4096> target{};
    const auto size = ::readlink(path.c_str(), target.data(), target.size());
    return size > 0 ? std::string(target.data(), static_cast<std::size_t>(size)) : std::string();
}

std::vector<std::string> read_arguments(pid_t pid)
{
    auto line = PosixFiles().read(proc_path(pid, "cmdline")).value_or("");
    if (line.ends_with('\0'))
        line.pop_back();
    return line.empty() ? std::vector<std::string>() : base::split(line, '\0');
}

} // namespace

std::optional<ProcessInfo> parse_stat(std::string_view line)
{
    const auto open = line.find('(');
    const auto close = line.rfind(')');
    if (open == std::string_view::npos || close == std::string_view::npos || close < open)
        return std::nullopt;
    ProcessInfo process;
    const auto pid = base::to_int<pid_t>(base::trim(line.substr(0, open)));
    // proc(5) counts from 1 with the PID; these begin with the state, which is field 3
    const auto fields = base::words(line.substr(close + 1));
    if (!pid || fields.size() < 20)
        return std::nullopt;
    const auto parent = base::to_int<pid_t>(fields[1]);
    const auto threads = base::to_int<int>(fields[17]);
    const auto user = base::to_int<unsigned long long>(fields[11]);
    const auto system = base::to_int<unsigned long long>(fields[12]);
    const auto start_time = base::to_int<unsigned long long>(fields[19]);
    if (!parent || !threads || !user || !system || !start_time)
        return std::nullopt;
    process.pid = *pid;
    process.name = line.substr(open + 1, close - open - 1);
    process.state = fields[0].front();
    process.parent = *parent;
    process.threads = *threads;
    process.used_time = *user + *system;
    process.start_time = *start_time;
    return process;
}

std::optional<ProcessInfo> read_process(pid_t pid)
{
    if (pid <= 0)
        return std::nullopt;
    const auto line = PosixFiles().read(proc_path(pid, "stat"));
    if (!line)
        return std::nullopt;
    auto process = parse_stat(*line);
    if (!process)
        return std::nullopt;
    constexpr std::string_view k_replaced = " (deleted)";
    process->executable = read_link(proc_path(pid, "exe"));
    if (process->executable.ends_with(k_replaced))
        process->executable.resize(process->executable.size() - k_replaced.size());
    process->arguments = read_arguments(pid);
    return process;
}

std::vector<pid_t> all_pids()
{
    std::vector<pid_t> pids;
    const auto names = list_folder("/proc");
    if (!names)
        return pids;
    for (const auto& name : *names)
        if (const auto pid = base::to_int<pid_t>(name); pid && *pid > 0)
            pids.push_back(*pid);
    std::ranges::sort(pids);
    return pids;
}

bool works_in(pid_t pid, const std::string& folder)
{
    return same_file(proc_path(pid, "cwd"), folder);
}

ProcessHandle::ProcessHandle(const ProcessInfo& process, UniqueFd pidfd)
    : m_pid(process.pid), m_start_time(process.start_time), m_pidfd(std::move(pidfd))
{
}

std::optional<ProcessHandle> ProcessHandle::open(const ProcessInfo& process)
{
    UniqueFd pidfd = open_pidfd(process.pid);
    if (!pidfd.valid() && errno == ESRCH)
        return std::nullopt;
    ProcessHandle handle(process, std::move(pidfd));
    if (!handle.is_same()) // the PID was used again between the look and the open
        return std::nullopt;
    return handle;
}

bool ProcessHandle::is_same() const
{
    const auto now = read_process(m_pid);
    return now && now->start_time == m_start_time && now->alive();
}

Result<void> ProcessHandle::signal(int number) const
{
    long sent = -1;
    if (m_pidfd.valid())
        sent = ::syscall(SYS_pidfd_send_signal, m_pidfd.get(), number, nullptr, 0);
    else if (is_same())
        sent = ::kill(m_pid, number);
    else
        return {};
    if (sent == 0 || errno == ESRCH)
        return {};
    const auto kind = errno == EPERM ? ErrorKind::no_permission : ErrorKind::failed;
    return fail(kind, text("cannot signal process ", m_pid, ": ", std::strerror(errno)), errno);
}

std::optional<base::Millis> ProcessHandle::processor_time() const
{
    const auto now = read_process(m_pid);
    if (!now || now->start_time != m_start_time || !now->alive())
        return std::nullopt;
    const auto ticks = static_cast<unsigned long long>(::sysconf(_SC_CLK_TCK));
    return base::Millis{now->used_time * 1000 / ticks};
}

bool ProcessHandle::wait_for_end(Deadline deadline) const
{
    while (true) {
        pollfd fd{m_pidfd.get(), POLLIN, 0};
        const int ready = ::poll(&fd, 1, poll_timeout(deadline, m_pidfd));
        if (m_pidfd.valid() ? ready > 0 : !is_same())
            return true;
        if (deadline.expired())
            return false;
    }
}

} // namespace mysql_prm::adapters::os
