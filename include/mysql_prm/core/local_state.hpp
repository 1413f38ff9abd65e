// What the agent remembers on this node between its short lives, in two files. Most of it is gone after a reboot: losing it
// costs a few cluster tool calls. The promise and the quarantine speak of the data, and live and die with the data
// directory.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace mysql_prm::core {

struct LocalState {
    // What was written to the cluster; valid only for the Pacemaker instance (pid and start time of our parent) it was
    // written to.
    std::string pacemaker;
    std::string score; // empty: not written
    std::string readable;
    std::string kept_out;       // reason published; empty: none
    std::int64_t verified = 0;  // seconds since 1970, when what was written was last seen to be there
    std::int64_t probed_at = 0; // likewise, of a probe behind which it is looked again for a while

    // The primary this node was last made to follow, or is.
    std::string record;

    // It gave up a promotion in favour of this node, itself where there was nobody better, at this time (seconds since
    // 1970).
    std::string yielded_to;
    std::int64_t yielded_at = 0;
    bool yields_to_apply = false; // not for a while, but until what was received is applied

    // Events enabled on the primary as last written to the cluster, separated by commas.
    std::string events;
    bool events_incomplete = false; // not all that the cluster remembers could be enabled yet
    // Seconds since 1970 since when this replica does not know how far it is behind; 0: it knows.
    std::int64_t lag_unknown_since = 0;
    // The last heartbeat that was seen, "server_id time", and since when (milliseconds since 1970).
    std::string heartbeat;
    std::int64_t heartbeat_seen = 0;
    // Of a replica, when it was last looked at: RoleStatus::own_writes; its source refused its login.
    std::string own_writes;
    bool is_refused = false;
    std::string join_problem; // why it could not join at the last attempt; said once

    // The way in when the connection table is full, and what the server was when it was last seen.
    std::uint16_t extra_port = 0;
    std::string extra_address;
    bool was_primary = false;
    std::string vote;            // the last ballot that was published, since the server was started
    std::uint64_t left_word = 0; // of this generation, since the server was started: where it ended

    // From here on: in the data directory.
    std::string node; // whose: a copy of the data on another node begins without promise and quarantine
    // This node stopped receiving for the promotion with this generation: it receives again only from a primary of that
    // generation or later.
    std::uint64_t promised = 0;
    std::int64_t promised_at = 0; // seconds since 1970
    // How far the server had come when it first told so under that promise, and which server it was then: see Ballot::Told.
    // Or when it was stopped: that stays true, and stands here until it receives again.
    bool told_at_stop = false;
    std::uint64_t told_generation = 0; // 0: it has told nothing under a promise
    std::uint32_t told_server_id = 0;
    std::int64_t told_started = 0;
    std::string told_position;
    // The last generation whose primary held nothing beyond this data when it was first looked at, or that was led from
    // here: see Ballot. And what the primary of the generation that is followed now held then: once that has been received,
    // this data has joined it.
    std::uint64_t joined = 0;
    std::uint64_t joining = 0;
    std::string joining_position;
    std::string joining_host;
    bool has_executed_it = false; // joining_position: this data must never lack it again
    // Why this server must not join or lead, from the last attempt to join; empty: nothing known against it.
    std::string quarantine;
    // Transactions that the last primary lacked: which, whether they carry data, the log file that they begin in, the folder
    // of their copy, which of them are in it whole, and whether the copy only needs more time.
    std::string extra;
    bool extra_without_data = false;
    std::string extra_file;
    std::string extra_folder;
    std::string extra_saved;
    bool extra_unfinished = false;

    friend bool operator==(const LocalState&, const LocalState&) = default;
};

// The part that a reboot forgets, and the part that stays with the data.
[[nodiscard]] std::string run_part(const LocalState& state);
[[nodiscard]] std::string data_part(const LocalState& state);
// Unknown keys and damaged lines are passed over: the worst that follows is work done again. A data part that belongs to
// another node counts as empty; `node` empty: unknown, believed.
[[nodiscard]] LocalState parse_local_state(std::string_view run, std::string_view data, const std::string& node);

} // namespace mysql_prm::core
