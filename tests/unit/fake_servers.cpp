#include "fakes.hpp"

#include "mysql_prm/base/text.hpp"
#include "mysql_prm/log/log.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <stdexcept>

namespace mysql_prm::test {
namespace {

using base::fail;
using base::text;
using core::ReceiverState;

constexpr int k_runs_away = 300'000; // port calls in one world

bool alive(const ServerModel& server)
{
    return server.process && server.door != Door::hung && server.door != Door::starting;
}

} // namespace

bool ServerModel::hears(ports::Deadline deadline)
{
    if (door != Door::hung)
        return true;
    const auto frozen_for = thaws ? thaws->remaining() : Millis::max();
    const auto patience = deadline.remaining();
    ports::Deadline::skip(std::min(frozen_for, patience));
    if (frozen_for <= patience)
        door = Door::open;
    return door == Door::open;
}

namespace {

core::Position numbered(std::uint64_t n)
{
    return mysql_set(text(k_uuid_a, ":", n));
}

core::Position united(const core::Position& a, const core::Position& b)
{
    if (const auto* set = std::get_if<gtid::MysqlGtidSet>(&a))
        return set->united(std::get<gtid::MysqlGtidSet>(b));
    if (const auto* pos = std::get_if<gtid::MariadbGtidPos>(&a))
        return pos->united(std::get<gtid::MariadbGtidPos>(b));
    return b;
}

bool by_file(const ServerModel& server)
{
    return server.status.mode == core::ReplicationMode::file_position;
}

void receive_from(ServerModel& server, const ServerModel& source)
{
    auto& replica = *server.status.role.replica;
    replica.receiver = ReceiverState::running;
    replica.source_server_id = source.status.role.server_id;
    if (server.arrives_after > 0) {
        --server.arrives_after;
        return;
    }
    replica.received_file = source.status.log_end;
    server.status.received
        = by_file(server) ? core::Position{replica.received_file} : united(server.status.received, source.status.executed);
    for (const auto& one : source.waiting)
        server.status.received = united(server.status.received, numbered(one.n));
}

void disconnect(World& world, ServerModel& server)
{
    if (!world.registration)
        return;
    server.connection.reset();
    server.registered = false;
}

// False: the source does not know it yet, and sends nothing.
bool is_connected(World& world, ServerModel& server, const ServerModel& source)
{
    if (!world.registration)
        return true;
    if (!server.connection || server.connection->source_started != source.status.started) {
        disconnect(world, server);
        server.connection = world.registration();
        server.connection->source_started = source.status.started;
        server.connection->semi_sync = server.replica_side;
        server.connection->received_before = server.status.received;
    }
    auto& connection = *server.connection;
    server.status.role.replica->receiver = ReceiverState::running;
    server.status.role.replica->source_server_id = source.status.role.server_id;
    if (connection.looks > 0) {
        if (!connection.asks_early)
            connection.semi_sync = server.replica_side;
        --connection.looks;
        return false;
    }
    server.registered = connection.semi_sync;
    return true;
}

void apply(ServerModel& server)
{
    auto& status = server.status;
    if (by_file(server)) {
        if (status.role.replica->applied_file != status.role.replica->received_file)
            status.log_end.offset += 100;
        status.executed = status.log_end;
    } else {
        status.executed = status.received;
    }
    if (const auto* pos = std::get_if<gtid::MariadbGtidPos>(&status.executed))
        status.binlog_state = status.binlog_state.united(*pos);
    status.applied = status.received;
    status.role.replica->applied_file = status.role.replica->received_file;
}

void run_applier(ServerModel& server)
{
    auto& replica = *server.status.role.replica;
    if (server.applier_fails && server.status.applied != server.status.received) {
        replica.applier_running = false;
        replica.applier_errno = 1062;
        replica.applier_error = "duplicate key";
    } else if (!server.applier_is_slow && !server.applier_is_stuck) {
        apply(server);
    }
}

void commit_waiting(ServerModel& server, const ServerModel::Waiting& one)
{
    auto& status = server.status;
    status.executed = united(status.executed, numbered(one.n));
    status.received = status.applied = status.executed;
    if (one.has_client)
        server.told.insert(one.n);
}

// Commits of `source` that somebody has acknowledged, or that nobody waits for any more.
void acknowledge(World& world, const std::string& host, ServerModel& source)
{
    // One write stands for all before it, but what came by an earlier connection is not acknowledged again.
    std::size_t heard_by_place = 0;
    for (const auto& [name, server] : world.servers) {
        const auto& replica = server.status.role.replica;
        if (source.waiting.empty() || !server.connection || !alive(server) || !replica || !server.registered
            || replica->receiver != ReceiverState::running || replica->source_host != host)
            continue;
        for (auto i = source.waiting.size(); i > heard_by_place; --i) {
            const auto place = numbered(source.waiting[i - 1].n);
            if (core::contains(server.status.received, place) && !core::contains(server.connection->received_before, place))
                heard_by_place = i;
        }
    }
    const auto is_heard = [&](const ServerModel::Waiting& one) {
        if (world.registration)
            return heard_by_place > static_cast<std::size_t>(&one - source.waiting.data());
        return std::ranges::any_of(world.servers, [&](const auto& entry) {
            const auto& [name, server] = entry;
            const auto& replica = server.status.role.replica;
            return alive(server) && replica && server.registered && !server.loses_acknowledgements
                && replica->receiver == ReceiverState::running && replica->source_host == host
                && core::contains(server.status.received, numbered(one.n));
        });
    };
    std::vector<ServerModel::Waiting> left;
    for (const auto& one : source.waiting) {
        const bool heard = source.source_side && is_heard(one);
        if (!heard && source.source_side) {
            left.push_back(one);
            continue;
        }
        source.acknowledged += heard ? 1 : 0;
        commit_waiting(source, one);
    }
    source.waiting = std::move(left);
}

class FakeServer : public ports::Server, public ports::WriteGate, public ports::SemiSync, public ports::BinaryLog {
public:
    // Between two hosts; a local connection has both the same.
    FakeServer(World& world, ServerModel& server, std::string from, std::string to, std::string user)
        : m_world(world), m_server(server), m_from(std::move(from)), m_to(std::move(to)), m_user(std::move(user))
    {
    }

