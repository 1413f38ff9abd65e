// The outside world in memory: servers that replicate from each other, one cluster, and nodes that run actions on them.
// Small models with a state, not scripts of expected calls: a test says how the world is, runs an action and looks at the
// world.
//
// Nothing waits and nothing runs by itself: replication moves when somebody looks at a server; a pause moves the clock of
// all deadlines and returns at once.
#pragma once

#include "core_values.hpp"

#include "mysql_prm/core/ballot.hpp"
#include "mysql_prm/core/score.hpp"
#include "mysql_prm/engine/context.hpp"
#include "mysql_prm/ocf/actions.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace mysql_prm::test {

using base::ErrorKind;
using base::Millis;
using base::Result;
using ocf::ExitCode;

// SIGKILL: thrown out of a port call, caught by the test and by nobody else.
struct Killed { };

// Counts the port calls of one world and cuts the program at one of them, before the call has an effect.
class Fuse {
public:
    void cut_at(int call) { m_cut_at = m_calls + call; }
    void cut_behind_change() { m_behind_change = true; } // at the next call after one that changed something
    [[nodiscard]] bool awaits_change() const { return m_behind_change; }
    void disarm() { m_cut_at = 0, m_behind_change = false; }
    void changed(); // by the call that has not returned yet
    void burn();    // throws Killed at the chosen call, std::runtime_error when an action never ends
    [[nodiscard]] int calls() const { return m_calls; }
    std::function<void()> at_each_call; // what others do meanwhile

private:
    int m_calls = 0;
    int m_cut_at = 0;
    bool m_behind_change = false;
};

enum class Door {
    open,
    starting, // a process and no socket yet
    hung,     // accepts and does not answer
    full,     // too many connections
    frozen,   // lets in and does not answer the first statement
};

// One server. Change the fields to say what is wrong with it.
struct ServerModel {
    core::ServerStatus status;
    bool process = true;
    Door door = Door::open;
    Millis processor_time{0};             // used by its process
    int opens_after = 0;                  // starting: serves after so many attempts to connect
    std::optional<ports::Deadline> thaws; // hung: until then
    bool thread_pool = false;
    // A client waits for a word until then; false: none came.
    [[nodiscard]] bool hears(ports::Deadline deadline);
    bool extra_door = false;      // the admin interface answers
    std::set<std::string> denied; // accounts that cannot log in
    std::vector<std::string> missing_privileges;
    bool held_up_by_accounts = false;
    bool tables_missing = false;    // read_table finds none
    std::set<std::string> accounts; // made by create_replication_account

    int arrives_after = 0;         // what the source has now is still under way for so many looks
    bool cut_off = false;          // cannot reach its source
    bool applier_is_slow = false;  // applies only when somebody waits for it
    bool applier_is_stuck = false; // not even then
    bool applier_fails = false;

    bool shut_out = false;
    bool blocked = false;       // read-only waits for a session that holds a lock
    bool blocked_again = false; // and for the next one
    bool disk_stalls = false;   // it waits for what cannot be ended
    std::vector<std::string> writers;
    bool writers_return = false;
    std::uint32_t prepared_xa = 0;
    bool grows_under_read_only = false;
    std::set<std::string> events; // enabled
    bool events_fail = false;
    bool waits_for_acknowledgements = false;
    std::string without_data; // GTIDs of transactions that carry none
    std::vector<ports::LogFile> log_files{{"/data/binlog.000001", 1000}, {"/data/binlog.000002", 500}};
    int log_reads = 0;              // how often somebody went through its log
    std::optional<core::Beat> beat; // of its primary, as it was applied here
    bool adopts = true;
    bool may_skip_numbers = true;
    std::vector<std::string> settings_that_lose;
    std::vector<std::string> filters;

