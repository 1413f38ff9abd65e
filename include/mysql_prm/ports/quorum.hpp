// The quorum of the cluster as its own layer tells it, at once; Pacemaker hears of a change later.
#pragma once

#include "mysql_prm/base/deadline.hpp"

namespace mysql_prm::ports {

enum class Quorum {
    unknown, // no cluster layer has been seen on this node yet
    held,
    lost, // or the cluster layer, which was there, is gone
};

struct QuorumLook {
    Quorum quorum = Quorum::unknown;
    bool changed = false; // the membership, since the last look; true at the first
    bool is_new = true;   // where changed: and not only found, at the beginning
    // How long from now on a node outside of this membership may yet believe in the one before.
    base::Millis unaware{0};
};

class QuorumMonitor {
public:
    virtual ~QuorumMonitor() = default;
    // Returns at a change, or after this time.
    virtual QuorumLook wait(base::Millis patience) = 0;
};

} // namespace mysql_prm::ports
