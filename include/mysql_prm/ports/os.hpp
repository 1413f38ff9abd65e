// The operating system as the program needs it: child processes, small files, time.
#pragma once

#include "mysql_prm/base/deadline.hpp"
#include "mysql_prm/base/error.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace mysql_prm::ports {

using base::Deadline;
using base::Millis;
using base::Result;

struct ProcessResult {
    int exit_status = 0; // 128 + signal when a signal ended it
    std::string out;     // standard output, at most 1 MiB kept
    std::string err;     // standard error, likewise
};

// A child process that goes on and prints. Killed with its group when this object goes, and when this process does.
class Program {
public:
    virtual ~Program() = default;
    // The next line of its standard output, without its end; nothing: not by the deadline, which may have passed: then what
    // is there. Error: it has ended.
    virtual Result<std::optional<std::string>> line(Deadline deadline) = 0;
    // Its end, with all that it has printed and line() has not given. timed_out: it has been killed.
    virtual Result<ProcessResult> finish(Deadline deadline) = 0;
};

class Runner {
public:
    virtual ~Runner() = default;
    // Runs argv[0] (looked up in PATH) without a shell, standard input from /dev/null, our environment less OCF_RESKEY_*
    // (they may hold passwords) except OCF_RESKEY_CRM_meta_* other than on_node. Errors: not_found when it cannot be
    // executed; timed_out when the deadline passed: the child has been killed and reaped.
    virtual Result<ProcessResult> run(const std::vector<std::string>& argv, Deadline deadline) = 0;
    // The same without waiting for its end.
    virtual Result<std::unique_ptr<Program>> begin(const std::vector<std::string>& argv) = 0;
};

class Files {
public:
    virtual ~Files() = default;
    // not_found where there is none; at most 1 MiB.
    virtual Result<std::string> read(const std::string& path) = 0;
    // Replaces the file whole or not at all (new file beside it, fsync, rename, fsync of the folder); mode 0600; makes the
    // folder.
    virtual Result<void> replace(const std::string& path, const std::string& content) = 0;
    virtual Result<void> remove(const std::string& path) = 0;
    // Names of the folders in a folder, sorted; none where there is none, or it cannot be read.
    virtual std::vector<std::string> folders(const std::string& path) = 0;
    // A folder with the files in it. Error: it holds a folder, and what is left stays; none where it is gone already.
    virtual Result<void> remove_folder(const std::string& path) = 0;
    // Makes `to` hold the first `size` bytes of a file that only ever grows, and makes that durable; goes on behind what
    // `to` holds already. Mode 0600, a missing folder 0700. false: not all by the deadline. An error, before the device is
    // full.
    virtual Result<bool> copy_log(const std::string& from, const std::string& to, std::uint64_t size, Deadline deadline) = 0;
    // Bytes left for who is not root; nothing where that cannot be said.
    virtual std::optional<std::uint64_t> free_space(const std::string& folder) = 0;
};

class Clock {
public:
    virtual ~Clock() = default;
    virtual std::chrono::system_clock::time_point wall() = 0;
    // Waits, but not past the deadline. Only adapters/server waits in another place, between looks at an applier.
    virtual void pause(Millis duration, Deadline deadline) = 0;
};

} // namespace mysql_prm::ports
