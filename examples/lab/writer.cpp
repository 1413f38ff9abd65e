// A client that never gives up: inserts rows with increasing ids through one address, each in a transaction of its own, and
// logs every acknowledged id. Afterwards `--verify` tells which of them a server has lost.
//
// Log, one line for each attempt, written before the next one begins, so that an id is never used twice, not even by the
// next process with the same log:
//     sent ID WALL_US MONOTONIC_US                   (with --log-sent: before it is sent, for a client that may be killed)
//     ok ID WALL_US MONOTONIC_US SERVER_ID           (of the server that has taken it)
//     error ID WALL_US MONOTONIC_US CODE MESSAGE     (ID is 0 when no connection was had)
// An id is used once: what became of a failed attempt is unknown, so it is not repeated.

#include <boost/program_options.hpp>
#include <mysql.h>

#include <linux/tcp.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <memory>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

namespace po = boost::program_options;
using namespace std::chrono_literals;
using Microseconds = std::chrono::microseconds;

constexpr unsigned k_timeout_seconds = 1;
constexpr int k_look_ms = 25;
constexpr auto k_unacknowledged = 100ms;
constexpr auto k_between_looks = 5ms;
constexpr std::size_t k_ids_shown = 20;
constexpr unsigned k_too_many_connections = 1040;
constexpr unsigned k_idle_failures = 20;

std::atomic<bool> g_ended{false};

struct Options {
    std::string host;
    unsigned port = 3306;
    std::string user;
    std::string password;
    std::string database;
    std::string table;
    std::string log;
    std::chrono::seconds duration{0}; // 0: until SIGTERM
    std::chrono::milliseconds interval{0};
    std::chrono::milliseconds retry{0};
    bool verify = false;
    bool reconnect = false;
    bool log_sent = false;
    unsigned idle = 0;
};

struct Moment {
    std::int64_t wall_us;
    std::int64_t monotonic_us;
};

Moment now()
{
    const auto wall = std::chrono::system_clock::now().time_since_epoch();
    const auto monotonic = std::chrono::steady_clock::now().time_since_epoch();
    return {
        std::chrono::duration_cast<Microseconds>(wall).count(), std::chrono::duration_cast<Microseconds>(monotonic).count()};
}

struct Closer {
    void operator()(MYSQL* handle) const { mysql_close(handle); }
};
using Connection = std::unique_ptr<MYSQL, Closer>;

struct ServerError : std::runtime_error {
    explicit ServerError(MYSQL* handle) : std::runtime_error(mysql_error(handle)), code(mysql_errno(handle)) { }
    ServerError(unsigned number, const char* message) : std::runtime_error(message), code(number) { }
    unsigned code;
};

// Whether something accepts connections there, within 25 ms. The client library counts whole seconds, and so does TCP
// before it sends a lost SYN again: without this look a gap would be measured in seconds, whatever the cluster did.
bool listens(const Options& options)
{
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (getaddrinfo(options.host.c_str(), std::to_string(options.port).c_str(), &hints, &found) != 0) {
        return false;
    }
    const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> address(found, &freeaddrinfo);
    const int fd = ::socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return false;
    }
    int error = ::connect(fd, address->ai_addr, address->ai_addrlen) == 0 ? 0 : errno;
    if (error == EINPROGRESS) {
        pollfd writable{.fd = fd, .events = POLLOUT, .revents = 0};
        socklen_t size = sizeof error;
        if (::poll(&writable, 1, k_look_ms) != 1 || getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) {
            error = ETIMEDOUT;
        }
    }
    ::close(fd);
    return error == 0;
}

enum class Tls { as_offered, no };

Connection connect(const Options& options, Tls tls = Tls::as_offered)
{
    Connection handle(mysql_init(nullptr));
    if (tls == Tls::no) {
#ifdef MARIADB_PACKAGE_VERSION
        const my_bool enforce = 0;
        mysql_options(handle.get(), MYSQL_OPT_SSL_ENFORCE, &enforce);
#else
        const unsigned mode = SSL_MODE_DISABLED;
        mysql_options(handle.get(), MYSQL_OPT_SSL_MODE, &mode);
#endif
    }
    mysql_options(handle.get(), MYSQL_OPT_CONNECT_TIMEOUT, &k_timeout_seconds);
    mysql_options(handle.get(), MYSQL_OPT_READ_TIMEOUT, &k_timeout_seconds);
    mysql_options(handle.get(), MYSQL_OPT_WRITE_TIMEOUT, &k_timeout_seconds);
    if (!mysql_real_connect(handle.get(), options.host.c_str(), options.user.c_str(), options.password.c_str(),
            options.database.c_str(), options.port, nullptr, 0)) {
        throw ServerError(handle.get());
    }
    return handle;
}

