// The watcher: a small process beside the server that does what cannot wait for the next action (engine/watch.hpp). One for
// each instance on a node; harmless when it is killed, and then launched again by the next monitor.
#pragma once

#include "mysql_prm/base/deadline.hpp"
#include "mysql_prm/base/error.hpp"

namespace mysql_prm::ports {

class Watcher {
public:
    virtual ~Watcher() = default;
    [[nodiscard]] virtual bool is_running() = 0;
    // Does nothing where one runs already.
    virtual base::Result<void> launch(base::Deadline deadline) = 0;
    // SIGKILL, for it and the cluster tool it may be running: on success nothing of it has an effect any more.
    virtual base::Result<void> end(base::Deadline deadline) = 0;
};

} // namespace mysql_prm::ports
