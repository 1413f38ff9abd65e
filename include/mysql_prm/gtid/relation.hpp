// How two positions, each a set of transactions, relate. Incomparable is an answer of its own: each side may hold something
// that the other lacks, and no order between such sides is invented (never by text, never by count).
#pragma once

#include <cstdint>
#include <string_view>

namespace mysql_prm::gtid {

enum class Relation : std::uint8_t {
    equal,
    subset,       // left is contained in right and not equal to it
    superset,     // right is contained in left and not equal to it
    incomparable, // neither contains the other
};

// The relation of left to right, from the two containments.
[[nodiscard]] constexpr Relation relation_of(bool left_contains_right, bool right_contains_left)
{
    if (left_contains_right && right_contains_left)
        return Relation::equal;
    if (left_contains_right)
        return Relation::superset;
    return right_contains_left ? Relation::subset : Relation::incomparable;
}

// "equal", "subset", "superset", "incomparable".
[[nodiscard]] constexpr std::string_view to_string(Relation relation)
{
    switch (relation) {
    case Relation::equal:
        return "equal";
    case Relation::subset:
        return "subset";
    case Relation::superset:
        return "superset";
    case Relation::incomparable:
        return "incomparable";
    }
    return "unknown";
}

} // namespace mysql_prm::gtid
