// An election: collects the ballots of the others, and carries out what core/election decides on them.
#pragma once

#include "mysql_prm/core/election.hpp"
#include "mysql_prm/engine/ballots.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace mysql_prm::engine {

struct ElectionResult {
    core::ElectionVerdict verdict; // never wait
    std::map<std::string, core::Ballot> answers;
    std::optional<core::SyncRecord> sync; // as it counted in this election
    std::uint64_t promised = 0; // highest generation that a node of this cluster has promised, one that is no voter too
};

// Asks the voters until all have answered or the patience is over, and decides. Nodes in step_aside are demoted in this
// transition. A voter without a ballot is asked over SQL after half a second, and not waited for when it has left the
// cluster; conflict: the cluster knows no such node, or it takes writes. The last words of a recorded primary that is no
// voter count too.
[[nodiscard]] Result<ElectionResult> hold_election(const Context& context, const Candidacy& own,
    const std::vector<std::string>& voters, const std::vector<std::string>& step_aside, Millis patience);

// Gives up this promotion in favour of a better node: the score is at -INFINITY, and seen to be, when this returns.
void yield_to(const Context& context, const core::ElectionVerdict& verdict);

} // namespace mysql_prm::engine
