// Short ways to make the values that core decides on.
#pragma once

#include "mysql_prm/core/join.hpp"
#include "mysql_prm/core/server_status.hpp"

namespace mysql_prm::test {

inline const std::string k_uuid_a = "aaaaaaaa-0000-0000-0000-000000000001";
inline const std::string k_uuid_b = "bbbbbbbb-0000-0000-0000-000000000002";

inline gtid::MysqlGtidSet mysql_set(const std::string& s)
{
    return gtid::MysqlGtidSet::parse(s).value();
}

inline core::Position position(const std::string& s)
{
    return core::parse_position(s).value();
}

inline core::ServerStatus mysql_server(std::uint32_t server_id, const std::string& executed, const std::string& purged = {})
{
    core::ServerStatus status;
    status.role.version = {core::Flavor::mysql, 90700, "9.7.0"};
    status.role.server_id = server_id;
    status.role.read_only = status.role.super_read_only = true;
    status.server_uuid = "00000000-0000-0000-0000-00000000000" + std::to_string(server_id);
    status.log_bin = status.log_replica_updates = true;
    status.mode = core::ReplicationMode::mysql_gtid;
    status.executed = status.received = status.applied = mysql_set(executed);
    status.purged = mysql_set(purged);
    return status;
}

inline core::ServerStatus mariadb_server(std::uint32_t server_id, const std::string& position, const std::string& state)
{
    core::ServerStatus status;
    status.role.version = {core::Flavor::mariadb, 101119, "10.11.19-MariaDB"};
    status.role.server_id = server_id;
    status.role.read_only = true;
    status.log_bin = status.log_replica_updates = true;
    status.mode = core::ReplicationMode::mariadb_gtid;
    status.executed = status.received = status.applied = gtid::MariadbGtidPos::parse(position).value();
    status.binlog_state = gtid::MariadbBinlogState::parse(state).value();
    return status;
}

inline core::ServerStatus file_server(std::uint32_t server_id, const std::string& file, std::uint64_t offset)
{
    auto status = mysql_server(server_id, "");
    status.mode = core::ReplicationMode::file_position;
    status.log_end = {server_id, file, offset};
    status.executed = status.received = status.applied = status.log_end;
    return status;
}

inline core::ReplicaStatus replica_of(const std::string& host, std::uint32_t source_server_id = 1)
{
    core::ReplicaStatus replica;
    replica.source_host = host;
    replica.source_port = 3306;
    replica.source_server_id = source_server_id;
    replica.uses_gtid = true;
    replica.receiver = core::ReceiverState::running;
    replica.applier_running = true;
    replica.lag = std::chrono::seconds{0};
    return replica;
}

inline core::ReplInfo record_of(const std::string& node, std::uint32_t server_id, std::uint64_t generation = 1)
{
    return {.host = node,
        .file = "binlog.000002",
        .offset = 157,
        .generation = generation,
        .node = node,
        .server_id = server_id};
}

} // namespace mysql_prm::test
