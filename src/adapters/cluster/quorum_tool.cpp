#include "mysql_prm/adapters/cluster/quorum_tool.hpp"

#include "mysql_prm/base/text.hpp"

#include <algorithm>

namespace mysql_prm::adapters::cluster {

using base::Deadline;
using base::Millis;
using ports::Quorum;
using ports::QuorumLook;

namespace {

constexpr Millis k_between_attempts{1000};
constexpr Millis k_first_answer{200}; // of a corosync that runs; it takes 10 ms
// This process, or the machine, stood still if it has not looked for so long, and what came meanwhile was not read yet.
constexpr Millis k_stood_still{1000};
constexpr Millis k_to_read{300};

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

bool QuorumTool::is_left_out(const QuorumLook& told, const RingSight& ring)
{
    if (told.changed && told.quorum == Quorum::held)
        m_told.now();
    const bool stood_still = m_looked.elapsed() >= k_stood_still;
    if (stood_still && !m_stood_still) // not each time, where each look is late
        m_steady.now();
    m_stood_still = stood_still;
    m_looked.now();
    if (told.quorum == Quorum::lost)
        return false;
    // A tool that finds no corosync ends, one that finds it says something.
    const bool is_silent = told.quorum == Quorum::unknown
        ? m_tool && m_begun.elapsed() >= ring.patience
        : ring.silent && std::min(*ring.silent, m_told.elapsed()) >= ring.patience;
    return is_silent && (m_left_out || m_steady.elapsed() >= k_to_read);
}

QuorumLook QuorumTool::wait(Millis patience)
{
    const auto before = m_ring.look();
    const auto left = before.silent ? std::max(before.patience - *before.silent, Millis{0}) : patience;
    auto look = told(left > Millis{0} ? std::min(patience, left) : patience);
    const auto ring = m_ring.look();
    const bool left_out = is_left_out(look, ring);
    const bool has_moved = ring.memberships != m_memberships;
    // What it tells first it has found, and what the ring does: these need not come together.
    look.is_new = (look.changed && m_has_begun) || (has_moved && m_memberships > 0) || left_out != m_left_out;
    m_has_begun |= look.changed;
    look.changed |= has_moved || left_out != m_left_out;
    m_left_out = left_out;
    m_memberships = ring.memberships;
    if (left_out)
        look.quorum = Quorum::lost;
    look.unaware = ring.unaware;
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
