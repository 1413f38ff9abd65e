// Sets of sequence numbers as sorted intervals: the arithmetic under MysqlGtidSet, for one source at a time.
//
// Normal form: ascending, not empty, neither overlapping nor adjacent (1-3 and 4-5 are 1-5). Every function except
// normalise() expects normal form and returns it. All are linear in the number of intervals on both sides and cannot fail.
#pragma once

#include <cstdint>
#include <vector>

namespace mysql_prm::gtid {

// Both ends belong to the interval; first <= last < 2^64 - 1.
struct Interval {
    std::uint64_t first = 0;
    std::uint64_t last = 0;

    friend bool operator==(const Interval&, const Interval&) = default;
};

using Intervals = std::vector<Interval>;

// Brings intervals in any order, overlapping or not, into normal form. O(n) when already ascending, else O(n log n).
void normalise(Intervals& intervals);

[[nodiscard]] bool contains(const Intervals& whole, const Intervals& part);
[[nodiscard]] Intervals united(const Intervals& a, const Intervals& b);
[[nodiscard]] Intervals minus(const Intervals& a, const Intervals& b);
[[nodiscard]] Intervals intersected(const Intervals& a, const Intervals& b);

} // namespace mysql_prm::gtid
