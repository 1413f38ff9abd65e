#include "mysql_prm/adapters/server/durability.hpp"

#include "mysql_prm/base/text.hpp"

#include <array>
#include <utility>

namespace mysql_prm::adapters::server {

namespace {

// What each has to be. sync_relay_log: a replica acknowledges what it has written, not what it has synced.
constexpr std::array<std::pair<std::string_view, std::string_view>, 5> k_durable{{
    {"sync_binlog", "1"},
    {"innodb_flush_log_at_trx_commit", "1"},
    {"sync_relay_log", "1"},
    {"rpl_semi_sync_source_wait_point", "after_sync"},
    {"rpl_semi_sync_master_wait_point", "after_sync"},
}};

} // namespace

std::vector<std::string> parse_settings_that_lose(const Rows& variables)
{
    std::vector<std::string> out;
    for (const auto& [name, durable] : k_durable)
        for (std::size_t i = 0; i < variables.size(); ++i) {
            const Row row{variables, i};
            const auto value = row.text({"Value"});
            if (base::lower(row.text({"Variable_name"})) == name && base::lower(value) != durable)
                out.push_back(base::text(name, " = ", value));
        }
    return out;
}

} // namespace mysql_prm::adapters::server
