// The watcher: a small process beside the server that does what cannot wait for the next action (engine/watch.hpp). One for
// each instance on a node; harmless when it is killed, and then launched again by the next monitor.
#pragma once

#include "mysql_prm/base/deadline.hpp"
#include "mysql_prm/base/error.hpp"

#include <optional>

namespace mysql_prm::ports {

// The membership of the cluster, as the watcher that runs saw it change last, or found it when it began.
struct Membership {
    base::Millis age;
    base::Millis unaware{0}; // from then on, as QuorumLook has it
    bool is_new = true;      // likewise
};

class Watcher {
public:
    virtual ~Watcher() = default;
    [[nodiscard]] virtual bool is_running() = 0;
    // Does nothing where one runs already.
    virtual base::Result<void> launch(base::Deadline deadline) = 0;
    // SIGKILL, for it and the cluster tool it may be running: on success nothing of it has an effect any more.
    virtual base::Result<void> end(base::Deadline deadline) = 0;

    // Nothing: nobody watches it.
    [[nodiscard]] virtual std::optional<Membership> membership() = 0;
    [[nodiscard]] std::optional<base::Millis> membership_age()
    {
        const auto seen = membership();
        return seen ? std::optional{seen->age} : std::nullopt;
    }
    // For the watcher itself: it has changed now, the age does not count; nothing: it is not known any more when it last
    // did.
    virtual void note_membership(std::optional<Membership> membership) = 0;
};

} // namespace mysql_prm::ports
