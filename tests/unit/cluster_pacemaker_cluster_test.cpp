#include "os_temporary_folder.hpp"

#include "mysql_prm/adapters/cluster/pacemaker_cluster.hpp"
#include "mysql_prm/adapters/os/posix_runner.hpp"

#include <deque>

namespace mysql_prm::adapters::cluster {
namespace {

using base::Deadline;
using base::ErrorKind;
using base::Millis;
using ports::ProcessResult;

// A tool that has been begun and will give this answer.
class BegunTool : public ports::Program {
public:
    explicit BegunTool(Result<ProcessResult> answer) : m_answer(std::move(answer)) { }
    Result<std::optional<std::string>> line(Deadline) override { return std::nullopt; }
    Result<ProcessResult> finish(Deadline) override { return m_answer; }

private:
    Result<ProcessResult> m_answer;
};

// Answers from a list; the last one for ever. Remembers what ran, and what was begun.
class RecordedRunner : public ports::Runner {
public:
    explicit RecordedRunner(std::deque<Result<ProcessResult>> answers) : m_answers(std::move(answers)) { }
    Result<ProcessResult> run(const std::vector<std::string>& argv, ports::Deadline) override
    {
        commands.push_back(argv);
        auto answer = m_answers.front();
        if (m_answers.size() > 1)
            m_answers.pop_front();
        return answer;
    }
    Result<std::unique_ptr<ports::Program>> begin(const std::vector<std::string>& argv) override
    {
        if (!can_begin)
            return base::fail(ErrorKind::not_found, "no such program");
        begun.push_back(argv);
        return std::make_unique<BegunTool>(*run(argv, Deadline::after(Millis{1000})));
    }
    std::vector<std::vector<std::string>> commands;
    std::vector<std::vector<std::string>> begun;
    bool can_begin = true;

private:
    std::deque<Result<ProcessResult>> m_answers;
};

ProcessResult printed(const std::string& out)
{
    return {0, out, ""};
}
ProcessResult private_value(const std::string& value)
{
    return printed("name=\"b\" host=\"n1\" value=\"" + value + "\"\n");
}

// The CIB on disk.
class OneFile : public ports::Files {
public:
    Result<std::string> read(const std::string& path) override
    {
        EXPECT_EQ(path, "/var/lib/pacemaker/cib/cib.xml");
        return content;
    }
    Result<void> replace(const std::string&, const std::string&) override { return {}; }
    Result<void> remove(const std::string&) override { return {}; }
    std::vector<std::string> folders(const std::string&) override { return {}; }
    Result<void> remove_folder(const std::string&) override { return {}; }
    Result<bool> copy_log(const std::string&, const std::string&, std::uint64_t, Deadline) override { return false; }
    std::optional<std::uint64_t> free_space(const std::string&) override { return std::nullopt; }
    Result<std::string> content = base::fail(ErrorKind::not_found, "none");
};

class PacemakerClusterTest : public testing::Test {
protected:
    PacemakerCluster cluster(RecordedRunner& runner, const std::string& node = "n1", Millis left = Millis(60'000))
    {
        return {runner, files, "mysql", node, Deadline::after(left)};
    }
    OneFile files;
};

using Command = std::vector<std::string>;

const std::string k_managed = R"(<cib><node uname="n1"></node><primitive id="mysql"/></cib>)";
const std::string k_in_maintenance = R"(<cib><node uname="n1"><nvpair name="maintenance" value="true"/></node>)"
                                     R"(<primitive id="mysql"/></cib>)";
const Deadline k_soon = Deadline::after(Millis{1000});

TEST_F(PacemakerClusterTest, AsksTheMonitorOnlyWhereTheCibSpeaksOfMaintenance)
{
    RecordedRunner runner({printed(R"(<pacemaker-result><resource id="mysql" managed="false"/></pacemaker-result>)")});
    files.content = k_managed;
    EXPECT_FALSE(*cluster(runner).is_unmanaged(k_soon));
    EXPECT_TRUE(runner.commands.empty());
    files.content = k_in_maintenance;
    EXPECT_TRUE(*cluster(runner).is_unmanaged(k_soon));
    files.content = base::fail(ErrorKind::not_found, "none");
    EXPECT_TRUE(*cluster(runner).is_unmanaged(k_soon));
    EXPECT_EQ(runner.commands, std::vector<Command>(2, Command{"crm_mon", "-1", "--inactive", "--output-as=xml"}));
}

// Without <status> crm_mon knows of nothing that runs on the node.
TEST_F(PacemakerClusterTest, ANodeInMaintenanceIsLeftAloneWhateverTheMonitorSays)
{
    RecordedRunner runner({printed(R"(<pacemaker-result><resource id="mysql" managed="true"/></pacemaker-result>)")});
    files.content = k_managed;
    EXPECT_FALSE(*cluster(runner).is_left_alone(k_soon));
    EXPECT_EQ(runner.commands.front().at(1), "CIB_file=/var/lib/pacemaker/cib/cib.xml");
    files.content = k_in_maintenance;
    EXPECT_TRUE(*cluster(runner).is_left_alone(k_soon));
}

TEST_F(PacemakerClusterTest, AsksForTheNodeNameOnceAndOnlyWhenItIsNotGiven)
{
    RecordedRunner runner({printed("db1\n")});
    auto unnamed = cluster(runner, "");
    EXPECT_EQ(unnamed.local_node(), "db1");
    EXPECT_EQ(unnamed.local_node(), "db1");
    EXPECT_EQ(runner.commands, (std::vector<Command>{{"crm_node", "-n"}}));
    EXPECT_EQ(cluster(runner).local_node(), "n1");
    EXPECT_EQ(runner.commands.size(), 1U);
}

TEST_F(PacemakerClusterTest, ListsNodesAndTellsMembersFromLostOnes)
{
    RecordedRunner runner({printed("1 n1 member\n2 n2 lost\n3 n3\n")});
    const std::vector<ports::ClusterNode> nodes{{"n1", true}, {"n2", false}, {"n3", false}};
    EXPECT_EQ(cluster(runner).nodes(Deadline::after(Millis{1000})), nodes);
}

TEST_F(PacemakerClusterTest, ReportsAFailureOfThisNodesResource)
{
    RecordedRunner runner({printed("Waiting for 1 reply from the controller\n")});
    EXPECT_TRUE(cluster(runner).report_failure(Deadline::after(Millis(1000))));
    EXPECT_EQ(runner.commands, (std::vector<Command>{{"crm_resource", "--fail", "--resource=mysql", "--node=n1"}}));
}

TEST_F(PacemakerClusterTest, NamesThePropertySetAndProtectsDashes)
{
    RecordedRunner runner({printed("v\n")});
    auto it = cluster(runner);
    EXPECT_EQ(*it.property("P"), "v");
    EXPECT_TRUE(it.set_property("P", "-v"));
    EXPECT_EQ(runner.commands,
        (std::vector<Command>{{"crm_attribute", "-t", "crm_config", "-s", "mysql_replication", "-n", "P", "-G", "-q"},
            {"crm_attribute", "-t", "crm_config", "-s", "mysql_replication", "-n", "P", "--update=-v"}}));
    EXPECT_EQ(it.set_property("P", "two\nlines").error().kind, ErrorKind::invalid_argument);
}

TEST_F(PacemakerClusterTest, WritesAndReadsPromotionScores)
{
    RecordedRunner runner({printed("-INFINITY\n"), ProcessResult{105, "", ""}, printed("")});
    auto it = cluster(runner);
    EXPECT_EQ(*it.promotion_score(), -1'000'000);
    EXPECT_EQ(*it.promotion_score(), std::nullopt);
    EXPECT_TRUE(it.set_promotion_score(-5));
    EXPECT_TRUE(it.clear_promotion_score());
    EXPECT_EQ(runner.commands[0], (Command{"crm_attribute", "-N", "n1", "--promotion=mysql", "-G", "-q"}));
    EXPECT_EQ(runner.commands[2], (Command{"crm_attribute", "-N", "n1", "--promotion=mysql", "--update=-5"}));
    EXPECT_EQ(runner.commands[3], (Command{"crm_attribute", "-N", "n1", "--promotion=mysql", "-D"}));
}

TEST_F(PacemakerClusterTest, RefusesAScoreThatIsNoNumber)
{
    RecordedRunner runner({printed("much\n")});
    EXPECT_EQ(cluster(runner).promotion_score().error().kind, ErrorKind::failed);
}

TEST_F(PacemakerClusterTest, TellsTheLifetimesOfNodeAttributesApart)
{
    RecordedRunner runner({printed("v\n")});
    auto it = cluster(runner);
    EXPECT_EQ(*it.node_attribute("n2", "a", Lifetime::transient), "v");
    EXPECT_TRUE(it.set_node_attribute("a", "v", Lifetime::permanent));
    EXPECT_EQ(runner.commands,
        (std::vector<Command>{{"crm_attribute", "-N", "n2", "-l", "reboot", "-n", "a", "-G", "-q"},
            {"crm_attribute", "-N", "n1", "-l", "forever", "-n", "a", "--update=v"}}));
}

TEST_F(PacemakerClusterTest, APrivateValueIsEncodedAndStaysPrivate)
{
    RecordedRunner runner({printed("")});
    EXPECT_TRUE(cluster(runner).set_private_attribute("b", "a\"b"));
    EXPECT_EQ(runner.commands, (std::vector<Command>{{"attrd_updater", "-n", "b", "-p", "-N", "n1", "--update=a%22b"}}));
}

TEST_F(PacemakerClusterTest, ClearingAPrivateValueKeepsItPrivate)
{
    RecordedRunner runner({printed("")});
    EXPECT_TRUE(cluster(runner).set_private_attribute("b", std::nullopt));
    EXPECT_EQ(runner.commands, (std::vector<Command>{{"attrd_updater", "-n", "b", "-p", "-N", "n1", "-D"}}));
}

TEST_F(PacemakerClusterTest, RefusesAPrivateValueThatIsTooLong)
{
    RecordedRunner runner({private_value("")});
    const auto set = cluster(runner).set_private_attribute("b", std::string(32 * 1024 + 1, 'x'));
    EXPECT_EQ(set.error().kind, ErrorKind::invalid_argument);
    EXPECT_TRUE(runner.commands.empty());
}

TEST_F(PacemakerClusterTest, WithoutAClusterEveryCallSaysSo)
{
    RecordedRunner runner(
        {ProcessResult{102, "", "attrd_updater: Could not connect to attribute manager: Connection refused\n"}});
    EXPECT_EQ(cluster(runner, "").property("P").error().kind, ErrorKind::not_running);
    EXPECT_EQ(cluster(runner, "").promotion_score().error().kind, ErrorKind::not_running);
    EXPECT_EQ(cluster(runner, "").quorate_partition().error().kind, ErrorKind::not_running);
}

// Its information base was killed: what may be done without a cluster, such as a promotion without votes, may not be now.
TEST_F(PacemakerClusterTest, WhatPacemakerCalledIsNeverWithoutACluster)
{
    RecordedRunner runner({ProcessResult{102, "", "crm_attribute: Could not connect to controller: Connection refused\n"}});
    EXPECT_EQ(cluster(runner).property("P").error().kind, ErrorKind::failed);
    EXPECT_EQ(cluster(runner).set_property("P", "v").error().kind, ErrorKind::failed);
    EXPECT_EQ(cluster(runner).private_attributes("b").error().kind, ErrorKind::failed);
    EXPECT_EQ(cluster(runner).set_private_attribute("b", "v").error().kind, ErrorKind::failed);
    EXPECT_EQ(cluster(runner).promotion_score().error().kind, ErrorKind::failed);
    EXPECT_EQ(cluster(runner).quorate_partition().error().kind, ErrorKind::failed);
    EXPECT_NE(cluster(runner).property("P").error().message.find("Connection refused"), std::string::npos);
}

TEST_F(PacemakerClusterTest, WithoutTheToolsThereIsNoCluster)
{
    RecordedRunner runner({base::fail(ErrorKind::not_found, "program 'crm_attribute' not found")});
    EXPECT_EQ(cluster(runner, "").property("P").error().kind, ErrorKind::not_running);
    EXPECT_EQ(cluster(runner).property("P").error().kind, ErrorKind::failed);
}

TEST_F(PacemakerClusterTest, AHangingToolIsATimeout)
{
    RecordedRunner runner({base::fail(ErrorKind::timed_out, "crm_attribute did not end in time and was killed")});
    EXPECT_EQ(cluster(runner).property("P").error().kind, ErrorKind::timed_out);
}

TEST_F(PacemakerClusterTest, AsksBeforehandWhatIsExpectedToBeAsked)
{
    RecordedRunner runner({printed("a\n"), printed("10.0.0.1\n"), printed("later\n")});
    auto it = cluster(runner);
    it.expect_property("P");
    it.expect_node_attribute("n2", "A", Lifetime::permanent);
    EXPECT_EQ(runner.begun.size(), 2);
    EXPECT_EQ(**it.node_attribute("n2", "A", Lifetime::permanent), "10.0.0.1");
    EXPECT_EQ(**it.property("P"), "a");
    EXPECT_EQ(runner.commands.size(), 2);
    EXPECT_EQ(**it.property("P"), "later"); // one answer serves one question
    EXPECT_EQ(runner.commands[2], runner.begun[0]);
}

TEST_F(PacemakerClusterTest, WhatIsSetIsNotReadFromAnEarlierAnswer)
{
    RecordedRunner runner({printed("old\n"), printed("old\n"), printed(""), printed(""), printed("new\n")});
    auto it = cluster(runner);
    it.expect_property("P");
    it.expect_node_attribute("n1", "A", Lifetime::permanent);
    EXPECT_TRUE(it.set_property("P", "new"));
    EXPECT_TRUE(it.set_node_attribute("A", "new", Lifetime::permanent));
    EXPECT_EQ(**it.property("P"), "new");
    EXPECT_EQ(**it.node_attribute("n1", "A", Lifetime::permanent), "new");

    RecordedRunner attrd({private_value("old"), printed(""), private_value("new")});
    auto other = cluster(attrd);
    other.expect_private_attributes("b");
    EXPECT_TRUE(other.set_private_attribute("b", "new"));
    EXPECT_EQ(other.private_attributes("b")->at("n1"), "new");
}

TEST_F(PacemakerClusterTest, AsksInTimeWhatCouldNotBeAskedBeforehand)
{
    RecordedRunner runner({printed("a\n")});
    runner.can_begin = false;
    auto it = cluster(runner);
    it.expect_property("P");
    EXPECT_EQ(**it.property("P"), "a");
}

TEST_F(PacemakerClusterTest, WorksWithRealProcesses)
{
    const TemporaryFolder folder;
    folder.program("attrd_updater",
        "for a in \"$@\"; do case $a in --update=*) printf %s \"${a#--update=}\" >\"" + (folder / "value")
            + "\"; exit 0;; esac; done\n[ -f \"" + (folder / "value") + "\" ] || exit 78\n"
            + "printf 'name=\"b\" host=\"n1\" value=\"%s\"\\n' \"$(cat \"" + (folder / "value") + "\")\"");
    const ScopedVariable path("PATH", folder.path() + ":/usr/bin:/bin");
    os::PosixRunner runner;
    PacemakerCluster it(runner, files, "mysql", "n1", Deadline::after(Millis(10'000)));
    const std::string value = "uuid:1-5\n\"$(id)\" %41 \\";
    using Values = std::map<std::string, std::string>;
    EXPECT_EQ(*it.private_attributes("b"), Values{});
    EXPECT_TRUE(it.set_private_attribute("b", value));
    EXPECT_EQ(*it.private_attributes("b"), (Values{{"n1", value}}));
}

} // namespace
} // namespace mysql_prm::adapters::cluster
