#include "mysql_prm/core/local_state.hpp"

#include "mysql_prm/base/text.hpp"

#include <algorithm>
#include <optional>

namespace mysql_prm::core {
namespace {

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
    visit("vote", state.vote);
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

void append_line(std::string& out, std::string_view key, const auto& field)
{
    base::append(out, key);
    const auto begin = out.size();
    base::append(out, '=');
    base::append(out, field);
    std::replace(out.begin() + static_cast<std::ptrdiff_t>(begin), out.end(), '\n', ' ');
    out += '\n';
}

// Lines "key=value" that are mostly asked for in their order.
class Lines {
public:
    explicit Lines(std::string_view all) : m_all(all) { }

    std::optional<std::string_view> value_of(std::string_view key)
    {
        const auto began_at = m_at;
        if (const auto found = search(key, m_all.size()))
            return found;
        m_at = 0;
        return search(key, began_at);
    }

private:
    std::optional<std::string_view> search(std::string_view key, std::size_t end)
    {
        while (m_at < end) {
            const auto line = m_all.substr(m_at, m_all.find('\n', m_at) - m_at);
            m_at += line.size() + 1;
            if (line.size() > key.size() && line[key.size()] == '=' && line.starts_with(key))
                return line.substr(key.size() + 1);
        }
        return std::nullopt;
    }

    std::string_view m_all;
    std::size_t m_at = 0; // a line begins there
};

} // namespace

std::string run_part(const LocalState& state)
{
    std::string out;
    each_run_field(state, [&](std::string_view key, const auto& field) { append_line(out, key, field); });
    return out;
}

std::string data_part(const LocalState& state)
{
    std::string out;
    each_data_field(state, [&](std::string_view key, const auto& field) { append_line(out, key, field); });
    return out;
}

LocalState parse_local_state(std::string_view run, std::string_view data, const std::string& node)
{
    LocalState state;
    const auto read_from = [](Lines& lines) {
        return [&lines](std::string_view key, auto& field) {
            if (const auto value = lines.value_of(key))
                read(field, *value);
        };
    };
    Lines data_lines(data), run_lines(run);
    each_data_field(state, read_from(data_lines));
    if (!node.empty() && !state.node.empty() && state.node != node)
        state = {};
    if (!node.empty())
        state.node = node;
    each_run_field(state, read_from(run_lines));
    return state;
}

} // namespace mysql_prm::core
