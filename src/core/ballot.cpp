#include "mysql_prm/core/ballot.hpp"

#include "mysql_prm/base/text.hpp"

#include <algorithm>

namespace mysql_prm::core {

std::string to_string(const Ballot& ballot)
{
    auto why = base::shorten(ballot.why, 200);
    std::replace(why.begin(), why.end(), ';', ',');
    auto position = ballot.received ? to_string(*ballot.received) : std::string{};
    if (position.size() > k_max_ballot_position_bytes)
        position.clear();
    const auto flags = base::text(ballot.can_lead ? 'L' : '-', ballot.counts ? 'C' : '-', ballot.whole ? 'W' : '-');
    // What is left out only makes positions harder to compare.
    auto without_data = ballot.without_data.to_string();
    if (position.size() + without_data.size() > k_max_ballot_position_bytes)
        without_data.clear();
    const auto fields = base::text(ballot.generation, ';', ballot.joined, ';', ballot.incarnation.server_id, ';',
        ballot.incarnation.started, ';', flags, ';', why, ';', position);
    return without_data.empty() ? fields : base::text(fields, ';', without_data);
}

base::Result<Ballot> parse_ballot(std::string_view s)
{
    auto fields = base::split(s, ';');
    if (fields.size() == 7)
        fields.emplace_back();
    const auto bad = [&] {
        return base::fail(base::ErrorKind::invalid_argument, base::text("not a ballot: '", base::shorten(s, 60), "'"));
    };
    if (fields.size() != 8 || fields[4].size() != 3)
        return bad();
    const auto generation = base::to_int<std::uint64_t>(fields[0]);
    const auto joined = base::to_int<std::uint64_t>(fields[1]);
    const auto server_id = base::to_int<std::uint32_t>(fields[2]);
    const auto started = base::to_int<std::int64_t>(fields[3]);
    auto without_data = gtid::MysqlGtidSet::parse(fields[7]);
    if (!generation || !joined || !server_id || !started || !without_data)
        return bad();
    const auto& flags = fields[4];
    Ballot ballot{*generation, *joined, {*server_id, *started}, flags[0] == 'L', flags[1] == 'C', flags[2] == 'W', fields[5],
        std::nullopt, std::move(*without_data)};
    if (fields[6].empty())
        return ballot;
    auto position = parse_position(fields[6]);
    if (!position)
        return bad();
    ballot.received = std::move(*position);
    return ballot;
}

} // namespace mysql_prm::core
