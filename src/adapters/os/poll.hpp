// Waiting with poll() by deadlines, and for processes.
#pragma once

#include "mysql_prm/adapters/os/unique_fd.hpp"
#include "mysql_prm/base/deadline.hpp"

#include <algorithm>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

namespace mysql_prm::adapters::os {

// Readable when the process has ended. Not valid: no such process (ESRCH), or a kernel without pidfd_open (before 5.3).
[[nodiscard]] inline UniqueFd open_pidfd(pid_t pid)
{
    return UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
}

// What poll() takes: at most a quarter of an hour, so callers look at their deadline again.
[[nodiscard]] inline int poll_timeout(base::Deadline deadline)
{
    return static_cast<int>(std::min(deadline.remaining(), base::Millis{1'000'000}).count());
}

// The same while waiting for a process: without a descriptor for its end, that is looked for every 20 ms.
[[nodiscard]] inline int poll_timeout(base::Deadline deadline, const UniqueFd& pidfd)
{
    return poll_timeout(pidfd.valid() ? deadline : deadline.within(base::Millis{20}));
}

} // namespace mysql_prm::adapters::os
