// Whether the node that Pacemaker wants to promote may lead. Pure: everything the decision rests on is in Election.
//
// It elects on what was received, not on what was applied (an applier that is behind catches up; a transaction that never
// arrived does not), and never resolves incomparable positions by order of text. Nodes that have not joined the last primary
// that any voter has joined do not bind those that have.
//
// Who holds everything that anybody who answered has received may still lack what only the silent ones hold. Where the last
// primary has answered there is no such thing. Else, of k acknowledgements waited for:
//
//   sync record   members that are silent, restarted, or not whole   on_data_loss_risk       outcome
//   on            fewer than k                                       any                     lead
//   on            k or more                                          refuse, automatic       refuse
//   on            k or more                                          promote                 lead, and say so
//   off           -                                                  promote, automatic      lead
//   off           -                                                  refuse                  refuse
//
// A member whose server was stopped or restarted after it had told how far it had come is not missing where this node holds
// all of that.
//
// What a primary left that is gone (where it ended, or what it was elected with) has to be held, unless promote says
// otherwise.
#pragma once

#include "mysql_prm/core/ballot.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace mysql_prm::core {

struct Election {
    std::string self;
    Ballot own;
    std::map<std::string, Ballot> peers; // answers of the other voters, by node
    std::vector<std::string> silent;     // voters without an answer
    std::vector<std::string> gone;       // of the peers: known by what they left, since their servers do not run
    // What servers that do not run now had told under the promise that holds. Pacemaker stops one whose promotion has
    // failed.
    std::map<std::string, Ballot> stopped;
    bool answer_deadline_passed = false; // the silent ones are no longer waited for
    // Nodes that Pacemaker demotes in this transition: sources to catch up from. One that is silent may hold what nobody
    // else has, and is to be heard.
    std::vector<std::string> step_aside;

    // What could be lost.
    std::uint64_t recorded = 0;     // generation of the last primary; 0: there was none
    std::string last_primary;       // its node
    std::optional<SyncRecord> sync; // nothing: the agent did not run semi-synchronous replication then
    DataLossPolicy on_data_loss_risk = DataLossPolicy::automatic;
};

enum class ElectionOutcome {
    lead,     // holds everything that anybody who answered has received
    wait,     // somebody has not answered yet
    yield,    // node is better and can lead
    catch_up, // node is better and cannot or shall not lead: replicate from it first
    refuse,   // nobody holds everything, or this node cannot lead
};

struct ElectionVerdict {
    ElectionOutcome outcome = ElectionOutcome::refuse;
    std::string node;   // for yield and catch_up
    std::string reason; // one line for the log; always set
    // Leads because on_data_loss_risk=promote says so: acknowledged writes may be lost, and others acknowledged elsewhere.
    bool at_risk = false;
};

[[nodiscard]] ElectionVerdict decide_election(const Election& election);

} // namespace mysql_prm::core
