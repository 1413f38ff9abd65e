#include "report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace mysql_prm {
namespace {

using chaos::History;
using chaos::k_second;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

// db1 leads and is killed at 10 s; db2 leads from 12 s on. A write each 100 ms; the guarantee holds but for the first half
// second of each.
struct ChaosTest : testing::Test {
    ChaosTest()
    {
        history.primary = "db2";
        history.events = {{0, "db1", "opens", "1"}, {k_second / 2, "db1", "on", ""}, {12 * k_second, "db2", "opens", "2"},
            {12 * k_second + k_second / 2, "db2", "on", ""}};
        history.faults = {{10 * k_second, 10 * k_second, "server_killed", "db1", 100 * k_second}};
        chaos::Client client{.name = "v1", .writes = {}};
        chaos::Rows rows;
        for (std::uint64_t id = 1; id <= 300; ++id) {
            const auto at = static_cast<chaos::Time>(id) * k_second / 10;
            const bool is_away = at >= 10 * k_second && at <= 12 * k_second;
            const auto server = is_away ? 0U : at < 11 * k_second ? 1U : 2U;
            client.writes.push_back({id, at - k_second / 10, at, server});
            if (server != 0)
                rows.emplace(id, server);
        }
        history.clients = {client};
        for (const auto* node : {"db1", "db2", "db3"})
            history.serving[node] = {.executed = "set", .tables = {{"v1", rows}}};
    }
    [[nodiscard]] std::vector<std::string> broken(bool guarantee = true) const
    {
        std::vector<std::string> texts;
        for (const auto& broken : chaos::check(history, {.guarantee = guarantee}).broken)
            texts.push_back(broken.text);
        return texts;
    }
    void forget(std::uint64_t id)
    {
        for (auto& [name, node] : history.serving)
            node.tables["v1"].erase(id);
    }
    History history;
};

TEST_F(ChaosTest, AFailoverThatLosesNothingBreaksNoRule)
{
    const auto verdict = chaos::check(history, {});
    EXPECT_THAT(verdict.broken, IsEmpty());
    ASSERT_EQ(verdict.outcomes.size(), 1);
    EXPECT_EQ(verdict.outcomes[0].gap, 22 * k_second / 10);
    EXPECT_EQ(verdict.on + verdict.off, 279);
    EXPECT_EQ(verdict.off, 10);
}

TEST_F(ChaosTest, ALostWriteIsCaught)
{
    forget(90);
    EXPECT_THAT(broken(), ElementsAre(StartsWith("lost: write 90 of client v1")));
}

TEST_F(ChaosTest, AWriteThatIsLostWithoutTheGuaranteeIsCounted)
{
    history.events.insert(history.events.begin() + 2, {9 * k_second + k_second / 20, "db1", "off", ""});
    forget(98);
    forget(99);
    EXPECT_THAT(broken(), IsEmpty());
    EXPECT_EQ(chaos::check(history, {}).lost, 2);
}

TEST_F(ChaosTest, AWriteUnderWayWhenAMemberLeftIsGuaranteed)
{
    history.events.insert(history.events.begin() + 2, {9 * k_second - k_second / 20, "db1", "on", "without db3"});
    EXPECT_THAT(broken(), IsEmpty());
    forget(90);
    EXPECT_THAT(broken(), testing::Contains(StartsWith("lost: write 90 of client v1")));
}

TEST_F(ChaosTest, WhatIsLostWithoutTheGuaranteeIsTheNewest)
{
    history.events = {{0, "db1", "opens", "1"}, {12 * k_second, "db2", "opens", "2"}};
    for (const std::uint64_t id : {97, 98, 99})
        forget(id);
    EXPECT_THAT(broken(false), IsEmpty());
    EXPECT_EQ(chaos::check(history, {.guarantee = false}).lost, 3);
    forget(50);
    EXPECT_THAT(broken(false), ElementsAre(StartsWith("hole: write 50 of client v1")));
}

TEST_F(ChaosTest, WhatIsLostWithoutTheGuaranteeHadReachedNobodyElse)
{
    history.events = {{0, "db1", "opens", "1"}, {12 * k_second, "db2", "opens", "2"}};
    forget(99);
    const chaos::Rows rows{{99, 1}};
    history.kept = {{0, "db1", {{"v1", rows}}}};
    EXPECT_THAT(broken(false), IsEmpty());
    history.kept = {{0, "db3", {{"v1", rows}}}};
    EXPECT_THAT(broken(false), ElementsAre(StartsWith("received: write 99 of client v1")));
    history.faults[0].where = "db3";
    EXPECT_THAT(broken(false), IsEmpty());
}

TEST_F(ChaosTest, APhantomIsCaught)
{
    for (auto& [name, node] : history.serving)
        node.tables["v1"].emplace(999, 2);
    EXPECT_THAT(broken(), testing::Each(StartsWith("phantom: row 999 of v1")));
    EXPECT_EQ(broken().size(), 3);
    EXPECT_EQ(chaos::check(history, {}).broken[0].at, 30 * k_second) << "the last one before";
}

TEST_F(ChaosTest, TwoPrimariesAreCaught)
{
    // db1 goes on after db2 has opened, and its write survives.
    history.clients.push_back({"d1", {{1, 13 * k_second, 13 * k_second + 100, 1}}});
    for (auto& [name, node] : history.serving)
        node.tables["d1"].emplace(1, 1);
    EXPECT_THAT(broken(), ElementsAre(StartsWith("double: write 1 of client d1")));
}

TEST_F(ChaosTest, AWriteToAFormerPrimaryIsCaughtEvenWhenItIsGoneInTheEnd)
{
    history.events = {{0, "db1", "opens", "1"}, {12 * k_second, "db2", "opens", "2"}};
    history.clients.push_back({"d1", {{1, 13 * k_second, 13 * k_second + 100, 1}}});
    EXPECT_THAT(broken(false), ElementsAre(StartsWith("double: write 1 of client d1")));
}

TEST_F(ChaosTest, TwoPrimariesOfOneGenerationAreCaught)
{
    history.events[2].detail = "1";
    EXPECT_THAT(broken(), ElementsAre(StartsWith("double: servers 1 and 2 opened under generation 1")));
}

TEST_F(ChaosTest, AWriteThatWasUnderWayWhenAnotherOneOpenedIsNoSecondPrimary)
{
    history.clients.push_back({"d1", {{1, 11 * k_second, 13 * k_second, 1}}});
    for (auto& [name, node] : history.serving)
        node.tables["d1"].emplace(1, 1);
    EXPECT_THAT(broken(), IsEmpty());
}

TEST_F(ChaosTest, AServerThatNobodyOpenedIsCaught)
{
    history.clients.push_back({"d3", {{1, 5 * k_second, 6 * k_second, 3}}});
    for (auto& [name, node] : history.serving)
        node.tables["d3"].emplace(1, 3);
    EXPECT_THAT(broken(), ElementsAre(StartsWith("unled: write 1 of client d3")));
}

TEST_F(ChaosTest, ADivergedRowIsCaught)
{
    history.serving["db3"].tables["v1"].erase(50);
    EXPECT_THAT(broken(),
        ElementsAre(
            "diverged: table v1 of db3 is not that of db2: 1 rows; 50 is missing on db3 and was taken by server 1 on db2"));
    EXPECT_EQ(chaos::check(history, {}).broken[0].at, 5 * k_second);
    history.serving["db3"].tables["v1"][50] = 2;
    EXPECT_THAT(broken(),
        ElementsAre("diverged: table v1 of db3 is not that of db2: 1 rows; 50 was taken by server 2 on db3 and was taken by "
                    "server 1 on db2"));
    history.serving["db3"].tables.erase("v1");
    EXPECT_THAT(broken(), testing::Contains("diverged: db3 has no table v1"));
    history.serving["db3"] = history.serving["db1"];
    history.serving["db3"].executed = "other";
    EXPECT_THAT(broken(), ElementsAre("diverged: db3 has executed other, db2 set"));
}

TEST_F(ChaosTest, ABlockedClusterIsCaught)
{
    history.clients[0].writes.resize(99);
    for (auto& [name, node] : history.serving)
        std::erase_if(node.tables["v1"], [](const auto& row) { return row.first > 99; });
    EXPECT_THAT(broken(), ElementsAre(StartsWith("blocked: no write for 0 s after the end of server_killed on db1")));
    for (std::uint64_t id = 100; id <= 500; ++id)
        history.clients[0].writes.push_back(
            {id, static_cast<chaos::Time>(id - 1) * k_second / 10, static_cast<chaos::Time>(id) * k_second / 10, 0});
    EXPECT_THAT(broken(), ElementsAre(StartsWith("blocked: no write for 40 s after the end of server_killed on db1")));
}

TEST_F(ChaosTest, ABlockThatBeginsLateIsCaught)
{
    auto& writes = history.clients[0].writes;
    writes.push_back({301, 62 * k_second, 63 * k_second, 2});
    for (auto& [name, node] : history.serving)
        node.tables["v1"].emplace(301, 2);
    EXPECT_THAT(broken(), ElementsAre(StartsWith("blocked: no write for 33 s after the end of server_killed on db1")));
    history.faults[0].end = 40 * k_second;
    EXPECT_THAT(broken(), IsEmpty());
    writes.push_back({302, 95 * k_second, 96 * k_second, 0});
    EXPECT_THAT(broken(), ElementsAre(StartsWith("blocked: no write for 33 s after the end")));
}

TEST_F(ChaosTest, ARunThatHardlyHadTheGuaranteeHasFailed)
{
    history.events.push_back({13 * k_second, "db2", "off", ""});
    EXPECT_THAT(broken(), ElementsAre(StartsWith("off: the guarantee was on for")));
    EXPECT_THAT(broken(false), IsEmpty());
    EXPECT_THAT(chaos::check(history, {.percent = 30}).broken, IsEmpty());
}

TEST_F(ChaosTest, BehindAFaultThatBreaksTwoThingsItIsNotMeantToHold)
{
    history.events.push_back({13 * k_second, "db2", "off", ""});
    EXPECT_THAT(chaos::check(history, {.doubles = {"server_killed"}}).broken, IsEmpty());
    EXPECT_THAT(chaos::check(history, {.doubles = {"outage"}}).broken, testing::SizeIs(1));
    history.events.insert(history.events.begin() + 2, {2 * k_second, "db1", "off", ""});
    EXPECT_THAT(chaos::check(history, {.doubles = {"server_killed"}}).broken, testing::SizeIs(1)) << "nothing had struck";
}

TEST_F(ChaosTest, TheReportHasARowForEachKindOfFault)
{
    std::ostringstream table;
    chaos::print_table(chaos::check(history, {}), table);
    EXPECT_THAT(table.str(), HasSubstr("| server_killed | 1 | 2.20 s | 2.20 s | "));
    std::ostringstream svg;
    chaos::draw_timeline(history, 0, svg);
    EXPECT_THAT(svg.str(), StartsWith("<svg"));
    EXPECT_THAT(svg.str(), HasSubstr("opens 2"));
}

TEST_F(ChaosTest, WhatDidNotStrikeIsNoFault)
{
    history.faults[0].detail = "db1; did not strike: lab kill db1";
    std::ostringstream table;
    const auto verdict = chaos::check(history, {});
    chaos::print_table(verdict, table);
    EXPECT_THAT(table.str(), HasSubstr("\n0 faults struck, 1 did not; 279 writes acknowledged"));
    EXPECT_THAT(table.str(), testing::Not(HasSubstr("server_killed")));
    chaos::print_faults(verdict, table);
    EXPECT_THAT(
        table.str(), HasSubstr("| 1 | server_killed | db1 | db1; did not strike: lab kill db1 | 0.00 s | 2.20 s | "));
}

TEST_F(ChaosTest, ABrokenRuleComesWithTheEventsAroundIt)
{
    forget(90);
    std::ostringstream out;
    chaos::print_broken(history, chaos::check(history, {}), out);
    EXPECT_THAT(out.str(), StartsWith("BROKEN lost: write 90 of client v1"));
    EXPECT_THAT(out.str(), HasSubstr("\n  around 1970-01-01 00:00:09 UTC:\n"));
    EXPECT_THAT(out.str(), HasSubstr("    +1.000 s end of server_killed\n    +3.000 s db2 opens 2\n"));
    EXPECT_THAT(out.str(), testing::Not(HasSubstr("opens 1")));
}

TEST(ChaosHistoryTest, IsReadFromItsFolder)
{
    const auto folder = std::filesystem::path(testing::TempDir()) / "chaos-history";
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder / "clients");
    std::filesystem::create_directories(folder / "nodes" / "db1");
    std::ofstream(folder / "clients" / "v1.log") << "error 0 100 1 2002 nothing listens\nok 1 200 2 1\nerror 2 300 3 2013 "
                                                    "lost it\nsent 3 310 3\nok 3 320 3 1\nsent 4 330 3\n";
    std::ofstream(folder / "nodes" / "db1" / "v1") << "1 1\n";
    std::ofstream(folder / "nodes" / "db1" / ".gtid") << "0-1-5\n";
    std::ofstream(folder / "primary") << "db1\n";
    std::ofstream(folder / "events") << "50 db1 opens 1\n60 db1 elected everybody answered\n";
    std::ofstream(folder / "faults") << "150 160 server_killed db1 170\n180 190 daemon_hung db2 195 pacemaker-attrd; more\n";
    std::filesystem::create_directories(folder / "kept" / "1.db2");
    std::ofstream(folder / "kept" / "1.db2" / "v1") << "7 1\n";
    const auto history = chaos::read_history(folder);
    ASSERT_TRUE(history.has_value()) << history.error().message;
    ASSERT_EQ(history->clients.size(), 1);
    const auto& writes = history->clients[0].writes;
    ASSERT_EQ(writes.size(), 4);
    EXPECT_EQ(writes[0].from, 100);
    EXPECT_TRUE(writes[0].acknowledged());
    EXPECT_FALSE(writes[1].acknowledged());
    EXPECT_EQ(writes[2].from, 310);
    EXPECT_EQ(writes[2].until, 320);
    EXPECT_TRUE(writes[2].acknowledged());
    EXPECT_FALSE(writes[3].acknowledged());
    EXPECT_EQ(history->serving.at("db1").executed, "0-1-5");
    EXPECT_EQ(history->events[1].detail, "everybody answered");
    EXPECT_EQ(history->faults[0].until, 170);
    EXPECT_EQ(history->faults[0].detail, "");
    EXPECT_EQ(history->faults[1].detail, "pacemaker-attrd; more");
    ASSERT_EQ(history->kept.size(), 1);
    EXPECT_EQ(history->kept[0].fault, 0);
    EXPECT_EQ(history->kept[0].node, "db2");
    EXPECT_TRUE(history->kept[0].tables.at("v1").contains(7));
    std::ofstream(folder / "faults") << "nonsense\n";
    EXPECT_FALSE(chaos::read_history(folder).has_value());
    std::filesystem::remove_all(folder);
}

} // namespace
} // namespace mysql_prm
