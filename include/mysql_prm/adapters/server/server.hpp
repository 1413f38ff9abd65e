// The door of this module: real MySQL, Percona and MariaDB servers behind ports::Servers. Which of them answers is found
// when the login succeeds, from the version that the server greets with; no statement is spent on it.
#pragma once

#include "mysql_prm/ports/server.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace mysql_prm::adapters::server {

class MysqlServers final : public ports::Servers {
public:
    // socket: of the local server. replication_port: where remote() connects when it is given port 0.
    // prefer_file_position: MariaDB is observed in file and position mode although it writes GTIDs; without it MariaDB is in
    // GTID mode where it writes a binary log, whatever its configured source uses. MySQL's gtid_mode decides alone.
    explicit MysqlServers(std::string socket, std::uint16_t replication_port = 3306, bool prefer_file_position = false);

    ports::Result<std::unique_ptr<ports::Server>> local(const ports::ConnectOptions& options) override;
    // An empty address or a wildcard (*, ::, 0.0.0.0) means 127.0.0.1.
    ports::Result<std::unique_ptr<ports::Server>> local_extra(
        const std::string& address, std::uint16_t port, const ports::ConnectOptions& options) override;
    // Logs in as options.account; of login only the TLS settings are used here.
    ports::Result<std::unique_ptr<ports::Server>> remote(const std::string& host, std::uint16_t port,
        const ports::SourceLogin& login, const ports::ConnectOptions& options) override;

private:
    std::string m_socket;
    std::uint16_t m_replication_port;
    bool m_prefer_file_position;
};

} // namespace mysql_prm::adapters::server
