// One login at one server; the only module that knows <mysql.h>, Oracle's or MariaDB's.
//
// Time. Both libraries count whole seconds, so that their own timeouts (rounded up) are only the outer fence: a statement is
// sent, its answer is awaited with poll() to the millisecond, then read. The fence holds where an answer stops in the
// middle: that long may a server pause inside of one, which is the connect timeout or the io timeout, the shorter one. A
// login cannot be cut to the millisecond; it ends within about twice the rounded timeout. After a timeout or a lost
// connection the object is unusable and every call fails at once.
//
// What is not done: no option file and no group of one is read, LOAD DATA LOCAL is refused, nothing reconnects.
// Errors: see server_error.hpp. code is the number of the server or library. The server's text is passed on unless the
// statement holds a secret: a syntax error quotes the statement, so that then only the number is given.
#pragma once

#include "mysql_prm/adapters/server/quote.hpp"
#include "mysql_prm/adapters/server/rows.hpp"
#include "mysql_prm/adapters/server/statement.hpp"
#include "mysql_prm/ports/server.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace mysql_prm::adapters::server {

using base::Deadline;
using base::Millis;
using base::Result;

// Where to connect: a Unix socket, or host and port. TLS is used where the server offers it; it is demanded with
// require_tls, and the server's certificate is checked when tls_ca is set and never otherwise (servers make themselves
// certificates that nobody signed).
struct Endpoint {
    std::string socket{}; // wins over host
    std::string host{};
    std::uint16_t port = 0;
    bool require_tls = false;
    std::string tls_ca{};
    std::string tls_cert{};
    std::string tls_key{};

    [[nodiscard]] std::string to_string() const; // for messages: the socket's path, or host:port
};

class Connection {
public:
    static Result<Connection> open(const Endpoint& endpoint, const ports::ConnectOptions& options);

    Connection(Connection&&) noexcept;
    Connection& operator=(Connection&&) noexcept;
    ~Connection();

    // Sends a statement and returns its rows (none for statements without a result), within the deadline, the io timeout and
    // the end of the connection (ConnectOptions::until).
    Result<Rows> query(const Statement& statement, Deadline deadline);

    // The same in three parts, for a statement that may block: send; wait until an answer begins (false: not by the
    // deadline, which leaves the connection usable); receive. Between send and receive nothing else may be sent.
    Result<void> send(const Statement& statement);
    [[nodiscard]] bool answered(Deadline deadline) const;
    Result<Rows> receive(const Statement& statement);

    // The earliest of the deadline, now + io timeout and the end of the connection: when a statement sent now is given up.
    [[nodiscard]] Deadline bound(Deadline deadline) const;
    // The deadline, or the end of the connection less the reserve where that is earlier.
    [[nodiscard]] Deadline before_end(Deadline deadline, Millis reserve = Millis{0}) const;

    [[nodiscard]] bool usable() const { return m_usable; }
    [[nodiscard]] std::uint64_t id() const;           // the server's number of this session, for KILL
    [[nodiscard]] std::string server_version() const; // as the server greets: "8.0.36-28", "10.11.19-MariaDB-..."
    [[nodiscard]] Quoting quoting() const;

private:
    struct Handle;
    Connection(std::unique_ptr<Handle> handle, std::string where, const ports::ConnectOptions& options);
    Result<Rows> read_rows(const Statement& statement);
    std::unexpected<base::Error> failure(const Statement& statement, bool out_of_time);

    std::unique_ptr<Handle> m_handle;
    std::string m_where;
    Millis m_io_timeout;
    Millis m_pause; // the longest inside of an answer
    std::optional<Deadline> m_until;
    bool m_usable = true;
};

} // namespace mysql_prm::adapters::server
