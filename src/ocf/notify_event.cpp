#include "mysql_prm/ocf/notify_event.hpp"

#include "mysql_prm/base/text.hpp"

#include <algorithm>
#include <set>

namespace mysql_prm::ocf {
namespace {

using NodeSet = std::set<std::string>;

class ListReader {
public:
    explicit ListReader(const std::map<std::string, std::string>& notify) : m_notify(notify) { }

    [[nodiscard]] std::string word(const std::string& name) const
    {
        const auto found = m_notify.find(name);
        return found == m_notify.end() ? std::string{} : std::string{base::trim(found->second)};
    }

    // The list under its name, else under the name it had before Pacemaker 2.1. An empty list under the new name counts.
    [[nodiscard]] std::vector<NotifyEntry> list(const std::string& name, const std::string& old_name) const
    {
        const bool has_new = m_notify.contains(name + "_uname") || m_notify.contains(name + "_resource");
        return list(has_new ? name : old_name);
    }

    [[nodiscard]] std::vector<NotifyEntry> list(const std::string& name) const
    {
        const auto nodes = base::words(word(name + "_uname"));
        const auto resources = base::words(word(name + "_resource"));
        const bool paired = nodes.size() == resources.size();
        std::vector<NotifyEntry> out;
        for (std::size_t i = 0; i < nodes.size(); ++i)
            out.push_back({paired ? resources[i] : std::string{}, nodes[i]});
        return out;
    }

private:
    const std::map<std::string, std::string>& m_notify;
};

NodeSet nodes_of(const std::vector<NotifyEntry>& list)
{
    NodeSet out;
    for (const auto& entry : list)
        out.insert(entry.node);
    return out;
}

bool contains(const NodeSet& nodes, const std::string& node)
{
    return nodes.contains(node);
}

} // namespace

std::vector<std::string> NotifyEvent::nodes_active_in_transition() const
{
    auto nodes = nodes_of(active);
    nodes.merge(nodes_of(promoted));
    nodes.merge(nodes_of(unpromoted));
    for (const auto& entry : stop)
        nodes.erase(entry.node);
    // After the stops, because a recovered instance is stopped and then started.
    nodes.merge(nodes_of(start));
    return {nodes.begin(), nodes.end()};
}

std::string NotifyEvent::promote_target() const
{
    const auto nodes = nodes_of(promote);
    return nodes.size() == 1 ? *nodes.begin() : std::string{};
}

std::vector<std::string> NotifyEvent::demoted_nodes() const
{
    const auto nodes = nodes_of(demote);
    return {nodes.begin(), nodes.end()};
}

bool NotifyEvent::is_switchover() const
{
    const auto target = promote_target();
    if (target.empty() || demote.empty())
        return false;
    const auto stopped = nodes_of(stop);
    const auto stays = [&](const auto& entry) { return entry.node != target && !contains(stopped, entry.node); };
    return std::all_of(demote.begin(), demote.end(), stays);
}

NotifyEvent notify_event_from(const Environment& environment)
{
    const ListReader reader{environment.notify};
    NotifyEvent event;
    event.type = reader.word("type");
    event.operation = reader.word("operation");
    event.start = reader.list("start");
    event.stop = reader.list("stop");
    event.promote = reader.list("promote");
    event.demote = reader.list("demote");
    event.active = reader.list("active");
    event.promoted = reader.list("promoted", "master");
    event.unpromoted = reader.list("unpromoted", "slave");
    event.known = !environment.notify.empty();
    return event;
}

} // namespace mysql_prm::ocf
