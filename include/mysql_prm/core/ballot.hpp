// What a node says of itself before a promotion. Published as a private attribute when its receiver has been stopped, so
// that the received position in it cannot grow any more under that generation.
#pragma once

#include "mysql_prm/base/error.hpp"
#include "mysql_prm/core/position.hpp"
#include "mysql_prm/core/semi_sync.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mysql_prm::core {

// A longer position is not put into an attribute (protocol limit 32 KiB): the elector asks the server itself.
inline constexpr std::size_t k_max_ballot_position_bytes = 30'000;

struct Ballot {
    std::uint64_t generation = 0; // the promotion it is for: one more than the record this node saw or promised
    // The last generation that this node led, or of whose primary it has received all that it began with. What only a node
    // holds that has not joined a later one than the others has been passed over already.
    std::uint64_t joined = 0;
    Incarnation incarnation; // of the server
    bool can_lead = true;    // false: broken applier or kept out; why says which
    bool counts = true;      // false: kept out as diverged: its transactions do not bind the others
    bool whole = true;       // false: it has received more, which it cannot apply, and nobody could fetch from it
    std::string why;
    std::optional<Position> received; // nothing: too long for an attribute
    bool is_vote = true;              // false: only tells again what it has promised; says nothing of what it holds
    // Of its own numbers in received, those that its log shows to carry no data (FLUSH of a cron job): nobody lacks them.
    gtid::MysqlGtidSet without_data{};
    // Of a server that was restarted under its promise, which may have cost it what it had not applied: as which server, and
    // how far it had come, when it told before. It has received nothing from a primary since.
    struct Told {
        Incarnation incarnation;
        Position received;

        friend bool operator==(const Told&, const Told&) = default;
    };
    std::optional<Told> told{};

    friend bool operator==(const Ballot&, const Ballot&) = default;
};

// generation;joined;server_id;started;flags;why;position[;without_data[;told_server_id;told_started;told_position]] -
// semicolons in why become commas. flags: L can lead, C counts, W whole, - in the place of each that is not so; P-- no vote.
[[nodiscard]] std::string to_string(const Ballot& ballot);
[[nodiscard]] base::Result<Ballot> parse_ballot(std::string_view s);

} // namespace mysql_prm::core
