#include "mysql_prm/gtid/intervals.hpp"

#include <algorithm>
#include <iterator>

namespace mysql_prm::gtid {
namespace {

bool starts_before(const Interval& a, const Interval& b)
{
    return a.first < b.first;
}

// Adds an interval that starts at or after all of those in target.
void append_merging(Intervals& target, const Interval& next)
{
    if (target.empty() || next.first > target.back().last + 1)
        target.push_back(next);
    else
        target.back().last = std::max(target.back().last, next.last);
}

} // namespace

void normalise(Intervals& intervals)
{
    if (!std::ranges::is_sorted(intervals, starts_before))
        std::ranges::sort(intervals, starts_before);
    std::size_t kept = 0;
    for (const Interval& next : intervals) {
        if (kept > 0 && next.first <= intervals[kept - 1].last + 1)
            intervals[kept - 1].last = std::max(intervals[kept - 1].last, next.last);
        else
            intervals[kept++] = next;
    }
    intervals.resize(kept);
}

bool contains(const Intervals& whole, const Intervals& part)
{
    auto candidate = whole.begin();
    for (const Interval& wanted : part) {
        while (candidate != whole.end() && candidate->last < wanted.first)
            ++candidate;
        // Normal form has no adjacent intervals, so what is contained is contained in one of them.
        if (candidate == whole.end() || candidate->first > wanted.first || candidate->last < wanted.last)
            return false;
    }
    return true;
}

Intervals united(const Intervals& a, const Intervals& b)
{
    Intervals result;
    result.reserve(a.size() + b.size());
    auto left = a.begin();
    auto right = b.begin();
    while (left != a.end() || right != b.end()) {
        const bool take_left = right == b.end() || (left != a.end() && starts_before(*left, *right));
        append_merging(result, take_left ? *left++ : *right++);
    }
    return result;
}

Intervals minus(const Intervals& a, const Intervals& b)
{
    Intervals result;
    auto cut = b.begin();
    for (Interval rest : a) {
        while (cut != b.end() && cut->last < rest.first)
            ++cut;
        bool used_up = false;
        while (!used_up && cut != b.end() && cut->first <= rest.last) {
            if (cut->first > rest.first)
                result.push_back({rest.first, cut->first - 1});
            rest.first = cut->last + 1;
            used_up = rest.first > rest.last;
            if (!used_up) // else the cut may reach into the next interval, too
                ++cut;
        }
        if (!used_up)
            result.push_back(rest);
    }
    return result;
}

Intervals intersected(const Intervals& a, const Intervals& b)
{
    Intervals result;
    auto left = a.begin();
    auto right = b.begin();
    while (left != a.end() && right != b.end()) {
        const std::uint64_t first = std::max(left->first, right->first);
        const std::uint64_t last = std::min(left->last, right->last);
        if (first <= last)
            result.push_back({first, last});
        if (left->last < right->last)
            ++left;
        else
            ++right;
    }
    return result;
}

} // namespace mysql_prm::gtid
