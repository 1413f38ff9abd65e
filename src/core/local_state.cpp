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

// One list of fields for reading and writing, for each part.
template <typename State, typename Visit>
void each_run_field(State& state, Visit visit)
{
    visit("pacemaker", state.pacemaker);
    visit("score", state.score);
    visit("readable", state.readable);
    visit("kept_out", state.kept_out);
    visit("verified", state.verified);
    visit("probed_at", state.probed_at);
    visit("record", state.record);
    visit("yielded_to", state.yielded_to);
    visit("yielded_at", state.yielded_at);
    visit("yields_to_apply", state.yields_to_apply);
    visit("events", state.events);
    visit("events_incomplete", state.events_incomplete);
    visit("lag_unknown_since", state.lag_unknown_since);
    visit("own_writes", state.own_writes);
    visit("is_refused", state.is_refused);
    visit("join_problem", state.join_problem);
    visit("heartbeat", state.heartbeat);
    visit("heartbeat_seen", state.heartbeat_seen);
    visit("extra_port", state.extra_port);
    visit("extra_address", state.extra_address);
    visit("was_primary", state.was_primary);
    visit("left_word", state.left_word);
}

template <typename State, typename Visit>
void each_data_field(State& state, Visit visit)
{
    visit("node", state.node);
    visit("promised", state.promised);
    visit("promised_at", state.promised_at);
    visit("told_at_stop", state.told_at_stop);
    visit("told_generation", state.told_generation);
    visit("told_server_id", state.told_server_id);
    visit("told_started", state.told_started);
    visit("told_position", state.told_position);
    visit("joined", state.joined);
    visit("joining", state.joining);
    visit("joining_position", state.joining_position);
    visit("joining_host", state.joining_host);
    visit("has_executed_it", state.has_executed_it);
    visit("quarantine", state.quarantine);
    visit("extra", state.extra);
    visit("extra_without_data", state.extra_without_data);
    visit("extra_file", state.extra_file);
    visit("extra_folder", state.extra_folder);
    visit("extra_saved", state.extra_saved);
    visit("extra_unfinished", state.extra_unfinished);
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

std::string line(std::string_view key, const auto& field)
{
    return one_line(base::text(key, '=', field)) + '\n';
}

// Calls set(key, value) for each line.
void each_line(std::string_view s, auto set)
{
    while (!s.empty()) {
        const auto end = s.find('\n');
        const auto line = s.substr(0, end);
        if (const auto equals = line.find('='); equals != std::string_view::npos)
            set(line.substr(0, equals), line.substr(equals + 1));
        s.remove_prefix(end == std::string_view::npos ? s.size() : end + 1);
    }
}

} // namespace

std::string run_part(const LocalState& state)
{
    std::string out;
    each_run_field(state, [&](std::string_view key, const auto& field) { out += line(key, field); });
    return out;
}

std::string data_part(const LocalState& state)
{
    std::string out;
    each_data_field(state, [&](std::string_view key, const auto& field) { out += line(key, field); });
    return out;
}

LocalState parse_local_state(std::string_view run, std::string_view data, const std::string& node)
{
    LocalState state;
    each_line(data, [&](std::string_view key, std::string_view value) {
        each_data_field(state, [&](std::string_view name, auto& field) {
            if (name == key)
                read(field, value);
        });
    });
    if (!node.empty() && !state.node.empty() && state.node != node)
        state = {};
    if (!node.empty())
        state.node = node;
    each_line(run, [&](std::string_view key, std::string_view value) {
        each_run_field(state, [&](std::string_view name, auto& field) {
            if (name == key)
                read(field, value);
        });
    });
    return state;
}

} // namespace mysql_prm::core
