// The server as a process of this node: its data directory, pid file, socket and log.
#pragma once

#include "mysql_prm/base/deadline.hpp"
#include "mysql_prm/base/error.hpp"
#include "mysql_prm/core/server_status.hpp"

#include <memory>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace mysql_prm::ports {

using base::Deadline;
using base::Result;

// How to run the server, from the parameters. Paths are absolute.
struct MysqldSettings {
    std::string binary; // mysqld, mariadbd, or a wrapper script (mysqld_safe, mariadbd-safe): the server beside it is used
    std::string config;
    std::string datadir;
    std::string user;
    std::string group;
    std::string log;
    std::string pid_file;
    std::string socket;
    std::vector<std::string> additional_parameters;
    bool load_semi_sync = false; // MySQL: load the plugins of both sides, which are off then; MariaDB has them built in
};

enum class StartRole {
    replica,    // read-only and without starting replication
    standalone, // a plain primitive: writable
};

enum class StopOutcome { was_not_running, ended, killed };

struct Countdown {
    virtual ~Countdown() = default;
};

// A hold on one server process: a later one, whatever its PID, is another. Lives longer than the Mysqld that gave it.
class ServerProcess {
public:
    virtual ~ServerProcess() = default;
    // True as soon as it has ended, false at the deadline.
    [[nodiscard]] virtual bool wait_for_end(Deadline deadline) const = 0;
    // What it has used of the processors since it began, in steps of 10 ms. Nothing: it has ended.
    [[nodiscard]] virtual std::optional<base::Millis> processor_time() const = 0;
    // SIGKILL; does not wait for its end, which is no error.
    virtual Result<void> kill() = 0;
};

class Mysqld {
public:
    virtual ~Mysqld() = default;

    // The process that serves or is about to serve this data directory: by pid file, else by a look at all processes. A pid
    // file that names another program's process is stale.
    virtual std::optional<pid_t> running() = 0;
    // The same process to hold on to; null: there is none.
    virtual std::unique_ptr<ServerProcess> hold() = 0;
    // Whether somebody listens on the socket and a client that connects hears nothing until the deadline. A server that
    // lives says something before it looks at accounts or locks anything, be it that it takes nobody.
    virtual bool is_silent(Deadline deadline) = 0;
    // What the binary says of itself (--version).
    virtual Result<core::ServerVersion> version(Deadline deadline) = 0;
    // First thing in the way of a start on this node, in words for the administrator: missing or foreign files, rights, and
    // for a replica settings in the data directory that would make the server start writable.
    virtual Result<void> check_files(StartRole role, bool may_create) = 0;
    // True when the data directory is missing or empty.
    virtual bool datadir_is_empty() = 0;
    // Makes a data directory: mysqld --initialize-insecure or mariadb-install-db. Safe to repeat after a kill: a half-made
    // one is made again, never taken for whole.
    virtual Result<void> create_datadir(const core::ServerVersion& version, Deadline deadline) = 0;
    // Launches the server in a session of its own and returns its pid; does not wait until it serves. Fails with conflict
    // when another process already serves the data directory, or listens on the socket with another data directory.
    virtual Result<pid_t> launch(const core::ServerVersion& version, StartRole role, Deadline deadline) = 0;
    // Why a launched server went away: the last error line of its log, for an exit reason.
    virtual std::string last_error() = 0;
    // Ends the server: SIGTERM, SIGKILL when `grace` has passed; returns only when no process of the data directory is left
    // and the pid file and socket are gone, unless a server of another data directory uses them. ErrorKind::timed_out:
    // something still lives at the deadline.
    virtual Result<StopOutcome> stop(Deadline grace, Deadline deadline) = 0;
    // Kills the server then, unless what is returned is gone before.
    virtual std::unique_ptr<Countdown> kill_at(Deadline time) = 0;
    // SIGKILL at once, for a server that hangs; same end as stop.
    virtual Result<StopOutcome> kill(Deadline deadline) = 0;
};

} // namespace mysql_prm::ports
