#include "mysql_prm/adapters/mysqld/server_process.hpp"

#include "mysql_prm/adapters/mysqld/arguments.hpp"
#include "mysql_prm/adapters/mysqld/binary.hpp"
#include "mysql_prm/adapters/os/posix_files.hpp"
#include "mysql_prm/adapters/os/unix_socket.hpp"
#include "mysql_prm/base/text.hpp"

#include <algorithm>
#include <unistd.h>

namespace mysql_prm::adapters::mysqld {

using os::ProcessInfo;
using ports::MysqldSettings;

namespace {

std::string_view name_of(std::string_view path)
{
    return path.substr(path.rfind('/') + 1);
} // npos + 1 is 0

bool is_server_name(std::string_view name, const MysqldSettings& settings)
{
    if (name == "mysqld" || name == "mariadbd" || name == "mysqld-debug")
        return true;
    return !name.empty() && !is_wrapper(settings.binary) && name == name_of(settings.binary);
}

// The option names this path, as written or as the same file.
bool names_path(const ProcessInfo& process, std::string_view option, const std::string& path)
{
    const auto value = option_value(process.arguments, option);
    return value && !path.empty() && (*value == path || os::same_file(*value, path));
}

bool is_shell(const ProcessInfo& process)
{
    return process.name == "sh" || process.name == "bash" || process.name == "dash";
}

bool names_our_files(const ProcessInfo& process, const MysqldSettings& settings)
{
    return names_path(process, "pid-file", settings.pid_file) || names_path(process, "socket", settings.socket);
}

// A shell runs the script: it is argv[1] there, and the kernel's name. Anything else that names a wrapper among its
// arguments (the agent with binary=/usr/bin/mysqld_safe, an editor) is not one.
bool is_live_wrapper(const ProcessInfo& process)
{
    return process.alive()
        && (is_wrapper(process.name)
            || (process.arguments.size() > 1 && is_wrapper(process.arguments[1]) && is_shell(process)));
}

} // namespace

bool looks_like_server(const ProcessInfo& process, const MysqldSettings& settings)
{
    const auto argv0 = process.arguments.empty() ? std::string_view() : std::string_view(process.arguments.front());
    return is_server_name(process.name, settings) || is_server_name(name_of(process.executable), settings)
        || is_server_name(name_of(argv0), settings);
}

bool serves(const ProcessInfo& process, const MysqldSettings& settings)
{
    return process.alive() && looks_like_server(process, settings)
        && (os::works_in(process.pid, settings.datadir) || names_path(process, "datadir", settings.datadir));
}

std::optional<ProcessInfo> server_in_pid_file(const MysqldSettings& settings)
{
    const auto content = os::PosixFiles().read(settings.pid_file);
    const auto pid = content ? base::to_int<pid_t>(base::trim(*content)) : std::nullopt;
    auto process = pid ? os::read_process(*pid) : std::nullopt;
    if (!process || !process->alive() || !looks_like_server(*process, settings))
        return std::nullopt;
    // a server with another data directory in its arguments may have got the PID of ours
    const bool elsewhere = option_value(process->arguments, "datadir") && !serves(*process, settings);
    if (elsewhere || (!serves(*process, settings) && !names_our_files(*process, settings)))
        return std::nullopt;
    return process;
}

std::vector<ProcessInfo> find_servers(const MysqldSettings& settings)
{
    std::vector<ProcessInfo> servers;
    for (const auto pid : os::all_pids()) {
        if (pid == ::getpid())
            continue;
        if (auto process = os::read_process(pid); process && serves(*process, settings))
            servers.push_back(std::move(*process));
    }
    return servers;
}

std::optional<pid_t> find_rival(const MysqldSettings& settings)
{
    if (const auto listener = os::listener_on(settings.socket))
        return listener;
    for (const auto pid : os::all_pids()) {
        const auto process = os::read_process(pid);
        if (process && process->alive() && looks_like_server(*process, settings) && names_our_files(*process, settings)
            && !serves(*process, settings))
            return pid;
    }
    return std::nullopt;
}

std::vector<ProcessInfo> find_wrappers(const MysqldSettings& settings, const std::vector<ProcessInfo>& servers)
{
    std::vector<ProcessInfo> wrappers;
    for (const auto pid : os::all_pids()) {
        auto process = os::read_process(pid);
        if (!process || pid == ::getpid())
            continue;
        const bool is_parent
            = std::ranges::any_of(servers, [pid](const ProcessInfo& server) { return server.parent == pid; });
        const bool is_ours
            = is_parent || names_path(*process, "datadir", settings.datadir) || names_our_files(*process, settings);
        if (is_live_wrapper(*process) && is_ours)
            wrappers.push_back(std::move(*process));
    }
    return wrappers;
}

} // namespace mysql_prm::adapters::mysqld
