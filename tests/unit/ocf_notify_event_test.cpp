#include "mysql_prm/ocf/notify_event.hpp"

#include <gtest/gtest.h>

namespace mysql_prm {
namespace {

using ocf::NotifyEntry;
using ocf::NotifyEvent;
using Names = std::vector<std::string>;

// The lists by their names without prefix; a list of node names gets resources mysql:0, mysql:1, ...
NotifyEvent event(std::map<std::string, std::string> notify)
{
    std::map<std::string, std::string> variables;
    for (auto& [name, value] : notify)
        variables["OCF_RESKEY_CRM_meta_notify_" + name] = std::move(value);
    return ocf::notify_event_from(ocf::environment_from(ocf::lookup_in(std::move(variables))));
}

TEST(NotifyEventTest, KnowsNothingWithoutVariables)
{
    const auto none = event({});
    EXPECT_FALSE(none.known);
    EXPECT_TRUE(none.type.empty());
    EXPECT_EQ(none.promote_target(), "");
    EXPECT_EQ(none.nodes_active_in_transition(), Names{});
    EXPECT_FALSE(none.is_switchover());
}

TEST(NotifyEventTest, PairsResourcesWithNodes)
{
    const auto e
        = event({{"type", "pre"}, {"operation", "promote"}, {"promote_resource", "mysql:1 "}, {"promote_uname", "db2 "}});
    EXPECT_EQ(e.type, "pre");
    EXPECT_EQ(e.operation, "promote");
    EXPECT_EQ(e.promote, (std::vector<NotifyEntry>{{"mysql:1", "db2"}}));
    EXPECT_EQ(e.promote_target(), "db2");
    EXPECT_TRUE(e.known);
}

TEST(NotifyEventTest, KeepsTheNodesWhenThePairingIsBroken)
{
    const auto e = event({{"active_resource", "mysql:0 mysql:1 mysql:2"}, {"active_uname", "db1 db3"}});
    EXPECT_EQ(e.active, (std::vector<NotifyEntry>{{"", "db1"}, {"", "db3"}}));
}

TEST(NotifyEventTest, TakesOneBlankForAnEmptyList)
{
    const auto e = event(
        {{"promoted_uname", " "}, {"promoted_resource", " "}, {"master_uname", "db1"}, {"master_resource", "mysql:0"}});
    EXPECT_TRUE(e.promoted.empty());
}

TEST(NotifyEventTest, ReadsTheOldNamesWhereTheNewOnesAreMissing)
{
    const auto e = event({{"master_uname", "db1"}, {"master_resource", "mysql:0"}, {"slave_uname", "db2 db3"}});
    EXPECT_EQ(e.promoted, (std::vector<NotifyEntry>{{"mysql:0", "db1"}}));
    EXPECT_EQ(e.unpromoted, (std::vector<NotifyEntry>{{"", "db2"}, {"", "db3"}}));
}

TEST(NotifyEventTest, CountsStartedNodesAsActiveAndStoppedOnesNot)
{
    const auto e = event({{"active_uname", "db1 db2 db3"}, {"stop_uname", "db1"}, {"start_uname", "db4"}});
    EXPECT_EQ(e.nodes_active_in_transition(), (Names{"db2", "db3", "db4"}));
}

TEST(NotifyEventTest, CountsANodeThatIsStoppedAndStartedAgainAsActive)
{
    const auto e = event({{"active_uname", "db1 db2"}, {"stop_uname", "db1"}, {"start_uname", "db1"}});
    EXPECT_EQ(e.nodes_active_in_transition(), (Names{"db1", "db2"}));
}

TEST(NotifyEventTest, CountsNodesThatOnlyARoleListNames)
{
    const auto e = event({{"active_uname", " "}, {"promoted_uname", "db1"}, {"unpromoted_uname", "db3 db2"}});
    EXPECT_EQ(e.nodes_active_in_transition(), (Names{"db1", "db2", "db3"}));
}

TEST(NotifyEventTest, HasNoTargetWhenSeveralNodesArePromoted)
{
    EXPECT_EQ(event({{"promote_uname", "db1 db2"}}).promote_target(), "");
}

TEST(NotifyEventTest, SeesAPlannedMove)
{
    const auto e
        = event({{"promoted_uname", "db1"}, {"demote_uname", "db1"}, {"promote_uname", "db2"}, {"stop_uname", " "}});
    EXPECT_TRUE(e.is_switchover());
    EXPECT_EQ(e.demoted_nodes(), Names{"db1"});
}

TEST(NotifyEventTest, DoesNotTakeAFailoverForAPlannedMove)
{
    const auto e
        = event({{"promoted_uname", "db1"}, {"demote_uname", "db1"}, {"promote_uname", "db2"}, {"stop_uname", "db1"}});
    EXPECT_FALSE(e.is_switchover());
}

TEST(NotifyEventTest, DoesNotTakeARecoveryInPlaceForAPlannedMove)
{
    const auto e = event({{"promoted_uname", "db1"}, {"demote_uname", "db1"}, {"stop_uname", "db1"}, {"start_uname", "db1"},
        {"promote_uname", "db1"}, {"active_uname", "db1 db2"}});
    EXPECT_FALSE(e.is_switchover());
    EXPECT_EQ(e.nodes_active_in_transition(), (Names{"db1", "db2"}));
}

} // namespace
} // namespace mysql_prm
