#include "history.hpp"

#include "mysql_prm/base/text.hpp"

#include <fstream>
#include <sstream>

namespace mysql_prm::chaos {
namespace {

using base::text;
namespace fs = std::filesystem;

// Calls read for each line's words; false: the line is not as it should be.
template <typename Read>
base::Result<void> each_line(const fs::path& file, const Read& read)
{
    std::ifstream in(file);
    if (!in)
        return base::fail(base::ErrorKind::invalid_argument, text("cannot read ", file.string()));
    std::string line;
    while (std::getline(in, line)) {
        std::istringstream words(line);
        if (!line.empty() && !read(words))
            return base::fail(base::ErrorKind::invalid_argument, text(file.string(), ": not understood: ", line));
    }
    return {};
}

base::Result<Client> read_client(const fs::path& file)
{
    Client client{.name = file.stem().string(), .writes = {}};
    Time last = 0;
    const auto done = each_line(file, [&](std::istringstream& words) {
        std::string outcome;
        std::uint64_t id = 0;
        Time wall = 0;
        Time monotonic = 0;
        unsigned server = 0;
        if (!(words >> outcome >> id >> wall >> monotonic) || (outcome != "ok" && outcome != "error" && outcome != "sent"))
            return false;
        if (outcome == "ok" && !(words >> server))
            return false;
        const bool was_sent = !client.writes.empty() && client.writes.back().id == id;
        if (was_sent) {
            client.writes.back().until = wall;
            client.writes.back().server = server;
        } else if (id != 0) {
            client.writes.push_back({id, outcome == "sent" || last == 0 ? wall : last, wall, server});
        }
        last = wall;
        return true;
    });
    if (!done)
        return std::unexpected(done.error());
    return client;
}

base::Result<Node> read_node(const fs::path& folder)
{
    Node node;
    for (const auto& file : fs::directory_iterator(folder)) {
        const auto name = file.path().filename().string();
        if (name == ".gtid") {
            std::ifstream in(file.path());
            std::getline(in, node.executed);
            continue;
        }
        auto& rows = node.tables[name];
        const auto done = each_line(file.path(), [&](std::istringstream& words) {
            std::uint64_t id = 0;
            unsigned server = 0;
            return words >> id >> server && rows.emplace(id, server).second;
        });
        if (!done)
            return std::unexpected(done.error());
    }
    return node;
}

// Folder names are N.NODE, N counted from 1.
base::Result<std::vector<Kept>> read_kept(const fs::path& folder)
{
    std::vector<Kept> all;
    if (!fs::is_directory(folder))
        return all;
    for (const auto& entry : fs::directory_iterator(folder)) {
        const auto name = entry.path().filename().string();
        const auto dot = name.find('.');
        const auto number = base::to_int<std::size_t>(name.substr(0, dot));
        if (dot == std::string::npos || !number || *number == 0)
            return base::fail(base::ErrorKind::invalid_argument, text(entry.path().string(), ": not N.NODE"));
        auto node = read_node(entry.path());
        if (!node)
            return std::unexpected(node.error());
        all.push_back({*number - 1, name.substr(dot + 1), std::move(node->tables)});
    }
    return all;
}

} // namespace

unsigned server_of(const std::string& node)
{
    return node.starts_with("db") ? base::to_int<unsigned>(node.substr(2)).value_or(0) : 0;
}

base::Result<History> read_history(const fs::path& folder)
{
    History history;
    for (const auto* needed : {"clients", "nodes"})
        if (!fs::is_directory(folder / needed))
            return base::fail(base::ErrorKind::invalid_argument, text("no folder ", (folder / needed).string()));
    for (const auto& file : fs::directory_iterator(folder / "clients")) {
        auto client = read_client(file.path());
        if (!client)
            return std::unexpected(client.error());
        history.clients.push_back(std::move(*client));
    }
    for (const auto& node : fs::directory_iterator(folder / "nodes")) {
        auto read = read_node(node.path());
        if (!read)
            return std::unexpected(read.error());
        history.serving.insert_or_assign(node.path().filename().string(), std::move(*read));
    }
    std::ifstream(folder / "primary") >> history.primary;
    if (!history.serving.contains(history.primary))
        return base::fail(base::ErrorKind::invalid_argument, "the primary is not among the nodes");
    auto done = each_line(folder / "events", [&](std::istringstream& words) {
        Event event;
        if (!(words >> event.at >> event.node >> event.kind))
            return false;
        std::getline(words >> std::ws, event.detail);
        history.events.push_back(std::move(event));
        return true;
    });
    if (!done)
        return std::unexpected(done.error());
    done = each_line(folder / "faults", [&](std::istringstream& words) {
        Fault fault;
        if (!(words >> fault.begin >> fault.end >> fault.kind >> fault.where >> fault.until))
            return false;
        std::getline(words >> std::ws, fault.detail);
        history.faults.push_back(std::move(fault));
        return true;
    });
    if (!done)
        return std::unexpected(done.error());
    auto kept = read_kept(folder / "kept");
    if (!kept)
        return std::unexpected(kept.error());
    history.kept = std::move(*kept);
    return history;
}

} // namespace mysql_prm::chaos
