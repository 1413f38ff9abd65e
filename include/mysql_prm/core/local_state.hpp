// What the agent remembers on this node between its short lives, in a file that is gone after a reboot. Losing it costs a
// few cluster tool calls and nothing else, but for the promise, which the next ballot renews.
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
    std::string kept_out;      // reason published; empty: none
    std::int64_t verified = 0; // seconds since 1970, when what was written was last seen to be there

    // The primary this node was last made to follow, or is.
    std::string record;

    // This node stopped receiving for the promotion with this generation: it receives again only from a primary of that
    // generation or later.
    std::uint64_t promised = 0;
    std::int64_t promised_at = 0; // seconds since 1970
    // It gave up a promotion in favour of this node, at this time (seconds since 1970).
    std::string yielded_to;
    std::int64_t yielded_at = 0;

    // Why this server must not join or lead, from the last attempt to join; empty: nothing known against it.
    std::string quarantine;
    // Events enabled on the primary as last written to the cluster, separated by commas.
    std::string events;

    // The way in when the connection table is full, and what the server was when it was last seen.
    std::uint16_t extra_port = 0;
    std::string extra_address;
    bool was_primary = false;

    friend bool operator==(const LocalState&, const LocalState&) = default;
};

[[nodiscard]] std::string to_string(const LocalState& state);
// Unknown keys and damaged lines are passed over: the worst that follows is work done again.
[[nodiscard]] LocalState parse_local_state(std::string_view s);

} // namespace mysql_prm::core
