// mysqld-auto.cnf: what SET PERSIST left in a MySQL data directory. The command line beats it on 9.7.4; others were not
// measured. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mysql_prm::adapters::mysqld {

// The value that a file of any layout (8.0.0 to 9.7: "Version" 1 and 2, static and dynamic sections) gives a variable. A
// scan for the name as a key, not a JSON parser: the file is the server's own, and a damaged one is the server's to refuse.
[[nodiscard]] std::optional<std::string> persisted_value(std::string_view file, std::string_view variable);

// The first setting that would undo a start as a read-only replica without replication, as "super_read_only=OFF".
[[nodiscard]] std::optional<std::string> dangerous_setting(std::string_view file);

} // namespace mysql_prm::adapters::mysqld
