// The lease of a primary: it takes writes only while its node has quorum. It closes within k_lease after it has lost it, and
// a promotion that cannot know better opens no earlier than k_lease after the last primary has noticed that. When it does is
// measured by the successor's own node (corosync_ring.hpp), so no clock is compared. It is needed where nothing else keeps
// two primaries apart: without fencing, and while no acknowledgement has to come from a replica.
#pragma once

#include "mysql_prm/engine/context.hpp"
#include "mysql_prm/ports/quorum.hpp"

#include <atomic>

namespace mysql_prm::engine {

inline constexpr Millis k_lease{900};
// Of these, for closing the primary: then it is killed. What both leave is for what differs between the sides: one of them
// may have had the token a rotation later (0.2 s where nothing is sent).
inline constexpr Millis k_lease_close{350};
// Where no watcher has seen how the membership came about: of corosync's defaults for three nodes.
inline constexpr Millis k_unaware_unwatched{4200};
inline constexpr Millis k_lease_question{200}; // for asking before whether it is to be left alone

// The side of the primary, for the watcher.
class Lease {
public:
    explicit Lease(ports::QuorumMonitor& quorum) : m_quorum(quorum) { }
    // Waits a moment for a change of the membership. Returns false while this primary has no quorum and was closed, or its
    // administrator wants it to go on without: maintenance, no-quorum-policy ignore or freeze. The context may be as old as
    // the last look.
    [[nodiscard]] bool look(const Context& context);
    // At the last look, which may still be closing the primary; may be asked from another thread. Unknown counts as held.
    [[nodiscard]] bool has_quorum() const { return m_has_quorum; }

private:
    void note(const Context& context, const ports::QuorumLook& seen);

    void ask_whether_left_alone(const Context& context);
    [[nodiscard]] bool is_question_due() const;

    ports::QuorumMonitor& m_quorum;
    std::atomic<bool> m_has_quorum = true;
    bool m_noted = false;
    bool m_lost = false;  // said
    bool m_ended = false; // what has to be done was done, for the primary of this generation
    std::uint64_t m_generation = 0;
    bool m_left_alone = false;
    base::Since m_asked;
};

// The side of the successor of a primary that may live outside of the membership: waits until its lease has ended. One that
// has handed over needs no time to notice that it was left out. timed_out, at once: it does not end by the deadline.
[[nodiscard]] Result<void> wait_for_end_of_lease(const Context& context, bool has_handed_over = false);

} // namespace mysql_prm::engine
