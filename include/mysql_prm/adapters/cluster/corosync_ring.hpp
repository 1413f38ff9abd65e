// Whether this node is still in the membership that corosync told it of last. While corosync looks for a new one it tells
// nobody anything: its node keeps the quorum that it had. That takes some seconds when a node dies, but has no end where two
// nodes do not hear each other and the third hears both, or where corosync hangs, and the others may have gone on without
// this node (seen: 12 s, and a second primary). What proves a membership is a message of this node that comes back: corosync
// delivers it when this node has had the token, which passes every member. Two memberships with quorum have a member in
// common, so none comes back in the first that was sent behind the beginning of the second, but for the way of one token.
// That is not so with two_node or lowered expected votes, where quorum itself keeps nobody apart.
#pragma once

#include "mysql_prm/base/deadline.hpp"

#include <cstdint>
#include <memory>
#include <optional>

namespace mysql_prm::adapters::cluster {

struct RingSight {
    // Since the last message that came back was sent. Nothing: there was no connection to corosync yet.
    std::optional<base::Millis> silent;
    // Longer than corosync needs to leave out one node that died: one that is silent for so long may have been left out.
    base::Millis patience;
    std::uint64_t memberships = 0; // seen so far
    // How long from now on a node outside of this membership may not have lost its patience yet.
    base::Millis unaware;
};

class Ring {
public:
    virtual ~Ring() = default;
    virtual RingSight look() = 0; // never waits
};

// By corosync's library, in a thread of its own: a call into a corosync that hangs does not end.
class CorosyncRing final : public Ring {
public:
    CorosyncRing();
    RingSight look() override;

private:
    struct Seen;
    std::shared_ptr<Seen> m_seen; // with the thread, which nobody waits for
};

} // namespace mysql_prm::adapters::cluster