// Ends a connection whose peer has acknowledged nothing of what was sent for a while: an address that moves answers nothing,
// and TCP asks again after 0.2, 0.6 and 1.4 s only (TCP_USER_TIMEOUT is looked at no sooner), so that no gap between those
// could be measured.
class Impatience {
public:
    // -1: no connection. Closing one comes after this.
    void watch(int fd)
    {
        const std::lock_guard lock(m_mutex);
        m_fd = fd;
        m_since = std::chrono::steady_clock::now();
    }

private:
    void look()
    {
        const std::lock_guard lock(m_mutex);
        tcp_info info{};
        socklen_t size = sizeof info;
        if (m_fd < 0 || getsockopt(m_fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) {
            return;
        }
        const auto now = std::chrono::steady_clock::now();
        if (info.tcpi_unacked == 0 || info.tcpi_bytes_acked != m_acknowledged) {
            m_acknowledged = info.tcpi_bytes_acked;
            m_since = now;
        } else if (now - m_since >= k_unacknowledged) {
            ::shutdown(m_fd, SHUT_RDWR);
        }
    }

    std::mutex m_mutex;
    int m_fd = -1;
    std::uint64_t m_acknowledged = 0;
    std::chrono::steady_clock::time_point m_since;
    std::jthread m_thread{[this](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            look();
            std::this_thread::sleep_for(k_between_looks);
        }
    }};
};

void execute(MYSQL* handle, const std::string& statement)
{
    if (mysql_real_query(handle, statement.data(), statement.size()) != 0) {
        throw ServerError(handle);
    }
}

std::set<std::uint64_t> read_ids(MYSQL* handle, const std::string& statement)
{
    execute(handle, statement);
    const std::unique_ptr<MYSQL_RES, decltype(&mysql_free_result)> result(mysql_store_result(handle), &mysql_free_result);
    if (!result) {
        throw ServerError(handle);
    }
    std::set<std::uint64_t> ids;
    while (MYSQL_ROW row = mysql_fetch_row(result.get())) {
        ids.insert(std::stoull(row[0]));
    }
    return ids;
}

// The column `server` shows who took the row, which tells a row of a former primary from one of the present.
std::uint64_t prepare_table(MYSQL* handle, const Options& options)
{
    execute(handle,
        "CREATE TABLE IF NOT EXISTS " + options.table
            + " (id BIGINT UNSIGNED PRIMARY KEY, server INT UNSIGNED NOT NULL,"
              " written TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6))");
    return *read_ids(handle, "SELECT COALESCE(MAX(id), 0) + 1 FROM " + options.table).begin();
}

// What a run amounts to. The longest gap is measured on the monotonic clock, between acknowledgements.
class Tally {
public:
    void acknowledge(const Moment& moment)
    {
        if (m_acknowledged > 0 && moment.monotonic_us - m_last.monotonic_us > m_gap_us) {
            m_gap_us = moment.monotonic_us - m_last.monotonic_us;
            m_gap_begin = m_last;
            m_gap_end = moment;
        }
        m_last = moment;
        ++m_acknowledged;
    }

    void fail() { ++m_errors; }

    void print(std::ostream& out) const
    {
        out << "acknowledged " << m_acknowledged << "\nerrors " << m_errors << '\n' << std::fixed << std::setprecision(3);
        if (m_acknowledged > 1) {
            out << "longest_gap_ms " << milliseconds(m_gap_us) << " from " << seconds(m_gap_begin) << " to "
                << seconds(m_gap_end) << '\n';
        }
        if (m_acknowledged > 0) {
            out << "since_last_ms " << milliseconds(now().monotonic_us - m_last.monotonic_us) << '\n';
        }
        out.flush();
    }

    [[nodiscard]] bool any() const { return m_acknowledged > 0; }

private:
    static double milliseconds(std::int64_t us) { return static_cast<double>(us) / 1e3; }
    static double seconds(const Moment& moment) { return static_cast<double>(moment.wall_us) / 1e6; }

    std::uint64_t m_acknowledged = 0;
    std::uint64_t m_errors = 0;
    std::int64_t m_gap_us = 0;
    Moment m_last{};
    Moment m_gap_begin{};
    Moment m_gap_end{};
};

struct Attempts {
    std::set<std::uint64_t> acknowledged;
    std::set<std::uint64_t> all;
};

