#include "mysql_prm/gtid/relation.hpp"

#include <gtest/gtest.h>

namespace mysql_prm::gtid {

TEST(Relation, FollowsFromTheTwoContainments)
{
    EXPECT_EQ(relation_of(true, true), Relation::equal);
    EXPECT_EQ(relation_of(true, false), Relation::superset);
    EXPECT_EQ(relation_of(false, true), Relation::subset);
    EXPECT_EQ(relation_of(false, false), Relation::incomparable);
}

TEST(Relation, IsNamedForMessages)
{
    EXPECT_EQ(to_string(Relation::equal), "equal");
    EXPECT_EQ(to_string(Relation::superset), "superset");
    EXPECT_EQ(to_string(Relation::subset), "subset");
    EXPECT_EQ(to_string(Relation::incomparable), "incomparable");
}

} // namespace mysql_prm::gtid
