#include "mysql_prm/adapters/server/session.hpp"

#include "mysql_prm/base/text.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

namespace mysql_prm::adapters::server {

namespace {

struct RoleRows {
    Rows globals;
    Rows replica;
};

Result<RoleRows> role_rows(Session& session)
{
    auto globals = session.query(session.dialect().role_query());
    if (!globals)
        return std::unexpected(globals.error());
    auto replica = session.query(session.dialect().replica_query());
    if (!replica)
        return std::unexpected(replica.error());
    return RoleRows{std::move(*globals), std::move(*replica)};
}

} // namespace

Session::Session(Connection connection, std::unique_ptr<Dialect> dialect, Endpoint endpoint, ports::ConnectOptions options)
    : m_connection(std::move(connection)), m_dialect(std::move(dialect)), m_endpoint(std::move(endpoint)),
      m_options(std::move(options))
{
}

Result<std::unique_ptr<Session>> Session::open(
    const Endpoint& endpoint, const ports::ConnectOptions& options, bool prefer_file_position)
{
    auto connection = Connection::open(endpoint, options);
    if (!connection)
        return std::unexpected(connection.error());
    const auto version = parse_version(connection->server_version());
    if (!version)
        return std::unexpected(version.error());
    const Quoting quoting = connection->quoting();
    auto dialect = version->flavor == core::Flavor::mariadb ? make_mariadb_dialect(*version, quoting, prefer_file_position)
                                                            : make_mysql_dialect(*version, quoting);
    return std::unique_ptr<Session>{new Session{std::move(*connection), std::move(dialect), endpoint, options}};
}

// Half a second is left for the answer; the server counts whole ones.
Result<void> Session::bound_locks()
{
    constexpr std::chrono::seconds k_longest{5};
    constexpr std::chrono::seconds k_shortest{1};
    if (m_locks_are_bounded)
        return {};
    const Millis left = io_deadline().less(Millis{500}).remaining();
    const auto wait = std::clamp(std::chrono::floor<std::chrono::seconds>(left), k_shortest, k_longest);
    const auto set = query(base::text("SET SESSION lock_wait_timeout = ", wait.count()));
    m_locks_are_bounded = set.has_value();
    return set ? Result<void>{} : std::unexpected(set.error());
}

Result<void> Session::run(const Statement& statement, Deadline deadline)
{
    if (auto bounded = bound_locks(); !bounded)
        return bounded;
    if (const auto done = query(statement, deadline); !done)
        return std::unexpected(done.error());
    return {};
}

Result<void> Session::run_all(const std::vector<Statement>& statements)
{
    for (const Statement& statement : statements)
        if (auto done = run(statement); !done)
            return done;
    return {};
}

Result<void> Session::run_unlogged(const std::vector<Statement>& statements)
{
    if (auto off = run("SET SESSION sql_log_bin = 0"); !off)
        return off;
    auto done = run_all(statements);
    auto on = run("SET SESSION sql_log_bin = 1");
    return done ? on : done;
}

Result<void> Session::run_past_super_read_only(const std::vector<Statement>& statements)
{
    const auto role = read_role(*this);
    if (!role)
        return std::unexpected(role.error());
    if (role->super_read_only)
        if (auto open = run("SET GLOBAL super_read_only = OFF"); !open)
            return open;
    auto done = run_unlogged(statements);
    if (role->super_read_only)
        if (auto closed = run(dialect().refuse_writes()); !closed)
            return closed;
    return done;
}

Result<core::RoleStatus> read_role(Session& session)
{
    const auto rows = role_rows(session);
    if (!rows)
        return std::unexpected(rows.error());
    return session.dialect().parse_role(rows->globals, rows->replica);
}

Result<core::ServerStatus> read_status(Session& session)
{
    const Dialect& dialect = session.dialect();
    const auto rows = role_rows(session);
    if (!rows)
        return std::unexpected(rows.error());
    const auto role = dialect.parse_role(rows->globals, rows->replica);
    if (!role)
        return std::unexpected(role.error());
    const auto globals = session.query(dialect.status_query());
    if (!globals)
        return std::unexpected(globals.error());
    auto status = dialect.parse_status(*role, *globals, rows->replica, {});
    if (!status || !status->log_bin || status->mode != core::ReplicationMode::file_position)
        return status;
    const auto log_end = session.query(dialect.log_end_query());
    if (!log_end)
        return std::unexpected(log_end.error());
    return dialect.parse_status(*role, *globals, rows->replica, *log_end);
}

Result<void> wait_until_gone(Session& session, const std::vector<std::uint64_t>& connections, Deadline deadline)
{
    constexpr Millis k_pause{10};
    const auto is_one = [&](const Row& row) {
        return std::ranges::find(connections, row.number<std::uint64_t>({"Id"})) != connections.end();
    };
    while (true) {
        const auto list = session.query("SHOW PROCESSLIST", deadline);
        if (!list)
            return std::unexpected(list.error());
        bool is_gone = true;
        for (std::size_t i = 0; i < list->size() && is_gone; ++i)
            is_gone = !is_one(Row{*list, i});
        if (is_gone)
            return {};
        if (deadline.remaining() <= k_pause) // the next look would have no time
            return base::fail(base::ErrorKind::timed_out, "a session does not end");
        std::this_thread::sleep_for(std::min(k_pause, deadline.remaining()));
    }
}

} // namespace mysql_prm::adapters::server
