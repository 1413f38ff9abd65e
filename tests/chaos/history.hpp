// What a chaos run leaves behind: what clients were told, what the servers hold in the end, what happened when.
//
// A folder:
//   clients/NAME.log     log of a mysql-prm-writer whose table is lab.NAME; through the address when NAME begins with v. An
//   id that was sent and then not spoken of was sent by a client that died.
//   nodes/NODE/NAME      rows of lab.NAME on a node that serves in the end: "ID SERVER", one a line
//   nodes/NODE/.gtid     its executed GTIDs
//   primary              the node that is primary in the end
//   events               "TIME NODE KIND [DETAIL]", sorted: what the agents said; opens (DETAIL: generation), on and off
//   (the guarantee), and others that only the timeline shows
//   faults               "BEGIN END KIND WHERE UNTIL [DETAIL]": END is when it was mended, UNTIL when the clients were
//   halted to compare
//   kept/N.NODE/NAME    rows of lab.NAME on a node that was kept out after fault N, before it was provisioned again; may be
//   missing
// Times are microseconds since the epoch; all nodes and clients have the same clock.
#pragma once

#include "mysql_prm/base/error.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace mysql_prm::chaos {

using Time = std::int64_t;

struct Write {
    std::uint64_t id = 0;
    Time from = 0;       // it was sent no earlier
    Time until = 0;      // what became of it was known
    unsigned server = 0; // that acknowledged it; 0: nobody did

    [[nodiscard]] bool acknowledged() const { return server != 0; }
};

struct Client {
    std::string name; // of its table, too
    std::vector<Write> writes;

    [[nodiscard]] bool through_address() const { return name.starts_with('v'); }
};

using Rows = std::map<std::uint64_t, unsigned>; // id -> server that took it

struct Node {
    std::string executed;
    std::map<std::string, Rows> tables;
};

struct Event {
    Time at = 0;
    std::string node;
    std::string kind;
    std::string detail;
};

struct Fault {
    Time begin = 0;
    Time end = 0;
    std::string kind;
    std::string where;
    Time until = 0;
    std::string detail; // which daemon, which stage, ...; "did not strike" where it did not

    [[nodiscard]] bool struck() const { return !detail.contains("did not strike"); }
};

// A node that was kept out after a fault.
struct Kept {
    std::size_t fault = 0; // index
    std::string node;
    std::map<std::string, Rows> tables;
};

struct History {
    std::vector<Client> clients;
    std::map<std::string, Node> serving;
    std::string primary;
    std::vector<Event> events;
    std::vector<Fault> faults;
    std::vector<Kept> kept;
};

// The laboratory's node dbN has the server_id N.
[[nodiscard]] unsigned server_of(const std::string& node);

// invalid_argument: a file that is not as described, or missing.
[[nodiscard]] base::Result<History> read_history(const std::filesystem::path& folder);

} // namespace mysql_prm::chaos
