// A connection with the dialect of the server at its other end, and the way to a second one.
#pragma once

#include "mysql_prm/adapters/server/connection.hpp"
#include "mysql_prm/adapters/server/dialect.hpp"

#include <memory>

namespace mysql_prm::adapters::server {

class Session {
public:
    static Result<std::unique_ptr<Session>> open(
        const Endpoint& endpoint, const ports::ConnectOptions& options, bool prefer_file_position);

    [[nodiscard]] const Dialect& dialect() const { return *m_dialect; }
    [[nodiscard]] Connection& connection() { return m_connection; }
    // The deadline of calls that have none of their own.
    [[nodiscard]] Deadline io_deadline() const { return m_connection.bound(Deadline::after(m_options.io_timeout)); }

    Result<Rows> query(const Statement& statement) { return query(statement, io_deadline()); }
    Result<Rows> query(const Statement& statement, Deadline deadline) { return m_connection.query(statement, deadline); }
    // For statements that change something or lock. Before the first of them the session is told to wait at most 5 s for
    // metadata locks (lock_wait_timeout, a year by default), and less where the connection gives up earlier: behind
    // somebody's FLUSH TABLES WITH READ LOCK the server then answers with error 1205 (timed_out) and the connection stays
    // usable.
    Result<void> run(const Statement& statement) { return run(statement, io_deadline()); }
    Result<void> run(const Statement& statement, Deadline deadline);
    // In order, up to the first that fails.
    Result<void> run_all(const std::vector<Statement>& statements);
    // The same with sql_log_bin off: the statements leave no trace in the binary log and no GTID.
    Result<void> run_unlogged(const std::vector<Statement>& statements);
    // Unlogged too. MySQL makes no account and loads no plugin under super_read_only: that is off meanwhile, read_only
    // stays.
    Result<void> run_past_super_read_only(const std::vector<Statement>& statements);

    // A second login with the same account.
    [[nodiscard]] Result<Connection> another() const { return Connection::open(m_endpoint, m_options); }

private:
    Session(Connection connection, std::unique_ptr<Dialect> dialect, Endpoint endpoint, ports::ConnectOptions options);
    Result<void> bound_locks();

    Connection m_connection;
    std::unique_ptr<Dialect> m_dialect;
    Endpoint m_endpoint;
    ports::ConnectOptions m_options;
    bool m_locks_are_bounded = false;
};

// The two statements of a monitor.
[[nodiscard]] Result<core::RoleStatus> read_role(Session& session);
// Four statements, three without a binary log. The receiver's position is read before the executed one, so that what is
// received is at worst an older truth and never more than there is.
[[nodiscard]] Result<core::ServerStatus> read_status(Session& session);
// Until the server lists none of these connections any more, those included that it is ending. timed_out: it still does.
[[nodiscard]] Result<void> wait_until_gone(
    Session& session, const std::vector<std::uint64_t>& connections, Deadline deadline);

} // namespace mysql_prm::adapters::server
