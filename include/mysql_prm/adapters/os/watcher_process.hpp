// The watcher as a process: this program again, in a session of its own, held to one for each instance by a lock.
#pragma once

#include "mysql_prm/adapters/os/unique_fd.hpp"
#include "mysql_prm/ports/watcher.hpp"

#include <map>
#include <optional>
#include <string>

namespace mysql_prm::adapters::os {

// The lock file, which holds the PID and the start time of the process that has it, and what tells its program and its
// parameters from others.
class WatcherLock {
public:
    // Nothing: another watcher has it. Held until the end of this process. For a second it waits for those who only look.
    // parameters: one word, which differs wherever a watcher would work otherwise.
    static std::optional<WatcherLock> take(const std::string& path, const std::string& parameters);

private:
    explicit WatcherLock(UniqueFd fd) : m_fd(std::move(fd)) { }
    UniqueFd m_fd;
};

class WatcherProcess final : public ports::Watcher {
public:
    // The variables are handed over on standard input and not in the environment: they may hold passwords.
    // parameters: as for WatcherLock. A watcher with others does not count as running.
    WatcherProcess(std::string lock_path, std::map<std::string, std::string> variables, std::string parameters)
        : m_lock_path(std::move(lock_path)), m_variables(std::move(variables)), m_parameters(std::move(parameters))
    {
    }

    bool is_running() override;
    base::Result<void> launch(base::Deadline deadline) override;
    base::Result<void> end(base::Deadline deadline) override;
    std::optional<ports::Membership> membership() override;
    void note_membership(std::optional<ports::Membership> membership) override;

private:
    [[nodiscard]] std::string membership_path() const { return m_lock_path + ".membership"; }
    std::string m_lock_path;
    std::map<std::string, std::string> m_variables;
    std::string m_parameters;
};

// What the watcher was handed over, from standard input.
[[nodiscard]] std::map<std::string, std::string> read_handed_over();

// OCF_RESKEY_* of this process: what handing over has to carry, for children do not get them.
[[nodiscard]] std::map<std::string, std::string> instance_variables();

} // namespace mysql_prm::adapters::os
