// Semi-synchronous replication in values: what a server says of its two sides, and the record in the cluster that says
// whether, and by whom, every acknowledged write has been received.
#pragma once

#include "mysql_prm/base/deadline.hpp"
#include "mysql_prm/base/error.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mysql_prm::core {

// What the administrator wants.
enum class SemiSyncMode {
    off,       // the agent leaves semi-synchronous replication alone
    available, // writes go on without the guarantee when nobody is left to acknowledge
    strict,    // writes wait then
};

// What to do when a promotion could lose acknowledged writes.
enum class DataLossPolicy {
    automatic, // refuse where the guarantee was on, promote where it was off
    refuse,
    promote,
};

struct SemiSyncSide {
    bool available = false; // MySQL: the plugin is loaded; MariaDB: always
    bool enabled = false;
    // Source: it has not fallen back to asynchronous replication. Replica: the connection of its receiver is registered at a
    // source; stays true when the side is disabled, until the receiver is restarted.
    bool active = false;
};

// What the agent sets as the time after which a source goes on without an acknowledgement: ten years. Both servers take 2^64
// - 1 ms too; this cannot overflow, whatever it is added to.
inline constexpr base::Millis k_out_of_reach{315'360'000'000};

struct SemiSyncStatus {
    SemiSyncSide source;
    SemiSyncSide replica;
    std::uint32_t clients = 0;          // replicas registered here as semi-synchronous
    std::uint32_t waiting_sessions = 0; // commits of one group count once
    std::uint64_t acknowledged = 0;     // commits, since the server started
    std::uint64_t unacknowledged = 0;   // commits that went on without, or were released
    // What decides whether it can fall back by itself; see SemiSync::set_source_side.
    bool after_sync = false;
    base::Millis timeout{0}; // at most what the type holds; the servers take more
    bool wait_no_replica = false;
    std::uint32_t wait_for_replica_count = 1; // MariaDB: always 1

    // Enabled such that only a person or this program ends a wait.
    [[nodiscard]] bool holds() const
    {
        return source.enabled && source.active && after_sync && wait_no_replica && timeout >= std::chrono::hours{24 * 365};
    }
    // By this program, and not by an administrator who wants the same.
    [[nodiscard]] bool is_held_by_agent() const { return source.enabled && timeout == k_out_of_reach; }
};

// One life of one server: a restart may lose what it had received and not applied, so that it no longer stands for what it
// acknowledged.
struct Incarnation {
    std::uint32_t server_id = 0;
    std::int64_t started = 0; // seconds since 1970 by the server's own clock; 0: unknown

    friend bool operator==(const Incarnation&, const Incarnation&) = default;
};

struct SyncMember {
    std::string node;
    Incarnation incarnation;

    friend bool operator==(const SyncMember&, const SyncMember&) = default;
};

// Property <resource>_SYNC. While it says on, every acknowledged write of this generation has been received by at least
// `acknowledgements` of the members.
struct SyncRecord {
    bool on = false;
    std::uint64_t generation = 0;
    std::uint32_t acknowledgements = 1;
    std::string primary; // of that generation: its node, which holds everything itself
    std::vector<SyncMember> members;

    friend bool operator==(const SyncRecord&, const SyncRecord&) = default;
};

// off, or on|generation|acknowledgements|primary|node:server_id:started,...
[[nodiscard]] std::string to_string(const SyncRecord& record);
[[nodiscard]] base::Result<SyncRecord> parse_sync_record(std::string_view s);

} // namespace mysql_prm::core
