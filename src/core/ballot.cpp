#include "mysql_prm/core/ballot.hpp"

#include "mysql_prm/base/text.hpp"

#include <algorithm>

namespace mysql_prm::core {
namespace {

constexpr std::string_view k_no_vote = "P--";

std::optional<Ballot::Told> parse_told(std::string_view server_id, std::string_view started, std::string_view position)
{
    const auto id = base::to_int<std::uint32_t>(server_id);
    const auto since = base::to_int<std::int64_t>(started);
    auto received = parse_position(position);
    if (!id || !since || !received)
        return std::nullopt;
    return Ballot::Told{{*id, *since}, std::move(*received)};
}

} // namespace

std::string to_string(const Ballot& ballot)
{
    auto why = base::shorten(ballot.why, 200);
    std::replace(why.begin(), why.end(), ';', ',');
    auto position = ballot.received ? to_string(*ballot.received) : std::string{};
    if (position.size() > k_max_ballot_position_bytes)
        position.clear();
    const auto flags = !ballot.is_vote
        ? std::string{k_no_vote}
        : base::text(ballot.can_lead ? 'L' : '-', ballot.counts ? 'C' : '-', ballot.whole ? 'W' : '-');
    // What is left out only makes positions harder to compare.
    auto without_data = ballot.without_data.to_string();
    if (position.size() + without_data.size() > k_max_ballot_position_bytes)
        without_data.clear();
    const auto fields = base::text(ballot.generation, ';', ballot.joined, ';', ballot.incarnation.server_id, ';',
        ballot.incarnation.started, ';', flags, ';', why, ';', position);
    // Left out, the member that it was is missing.
    if (ballot.told)
        if (const auto told = to_string(ballot.told->received);
            position.size() + without_data.size() + told.size() <= k_max_ballot_position_bytes)
            return base::text(fields, ';', without_data, ';', ballot.told->incarnation.server_id, ';',
                ballot.told->incarnation.started, ';', told);
    return without_data.empty() ? fields : base::text(fields, ';', without_data);
}

base::Result<Ballot> parse_ballot(std::string_view s)
{
    auto fields = base::split(s, ';');
    if (fields.size() == 7)
        fields.emplace_back();
    auto told = fields.size() == 11 ? parse_told(fields[8], fields[9], fields[10]) : std::nullopt;
    if (told)
        fields.resize(8);
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
        std::nullopt, flags != k_no_vote, std::move(*without_data), std::move(told)};
    if (fields[6].empty())
        return ballot;
    auto position = parse_position(fields[6]);
    if (!position)
        return bad();
    ballot.received = std::move(*position);
    return ballot;
}

} // namespace mysql_prm::core
