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
    return base::text(ballot.generation, ';', ballot.server_id, ';', flags, ';', why, ';', position);
}

base::Result<Ballot> parse_ballot(std::string_view s)
{
    const auto fields = base::split(s, ';');
    const auto bad = [&] {
        return base::fail(base::ErrorKind::invalid_argument, base::text("not a ballot: '", base::shorten(s, 60), "'"));
    };
    if (fields.size() != 5 || fields[2].size() != 2)
        return bad();
    const auto generation = base::to_int<std::uint64_t>(fields[0]);
    const auto server_id = base::to_int<std::uint32_t>(fields[1]);
    if (!generation || !server_id)
        return bad();
    Ballot ballot{*generation, *server_id, fields[2][0] == 'L', fields[2][1] == 'C', fields[3], std::nullopt};
    if (fields[4].empty())
        return ballot;
    auto position = parse_position(fields[4]);
    if (!position)
        return bad();
    ballot.received = std::move(*position);
    return ballot;
}

} // namespace mysql_prm::core