    // Semi-synchronous replication (MySQL with GTID only).
    bool has_plugins = true;
    bool has_heartbeat_table = true;
    bool source_side = false;
    Millis source_timeout = core::k_out_of_reach; // of its source side
    bool replica_side = false;
    bool registered = false; // the connection of its receiver acknowledges
    // Where a connection takes a while to be registered (World::registration).
    struct Connection {
        std::int64_t source_started = 0;
        bool asks_early = false; // for replica_side: when it begins, and not when it is registered
        bool says_early = false; // that it acknowledges
        bool semi_sync = false;
        int looks = 0;                  // until it is registered
        core::Position received_before; // of that it acknowledges nothing any more
    };
    std::optional<Connection> connection; // of its receiver
    bool loses_acknowledgements = false;
    struct Waiting {
        std::uint64_t n = 0;
        bool has_client = true;
    };
    std::vector<Waiting> waiting; // in the binary log and not committed
    std::uint64_t acknowledged = 0;
    std::set<std::uint64_t> told;     // what clients were told to be committed
    bool commits_hang = false;        // for space on the disk
    std::uint64_t next_heartbeat = 0; // 0: heartbeats commit nothing

    std::vector<std::string> done; // what changed it, in order: "stop receiver", "follow db2", "open", ...

    [[nodiscard]] bool writable() const { return status.role.writable(); }
    [[nodiscard]] const core::ReplicaStatus& replica() const { return status.role.replica.value(); }
    // Relay logs are gone: what was received and not applied with them.
    void drop_relay_logs();
};

// What the nodes of the cluster share.
struct Cib {
    std::vector<std::string> members;
    int ring = 1; // of this membership
    bool quorate = true;
    std::map<std::string, std::string> properties;
    std::map<std::string, int> scores;                                               // by node
    std::map<std::pair<std::string, std::string>, std::string> permanent, transient; // by node and name
    std::map<std::pair<std::string, std::string>, std::string> ballots;              // private attributes, likewise
    // One node sees another value of a ballot than its owner: {viewer, {owner, name}}; until the owner writes it again.
    std::map<std::pair<std::string, std::pair<std::string, std::string>>, std::string> seen_otherwise;
    // Private attributes on their way, and the port call of the world from which on they are seen.
    struct OnItsWay {
        std::pair<std::string, std::string> key;
        std::optional<std::string> value;
        int from_call = 0;
    };
    std::vector<OnItsWay> ballots_on_their_way;
    int ballot_delay = 0; // port calls until a new value is seen
    void deliver_ballots(int call);
};

struct World {
    World();
    World(const World&) = delete;
    World& operator=(const World&) = delete;
    ~World();
    ServerModel& add(const std::string& host, core::ServerStatus status);
    // Lets what is under way arrive: each running receiver and applier takes one step.
    void flow();
    // Everything that can be seen from outside, one fact a line; generations and ballots are left out,
    // since any number of them may pass.
    [[nodiscard]] std::string seen() const;

    // How long a receiver that connects takes until its source knows it; nothing: it is registered at once.
    std::function<ServerModel::Connection()> registration;

    // Cut off from everybody: what it still writes, it writes into a copy of its own, and its messages come to nobody.
    std::map<std::string, Cib> detached; // by node
    // Connected again and with quorum, but until then it has not been brought what the others wrote meanwhile.
    std::map<std::string, ports::Deadline> behind; // those of detached
    void catch_up();                               // those whose time has come
    [[nodiscard]] bool is_cut_off(const std::string& node) const
    {
        return detached.contains(node) && !behind.contains(node);
    }
    [[nodiscard]] bool connected(const std::string& a, const std::string& b) const
    {
        return a == b || (!is_cut_off(a) && !is_cut_off(b));
    }

    Fuse fuse;
    std::map<std::string, ServerModel> servers; // by host
    Cib cib;
};

