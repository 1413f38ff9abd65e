#include "mysql_prm/adapters/cluster/quorum_tool.hpp"

#include "mysql_prm/base/text.hpp"

#include <thread>

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
    while (m_tool) {
        const auto line = m_tool->line(deadline);
        if (!line)
            m_tool.reset(); // it has ended, as it does with corosync
        else if (!*line)
            return std::nullopt;
        else if (const auto colon = (*line)->find(':'); colon != std::string::npos && (*line)->substr(0, colon) == "Quorate")
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
    const auto deadline = Deadline::after(patience);
    if (m_tool || m_begun.elapsed() >= k_between_attempts) {
        const bool was_there = m_tool != nullptr;
        if (const auto told = next(deadline))
            return seen(*told);
        if (m_tool)
            return {m_quorum, false};
        // Corosync, or the tool alone: that shows at once.
        if (was_there && m_quorum == Quorum::held) {
            const auto told = next(Deadline::after(k_first_answer));
            return seen(told.value_or(Quorum::lost));
        }
    }
    std::this_thread::sleep_for(deadline.remaining());
    return {m_quorum, false};
}

} // namespace mysql_prm::adapters::cluster
