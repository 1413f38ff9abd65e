// A row that the primary commits each second in which others write (mysql_prm.heartbeat): how far behind it arrives at a
// replica is the delay of replication, of the network's part too, which the server's own figure leaves out.
#pragma once

#include "mysql_prm/core/server_status.hpp"
#include "mysql_prm/engine/context.hpp"

#include <memory>
#include <optional>

namespace mysql_prm::engine {

// The side of the primary, for the watcher.
class Heartbeat {
public:
    // Commits a beat where this is the primary, others have written since the last one, and nothing waits. Returns how long
    // to wait until the next one.
    [[nodiscard]] Millis beat(const Context& context);

private:
    [[nodiscard]] Result<void> try_beat(const Context& context);

    std::unique_ptr<ports::Server> m_own;
    std::optional<core::FilePosition> m_end; // of the log, behind the last beat
    std::string m_problem;                   // said once
};

// The side of a replica: its delay by what has arrived, or by the server's own figure where that says more.
[[nodiscard]] std::optional<std::chrono::seconds> replication_delay(
    const Context& context, ports::Server& server, const core::ReplicaStatus& replica);

} // namespace mysql_prm::engine
