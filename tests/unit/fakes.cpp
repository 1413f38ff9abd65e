#include "fakes.hpp"

#include "mysql_prm/base/text.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace mysql_prm::test {
namespace {

using base::fail;
using base::text;
using core::ReceiverState;

template <typename Map>
auto find_in(const Map& map, const typename Map::key_type& key) -> std::optional<typename Map::mapped_type>
{
    const auto found = map.find(key);
    return found == map.end() ? std::nullopt : std::optional{found->second};
}

std::string ring_id(int ring)
{
    return text("1.", ring);
}

} // namespace

void Cib::deliver_ballots(int call)
{
    std::erase_if(ballots_on_their_way, [&](const OnItsWay& one) {
        if (one.from_call > call)
            return false;
        if (one.value)
            ballots[one.key] = *one.value;
        else
            ballots.erase(one.key);
        return true;
    });
}

Result<void> FakeCluster::run()
{
    m_world.fuse.burn();
    ++calls;
    if (absent)
        return fail(ErrorKind::not_running, "no cluster runs here");
    return {};
}

Result<void> FakeCluster::write(std::string what)
{
    if (const auto ran = run(); !ran)
        return ran;
    if (refuses_writes)
        return fail(ErrorKind::failed, "update was refused: no quorum");
    m_world.fuse.changed();
    writes.push_back(std::move(what));
    return {};
}

void World::catch_up()
{
    std::erase_if(behind, [&](const auto& one) { return one.second.expired() && detached.erase(one.first) > 0; });
}

Cib& FakeCluster::configuration()
{
    m_world.catch_up();
    const auto own = m_world.detached.find(m_node);
    return own == m_world.detached.end() ? m_world.cib : own->second;
}

Cib& FakeCluster::cluster()
{
    return m_world.is_cut_off(m_node) ? m_world.detached.at(m_node) : m_world.cib;
}

Result<std::vector<ports::ClusterNode>> FakeCluster::nodes(ports::Deadline)
{
    if (const auto ran = run(); !ran)
        return std::unexpected(ran.error());
    std::vector<ports::ClusterNode> out;
    for (const std::string name : {"db1", "db2", "db3"})
        out.push_back({name, std::ranges::find(cluster().members, name) != cluster().members.end()});
    return out;
}

void FakeCluster::end_of_action()
{
    m_partition.reset();
    m_properties.clear();
    m_private.clear();
    m_attributes.clear();
}

Result<std::optional<std::string>> FakeCluster::quorate_partition()
{
    if (const auto begun = std::exchange(m_partition, std::nullopt))
        return *begun;
    if (const auto ran = run(); !ran)
        return std::unexpected(ran.error());
    return cluster().quorate ? std::optional{ring_id(cluster().ring)} : std::nullopt;
}

bool FakeCluster::is_next_partition(const std::string& before, const std::string& partition) const
{
    const auto ring = base::to_int<int>(before.substr(before.find('.') + 1));
    return ring && partition == ring_id(*ring + 1);
}

Result<void> FakeCluster::report_failure(ports::Deadline)
{
    if (const auto ran = run(); !ran)
        return ran;
    if (reports_lost > 0) {
        --reports_lost;
        return fail(ErrorKind::failed, "crm_resource: no answer of the controller");
    }
    ++reports;
    return {};
}

Result<std::optional<std::string>> FakeCluster::property(const std::string& name)
{
    if (auto begun = m_properties.extract(name))
        return std::move(begun.mapped());
    if (const auto ran = run(); !ran)
        return std::unexpected(ran.error());
    return find_in(configuration().properties, name);
}

Result<void> FakeCluster::set_property(const std::string& name, const std::string& value)
{
    m_properties.erase(name);
    const auto done = write(text(name, "=", value));
    if (done)
        configuration().properties[name] = value;
    if (done && m_world.behind.contains(m_node)) // goes to all, who know better
        m_world.cib.properties[name] = value;
    return done;
}

Result<std::optional<int>> FakeCluster::promotion_score()
{
    if (const auto ran = run(); !ran)
        return std::unexpected(ran.error());
    return find_in(cluster().scores, m_node);
}

