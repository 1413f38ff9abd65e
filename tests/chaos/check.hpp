// Judges a history. A broken rule is a line with what breaks it.
//
// - lost: an acknowledged write is not on the primary. Allowed only for one that was acknowledged while the guarantee was
// off, and then only (replication keeps the order, and who received most leads):
//   - hole: it is among the newest of its server's reign, none that was sent after it survived;
//   - received: no node but that server had it, unless that node was struck itself.
// - phantom: a row that no client ever sent.
// - diverged: nodes that serve do not hold the same rows and GTIDs.
// - double: a write was sent to a server, and acknowledged by it, after another one had opened under a later generation; or
// two servers opened under the same one.
// - unled: a write was acknowledged by a server that had never been opened.
// - blocked: through the address no write was acknowledged for 30 s, not counted while a fault lasted, or none at all
// behind one.
// - off: the guarantee was on for less than 90 % of the writes, those behind a fault that breaks two things not counted:
// where two of three servers are down nobody is left to acknowledge.
#pragma once

#include "history.hpp"

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace mysql_prm::chaos {

inline constexpr Time k_second = 1'000'000;
inline constexpr Time k_blocked_after = 30 * k_second;

struct Rules {
    bool guarantee = true;         // it is meant to hold
    std::set<std::string> doubles; // kinds of faults behind which it is not
    std::uint64_t percent = 90;    // of the others; fewer where a failover is a large part of the run
};

// Of the time from one fault to the next.
struct Outcome {
    Fault fault;
    std::optional<Time> gap; // longest between two acknowledgements through the address; nothing: none came any more
    std::uint64_t on = 0;    // writes acknowledged with the guarantee
    std::uint64_t off = 0;   // and without
    std::uint64_t lost = 0;  // of those without
};

struct Broken {
    std::string text; // "RULE: what"
    Time at = 0;      // around which the history is worth a look; 0: no moment
};

struct Verdict {
    std::vector<Broken> broken;
    std::vector<Outcome> outcomes;
    std::uint64_t on = 0, off = 0, lost = 0;
    std::uint64_t unacknowledged_present = 0; // sent, not acknowledged, and there: as good as either
};

[[nodiscard]] Verdict check(const History& history, const Rules& rules);

} // namespace mysql_prm::chaos
