// Tells the cluster how this node stands: promotion score, reader attribute, and why it is kept out. Writes only what
// changed.
#pragma once

#include "mysql_prm/core/score.hpp"
#include "mysql_prm/engine/context.hpp"

namespace mysql_prm::engine {

// True when a minute has passed since the cluster was last asked, or the clock went backwards.
[[nodiscard]] bool is_check_due(const Context& context);

// Once a minute: forgets what is no longer in the cluster, so that it is written again. Two to three tools; not while
// clients wait for a promotion.
void check_standing(const Context& context);

// Publishes the standing. Without a cluster it does nothing. Failures are logged; the next monitor tries again.
void publish_standing(const Context& context, const core::Standing& standing);

// Takes this node out of the choice before it stops: a score from before a restart must not promote it. Returns whether
// there is a cluster.
bool withdraw_standing(const Context& context);

} // namespace mysql_prm::engine