    Result<void> ping(ports::Deadline deadline) override
    {
        static_cast<void>(m_server.hears(deadline));
        return reach();
    }
    Result<bool> has_thread_pool() override
    {
        return call([&] { return m_server.thread_pool; });
    }
    Result<core::RoleStatus> role() override
    {
        return call([&] { return m_server.status.role; });
    }
    Result<core::ServerStatus> observe() override
    {
        return call([&] {
            auto status = m_server.status;
            if (!by_file(m_server))
                status.log_end = {};
            for (const auto& one : m_server.waiting)
                if (const auto place = numbered(one.n); place.index() == status.executed.index())
                    status.committing = status.committing.united(std::get<gtid::MysqlGtidSet>(place));
            return status;
        });
    }
    Result<std::optional<core::Beat>> heartbeat(std::uint32_t) override
    {
        return call([&] { return m_server.beat; });
    }
    Result<std::optional<bool>> has_commit_without_space() override
    {
        return call([&] {
            return m_server.status.role.version.flavor == core::Flavor::mariadb ? std::optional{m_server.commits_hang}
                                                                                : std::nullopt;
        });
    }
    Result<void> read_table(const std::string& name) override
    {
        if (m_server.tables_missing)
            return fail(ErrorKind::not_found, text("no table ", name));
        return change("read " + name, [] {});
    }

    Result<void> stop_receiver(ports::Deadline) override
    {
        if (m_server.status.role.replica && m_server.status.role.replica->receiver == ReceiverState::stopped)
            return reach();
        return change("stop receiver", [&] {
            m_server.status.role.replica->receiver = ReceiverState::stopped;
            disconnect(m_world, m_server);
        });
    }
    Result<void> start_replication(ports::Deadline) override
    {
        if (!m_server.status.role.replica)
            return fail(ErrorKind::failed, "the server is not configured as replica", 1200);
        return change("start replication", [&] { start_threads(); });
    }
    Result<bool> wait_applied(const core::Position& position, ports::Deadline) override
    {
        if (const auto done = change("wait applied",
                [&] {
                    m_server.applier_is_slow = false;
                    start_applier();
                });
            !done)
            return std::unexpected(done.error());
        if (m_server.status.role.replica && m_server.status.role.replica->applier_errno != 0)
            return fail(ErrorKind::failed, m_server.status.role.replica->applier_error, 1062);
        return core::contains(m_server.status.applied, position);
    }
    Result<void> follow(
        const core::Source& source, const ports::SourceLogin&, core::ReplicationMode mode, ports::Deadline) override
    {
        return change("follow " + source.host, [&] {
            m_server.drop_relay_logs();
            core::ReplicaStatus replica{.source_host = source.host, .source_port = source.port};
            replica.uses_gtid = mode != core::ReplicationMode::file_position;
            replica.lag = std::chrono::seconds{0};
            if (source.start)
                replica.received_file = replica.applied_file = *source.start;
            m_server.status.role.replica = replica;
            start_threads();
        });
    }
    Result<void> forget_source(ports::Deadline) override
    {
        return change("forget source", [&] {
            m_server.drop_relay_logs();
            m_server.status.role.replica.reset();
            disconnect(m_world, m_server);
            if (by_file(m_server))
                m_server.status.received = m_server.status.applied = m_server.status.executed;
        });
    }

