#include "check.hpp"

#include "mysql_prm/base/text.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

namespace mysql_prm::chaos {
namespace {

using base::text;

constexpr std::size_t k_shown = 20;         // broken rules of a kind
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

    // All the while: a write that was under way when it went off or on is not counted as guaranteed. That its members
    // changed does not excuse anything.
    [[nodiscard]] bool guaranteed(const Write& write) const
    {
        const auto found = m_guarantee.find(write.server);
        if (found == m_guarantee.end())
            return false;
        bool on = false;
        for (const auto& [at, state] : found->second) {
            if (at > write.until)
                break;
            if (at > write.from && state != on)
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

    [[nodiscard]] const std::vector<Opening>& openings() const { return m_openings; }

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
        look_for_equal_generations();
        look_for_holes();
        look_for_received();
        for (std::size_t i = 0; i < m_verdict.outcomes.size(); ++i)
            measure(i);
        if (m_rules.guarantee && m_meant_on * 100 < (m_meant_on + m_meant_off) * m_rules.percent)
            broken("off", text("the guarantee was on for ", m_meant_on, " of ", m_meant_on + m_meant_off, " writes"));
        if (m_verdict.on + m_verdict.off == 0)
            broken("blocked", "no write was acknowledged at all");
        return std::move(m_verdict);
    }

private:
    void broken(const std::string& rule, const std::string& what, Time at = 0)
    {
        const auto count = ++m_broken[rule];
        if (count <= k_shown)
            m_verdict.broken.push_back({text(rule, ": ", what), at});
        else if (count == k_shown + 1)
            m_verdict.broken.push_back({text(rule, ": and more")});
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
        if (outcome == nullptr || !m_rules.doubles.contains(outcome->fault.kind))
            ++(guaranteed ? m_meant_on : m_meant_off);
        const auto* led = m_timeline.led_by(write);
        if (led == nullptr)
            broken("unled", name(client, write), write.until);
        if (!is_there && guaranteed)
            broken("lost", name(client, write), write.until);
        if (led != nullptr && is_there)
            m_newest_survivor[led] = std::max(m_newest_survivor[led], write.from);
        if (!is_there && !guaranteed) {
            m_lost.push_back({&client, &write, led});
            ++m_verdict.lost;
            if (outcome != nullptr)
                ++outcome->lost;
        }
        const auto* successor = led == nullptr ? nullptr : m_timeline.successor_of(*led);
        if (successor != nullptr && write.from > successor->at)
            broken("double", text(name(client, write), "; server ", successor->server, " had opened at ", successor->at),
                write.until);
    }

    void look_for_equal_generations()
    {
        std::map<std::uint64_t, const Opening*> first;
        for (const auto& opening : m_timeline.openings()) {
            const auto [known, is_new] = first.emplace(opening.generation, &opening);
            if (!is_new && known->second->server != opening.server)
                broken("double",
                    text("servers ", known->second->server, " and ", opening.server, " opened under generation ",
                        opening.generation, ", at ", known->second->at, " and ", opening.at),
                    opening.at);
        }
    }

    void look_for_holes()
    {
        for (const auto& lost : m_lost) {
            const auto newest = m_newest_survivor.find(lost.led);
            if (newest != m_newest_survivor.end() && newest->second > lost.write->until)
                broken("hole",
                    text(name(*lost.client, *lost.write), " is lost, one sent there at ", newest->second, " is not"),
                    lost.write->until);
        }
    }

    // What was struck may have been away when the others chose.
    void look_for_received()
    {
        for (const auto& kept : m_history.kept) {
            const auto& fault = m_history.faults.at(kept.fault);
            if (fault.where == kept.node || fault.kind == "outage" || fault.kind == "two_at_once")
                continue;
            for (const auto& lost : m_lost) {
                const auto rows = kept.tables.find(lost.client->name);
                if (lost.write->server != server_of(kept.node) && rows != kept.tables.end()
                    && rows->second.contains(lost.write->id))
                    broken("received",
                        text(name(*lost.client, *lost.write), " is lost, and ", kept.node, " had received it"),
                        lost.write->until);
            }
        }
    }

    // id -> when what became of it was known
    [[nodiscard]] std::map<std::uint64_t, Time> sent_to(const std::string& table) const
    {
        std::map<std::uint64_t, Time> sent;
        for (const auto& client : m_history.clients)
            if (client.name == table)
                for (const auto& write : client.writes)
                    sent.emplace(write.id, write.until);
        return sent;
    }

    // Of a row: of the last one that was sent no later, since they are numbered in turn. 0: none was.
    [[nodiscard]] static Time moment(const std::map<std::uint64_t, Time>& sent, std::uint64_t id)
    {
        const auto next = sent.upper_bound(id);
        return next == sent.begin() ? 0 : std::prev(next)->second;
    }

    void look_for_phantoms(const std::string& node, const Node& data)
    {
        for (const auto& [table, rows] : data.tables) {
            const auto sent = sent_to(table);
            for (const auto& [id, server] : rows)
                if (!sent.contains(id))
                    broken("phantom",
                        text("row ", id, " of ", table, " on ", node, ", taken by server ", server, ", was never sent"),
                        moment(sent, id));
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
                if (own == node.tables.end())
                    broken("diverged", text(name, " has no table ", table));
                else if (own->second != rows)
                    show_difference(table, name, own->second, rows);
            }
            if (node.tables.size() != primary.tables.size())
                broken("diverged", text(name, " has other tables than ", m_history.primary));
        }
    }

