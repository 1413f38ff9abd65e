// Corosync's quorum by its own tool, which stays and prints each membership (`corosync-quorumtool -m`): no time passes
// between a change and the look at it, and nothing runs while nothing changes but a question each minute. A corosync that
// hangs tells the tool nothing: its quorum counts as lost as long as it stands still.
#pragma once

#include "mysql_prm/adapters/cluster/corosync_pulse.hpp"
#include "mysql_prm/ports/os.hpp"
#include "mysql_prm/ports/quorum.hpp"

#include <memory>

namespace mysql_prm::adapters::cluster {

class QuorumTool final : public ports::QuorumMonitor {
public:
    QuorumTool(ports::Runner& runner, ports::Files& files, ports::Clock& clock)
        : m_runner(runner), m_clock(clock), m_pulse(runner, files)
    {
    }
    ports::QuorumLook wait(base::Millis patience) override;

private:
    // Held or lost, as soon as the tool says it; nothing: not by then.
    [[nodiscard]] std::optional<ports::Quorum> next(base::Deadline deadline);
    ports::QuorumLook told(base::Millis patience);
    ports::QuorumLook seen(ports::Quorum quorum);

    ports::Runner& m_runner;
    ports::Clock& m_clock;
    std::unique_ptr<ports::Program> m_tool;
    bool m_has_ended = false; // after it was begun
    base::Since m_begun;
    CorosyncPulse m_pulse;
    bool m_stands_still = false; // corosync, at the last look
    ports::Quorum m_quorum = ports::Quorum::unknown;
};

} // namespace mysql_prm::adapters::cluster
