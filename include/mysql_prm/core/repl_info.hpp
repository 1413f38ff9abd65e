// The record of the primary in the CIB: property <resource>_REPL_INFO of the set mysql_replication.
//
//   host|file|position|generation|node|server_id|origin
//   host|file|position|generation|node|server_id|origin|semi-sync
//
// The first three fields are those of Percona Replication Manager, so that its tools read them; a record with only these is
// accepted.
#pragma once

#include "mysql_prm/base/error.hpp"
#include "mysql_prm/core/position.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mysql_prm::core {

struct ReplInfo {
    std::string host; // the address to replicate from
    std::string file; // end of the primary's binary log before it took its first write; empty: log off
    std::uint64_t offset = 0;
    std::uint64_t generation = 0; // raised by every promotion; 0: written by an older agent
    std::string node;             // Pacemaker's name of the primary's node; empty: written by an older agent
    std::uint32_t server_id = 0;
    // File and position mode: how far the new primary had applied the log of the primary before it. A replica that stands
    // exactly there continues at file and offset; one that stands before it would skip the difference.
    std::optional<FilePosition> origin;
    // The agent runs semi-synchronous replication in this generation: the sync record counts.
    bool semi_sync = false;

    [[nodiscard]] FilePosition start() const { return {server_id, file, offset}; }

    friend bool operator==(const ReplInfo&, const ReplInfo&) = default;
};

[[nodiscard]] std::string to_string(const ReplInfo& info);
// invalid_argument for anything else than 3, 7 or 8 fields, an empty host, or a number that is none.
[[nodiscard]] base::Result<ReplInfo> parse_repl_info(std::string_view s);

} // namespace mysql_prm::core
