#include "mysql_prm/ocf/metadata.hpp"
#include "mysql_prm/ocf/parameter_table.hpp"

#include <cstdlib>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sstream>

namespace mysql_prm {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string for_pacemaker()
{
    ocf::Environment pacemaker;
    pacemaker.api_major = 1;
    pacemaker.api_minor = 1;
    return ocf::metadata(pacemaker, "1.2.3");
}

std::string for_anybody_else()
{
    return ocf::metadata({}, "1.2.3");
}

TEST(MetadataTest, OffersReloadToCallersOfOcf11)
{
    const auto xml = for_pacemaker();
    EXPECT_THAT(xml, HasSubstr("<action name=\"reload-agent\""));
    EXPECT_THAT(xml, HasSubstr("<parameter name=\"max_slave_lag\" required=\"0\" reloadable=\"1\">"));
    EXPECT_THAT(xml, HasSubstr("<parameter name=\"datadir\" unique-group=\"datadir\" required=\"0\" reloadable=\"0\">"));
    EXPECT_THAT(xml, Not(HasSubstr("DOCTYPE")));
}

TEST(MetadataTest, KeepsToTheOldDtdForAnybodyElse)
{
    const auto xml = for_anybody_else();
    EXPECT_THAT(xml, HasSubstr("<!DOCTYPE resource-agent SYSTEM \"ra-api-1.dtd\">"));
    for (const auto* const too_new : {"reload-agent", "reloadable", "unique-group"})
        EXPECT_THAT(xml, Not(HasSubstr(too_new)));
    EXPECT_THAT(xml, HasSubstr("<parameter name=\"datadir\" unique=\"1\" required=\"0\">"));
}

TEST(MetadataTest, SaysVersion11InBoth)
{
    EXPECT_THAT(for_pacemaker(), HasSubstr("<version>1.1</version>"));
    EXPECT_THAT(for_anybody_else(), HasSubstr("<version>1.1</version>"));
    EXPECT_THAT(for_pacemaker(), HasSubstr("<resource-agent name=\"mysql\" version=\"1.2.3\">"));
}

TEST(MetadataTest, DescribesEveryParameter)
{
    for (const auto& xml : {for_pacemaker(), for_anybody_else()})
        for (const auto& spec : ocf::parameter_table())
            EXPECT_THAT(xml, HasSubstr("<parameter name=\"" + std::string{spec.name} + "\""));
}

TEST(MetadataTest, EscapesTheProgramVersion)
{
    EXPECT_THAT(ocf::metadata({}, "<\"&>"), HasSubstr("version=\"&lt;&quot;&amp;&gt;\""));
}

TEST(MetadataTest, GivesEachMonitorAnIntervalOfItsOwn)
{
    for (const auto* const interval : {"interval=\"10s\"", "role=\"Promoted\" depth=\"0\" timeout=\"30s\" interval=\"8s\"",
             "role=\"Unpromoted\" depth=\"0\" timeout=\"30s\" interval=\"9s\""})
        EXPECT_THAT(for_anybody_else(), HasSubstr(interval));
}

TEST(MetadataTest, UsageNamesEveryAction)
{
    for (const auto* const action : {"start", "stop", "monitor", "status", "promote", "demote", "notify", "reload-agent",
             "validate-all", "meta-data", "usage"})
        EXPECT_THAT(ocf::usage(), HasSubstr(std::string{"\n  "} + action + " "));
}

// With MYSQL_PRM_WRITE_DOCS set, writes the page first.
TEST(MetadataTest, TheReferencePageIsWhatTheTableSays)
{
    const std::string path = MYSQL_PRM_SOURCE_DIR "/docs/parameters.md";
    if (std::getenv("MYSQL_PRM_WRITE_DOCS") != nullptr)
        std::ofstream{path} << ocf::parameters_markdown();
    std::ostringstream page;
    page << std::ifstream{path}.rdbuf();
    EXPECT_EQ(page.str(), ocf::parameters_markdown()) << "run this test with MYSQL_PRM_WRITE_DOCS=1 to write the page";
}

} // namespace
} // namespace mysql_prm
