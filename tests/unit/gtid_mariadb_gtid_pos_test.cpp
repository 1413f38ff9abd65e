#include "mysql_prm/gtid/mariadb_gtid_pos.hpp"

#include <gtest/gtest.h>

#include <string>

namespace mysql_prm::gtid {
namespace {

MariadbGtidPos pos_of(std::string_view s)
{
    const auto pos = MariadbGtidPos::parse(s);
    EXPECT_TRUE(pos.has_value()) << (pos ? "" : pos.error().message);
    return pos.value_or(MariadbGtidPos{});
}

MariadbBinlogState state_of(std::string_view s)
{
    const auto state = MariadbBinlogState::parse(s);
    EXPECT_TRUE(state.has_value()) << (state ? "" : state.error().message);
    return state.value_or(MariadbBinlogState{});
}

bool is_refused(std::string_view s)
{
    return !MariadbGtidPos::parse(s).has_value() && !MariadbBinlogState::parse(s).has_value();
}

std::string diverged_text(std::string_view own, std::string_view peer)
{
    return to_string(diverged(state_of(own), state_of(peer)));
}

} // namespace

TEST(MariadbGtidPos, IsEmptyForEmptyAndBlankText)
{
    EXPECT_TRUE(pos_of("").empty());
    EXPECT_TRUE(pos_of(" \n").empty());
    EXPECT_EQ(pos_of("").to_string(), "");
}

TEST(MariadbGtidPos, PrintsAscendingDomainsWhateverTheOrderRead)
{
    EXPECT_EQ(pos_of("0-1-100,1-3-7").to_string(), "0-1-100,1-3-7");
    EXPECT_EQ(pos_of(" 10-3-7 ,\n2-1-100").to_string(), "2-1-100,10-3-7");
}

TEST(MariadbGtidPos, AcceptsTheWholeRangeOfTheServersTypes)
{
    EXPECT_EQ(
        pos_of("4294967295-4294967295-18446744073709551615").to_string(), "4294967295-4294967295-18446744073709551615");
    EXPECT_TRUE(is_refused("4294967296-1-1"));
    EXPECT_TRUE(is_refused("0-4294967296-1"));
    EXPECT_TRUE(is_refused("0-1-18446744073709551616"));
}

TEST(MariadbGtidPos, RefusesMalformedText)
{
    for (const std::string text : {"0", "0-1", "0-1-", "0--1", "0-1-2-3", "a-1-2", "0-1-2,", ",0-1-2", "0-1-2,,1-1-2",
             "0-1-+2", "0-1 -2", "0-1-2 1-1-2", "0:1:2"})
        EXPECT_TRUE(is_refused(text)) << text;
}

TEST(MariadbGtidPos, RefusesADomainThatIsNamedTwice)
{
    const auto pos = MariadbGtidPos::parse("0-1-100,1-1-5,0-2-101");
    ASSERT_FALSE(pos.has_value());
    EXPECT_EQ(pos.error().message, "GTID position: domain 0 is named twice");
}

TEST(MariadbGtidPos, KnowsHowFarEachDomainIs)
{
    const auto pos = pos_of("0-1-100,7-3-9");
    EXPECT_EQ(pos.seq_of(0), 100U);
    EXPECT_EQ(pos.seq_of(7), 9U);
    EXPECT_EQ(pos.seq_of(3), std::nullopt);
    EXPECT_EQ(pos.gtid_of(7), (MariadbGtid{7, 3, 9}));
    EXPECT_EQ(pos.gtid_of(8), std::nullopt);
}

TEST(MariadbGtidPos, ContainsWhatIsAtOrBeforeItInEveryDomain)
{
    const auto pos = pos_of("0-1-100,1-3-7");
    for (const std::string part : {"", "0-1-100", "0-2-99", "1-3-7", "0-1-1,1-1-1", "0-1-100,1-3-7"})
        EXPECT_TRUE(pos.contains(pos_of(part))) << part;
    for (const std::string other : {"0-1-101", "1-3-8", "2-1-1", "0-1-1,1-1-8"})
        EXPECT_FALSE(pos.contains(pos_of(other))) << other;
}

TEST(MariadbGtidPos, DoesNotContainTheSameNumberFromAnotherServer)
{
    EXPECT_FALSE(pos_of("0-1-100").contains(pos_of("0-2-100")));
    EXPECT_EQ(relation(pos_of("0-1-100"), pos_of("0-2-100")), Relation::incomparable);
}

TEST(MariadbGtidPos, UnitesToTheHigherOfEachDomain)
{
    EXPECT_EQ(pos_of("0-1-100,1-3-7").united(pos_of("0-2-120,1-3-5,2-1-1")).to_string(), "0-2-120,1-3-7,2-1-1");
    EXPECT_EQ(pos_of("").united(pos_of("0-2-120")).to_string(), "0-2-120");
    EXPECT_EQ(pos_of("0-1-100").united(pos_of("0-2-100")).to_string(), "0-1-100");
}

TEST(MariadbGtidPos, IsIncomparableWhenEachIsAheadInSomeDomain)
{
    EXPECT_EQ(relation(pos_of("0-1-100"), pos_of("0-1-100")), Relation::equal);
    EXPECT_EQ(relation(pos_of("0-1-99"), pos_of("0-1-100")), Relation::subset);
    EXPECT_EQ(relation(pos_of("0-1-100,1-1-1"), pos_of("0-1-100")), Relation::superset);
    EXPECT_EQ(relation(pos_of("0-1-100,1-1-1"), pos_of("0-1-90,1-1-2")), Relation::incomparable);
    EXPECT_EQ(relation(pos_of("0-1-9"), pos_of("1-1-9")), Relation::incomparable);
}

TEST(MariadbGtidPos, IsAheadByNumberNotByText)
{
    EXPECT_EQ(relation(pos_of("0-1-10"), pos_of("0-1-9")), Relation::superset);
}

TEST(MariadbBinlogState, KeepsEveryServerOfADomain)
{
    const auto state = state_of("0-1-105,0-2-150,1-1-7");
    EXPECT_EQ(state.seq_of(0, 1), 105U);
    EXPECT_EQ(state.seq_of(0, 2), 150U);
    EXPECT_EQ(state.seq_of(1, 1), 7U);
    EXPECT_EQ(state.seq_of(1, 2), std::nullopt);
    EXPECT_EQ(state.seq_of(2, 1), std::nullopt);
    EXPECT_TRUE(state_of(" ").empty());
}

TEST(MariadbBinlogState, TakesTheLastListedOfADomainAsItsMostRecent)
{
    EXPECT_EQ(state_of("0-2-150,0-3-90,0-1-105,1-5-7").latest(), pos_of("0-1-105,1-5-7"));
    EXPECT_EQ(state_of("0-1-105,1-5-7,0-2-150").latest(), pos_of("0-2-150,1-5-7"));
}

TEST(MariadbBinlogState, PrintsTheMostRecentOfADomainLast)
{
    EXPECT_EQ(state_of("0-3-90,0-2-150,0-1-105,1-5-7").to_string(), "0-2-150,0-3-90,0-1-105,1-5-7");
    EXPECT_EQ(state_of(state_of("0-3-90,0-2-150,0-1-105").to_string()), state_of("0-3-90,0-2-150,0-1-105"));
}

TEST(MariadbBinlogState, DiffersWhenAnotherServerWroteLast)
{
    EXPECT_NE(state_of("0-1-5,0-2-6"), state_of("0-2-6,0-1-5"));
}

TEST(MariadbBinlogState, RefusesAServerThatIsNamedTwiceInADomain)
{
    const auto state = MariadbBinlogState::parse("0-1-100,0-2-5,0-1-101");
    ASSERT_FALSE(state.has_value());
    EXPECT_EQ(state.error().message, "GTID binary log state: server_id 1 of domain 0 is named twice");
}

TEST(MariadbBinlogState, GrowsByAPositionAndNeverShrinks)
{
    EXPECT_EQ(state_of("").united(pos_of("0-1-100")), state_of("0-1-100"));
    EXPECT_EQ(state_of("0-1-90,0-2-95").united(pos_of("0-1-100")), state_of("0-2-95,0-1-100"));
    EXPECT_EQ(state_of("0-1-90,0-2-95").united(pos_of("0-1-80,1-1-1")), state_of("0-1-90,0-2-95,1-1-1"));
}

TEST(MariadbBinlogState, StaysWholeWhenNumbersWentBackwards)
{
    const auto state = state_of("0-1-100,0-2-90").united(pos_of("0-1-95"));
    EXPECT_EQ(state_of(state.to_string()), state);
    EXPECT_EQ(state.seq_of(0, 1), 100U);
}

TEST(MariadbDiverged, IsNothingForEqualStatesAndForAPeerThatIsAhead)
{
    EXPECT_EQ(diverged_text("0-1-105,0-2-150", "0-1-105,0-2-150"), "");
    EXPECT_EQ(diverged_text("0-1-105,0-2-150", "0-1-105,0-2-200,0-3-201,1-1-1"), "");
    EXPECT_EQ(diverged_text("", "0-1-1"), "");
}

TEST(MariadbDiverged, FindsExtraEventsOfAFormerPrimaryBelowThePeersNumber)
{
    ASSERT_TRUE(pos_of("0-2-200").contains(pos_of("0-1-105")));
    EXPECT_EQ(diverged_text("0-1-105", "0-1-101,0-2-200"), "0-1-105");
    EXPECT_EQ(diverged_text("0-1-105,0-2-150", "0-1-101,0-2-200"), "0-1-105");
}

TEST(MariadbDiverged, LooksAtEachDomainOnItsOwn)
{
    EXPECT_EQ(diverged_text("0-1-5,1-1-9", "1-1-5,0-1-9"), "1-1-9");
}

TEST(MariadbDiverged, ListsAServerThatThePeersStateDoesNotKnow)
{
    const auto peer = state_of("0-2-200");
    EXPECT_EQ(to_string(diverged(state_of("0-1-100,0-2-150"), peer)), "0-1-100");
    EXPECT_FALSE(peer.seq_of(0, 1).has_value()); // how a caller tells "not known" from "not written"
}

TEST(MariadbDiverged, IsSettledByWhatThePeerWasProvisionedWith)
{
    const auto own = state_of("0-1-100,0-2-150");
    const auto peer = state_of("0-2-200");
    EXPECT_TRUE(diverged(own, peer.united(pos_of("0-1-100"))).empty());
    EXPECT_EQ(to_string(diverged(own, peer.united(pos_of("0-1-99")))), "0-1-100");
}

} // namespace mysql_prm::gtid