class FakeServers : public ports::Servers {
public:
    FakeServers(World& world, std::string local) : m_world(world), m_local(std::move(local)) { }
    Result<std::unique_ptr<ports::Server>> local(const ports::ConnectOptions& options) override;
    Result<std::unique_ptr<ports::Server>> local_extra(
        const std::string& address, std::uint16_t port, const ports::ConnectOptions& options) override;
    Result<std::unique_ptr<ports::Server>> remote(const std::string& host, std::uint16_t port,
        const ports::SourceLogin& login, const ports::ConnectOptions& options) override;

private:
    Result<std::unique_ptr<ports::Server>> knock(const std::string& host, const std::string& user);
    World& m_world;
    std::string m_local;
};

// Each call but local_node() stands for one cluster tool that ran.
class FakeCluster : public ports::Cluster {
public:
    FakeCluster(World& world, std::string node) : m_world(world), m_node(std::move(node)) { }

    void expect_partition() override { m_partition = quorate_partition(); }
    void expect_property(const std::string& name) override { m_properties.insert_or_assign(name, property(name)); }
    void expect_private_attributes(const std::string& name) override
    {
        m_private.insert_or_assign(name, private_attributes(name));
    }
    void expect_node_attribute(const std::string& node, const std::string& name, ports::Lifetime lifetime) override
    {
        m_attributes.insert_or_assign({node, name}, node_attribute(node, name, lifetime));
    }
    void end_of_action(); // what was asked beforehand is forgotten

    const std::string& local_node() override { return m_node; }
    Result<std::vector<ports::ClusterNode>> nodes(ports::Deadline) override;
    Result<std::optional<std::string>> quorate_partition() override;
    [[nodiscard]] bool is_next_partition(const std::string& before, const std::string& partition) const override;
    Result<void> report_failure(ports::Deadline) override;
    Result<bool> is_unmanaged(ports::Deadline deadline) override { return is_left_alone(deadline); }
    Result<bool> is_left_alone(ports::Deadline) override
    {
        return is_slow ? Result<bool>{base::fail(ErrorKind::timed_out, "crm_mon")} : Result<bool>{left_alone};
    }
    Result<std::optional<std::string>> property(const std::string& name) override;
    Result<void> set_property(const std::string& name, const std::string& value) override;
    Result<std::optional<int>> promotion_score() override;
    Result<void> set_promotion_score(int score) override;
    Result<void> clear_promotion_score() override;
    Result<std::optional<std::string>> node_attribute(
        const std::string& node, const std::string& name, ports::Lifetime lifetime) override;
    Result<void> set_node_attribute(const std::string& name, const std::string& value, ports::Lifetime lifetime) override;
    Result<std::map<std::string, std::string>> private_attributes(const std::string& name) override;
    Result<void> set_private_attribute(const std::string& name, const std::optional<std::string>& value) override;

    bool absent = false;             // no cluster runs
    bool left_alone = false;         // maintenance
    bool is_slow = false;            // to say whether it is
    bool refuses_writes = false;     // no quorum
    int reports_lost = 0;            // so many reports of a failure do not arrive
    int reports = 0;                 // of a failure
    int calls = 0;                   // tools run
    std::vector<std::string> writes; // "score=100", "readable=1", "mysql_REPL_INFO=...", "private mysql_ballot=..."

private:
    [[nodiscard]] Result<void> run();
    [[nodiscard]] Result<void> write(std::string what);
    // As this node sees them; the configuration may be older than the membership and the attributes.
    [[nodiscard]] Cib& configuration();
    [[nodiscard]] Cib& cluster();
    using Answer = Result<std::optional<std::string>>;
    World& m_world;
    std::string m_node;
    std::optional<Answer> m_partition; // as old as the hint
    std::map<std::string, Answer> m_properties;
    std::map<std::string, Result<std::map<std::string, std::string>>> m_private;
    std::map<std::pair<std::string, std::string>, Answer> m_attributes;
};

class FakeMysqld : public ports::Mysqld {
public:
    FakeMysqld(World& world, std::string host) : m_world(world), m_host(std::move(host)) { }

