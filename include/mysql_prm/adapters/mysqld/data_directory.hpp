// Making a data directory so that a kill or a full disk at any instant leaves nothing that looks whole.
//
// The server initialises a folder of ours inside the data directory, .mysql-prm.partial; when that has succeeded and is on
// disk, the mark mysql-prm.created is put into it; then its entries move up one by one, the mark last; then the folder goes.
// Inside, because the data directory may be a mount point, which cannot be replaced by a rename. As long as the folder is
// there the data directory is not whole: without the mark inside, the folder is thrown away and made again; with it, the
// moving goes on. Nothing outside of the folder is ever deleted.
#pragma once

#include "mysql_prm/base/deadline.hpp"
#include "mysql_prm/base/error.hpp"
#include "mysql_prm/ports/mysqld.hpp"
#include "mysql_prm/ports/os.hpp"

#include <string>
#include <string_view>

namespace mysql_prm::adapters::mysqld {

inline constexpr std::string_view k_partial_folder = ".mysql-prm.partial";
// Says that the agent made this data directory and its accounts are still missing; the server ignores it. Who makes them
// removes it.
inline constexpr std::string_view k_created_mark = "mysql-prm.created";

enum class DatadirState {
    missing,
    empty,   // lost+found and hidden files do not count
    partial, // making it was interrupted
    whole,   // has the server's own schema
    foreign, // has files, but no server's
};

[[nodiscard]] DatadirState datadir_state(const std::string& datadir);

// missing, empty and partial become whole. conflict: it is whole already or has foreign files.
base::Result<void> create_data_directory(const ports::MysqldSettings& settings, const core::ServerVersion& version,
    const std::string& server, ports::Runner& runner, base::Deadline deadline);

// Ends the server of a killed attempt that still writes into the folder (mariadb-install-db's child can outlive the script).
base::Result<void> end_interrupted_creation(const ports::MysqldSettings& settings, base::Deadline deadline);

} // namespace mysql_prm::adapters::mysqld
