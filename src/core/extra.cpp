#include "mysql_prm/core/extra.hpp"

#include "mysql_prm/base/text.hpp"

namespace mysql_prm::core {
namespace {

using base::text;

std::string to_string(const MariadbRange& range)
{
    const gtid::MariadbGtid first{range.domain, range.server_id, range.first};
    const gtid::MariadbGtid last{range.domain, range.server_id, range.last};
    if (range.first == range.last)
        return gtid::to_string(last);
    return range.first == 0 ? "up to " + gtid::to_string(last) : text(gtid::to_string(first), " to ", gtid::to_string(last));
}

std::vector<MariadbRange> extra_ranges(const ServerStatus& own, const ServerStatus& primary)
{
    // What the primary was provisioned with leaves no trace in its binlog state; its position holds it.
    const auto held = primary.binlog_state.united(std::get<gtid::MariadbGtidPos>(primary.executed));
    std::vector<MariadbRange> ranges;
    for (const auto& last : gtid::diverged(own.binlog_state, held)) {
        const auto known = held.seq_of(last.domain, last.server_id);
        ranges.push_back({last.domain, last.server_id, known ? *known + 1 : 0, last.seq});
    }
    return ranges;
}

// The last transaction of any other server in a domain.
std::optional<gtid::MariadbGtid> last_of_others(const ServerStatus& own, std::uint32_t domain)
{
    std::optional<gtid::MariadbGtid> last;
    for (const auto& gtid : own.binlog_state.gtids())
        if (gtid.domain == domain && gtid.server_id != own.role.server_id && (!last || gtid.seq > last->seq))
            last = gtid;
    return last;
}

} // namespace

ExtraTransactions own_behind_others(const ServerStatus& own)
{
    ExtraTransactions extra;
    for (const auto& gtid : own.binlog_state.gtids())
        if (const auto last = last_of_others(own, gtid.domain);
            gtid.server_id == own.role.server_id && last && gtid.seq > last->seq)
            extra.mariadb.push_back({gtid.domain, gtid.server_id, last->seq + 1, gtid.seq});
    return extra;
}

gtid::MariadbGtidPos without(const gtid::MariadbGtidPos& position, const ServerStatus& own)
{
    std::vector<gtid::MariadbGtid> kept;
    for (const auto& gtid : position.gtids())
        kept.push_back(gtid.server_id == own.role.server_id ? last_of_others(own, gtid.domain).value_or(gtid) : gtid);
    return gtid::MariadbGtidPos::parse(gtid::to_string(kept)).value_or(position);
}

std::string to_string(const ExtraTransactions& extra)
{
    if (!extra.mysql.empty())
        return extra.mysql.to_string();
    std::vector<std::string> ranges;
    for (const auto& range : extra.mariadb)
        ranges.push_back(to_string(range));
    return base::join(ranges, ",");
}

ExtraTransactions extra_transactions(const ServerStatus& own, const ServerStatus& primary, bool count_received)
{
    if (const auto* mine = std::get_if<gtid::MysqlGtidSet>(count_received ? &own.received : &own.executed))
        return {.mysql = mine->minus(std::get<gtid::MysqlGtidSet>(primary.executed)).minus(primary.committing)};
    return {.mariadb = extra_ranges(own, primary)};
}

} // namespace mysql_prm::core
