#include "mysql_prm/adapters/server/dialect.hpp"

#include "mysql_prm/base/text.hpp"

#include <map>

namespace mysql_prm::adapters::server {

using base::text;

namespace {

core::ReceiverState receiver_state(std::string_view said)
{
    if (base::lower(said) == "yes")
        return core::ReceiverState::running;
    if (said.empty() || base::lower(said) == "no")
        return core::ReceiverState::stopped;
    return core::ReceiverState::connecting; // "Connecting", MariaDB's "Preparing"
}

bool uses_gtid(const Row& row)
{
    return row.is_on({"Auto_Position", "Using_Gtid"}); // 0 or 1; No, Current_Pos, Slave_Pos
}

} // namespace

std::optional<core::ReplicaStatus> parse_replica(const Rows& rows)
{
    if (rows.empty())
        return std::nullopt;
    const Row row{rows, 0};
    core::ReplicaStatus status;
    status.source_host = row.text({"Source_Host", "Master_Host"});
    status.source_port = row.number<std::uint16_t>({"Source_Port", "Master_Port"});
    status.source_server_id = row.number<std::uint32_t>({"Source_Server_Id", "Master_Server_Id"});
    status.uses_gtid = uses_gtid(row);
    status.receiver = receiver_state(row.text({"Replica_IO_Running", "Slave_IO_Running"}));
    status.applier_running = row.is_on({"Replica_SQL_Running", "Slave_SQL_Running"});
    status.receiver_errno = row.number<int>({"Last_IO_Errno"});
    status.receiver_error = row.text({"Last_IO_Error"});
    status.applier_errno = row.number<int>({"Last_SQL_Errno"});
    status.applier_error = row.text({"Last_SQL_Error"});
    if (const auto lag = row.get({"Seconds_Behind_Source", "Seconds_Behind_Master"}))
        status.lag = std::chrono::seconds{base::to_int<std::int64_t>(*lag).value_or(0)};
    status.received_file = {.server_id = status.source_server_id,
        .file = row.text({"Source_Log_File", "Master_Log_File"}),
        .offset = row.number<std::uint64_t>({"Read_Source_Log_Pos", "Read_Master_Log_Pos"})};
    status.applied_file = {.server_id = status.source_server_id,
        .file = row.text({"Relay_Source_Log_File", "Relay_Master_Log_File"}),
        .offset = row.number<std::uint64_t>({"Exec_Source_Log_Pos", "Exec_Master_Log_Pos"})};
    return status;
}

core::FilePosition parse_log_end(const Rows& rows, std::uint32_t server_id)
{
    const Row row{rows, 0};
    return {.server_id = server_id, .file = row.text({"File"}), .offset = row.number<std::uint64_t>({"Position"})};
}

Dialect::Dialect(core::ServerVersion version, Quoting quoting)
    : m_version(std::move(version)), m_can(capabilities_of(m_version)), m_quoting(quoting)
{
}

Result<core::RoleStatus> Dialect::parse_role(const Rows& globals, const Rows& replica) const
{
    const Row row{globals, 0};
    for (const std::string_view name : {"server_id", "read_only"})
        if (auto there = row.need({name}); !there)
            return std::unexpected(there.error());
    core::RoleStatus role;
    role.version = m_version;
    role.server_id = row.number<std::uint32_t>({"server_id"});
    role.read_only = row.is_on({"read_only"});
    role.super_read_only = row.is_on({"super_read_only"});
    parse_ways_in(row, role);
    role.replica = parse_replica(replica);
    return role;
}

std::string_view Dialect::threads_of(Threads threads)
{
    switch (threads) {
    case Threads::both:
        return "";
    case Threads::receiver:
        return " IO_THREAD";
    case Threads::applier:
        return " SQL_THREAD";
    }
    return "";
}

void Dialect::set_file_positions(core::ServerStatus& status)
{
    const auto& replica = status.role.replica;
    status.mode = core::ReplicationMode::file_position;
    status.executed = status.log_end;
    status.received = replica ? replica->received_file : status.log_end;
    status.applied = replica ? replica->applied_file : status.log_end;
}

Result<void> Dialect::check_start(const core::Source& source, core::ReplicationMode mode)
{
    if (mode == core::ReplicationMode::file_position && !source.start)
        return base::fail(base::ErrorKind::conflict, text("no position in the log of ", source.host, " to start from"));
    return {};
}

std::string Dialect::source_options(
    const std::string& prefix, const core::Source& source, const ports::SourceLogin& login, bool show_password) const
{
    const std::string password = show_password ? quoted(login.account.password.reveal()) : "'******'";
    std::string out = text(prefix, "HOST = ", quoted(source.host), ", ", prefix, "PORT = ", source.port, ", ", prefix,
        "USER = ", quoted(login.account.user), ", ", prefix, "PASSWORD = ", password);
    // A replica that lost its source tries every second and notices a silent one soon; a heartbeat keeps lag honest.
    out += text(", ", prefix, "CONNECT_RETRY = 1, ", prefix, "HEARTBEAT_PERIOD = 1");
    // All TLS options every time: what is not named keeps its old value.
    out += text(", ", prefix, "SSL = ", login.require_tls ? 1 : 0, ", ", prefix, "SSL_CA = ", quoted(login.tls_ca), ", ",
        prefix, "SSL_CERT = ", quoted(login.tls_cert), ", ", prefix, "SSL_KEY = ", quoted(login.tls_key));
    return out;
}

std::string Dialect::place_options(const std::string& prefix, const core::FilePosition& place) const
{
    return text(", ", prefix, "LOG_FILE = ", quoted(place.file), ", ", prefix, "LOG_POS = ", place.offset);
}

std::vector<Statement> Dialect::create_or_change(const std::string& who, const base::Secret& password) const
{
    const auto identified = [&](const std::string& verb) {
        return Statement{
            text(verb, who, " IDENTIFIED BY ", quoted(password.reveal())), text(verb, who, " IDENTIFIED BY '******'")};
    };
    return {identified("CREATE USER IF NOT EXISTS "), identified("ALTER USER ")};
}

std::vector<Statement> Dialect::create_test_account(const ports::Account& account, const std::string& table) const
{
    const std::string who = quoted(account.user) + "@'localhost'";
    auto out = create_or_change(who, account.password);
    if (!table.empty())
        out.emplace_back(text("GRANT SELECT ON ", table.substr(0, table.find("`.") + 1), ".* TO ", who));
    return out;
}

std::vector<Statement> Dialect::create_account(const ports::Account& account) const
{
    const std::string who = quoted(account.user) + "@'%'";
    std::map<std::string, std::vector<std::string>> rights;
    for (const auto& list : {needs(), helpful(), semi_sync_needs()})
        for (const PrivilegeNeed& need : list)
            rights[need.schema.empty() ? "*.*" : need.schema + ".*"].push_back(need.name);
    auto out = create_or_change(who, account.password);
    for (const auto& [object, names] : rights)
        out.emplace_back(text("GRANT ", base::join(names, ", "), " ON ", object, " TO ", who));
    if (active_role_query())
        for (const auto& statement : {std::string{"CREATE ROLE IF NOT EXISTS mysql_prm_agent"},
                 text("GRANT mysql_prm_agent TO ", who), text("SET DEFAULT ROLE mysql_prm_agent TO ", who)})
            out.emplace_back(statement);
    return out;
}

} // namespace mysql_prm::adapters::server