    Result<core::LogTail> after(const core::FilePosition& place) override
    {
        return call([&] {
            const auto& end = m_server.status.log_end;
            return core::LogTail{
                .found = place.server_id == end.server_id, .has_events = end.offset > place.offset, .end = end};
        });
    }
    // Of both ports.
    Result<std::vector<std::string>> missing_privileges() override
    {
        return call([&] { return m_server.missing_privileges; });
    }
    Result<bool> is_held_up_by_accounts() override
    {
        return call([&] { return m_server.held_up_by_accounts; });
    }
    Result<void> create_replication_account(const ports::Account& account) override
    {
        return change("create account", [&] {
            m_server.accounts.insert(account.user);
            m_server.denied.erase(account.user);
        });
    }
    Result<void> create_test_account(const ports::Account& account, const std::string&) override
    {
        return change("create account", [&] {
            m_server.accounts.insert(account.user);
            m_server.denied.erase(account.user);
        });
    }
    ports::WriteGate& gate() override { return *this; }
    ports::SemiSync& semi_sync() override { return *this; }

    Result<ports::SemiSyncStatus> status() override
    {
        return call([&] {
            std::uint32_t clients = 0;
            for (const auto& [name, server] : m_world.servers)
                clients += is_client(name, server) ? 1 : 0;
            return ports::SemiSyncStatus{.source = {m_server.has_plugins, m_server.source_side, m_server.source_side},
                .replica = {m_server.has_plugins, m_server.replica_side, seems_registered()},
                .clients = clients,
                .waiting_sessions = static_cast<std::uint32_t>(m_server.waiting.size()),
                .acknowledged = m_server.acknowledged,
                .after_sync = true,
                .timeout = m_server.source_timeout,
                .wait_no_replica = true};
        });
    }
    Result<void> install_sides() override
    {
        return call([&] { return m_server.has_plugins = true; }) ? Result<void>{} : reach();
    }
    Result<void> set_source_side(bool on, std::uint32_t) override
    {
        if (m_server.denied.contains(m_user)) // on an open connection too
            return fail(ErrorKind::access_denied, "you need SYSTEM_VARIABLES_ADMIN", 1227);
        if (on == m_server.source_side)
            return reach();
        return change(on ? "source side on" : "source side off", [&] {
            m_server.source_side = on;
            m_world.flow();
        });
    }
    Result<void> defuse_source_side() override
    {
        if (!m_server.source_side)
            return reach();
        return change("source side defused", [&] { m_server.source_side = false; });
    }
    Result<void> set_replica_side(bool on, ports::Deadline) override
    {
        const auto& replica = m_server.status.role.replica;
        if (on == m_server.replica_side && (!replica || seems_registered() == on))
            return reach();
        return change(on ? "replica side on" : "replica side off", [&] {
            m_server.replica_side = on;
            if (m_world.registration) {
                if (seems_registered() != on) // restarted, else it goes on as it is
                    disconnect(m_world, m_server);
                return;
            }
            m_server.registered = on && replica && replica->receiver != ReceiverState::stopped;
        });
    }
    Result<std::vector<ports::SemiSyncClient>> clients() override
    {
        return call([&] {
            std::vector<ports::SemiSyncClient> out;
            for (const auto& [name, server] : m_world.servers)
                if (is_client(name, server))
                    out.push_back({.server_id = server.status.role.server_id, .semi_sync = true});
            return out;
        });
    }
    Result<void> cut_client(std::uint32_t server_id, ports::Deadline) override
    {
        return change(text("cut ", server_id), [&] {
            for (auto& [name, server] : m_world.servers)
                if (is_client(name, server) && server.status.role.server_id == server_id)
                    disconnect(m_world, server);
        });
    }
    Result<ports::WaitingCommits> waiting_commits() override
    {
        return call([&] { return ports::WaitingCommits{.sessions = static_cast<std::uint32_t>(m_server.waiting.size())}; });
    }
    Result<std::vector<std::uint64_t>> waiting_statements() override { return std::vector<std::uint64_t>{}; }
    Result<void> acknowledge(const std::vector<std::uint64_t>&) override { return {}; }
    Result<void> make_heartbeat_table(ports::Deadline) override
    {
        if (m_server.has_heartbeat_table)
            return reach();
        return change("make heartbeat table", [&] { m_server.has_heartbeat_table = true; });
    }
    Result<void> commit_nudge(ports::Deadline deadline) override { return commit_heartbeat(deadline); }
    Result<void> commit_heartbeat(ports::Deadline) override
    {
        if (m_server.commits_hang)
            return base::fail(ErrorKind::timed_out, "no answer in time");
        return change("heartbeat", [&] {
            // The acknowledgement of a later write stands for all before it.
            for (auto& [name, server] : m_world.servers)
                server.loses_acknowledgements = false;
            if (m_server.next_heartbeat != 0)
                commit_and_wait(m_server, m_server.next_heartbeat++);
            m_world.flow();
        });
    }
    ports::BinaryLog& binary_log() override { return *this; }

