#include "mysql_prm/adapters/cluster/quorum_tool.hpp"

#include "mysql_prm/base/text.hpp"

namespace mysql_prm::adapters::cluster {

using base::Deadline;
using base::Millis;
using ports::Quorum;
using ports::QuorumLook;

namespace {

constexpr Millis k_between_attempts{1000};
constexpr Millis k_first_answer{200}; // of a corosync that runs; it takes 10 ms

} // namespace

std::optional<Quorum> QuorumTool::next(Deadline deadline)
{
    if (!m_tool) {
        m_begun.now();
        // Its output goes through a pipe, which it would fill before it says anything.
        if (auto begun = m_runner.begin({"stdbuf", "-oL", "corosync-quorumtool", "-m"}))
            m_tool = std::move(*begun);
    }
    m_has_ended = false;
    while (m_tool) {
        const auto line = m_tool->line(deadline);
        if (!line) { // as it does with corosync
            m_tool.reset();
            m_has_ended = true;
            return std::nullopt;
        }
        if (!*line)
            return std::nullopt;
        const auto colon = (*line)->find(':');
        if (colon != std::string::npos && (*line)->substr(0, colon) == "Quorate")
            return base::trim((*line)->substr(colon + 1)) == "Yes" ? Quorum::held : Quorum::lost;
    }
    return std::nullopt;
}

QuorumLook QuorumTool::seen(Quorum quorum)
{
    m_quorum = quorum;
    return {quorum, true};
}

QuorumLook QuorumTool::wait(Millis patience)
{
    auto look = told(patience);
    if (look.changed)
        m_pulse.membership_changed();
    const bool stands_still = look.quorum != Quorum::lost && m_pulse.stands_still();
    look.changed |= stands_still != m_stands_still;
    m_stands_still = stands_still;
    if (stands_still)
        look.quorum = Quorum::lost;
    return look;
}

QuorumLook QuorumTool::told(Millis patience)
{
    const auto deadline = Deadline::after(patience);
    if (m_tool || m_begun.elapsed() >= k_between_attempts) {
        const bool was_there = m_tool != nullptr;
        auto quorum = next(deadline);
        // Corosync has ended, or the tool alone: a new one ends at once where there is no corosync. One that cannot be begun
        // says nothing.
        if (!quorum && !m_tool && was_there)
            quorum = next(Deadline::after(k_first_answer));
        if (quorum)
            return seen(*quorum);
        if (m_tool)
            return {m_quorum, false};
        if (m_has_ended && m_quorum == Quorum::held)
            return seen(Quorum::lost);
    }
    m_clock.pause(patience, deadline);
    return {m_quorum, false};
}

} // namespace mysql_prm::adapters::cluster
