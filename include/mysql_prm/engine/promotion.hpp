// The steps of a promotion behind the election.
#pragma once

#include "mysql_prm/core/semi_sync.hpp"
#include "mysql_prm/engine/context.hpp"

namespace mysql_prm::engine {

// Receives from `node` until everything in wanted has arrived, then stops receiving again. For a better node that cannot
// lead, and for the last transactions of a planned move that were still under way.
[[nodiscard]] Result<void> catch_up(
    const Context& context, ports::Server& own, const std::string& node, const core::Position& wanted, Deadline deadline);

// Waits until what `status` says was received is applied. timed_out: not within the context's deadline.
[[nodiscard]] Result<void> apply_everything(const Context& context, ports::Server& own, const core::ServerStatus& status);

// What an election was won with.
struct Mandate {
    std::uint64_t generation = 0;         // to lead
    std::optional<std::string> partition; // in which it was held; nothing: there is no cluster
    // The sync record that counted in it. Nothing: none did; one may be left from earlier, when the agent ran
    // semi-synchronous replication before.
    std::optional<core::SyncRecord> sync;
    // It handed over, and only a promotion that was killed since may have made another one, which no clean leave has cut off.
    bool has_handed_over = false;
    // A primary may live outside of the membership, and no guarantee keeps it from acknowledging.
    bool may_live = false;
};

// Applies everything received, records this node as the primary of the next generation (the point of no return), forgets the
// old source, skips GTID numbers (MariaDB) and lets clients write. Every step may be repeated after a kill: a recorded node
// that is not writable yet is promoted again with a new generation. conflict: the cluster has changed since the election.
[[nodiscard]] Result<void> take_over(const Context& context, ports::Server& own, const Mandate& mandate);

} // namespace mysql_prm::engine
