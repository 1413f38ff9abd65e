// Starting a program that outlives us.
#pragma once

#include "mysql_prm/base/deadline.hpp"
#include "mysql_prm/base/error.hpp"

#include <string>
#include <sys/types.h>
#include <vector>

namespace mysql_prm::adapters::os {

// Starts argv[0] (a path) as a child of init in a session of its own: no SIGKILL of our process group reaches it. Its folder
// is "/", its output `output` and its standard input `input` (descriptors, or -1 for /dev/null); it inherits nothing else.
// Returns its PID when exec has succeeded, not earlier. A kill of this process at any instant leaves either nothing or the
// program running; a FolderLock held by the caller is held on until exec, so that whoever takes it next sees which of the
// two. Errors: not_installed when exec fails, timed_out at the deadline.
base::Result<pid_t> start_detached(
    const std::vector<std::string>& argv, int output, base::Deadline deadline, int input = -1);

} // namespace mysql_prm::adapters::os
