#include "test_server.hpp"

#include "mysql_prm/base/text.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <grp.h>
#include <netinet/in.h>
#include <pwd.h>
#include <signal.h>
#include <stdexcept>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace mysql_prm::test {

namespace fs = std::filesystem;
using base::text;

namespace {

[[noreturn]] void give_up(const std::string& why)
{
    throw std::runtime_error(why);
}

std::string tail_of(const fs::path& file)
{
    std::ifstream in{file};
    const std::string all{std::istreambuf_iterator<char>{in}, {}};
    return all.substr(all.size() > 2000 ? all.size() - 2000 : 0);
}

// Starts a program with its output in a file. as_server: own process group, end with the parent, never root.
pid_t spawn(const std::vector<std::string>& argv, const fs::path& output, bool as_server)
{
    const passwd* user = as_server && geteuid() == 0 ? getpwnam("mysql") : nullptr;
    std::vector<char*> pointers;
    for (const std::string& argument : argv)
        pointers.push_back(const_cast<char*>(argument.c_str()));
    pointers.push_back(nullptr);
    const pid_t pid = fork();
    if (pid != 0)
        return pid;
    const int out = ::open(output.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    dup2(out, STDOUT_FILENO);
    dup2(out, STDERR_FILENO);
    if (as_server)
        setpgid(0, 0);
    // The death signal is forgotten when the user changes, so it comes after.
    if (user != nullptr
        && (initgroups(user->pw_name, user->pw_gid) != 0 || setgid(user->pw_gid) != 0 || setuid(user->pw_uid) != 0))
        _exit(126);
    if (as_server)
        prctl(PR_SET_PDEATHSIG, SIGKILL);
    execv(pointers[0], pointers.data());
    _exit(127);
}

void run(const std::vector<std::string>& argv, const fs::path& output)
{
    const pid_t pid = spawn(argv, output, false);
    int status = 0;
    waitpid(pid, &status, 0);
    if (status != 0)
        give_up(text(argv.front(), " failed with wait status ", status, ": ", tail_of(output)));
}

std::string output_of(const std::string& command)
{
    std::string out;
    FILE* pipe = popen(command.c_str(), "r");
    std::array<char, 256> buffer{};
    while (pipe != nullptr && fgets(buffer.data(), static_cast<int>(buffer.size()), pipe) != nullptr)
        out += buffer.data();
    if (pipe != nullptr)
        pclose(pipe);
    return out;
}

TestedServer find_server()
{
    std::vector<fs::path> candidates{"/usr/sbin/mariadbd", "/usr/sbin/mysqld"};
    if (const char* named = std::getenv("MYSQL_PRM_TEST_MYSQLD"))
        candidates = {named};
    const auto found = std::find_if(candidates.begin(), candidates.end(), [](const fs::path& p) { return fs::exists(p); });
    if (found == candidates.end())
        give_up("no server to test: install one or name it in MYSQL_PRM_TEST_MYSQLD");
    // "/usr/sbin/mysqld  Ver 9.7.4-1 for Linux on x86_64 ((Debian))"
    const auto words = base::words(output_of(text("'", found->string(), "' --no-defaults --version")));
    const auto ver = std::find(words.begin(), words.end(), "Ver");
    if (ver == words.end() || ver + 1 == words.end())
        give_up(text(found->string(), " --version is not understood"));
    const auto version = adapters::server::parse_version(*(ver + 1));
    if (!version)
        give_up(version.error().message);
    return {*found, *version};
}

void make_datadir(const fs::path& folder)
{
    const TestedServer& tested = tested_server();
    fs::create_directories(folder);
    const std::string datadir = "--datadir=" + folder.string();
    const fs::path log = folder.string() + ".log";
    std::vector<std::string> argv{tested.program.string(), "--no-defaults", "--initialize-insecure", datadir};
    if (tested.is_mariadb())
        argv = {"/usr/bin/mariadb-install-db", "--no-defaults", datadir, "--auth-root-authentication-method=normal",
            "--skip-test-db", "--force"};
    if (geteuid() == 0) {
        run({"/usr/bin/chown", "mysql", folder.string()}, log);
        argv.emplace_back("--user=mysql");
    }
    run(argv, log);
    fs::remove(folder / "auto.cnf"); // the server's own UUID
    fs::remove(log);
}

// Held for the life of the object.
class FileLock {
public:
    explicit FileLock(const std::string& path) : m_fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644))
    {
        flock(m_fd, LOCK_EX);
    }
    FileLock(const FileLock&) = delete;
    FileLock& operator=(const FileLock&) = delete;
    ~FileLock() { ::close(m_fd); }

private:
    int m_fd;
};

// Made once and shared by all test processes of a build folder; a lock keeps two from making it at once. Made under /tmp,
// because the user mysql may not be able to enter a build folder.
fs::path template_datadir(const fs::path& scratch)
{
    const fs::path kept = fs::absolute(
        text("test-datadir-", tested_server().version.number, tested_server().is_mariadb() ? "-mariadb" : "-mysql"));
    const FileLock lock{kept.string() + ".lock"};
    if (!fs::exists(kept)) {
        const fs::path fresh = scratch / "template";
        make_datadir(fresh);
        const std::string partial = kept.string() + ".partial";
        fs::remove_all(partial);
        run({"/usr/bin/cp", "-a", fresh.string(), partial}, scratch / "cp.log");
        fs::remove_all(fresh);
        fs::rename(partial, kept);
    }
    return kept;
}

