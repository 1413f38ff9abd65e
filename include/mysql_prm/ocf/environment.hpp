// What Pacemaker says in the environment besides the parameters, read once. Pacemaker 2.1.5 and 3.0 were looked at; what is
// missing (ocf-tester, a call by hand, a stop while the node leaves without a coordinator) has the value that is said here.
#pragma once

#include "mysql_prm/base/deadline.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace mysql_prm::ocf {

// Value of an environment variable; nothing where it is not set. Tests pass a map.
using Lookup = std::function<std::optional<std::string>(const std::string& name)>;

// The environment of this process.
[[nodiscard]] Lookup process_environment();
// A copy of the map; for tests.
[[nodiscard]] Lookup lookup_in(std::map<std::string, std::string> variables);

enum class Action { start, stop, monitor, status, promote, demote, notify, validate_all, meta_data, reload_agent, usage };

// Nothing for an action that this agent does not have (exit code 3): migrate_to, migrate_from, recover, the old reload.
[[nodiscard]] std::optional<Action> parse_action(std::string_view name);
[[nodiscard]] std::string_view to_string(Action action);

struct Environment {
    base::Millis timeout{20'000}; // CRM_meta_timeout; 20 s where unset or senseless
    base::Millis interval{0};     // CRM_meta_interval; Pacemaker leaves it out of probes
    int check_level
        = 0; // OCF_CHECK_LEVEL as given: compare with >= 1, >= 10, >= 20 (unknown levels mean the next lower one)

    std::string instance
        = "mysql";    // OCF_RESOURCE_INSTANCE without the ":N" of a globally unique clone; names attributes and files
    std::string node; // CRM_meta_on_node; empty: ask the cluster

    // Of the clone; nothing or false where the resource is none.
    bool clone = false;      // an instance of any clone
    bool promotable = false; // promoted_max (or its older name master_max) is above 0
    std::optional<int> promoted_max;
    std::optional<int> clone_max;
    std::optional<int> clone_node_max;
    std::optional<int> promoted_node_max;
    std::optional<bool> notify_enabled; // nothing: not said

    std::optional<int> api_major; // OCF_RA_VERSION_MAJOR; nothing: not run by a resource manager
    std::optional<int> api_minor;

    std::string run_folder = "/run/resource-agents"; // HA_RSCTMP: small files that a reboot removes

    // OCF_RESKEY_CRM_meta_notify_* as they are, by the name behind that. Pacemaker gives them to notify, start, stop,
    // promote and demote of a resource with notify=true; notify_event.hpp reads them.
    std::map<std::string, std::string> notify;

    // The caller reads meta-data of OCF 1.1 (reload-agent, reloadable, unique-group): Pacemaker from 2.1 on says so.
    [[nodiscard]] bool speaks_ocf_1_1() const;
};

[[nodiscard]] Environment environment_from(const Lookup& lookup);

// A monitor without interval asks what is there before the resource is placed; it must not change anything.
[[nodiscard]] bool is_probe(Action action, const Environment& environment);

} // namespace mysql_prm::ocf
