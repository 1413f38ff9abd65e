#include "mysql_prm/gtid/mysql_gtid_set.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <limits>
#include <string>

namespace mysql_prm::gtid {
namespace {

const std::string k_a = "3e11fa47-71ca-11e1-9e33-c80aa9429562";
const std::string k_b = "896e7882-18fe-11ef-ab88-22222d34d411";

MysqlGtidSet set_of(std::string_view s)
{
    const auto set = MysqlGtidSet::parse(s);
    EXPECT_TRUE(set.has_value()) << (set ? "" : set.error().message);
    return set.value_or(MysqlGtidSet{});
}

std::string canonical(std::string_view s)
{
    return set_of(s).to_string();
}

std::string refusal(std::string_view s)
{
    const auto set = MysqlGtidSet::parse(s);
    return set ? "accepted as " + set->to_string() : set.error().message;
}

bool is_refused(std::string_view s)
{
    return !MysqlGtidSet::parse(s).has_value();
}

} // namespace

TEST(MysqlGtidSet, IsEmptyForEmptyAndBlankText)
{
    EXPECT_TRUE(set_of("").empty());
    EXPECT_TRUE(set_of(" \n\t").empty());
    EXPECT_EQ(canonical(""), "");
    EXPECT_EQ(set_of(""), MysqlGtidSet{});
}

TEST(MysqlGtidSet, ReadsWhatTheServerPrintsAndGivesItBackOnOneLine)
{
    EXPECT_EQ(canonical(k_a + ":1-3:7,\n" + k_b + ":1-12345678901"), k_a + ":1-3:7," + k_b + ":1-12345678901");
}

TEST(MysqlGtidSet, IgnoresBlanksBetweenAllParts)
{
    EXPECT_EQ(canonical("\n " + k_a + " : 1 - 3 :\ttag : 7 ,\r\n " + k_b + ":5 \n"), k_a + ":1-3:tag:7," + k_b + ":5");
}

TEST(MysqlGtidSet, PrintsLowerCaseWhateverTheCaseRead)
{
    EXPECT_EQ(canonical("3E11FA47-71CA-11E1-9E33-C80AA9429562:Domain_1:1-3"), k_a + ":domain_1:1-3");
}

TEST(MysqlGtidSet, MergesIntervalsThatOverlapTouchRepeatOrComeInAnyOrder)
{
    EXPECT_EQ(canonical(k_a + ":7-9:1-3:2-5:6:20:20"), k_a + ":1-9:20");
    EXPECT_EQ(canonical(k_a + ":1-10:2-3:5"), k_a + ":1-10");
    EXPECT_EQ(canonical(k_a + ":5-5"), k_a + ":5");
}

TEST(MysqlGtidSet, MergesASourceThatIsNamedSeveralTimes)
{
    EXPECT_EQ(canonical(k_b + ":4," + k_a + ":3," + k_b + ":5," + k_a + ":1-2"), k_a + ":1-3," + k_b + ":4-5");
}

// MySQL 9.1 prints one UUID with its tags behind it where the manual's example repeats the UUID (bugs.mysql.com 116789).
TEST(MysqlGtidSet, PrintsTheTagsOfAUuidTogetherAfterTheUntagged)
{
    EXPECT_EQ(canonical(k_a + ":Domain_1:1-3:15-21, " + k_a + ":Domain_2:8-52"), k_a + ":domain_1:1-3:15-21:domain_2:8-52");
    EXPECT_EQ(canonical(k_a + ":zz:1:aa:2," + k_a + ":9:aa:3"), k_a + ":9:aa:2-3:zz:1");
}

TEST(MysqlGtidSet, NumbersEachTagOnItsOwn)
{
    EXPECT_FALSE(set_of(k_a + ":1-5").contains(set_of(k_a + ":tag:1")));
    EXPECT_FALSE(set_of(k_a + ":tag:1-5").contains(set_of(k_a + ":1")));
    EXPECT_EQ(set_of(k_a + ":1-5:tag:1-5").minus(set_of(k_a + ":tag:2-5")).to_string(), k_a + ":1-5:tag:1");
}

TEST(MysqlGtidSet, AcceptsTagsOfUpTo32Characters)
{
    const std::string longest = "_" + std::string(31, '9');
    EXPECT_EQ(canonical(k_a + ":" + longest + ":1"), k_a + ":" + longest + ":1");
    EXPECT_TRUE(is_refused(k_a + ":" + longest + "x:1"));
}

TEST(MysqlGtidSet, RefusesABadTag)
{
    EXPECT_TRUE(is_refused(k_a + ":9tag:1"));
    EXPECT_TRUE(is_refused(k_a + ":ta-g:1"));
    EXPECT_TRUE(is_refused(k_a + ":t\xc3\xa4g:1"));
    EXPECT_TRUE(is_refused(k_a + ":ta g:1"));
}

TEST(MysqlGtidSet, AcceptsSequencesFromOneTo2To63Minus2)
{
    EXPECT_EQ(canonical(k_a + ":9223372036854775806"), k_a + ":9223372036854775806");
    EXPECT_TRUE(is_refused(k_a + ":9223372036854775807"));
    EXPECT_TRUE(is_refused(k_a + ":1-9223372036854775807"));
    EXPECT_TRUE(is_refused(k_a + ":99999999999999999999999"));
    EXPECT_TRUE(is_refused(k_a + ":0"));
    EXPECT_TRUE(is_refused(k_a + ":0-5"));
    EXPECT_TRUE(is_refused(k_a + ":-5"));
    EXPECT_TRUE(is_refused(k_a + ":+5"));
}

TEST(MysqlGtidSet, RefusesAnIntervalThatRunsBackwards)
{
    EXPECT_EQ(refusal(k_a + ":5-3"), "GTID set: an interval that runs backwards at byte 37 of 40: '5-3'");
}

TEST(MysqlGtidSet, RefusesABadUuid)
{
    EXPECT_EQ(refusal("3e11fa47:1"), "GTID set: not a UUID at byte 0 of 10: '3e11fa47:1'");
    EXPECT_TRUE(is_refused("3e11fa4771ca11e19e33c80aa9429562:1-3:5-9"));
    EXPECT_TRUE(is_refused("3e11fa47-71ca-11e1-9e33-c80aa942956g:1"));
    EXPECT_TRUE(is_refused("3e11fa47-71ca-11e1-9e33c-80aa9429562:1"));
    EXPECT_TRUE(is_refused("-e11fa47-71ca-11e1-9e33-c80aa9429562:1"));
    EXPECT_TRUE(is_refused(k_a + "0:1"));
    EXPECT_TRUE(is_refused("3e11fa47-71ca-11e1-9e33xc80aa9429562:1"));
    EXPECT_TRUE(is_refused("3e11fa47-71ca-11e1-9e330c80aa9429562:1"));
}

TEST(MysqlGtidSet, RefusesTextThatWasCutOffBeforeASequenceNumber)
{
    const std::string whole = k_a + ":1-3:tag:7," + k_b + ":5";
    for (const std::size_t size : {10UL, 36UL, 37UL, 39UL, 41UL, 42UL, 44UL, 45UL, 47UL, 60UL, 83UL, 84UL})
        EXPECT_TRUE(is_refused(whole.substr(0, size))) << whole.substr(0, size);
}

TEST(MysqlGtidSet, RefusesSurplusSeparatorsAndTrailingText)
{
    EXPECT_TRUE(is_refused(","));
    EXPECT_TRUE(is_refused(k_a + ":1,"));
    EXPECT_TRUE(is_refused(k_a + ":1,," + k_b + ":1"));
    EXPECT_TRUE(is_refused(k_a + "::1"));
    EXPECT_TRUE(is_refused(k_a + ":1:"));
    EXPECT_TRUE(is_refused(k_a + ":1-2-3"));
    EXPECT_TRUE(is_refused(k_a + ":1 2"));
    EXPECT_TRUE(is_refused(k_a + ":tag:other:1"));
    EXPECT_TRUE(is_refused(k_a + ":1;" + k_b + ":1"));
}

TEST(MysqlGtidSet, ShowsOnlyTheBeginningOfALongBadText)
{
    EXPECT_LT(refusal(std::string(100'000, 'x')).size(), 150U);
}

TEST(MysqlGtidSet, ContainsItselfAndEveryPartOfItself)
{
    const auto whole = set_of(k_a + ":1-10:20-30:tag:1-5," + k_b + ":1-3");
    EXPECT_TRUE(whole.contains(whole));
    EXPECT_TRUE(whole.contains(MysqlGtidSet{}));
    for (const std::string& part :
        {k_a + ":1", k_a + ":10:20", k_a + ":25-30", k_a + ":tag:2-4", k_b + ":1-3", k_a + ":5," + k_b + ":2"})
        EXPECT_TRUE(whole.contains(set_of(part))) << part;
}

TEST(MysqlGtidSet, DoesNotContainWhatReachesOutsideIt)
{
    const auto whole = set_of(k_a + ":2-10:20-30");
    for (const std::string& other :
        {k_a + ":1", k_a + ":1-2", k_a + ":10-11", k_a + ":2-30", k_a + ":15", k_a + ":31", k_a + ":tag:2", k_b + ":2"})
        EXPECT_FALSE(whole.contains(set_of(other))) << other;
    EXPECT_FALSE(MysqlGtidSet{}.contains(whole));
}

TEST(MysqlGtidSet, UnitesWhatIsInEither)
{
    EXPECT_EQ(set_of(k_a + ":1-3:10").united(set_of(k_a + ":4-9:tag:1," + k_b + ":1")).to_string(),
        k_a + ":1-10:tag:1," + k_b + ":1");
    EXPECT_EQ(set_of(k_a + ":1").united(MysqlGtidSet{}).to_string(), k_a + ":1");
    EXPECT_EQ(MysqlGtidSet{}.united(set_of(k_a + ":1")).to_string(), k_a + ":1");
}

TEST(MysqlGtidSet, SubtractsInsideIntervalsAndAcrossThem)
{
    EXPECT_EQ(set_of(k_a + ":1-10").minus(set_of(k_a + ":1:5-6:10")).to_string(), k_a + ":2-4:7-9");
    EXPECT_EQ(set_of(k_a + ":1-3:5-7:9-11").minus(set_of(k_a + ":2-10")).to_string(), k_a + ":1:11");
    EXPECT_EQ(set_of(k_a + ":1-3," + k_b + ":1").minus(set_of(k_a + ":1-5")).to_string(), k_b + ":1");
    EXPECT_TRUE(set_of(k_a + ":1-3").minus(set_of(k_a + ":1-3")).empty());
    EXPECT_EQ(
        set_of(k_a + ":9223372036854775800-9223372036854775806").minus(set_of(k_a + ":9223372036854775806")).to_string(),
        k_a + ":9223372036854775800-9223372036854775805");
}

TEST(MysqlGtidSet, IntersectsToWhatIsInBoth)
{
    EXPECT_EQ(set_of(k_a + ":1-10:20:tag:1," + k_b + ":1").intersected(set_of(k_a + ":5-25:other:1")).to_string(),
        k_a + ":5-10:20");
    EXPECT_TRUE(set_of(k_a + ":1-3").intersected(set_of(k_a + ":4-6," + k_b + ":1-3")).empty());
}

TEST(MysqlGtidSet, CountsTransactionsOfAllSources)
{
    EXPECT_EQ(MysqlGtidSet{}.count(), 0U);
    EXPECT_EQ(set_of(k_a + ":1-10:20:tag:1-5," + k_b + ":7").count(), 17U);
    EXPECT_EQ(set_of(k_a + ":1-9223372036854775806").count(), MysqlGtidSet::k_max_sequence);
}

TEST(MysqlGtidSet, CountsNoFurtherThan64Bits)
{
    const std::string all = ":1-9223372036854775806";
    EXPECT_EQ(set_of(k_a + all + ":x" + all + ":y" + all).count(), std::numeric_limits<std::uint64_t>::max());
}

TEST(MysqlGtidSet, RelatesAsASetNotAsANumber)
{
    const auto small = set_of(k_a + ":1-5");
    const auto large = set_of(k_a + ":1-9");
    const auto errant = set_of(k_a + ":1-5," + k_b + ":1");
    EXPECT_EQ(relation(small, small), Relation::equal);
    EXPECT_EQ(relation(small, large), Relation::subset);
    EXPECT_EQ(relation(large, small), Relation::superset);
    EXPECT_EQ(relation(large, errant), Relation::incomparable);
    EXPECT_EQ(relation(MysqlGtidSet{}, MysqlGtidSet{}), Relation::equal);
    EXPECT_EQ(relation(MysqlGtidSet{}, small), Relation::subset);
}

// Takes well under a second; anything quadratic would take minutes, so the bound is far from both.
TEST(MysqlGtidSet, HandlesAMillionIntervalsOfOneSourceWithoutQuadraticWork)
{
    std::string odd = k_a;
    for (int i = 1; i < 2'000'000; i += 2)
        odd.append(1, ':').append(std::to_string(i));
    const auto begin = std::chrono::steady_clock::now();

    const auto gaps = set_of(odd);
    const auto all = set_of(k_a + ":1-1999999");

    EXPECT_TRUE(all.contains(gaps));
    EXPECT_FALSE(gaps.contains(all));
    EXPECT_EQ(gaps.count(), 1'000'000U);
    EXPECT_EQ(all.minus(gaps).count(), 999'999U);
    EXPECT_EQ(all.minus(gaps).united(gaps), all);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds{30});
}

TEST(MysqlGtidSet, NamesItsTransactionsUpToALimit)
{
    const std::string a = "aaaaaaaa-0000-0000-0000-000000000001";
    const std::string b = "bbbbbbbb-0000-0000-0000-000000000002";
    const auto set = MysqlGtidSet::parse(a + ":1-2:7:cron:4," + b + ":1-1000").value();
    EXPECT_EQ(set.names(5), (std::vector<std::string>{a + ":1", a + ":2", a + ":7", a + ":cron:4", b + ":1"}));
    EXPECT_EQ(MysqlGtidSet{}.names(5), std::vector<std::string>{});
}

TEST(MysqlGtidSet, GivesThePartOfOneSourceWithItsTags)
{
    const std::string a = "aaaaaaaa-0000-0000-0000-000000000001";
    const auto set = MysqlGtidSet::parse(a + ":1-2:cron:4,bbbbbbbb-0000-0000-0000-000000000002:1").value();
    EXPECT_EQ(set.of_source("AAAAAAAA-0000-0000-0000-000000000001").to_string(), a + ":1-2:cron:4");
    EXPECT_TRUE(set.of_source("cccccccc-0000-0000-0000-000000000001").empty());
    EXPECT_TRUE(set.of_source("").empty());
}

} // namespace mysql_prm::gtid