// Below the ports that the kernel gives to clients: one of those could have it while the server is down.
std::uint16_t free_port()
{
    static std::uint16_t next = static_cast<std::uint16_t>(10000 + getpid() % 20000);
    for (int tries = 0; tries < 1000; ++tries, ++next) {
        const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
        const int on = 1;
        ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(next);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        const bool is_free = bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
        ::close(fd);
        if (is_free)
            return next++;
    }
    give_up("no free port on 127.0.0.1");
}

std::vector<std::string> base_arguments(const TestServer& server, std::uint32_t server_id)
{
    std::vector<std::string> out{
        tested_server().program.string(),
        "--no-defaults",
        "--datadir=" + server.datadir().string(),
        "--socket=" + server.socket(),
        "--pid-file=" + server.datadir().string() + "/pid",
        text("--port=", server.port()),
        "--bind-address=127.0.0.1",
        "--skip-name-resolve",
        text("--server-id=", server_id),
        "--log-bin=binlog",
        "--binlog-format=ROW",
        "--innodb-flush-log-at-trx-commit=0",
        "--sync-binlog=0",
        "--innodb-buffer-pool-size=32M",
    };
    const std::vector<std::string> more = tested_server().is_mariadb()
        ? std::vector<std::string>{"--gtid-strict-mode=1", "--log-slave-updates"}
        : std::vector<std::string>{"--gtid-mode=ON", "--enforce-gtid-consistency=ON", "--mysqlx=OFF"};
    out.insert(out.end(), more.begin(), more.end());
    return out;
}

} // namespace

const TestedServer& tested_server()
{
    static const TestedServer server = find_server();
    return server;
}

ports::Account TestServer::root()
{
    return {.user = "root", .password = base::Secret{}};
}

ports::Account TestServer::admin()
{
    return {.user = "admin", .password = base::Secret{R"(it's "hard" \ to quote)"}};
}

TestServer::TestServer(std::uint32_t server_id, const std::vector<std::string>& arguments)
{
    std::string pattern = (fs::temp_directory_path() / "mysql-prm-test.XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr)
        give_up("cannot make a temporary folder");
    m_folder = pattern;
    try {
        set_up(server_id, arguments);
    } catch (...) { // no destructor runs for an object that was never finished
        remove();
        throw;
    }
}

void TestServer::set_up(std::uint32_t server_id, const std::vector<std::string>& arguments)
{
    m_port = free_port();
    m_arguments = base_arguments(*this, server_id);
    m_arguments.insert(m_arguments.end(), arguments.begin(), arguments.end());
    fs::permissions(m_folder, fs::perms::owner_all | fs::perms::group_exec | fs::perms::others_exec);
    run({"/usr/bin/cp", "-a", template_datadir(m_folder).string(), datadir().string()}, m_folder / "cp.log");
    if (geteuid() == 0)
        run({"/usr/bin/chown", "-R", "mysql", m_folder.string()}, "/dev/null");
    start();
    const adapters::server::Quoting quoting = m_root->dialect().quoting();
    sql("SET SESSION sql_log_bin = 0");
    sql("CREATE USER admin@'%' IDENTIFIED BY " + quoting.literal(admin().password.reveal()));
    sql("GRANT ALL PRIVILEGES ON *.* TO admin@'%' WITH GRANT OPTION");
    sql("SET SESSION sql_log_bin = 1");
}

TestServer::~TestServer()
{
    remove();
}

void TestServer::remove()
{
    kill();
    std::error_code ignored;
    fs::remove_all(m_folder, ignored);
}

void TestServer::start(const std::vector<std::string>& more)
{
    auto arguments = m_arguments;
    arguments.insert(arguments.end(), more.begin(), more.end());
    m_pid = spawn(arguments, log(), true);
    wait_until_it_answers();
}

void TestServer::wait_until_it_answers()
{
    const base::Deadline deadline = base::Deadline::after(std::chrono::seconds{60});
    while (!deadline.expired()) {
        if (waitpid(m_pid, nullptr, WNOHANG) == m_pid) {
            m_pid = -1;
            give_up("the server ended: " + tail_of(log()));
        }
        auto opened = Session::open({.socket = socket()}, {.account = root()}, false);
        if (opened) {
            m_root = std::move(*opened);
            return;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds{50});
    }
    give_up("the server did not answer within 60 s: " + tail_of(log()));
}

std::unique_ptr<Session> TestServer::session(const ports::Account& account) const
{
    const ports::ConnectOptions options{.account = account, .io_timeout = std::chrono::seconds{10}};
    auto opened = Session::open({.socket = socket()}, options, false);
    if (!opened)
        give_up(opened.error().message);
    return std::move(*opened);
}

Rows TestServer::sql(const std::string& statement)
{
    if (!m_root)
        m_root = session();
    auto rows = m_root->query(statement);
    if (!rows && !m_root->connection().usable()) { // somebody ended the session
        m_root = session();
        rows = m_root->query(statement);
    }
    if (!rows)
        give_up(rows.error().message);
    return std::move(*rows);
}

std::string TestServer::value(const std::string& statement)
{
    const Rows rows = sql(statement);
    return rows.empty() ? "" : rows.values.front().front().value_or("");
}

void TestServer::suspend() const
{
    ::kill(m_pid, SIGSTOP);
    waitpid(m_pid, nullptr, WUNTRACED); // the signal alone lets its threads go on for a moment
}

void TestServer::resume() const
{
    ::kill(m_pid, SIGCONT);
}

void TestServer::kill()
{
    m_root.reset();
    if (m_pid <= 0)
        return;
    ::kill(-m_pid, SIGKILL);
    waitpid(m_pid, nullptr, 0);
    m_pid = -1;
}

} // namespace mysql_prm::test
