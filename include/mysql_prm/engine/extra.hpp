// Transactions that this server holds and the primary lacks: what they are, and a copy of them before anything may change.
#pragma once

#include "mysql_prm/core/extra.hpp"
#include "mysql_prm/engine/context.hpp"

#include <string>

namespace mysql_prm::engine {

// What the own log says of them. The answer is remembered: those that keep a node out are not looked for every minute.
[[nodiscard]] Result<core::ExtraInLog> read_extra(
    const Context& context, ports::Server& own, const core::ExtraTransactions& extra);

// Copies the log files that hold them, a few seconds' worth at a time, into a folder of Settings::extra_folder that is kept
// for as long as this node is kept out, with a note of what they are. Nothing is done for those that are copied already.
// Returns what to tell of it: "saved in /var/lib/...", "not saved: ...".
[[nodiscard]] std::string save_extra(const Context& context, ports::Server& own, const core::ExtraInLog& found);

// The same without GTID, for all that stands behind this place in the own log.
[[nodiscard]] std::string save_log(
    const Context& context, ports::Server& own, const core::FilePosition& behind, core::Flavor flavor);

// Removes what was saved before, beyond Settings::extra_keep and extra_age: oldest first, and never what keeps this node out
// now. A failure is logged.
void drop_old_extra(const Context& context);

// Nothing is extra any more.
void forget_extra(const Context& context);

// Has the primary count these, which carry no data, as its own, so that the sets of all nodes can be compared. Failures are
// logged; the next look at this node tries again.
void have_adopted(const Context& context, ports::Server& primary, const core::ExtraTransactions& extra);

} // namespace mysql_prm::engine
