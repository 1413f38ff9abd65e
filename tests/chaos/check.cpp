#include "check.hpp"

#include "mysql_prm/base/text.hpp"

#include <algorithm>
#include <set>

namespace mysql_prm::chaos {
namespace {

using base::text;

constexpr std::size_t k_shown = 20; // broken rules of a kind
constexpr std::uint64_t k_percent_on = 90;
constexpr Time k_said_late = k_second / 10; // an agent says that it has opened when it has

struct Opening {
    Time at;
    unsigned server;
    std::uint64_t generation;
};

// What the agents said of who leads, and whether the guarantee holds there.
class Timeline {
public:
    explicit Timeline(const std::vector<Event>& events)
    {
        for (const auto& event : events) {
            const auto server = server_of(event.node);
            if (event.kind == "opens")
                m_openings.push_back({event.at, server, base::to_int<std::uint64_t>(event.detail).value_or(0)});
            if (event.kind == "opens" || event.kind == "on" || event.kind == "off")
                m_guarantee[server].emplace_back(event.at, event.kind == "on");
        }
    }

    // All the while: a write that was under way when it changed is not counted as guaranteed.
    [[nodiscard]] bool guaranteed(const Write& write) const
    {
        const auto found = m_guarantee.find(write.server);
        if (found == m_guarantee.end())
            return false;
        bool on = false;
        for (const auto& [at, state] : found->second) {
            if (at > write.until)
                break;
            if (at > write.from)
                return false;
            on = state;
        }
        return on;
    }

    // The last time that its server had been opened before it was acknowledged.
    [[nodiscard]] const Opening* led_by(const Write& write) const
    {
        const Opening* last = nullptr;
        for (const auto& opening : m_openings)
            if (opening.server == write.server && opening.at <= write.until + k_said_late)
                last = &opening;
        return last;
    }

    // The first opening of another server after that one.
    [[nodiscard]] const Opening* successor_of(const Opening& opening) const
    {
        const Opening* first = nullptr;
        for (const auto& other : m_openings)
            if (other.server != opening.server && other.generation > opening.generation
                && (first == nullptr || other.at < first->at))
                first = &other;
        return first;
    }

private:
    std::vector<Opening> m_openings;
    std::map<unsigned, std::vector<std::pair<Time, bool>>> m_guarantee;
};

class Check {
public:
    Check(const History& history, const Rules& rules) : m_history(history), m_rules(rules), m_timeline(history.events) { }

    Verdict run()
    {
        for (const auto& fault : m_history.faults)
            m_verdict.outcomes.push_back({.fault = fault});
        for (const auto& client : m_history.clients)
            for (const auto& write : client.writes)
                judge(client, write);
        for (const auto& [name, node] : m_history.serving)
            look_for_phantoms(name, node);
        compare_nodes();
        for (std::size_t i = 0; i < m_verdict.outcomes.size(); ++i)
            measure(i);
        if (m_rules.guarantee && m_verdict.on * 100 < (m_verdict.on + m_verdict.off) * k_percent_on)
            broken("off", text("the guarantee was on for ", m_verdict.on, " of ", m_verdict.on + m_verdict.off, " writes"));
        if (m_verdict.on + m_verdict.off == 0)
            broken("blocked", "no write was acknowledged at all");
        return std::move(m_verdict);
    }

private:
    void broken(const std::string& rule, const std::string& what)
    {
        const auto count = ++m_broken[rule];
        if (count <= k_shown)
            m_verdict.broken.push_back(text(rule, ": ", what));
        else if (count == k_shown + 1)
            m_verdict.broken.push_back(text(rule, ": and more"));
    }

    [[nodiscard]] bool is_on_primary(const Client& client, const Write& write) const
    {
        const auto& tables = m_history.serving.at(m_history.primary).tables;
        const auto rows = tables.find(client.name);
        return rows != tables.end() && rows->second.contains(write.id);
    }

    [[nodiscard]] Outcome* outcome_at(Time at)
    {
        Outcome* found = nullptr;
        for (auto& outcome : m_verdict.outcomes)
            if (outcome.fault.begin <= at)
                found = &outcome;
        return found;
    }

