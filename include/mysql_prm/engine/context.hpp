// What every piece of work gets: settings, ports, the deadline of the action, and this node's memory.
#pragma once

#include "mysql_prm/base/deadline.hpp"
#include "mysql_prm/base/error.hpp"
#include "mysql_prm/core/local_state.hpp"
#include "mysql_prm/core/repl_info.hpp"
#include "mysql_prm/core/semi_sync.hpp"
#include "mysql_prm/ports/cluster.hpp"
#include "mysql_prm/ports/mysqld.hpp"
#include "mysql_prm/ports/os.hpp"
#include "mysql_prm/ports/server.hpp"
#include "mysql_prm/ports/watcher.hpp"

#include <chrono>
#include <cstdint>
#include <string>

namespace mysql_prm::engine {

using base::Deadline;
using base::Millis;
using base::Result;

// What the administrator wants, in the engine's terms.
struct Settings {
    std::string resource;      // instance name without clone number
    bool promotable = false;   // false: a plain primitive, no replication is managed
    ports::Account admin;      // replication_user: administers over the socket, replicates over TCP
    bool admin_is_set = false; // replication_user was given
    ports::Account test;       // test_user: reads test_table; stands in for admin where that account does not exist
    bool test_is_set = false;  // test_user was given
    ports::SourceLogin login;
    std::uint16_t port = 3306;
    bool insist_on_gtid = false; // replication_mode=gtid
    std::string test_table;
    core::SemiSyncMode semi_sync = core::SemiSyncMode::off;
    core::DataLossPolicy on_data_loss_risk = core::DataLossPolicy::automatic;
    std::chrono::seconds max_lag{3600};
    bool evict_outdated = false;
    std::string reader_attribute = "readable";
    std::string post_promote_script;
    bool enable_creation = false;
    std::string creation_marker;    // file in a data directory that the agent made and that has no accounts yet
    std::string run_state_path;     // file of the LocalState that a reboot forgets
    std::string datadir;            // of the server
    std::string check_path;         // file that asks the next monitor to look at everything
    std::string full_disk_path;     // file of when the disk of datadir was last seen full
    std::string waiting_path;       // file of since when commits wait for an acknowledgement
    std::string data_state_path;    // file of the LocalState that stays with the data
    std::string extra_folder;       // where transactions of a node that is kept out are saved; empty: nowhere
    std::size_t extra_keep = 0;     // so many copies; 0: all
    std::chrono::days extra_age{0}; // for so long; 0: for ever
    std::string pacemaker;          // identity of the Pacemaker instance that runs us; empty: unknown
    std::string node;               // name of this node; empty: unknown (by hand)
};

struct Ports {
    ports::Servers& servers;
    ports::Cluster& cluster;
    ports::Mysqld& mysqld;
    ports::Runner& runner;
    ports::Files& files;
    ports::Clock& clock;
    ports::Watcher& watcher;
};

// This node's LocalState with its files.
class Memory {
public:
    Memory(ports::Files& files, const Settings& settings);

    core::LocalState state;

    // Writes what changed since it was read or saved: a monitor with nothing to say writes nothing. false: something could
    // not be written, which has been logged and matters to a promise only.
    bool save();
    // The record of the last primary this node followed or was; nothing when there was none.
    [[nodiscard]] std::optional<core::ReplInfo> record() const;

private:
    bool save_part(const std::string& path, const std::string& content, std::string& saved);

    ports::Files& m_files;
    std::string m_run_path, m_data_path;
    std::string m_saved_run, m_saved_data; // as they are in the files
};

struct Context {
    const Settings& settings;
    Ports ports;
    Deadline deadline;
    Memory& memory;

    [[nodiscard]] Context by(Deadline earlier) const { return {settings, ports, earlier, memory}; }
    // The agent runs semi-synchronous replication.
    [[nodiscard]] bool semi_sync() const { return settings.semi_sync != core::SemiSyncMode::off; }
    [[nodiscard]] std::string attribute(const char* suffix) const { return settings.resource + suffix; }
};

// Wall clock in seconds since the epoch: the unit of the times in LocalState.
[[nodiscard]] std::int64_t now_seconds(const Context& context);

// True for the error that every cluster call gives where no cluster runs (ocf-tester, by hand): work goes on without.
[[nodiscard]] bool is_no_cluster(const base::Error& error);

} // namespace mysql_prm::engine