Result<void> FakeCluster::set_promotion_score(int score)
{
    const auto done = write(text("score=", score));
    if (done)
        cluster().scores[m_node] = score;
    return done;
}

Result<void> FakeCluster::clear_promotion_score()
{
    const auto done = write("score");
    if (done)
        cluster().scores.erase(m_node);
    return done;
}

Result<std::optional<std::string>> FakeCluster::node_attribute(
    const std::string& node, const std::string& name, ports::Lifetime lifetime)
{
    if (auto begun = m_attributes.extract({node, name}))
        return std::move(begun.mapped());
    if (const auto ran = run(); !ran)
        return std::unexpected(ran.error());
    return find_in(lifetime == ports::Lifetime::permanent ? configuration().permanent : cluster().transient, {node, name});
}

Result<void> FakeCluster::set_node_attribute(const std::string& name, const std::string& value, ports::Lifetime lifetime)
{
    const auto done = write(text(name, "=", value));
    if (done)
        (lifetime == ports::Lifetime::permanent ? configuration().permanent : cluster().transient)[{m_node, name}] = value;
    return done;
}

Result<std::map<std::string, std::string>> FakeCluster::private_attributes(const std::string& name)
{
    if (auto begun = m_private.extract(name))
        return std::move(begun.mapped());
    if (const auto ran = run(); !ran)
        return std::unexpected(ran.error());
    cluster().deliver_ballots(m_world.fuse.calls());
    std::map<std::string, std::string> values;
    for (const auto& [key, value] : cluster().ballots)
        if (key.second == name) {
            const auto otherwise = cluster().seen_otherwise.find({m_node, key});
            values[key.first] = otherwise == cluster().seen_otherwise.end() ? value : otherwise->second;
        }
    return values;
}

Result<void> FakeCluster::set_private_attribute(const std::string& name, const std::optional<std::string>& value)
{
    m_private.erase(name);
    std::erase_if(cluster().seen_otherwise, [&](const auto& one) { return one.first.second == std::pair{m_node, name}; });
    const auto done = write(text("private ", name, value ? "=" : "", value.value_or("")));
    if (done && !m_world.is_cut_off(m_node)) { // the message of a node that is cut off comes to nobody, not to itself
        auto due = m_world.fuse.calls() + cluster().ballot_delay;
        for (const auto& one : cluster().ballots_on_their_way) // those of one node arrive in order
            if (one.key.first == m_node)
                due = std::max(due, one.from_call);
        cluster().ballots_on_their_way.push_back({{m_node, name}, value, due});
    }
    cluster().deliver_ballots(m_world.fuse.calls());
    return done;
}

std::optional<pid_t> FakeMysqld::running()
{
    m_world.fuse.burn();
    return server().process ? std::optional<pid_t>{4711} : std::nullopt;
}

namespace {

class FakeProcess final : public ports::ServerProcess {
public:
    FakeProcess(ServerModel& server, std::vector<std::string>& done)
        : m_server(server), m_done(done), m_started(server.status.started)
    {
    }
    // Nobody waits, but time passes.
    [[nodiscard]] bool wait_for_end(ports::Deadline deadline) const override
    {
        if (lives())
            ports::Deadline::skip(deadline.remaining());
        return !lives();
    }
    [[nodiscard]] std::optional<Millis> processor_time() const override
    {
        return lives() ? std::optional{m_server.processor_time} : std::nullopt;
    }
    Result<void> kill() override
    {
        if (lives()) {
            m_server.process = false;
            m_server.door = Door::open;
            m_done.emplace_back("kill");
        }
        return {};
    }

private:
    [[nodiscard]] bool lives() const { return m_server.process && m_server.status.started == m_started; }
    ServerModel& m_server;
    std::vector<std::string>& m_done;
    std::int64_t m_started;
};

} // namespace

std::unique_ptr<ports::ServerProcess> FakeMysqld::hold()
{
    m_world.fuse.burn();
    return server().process ? std::make_unique<FakeProcess>(server(), done) : nullptr;
}

