// MySQL's GTID set: gtid_executed, gtid_purged, Retrieved_Gtid_Set, and what a ballot carries.
//
// Text, as the manual has it ("GTID Format and Storage", 8.4 and 9.x):
//     set      = "" | uuid_set { "," uuid_set }
//     uuid_set = uuid { ":" [ tag ":" ] interval { ":" interval } }      3e11fa47-...:1-3:7:nightly:1-5:other:2
//     interval = n | n "-" m        1 <= n <= m <= 2^63 - 2
//     tag      = letter or "_", then letters, digits, "_"; 32 characters at most; since 8.3; holds until the next tag
// The manual's limit of 8 characters for a tag is wrong, and its example with one uuid_set for each tag is not what the
// server prints (bugs.mysql.com 119489 and 116789); limits here are those of the 9.x source, libs/mysql/gtids. The
// algebra is compared with a live server, the limits are not.
//
// A value type: immutable after parse(), comparable, no I/O. n below is the number of intervals on both sides.
#pragma once

#include "mysql_prm/base/error.hpp"
#include "mysql_prm/gtid/intervals.hpp"
#include "mysql_prm/gtid/relation.hpp"

#include <array>
#include <compare>
#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace mysql_prm::gtid {

class MysqlGtidSet {
public:
    static constexpr std::uint64_t k_max_sequence = (std::uint64_t{1} << 63) - 2;
    static constexpr std::size_t k_max_tag = 32;

    // The empty set.
    MysqlGtidSet() = default;

    // Blanks and newlines may stand between all parts; letters may be of either case; intervals, tags and UUIDs may come in
    // any order, overlap and repeat. Empty or blank text is the empty set.
    // Fails (ErrorKind::failed, the byte and the text there in the message) on everything else: sequence 0 or beyond 2^63 -
    // 2, an interval that runs backwards (the server takes it as empty), a bad UUID or tag. Stricter than the server on
    // purpose: a UUID or tag without an interval and a surplus comma are refused, because that is what a value cut off in
    // transport looks like. A cut inside or after a number cannot be seen here ("1-12" becomes "1-1"): who transports a set
    // adds a length. O(n), or O(n log n) when something is out of order.
    [[nodiscard]] static base::Result<MysqlGtidSet> parse(std::string_view s);

    // Canonical text, equal for equal sets: lower case, ascending UUIDs, untagged before tagged, tags ascending, intervals
    // merged; what the server prints except that no newline follows a comma (it stays one line for logs and attributes).
    // The empty set is "".
    [[nodiscard]] std::string to_string() const;

    [[nodiscard]] bool empty() const { return m_groups.empty(); }

    // How many transactions. 2^64 - 1 means that many or more (possible only with made-up sets). O(n).
    // For reports only: a larger count says nothing about which set is ahead.
    [[nodiscard]] std::uint64_t count() const;

    // The first `limit` transactions by name, each as a set of its own is written: "UUID:5", "UUID:tag:5". O(n + limit).
    [[nodiscard]] std::vector<std::string> names(std::size_t limit) const;

    // The part that the server with this UUID numbered, tags included; empty where the text is not a UUID. O(n).
    [[nodiscard]] MysqlGtidSet of_source(std::string_view uuid) const;

    // Whether every transaction of other is in this set, as GTID_SUBSET(other, this). Everything contains the empty set.
    // O(n).
    [[nodiscard]] bool contains(const MysqlGtidSet& other) const;

    [[nodiscard]] MysqlGtidSet united(const MysqlGtidSet& other) const;      // in this or in other; O(n)
    [[nodiscard]] MysqlGtidSet minus(const MysqlGtidSet& other) const;       // in this, not in other: GTID_SUBTRACT; O(n)
    [[nodiscard]] MysqlGtidSet intersected(const MysqlGtidSet& other) const; // in both; O(n)

    friend bool operator==(const MysqlGtidSet&, const MysqlGtidSet&) = default;

private:
    // Who numbers: transactions of one source are numbered without regard to the others'. Ordered as the server prints.
    struct Source {
        std::array<std::uint8_t, 16> uuid{};
        std::string tag; // lower case; "" is untagged

        friend auto operator<=>(const Source&, const Source&) = default;
    };
    struct Group {
        Source source;
        Intervals intervals; // normal form, not empty

        friend bool operator==(const Group&, const Group&) = default;
    };
    class Parser;

    static void normalise(std::vector<Group>& groups);

    std::vector<Group> m_groups; // ascending by source, each source once
};

// The relation of a to b. O(n).
[[nodiscard]] Relation relation(const MysqlGtidSet& a, const MysqlGtidSet& b);

std::ostream& operator<<(std::ostream& out, const MysqlGtidSet& set);

} // namespace mysql_prm::gtid
