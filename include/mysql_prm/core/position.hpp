// How far a server has come, in whatever terms its replication uses. Comparing is left to gtid/; nothing here is a number.
#pragma once

#include "mysql_prm/base/error.hpp"
#include "mysql_prm/gtid/mariadb_gtid_pos.hpp"
#include "mysql_prm/gtid/mysql_gtid_set.hpp"
#include "mysql_prm/gtid/relation.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace mysql_prm::core {

// A place in the binary log of the server with this server_id. Places in logs of different servers cannot be compared.
struct FilePosition {
    std::uint32_t server_id = 0;
    std::string file;
    std::uint64_t offset = 0;

    friend bool operator==(const FilePosition&, const FilePosition&) = default;
};

using Position = std::variant<gtid::MysqlGtidSet, gtid::MariadbGtidPos, FilePosition>;

// Relation of a to b; nothing when the two are of different kinds or places in different servers' logs.
// Log files are ordered by the number after the last dot, so that binlog.1000000 comes after binlog.999999.
[[nodiscard]] std::optional<gtid::Relation> relation(const Position& a, const Position& b);

// True only when it is known that a holds all of b.
[[nodiscard]] bool contains(const Position& a, const Position& b);

// A position that nothing was ever written to: an empty GTID set. A file position is never empty.
[[nodiscard]] bool is_empty(const Position& position);

// "mysql:UUID:1-5", "mariadb:0-1-5", "file:7:binlog.000003:4711"; parse takes the same.
[[nodiscard]] std::string to_string(const Position& position);
[[nodiscard]] base::Result<Position> parse_position(std::string_view s);

} // namespace mysql_prm::core