bool FakeMysqld::is_silent(ports::Deadline deadline)
{
    m_world.fuse.burn();
    const bool hears = server().hears(deadline);
    if (!hears && while_silent)
        while_silent();
    return !hears && server().process;
}

Result<core::ServerVersion> FakeMysqld::version(ports::Deadline)
{
    m_world.fuse.burn();
    return server().status.role.version;
}

Result<void> FakeMysqld::check_files(ports::StartRole, bool may_create)
{
    m_world.fuse.burn();
    if (unfit)
        return std::unexpected(*unfit);
    if (empty_datadir && !may_create)
        return fail(ErrorKind::not_installed, "no data directory");
    return {};
}

bool FakeMysqld::datadir_is_empty()
{
    m_world.fuse.burn();
    return empty_datadir;
}

Result<void> FakeMysqld::create_datadir(const core::ServerVersion&, ports::Deadline)
{
    m_world.fuse.burn();
    empty_datadir = false;
    done.emplace_back("create");
    return {};
}

Result<pid_t> FakeMysqld::launch(const core::ServerVersion&, ports::StartRole role, ports::Deadline)
{
    m_world.fuse.burn();
    if (server().process)
        return fail(ErrorKind::conflict, "another process serves the data directory");
    auto& status = server().status;
    const bool read_only = role == ports::StartRole::replica;
    status.role.read_only = read_only;
    status.role.super_read_only = read_only && status.role.version.flavor == core::Flavor::mysql;
    if (status.role.replica) {
        server().drop_relay_logs();
        status.role.replica->receiver = ReceiverState::stopped;
        status.role.replica->applier_running = false;
        status.role.replica->applier_errno = status.role.replica->receiver_errno = 0;
    }
    server().process = exits_at_once == 0;
    exits_at_once -= exits_at_once > 0 ? 1 : 0;
    server().shut_out = false;
    ++status.started;
    recover_waiting(server());
    done.emplace_back(read_only ? "launch replica" : "launch standalone");
    return 4711;
}

Result<ports::StopOutcome> FakeMysqld::end(std::string how, ports::StopOutcome outcome)
{
    m_world.fuse.burn();
    if (!server().process)
        return ports::StopOutcome::was_not_running;
    if (cannot_be_ended)
        return fail(ErrorKind::timed_out, "process 4711 does not go away");
    server().process = server().shut_out = false;
    server().writers.clear();
    server().blocked = false;
    server().door = Door::open;
    done.push_back(std::move(how));
    return outcome;
}

Result<ports::StopOutcome> FakeMysqld::stop(ports::Deadline grace, ports::Deadline)
{
    grace_given = grace.remaining();
    return end("stop", ports::StopOutcome::ended);
}

Result<ports::StopOutcome> FakeMysqld::kill(ports::Deadline)
{
    return end("kill", ports::StopOutcome::killed);
}

std::unique_ptr<ports::Countdown> FakeMysqld::kill_at(ports::Deadline)
{
    return nullptr;
}

Result<void> FakeWatcher::launch(ports::Deadline)
{
    m_world.fuse.burn();
    launches += running ? 0 : 1;
    running = true;
    return {};
}

Result<void> FakeWatcher::end(ports::Deadline)
{
    m_world.fuse.burn();
    running = false;
    return {};
}

Result<ports::ProcessResult> FakeRunner::run(const std::vector<std::string>& argv, ports::Deadline)
{
    m_world.fuse.burn();
    commands.push_back(argv);
    return ports::ProcessResult{.exit_status = exit_status};
}

Result<std::unique_ptr<ports::Program>> FakeRunner::begin(const std::vector<std::string>& argv)
{
    return base::fail(ErrorKind::not_found, argv.front());
}

Result<std::string> FakeFiles::read(const std::string& path)
{
    m_world.fuse.burn();
    const auto found = content.find(path);
    if (found == content.end())
        return fail(ErrorKind::not_found, text("no file ", path));
    return found->second;
}

