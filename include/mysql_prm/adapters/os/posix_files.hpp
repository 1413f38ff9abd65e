// Small files of the agent, and the file helpers that adapters/mysqld needs.
#pragma once

#include "mysql_prm/ports/os.hpp"

#include <cstdint>
#include <string>
#include <sys/types.h>
#include <vector>

namespace mysql_prm::adapters::os {

class PosixFiles : public ports::Files {
public:
    ports::Result<std::string> read(const std::string& path) override;
    // The new content is written to "PATH.PID.new" first: a kill in between can leave that file behind, never half a PATH.
    // Missing folders are made with mode 0755; the file itself is 0600.
    ports::Result<void> replace(const std::string& path, const std::string& content) override;
    // No error when it is already gone.
    ports::Result<void> remove(const std::string& path) override;
    std::vector<std::string> folders(const std::string& path) override;
    ports::Result<void> remove_folder(const std::string& path) override;
    // Leaves 256 MiB of the file system free.
    ports::Result<bool> copy_log(
        const std::string& from, const std::string& to, std::uint64_t size, ports::Deadline deadline) override;
    std::optional<std::uint64_t> free_space(const std::string& folder) override;
};

// not_found, no_permission or failed, from errno: "cannot read '/etc/my.cnf': Permission denied".
[[nodiscard]] base::Error file_error(const std::string& what, const std::string& path, int error);

// The end of a file, from `offset` on, but at most the last `max` bytes; empty where there is none. A file that is shorter
// than `offset` was replaced meanwhile (log rotation): then from its beginning.
[[nodiscard]] std::string read_end(const std::string& path, std::uint64_t offset, std::size_t max);
[[nodiscard]] std::uint64_t file_size(const std::string& path);

// The same file or folder, symbolic links followed; false when either is missing. `a` may be a /proc link.
[[nodiscard]] bool same_file(const std::string& a, const std::string& b);
[[nodiscard]] bool is_folder(const std::string& path);
[[nodiscard]] bool exists(const std::string& path); // a dangling link exists

// Names in a folder, without . and ..; not_found where there is none.
[[nodiscard]] ports::Result<std::vector<std::string>> list_folder(const std::string& path);

// Makes the folder and its parents with this mode; a folder that is there is left as it is.
ports::Result<void> make_folders(const std::string& path, mode_t mode);

// Makes the entries of a folder durable.
ports::Result<void> sync_folder(const std::string& path);

// The folder part: "/run/mysqld" of "/run/mysqld/mysqld.pid"; "." without a slash.
[[nodiscard]] std::string folder_of(const std::string& path);

} // namespace mysql_prm::adapters::os
