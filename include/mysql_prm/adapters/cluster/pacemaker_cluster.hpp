// Pacemaker through its command line tools: crm_attribute, attrd_updater, crm_node (2.1.5 to 3.0).
//
// What the tools do not promise, and what is done about it:
// - a set returns when it is on its way to all nodes, before the value is applied anywhere: whoever waits for one asks
// again;
// - an attribute is private only if it was created so: every private write and clear says so;
// - attrd_updater -Q without a node answers for all of them (2.1.5): the node is always named;
// - attrd_updater of 3.0.3 without a cluster gives up on an update only after 15 s, on a query at once: callers know from a
// read
//   that there is a cluster before they set a private attribute;
// - a value that begins with a dash is taken for options, unless written as --update=VALUE.
#pragma once

#include "mysql_prm/ports/cluster.hpp"
#include "mysql_prm/ports/os.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace mysql_prm::adapters::cluster {

using base::Result;
using ports::Lifetime;

class PacemakerCluster : public ports::Cluster {
public:
    // resource: the primitive's id, as in OCF_RESOURCE_INSTANCE. node: Pacemaker's name of this node; empty: crm_node is
    // asked when it is first needed. No call waits past `deadline`, or longer than 10 s. Where no cluster is reached the
    // error is not_running, but failed where the node is named: Pacemaker does that when it calls the agent.
    PacemakerCluster(
        ports::Runner& runner, ports::Files& files, std::string resource, std::string node, ports::Deadline deadline);

    void expect_partition() override;
    void expect_property(const std::string& name) override;
    void expect_private_attributes(const std::string& name) override;
    void expect_node_attribute(const std::string& node, const std::string& name, Lifetime lifetime) override;

    // Empty when it is not known; calls that need it then fail with not_running.
    const std::string& local_node() override;
    Result<std::vector<ports::ClusterNode>> nodes(ports::Deadline deadline) override;
    Result<std::optional<std::string>> quorate_partition() override;
    [[nodiscard]] bool is_next_partition(const std::string& before, const std::string& partition) const override;
    Result<void> report_failure(ports::Deadline deadline) override;
    Result<bool> is_left_alone(ports::Deadline deadline) override;
    Result<bool> is_unmanaged(ports::Deadline deadline) override;

    Result<std::optional<std::string>> property(const std::string& name) override;
    Result<void> set_property(const std::string& name, const std::string& value) override;

    Result<std::optional<int>> promotion_score() override;
    Result<void> set_promotion_score(int score) override;
    Result<void> clear_promotion_score() override;

    Result<std::optional<std::string>> node_attribute(
        const std::string& node, const std::string& name, Lifetime lifetime) override;
    // Values of one line only, as those of properties: the tools print line breaks in different ways.
    Result<void> set_node_attribute(const std::string& name, const std::string& value, Lifetime lifetime) override;

    Result<std::map<std::string, std::string>> private_attributes(const std::string& name) override;
    // At most 32 KiB after encoding (crm_output.hpp). timed_out: set, but not seen to be there.
    Result<void> set_private_attribute(const std::string& name, const std::optional<std::string>& value) override;

private:
    [[nodiscard]] ports::Deadline call_deadline() const;
    void begin(std::vector<std::string> question);
    Result<ports::ProcessResult> run(const std::vector<std::string>& argv, ports::Deadline deadline);
    Result<void> run_and_check(const std::vector<std::string>& argv, ports::Deadline deadline);
    Result<std::string> known_node();
    [[nodiscard]] base::ErrorKind absence() const;

    ports::Runner& m_runner;
    ports::Files& m_files;
    std::string m_resource;
    std::string m_node;
    bool m_is_called_by_cluster;
    ports::Deadline m_deadline;
    std::map<std::vector<std::string>, std::unique_ptr<ports::Program>> m_begun;
};

} // namespace mysql_prm::adapters::cluster