Result<void> FakeFiles::replace(const std::string& path, const std::string& text)
{
    m_world.fuse.burn();
    if (full)
        return fail(ErrorKind::failed, "no space left on device");
    ++writes;
    content[path] = text;
    m_world.fuse.changed();
    return {};
}

Result<void> FakeFiles::remove(const std::string& path)
{
    m_world.fuse.burn();
    content.erase(path);
    return {};
}

// Those that something was copied into.
std::vector<std::string> FakeFiles::folders(const std::string& path)
{
    m_world.fuse.burn();
    std::set<std::string> found;
    for (const auto& [name, from] : copies)
        if (const auto end = name.rfind('/'); name.starts_with(path + "/") && end > path.size())
            found.insert(name.substr(path.size() + 1, end - path.size() - 1));
    return {found.begin(), found.end()};
}

Result<void> FakeFiles::remove_folder(const std::string& path)
{
    m_world.fuse.burn();
    const auto is_in = [&](const auto& file) { return file.first.starts_with(path + "/"); };
    std::erase_if(copies, is_in);
    std::erase_if(content, is_in);
    m_world.fuse.changed();
    return {};
}

Result<bool> FakeFiles::copy_log(const std::string& from, const std::string& to, std::uint64_t, ports::Deadline)
{
    m_world.fuse.burn();
    if (full)
        return fail(ErrorKind::failed, "no space left on device");
    if (copies_slowly > 0) {
        --copies_slowly;
        return false;
    }
    copies[to] = from;
    return true;
}

Node::Node(World& the_world, const std::string& the_name)
    : world(the_world), name(the_name), servers(world, name), cluster(world, name), mysqld(world, name), runner(world),
      files(world), clock(), watcher(world)
{
    settings.resource = "mysql";
    settings.promotable = true;
    settings.admin = {"repl", base::Secret{"r"}};
    settings.admin_is_set = true;
    settings.test = {"tester", base::Secret{"t"}};
    settings.login.account = settings.admin;
    settings.creation_marker = "/data/mysql-prm.created";
    settings.run_state_path = "/run/mysql-prm-mysql.state";
    settings.datadir = "/data";
    settings.check_path = "/run/mysql-prm-mysql.check";
    settings.full_disk_path = "/run/mysql-prm-mysql.disk-full";
    settings.waiting_path = "/run/mysql-prm-mysql.waiting";
    settings.data_state_path = "/data/mysql-prm.state";
    settings.extra_folder = "/saved/mysql";
    settings.node = name;
    settings.pacemaker = "100:1";
}

Result<ExitCode> Node::start()
{
    return run([](const auto& context) { return ocf::start(context); });
}

Result<ExitCode> Node::stop()
{
    return run([](const auto& context) { return ocf::stop(context); });
}

Result<ExitCode> Node::monitor(int check_level)
{
    return run([&](const auto& context) { return ocf::monitor(context, {.check_level = check_level}); });
}

Result<ExitCode> Node::probe()
{
    return run([](const auto& context) { return ocf::monitor(context, {.is_probe = true}); });
}

Result<ExitCode> Node::promote(const ocf::NotifyEvent& event)
{
    return run([&](const auto& context) { return ocf::promote(context, event); });
}

Result<ExitCode> Node::demote(const ocf::NotifyEvent& event)
{
    return run([&](const auto& context) { return ocf::demote(context, event); });
}

Result<ExitCode> Node::notify(const ocf::NotifyEvent& event)
{
    return run([&](const auto& context) { return ocf::notify(context, event); });
}

core::LocalState Node::remembered() const
{
    return core::parse_local_state(find_in(files.content, settings.run_state_path).value_or(""),
        find_in(files.content, settings.data_state_path).value_or(""), settings.node);
}

void Node::remember(const core::LocalState& state)
{
    files.content[settings.run_state_path] = core::run_part(state);
    files.content[settings.data_state_path] = core::data_part(state);
}

std::optional<int> Node::score() const
{
    return find_in(world.cib.scores, name);
}

std::string Node::attribute(const std::string& attribute) const
{
    return find_in(world.cib.transient, {name, attribute}).value_or("");
}

