// What the agent asks of Pacemaker and tells it. Each call runs one cluster tool (10 to 22 ms) and returns by the deadline
// given at construction or 10 s, whichever is earlier. Without a cluster (ocf-tester, by hand) every call fails with
// ErrorKind::not_running; where Pacemaker called, and its daemons do not answer, with another kind.
#pragma once

#include "mysql_prm/base/deadline.hpp"
#include "mysql_prm/base/error.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace mysql_prm::ports {

using base::Result;

enum class Lifetime { permanent, transient };

struct ClusterNode {
    std::string name;
    bool is_member = false; // of this partition, now

    friend bool operator==(const ClusterNode&, const ClusterNode&) = default;
};

class Cluster {
public:
    virtual ~Cluster() = default;

    // What will be asked soon: its tool runs meanwhile, beside others. The answer is as old as this hint; it serves one
    // question, and whoever sets the same thing is not given it any more.
    virtual void expect_partition() { }
    virtual void expect_property(const std::string& /*name*/) { }
    virtual void expect_private_attributes(const std::string& /*name*/) { }
    virtual void expect_node_attribute(const std::string& /*node*/, const std::string& /*name*/, Lifetime /*lifetime*/) { }

    // Pacemaker's name of this node; no tool is run when the environment tells it.
    virtual const std::string& local_node() = 0;
    // All nodes that the cluster knows, lost ones included.
    virtual Result<std::vector<ClusterNode>> nodes(base::Deadline deadline) = 0;

    // What names the membership that this node sees now (corosync's ring); nothing: it has no quorum.
    virtual Result<std::optional<std::string>> quorate_partition() = 0;
    // Whether the second of two such memberships came right behind the first: no other one with quorum was in between, with
    // this node or without. false where that cannot be told.
    [[nodiscard]] virtual bool is_next_partition(const std::string& before, const std::string& partition) const = 0;

    // Pacemaker is told to let this resource be (maintenance, unmanaged, deleted), or to go on without quorum
    // (no-quorum-policy ignore or freeze). As this node's copy on disk has it: the cluster may be gone.
    virtual Result<bool> is_left_alone(base::Deadline deadline) = 0;
    // The first of these alone, as the living cluster has it. Costs no tool where nothing is configured of that kind.
    virtual Result<bool> is_unmanaged(base::Deadline deadline) = 0;

    // Lets Pacemaker recover this resource on this node at once, as behind a monitor that failed (crm_resource --fail). It
    // counts as a failure each time, and its reason is always "Simulated failure".
    virtual Result<void> report_failure(base::Deadline deadline) = 0;

    // Cluster properties in the set mysql_replication. A missing one is nothing, not an error.
    virtual Result<std::optional<std::string>> property(const std::string& name) = 0;
    virtual Result<void> set_property(const std::string& name, const std::string& value) = 0;

    // The promotion score of this resource on this node; nothing: unset (Pacemaker counts -1). -1000000 is -INFINITY.
    virtual Result<std::optional<int>> promotion_score() = 0;
    virtual Result<void> set_promotion_score(int score) = 0;
    virtual Result<void> clear_promotion_score() = 0;

    // Node attributes; reading the transient ones goes to the CIB and may be behind the last write.
    virtual Result<std::optional<std::string>> node_attribute(
        const std::string& node, const std::string& name, Lifetime lifetime)
        = 0;
    virtual Result<void> set_node_attribute(const std::string& name, const std::string& value, Lifetime lifetime) = 0;

    // Private attributes live in every attribute manager's memory, never in the CIB, and start no transition.
    // By node; a node without a value is not in it.
    virtual Result<std::map<std::string, std::string>> private_attributes(const std::string& name) = 0;
    // Sets this node's value; nothing as the value clears it. Others, and this node, may see the old value a little longer.
    // Only where a read has just shown that there is a cluster: without one this may take the whole call limit.
    virtual Result<void> set_private_attribute(const std::string& name, const std::optional<std::string>& value) = 0;
};

} // namespace mysql_prm::ports
