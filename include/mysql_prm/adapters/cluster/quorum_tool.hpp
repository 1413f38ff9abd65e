// Corosync's quorum by its own tool, which stays and prints each membership (`corosync-quorumtool -m`): no time passes
// between a change and the look at it. What it told last counts as long as this node's messages come back to it; a corosync
// that hangs, or does not find a new membership, tells the tool nothing.
#pragma once

#include "mysql_prm/adapters/cluster/corosync_ring.hpp"
#include "mysql_prm/ports/os.hpp"
#include "mysql_prm/ports/quorum.hpp"

#include <memory>

namespace mysql_prm::adapters::cluster {

class QuorumTool final : public ports::QuorumMonitor {
public:
    QuorumTool(ports::Runner& runner, Ring& ring, ports::Clock& clock) : m_runner(runner), m_ring(ring), m_clock(clock) { }
    ports::QuorumLook wait(base::Millis patience) override;

private:
    // Held or lost, as soon as the tool says it; nothing: not by then.
    [[nodiscard]] std::optional<ports::Quorum> next(base::Deadline deadline);
    ports::QuorumLook told(base::Millis patience);
    ports::QuorumLook seen(ports::Quorum quorum);
    [[nodiscard]] bool is_left_out(const ports::QuorumLook& told, const RingSight& ring);

    ports::Runner& m_runner;
    Ring& m_ring;
    ports::Clock& m_clock;
    std::unique_ptr<ports::Program> m_tool;
    bool m_has_ended = false; // after it was begun
    base::Since m_begun;
    base::Since m_told; // of a membership with quorum
    base::Since m_looked, m_steady;
    bool m_stood_still = false, m_left_out = false; // at the last look
    bool m_has_begun = false;                       // corosync, or the ring, has told something
    std::uint64_t m_memberships = 0;
    ports::Quorum m_quorum = ports::Quorum::unknown;
};

} // namespace mysql_prm::adapters::cluster
