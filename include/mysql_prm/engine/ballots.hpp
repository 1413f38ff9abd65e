// This node's ballot: what it promises and tells before an election, and when it is stopped.
#pragma once

#include "mysql_prm/core/ballot.hpp"
#include "mysql_prm/engine/context.hpp"

#include <optional>
#include <string>
#include <vector>

namespace mysql_prm::engine {

struct Candidacy {
    core::Ballot ballot;
    bool has_cluster = true; // false: there is nobody to publish it to
    // Generation of the record when the ballot was made: answers to older promotions do not count.
    std::uint64_t recorded = 0;
    std::string recorded_node; // the primary that is recorded, and its address; empty: none
    std::string recorded_host;
    bool semi_sync = false; // its record says that the sync record counts
};

// Stops receiving, promises the generation after the recorded one, and says how far this server has come. The order matters:
// the position in a ballot must not grow any more.
[[nodiscard]] Result<Candidacy> make_ballot(const Context& context, ports::Server& own);
// Without a cluster it does nothing.
[[nodiscard]] Result<void> publish_ballot(const Context& context, const Candidacy& candidacy);
// Of a primary that is closed for good and may not live to vote: where it ended. Whoever is promoted next has to hold that.
// The cluster forgets it when the node leaves, and may when parts of it meet again.
[[nodiscard]] Result<void> leave_word(const Context& context, core::Position final);
// The same when it is stopped. One that has left its word tells that again, as it stands: others may have gone back to an
// older one (see tell_promise), and what came into a closed server since is not what anybody was told.
[[nodiscard]] Result<void> leave_word_at_stop(const Context& context, core::Position final);

// For the stop of a replica: stops receiving, and says how far this server has come, which the next one may lack that runs
// on these data. Nothing where that is of no use, or not known for certain.
[[nodiscard]] std::optional<core::Ballot::Told> end_receiving(const Context& context, ports::Server& own);
// Once that server has ended: nothing can have started its receiver again since.
void remember_end(const Context& context, const core::Ballot::Told& told);
// Before this server receives from a primary: what was told does not speak for it any more.
[[nodiscard]] Result<void> forget_told(const Context& context);

// The cluster forgets the ballots of a node that leaves it, and its promise with them; and when two parts of it meet again,
// the others may go back to an older ballot of this node than the one that it sees itself (seen on Pacemaker 3.0.3:
// attributes are sent by everyone for everyone, the last one counts). So it tells again what it has promised, or the ballot
// with that, though it seems to be known: a primary of an older generation has to learn that this node waits for a later
// one.
void tell_promise(const Context& context);

// Hints that an election comes soon (ports::Cluster::expect_private_attributes).
void expect_ballots(const Context& context);

} // namespace mysql_prm::engine
