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
    const auto flags = base::text(ballot.can_lead ? 'L' : '-', ballot.counts ? 'C' : '-');
    // What is left out only makes positions harder to compare.
    auto without_data = ballot.without_data.to_string();
    if (position.size() + without_data.size() > k_max_ballot_position_bytes)
        without_data.clear();
    const auto fields
        = base::text(ballot.generation, ';', ballot.joined, ';', ballot.server_id, ';', flags, ';', why, ';', position);
    return without_data.empty() ? fields : base::text(fields, ';', without_data);
}

base::Result<Ballot> parse_ballot(std::string_view s)
{
    auto fields = base::split(s, ';');
    if (fields.size() == 6)
        fields.emplace_back();
    const auto bad = [&] {
        return base::fail(base::ErrorKind::invalid_argument, base::text("not a ballot: '", base::shorten(s, 60), "'"));
    };
    if (fields.size() != 7 || fields[3].size() != 2)
        return bad();
    const auto generation = base::to_int<std::uint64_t>(fields[0]);
    const auto joined = base::to_int<std::uint64_t>(fields[1]);
    const auto server_id = base::to_int<std::uint32_t>(fields[2]);
    auto without_data = gtid::MysqlGtidSet::parse(fields[6]);
    if (!generation || !joined || !server_id || !without_data)
        return bad();
    Ballot ballot{*generation, *joined, *server_id, fields[3][0] == 'L', fields[3][1] == 'C', fields[4], std::nullopt,
        std::move(*without_data)};
    if (fields[5].empty())
        return ballot;
    auto position = parse_position(fields[5]);
    if (!position)
        return bad();
    ballot.received = std::move(*position);
    return ballot;
}

} // namespace mysql_prm::core