    Result<core::FilePosition> end() override
    {
        return call([&] { return m_server.status.log_end; });
    }

    Result<core::ExtraInLog> look_for(const core::ExtraTransactions& extra, ports::Deadline) override
    {
        return call([&] {
            ++m_server.log_reads;
            const bool is_mysql = !extra.mysql.empty();
            return core::ExtraInLog{.about = extra,
                .without_data = is_mysql ? mysql_set(m_server.without_data).contains(extra.mysql)
                                         : core::to_string(extra) == m_server.without_data,
                .is_complete = true,
                .first_file = "binlog.000002"};
        });
    }
    Result<std::vector<ports::LogFile>> files() override
    {
        return call([&] { return m_server.log_files; });
    }
    Result<std::string> skip_numbers(const std::set<std::uint32_t>&, ports::Deadline) override
    {
        if (!m_server.may_skip_numbers)
            return fail(ErrorKind::access_denied, "you need BINLOG REPLAY", 1227);
        auto& status = m_server.status;
        const auto pos = std::get<gtid::MariadbGtidPos>(status.executed);
        const auto skipped = text("0-", status.role.server_id, "-", pos.seq_of(0).value_or(0) + 1000);
        if (const auto done = change("skip numbers",
                [&] {
                    const auto next = gtid::MariadbGtidPos::parse(skipped).value();
                    status.executed = status.received = status.applied = pos.united(next);
                    status.binlog_state = status.binlog_state.united(next);
                });
            !done)
            return std::unexpected(done.error());
        return skipped;
    }
    Result<void> insist_on_order() override
    {
        if (!m_server.may_skip_numbers)
            return fail(ErrorKind::access_denied, "you need BINLOG ADMIN", 1227);
        return change("insist on order", [&] { m_server.status.gtid_strict = true; });
    }
    Result<void> adopt_empty(const gtid::MysqlGtidSet& gtids, ports::Deadline) override
    {
        if (!m_server.adopts)
            return fail(ErrorKind::access_denied, "you need SYSTEM_VARIABLES_ADMIN", 1227);
        return change("adopt " + gtids.to_string(), [&] {
            auto& status = m_server.status;
            status.executed = status.received = status.applied = united(status.executed, gtids);
        });
    }
    Result<std::vector<std::string>> settings_that_lose() override
    {
        return call([&] { return m_server.settings_that_lose; });
    }
    Result<std::vector<std::string>> filters() override
    {
        return call([&] { return m_server.filters; });
    }

