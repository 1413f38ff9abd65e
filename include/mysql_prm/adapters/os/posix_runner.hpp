// Child processes: fork and exec with an argument vector, never a shell.
//
// Why not posix_spawn: the child asks for SIGKILL when this process dies (PR_SET_PDEATHSIG), which only code between fork
// and exec can do. Pacemaker ends an action by SIGKILL of its process group, and our children are not in it: each leads a
// group of its own, so that a deadline ends its children too. Without the death signal they would go on after the action was
// killed. A program that changes its user (mysqld --initialize as root) loses that signal: who runs one has to expect that
// it outlives us.
#pragma once

#include "mysql_prm/ports/os.hpp"

namespace mysql_prm::adapters::os {

class PosixRunner : public ports::Runner {
public:
    // Returns as soon as argv[0] itself has ended, even when something it left behind still holds its output open. Output
    // past 1 MiB a stream is read and thrown away. At the deadline the whole group gets SIGKILL. LC_ALL=C; environment.hpp
    // says what is left out.
    ports::Result<ports::ProcessResult> run(const std::vector<std::string>& argv, ports::Deadline deadline) override;
    ports::Result<std::unique_ptr<ports::Program>> begin(const std::vector<std::string>& argv) override;
};

} // namespace mysql_prm::adapters::os
