// A real MySQL or MariaDB server in a temporary folder, for tests. Which one is tested is what runs here: the program named
// by MYSQL_PRM_TEST_MYSQLD, else /usr/sbin/mariadbd or /usr/sbin/mysqld. Without any of them a test fails, it is not
// skipped.
//
// The server listens on a socket in its folder and on a free port of 127.0.0.1, runs as the user mysql when the test is
// root, in a process group of its own, and dies with the test process. The destructor kills it and removes the folder.
// A fresh data directory is made once and kept beside the tests (working folder, test-datadir-*): making one takes seconds.
#pragma once

#include "mysql_prm/adapters/server/session.hpp"
#include "mysql_prm/ports/server.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <sys/types.h>
#include <vector>

namespace mysql_prm::test {

using adapters::server::Rows;
using adapters::server::Session;

// Which server this run is about, from its --version.
struct TestedServer {
    std::filesystem::path program;
    core::ServerVersion version;

    [[nodiscard]] bool is_mariadb() const { return version.flavor == core::Flavor::mariadb; }
};
// Throws std::runtime_error where no server is installed.
const TestedServer& tested_server();

class TestServer {
public:
    // Starts a server with GTIDs, a binary log and log_replica_updates, the arguments after those, and waits until it
    // answers. Throws std::runtime_error with the end of its log otherwise.
    explicit TestServer(std::uint32_t server_id = 1, const std::vector<std::string>& arguments = {});
    ~TestServer();
    TestServer(const TestServer&) = delete;
    TestServer& operator=(const TestServer&) = delete;

    [[nodiscard]] std::string socket() const { return (m_folder / "s").string(); }
    [[nodiscard]] std::filesystem::path datadir() const { return m_folder / "data"; }
    [[nodiscard]] std::filesystem::path log() const { return m_folder / "log"; }
    [[nodiscard]] std::uint16_t port() const { return m_port; }
    [[nodiscard]] pid_t pid() const { return m_pid; }

    // root over the socket has no password; admin has all rights from everywhere and a password that is hard to quote.
    static ports::Account root();
    static ports::Account admin();
    // A connection as root (or another account), over the socket. Throws.
    [[nodiscard]] std::unique_ptr<Session> session(const ports::Account& account = root()) const;
    // One statement as root on a connection that is kept. Throws when it fails.
    Rows sql(const std::string& statement);
    // One value of one row, "" for NULL or none.
    std::string value(const std::string& statement);

    void suspend() const; // SIGSTOP
    void resume() const;  // SIGCONT
    void kill();          // SIGKILL, and waits
    // Starts again after kill(), on the same folder and port, with these arguments after the others. Throws.
    void start(const std::vector<std::string>& more = {});

private:
    void set_up(std::uint32_t server_id, const std::vector<std::string>& arguments);
    void remove();
    void wait_until_it_answers();

    std::filesystem::path m_folder;
    std::vector<std::string> m_arguments;
    std::uint16_t m_port = 0;
    pid_t m_pid = -1;
    std::unique_ptr<Session> m_root;
};

} // namespace mysql_prm::test