    // The first row that only one of them has, or that they have from different servers.
    void show_difference(const std::string& table, const std::string& node, const Rows& own, const Rows& primary)
    {
        std::vector<Rows::value_type> others;
        std::ranges::set_symmetric_difference(own, primary, std::back_inserter(others));
        std::set<std::uint64_t> ids;
        for (const auto& [id, server] : others)
            ids.insert(id);
        const auto where = [&](const Rows& rows) {
            const auto row = rows.find(*ids.begin());
            return row == rows.end() ? std::string{"is missing on "} : text("was taken by server ", row->second, " on ");
        };
        broken("diverged",
            text("table ", table, " of ", node, " is not that of ", m_history.primary, ": ", ids.size(), " rows; ",
                *ids.begin(), " ", where(own), node, " and ", where(primary), m_history.primary),
            moment(sent_to(table), *ids.begin()));
    }

    // From the last acknowledgement before the fault until the clients were halted.
    void measure(std::size_t index)
    {
        auto& outcome = m_verdict.outcomes[index];
        const auto& fault = outcome.fault;
        std::vector<Time> acknowledged;
        Time before = 0;
        Time last_attempt = 0;
        for (const auto& client : m_history.clients) {
            if (!client.through_address())
                continue;
            for (const auto& write : client.writes) {
                if (write.until >= fault.until)
                    continue;
                last_attempt = std::max(last_attempt, write.until);
                if (write.acknowledged() && write.until >= fault.begin)
                    acknowledged.push_back(write.until);
                else if (write.acknowledged())
                    before = std::max(before, write.until);
            }
        }
        std::ranges::sort(acknowledged);
        if (!acknowledged.empty()) {
            Time gap = 0;
            for (auto last = before == 0 ? acknowledged.front() : before; const auto at : acknowledged) {
                gap = std::max(gap, at - last);
                last = at;
            }
            outcome.gap = gap;
        }
        acknowledged.push_back(std::max(last_attempt, fault.end)); // as long as they tried
        Time longest = 0;
        for (auto last = fault.end; const auto at : acknowledged) {
            longest = std::max(longest, at - last);
            last = std::max(last, at);
        }
        const bool none = acknowledged.size() == 1 || acknowledged[acknowledged.size() - 2] < fault.end;
        if (none || longest > k_blocked_after)
            broken("blocked",
                text("no write for ", longest / k_second, " s after the end of ", fault.kind, " on ", fault.where, " at ",
                    fault.end),
                fault.end);
    }

    struct Lost {
        const Client* client;
        const Write* write;
        const Opening* led;
    };

    const History& m_history;
    const Rules& m_rules;
    Timeline m_timeline;
    Verdict m_verdict;
    std::map<std::string, std::size_t> m_broken;
    std::uint64_t m_meant_on = 0, m_meant_off = 0;    // of the writes where the guarantee is meant to hold
    std::vector<Lost> m_lost;                         // without the guarantee
    std::map<const Opening*, Time> m_newest_survivor; // when it was sent, of those that a reign acknowledged
};

} // namespace

Verdict check(const History& history, const Rules& rules)
{
    return Check{history, rules}.run();
}

} // namespace mysql_prm::chaos
