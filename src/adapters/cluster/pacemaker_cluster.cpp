#include "mysql_prm/adapters/cluster/pacemaker_cluster.hpp"

#include "mysql_prm/adapters/cluster/crm_output.hpp"
#include "mysql_prm/base/text.hpp"

namespace mysql_prm::adapters::cluster {

using base::ErrorKind;
using base::fail;
using base::text;
using ports::Deadline;
using ports::Millis;
using ports::ProcessResult;

namespace {

constexpr Millis k_longest_call{10'000};
constexpr std::size_t k_longest_private_value = 32 * 1024;
constexpr const char* k_cib_on_disk = "/var/lib/pacemaker/cib/cib.xml"; // the same path in every build
constexpr std::string_view k_property_set = "mysql_replication";                 // PRM's

std::vector<std::string> property_command(const std::string& name)
{
    return {"crm_attribute", "-t", "crm_config", "-s", std::string(k_property_set), "-n", name};
}

std::vector<std::string> attribute_command(const std::string& node, const std::string& name, Lifetime lifetime)
{
    return {"crm_attribute", "-N", node, "-l", lifetime == Lifetime::permanent ? "forever" : "reboot", "-n", name};
}

std::vector<std::string> operator+(std::vector<std::string> command, const std::vector<std::string>& more)
{
    command.insert(command.end(), more.begin(), more.end());
    return command;
}

const std::vector<std::string> k_partition_question{"corosync-quorumtool", "-s"};

std::vector<std::string> property_question(const std::string& name)
{
    return property_command(name) + std::vector<std::string>{"-G", "-q"};
}

std::vector<std::string> attribute_question(const std::string& node, const std::string& name, Lifetime lifetime)
{
    return attribute_command(node, name, lifetime) + std::vector<std::string>{"-G", "-q"};
}

std::vector<std::string> private_question(const std::string& name)
{
    return {"attrd_updater", "-n", name, "-Q", "-A"};
}

Result<void> check_one_line(const std::string& name, const std::string& value)
{
    if (value.find_first_of("\n\t\r") != std::string::npos)
        return fail(ErrorKind::invalid_argument, text("value of attribute '", name, "' has more than one line"));
    return {};
}

} // namespace

PacemakerCluster::PacemakerCluster(
    ports::Runner& runner, ports::Files& files, std::string resource, std::string node, Deadline deadline)
    : m_runner(runner), m_files(files), m_resource(std::move(resource)), m_node(std::move(node)), m_is_called_by_cluster(!m_node.empty()),
      m_deadline(deadline)
{
}

Deadline PacemakerCluster::call_deadline() const
{
    return m_deadline.within(k_longest_call);
}

// One that cannot be begun is run when the answer is needed.
void PacemakerCluster::begin(std::vector<std::string> question)
{
    if (auto begun = m_runner.begin(question))
        m_begun.insert_or_assign(std::move(question), std::move(*begun));
}

void PacemakerCluster::expect_partition()
{
    begin(k_partition_question);
}

void PacemakerCluster::expect_property(const std::string& name)
{
    begin(property_question(name));
}

void PacemakerCluster::expect_private_attributes(const std::string& name)
{
    begin(private_question(name));
}

void PacemakerCluster::expect_node_attribute(const std::string& node, const std::string& name, Lifetime lifetime)
{
    begin(attribute_question(node, name, lifetime));
}

Result<ProcessResult> PacemakerCluster::run(const std::vector<std::string>& argv, Deadline deadline)
{
    const auto begun = m_begun.extract(argv);
    auto result = begun ? begun.mapped()->finish(deadline) : m_runner.run(argv, deadline);
    if (!result && result.error().kind == ErrorKind::not_found)
        return fail(absence(), text("no cluster on this node: ", result.error().message), result.error().code);
    if (result && result->exit_status == k_exit_disconnected && m_is_called_by_cluster)
        return std::unexpected(tool_error(argv.front(), *result, absence()));
    return result;
}

// What Pacemaker called is in a cluster, whose daemons are down for a moment: not what may be done without one.
ErrorKind PacemakerCluster::absence() const
{
    return m_is_called_by_cluster ? ErrorKind::failed : ErrorKind::not_running;
}

Result<void> PacemakerCluster::run_and_check(const std::vector<std::string>& argv, Deadline deadline)
{
    auto result = run(argv, deadline);
    if (!result)
        return std::unexpected(result.error());
    if (result->exit_status != k_exit_ok)
        return std::unexpected(tool_error(argv.front(), *result));
    return {};
}

const std::string& PacemakerCluster::local_node()
{
    if (!m_node.empty())
        return m_node;
    const auto result = run({"crm_node", "-n"}, call_deadline());
    if (result && result->exit_status == k_exit_ok)
        m_node = base::trim(result->out);
    return m_node;
}

Result<std::string> PacemakerCluster::known_node()
{
    if (local_node().empty())
        return fail(ErrorKind::not_running, "no cluster on this node: crm_node does not know its name");
    return m_node;
}

// Lines like "1 db1 member" and "3 db3 lost".
Result<std::vector<ports::ClusterNode>> PacemakerCluster::nodes(Deadline deadline)
{
    auto result = run({"crm_node", "-l"}, deadline.within(k_longest_call));
    if (!result)
        return std::unexpected(result.error());
    if (result->exit_status != k_exit_ok)
        return std::unexpected(tool_error("crm_node", *result));
    std::vector<ports::ClusterNode> nodes;
    for (const auto& line : base::split(result->out, '\n'))
        if (const auto fields = base::words(line); fields.size() >= 2)
            nodes.push_back({fields[1], fields.size() >= 3 && fields[2] == "member"});
    return nodes;
}

Result<std::optional<std::string>> PacemakerCluster::quorate_partition()
{
    auto result = run(k_partition_question, call_deadline());
    if (!result)
        return std::unexpected(result.error());
    auto partition = parse_quorum(*result);
    if (!partition && partition.error().kind == ErrorKind::not_running)
        return fail(absence(), partition.error().message, partition.error().code);
    return partition;
}

bool PacemakerCluster::is_next_partition(const std::string& before, const std::string& partition) const
{
    return is_next_ring(before, partition);
}

Result<bool> PacemakerCluster::is_left_alone(Deadline deadline)
{
    if (const auto cib = m_files.read(k_cib_on_disk); cib && is_in_maintenance(*cib, local_node()))
        return true;
    auto result
        = run({"env", text("CIB_file=", k_cib_on_disk), "crm_mon", "-1", "--inactive", "--output-as=xml"}, deadline);
    if (!result)
        return std::unexpected(result.error());
    if (result->exit_status != k_exit_ok)
        return std::unexpected(tool_error("crm_mon", *result));
    return parse_goes_on_without_quorum(result->out) || parse_unmanaged(result->out, m_resource);
}

Result<bool> PacemakerCluster::is_unmanaged(Deadline deadline)
{
    if (const auto cib = m_files.read(k_cib_on_disk); cib && !may_be_unmanaged(*cib, m_resource))
        return false;
    auto result = run({"crm_mon", "-1", "--inactive", "--output-as=xml"}, deadline);
    if (!result)
        return std::unexpected(result.error());
    if (result->exit_status != k_exit_ok)
        return std::unexpected(tool_error("crm_mon", *result));
    return parse_unmanaged(result->out, m_resource);
}

Result<void> PacemakerCluster::report_failure(Deadline deadline)
{
    const auto node = known_node();
    if (!node)
        return std::unexpected(node.error());
    return run_and_check({"crm_resource", "--fail", text("--resource=", m_resource), text("--node=", *node)}, deadline);
}

Result<std::optional<std::string>> PacemakerCluster::property(const std::string& name)
{
    auto result = run(property_question(name), call_deadline());
    if (!result)
        return std::unexpected(result.error());
    return parse_attribute(*result);
}

Result<void> PacemakerCluster::set_property(const std::string& name, const std::string& value)
{
    if (auto checked = check_one_line(name, value); !checked)
        return checked;
    m_begun.erase(property_question(name));
    return run_and_check(property_command(name) + std::vector<std::string>{text("--update=", value)}, call_deadline());
}

Result<std::optional<int>> PacemakerCluster::promotion_score()
{
    const auto node = known_node();
    if (!node)
        return std::unexpected(node.error());
    auto result = run({"crm_attribute", "-N", *node, text("--promotion=", m_resource), "-G", "-q"}, call_deadline());
    if (!result)
        return std::unexpected(result.error());
    const auto value = parse_attribute(*result);
    if (!value)
        return std::unexpected(value.error());
    if (!*value || (*value)->empty())
        return std::nullopt;
    const auto score = parse_score(**value);
    if (!score)
        return fail(ErrorKind::failed, text("promotion score of '", m_resource, "' is not a number: '", **value, "'"));
    return score;
}

Result<void> PacemakerCluster::set_promotion_score(int score)
{
    const auto node = known_node();
    if (!node)
        return std::unexpected(node.error());
    return run_and_check(
        {"crm_attribute", "-N", *node, text("--promotion=", m_resource), text("--update=", print_score(score))},
        call_deadline());
}

Result<void> PacemakerCluster::clear_promotion_score()
{
    const auto node = known_node();
    if (!node)
        return std::unexpected(node.error());
    return run_and_check({"crm_attribute", "-N", *node, text("--promotion=", m_resource), "-D"}, call_deadline());
}

Result<std::optional<std::string>> PacemakerCluster::node_attribute(
    const std::string& node, const std::string& name, Lifetime lifetime)
{
    auto result = run(attribute_question(node, name, lifetime), call_deadline());
    if (!result)
        return std::unexpected(result.error());
    return parse_attribute(*result);
}

Result<void> PacemakerCluster::set_node_attribute(const std::string& name, const std::string& value, Lifetime lifetime)
{
    if (auto checked = check_one_line(name, value); !checked)
        return checked;
    const auto node = known_node();
    if (!node)
        return std::unexpected(node.error());
    m_begun.erase(attribute_question(*node, name, lifetime));
    return run_and_check(
        attribute_command(*node, name, lifetime) + std::vector<std::string>{text("--update=", value)}, call_deadline());
}

Result<std::map<std::string, std::string>> PacemakerCluster::private_attributes(const std::string& name)
{
    auto result = run(private_question(name), call_deadline());
    if (!result)
        return std::unexpected(result.error());
    return parse_private(*result);
}

Result<void> PacemakerCluster::set_private_attribute(const std::string& name, const std::optional<std::string>& value)
{
    const auto encoded = value ? encode(*value) : std::string();
    if (encoded.size() > k_longest_private_value)
        return fail(ErrorKind::invalid_argument,
            text("value of attribute '", name, "' has ", encoded.size(), " bytes, more than 32 KiB"));
    const auto node = known_node();
    if (!node)
        return std::unexpected(node.error());
    m_begun.erase(private_question(name));
    const auto change = encoded.empty() ? std::string("-D") : text("--update=", encoded);
    return run_and_check({"attrd_updater", "-n", name, "-p", "-N", *node, change}, call_deadline());
}

} // namespace mysql_prm::adapters::cluster
