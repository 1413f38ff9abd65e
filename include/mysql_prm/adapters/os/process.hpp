// Other processes of this machine, from /proc, and how to end them without hitting a newer process with the same PID.
#pragma once

#include "mysql_prm/adapters/os/unique_fd.hpp"
#include "mysql_prm/base/deadline.hpp"
#include "mysql_prm/base/error.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace mysql_prm::adapters::os {

struct ProcessInfo {
    pid_t pid = 0;
    pid_t parent = 0;
    char state = '?'; // as in ps: R S D T Z ...
    int threads = 0;
    unsigned long long used_time = 0;   // clock ticks of all its threads on a processor
    unsigned long long start_time = 0;  // clock ticks since boot; with the PID it names one process for good
    std::string name;                   // the kernel's name, at most 15 bytes; of a script the script's, not the shell's
    std::string executable;             // empty when we may not look; without the " (deleted)" of an upgraded package
    std::vector<std::string> arguments; // empty for a zombie

    // A zombie is dead, unless it is the first thread of a process whose others still run (or still die, holding files).
    [[nodiscard]] bool alive() const { return (state != 'Z' && state != 'X') || threads > 1; }
};

// pid_t, name, state, parent, threads, used and start time from a line of /proc/PID/stat; the name may hold blanks and
// parentheses.
[[nodiscard]] std::optional<ProcessInfo> parse_stat(std::string_view line);

// Nothing: there is no such process (any more).
[[nodiscard]] std::optional<ProcessInfo> read_process(pid_t pid);
[[nodiscard]] std::vector<pid_t> all_pids();

// Its current directory is this folder, whatever path each side calls it by.
[[nodiscard]] bool works_in(pid_t pid, const std::string& folder);

// A hold on one process: never touches a later one with the same PID (pidfd; before Linux 5.3 the start time is compared).
class ProcessHandle {
public:
    // Nothing: that process is gone.
    static std::optional<ProcessHandle> open(const ProcessInfo& process);

    // A process that is gone is no error; no_permission when it is not ours.
    base::Result<void> signal(int number) const;
    // True when the whole process has ended, all threads included; false at the deadline.
    [[nodiscard]] bool wait_for_end(base::Deadline deadline) const;
    // On a processor, user and system. Nothing: it is gone.
    [[nodiscard]] std::optional<base::Millis> processor_time() const;

private:
    ProcessHandle(const ProcessInfo& process, UniqueFd pidfd);
    [[nodiscard]] bool is_same() const;

    pid_t m_pid;
    unsigned long long m_start_time;
    UniqueFd m_pidfd;
};

} // namespace mysql_prm::adapters::os