    Result<bool> shut_out_clients(bool shut_out) override
    {
        return call([&] {
            if (m_server.shut_out != shut_out)
                m_server.done.emplace_back(shut_out ? "shut out" : "let in");
            m_server.shut_out = shut_out;
            return true;
        });
    }
    Result<std::uint32_t> end_sessions() override
    {
        if (const auto done = change("end sessions", [&] { kill_sessions(); }); !done)
            return std::unexpected(done.error());
        return m_server.disk_stalls ? 0U : 1U;
    }
    Result<void> end_connections(base::Deadline /*deadline*/) override
    {
        return change("end connections", [&] { kill_sessions(); });
    }
    Result<void> set_read_only(Millis wait) override
    {
        const auto a_commit_waits = [&] { return m_server.source_side && !m_server.waiting.empty(); };
        const auto blocked = [&] {
            base::Deadline::skip(wait);
            return fail(ErrorKind::timed_out, "read-only waits for a commit that waits for its acknowledgement");
        };
        if (m_server.waits_for_acknowledgements || a_commit_waits())
            return blocked();
        if (m_server.blocked || m_server.disk_stalls)
            return fail(ErrorKind::timed_out, "lock wait timeout");
        if (const auto reached = reach(); !reached)
            return reached;
        if (a_commit_waits()) // has come meanwhile
            return blocked();
        return change_reached("read-only", [&] {
            m_server.status.role.read_only = true;
            m_server.status.role.super_read_only = m_server.status.role.version.flavor == core::Flavor::mysql;
        });
    }
    Result<core::WriteProof> proof() override
    {
        return call([&] {
            const auto& replica = m_server.status.role.replica;
            if (m_server.grows_under_read_only && (!replica || replica->receiver != ReceiverState::stopped))
                commit(m_server, ++m_foreign);
            const auto& role = m_server.status.role;
            const bool in_force = role.version.flavor == core::Flavor::mysql ? role.super_read_only : role.read_only;
            return core::WriteProof{in_force, m_server.status.executed, m_server.writers, m_server.prepared_xa};
        });
    }
    Result<void> open() override
    {
        return change("open", [&] {
            m_server.status.role.read_only = m_server.status.role.super_read_only = m_server.shut_out = false;
        });
    }

    Result<std::vector<std::string>> enabled_events() override
    {
        return call([&] { return std::vector<std::string>{m_server.events.begin(), m_server.events.end()}; });
    }
    Result<void> enable_events(const std::vector<std::string>& events) override
    {
        if (m_server.events_fail)
            return fail(ErrorKind::failed, "event scheduler is broken");
        return switch_events("enable events", [&] { m_server.events.insert(events.begin(), events.end()); });
    }
    Result<void> disable_events(const std::vector<std::string>&) override
    {
        return switch_events("disable events", [&] { m_server.events.clear(); });
    }
    Result<void> stop_waiting_for_acknowledgements() override
    {
        return change("stop waiting", [&] {
            m_server.waits_for_acknowledgements = m_server.source_side = false;
            m_world.flow();
        });
    }

private:
    // What a statement meets: the kill, a server that went away, one that does not answer.
    Result<void> reach()
    {
        m_world.fuse.burn();
        if (!m_server.process || m_server.status.started != m_started)
            return fail(ErrorKind::not_running, "server has gone away", 2006);
        if (!m_world.connected(m_from, m_to))
            return fail(ErrorKind::timed_out, "no answer within 2 s");
        if (m_server.door == Door::hung || m_server.door == Door::frozen)
            return fail(ErrorKind::timed_out, "no answer within 2 s");
        m_world.flow();
        return {};
    }
    template <typename Answer>
    auto call(Answer answer) -> Result<decltype(answer())>
    {
        if (const auto reached = reach(); !reached)
            return std::unexpected(reached.error());
        return answer();
    }
    Result<void> change(std::string what, const auto& effect)
    {
        if (const auto reached = reach(); !reached)
            return reached;
        return change_reached(std::move(what), effect);
    }
    Result<void> change_reached(std::string what, const auto& effect)
    {
        effect();
        m_world.fuse.changed();
        m_server.done.push_back(std::move(what));
        return {};
    }
    Result<void> switch_events(const char* what, const auto& effect)
    {
        if (m_server.status.role.super_read_only)
            return fail(ErrorKind::conflict, "the server is running with the --super-read-only option", 1290);
        return change(what, effect);
    }
    void start_applier()
    {
        if (!m_server.status.role.replica)
            return;
        m_server.status.role.replica->applier_running = true;
        m_server.status.role.replica->applier_errno = 0;
        run_applier(m_server);
    }
    void start_threads()
    {
        if (m_server.status.role.replica->receiver == ReceiverState::stopped)
            m_server.status.role.replica->receiver = ReceiverState::connecting;
        if (!m_world.registration)
            m_server.registered = m_server.replica_side;
        start_applier();
        m_world.flow();
    }
    [[nodiscard]] bool is_client(const std::string& host, const ServerModel& server) const
    {
        const auto& replica = server.status.role.replica;
        const auto found = m_world.servers.find(replica ? replica->source_host : std::string{});
        return replica && found != m_world.servers.end() && &found->second == &m_server && alive(server) && server.registered
            && replica->receiver == ReceiverState::running && m_world.connected(replica->source_host, host);
    }
    [[nodiscard]] bool seems_registered() const
    {
        const auto& connection = m_server.connection;
        return m_server.registered || (connection && connection->says_early && connection->semi_sync);
    }
    void kill_sessions()
    {
        m_server.blocked = m_server.blocked_again;
        m_server.blocked_again = false;
        if (!m_server.writers_return)
            m_server.writers.clear();
        for (auto& one : m_server.waiting)
            one.has_client = false;
    }