std::optional<core::Ballot> Node::ballot() const
{
    const auto value = find_in(world.cib.ballots, {name, "mysql_ballot"});
    return value ? std::optional{core::parse_ballot(*value).value()} : std::nullopt;
}

Trio::Trio()
{
    for (std::uint32_t id = 1; id <= 3; ++id) {
        auto status = mysql_server(id, k_uuid_a + ":1-5");
        status.log_end = {id, "binlog.000002", 500};
        world.add("db" + std::to_string(id), std::move(status));
    }
}

void Trio::replicate_from_db1()
{
    for (auto* node : nodes()) {
        core::LocalState state{
            .pacemaker = node->settings.pacemaker, .record = core::to_string(record_of("db1", 1)), .promised = 1};
        state.was_primary = node == &db1;
        state.joined = 1;
        node->remember(state);
        auto& role = node->server().status.role;
        if (node == &db1)
            role.read_only = role.super_read_only = false;
        else
            role.replica = replica_of("db1", 1);
    }
    world.cib.properties["mysql_REPL_INFO"] = core::to_string(record_of("db1", 1));
    for (auto* node : nodes()) {
        EXPECT_TRUE(node->monitor().has_value());
        node->cluster.writes.clear();
        node->cluster.calls = node->files.writes = 0;
        node->server().done.clear();
    }
}

core::ReplInfo Trio::record() const
{
    return core::parse_repl_info(world.cib.properties.at("mysql_REPL_INFO")).value();
}

ocf::NotifyEvent promotion(
    const std::string& type, const std::string& target, std::vector<std::string> active, std::vector<std::string> demoted)
{
    ocf::NotifyEvent event{.type = type, .operation = "promote", .promote = {{"mysql:0", target}}, .known = true};
    for (const auto& node : active)
        event.active.push_back({"mysql:" + node, node});
    for (const auto& node : demoted)
        event.demote.push_back({"mysql:" + node, node});
    return event;
}

namespace {

// What binds a node in later transitions. The number of a generation depends on how often it was tried, and a stop that was
// killed behind the end of the server may have left no word.
std::string bound(Trio& trio)
{
    const auto recorded = trio.record().generation;
    std::string out;
    for (const auto* node : trio.nodes()) {
        const auto state = node->remembered();
        out += text(node->name, state.promised > recorded ? " has promised" : " is free",
            state.joined == recorded ? ", joined" : ", behind",
            state.told_generation > recorded ? text(", told ", state.told_position) : "",
            state.quarantine.empty() ? ", fit" : ", kept out", state.was_primary ? ", was the primary\n" : "\n");
        if (const auto ballot = node->ballot())
            out += text(node->name, ballot->is_vote ? " votes " : " ", ballot->can_lead, ballot->counts, ballot->whole, " ",
                ballot->received ? core::to_string(*ballot->received) : "", "\n");
    }
    return out;
}

} // namespace

void expect_same_end_wherever_killed(
    const std::function<std::unique_ptr<Trio>()>& make, const std::function<Result<ExitCode>(Trio&)>& action)
{
    const auto calm = make();
    const auto before = calm->world.fuse.calls();
    const auto wanted = action(*calm);
    const auto calls = calm->world.fuse.calls() - before;
    ASSERT_GT(calls, 0);
    for (int call = 1; call <= calls; ++call) {
        SCOPED_TRACE(text("killed at port call ", call, " of ", calls));
        const auto trio = make();
        trio->world.fuse.cut_at(call);
        EXPECT_THROW((void)action(*trio), Killed);
        trio->world.fuse.disarm();
        const auto again = action(*trio);
        EXPECT_EQ(again.has_value(), wanted.has_value()) << (again ? "" : again.error().message);
        if (again && wanted) {
            EXPECT_EQ(*again, *wanted);
        }
        EXPECT_EQ(trio->world.seen(), calm->world.seen());
        EXPECT_EQ(bound(*trio), bound(*calm));
    }
}

} // namespace mysql_prm::test