    std::optional<pid_t> running() override;
    std::unique_ptr<ports::ServerProcess> hold() override;
    bool is_silent(ports::Deadline deadline) override;
    Result<core::ServerVersion> version(ports::Deadline deadline) override;
    Result<void> check_files(ports::StartRole role, bool may_create) override;
    bool datadir_is_empty() override;
    Result<void> create_datadir(const core::ServerVersion& version, ports::Deadline deadline) override;
    Result<pid_t> launch(const core::ServerVersion& version, ports::StartRole role, ports::Deadline deadline) override;
    std::string last_error() override { return says; }
    Result<ports::StopOutcome> stop(ports::Deadline grace, ports::Deadline deadline) override;
    Result<ports::StopOutcome> kill(ports::Deadline deadline) override;
    std::unique_ptr<ports::Countdown> kill_at(ports::Deadline time) override;

    std::optional<base::Error> unfit; // what check_files says
    bool empty_datadir = false;
    int exits_at_once = 0; // so many launched servers
    std::string says = "out of memory";
    bool cannot_be_ended = false;
    std::function<void()> while_silent; // what happens while nobody is greeted
    Millis grace_given{0};              // by the last stop, until SIGKILL
    std::vector<std::string> done;      // "create", "launch replica", "launch standalone", "stop", "kill"

private:
    [[nodiscard]] ServerModel& server() { return m_world.servers.at(m_host); }
    Result<ports::StopOutcome> end(std::string how, ports::StopOutcome outcome);
    World& m_world;
    std::string m_host;
};

class FakeWatcher : public ports::Watcher {
public:
    explicit FakeWatcher(World& world) : m_world(world) { }
    bool is_running() override { return running; }
    Result<void> launch(ports::Deadline deadline) override;
    Result<void> end(ports::Deadline deadline) override;
    std::optional<ports::Membership> membership() override
    {
        return running && age ? std::optional{ports::Membership{*age, unaware, is_new}} : std::nullopt;
    }
    void note_membership(std::optional<ports::Membership> membership) override
    {
        age = membership ? std::optional{Millis{0}} : std::nullopt;
        if (membership) {
            unaware = membership->unaware;
            is_new = membership->is_new;
        }
    }

    std::optional<Millis> age = Millis{60'000}; // long ago
    Millis unaware{0};
    bool is_new = true;
    bool running = false;
    int launches = 0;

private:
    World& m_world;
};

class FakeRunner : public ports::Runner {
public:
    explicit FakeRunner(World& world) : m_world(world) { }
    Result<ports::ProcessResult> run(const std::vector<std::string>& argv, ports::Deadline deadline) override;
    Result<std::unique_ptr<ports::Program>> begin(const std::vector<std::string>& argv) override;

    int exit_status = 0;
    std::vector<std::vector<std::string>> commands;

private:
    World& m_world;
};

class FakeFiles : public ports::Files {
public:
    explicit FakeFiles(World& world) : m_world(world) { }
    Result<std::string> read(const std::string& path) override;
    Result<void> replace(const std::string& path, const std::string& content) override;
    Result<void> remove(const std::string& path) override;
    std::vector<std::string> folders(const std::string& path) override;
    Result<void> remove_folder(const std::string& path) override;
    Result<bool> copy_log(
        const std::string& from, const std::string& to, std::uint64_t size, ports::Deadline deadline) override;
    std::optional<std::uint64_t> free_space(const std::string&) override { return free_bytes; }

