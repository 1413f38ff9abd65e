// Which processes serve a data directory. A server changes into its data directory when it starts; until then its arguments
// tell.
#pragma once

#include "mysql_prm/adapters/os/process.hpp"
#include "mysql_prm/ports/mysqld.hpp"

#include <optional>
#include <string>
#include <vector>

namespace mysql_prm::adapters::mysqld {

// By the kernel's name, the executable or argv[0]: mysqld, mariadbd, or the name that settings.binary has. Not mysqld_safe.
[[nodiscard]] bool looks_like_server(const os::ProcessInfo& process, const ports::MysqldSettings& settings);

// A live server that works in the data directory or was told to by --datadir.
[[nodiscard]] bool serves(const os::ProcessInfo& process, const ports::MysqldSettings& settings);

// The process that the pid file names, if it is a live server of this data directory, or one that was given this pid file or
// socket. Nothing: no pid file, nonsense in it, or the PID belongs to something else by now.
[[nodiscard]] std::optional<os::ProcessInfo> server_in_pid_file(const ports::MysqldSettings& settings);

// All processes of the machine that serve the data directory. Costs one look at every process (about 10 us each).
[[nodiscard]] std::vector<os::ProcessInfo> find_servers(const ports::MysqldSettings& settings);

// To be asked when nothing serves our data directory: a process that listens on our socket, or a live server that was given
// our socket or pid file for another data directory. 0: something listens, and it is not known which process.
[[nodiscard]] std::optional<pid_t> find_rival(const ports::MysqldSettings& settings);

// mysqld_safe and the like that would start such a server again: parents of `servers`, and those whose arguments name the
// data directory, pid file or socket.
[[nodiscard]] std::vector<os::ProcessInfo> find_wrappers(
    const ports::MysqldSettings& settings, const std::vector<os::ProcessInfo>& servers);

} // namespace mysql_prm::adapters::mysqld
