#include "mysql_prm/adapters/cluster/crm_output.hpp"

#include <gtest/gtest.h>

namespace mysql_prm::adapters::cluster {
namespace {

using base::ErrorKind;

TEST(CrmOutputTest, AnAttributeThatDoesNotExistIsNothing)
{
    const auto value = parse_attribute({105, "", "crm_attribute: Error performing operation: No such device or address\n"});
    ASSERT_TRUE(value);
    EXPECT_FALSE(*value);
}

TEST(CrmOutputTest, AnAttributeKeepsItsBlanksAndLosesOneLineEnd)
{
    EXPECT_EQ(*parse_attribute({0, " a b|c \n", ""}), " a b|c ");
    EXPECT_EQ(*parse_attribute({0, "\n", ""}), "");
}

TEST(CrmOutputTest, WithoutAClusterTheErrorIsNotRunning)
{
    const auto value
        = parse_attribute({102, "", "crm_attribute: Could not connect to the CIB: Transport endpoint is not connected\n"});
    ASSERT_FALSE(value);
    EXPECT_EQ(value.error().kind, ErrorKind::not_running);
    EXPECT_EQ(value.error().code, 102);
    EXPECT_EQ(value.error().message,
        "no cluster on this node: crm_attribute exited with 102 (Could not connect to the CIB: Transport endpoint is not "
        "connected)");
}

TEST(CrmOutputTest, PrivateValuesAreReadByNodeAsRecordedFrom215And303)
{
    const std::map<std::string, std::string> expected{{"n1", "x\ny(5),;:@=_-.|/ z"}, {"n2", "two"}};
    EXPECT_EQ(*parse_private(
                  {0, "name=\"b\" host=\"n2\" value=\"two\"\nname=\"b\" host=\"n1\" value=\"x%0Ay(5),;:@=_-.|/ z\"\n", ""}),
        expected);
}

TEST(CrmOutputTest, APrivateValueThatWasNeverSetOrIsDeletedIsNothing)
{
    const auto never = parse_private({78, "", "attrd_updater: Could not query value of never: attribute does not exist\n"});
    ASSERT_TRUE(never);
    EXPECT_TRUE(never->empty());
    const auto deleted = parse_private({0, "name=\"a\" host=\"n1\" value=\"\"\n", ""});
    ASSERT_TRUE(deleted);
    EXPECT_TRUE(deleted->empty());
}

TEST(CrmOutputTest, PrivateValuesCannotBeReadWithoutACluster)
{
    EXPECT_EQ(parse_private({102, "", "attrd_updater: Could not connect\n"}).error().kind, ErrorKind::not_running);
}

TEST(CrmOutputTest, TheNumberOfARingTellsWhetherAnotherOneWasInBetween)
{
    EXPECT_TRUE(is_next_ring("1.116f4", "1.116f8")); // a fenced node is back
    EXPECT_TRUE(is_next_ring("1.c", "2.10"));
    EXPECT_TRUE(is_next_ring("1.c", "1.11")); // one that had a ring of its own since its restart
    EXPECT_FALSE(is_next_ring("1.c", "1.14"));
    EXPECT_FALSE(is_next_ring("1.c", "1.c"));
    EXPECT_FALSE(is_next_ring("1.10", "1.c"));
}

TEST(CrmOutputTest, ARingInAnotherFormFollowsNone)
{
    for (const auto* ring : {"", ".", "1.", "10", "1/16", "1.10 ", "1.1g", "1.-c", "1.2.10", "1.fffffffffffffffff"}) {
        EXPECT_FALSE(is_next_ring("1.c", ring)) << ring;
        EXPECT_FALSE(is_next_ring(ring, "1.4")) << ring;
    }
}

TEST(CrmOutputTest, ScoresHaveInfinitiesAndACap)
{
    EXPECT_EQ(parse_score("-INFINITY"), -1'000'000);
    EXPECT_EQ(parse_score("INFINITY\n"), 1'000'000);
    EXPECT_EQ(parse_score("+INFINITY"), 1'000'000);
    EXPECT_EQ(parse_score("-5"), -5);
    EXPECT_EQ(parse_score("2147483648"), 1'000'000);
    EXPECT_FALSE(parse_score("five"));
    EXPECT_FALSE(parse_score(""));
    EXPECT_EQ(print_score(-1'000'000), "-INFINITY");
    EXPECT_EQ(print_score(1'000'001), "INFINITY");
    EXPECT_EQ(print_score(-5), "-5");
}

TEST(CrmOutputTest, EncodedValuesHoldNothingThatAToolMayChange)
{
    std::string every_byte;
    for (int c = 0; c < 256; ++c)
        every_byte += static_cast<char>(c);
    const auto encoded = encode(every_byte);
    EXPECT_EQ(encoded.find_first_of("\"\\\n\t&<>'+"), std::string::npos);
    EXPECT_EQ(decode(encoded), every_byte);
}

TEST(CrmOutputTest, EncodedGtidSetsStayReadable)
{
    const std::string set = "mysql:3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5,tag:7 | 100";
    EXPECT_EQ(encode(set), set);
    EXPECT_EQ(decode("100% sure %4"), "100% sure %4");
}

} // namespace
} // namespace mysql_prm::adapters::cluster
