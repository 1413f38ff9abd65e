#include "mysql_prm/ocf/credentials.hpp"

#include "mysql_prm/base/text.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace mysql_prm::ocf {
namespace {

using base::ErrorKind;
using base::fail;
using base::text;

constexpr std::size_t k_max_size = 64UL * 1024UL;

class Descriptor {
public:
    explicit Descriptor(int fd) : m_fd(fd) { }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor()
    {
        if (m_fd >= 0)
            ::close(m_fd);
    }
    [[nodiscard]] int get() const { return m_fd; }

private:
    int m_fd;
};

// Looks at the open file, so that nobody can exchange it between the look and the reading.
Result<void> check_file(int fd, const std::string& path)
{
    struct stat info { };
    if (::fstat(fd, &info) != 0)
        return fail(ErrorKind::failed, text("credentials_file ", path, ": ", std::strerror(errno)), errno);
    if (!S_ISREG(info.st_mode))
        return fail(ErrorKind::not_installed, text("credentials_file ", path, " is not a regular file"));
    if (info.st_uid != 0 && info.st_uid != ::geteuid())
        return fail(
            ErrorKind::no_permission, text("credentials_file ", path, " belongs to neither root nor the agent's user"));
    if ((info.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return fail(ErrorKind::no_permission, text("credentials_file ", path, " is open to others: chmod 600 it"));
    return {};
}

Result<std::string> read_all(int fd, const std::string& path)
{
    std::string out;
    std::array<char, 4096> buffer{};
    for (;;) {
        const auto count = ::read(fd, buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return fail(ErrorKind::failed, text("credentials_file ", path, ": ", std::strerror(errno)), errno);
        if (count == 0)
            return out;
        out.append(buffer.data(), static_cast<std::size_t>(count));
        if (out.size() > k_max_size)
            return fail(ErrorKind::not_installed, text("credentials_file ", path, " is larger than 64 KiB"));
    }
}

Result<std::string> unquote_double(std::string_view inside)
{
    std::string out;
    for (std::size_t i = 0; i < inside.size(); ++i) {
        if (inside[i] == '"')
            return fail(ErrorKind::invalid_argument, "text behind the closing quote");
        if (inside[i] != '\\') {
            out += inside[i];
            continue;
        }
        if (++i == inside.size() || (inside[i] != '\\' && inside[i] != '"'))
            return fail(ErrorKind::invalid_argument, "unknown escape, only \\\\ and \\\" are known");
        out += inside[i];
    }
    return out;
}

Result<std::string> unquote(std::string_view value)
{
    if (value.empty() || (value.front() != '"' && value.front() != '\'')) {
        if (value.find_first_of("#\\") != std::string_view::npos)
            return fail(ErrorKind::invalid_argument, "a value with # or a backslash has to be quoted");
        return std::string{value};
    }
    if (value.size() < 2 || value.back() != value.front())
        return fail(ErrorKind::invalid_argument, "a quote is not closed");
    const auto inside = value.substr(1, value.size() - 2);
    if (value.front() == '"')
        return unquote_double(inside);
    if (inside.find('\'') != std::string_view::npos)
        return fail(ErrorKind::invalid_argument, "text behind the closing quote");
    return std::string{inside};
}

class CredentialsParser {
public:
    Result<void> line(std::string_view raw)
    {
        const auto line = base::trim(raw);
        if (line.empty() || line.front() == '#' || line.front() == ';')
            return {};
        return line.front() == '[' ? group(line) : entry(line);
    }

    [[nodiscard]] Credentials take() { return std::move(m_credentials); }

private:
    Result<void> group(std::string_view line)
    {
        if (line == "[replication]")
            m_login = &m_credentials.replication;
        else if (line == "[test]")
            m_login = &m_credentials.test;
        else
            return fail(ErrorKind::invalid_argument, "unknown group, expected [replication] or [test]");
        return {};
    }

    Result<void> entry(std::string_view line)
    {
        if (m_login == nullptr)
            return fail(ErrorKind::invalid_argument, "expected [replication] or [test] first");
        const auto equals = line.find('=');
        if (equals == std::string_view::npos)
            return fail(ErrorKind::invalid_argument, "expected name = value");
        const auto name = base::trim(line.substr(0, equals));
        auto value = unquote(base::trim(line.substr(equals + 1)));
        if (!value)
            return std::unexpected(std::move(value.error()));
        if (name == "user" && !m_login->user)
            m_login->user = std::move(*value);
        else if (name == "password" && !m_login->password)
            m_login->password = base::Secret{std::move(*value)};
        else
            return fail(ErrorKind::invalid_argument, "expected user and password, each once");
        return {};
    }

    Credentials m_credentials;
    Login* m_login = nullptr;
};

} // namespace

Result<Credentials> read_credentials(const std::string& path)
{
    // O_NONBLOCK: opening a pipe must not wait for a writer.
    const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)};
    if (file.get() < 0) {
        const int code = errno;
        const bool missing = code == ENOENT || code == ENOTDIR;
        const auto kind = missing ? ErrorKind::not_installed : code == EACCES ? ErrorKind::no_permission : ErrorKind::failed;
        return fail(kind, text("credentials_file ", path, ": ", std::strerror(code)), code);
    }
    if (auto fine = check_file(file.get(), path); !fine)
        return std::unexpected(std::move(fine.error()));
    const auto content = read_all(file.get(), path);
    if (!content)
        return std::unexpected(content.error());
    auto parsed = parse_credentials(*content);
    if (!parsed)
        return fail(ErrorKind::not_installed, text("credentials_file ", path, ", ", parsed.error().message));
    return parsed;
}

Result<Credentials> parse_credentials(std::string_view content)
{
    CredentialsParser parser;
    std::size_t number = 0;
    for (const auto& line : base::split(content, '\n')) {
        ++number;
        if (const auto fine = parser.line(line); !fine)
            return fail(fine.error().kind, text("line ", number, ": ", fine.error().message));
    }
    return parser.take();
}

void apply(const Credentials& credentials, Parameters& parameters)
{
    const auto& [replication, test] = credentials;
    if (replication.user) {
        parameters.replication_user = *replication.user;
        parameters.replication_user_is_set = true;
    }
    if (replication.password)
        parameters.replication_passwd = *replication.password;
    if (test.user) {
        parameters.test_user = *test.user;
        parameters.test_user_is_set = true;
    }
    if (test.password)
        parameters.test_passwd = *test.password;
}

} // namespace mysql_prm::ocf
