#include "mysql_prm/engine/gtid_order.hpp"

#include "mysql_prm/base/text.hpp"
#include "mysql_prm/log/log.hpp"

#include <set>

namespace mysql_prm::engine {
namespace {

using base::text;

bool shares_numbers(const core::ServerStatus& status)
{
    return status.mode == core::ReplicationMode::mariadb_gtid;
}

} // namespace

Result<void> insist_on_order(ports::Server& own, const core::ServerStatus& status)
{
    if (!shares_numbers(status) || status.gtid_strict)
        return {};
    if (const auto done = own.binary_log().insist_on_order(); !done)
        return base::fail(base::ErrorKind::not_installed,
            text("gtid_strict_mode is off and cannot be switched on (", done.error().message,
                "): put gtid_strict_mode=ON into the server's configuration"));
    log::warn("gtid_strict_mode was off: switched on, or transactions of two servers could get the same GTID; put "
              "gtid_strict_mode=ON into the server's configuration");
    return {};
}

Result<void> skip_numbers(const Context& context, ports::Server& own, const core::ServerStatus& status)
{
    if (!shares_numbers(status))
        return {};
    std::set<std::uint32_t> led{status.role.server_id};
    if (status.role.replica)
        led.insert(status.role.replica->source_server_id);
    const auto first = own.binary_log().skip_numbers(led, context.deadline);
    // An account from before this right was asked for must not be the end of every failover; the next start asks for it.
    if (!first && first.error().kind == base::ErrorKind::access_denied) {
        log::warn(text("GTID numbers that a lost primary used may be used again: ", first.error().message));
        return {};
    }
    if (!first)
        return std::unexpected(first.error());
    log::info(text("GTIDs go on behind ", *first, ", so that none is used twice"));
    return {};
}

} // namespace mysql_prm::engine
