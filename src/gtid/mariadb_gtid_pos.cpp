#include "mysql_prm/gtid/mariadb_gtid_pos.hpp"

#include "mysql_prm/base/text.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace mysql_prm::gtid {
namespace {

using DomainAndServer = std::pair<std::uint32_t, std::uint32_t>;

DomainAndServer domain_and_server(const MariadbGtid& gtid)
{
    return {gtid.domain, gtid.server_id};
}

base::Result<MariadbGtid> parse_gtid(std::string_view s)
{
    const auto fields = base::split(s, '-');
    if (fields.size() == 3) {
        const auto domain = base::to_int<std::uint32_t>(fields[0]);
        const auto server_id = base::to_int<std::uint32_t>(fields[1]);
        const auto seq = base::to_int<std::uint64_t>(fields[2]);
        if (domain && server_id && seq)
            return MariadbGtid{*domain, *server_id, *seq};
    }
    return base::fail(
        base::ErrorKind::failed, base::text("GTID position: not domain-server_id-sequence: '", base::shorten(s, 48), "'"));
}

// In the order of the text.
base::Result<std::vector<MariadbGtid>> parse_list(std::string_view s)
{
    std::vector<MariadbGtid> gtids;
    if (base::trim(s).empty())
        return gtids;
    for (const std::string& element : base::split(s, ',')) {
        const auto gtid = parse_gtid(base::trim(element));
        if (!gtid)
            return std::unexpected(gtid.error());
        gtids.push_back(*gtid);
    }
    return gtids;
}

// The higher seq of the two; a when they are the same.
MariadbGtid further(const MariadbGtid& a, const MariadbGtid& b)
{
    return b.seq > a.seq ? b : a;
}

// Merges two lists that ascend by key; where both have the key, a's element and b's give further().
template <typename Key>
std::vector<MariadbGtid> merge_further(const std::vector<MariadbGtid>& a, const std::vector<MariadbGtid>& b, Key key)
{
    std::vector<MariadbGtid> result;
    auto left = a.begin();
    auto right = b.begin();
    while (left != a.end() && right != b.end()) {
        if (key(*left) < key(*right))
            result.push_back(*left++);
        else if (key(*right) < key(*left))
            result.push_back(*right++);
        else
            result.push_back(further(*left++, *right++));
    }
    result.insert(result.end(), left, a.end());
    result.insert(result.end(), right, b.end());
    return result;
}

std::uint32_t domain_of(const MariadbGtid& gtid)
{
    return gtid.domain;
}

} // namespace

std::string to_string(const MariadbGtid& gtid)
{
    return base::text(gtid.domain, '-', gtid.server_id, '-', gtid.seq);
}

std::string to_string(const std::vector<MariadbGtid>& gtids)
{
    std::string out;
    for (const MariadbGtid& gtid : gtids)
        out.append(out.empty() ? "" : ",").append(to_string(gtid));
    return out;
}

std::ostream& operator<<(std::ostream& out, const MariadbGtid& gtid)
{
    return out << to_string(gtid);
}

base::Result<MariadbGtidPos> MariadbGtidPos::parse(std::string_view s)
{
    auto gtids = parse_list(s);
    if (!gtids)
        return std::unexpected(gtids.error());
    std::ranges::sort(*gtids, {}, domain_of);
    const auto twice = std::ranges::adjacent_find(*gtids, {}, domain_of);
    if (twice != gtids->end())
        return base::fail(base::ErrorKind::failed, base::text("GTID position: domain ", twice->domain, " is named twice"));
    MariadbGtidPos pos;
    pos.m_gtids = std::move(*gtids);
    return pos;
}

std::string MariadbGtidPos::to_string() const
{
    return gtid::to_string(m_gtids);
}

std::optional<MariadbGtid> MariadbGtidPos::gtid_of(std::uint32_t domain) const
{
    const auto found = std::ranges::lower_bound(m_gtids, domain, {}, domain_of);
    if (found == m_gtids.end() || found->domain != domain)
        return std::nullopt;
    return *found;
}

