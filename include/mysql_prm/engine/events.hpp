// Scheduled events. Which of them were enabled is kept in the cluster while a primary lives: on a replica an enabled event
// and a disabled one look the same. They have to be disabled on every server but the primary: where read-only lets their
// definers pass (MariaDB), they would write there.
#pragma once

#include "mysql_prm/engine/context.hpp"

namespace mysql_prm::engine {

// Writes the enabled events of this primary to the cluster when they have changed. While a restoration is incomplete it is
// tried again instead: what could not be enabled must not be forgotten.
void remember_events(const Context& context, ports::Server& own);

// Remembers the enabled events of this former primary and disables them. Needs super_read_only off (MySQL).
void disable_events(const Context& context, ports::Server& own);

// Hints that restore_events comes soon (ports::Cluster::expect_property).
void expect_events(const Context& context);

// Enables the events that the cluster remembers. Needs a writable server; may be repeated.
void restore_events(const Context& context, ports::Server& own);

// A server that crashed as primary, or was copied from one, has its events enabled: disables them where read-only would not
// stop them. The cluster's list is left as it is.
void silence_events(ports::Server& own, const core::ServerVersion& version);

} // namespace mysql_prm::engine
