// The sync record in the cluster, and writes that are certain.
#pragma once

#include "mysql_prm/engine/context.hpp"

namespace mysql_prm::engine {

// <resource>_SYNC; off where there is none. invalid_argument: what is there is not a sync record.
[[nodiscard]] Result<core::SyncRecord> read_sync_record(const Context& context);

// Like every property: a node that is cut off and does not know it yet may be alone with what it wrote.
[[nodiscard]] Result<void> set_sync_record(const Context& context, const core::SyncRecord& record);

// Success says that the part of the cluster that has quorum holds the record: whoever is promoted next reads it. On failure
// it may hold the old one or the new one. Three to six cluster tools.
[[nodiscard]] Result<void> write_sync_record(const Context& context, const core::SyncRecord& record);

// Sees that this node still has quorum, in the same partition as before. A node that is cut off learns of it a second or
// more later; so this also waits for two messages of its own to come back, which takes the token around the ring.
[[nodiscard]] Result<void> confirm_partition(const Context& context, const std::string& partition);

// The same by one look: that there was no change that this node knows of.
[[nodiscard]] Result<void> require_partition(const Context& context, const std::string& partition);

// The partition that this node is in. conflict: without quorum.
[[nodiscard]] Result<std::string> require_quorum(const Context& context);

} // namespace mysql_prm::engine