Attempts read_log(const std::string& path)
{
    std::ifstream in(path);
    if (!in) {
        throw std::runtime_error("cannot read '" + path + "'");
    }
    Attempts attempts;
    std::string outcome;
    std::uint64_t id = 0;
    for (std::string rest; in >> outcome >> id; std::getline(in, rest)) {
        if (id != 0) {
            attempts.all.insert(id);
        }
        if (outcome == "ok") {
            attempts.acknowledged.insert(id);
        }
    }
    return attempts;
}

// 0 without a log.
std::uint64_t last_id(const std::string& path)
{
    if (!std::filesystem::exists(path)) {
        return 0;
    }
    const Attempts attempts = read_log(path);
    return attempts.all.empty() ? 0 : *attempts.all.rbegin();
}

class Writer {
public:
    explicit Writer(const Options& options)
        : m_options(options), m_last_logged(last_id(options.log)), m_log(options.log, std::ios::app)
    {
        if (!m_log) {
            throw std::runtime_error("cannot write '" + options.log + "'");
        }
    }

    void run()
    {
        const std::vector<Connection> idle = open_idle();
        const auto end = std::chrono::steady_clock::now() + m_options.duration;
        while (!g_ended && (m_options.duration == 0s || std::chrono::steady_clock::now() < end)) {
            std::this_thread::sleep_for(attempt() ? m_options.interval : m_options.retry);
        }
        m_tally.print(std::cout);
    }

    [[nodiscard]] bool acknowledged_any() const { return m_tally.any(); }

private:
    // As many as the server gives. A busy machine may be too slow for one of thousands; with TLS they take minutes there.
    [[nodiscard]] std::vector<Connection> open_idle() const
    {
        std::vector<Connection> idle;
        for (unsigned failures = 0; idle.size() < m_options.idle;) {
            try {
                idle.push_back(connect(m_options, Tls::no));
            } catch (const ServerError& error) {
                if (error.code == k_too_many_connections) {
                    break;
                }
                if (++failures > k_idle_failures) {
                    throw;
                }
                std::this_thread::sleep_for(m_options.retry);
            }
        }
        return idle;
    }

    bool attempt()
    {
        std::uint64_t id = 0;
        try {
            if (!m_connection) {
                if (!listens(m_options)) {
                    throw ServerError(2002, "nothing listens");
                }
                m_connection = connect(m_options);
                m_impatience.watch(static_cast<int>(m_connection->net.fd));
                m_server = *read_ids(m_connection.get(), "SELECT @@server_id").begin();
            }
            if (m_next == 0) {
                m_next = std::max(prepare_table(m_connection.get(), m_options), m_last_logged + 1);
            }
            id = m_next++;
            if (m_options.log_sent) {
                log("sent", id, now()) << std::endl;
            }
            execute(m_connection.get(),
                "INSERT INTO " + m_options.table + " (id, server) VALUES (" + std::to_string(id) + ", @@server_id)");
        } catch (const ServerError& error) {
            disconnect();
            log("error", id, now()) << ' ' << error.code << ' ' << error.what() << std::endl;
            m_tally.fail();
            return false;
        }
        if (m_options.reconnect) {
            disconnect();
        }
        const Moment moment = now();
        log("ok", id, moment) << ' ' << m_server << std::endl;
        m_tally.acknowledge(moment);
        return true;
    }

    void disconnect()
    {
        m_impatience.watch(-1);
        m_connection.reset();
    }

    std::ostream& log(std::string_view outcome, std::uint64_t id, const Moment& moment)
    {
        return m_log << outcome << ' ' << id << ' ' << moment.wall_us << ' ' << moment.monotonic_us;
    }

    const Options& m_options;
    std::uint64_t m_last_logged;
    std::ofstream m_log;
    Connection m_connection;
    Impatience m_impatience;  // ends before the connection
    std::uint64_t m_next = 0; // 0: not known yet
    std::uint64_t m_server = 0;
    Tally m_tally;
};

void print_ids(std::string_view what, const std::set<std::uint64_t>& ids)
{
    std::cout << what << ' ' << ids.size();
    std::size_t shown = 0;
    for (const auto id : ids) {
        if (shown++ == k_ids_shown) {
            std::cout << " ...";
            break;
        }
        std::cout << (shown == 1 ? ": " : " ") << id;
    }
    std::cout << std::endl;
}