std::optional<std::uint64_t> MariadbGtidPos::seq_of(std::uint32_t domain) const
{
    const auto gtid = gtid_of(domain);
    return gtid ? std::optional{gtid->seq} : std::nullopt;
}

bool MariadbGtidPos::contains(const MariadbGtidPos& other) const
{
    return std::ranges::all_of(other.m_gtids, [this](const MariadbGtid& wanted) {
        const auto mine = gtid_of(wanted.domain);
        return mine && (mine->seq > wanted.seq || *mine == wanted);
    });
}

MariadbGtidPos MariadbGtidPos::united(const MariadbGtidPos& other) const
{
    MariadbGtidPos result;
    result.m_gtids = merge_further(m_gtids, other.m_gtids, domain_of);
    return result;
}

Relation relation(const MariadbGtidPos& a, const MariadbGtidPos& b)
{
    return relation_of(a.contains(b), b.contains(a));
}

std::ostream& operator<<(std::ostream& out, const MariadbGtidPos& pos)
{
    return out << pos.to_string();
}

base::Result<MariadbBinlogState> MariadbBinlogState::parse(std::string_view s)
{
    auto gtids = parse_list(s);
    if (!gtids)
        return std::unexpected(gtids.error());
    MariadbBinlogState state;
    std::ranges::stable_sort(*gtids, {}, domain_of); // each domain's last listed stays its last
    for (const MariadbGtid& gtid : *gtids) {
        auto& latest = state.m_latest.m_gtids;
        if (latest.empty() || latest.back().domain != gtid.domain)
            latest.push_back(gtid);
        else
            latest.back() = gtid;
    }
    std::ranges::sort(*gtids, {}, domain_and_server);
    const auto twice = std::ranges::adjacent_find(*gtids, {}, domain_and_server);
    if (twice != gtids->end())
        return base::fail(base::ErrorKind::failed,
            base::text(
                "GTID binary log state: server_id ", twice->server_id, " of domain ", twice->domain, " is named twice"));
    state.m_gtids = std::move(*gtids);
    return state;
}

std::string MariadbBinlogState::to_string() const
{
    std::vector<MariadbGtid> listed = m_gtids;
    std::ranges::sort(listed, {}, [this](const MariadbGtid& gtid) {
        return std::tuple{gtid.domain, m_latest.gtid_of(gtid.domain) == gtid, gtid.server_id};
    });
    return gtid::to_string(listed);
}

std::optional<std::uint64_t> MariadbBinlogState::seq_of(std::uint32_t domain, std::uint32_t server_id) const
{
    const DomainAndServer wanted{domain, server_id};
    const auto found = std::ranges::lower_bound(m_gtids, wanted, {}, domain_and_server);
    if (found == m_gtids.end() || domain_and_server(*found) != wanted)
        return std::nullopt;
    return found->seq;
}

MariadbBinlogState MariadbBinlogState::united(const MariadbGtidPos& pos) const
{
    MariadbBinlogState result;
    result.m_gtids = merge_further(m_gtids, pos.gtids(), domain_and_server);
    result.m_latest = m_latest.united(pos);
    // With strict mode off the pair may already be at a higher seq than pos says.
    for (MariadbGtid& gtid : result.m_latest.m_gtids)
        gtid.seq = result.seq_of(gtid.domain, gtid.server_id).value_or(gtid.seq);
    return result;
}

std::ostream& operator<<(std::ostream& out, const MariadbBinlogState& state)
{
    return out << state.to_string();
}

std::vector<MariadbGtid> diverged(const MariadbBinlogState& own, const MariadbBinlogState& peer)
{
    std::vector<MariadbGtid> result;
    for (const MariadbGtid& gtid : own.gtids()) {
        const auto peers_seq = peer.seq_of(gtid.domain, gtid.server_id);
        if (!peers_seq || gtid.seq > *peers_seq)
            result.push_back(gtid);
    }
    return result;
}

} // namespace mysql_prm::gtid