    World& m_world;
    ServerModel& m_server;
    std::string m_from, m_to, m_user;
    std::int64_t m_started = m_server.status.started; // a connection ends with the server
    std::uint64_t m_foreign = 1'000;
};

std::string receiver_name(ReceiverState state)
{
    return state == ReceiverState::stopped ? "stopped" : state == ReceiverState::running ? "running" : "connecting";
}

std::string seen_of(const std::string& host, const ServerModel& server)
{
    const auto& role = server.status.role;
    auto line = text(host, server.process ? " runs" : " is down", role.writable() ? " writable" : " read-only",
        server.shut_out ? " shut out" : "", " executed ", core::to_string(server.status.executed), " events ",
        base::join({server.events.begin(), server.events.end()}, ","));
    if (role.replica)
        line += text(" replica of ", role.replica->source_host, " receiver ", receiver_name(role.replica->receiver),
            " applier ", role.replica->applier_running);
    return line + "\n";
}

// Without its generation: an action that was cut takes the next one.
std::string seen_of_property(const std::string& name, const std::string& value)
{
    if (auto info = core::parse_repl_info(value)) {
        info->generation = 0;
        return text(name, " ", core::to_string(*info), "\n");
    }
    return text(name, " ", value, "\n");
}

} // namespace

void ServerModel::drop_relay_logs()
{
    if (by_file(*this) && status.role.replica) {
        status.role.replica->received_file = status.role.replica->applied_file;
        status.received = status.applied;
    } else {
        status.received = status.applied = status.executed;
        if (status.role.replica) // relay_log_recovery
            status.role.replica->received_file = status.role.replica->applied_file;
    }
}

void Fuse::burn()
{
    if (at_each_call)
        at_each_call();
    ++m_calls;
    if (m_calls == m_cut_at)
        throw Killed{};
    if (m_calls > k_runs_away)
        throw std::runtime_error("the action does not come to an end");
}

void Fuse::changed()
{
    if (std::exchange(m_behind_change, false))
        cut_at(1);
}

namespace {

int worlds = 0; // while there is one, time passes by the pauses of its clocks alone

} // namespace

World::~World()
{
    if (--worlds == 0)
        base::Deadline::stand_still(false);
}

World::World()
{
    if (worlds++ == 0)
        base::Deadline::stand_still(true);
    log::setup(
        [](const std::string& name) {
            return name == "HA_LOGFILE" ? std::optional<std::string>{"/dev/null"} : std::nullopt;
        },
        "mysql");
}

ServerModel& World::add(const std::string& host, core::ServerStatus status)
{
    auto& server = servers[host];
    server.status = std::move(status);
    cib.members.push_back(host);
    return server;
}

void World::flow()
{
    for (auto& [host, server] : servers) {
        if (!alive(server) || !server.status.role.replica)
            continue;
        auto& replica = *server.status.role.replica;
        const auto source = servers.find(replica.source_host);
        const bool reachable
            = source != servers.end() && alive(source->second) && !server.cut_off && connected(host, replica.source_host);
        if (replica.receiver == ReceiverState::stopped || !reachable)
            disconnect(*this, server);
        if (replica.receiver != ReceiverState::stopped && !reachable)
            replica.receiver = ReceiverState::connecting;
        else if (replica.receiver != ReceiverState::stopped && source->second.commits_hang)
            replica.receiver = ReceiverState::running; // what waits for space is not sent
        else if (replica.receiver != ReceiverState::stopped && is_connected(*this, server, source->second))
            receive_from(server, source->second);
        if (replica.applier_running)
            run_applier(server);
    }
    for (auto& [host, server] : servers)
        if (alive(server))
            acknowledge(*this, host, server);
}

std::string World::seen() const
{
    std::string out;
    for (const auto& [host, server] : servers)
        out += seen_of(host, server);
    for (const auto& [name, value] : cib.properties)
        out += seen_of_property(name, value);
    for (const auto& [node, score] : cib.scores)
        out += text(node, " score ", score, "\n");
    for (const auto& [key, value] : cib.transient)
        out += text(key.first, " ", key.second, " ", value, "\n");
    return out;
}

Result<std::unique_ptr<ports::Server>> FakeServers::knock(const std::string& host, const std::string& user)
{
    m_world.fuse.burn();
    const auto found = m_world.servers.find(host);
    if (found == m_world.servers.end() || !found->second.process)
        return fail(ErrorKind::not_running, "cannot connect", 2002);
    auto& server = found->second;
    if (server.door == Door::starting && --server.opens_after <= 0)
        server.door = Door::open;
    if (server.door == Door::starting)
        return fail(ErrorKind::not_running, "cannot connect", 2002);
    if (server.door == Door::hung)
        return fail(ErrorKind::timed_out, "no answer within 2 s", 2013);
    if (server.door == Door::full)
        return fail(ErrorKind::alive_but_refused, "too many connections", 1040);
    if (server.denied.contains(user))
        return fail(ErrorKind::access_denied, text("access denied for '", user, "'"), 1045);
    return std::make_unique<FakeServer>(m_world, server, m_local, host, user);
}

Result<std::unique_ptr<ports::Server>> FakeServers::local(const ports::ConnectOptions& options)
{
    return knock(m_local, options.account.user);
}

Result<std::unique_ptr<ports::Server>> FakeServers::local_extra(
    const std::string&, std::uint16_t port, const ports::ConnectOptions& options)
{
    m_world.fuse.burn();
    auto& server = m_world.servers.at(m_local);
    if (!server.extra_door || port != server.status.role.extra_port)
        return fail(ErrorKind::not_running, "cannot connect", 2003);
    return std::make_unique<FakeServer>(m_world, server, m_local, m_local, options.account.user);
}

Result<std::unique_ptr<ports::Server>> FakeServers::remote(
    const std::string& host, std::uint16_t, const ports::SourceLogin& login, const ports::ConnectOptions& options)
{
    if (!m_world.connected(m_local, host)) {
        m_world.fuse.burn();
        base::Deadline::skip(
            options.until ? std::min(options.connect_timeout, options.until->remaining()) : options.connect_timeout);
        return fail(ErrorKind::timed_out, "no answer within 2 s", 2003);
    }
    return knock(host, login.account.user);
}

void commit(ServerModel& server, std::uint64_t n)
{
    auto& status = server.status;
    status.log_end.offset += 100;
    status.executed = by_file(server) ? core::Position{status.log_end} : united(status.executed, numbered(n));
    if (!status.role.replica || !by_file(server))
        status.received = status.applied = status.executed;
}

void commit_and_wait(ServerModel& server, std::uint64_t n)
{
    if (!server.source_side) {
        commit(server, n);
        server.told.insert(n);
        return;
    }
    server.status.log_end.offset += 100;
    server.waiting.push_back({.n = n});
}

void recover_waiting(ServerModel& server)
{
    for (auto& one : server.waiting) {
        one.has_client = false;
        commit_waiting(server, one);
    }
    server.waiting.clear();
    server.source_side = server.replica_side = server.registered = false;
    server.connection.reset();
}

void receive(ServerModel& server, std::uint64_t n)
{
    server.applier_is_slow = true;
    server.status.received = united(server.status.received, numbered(n));
    server.status.role.replica->received_file.offset += 100;
}

} // namespace mysql_prm::test
