#include "mysql_prm/adapters/server/connection.hpp"

#include "mysql_prm/adapters/server/server_error.hpp"
#include "mysql_prm/base/text.hpp"
#include "resolve.hpp"
#include "tcp_error.hpp"

#include <mysql.h>

#include <cerrno>
#include <chrono>
#include <poll.h>

namespace mysql_prm::adapters::server {

struct Connection::Handle {
    MYSQL mysql{};

    Handle()
    {
        // mysql_init does it itself, but not safely from two threads.
        [[maybe_unused]] static const int library = mysql_library_init(0, nullptr, nullptr);
        mysql_init(&mysql);
    }
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;
    ~Handle() { mysql_close(&mysql); }
};

namespace {

unsigned whole_seconds(Millis duration)
{
    return static_cast<unsigned>(std::max<std::int64_t>(1, std::chrono::ceil<std::chrono::seconds>(duration).count()));
}

Millis longest_pause(const ports::ConnectOptions& options)
{
    return std::chrono::seconds{whole_seconds(std::min(options.connect_timeout, options.io_timeout))};
}

const char* or_null(const std::string& s)
{
    return s.empty() ? nullptr : s.c_str();
}

// TLS where offered, demanded, or checked: the libraries express it with different options. MariaDB's connector checks
// certificates by default since 3.4, which makes every login at a server with its self-made certificate fail.
void set_tls(MYSQL& mysql, const Endpoint& endpoint)
{
    mysql_options(&mysql, MYSQL_OPT_SSL_CA, or_null(endpoint.tls_ca));
    mysql_options(&mysql, MYSQL_OPT_SSL_CERT, or_null(endpoint.tls_cert));
    mysql_options(&mysql, MYSQL_OPT_SSL_KEY, or_null(endpoint.tls_key));
#ifdef MARIADB_PACKAGE_VERSION
    const my_bool verify = endpoint.tls_ca.empty() ? 0 : 1;
    mysql_options(&mysql, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verify);
    if (endpoint.require_tls) {
        const my_bool enforce = 1;
        mysql_options(&mysql, MYSQL_OPT_SSL_ENFORCE, &enforce);
    }
#else
    unsigned mode = endpoint.require_tls ? SSL_MODE_REQUIRED : SSL_MODE_PREFERRED;
    if (!endpoint.tls_ca.empty())
        mode = SSL_MODE_VERIFY_CA;
    mysql_options(&mysql, MYSQL_OPT_SSL_MODE, &mode);
    // caching_sha2_password without TLS; MariaDB's connector asks for the key without being told.
    const bool get_key = true;
    mysql_options(&mysql, MYSQL_OPT_GET_SERVER_PUBLIC_KEY, &get_key);
#endif
}

void set_options(MYSQL& mysql, const Endpoint& endpoint, const ports::ConnectOptions& options)
{
    const unsigned connect = whole_seconds(options.connect_timeout);
    const unsigned io = whole_seconds(longest_pause(options));
    const unsigned no = 0;
    mysql_options(&mysql, MYSQL_OPT_CONNECT_TIMEOUT, &connect);
    mysql_options(&mysql, MYSQL_OPT_READ_TIMEOUT, &io);
    mysql_options(&mysql, MYSQL_OPT_WRITE_TIMEOUT, &io);
    mysql_options(&mysql, MYSQL_OPT_LOCAL_INFILE, &no);
    mysql_options(&mysql, MYSQL_SET_CHARSET_NAME, "utf8mb4");
    const unsigned protocol = endpoint.socket.empty() ? MYSQL_PROTOCOL_TCP : MYSQL_PROTOCOL_SOCKET;
    mysql_options(&mysql, MYSQL_OPT_PROTOCOL, &protocol);
    if (endpoint.socket.empty())
        set_tls(mysql, endpoint);
}

std::unexpected<base::Error> connect_failure(
    MYSQL& mysql, const Endpoint& endpoint, Deadline by, bool out_of_time)
{
    const unsigned code = mysql_errno(&mysql);
    const std::string said = mysql_error(&mysql);
    int system_error = system_error_in(said);
    if (endpoint.socket.empty() && system_error == EINPROGRESS && !out_of_time)
        system_error = tcp_error(endpoint.host, endpoint.port, by);
    const ErrorKind kind = connect_error_kind(code, system_error, out_of_time);
    return base::fail(
        kind, base::text("connect to ", endpoint.to_string(), ": ", said, " [", code, "]"), static_cast<int>(code));
}

} // namespace

std::string Endpoint::to_string() const
{
    return socket.empty() ? base::text(host, ":", port) : socket;
}

Connection::Connection(std::unique_ptr<Handle> handle, std::string where, const ports::ConnectOptions& options)
    : m_handle(std::move(handle)), m_where(std::move(where)), m_io_timeout(options.io_timeout),
      m_pause(longest_pause(options)), m_until(options.until)
{
}

Connection::Connection(Connection&&) noexcept = default;
Connection& Connection::operator=(Connection&&) noexcept = default;
Connection::~Connection() = default;

Result<Connection> Connection::open(const Endpoint& endpoint, const ports::ConnectOptions& asked)
{
    auto options = asked;
    if (options.until) {
        if (options.until->expired())
            return base::fail(ErrorKind::timed_out, base::text("connect to ", endpoint.to_string(), ": no time is left"));
        options.connect_timeout = std::min(options.connect_timeout, options.until->remaining());
    }
    const bool local = !endpoint.socket.empty();
    if (!local) {
        const auto by = Deadline::after(options.connect_timeout);
        if (const auto found = await_lookup(endpoint.host, by); !found)
            return base::fail(
                found.error().kind, base::text("connect to ", endpoint.to_string(), ": ", found.error().message));
        options.connect_timeout = by.remaining();
    }
    auto handle = std::make_unique<Handle>();
    MYSQL& mysql = handle->mysql;
    set_options(mysql, endpoint, options);
    const Deadline connect_by = Deadline::after(options.connect_timeout);
    const Deadline deadline
        = Deadline::after(std::chrono::seconds{whole_seconds(options.connect_timeout)}).less(Millis{100});
    const MYSQL* connected = mysql_real_connect(&mysql, local ? nullptr : endpoint.host.c_str(),
        options.account.user.c_str(), options.account.password.reveal().c_str(), nullptr, local ? 0U : endpoint.port,
        local ? endpoint.socket.c_str() : nullptr, 0);
    if (connected == nullptr)
        return connect_failure(mysql, endpoint, connect_by, deadline.expired());
    // MariaDB's connector goes on without TLS where the server has none, although MYSQL_OPT_SSL_ENFORCE is set (10.11.19).
    if (!local && (endpoint.require_tls || !endpoint.tls_ca.empty()) && mysql_get_ssl_cipher(&mysql) == nullptr)
        return base::fail(ErrorKind::alive_but_refused,
            base::text("connect to ", endpoint.to_string(), ": TLS is demanded and the server has none"));
    return Connection{std::move(handle), endpoint.to_string(), asked};
}

std::uint64_t Connection::id() const
{
    return mysql_thread_id(&m_handle->mysql);
}

std::string Connection::server_version() const
{
    return mysql_get_server_info(&m_handle->mysql);
}

Quoting Connection::quoting() const
{
    return Quoting{.backslash_escapes = (m_handle->mysql.server_status & SERVER_STATUS_NO_BACKSLASH_ESCAPES) == 0};
}

Result<Rows> Connection::query(const Statement& statement, Deadline deadline)
{
    const Deadline limit = bound(deadline);
    if (auto sent = send(statement); !sent)
        return std::unexpected(sent.error());
    if (!answered(limit)) {
        m_usable = false;
        return base::fail(ErrorKind::timed_out, base::text(m_where, ": no answer in time to: ", statement.loggable));
    }
    return receive(statement);
}

Result<void> Connection::send(const Statement& statement)
{
    if (!m_usable)
        return base::fail(ErrorKind::timed_out, base::text(m_where, ": this connection was given up earlier"));
    if (m_until && m_until->expired()) {
        m_usable = false;
        return base::fail(ErrorKind::timed_out, base::text(m_where, ": no time is left for: ", statement.loggable));
    }
    const Deadline fence = Deadline::after(m_pause);
    if (mysql_send_query(&m_handle->mysql, statement.sql.data(), statement.sql.size()) != 0)
        return failure(statement, fence.expired());
    return {};
}

Deadline Connection::before_end(Deadline deadline, Millis reserve) const
{
    return m_until ? Deadline::at(std::min(deadline.time(), m_until->less(reserve).time())) : deadline;
}

Deadline Connection::bound(Deadline deadline) const
{
    return before_end(deadline.within(m_io_timeout));
}

bool Connection::answered(Deadline deadline) const
{
    const Deadline limit = before_end(deadline);
    pollfd wait{};
    wait.fd = static_cast<int>(m_handle->mysql.net.fd);
    wait.events = POLLIN;
    while (true) {
        const int ready = poll(&wait, 1, static_cast<int>(limit.remaining().count()));
        if (ready > 0)
            return true; // also when the server hung up: receive() says so
        if (ready == 0 || errno != EINTR)
            return false;
    }
}

Result<Rows> Connection::receive(const Statement& statement)
{
    const Deadline fence = Deadline::after(m_pause);
    if (mysql_read_query_result(&m_handle->mysql) != 0)
        return failure(statement, fence.expired());
    auto rows = read_rows(statement);
    // A second result is never asked for; one that comes anyway would be read as the answer to the next statement.
    if (mysql_more_results(&m_handle->mysql))
        m_usable = false;
    return rows;
}

Result<Rows> Connection::read_rows(const Statement& statement)
{
    MYSQL* mysql = &m_handle->mysql;
    Rows rows;
    const Deadline fence = Deadline::after(m_pause);
    const std::unique_ptr<MYSQL_RES, decltype(&mysql_free_result)> result{mysql_store_result(mysql), &mysql_free_result};
    if (result == nullptr) {
        if (mysql_errno(mysql) != 0)
            return failure(statement, fence.expired());
        rows.affected = mysql_affected_rows(mysql);
        return rows;
    }
    const unsigned width = mysql_num_fields(result.get());
    for (unsigned i = 0; i < width; ++i)
        rows.columns.emplace_back(mysql_fetch_field_direct(result.get(), i)->name);
    while (MYSQL_ROW fields = mysql_fetch_row(result.get())) {
        const unsigned long* lengths = mysql_fetch_lengths(result.get());
        auto& row = rows.values.emplace_back(width);
        for (unsigned i = 0; i < width; ++i)
            if (fields[i] != nullptr)
                row[i] = std::string{fields[i], lengths[i]};
    }
    return rows;
}

std::unexpected<base::Error> Connection::failure(const Statement& statement, bool out_of_time)
{
    const unsigned code = mysql_errno(&m_handle->mysql);
    if (code >= 2000 && code < 3000)
        m_usable = false; // the library's own errors: gone away, lost, out of step
    const std::string said = statement.has_secret() ? "the server's text is withheld, the statement holds a password"
                                                    : mysql_error(&m_handle->mysql);
    const std::string shown = base::shorten(statement.loggable, 200);
    return base::fail(statement_error_kind(code, out_of_time), base::text(m_where, ": ", shown, ": ", said, " [", code, "]"),
        static_cast<int>(code));
}

} // namespace mysql_prm::adapters::server
