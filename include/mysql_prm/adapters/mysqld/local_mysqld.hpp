// The server of this node.
//
// A start or stop holds a lock on the data directory (os/folder_lock.hpp), and a launched process holds it until exec: an
// action that comes after a killed one waits for that instant and then finds either nothing or a process with our arguments.
#pragma once

#include "mysql_prm/adapters/os/process.hpp"
#include "mysql_prm/ports/mysqld.hpp"
#include "mysql_prm/ports/os.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mysql_prm::adapters::mysqld {

using base::Result;
using ports::Deadline;

class LocalMysqld : public ports::Mysqld {
public:
    LocalMysqld(ports::MysqldSettings settings, ports::Runner& runner, ports::Files& files, ports::Clock& clock);

    std::optional<pid_t> running() override;
    std::unique_ptr<ports::ServerProcess> hold() override;
    bool is_silent(Deadline deadline) override;
    Result<core::ServerVersion> version(Deadline deadline) override;
    Result<void> check_files(ports::StartRole role, bool may_create) override;
    // True too while the data directory is half-made: creating it again is then what is needed.
    bool datadir_is_empty() override;
    // Leaves the mark mysql-prm.created in it (data_directory.hpp).
    Result<void> create_datadir(const core::ServerVersion& version, Deadline deadline) override;
    // Makes the folders of pid file and socket when they are missing (a boot empties /run), owned by user and group. What
    // the server prints before it has opened its log goes to the same log. A replica on MySQL 8.0.16 or later with GTID takes
    // from its source what it wrote itself before and lacks; MariaDB that logs what it applies does not start so (10.11.19).
    Result<pid_t> launch(const core::ServerVersion& version, ports::StartRole role, Deadline deadline) override;
    // Looks only at what was written since this object launched the server, else at the last 64 KiB.
    std::string last_error() override;
    // mysqld_safe is killed first: it ignores SIGTERM and would start a killed server again. MariaDB 10.11 deadlocks when
    // SIGTERM comes in the moment before it begins to serve (about one stop in four right after a launch; further SIGTERMs
    // do not help): a caller that stops a server which has not served yet gives it a short grace.
    Result<ports::StopOutcome> stop(Deadline grace, Deadline deadline) override;
    Result<ports::StopOutcome> kill(Deadline deadline) override;
    // In a thread of its own.
    std::unique_ptr<ports::Countdown> kill_at(Deadline time) override;

private:
    class KillingCountdown;

    [[nodiscard]] std::optional<os::ProcessInfo> find_running() const;
    [[nodiscard]] Result<void> check_launch(ports::StartRole role);
    [[nodiscard]] bool may_take_own(
        std::vector<std::string> argv, const core::ServerVersion& version, ports::StartRole role, Deadline deadline);
    [[nodiscard]] Result<void> make_run_folders() const;
    Result<void> remove_stale_files();
    // One pass over what lives; was_not_running: nothing did.
    Result<ports::StopOutcome> end_round(Deadline grace, Deadline deadline);
    Result<bool> end_server(const os::ProcessInfo& server, Deadline grace, Deadline deadline);
    Result<void> end_wrappers(const std::vector<os::ProcessInfo>& wrappers, Deadline deadline);

    ports::MysqldSettings m_settings;
    ports::Runner& m_runner;
    ports::Files& m_files;
    ports::Clock& m_clock;
    std::uint64_t m_log_before = 0;
};

} // namespace mysql_prm::adapters::mysqld
