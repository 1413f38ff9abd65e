#include "mysql_prm/core/local_state.hpp"

#include "mysql_prm/base/text.hpp"

#include <algorithm>

namespace mysql_prm::core {
namespace {

std::string one_line(std::string s)
{
    std::replace(s.begin(), s.end(), '\n', ' ');
    return s;
}

// One list of fields for reading and writing.
template <typename State, typename Visit>
void each_field(State& state, Visit visit)
{
    visit("pacemaker", state.pacemaker);
    visit("score", state.score);
    visit("readable", state.readable);
    visit("kept_out", state.kept_out);
    visit("verified", state.verified);
    visit("record", state.record);
    visit("promised", state.promised);
    visit("promised_at", state.promised_at);
    visit("yielded_to", state.yielded_to);
    visit("yielded_at", state.yielded_at);
    visit("quarantine", state.quarantine);
    visit("events", state.events);
    visit("extra_port", state.extra_port);
    visit("extra_address", state.extra_address);
    visit("was_primary", state.was_primary);
}

void read(std::string& field, std::string_view value)
{
    field = value;
}

void read(bool& field, std::string_view value)
{
    field = value == "1";
}

template <typename Int>
void read(Int& field, std::string_view value)
{
    field = base::to_int<Int>(value).value_or(field);
}

} // namespace

std::string to_string(const LocalState& state)
{
    std::string out;
    each_field(state, [&](std::string_view key, const auto& field) { out += one_line(base::text(key, '=', field)) + '\n'; });
    return out;
}

LocalState parse_local_state(std::string_view s)
{
    LocalState state;
    for (const auto& line : base::split(s, '\n')) {
        const auto equals = line.find('=');
        if (equals == std::string::npos)
            continue;
        const auto key = line.substr(0, equals);
        const auto value = line.substr(equals + 1);
        each_field(state, [&](std::string_view name, auto& field) {
            if (name == key)
                read(field, value);
        });
    }
    return state;
}

} // namespace mysql_prm::core
