#include "mysql_prm/ocf/environment.hpp"

#include "mysql_prm/base/text.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

namespace mysql_prm::ocf {
namespace {

constexpr std::array<std::pair<std::string_view, Action>, 11> k_actions{{
    {"start", Action::start},
    {"stop", Action::stop},
    {"monitor", Action::monitor},
    {"status", Action::status},
    {"promote", Action::promote},
    {"demote", Action::demote},
    {"notify", Action::notify},
    {"validate-all", Action::validate_all},
    {"meta-data", Action::meta_data},
    {"reload-agent", Action::reload_agent},
    {"usage", Action::usage},
}};

// Everything the notify variables may be called; the environment cannot be listed through a Lookup.
constexpr std::array<std::string_view, 11> k_notify_lists{
    "start", "stop", "promote", "demote", "active", "promoted", "unpromoted", "slave", "inactive", "available", "master"};

class Reader {
public:
    explicit Reader(const Lookup& lookup) : m_lookup(lookup) { }

    [[nodiscard]] std::string text(const std::string& name, std::string otherwise = {}) const
    {
        auto value = m_lookup(name).value_or("");
        return value.empty() ? std::move(otherwise) : value;
    }
    [[nodiscard]] std::optional<int> number(const std::string& name) const
    {
        return base::to_int<int>(base::trim(text(name)));
    }
    [[nodiscard]] std::optional<bool> boolean(const std::string& name) const { return base::to_bool(text(name)); }

private:
    const Lookup& m_lookup;
};

std::string meta(std::string_view name)
{
    return base::text("OCF_RESKEY_CRM_meta_", name);
}

std::string without_clone_number(const std::string& instance)
{
    const auto colon = instance.rfind(':');
    if (colon == std::string::npos || !base::to_int<unsigned>(std::string_view{instance}.substr(colon + 1)))
        return instance;
    return instance.substr(0, colon);
}

void read_clone(const Reader& reader, Environment& out)
{
    out.clone_max = reader.number(meta("clone_max"));
    out.clone_node_max = reader.number(meta("clone_node_max"));
    out.promoted_max = reader.number(meta("promoted_max"));
    if (!out.promoted_max)
        out.promoted_max = reader.number(meta("master_max"));
    out.promoted_node_max = reader.number(meta("promoted_node_max"));
    if (!out.promoted_node_max)
        out.promoted_node_max = reader.number(meta("master_node_max"));
    out.clone = out.clone_max.has_value() || !reader.text(meta("clone")).empty();
    out.promotable = out.promoted_max.value_or(0) > 0;
    out.notify_enabled = reader.boolean(meta("notify"));
}

void read_notify(const Lookup& lookup, Environment& out)
{
    const auto take = [&](const std::string& name) {
        if (auto value = lookup(meta("notify_" + name)))
            out.notify.emplace(name, std::move(*value));
    };
    take("type");
    take("operation");
    for (const auto list : k_notify_lists) {
        take(base::text(list, "_resource"));
        take(base::text(list, "_uname"));
    }
}

} // namespace

Lookup process_environment()
{
    return [](const std::string& name) -> std::optional<std::string> {
        const char* const value = std::getenv(name.c_str());
        return value == nullptr ? std::nullopt : std::optional<std::string>{value};
    };
}

Lookup lookup_in(std::map<std::string, std::string> variables)
{
    return [all = std::move(variables)](const std::string& name) -> std::optional<std::string> {
        const auto found = all.find(name);
        return found == all.end() ? std::nullopt : std::optional{found->second};
    };
}

std::optional<Action> parse_action(std::string_view name)
{
    const auto* const found
        = std::find_if(k_actions.begin(), k_actions.end(), [&](const auto& entry) { return entry.first == name; });
    return found == k_actions.end() ? std::nullopt : std::optional{found->second};
}

std::string_view to_string(Action action)
{
    const auto* const found
        = std::find_if(k_actions.begin(), k_actions.end(), [&](const auto& entry) { return entry.second == action; });
    return found == k_actions.end() ? "?" : found->first;
}

bool Environment::speaks_ocf_1_1() const
{
    return api_major == 1 && api_minor.value_or(0) >= 1;
}

Environment environment_from(const Lookup& lookup)
{
    const Reader reader{lookup};
    Environment out;
    if (const auto timeout = reader.number(meta("timeout")); timeout && *timeout > 0)
        out.timeout = base::Millis{*timeout};
    out.interval = base::Millis{std::max(0, reader.number(meta("interval")).value_or(0))};
    out.check_level = std::max(0, reader.number("OCF_CHECK_LEVEL").value_or(0));
    out.instance = without_clone_number(reader.text("OCF_RESOURCE_INSTANCE", out.instance));
    out.node = reader.text(meta("on_node"));
    read_clone(reader, out);
    out.api_major = reader.number("OCF_RA_VERSION_MAJOR");
    out.api_minor = reader.number("OCF_RA_VERSION_MINOR");
    out.run_folder = reader.text("HA_RSCTMP", out.run_folder);
    read_notify(lookup, out);
    return out;
}

bool is_probe(Action action, const Environment& environment)
{
    return action == Action::monitor && environment.interval == base::Millis{0};
}

} // namespace mysql_prm::ocf
