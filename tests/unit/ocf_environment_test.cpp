#include "mysql_prm/ocf/environment.hpp"

#include <gtest/gtest.h>

namespace mysql_prm {
namespace {

using base::Millis;
using ocf::Action;
using ocf::Environment;

Environment environment(std::map<std::string, std::string> variables)
{
    return ocf::environment_from(ocf::lookup_in(std::move(variables)));
}

std::string meta(const std::string& name)
{
    return "OCF_RESKEY_CRM_meta_" + name;
}

TEST(EnvironmentTest, TakesTheTimeoutInMilliseconds)
{
    EXPECT_EQ(environment({{meta("timeout"), "120000"}}).timeout, Millis{120'000});
}

TEST(EnvironmentTest, HasTwentySecondsWhereTheTimeoutIsMissingOrSenseless)
{
    for (const auto* const value : {"", "0", "-5", "20s", "99999999999999"})
        EXPECT_EQ(environment({{meta("timeout"), value}}).timeout, Millis{20'000}) << value;
    EXPECT_EQ(environment({}).timeout, Millis{20'000});
}

TEST(EnvironmentTest, AMonitorWithoutIntervalIsAProbe)
{
    EXPECT_TRUE(is_probe(Action::monitor, environment({})));
    EXPECT_TRUE(is_probe(Action::monitor, environment({{meta("interval"), ""}})));
    EXPECT_TRUE(is_probe(Action::monitor, environment({{meta("interval"), "0"}})));
    EXPECT_FALSE(is_probe(Action::monitor, environment({{meta("interval"), "8000"}})));
    EXPECT_FALSE(is_probe(Action::start, environment({})));
}

TEST(EnvironmentTest, ReadsTheCheckLevelUnprefixed)
{
    EXPECT_EQ(environment({{"OCF_CHECK_LEVEL", "10"}}).check_level, 10);
    EXPECT_EQ(environment({{"OCF_CHECK_LEVEL", "-1"}}).check_level, 0);
    EXPECT_EQ(environment({{"OCF_CHECK_LEVEL", "deep"}}).check_level, 0);
    EXPECT_EQ(environment({}).check_level, 0);
}

TEST(EnvironmentTest, TakesTheCloneNumberOffTheInstance)
{
    EXPECT_EQ(environment({{"OCF_RESOURCE_INSTANCE", "p_mysql:2"}}).instance, "p_mysql");
    EXPECT_EQ(environment({{"OCF_RESOURCE_INSTANCE", "p_mysql"}}).instance, "p_mysql");
    EXPECT_EQ(environment({{"OCF_RESOURCE_INSTANCE", "p:mysql"}}).instance, "p:mysql");
    EXPECT_EQ(environment({}).instance, "mysql");
}

TEST(EnvironmentTest, APlainPrimitiveIsNoClone)
{
    const auto plain = environment({{meta("timeout"), "20000"}, {meta("on_node"), "db1"}});
    EXPECT_FALSE(plain.clone);
    EXPECT_FALSE(plain.promotable);
    EXPECT_EQ(plain.node, "db1");
    EXPECT_EQ(plain.notify_enabled, std::nullopt);
}

TEST(EnvironmentTest, ACloneWithoutPromotedMaxIsNotPromotable)
{
    const auto clone = environment({{meta("clone"), "0"}, {meta("clone_max"), "3"}, {meta("notify"), "false"}});
    EXPECT_TRUE(clone.clone);
    EXPECT_FALSE(clone.promotable);
    EXPECT_EQ(clone.clone_max, 3);
    EXPECT_EQ(clone.notify_enabled, false);
}

TEST(EnvironmentTest, KnowsAPromotableCloneByBothSpellings)
{
    EXPECT_TRUE(environment({{meta("promoted_max"), "1"}}).promotable);
    EXPECT_TRUE(environment({{meta("master_max"), "1"}}).promotable);
    EXPECT_FALSE(environment({{meta("promoted_max"), "0"}, {meta("master_max"), "1"}}).promotable);
}

TEST(EnvironmentTest, SpeaksOcf11WhenTheCallerSaysSo)
{
    EXPECT_TRUE(environment({{"OCF_RA_VERSION_MAJOR", "1"}, {"OCF_RA_VERSION_MINOR", "1"}}).speaks_ocf_1_1());
    EXPECT_FALSE(environment({{"OCF_RA_VERSION_MAJOR", "1"}, {"OCF_RA_VERSION_MINOR", "0"}}).speaks_ocf_1_1());
    EXPECT_FALSE(environment({}).speaks_ocf_1_1());
}

TEST(EnvironmentTest, HasTheUsualFolderForSmallFiles)
{
    EXPECT_EQ(environment({}).run_folder, "/run/resource-agents");
    EXPECT_EQ(environment({{"HA_RSCTMP", "/tmp/x"}}).run_folder, "/tmp/x");
}

TEST(EnvironmentTest, NamesEachActionAsPacemakerDoes)
{
    for (const auto* const name : {"start", "stop", "monitor", "status", "promote", "demote", "notify", "validate-all",
             "meta-data", "reload-agent", "usage"}) {
        const auto action = ocf::parse_action(name);
        ASSERT_TRUE(action) << name;
        EXPECT_EQ(to_string(*action), name);
    }
}

TEST(EnvironmentTest, DoesNotKnowForeignActions)
{
    for (const auto* const name : {"", "migrate_to", "reload", "recover", "START"})
        EXPECT_FALSE(ocf::parse_action(name)) << name;
}

} // namespace
} // namespace mysql_prm
