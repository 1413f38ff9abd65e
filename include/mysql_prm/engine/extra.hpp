// Transactions that this server holds and the primary lacks: what they are.
#pragma once

#include "mysql_prm/core/extra.hpp"
#include "mysql_prm/engine/context.hpp"

namespace mysql_prm::engine {

// What the own log says of them. The answer is remembered: those that keep a node out are not looked for every minute.
[[nodiscard]] Result<core::ExtraInLog> read_extra(
    const Context& context, ports::Server& own, const core::ExtraTransactions& extra);

// Nothing is extra any more.
void forget_extra(const Context& context);

// Has the primary count these, which carry no data, as its own, so that the sets of all nodes can be compared. Failures are
// logged; the next look at this node tries again.
void have_adopted(const Context& context, ports::Server& primary, const core::ExtraTransactions& extra);

} // namespace mysql_prm::engine
