#include "mysql_prm/adapters/server/durability.hpp"

#include "mysql_prm/base/text.hpp"

#include <array>
#include <optional>

namespace mysql_prm::adapters::server {

namespace {

// What each has to be. sync_relay_log: a replica acknowledges what it has written, not what it has synced. The last: of
// which side it is, if it says nothing while that is off, as where the agent switches it on, with the right wait point.
struct Setting {
    std::string_view name, durable, side;
};

constexpr std::array<Setting, 5> k_durable{{
    {"sync_binlog", "1", {}},
    {"innodb_flush_log_at_trx_commit", "1", {}},
    {"sync_relay_log", "1", {}},
    {"rpl_semi_sync_source_wait_point", "after_sync", "rpl_semi_sync_source_enabled"},
    {"rpl_semi_sync_master_wait_point", "after_sync", "rpl_semi_sync_master_enabled"},
}};

// Nothing: this server has no such variable.
std::optional<std::string> value_of(const Rows& variables, std::string_view name)
{
    for (std::size_t i = 0; i < variables.size(); ++i) {
        const Row row{variables, i};
        if (base::lower(row.text({"Variable_name"})) == name)
            return row.text({"Value"});
    }
    return std::nullopt;
}

} // namespace

std::vector<std::string> parse_settings_that_lose(const Rows& variables)
{
    std::vector<std::string> out;
    for (const auto& setting : k_durable) {
        const auto value = value_of(variables, setting.name);
        if (!value || base::lower(*value) == setting.durable)
            continue;
        if (setting.side.empty() || base::lower(value_of(variables, setting.side).value_or("")) == "on")
            out.push_back(base::text(setting.name, " = ", *value));
    }
    return out;
}

std::vector<std::string> parse_filters(const Rows& state)
{
    std::vector<std::string> out;
    for (const auto* filter :
        {"Binlog_Do_DB", "Binlog_Ignore_DB", "Replicate_Do_DB", "Replicate_Ignore_DB", "Replicate_Do_Table",
            "Replicate_Ignore_Table", "Replicate_Wild_Do_Table", "Replicate_Wild_Ignore_Table", "Replicate_Rewrite_DB",
            "Replicate_Ignore_Server_Ids", "Replicate_Do_Domain_Ids", "Replicate_Ignore_Domain_Ids"})
        if (const auto value = Row{state, 0}.text({filter}); !value.empty())
            out.push_back(base::text(base::lower(filter), " = ", value));
    return out;
}

} // namespace mysql_prm::adapters::server
