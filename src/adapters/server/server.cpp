#include "mysql_prm/adapters/server/server.hpp"

#include "mysql_prm/adapters/server/binary_log.hpp"
#include "mysql_prm/adapters/server/grants.hpp"
#include "mysql_prm/adapters/server/replication.hpp"
#include "mysql_prm/adapters/server/semi_sync.hpp"
#include "mysql_prm/adapters/server/write_gate.hpp"
#include "mysql_prm/base/text.hpp"

namespace mysql_prm::adapters::server {

namespace {

class SessionServer final : public ports::Server {
public:
    explicit SessionServer(std::unique_ptr<Session> session)
        : m_session(std::move(session)), m_gate(*m_session), m_semi_sync(*m_session), m_binary_log(*m_session)
    {
    }

    Result<void> ping(Deadline deadline) override;
    Result<bool> has_thread_pool() override;
    Result<core::RoleStatus> role() override { return read_role(*m_session); }
    Result<core::ServerStatus> observe() override { return read_status(*m_session); }
    Result<std::optional<core::Beat>> heartbeat(std::uint32_t server_id) override;
    Result<std::optional<bool>> has_commit_without_space() override;
    Result<void> read_table(const std::string& name) override;

    Result<void> stop_receiver(Deadline deadline) override { return server::stop_receiver(*m_session, deadline); }
    Result<void> start_replication(Deadline deadline) override { return server::start_replication(*m_session, deadline); }
    Result<bool> wait_applied(const core::Position& position, Deadline deadline) override
    {
        return server::wait_applied(*m_session, position, deadline);
    }
    Result<void> follow(
        const core::Source& source, const ports::SourceLogin& login, core::ReplicationMode mode, Deadline deadline) override
    {
        return server::follow(*m_session, source, login, mode, deadline);
    }
    Result<void> forget_source(Deadline deadline) override { return server::forget_source(*m_session, deadline); }

    Result<std::vector<std::string>> missing_privileges() override;
    Result<void> create_replication_account(const ports::Account& account) override
    {
        return m_session->run_past_super_read_only(m_session->dialect().create_account(account));
    }
    Result<void> create_test_account(const ports::Account& account, const std::string& table) override;
    ports::WriteGate& gate() override { return m_gate; }
    ports::SemiSync& semi_sync() override { return m_semi_sync; }
    ports::BinaryLog& binary_log() override { return m_binary_log; }

private:
    std::unique_ptr<Session> m_session;
    SessionWriteGate m_gate;
    SessionSemiSync m_semi_sync;
    SessionBinaryLog m_binary_log;
};

Result<void> SessionServer::ping(Deadline deadline)
{
    const auto answered = m_session->query("SELECT 1", deadline);
    return answered ? Result<void>{} : std::unexpected(answered.error());
}

Result<bool> SessionServer::has_thread_pool()
{
    const auto rows = m_session->query("SHOW GLOBAL VARIABLES LIKE 'thread_handling'");
    if (!rows)
        return std::unexpected(rows.error());
    return Row{*rows, 0}.text({"Value"}) == "pool-of-threads";
}

Result<std::optional<core::Beat>> SessionServer::heartbeat(std::uint32_t server_id)
{
    const auto rows = m_session->query(base::text("SELECT written, TIMESTAMPDIFF(MICROSECOND, written, UTC_TIMESTAMP(6)) "
                                                  "DIV 1000 AS age FROM mysql_prm.heartbeat WHERE server_id = ",
        server_id));
    if (!rows && (rows.error().kind == base::ErrorKind::not_found || rows.error().kind == base::ErrorKind::access_denied))
        return std::nullopt;
    if (!rows)
        return std::unexpected(rows.error());
    if (rows->size() == 0)
        return std::nullopt;
    const Row row{*rows, 0};
    return core::Beat{row.text({"written"}), base::Millis{row.number<std::int64_t>({"age"})}};
}

Result<std::optional<bool>> SessionServer::has_commit_without_space()
{
    const auto query = m_session->dialect().without_space_query();
    if (!query)
        return std::nullopt;
    const auto rows = m_session->query(*query);
    if (!rows)
        return std::unexpected(rows.error());
    return rows->size() > 0;
}

Result<void> SessionServer::read_table(const std::string& name)
{
    const auto table = qualified(name);
    if (!table)
        return std::unexpected(table.error());
    return m_session->run(base::text("SELECT 1 FROM ", *table, " LIMIT 1"));
}

Result<void> SessionServer::create_test_account(const ports::Account& account, const std::string& table)
{
    const auto name = table.empty() ? Result<std::string>{} : qualified(table);
    if (!name)
        return std::unexpected(name.error());
    return m_session->run_past_super_read_only(m_session->dialect().create_test_account(account, *name));
}

Result<std::vector<std::string>> SessionServer::missing_privileges()
{
    const auto rows = m_session->query("SHOW GRANTS");
    if (!rows)
        return std::unexpected(rows.error());
    return missing(m_session->dialect().needs(), parse_grants(*rows));
}

Result<std::unique_ptr<ports::Server>> open(
    const Endpoint& endpoint, const ports::ConnectOptions& options, bool prefer_file_position)
{
    auto session = Session::open(endpoint, options, prefer_file_position);
    if (!session)
        return std::unexpected(session.error());
    return std::make_unique<SessionServer>(std::move(*session));
}

bool is_wildcard(const std::string& address)
{
    return address.empty() || address == "*" || address == "::" || address == "0.0.0.0";
}

} // namespace

MysqlServers::MysqlServers(std::string socket, std::uint16_t replication_port, bool prefer_file_position)
    : m_socket(std::move(socket)), m_replication_port(replication_port), m_prefer_file_position(prefer_file_position)
{
}

Result<std::unique_ptr<ports::Server>> MysqlServers::local(const ports::ConnectOptions& options)
{
    return open(Endpoint{.socket = m_socket}, options, m_prefer_file_position);
}

Result<std::unique_ptr<ports::Server>> MysqlServers::local_extra(
    const std::string& address, std::uint16_t port, const ports::ConnectOptions& options)
{
    const std::string host = is_wildcard(address) ? "127.0.0.1" : address;
    return open(Endpoint{.host = host, .port = port}, options, m_prefer_file_position);
}

Result<std::unique_ptr<ports::Server>> MysqlServers::remote(
    const std::string& host, std::uint16_t port, const ports::SourceLogin& login, const ports::ConnectOptions& options)
{
    const Endpoint endpoint{.host = host,
        .port = port != 0 ? port : m_replication_port,
        .require_tls = login.require_tls,
        .tls_ca = login.tls_ca,
        .tls_cert = login.tls_cert,
        .tls_key = login.tls_key};
    return open(endpoint, options, m_prefer_file_position);
}

} // namespace mysql_prm::adapters::server