    std::map<std::string, std::string> content;
    std::map<std::string, std::string> copies;                         // from where, by name of the copy
    int copies_slowly = 0;                                             // so many calls have no time for the whole
    bool full = false;                                                 // no space left on the device
    std::optional<std::uint64_t> free_bytes = std::uint64_t{1} << 40U; // of the server's disk
    int writes = 0;

private:
    World& m_world;
};

class FakeClock : public ports::Clock {
public:
    std::chrono::system_clock::time_point wall() override { return now; }
    // Nobody waits, but time passes.
    void pause(Millis duration, ports::Deadline deadline) override
    {
        ++pauses;
        if (meanwhile)
            meanwhile(duration);
        ports::Deadline::skip(std::min(duration, deadline.remaining()));
    }
    void tick(std::chrono::seconds duration) { now += duration; }

    std::chrono::system_clock::time_point now{std::chrono::seconds{1'700'000'000}};
    int pauses = 0;
    std::function<void(Millis)> meanwhile; // what others do in such a pause
};

// One node: its ports, and the actions as Pacemaker runs them, each in a process of its own that remembers nothing but the
// state file.
class Node {
public:
    Node(World& world, const std::string& name);

    Result<ExitCode> start();
    Result<ExitCode> stop();
    Result<ExitCode> monitor(int check_level = 0);
    Result<ExitCode> probe();
    Result<ExitCode> promote(const ocf::NotifyEvent& event = {});
    Result<ExitCode> demote(const ocf::NotifyEvent& event = {});
    Result<ExitCode> notify(const ocf::NotifyEvent& event);
    // A piece of work of the engine in such a process.
    template <typename Work>
    auto run(Work work)
    {
        cluster.end_of_action();
        engine::Memory memory{files, settings};
        return work(engine::Context{
            settings, {servers, cluster, mysqld, runner, files, clock, watcher}, base::Deadline::after(budget), memory});
    }

    [[nodiscard]] ServerModel& server() { return world.servers.at(name); }
    [[nodiscard]] core::LocalState remembered() const; // what is in the state file
    void remember(const core::LocalState& state);
    [[nodiscard]] std::optional<int> score() const;
    [[nodiscard]] std::string attribute(const std::string& attribute) const; // transient; "" when unset
    [[nodiscard]] std::optional<core::Ballot> ballot() const;

    World& world;
    std::string name;
    FakeServers servers;
    FakeCluster cluster;
    FakeMysqld mysqld;
    FakeRunner runner;
    FakeFiles files;
    FakeClock clock;
    FakeWatcher watcher;
    engine::Settings settings;
    Millis budget{60'000};
};

// Three nodes db1, db2, db3 with MySQL, server_id 1 to 3. Nothing is recorded and nobody replicates.
struct Trio {
    Trio();
    World world;
    Node db1{world, "db1"}, db2{world, "db2"}, db3{world, "db3"};

    // db1 is the promoted primary of generation 1, the others follow it, everybody has run a monitor.
    void replicate_from_db1();
    [[nodiscard]] core::ReplInfo record() const;
    [[nodiscard]] std::vector<Node*> nodes() { return {&db1, &db2, &db3}; }
};

// A client commits transaction number n of db1 (tests name GTIDs UUID_A:n).
void commit(ServerModel& server, std::uint64_t n);
// The same on a server whose source side may be on: then it waits until World::flow finds it acknowledged.
void commit_and_wait(ServerModel& server, std::uint64_t n);
// What a server commits at recovery after it has died: MySQL keeps what waited.
void recover_waiting(ServerModel& server);
// A transaction arrives in the relay log and is not applied yet.
void receive(ServerModel& server, std::uint64_t n);

// The notify variables of a transition that promotes `target` with `active` nodes running, `demoted` demoted before.
[[nodiscard]] ocf::NotifyEvent promotion(const std::string& type, const std::string& target, std::vector<std::string> active,
    std::vector<std::string> demoted = {});

// Kills the action at its first port call, its second, ..., each time in a new world, and runs it again: the world must look
// as after an undisturbed run, and the second run must return the same.
void expect_same_end_wherever_killed(
    const std::function<std::unique_ptr<Trio>()>& make, const std::function<Result<ExitCode>(Trio&)>& action);

} // namespace mysql_prm::test