    [[nodiscard]] static std::string name(const Client& client, const Write& write)
    {
        return text(
            "write ", write.id, " of client ", client.name, ", acknowledged by server ", write.server, " at ", write.until);
    }

    void judge(const Client& client, const Write& write)
    {
        const bool is_there = is_on_primary(client, write);
        if (!write.acknowledged()) {
            m_verdict.unacknowledged_present += is_there ? 1 : 0;
            return;
        }
        const bool guaranteed = m_timeline.guaranteed(write);
        auto* outcome = outcome_at(write.until);
        ++(guaranteed ? m_verdict.on : m_verdict.off);
        if (outcome != nullptr)
            ++(guaranteed ? outcome->on : outcome->off);
        const auto* led = m_timeline.led_by(write);
        if (led == nullptr)
            broken("unled", name(client, write));
        if (!is_there && guaranteed)
            broken("lost", name(client, write));
        if (!is_there && !guaranteed) {
            ++m_verdict.lost;
            if (outcome != nullptr)
                ++outcome->lost;
        }
        const auto* successor = led == nullptr || !is_there ? nullptr : m_timeline.successor_of(*led);
        if (successor != nullptr && write.from > successor->at)
            broken("double", text(name(client, write), "; server ", successor->server, " had opened at ", successor->at));
    }

    void look_for_phantoms(const std::string& node, const Node& data)
    {
        for (const auto& [table, rows] : data.tables) {
            std::set<std::uint64_t> sent;
            for (const auto& client : m_history.clients)
                if (client.name == table)
                    for (const auto& write : client.writes)
                        sent.insert(write.id);
            for (const auto& [id, server] : rows)
                if (!sent.contains(id))
                    broken("phantom", text("row ", id, " of ", table, " on ", node, " was never sent"));
        }
    }

    void compare_nodes()
    {
        const auto& primary = m_history.serving.at(m_history.primary);
        for (const auto& [name, node] : m_history.serving) {
            if (node.executed != primary.executed)
                broken(
                    "diverged", text(name, " has executed ", node.executed, ", ", m_history.primary, " ", primary.executed));
            for (const auto& [table, rows] : primary.tables) {
                const auto own = node.tables.find(table);
                if (own == node.tables.end() || own->second != rows)
                    broken("diverged", text("table ", table, " of ", name, " is not that of ", m_history.primary));
            }
            if (node.tables.size() != primary.tables.size())
                broken("diverged", text(name, " has other tables than ", m_history.primary));
        }
    }

    // From the last acknowledgement before the fault until the next fault.
    void measure(std::size_t index)
    {
        auto& outcome = m_verdict.outcomes[index];
        const auto& fault = outcome.fault;
        const bool is_last = index + 1 == m_verdict.outcomes.size();
        const auto end = is_last ? std::numeric_limits<Time>::max() : m_verdict.outcomes[index + 1].fault.begin;
        std::vector<Time> acknowledged;
        Time before = 0;
        for (const auto& client : m_history.clients) {
            if (!client.through_address())
                continue;
            for (const auto& write : client.writes) {
                if (!write.acknowledged() || write.until >= end)
                    continue;
                if (write.until >= fault.begin)
                    acknowledged.push_back(write.until);
                else
                    before = std::max(before, write.until);
            }
        }
        std::ranges::sort(acknowledged);
        const auto first_after_end = std::ranges::lower_bound(acknowledged, fault.end);
        if (first_after_end == acknowledged.end() || *first_after_end - fault.end > k_blocked_after)
            broken(
                "blocked", text("no write within 30 s of the end of ", fault.kind, " on ", fault.where, " at ", fault.end));
        if (acknowledged.empty())
            return;
        Time gap = 0;
        for (auto last = before == 0 ? acknowledged.front() : before; const auto at : acknowledged) {
            gap = std::max(gap, at - last);
            last = at;
        }
        outcome.gap = gap;
    }

    const History& m_history;
    const Rules& m_rules;
    Timeline m_timeline;
    Verdict m_verdict;
    std::map<std::string, std::size_t> m_broken;
};

} // namespace

Verdict check(const History& history, const Rules& rules)
{
    return Check{history, rules}.run();
}

} // namespace mysql_prm::chaos
