#include "fakes.hpp"

#include "mysql_prm/adapters/cluster/crm_output.hpp"
#include "mysql_prm/adapters/cluster/quorum_tool.hpp"
#include "mysql_prm/base/text.hpp"

#include <gtest/gtest.h>

#include <deque>

namespace mysql_prm::adapters::cluster {
namespace {

using base::Deadline;
using base::ErrorKind;
using base::Millis;
using ports::Quorum;
using ports::QuorumLook;

// What corosync-quorumtool -m prints, each process a list of lines; the empty one: nothing more for now. At the end of the
// list it ends.
using Prints = std::deque<std::string>;

class PrintedTool final : public ports::Program {
public:
    explicit PrintedTool(Prints prints) : m_prints(std::move(prints)) { }
    Result<std::optional<std::string>> line(Deadline) override
    {
        if (m_prints.empty())
            return base::fail(ErrorKind::not_running, "has ended");
        const auto next = m_prints.front();
        m_prints.pop_front();
        return next.empty() ? std::nullopt : std::optional{next};
    }
    Result<ports::ProcessResult> finish(Deadline) override { return base::fail(ErrorKind::timed_out, "goes on"); }

private:
    Prints m_prints;
};

class ToolRunner final : public ports::Runner {
public:
    Result<ports::ProcessResult> run(const std::vector<std::string>&, Deadline) override
    {
        return base::fail(ErrorKind::not_found, "nothing is waited for");
    }
    Result<std::unique_ptr<ports::Program>> begin(const std::vector<std::string>& argv) override
    {
        EXPECT_EQ(argv.back(), "-m");
        if (processes.empty())
            return base::fail(ErrorKind::not_found, "no such program");
        auto tool = std::make_unique<PrintedTool>(processes.front());
        processes.pop_front();
        return tool;
    }
    std::deque<Prints> processes;
};

struct ToldRing final : Ring {
    RingSight look() override { return sight; }
    RingSight sight{.silent = Millis{20}, .patience = Millis{4000}, .unaware = Millis{0}};
};

const std::string k_yes = "Quorate:          Yes";
const std::string k_no = "Quorate:          No";

struct QuorumToolTest : testing::Test {
    void expect(Quorum quorum, bool changed)
    {
        const auto look = tool.wait(Millis{1});
        EXPECT_EQ(look.quorum, quorum);
        EXPECT_EQ(look.changed, changed);
    }
    ToolRunner runner;
    ToldRing ring;
    test::FakeClock clock;
    QuorumTool tool{runner, ring, clock};
};

TEST_F(QuorumToolTest, TellsEachMembership)
{
    runner.processes = {{"Nodes:            3", k_yes, "", "Ring ID:          1.20", k_yes, "", k_no, "", ""}};
    expect(Quorum::held, true);
    expect(Quorum::held, false);
    expect(Quorum::held, true);
    expect(Quorum::held, false);
    expect(Quorum::lost, true);
    expect(Quorum::lost, false);
}

TEST_F(QuorumToolTest, TheEndOfCorosyncIsALoss)
{
    runner.processes = {{k_yes}, {}};
    expect(Quorum::held, true);
    expect(Quorum::lost, true);
    expect(Quorum::lost, false);
}

TEST_F(QuorumToolTest, AToolThatCannotBeBegunAgainIsNone)
{
    runner.processes = {{k_yes}};
    expect(Quorum::held, true);
    expect(Quorum::held, false);
    base::Deadline::skip(Millis{2000});
    runner.processes = {{}}; // now it can, and there is no corosync
    expect(Quorum::lost, true);
}

TEST_F(QuorumToolTest, TheEndOfTheToolAloneIsNone)
{
    runner.processes = {{k_yes}, {k_yes, "", ""}};
    expect(Quorum::held, true);
    expect(Quorum::held, true);
    expect(Quorum::held, false);
}

// Corosync's ring beside it: 4 s of patience.
struct RingTest : QuorumToolTest {
    RingTest()
    {
        runner.processes = {{k_yes}};
        runner.processes[0].resize(400);
    }
    // Looks for so long, 4 times a second; messages come back or not. What it saw last.
    QuorumLook look_for(int milliseconds, bool comes_back)
    {
        QuorumLook seen;
        for (int i = 0; i < milliseconds; i += 250) {
            base::Deadline::skip(Millis{250});
            ring.sight.silent = comes_back ? Millis{20} : ring.sight.silent.value_or(Millis{0}) + Millis{250};
            const auto look = tool.wait(Millis{1});
            seen = {look.quorum, seen.changed || look.changed, look.is_new, look.unaware};
        }
        return seen;
    }
    static void expect_seen(const QuorumLook& look, Quorum quorum, bool changed)
    {
        EXPECT_EQ(look.quorum, quorum);
        EXPECT_EQ(look.changed, changed);
    }
};

TEST_F(RingTest, AMembershipThatNothingProvesIsLost)
{
    expect_seen(look_for(5000, true), Quorum::held, true);
    expect_seen(look_for(3750, false), Quorum::held, false);
    expect_seen(look_for(250, true), Quorum::held, false);
    expect_seen(look_for(4000, false), Quorum::lost, true);
    expect_seen(look_for(5000, false), Quorum::lost, false);
    expect_seen(look_for(250, true), Quorum::held, true);
}

TEST_F(RingTest, WhatCorosyncTellsIsProofToo)
{
    runner.processes[0] = {k_yes};
    runner.processes[0].resize(12);
    runner.processes[0].push_back(k_yes); // behind the death of another node
    runner.processes[0].resize(200);
    expect_seen(look_for(1000, true), Quorum::held, true);
    expect_seen(look_for(2000, false), Quorum::held, false);
    expect_seen(look_for(4000, false), Quorum::held, true);
    expect_seen(look_for(250, false), Quorum::lost, true);
}

TEST_F(RingTest, APauseOfThisProcessIsNotCorosyncs)
{
    expect_seen(look_for(1000, true), Quorum::held, true);
    base::Deadline::skip(Millis{60'000});
    ring.sight.silent = Millis{60'000};
    expect_seen(look_for(250, false), Quorum::held, false);
    expect_seen(look_for(250, true), Quorum::held, false);
    base::Deadline::skip(Millis{60'000}); // but one that is over proves nothing
    ring.sight.silent = Millis{60'000};
    expect_seen(look_for(1000, false), Quorum::lost, true);
}

TEST_F(RingTest, LateLooksDoNotHoldUpALoss)
{
    expect_seen(look_for(1000, true), Quorum::held, true);
    for (int i = 0; i < 5; ++i) {
        base::Deadline::skip(Millis{1500});
        ring.sight.silent = *ring.sight.silent + Millis{1500};
        (void)tool.wait(Millis{1});
    }
    EXPECT_EQ(tool.wait(Millis{1}).quorum, Quorum::lost);
    base::Deadline::skip(Millis{3000});
    EXPECT_EQ(tool.wait(Millis{1}).quorum, Quorum::lost) << "what was lost stays so";
}

TEST_F(RingTest, WithoutAConnectionWhatCorosyncToldCounts)
{
    ring.sight.silent.reset();
    EXPECT_EQ(tool.wait(Millis{1}).quorum, Quorum::held);
    base::Deadline::skip(Millis{10'000});
    EXPECT_EQ(tool.wait(Millis{1}).quorum, Quorum::held);
}

// A watcher that is launched meanwhile is told nothing.
TEST_F(RingTest, ACorosyncThatHangsFromTheBeginningIsALoss)
{
    ring.sight.silent.reset();
    runner.processes[0] = {};
    runner.processes[0].resize(200);
    for (int i = 0; i < 8; ++i) {
        EXPECT_EQ(tool.wait(Millis{1}).quorum, Quorum::unknown);
        base::Deadline::skip(Millis{500});
    }
    EXPECT_EQ(tool.wait(Millis{1}).quorum, Quorum::lost);
}

TEST_F(RingTest, TellsHowLongOthersMayNotKnow)
{
    auto look = look_for(250, true);
    EXPECT_FALSE(look.is_new);
    EXPECT_EQ(look.unaware, Millis{0});
    ++ring.sight.memberships;
    look = look_for(250, true);
    EXPECT_TRUE(look.changed);
    EXPECT_FALSE(look.is_new) << "the ring was found, too";
    ++ring.sight.memberships;
    ring.sight.unaware = Millis{4000};
    look = look_for(250, true);
    EXPECT_TRUE(look.changed && look.is_new);
    EXPECT_EQ(look.unaware, Millis{4000});
}

TEST_F(QuorumToolTest, WithoutCorosyncNothingIsKnown)
{
    expect(Quorum::unknown, false);
    runner.processes = {{}};
    expect(Quorum::unknown, false);
}

bool parse_left_alone(const std::string& xml, const std::string& resource)
{
    return parse_goes_on_without_quorum(xml) || parse_unmanaged(xml, resource);
}

TEST(LeftAloneTest, IsReadFromWhatTheMonitorShows)
{
    const auto view = [](const std::string& policy, const std::string& id, const std::string& managed) {
        return R"(<pacemaker-result><summary><cluster_options stonith-enabled="false" no-quorum-policy=")" + policy
            + R"(" maintenance-mode="false"/></summary><resources><clone id="ms"><resource id=")" + id
            + R"(" resource_agent="ocf:percona:mysql" role="Promoted" managed=")" + managed
            + R"("/></clone><resource id="vip" managed="true"/></resources></pacemaker-result>)";
    };
    EXPECT_FALSE(parse_left_alone(view("stop", "p_mysql", "true"), "p_mysql"));
    EXPECT_TRUE(parse_left_alone(view("stop", "p_mysql", "false"), "p_mysql"));
    EXPECT_TRUE(parse_left_alone(view("stop", "p_mysql:0", "false"), "p_mysql"));
    EXPECT_FALSE(parse_left_alone(view("stop", "p_mysql", "false"), "vip"));
    EXPECT_TRUE(parse_left_alone(view("stop", "p_mysql2", "true"), "p_mysql")); // deleted
    const auto whole = view("stop", "p_mysql2", "true");
    EXPECT_FALSE(parse_left_alone(whole.substr(0, whole.size() / 2), "p_mysql"));
    EXPECT_TRUE(parse_left_alone(view("freeze", "p_mysql", "true"), "p_mysql"));
    EXPECT_TRUE(parse_left_alone(view("ignore", "p_mysql", "true"), "p_mysql"));
    EXPECT_FALSE(parse_left_alone(view("suicide", "p_mysql", "true"), "p_mysql"));
    EXPECT_FALSE(parse_left_alone("", "p_mysql"));
}

std::string cib_with(const std::string& nvpairs, const std::string& of_db2 = "")
{
    return R"(<cib><configuration><crm_config><cluster_property_set id="a"><nvpair id="x" name="no-quorum-policy" value="freeze"/>)"
        + nvpairs + R"(</cluster_property_set></crm_config><nodes><node id="1" uname="db1"/><node id="2" uname="db2">)"
        + R"(<instance_attributes id="nodes-2">)" + of_db2 + R"(</instance_attributes></node></nodes><resources>)"
        + R"(<clone id="ms"><primitive id="p_mysql" class="ocf"/></clone></resources></configuration></cib>)";
}

std::string pair(const std::string& name, const std::string& value)
{
    return "<nvpair id=\"i\" name=\"" + name + "\" value=\"" + value + "\"/>";
}

TEST(UnmanagedTest, ACibThatSaysNothingOfItNeedsNoTool)
{
    EXPECT_FALSE(may_be_unmanaged(cib_with(""), "p_mysql"));
    EXPECT_FALSE(may_be_unmanaged(cib_with(pair("maintenance-mode", "false") + pair("is-managed", "True")), "p_mysql"));
    EXPECT_TRUE(may_be_unmanaged(cib_with(pair("maintenance-mode", "true")), "p_mysql"));
    EXPECT_TRUE(may_be_unmanaged(cib_with(pair("maintenance-mode", "YES")), "p_mysql"));
    EXPECT_TRUE(may_be_unmanaged(cib_with(pair("is-managed", "off")), "p_mysql"));
    EXPECT_TRUE(may_be_unmanaged(cib_with(pair("is-managed-default", "0")), "p_mysql"));
    EXPECT_TRUE(may_be_unmanaged(cib_with("", pair("maintenance", "on")), "p_mysql"));
    EXPECT_TRUE(may_be_unmanaged(cib_with(""), "p_other")); // deleted
    EXPECT_TRUE(may_be_unmanaged("", "p_mysql"));
    const auto whole = cib_with("");
    EXPECT_TRUE(may_be_unmanaged(whole.substr(0, whole.size() - 3), "p_mysql")); // not all of it was read
}

TEST(UnmanagedTest, ANodeInMaintenanceIsFoundInTheCib)
{
    const auto cib = cib_with(pair("maintenance", "true"), pair("maintenance", "true"));
    EXPECT_TRUE(is_in_maintenance(cib, "db2"));
    EXPECT_FALSE(is_in_maintenance(cib, "db1"));
    EXPECT_FALSE(is_in_maintenance(cib_with("", pair("maintenance", "false")), "db2"));
    EXPECT_FALSE(is_in_maintenance(cib_with("", pair("maintenance", "")), "db2"));
    EXPECT_FALSE(is_in_maintenance("", "db2"));
}

TEST(UnmanagedTest, MaintenanceOfTheClusterIsFoundThereWhereItDependsOnNothing)
{
    const auto on = pair("maintenance-mode", "true"), off = pair("maintenance-mode", "false");
    const std::string rule
        = R"(<rule id="r" score="INFINITY"><date_expression id="d" operation="gt" start="2026-01-01"/></rule>)";
    const std::string next = R"(</cluster_property_set><cluster_property_set id="b">)";
    EXPECT_TRUE(is_in_maintenance(cib_with(on), "db1"));
    EXPECT_TRUE(is_in_maintenance(cib_with(on + next + on), "db1"));
    EXPECT_FALSE(is_in_maintenance(cib_with(off), "db1"));
    EXPECT_FALSE(is_in_maintenance(cib_with(on + next + off), "db1"));
    EXPECT_FALSE(is_in_maintenance(cib_with(rule + on), "db1"));
    EXPECT_FALSE(is_in_maintenance(cib_with(""), "db1"));
    EXPECT_FALSE(is_in_maintenance(cib_with("", on), "db2")) << "of a node it is another attribute";
}

} // namespace
} // namespace mysql_prm::adapters::cluster