// A server that is too busy to answer within the time of a writer has lost nothing.
std::set<std::uint64_t> read_present(const Options& options, std::uint64_t first)
{
    constexpr int k_attempts = 15; // 30 s: a node that was without power has another hardware address
    for (int attempt = 1;; ++attempt) {
        try {
            const Connection connection = connect(options);
            return read_ids(
                connection.get(), "SELECT id FROM " + options.table + " WHERE id >= " + std::to_string(first));
        } catch (const ServerError&) {
            if (attempt == k_attempts) {
                throw;
            }
            std::this_thread::sleep_for(std::chrono::seconds(1));
        }
    }
}

// True when the server has every acknowledged row of the log and none that nobody tried to write.
bool verify(const Options& options)
{
    const Attempts attempts = read_log(options.log);
    const auto present = read_present(options, attempts.all.empty() ? 0 : *attempts.all.begin());
    std::set<std::uint64_t> missing;
    std::set<std::uint64_t> unacknowledged;
    std::set<std::uint64_t> foreign;
    for (const auto id : attempts.acknowledged) {
        if (!present.contains(id)) {
            missing.insert(id);
        }
    }
    for (const auto id : present) {
        if (!attempts.all.contains(id)) {
            foreign.insert(id);
        } else if (!attempts.acknowledged.contains(id)) {
            unacknowledged.insert(id);
        }
    }
    std::cout << "acknowledged " << attempts.acknowledged.size() << '\n';
    print_ids("missing", missing);
    print_ids("unacknowledged_present", unacknowledged);
    print_ids("never_attempted", foreign);
    return missing.empty() && foreign.empty();
}

std::string read_password(const std::string& path)
{
    std::ifstream in(path);
    std::string password;
    if (!in || !std::getline(in, password)) {
        throw std::runtime_error("no password in '" + path + "'");
    }
    return password;
}

po::options_description describe(
    Options& options, std::string& password_file, long& seconds, long& interval_ms, long& retry_ms)
{
    po::options_description all("mysql-prm-writer: insert through an address, or verify what was inserted");
    auto add = all.add_options();
    add("help", "this text");
    add("verify", po::bool_switch(&options.verify), "read the log and report acknowledged rows that the server lacks");
    add("host", po::value(&options.host)->default_value("127.0.0.1"), "address to connect to");
    add("port", po::value(&options.port)->default_value(3306), "its port");
    add("user", po::value(&options.user)->default_value("app"), "account");
    add("password-file", po::value(&password_file)->required(), "file whose first line is the password");
    add("database", po::value(&options.database)->default_value("lab"), "database");
    add("table", po::value(&options.table)->default_value("writes"), "table, made if it is missing");
    add("log", po::value(&options.log)->required(), "file that gets a line for each attempt");
    add("seconds", po::value(&seconds)->default_value(0), "how long to write; 0: until SIGTERM");
    add("reconnect", po::bool_switch(&options.reconnect), "a new connection for each row");
    add("log-sent", po::bool_switch(&options.log_sent), "log each id before it is sent, too");
    add("idle", po::value(&options.idle)->default_value(0),
        "open so many connections besides, or as many as the server gives, and keep them");
    add("interval-ms", po::value(&interval_ms)->default_value(0), "pause after an acknowledged row");
    add("retry-ms", po::value(&retry_ms)->default_value(10), "pause after an attempt that failed");
    return all;
}

int run(int argc, char** argv)
{
    Options options;
    std::string password_file;
    long seconds = 0;
    long interval_ms = 0;
    long retry_ms = 0;
    const auto all = describe(options, password_file, seconds, interval_ms, retry_ms);
    po::variables_map values;
    po::store(po::parse_command_line(argc, argv, all), values);
    if (values.contains("help")) {
        std::cout << all;
        return EXIT_SUCCESS;
    }
    po::notify(values);
    options.password = read_password(password_file);
    options.duration = std::chrono::seconds(seconds);
    options.interval = std::chrono::milliseconds(interval_ms);
    options.retry = std::chrono::milliseconds(retry_ms);
    if (options.verify) {
        return verify(options) ? EXIT_SUCCESS : EXIT_FAILURE;
    }
    Writer writer(options);
    writer.run();
    return writer.acknowledged_any() ? EXIT_SUCCESS : EXIT_FAILURE;
}

} // namespace

int main(int argc, char** argv)
{
    std::signal(SIGTERM, [](int) { g_ended = true; });
    std::signal(SIGINT, [](int) { g_ended = true; });
    try {
        return run(argc, argv);
    } catch (const std::exception& error) {
        std::cerr << "mysql-prm-writer: " << error.what() << '\n';
        return 2;
    }
}
