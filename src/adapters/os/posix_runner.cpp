#include "mysql_prm/adapters/os/posix_runner.hpp"

#include "child.hpp"
#include "mysql_prm/adapters/os/environment.hpp"
#include "mysql_prm/adapters/os/unique_fd.hpp"
#include "mysql_prm/base/text.hpp"
#include "poll.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace mysql_prm::adapters::os {

using base::ErrorKind;
using base::fail;
using base::text;
using ports::Deadline;
using ports::Millis;
using ports::ProcessResult;
using ports::Result;

namespace {

constexpr std::size_t k_kept_output = 1024 * 1024;
constexpr Millis k_reap_after_kill{2000}; // a process in uninterruptible sleep is left to init after this

struct Pipe {
    UniqueFd read_end;
    UniqueFd write_end;
};

std::optional<Pipe> make_pipe()
{
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
        return std::nullopt;
    return Pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

// One running child, its output, and its end.
class Child {
public:
    Result<void> start(const std::string& program, const std::vector<std::string>& argv);
    Result<ProcessResult> finish(Deadline deadline);
    Result<std::optional<std::string>> line(Deadline deadline);
    Child() = default;
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    ~Child();

private:
    struct Exec; // what exec needs, made before fork

    [[noreturn]] void become(const Exec& exec, pid_t parent);
    Result<void> exec_error();
    bool wait_for_events(Deadline deadline);
    bool reap();
    void end_group();
    static void drain(UniqueFd& from, std::string& into);

    pid_t m_pid = -1;
    UniqueFd m_pidfd;
    std::optional<Pipe> m_out;
    std::optional<Pipe> m_err;
    std::optional<Pipe> m_report;
    ProcessResult m_result;
};

struct Child::Exec {
    const char* program;
    std::vector<char*> argv;
    std::vector<char*> environment;
};

Result<void> Child::start(const std::string& program, const std::vector<std::string>& argv)
{
    const auto environment = child_environment();
    const Exec exec{program.c_str(), exec_vector(argv), exec_vector(environment)};
    m_out = make_pipe();
    m_err = make_pipe();
    m_report = make_pipe();
    if (!m_out || !m_err || !m_report)
        return fail(ErrorKind::failed, text("cannot make a pipe: ", std::strerror(errno)), errno);

    const pid_t parent = ::getpid();
    m_pid = ::fork();
    if (m_pid < 0)
        return fail(ErrorKind::failed, text("cannot fork: ", std::strerror(errno)), errno);
    if (m_pid == 0)
        become(exec, parent);
    ::setpgid(m_pid, m_pid); // both sides do it: whoever comes first
    for (auto* pipe : {&m_out, &m_err, &m_report})
        (*pipe)->write_end.reset();
    for (auto* pipe : {&m_out, &m_err})
        ::fcntl((*pipe)->read_end.get(), F_SETFL, O_NONBLOCK);
    m_pidfd = open_pidfd(m_pid);
    return exec_error();
}

void Child::become(const Exec& exec, pid_t parent)
{
    ::setpgid(0, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) // it died before we asked
        ::_exit(127);
    reset_signals();
    const int null = ::open("/dev/null", O_RDONLY);
    if (null < 0 || ::dup2(null, STDIN_FILENO) < 0 || ::dup2(m_out->write_end.get(), STDOUT_FILENO) < 0
        || ::dup2(m_err->write_end.get(), STDERR_FILENO) < 0)
        report_and_exit(m_report->write_end.get());
    close_others_at_exec();
    exec_or_report(exec.program, exec.argv.data(), exec.environment.data(), m_report->write_end.get());
}

// Blocks only until exec: the kernel closes our end of the pipe then, or the child wrote why it could not.
Result<void> Child::exec_error()
{
    int error = 0;
    const auto size = ::read(m_report->read_end.get(), &error, sizeof error);
    if (size != static_cast<ssize_t>(sizeof error))
        return {};
    reap();
    const auto kind = error == E2BIG ? ErrorKind::invalid_argument : ErrorKind::not_found;
    return fail(kind, text("cannot execute: ", std::strerror(error)), error);
}

void Child::drain(UniqueFd& from, std::string& into)
{
    std::array<char, 16384> buffer{};
    while (from.valid()) {
        const auto size = ::read(from.get(), buffer.data(), buffer.size());
        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0 && errno == EAGAIN)
            return;
        if (size <= 0)
            return from.reset();
        const auto room = k_kept_output - std::min(k_kept_output, into.size());
        into.append(buffer.data(), std::min(room, static_cast<std::size_t>(size)));
    }
}

// True when the child may have ended.
bool Child::wait_for_events(Deadline deadline)
{
    std::array<pollfd, 3> fds{{{m_out->read_end.get(), POLLIN, 0}, {m_err->read_end.get(), POLLIN, 0},
        {m_pidfd.get(), POLLIN, 0}}}; // poll ignores descriptor -1
    ::poll(fds.data(), fds.size(), poll_timeout(deadline, m_pidfd));
    drain(m_out->read_end, m_result.out);
    drain(m_err->read_end, m_result.err);
    return !m_pidfd.valid() || fds[2].revents != 0;
}

bool Child::reap()
{
    int status = 0;
    const pid_t ended = ::waitpid(m_pid, &status, WNOHANG);
    if (ended == 0 || (ended < 0 && errno == EINTR))
        return false;
    m_pid = -1;
    if (ended < 0) // somebody else ignores or reaps our children: the status is lost
        m_result.exit_status = 255;
    else
        m_result.exit_status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    return true;
}

Result<std::optional<std::string>> Child::line(Deadline deadline)
{
    // Without a descriptor for its end (Linux before 5.3) only the end of its output tells.
    bool looked = false; // once, also where there is no time left
    for (bool ended = false;; ended = wait_for_events(deadline) && m_pidfd.valid(), looked = true) {
        m_result.err.clear();
        if (const auto end = m_result.out.find('\n'); end != std::string::npos) {
            auto line = m_result.out.substr(0, end);
            m_result.out.erase(0, end + 1);
            return line;
        }
        if (ended || !m_out->read_end.valid() || m_result.out.size() >= k_kept_output)
            return fail(ErrorKind::not_running, "has ended");
        if (looked && deadline.expired())
            return std::nullopt;
    }
}

Result<ProcessResult> Child::finish(Deadline deadline)
{
    while (true) {
        if (wait_for_events(deadline) && reap())
            break;
        if (deadline.expired()) {
            end_group();
            return fail(ErrorKind::timed_out, "did not end in time and was killed");
        }
    }
    drain(m_out->read_end, m_result.out); // what was written between the last look and the end
    drain(m_err->read_end, m_result.err);
    return std::move(m_result);
}

void Child::end_group()
{
    ::kill(-m_pid, SIGKILL);
    const auto patience = Deadline::after(k_reap_after_kill);
    while (!reap() && !patience.expired())
        wait_for_events(patience);
}

Child::~Child()
{
    if (m_pid > 0)
        end_group();
}

Result<void> start_program(Child& child, const std::vector<std::string>& argv)
{
    if (argv.empty())
        return fail(ErrorKind::invalid_argument, "no program to run");
    const auto program = find_program(argv.front());
    if (!program)
        return fail(ErrorKind::not_found, text("program '", argv.front(), "' not found"), ENOENT);
    if (auto started = child.start(*program, argv); !started)
        return fail(started.error().kind, text(argv.front(), ": ", started.error().message), started.error().code);
    return {};
}

Result<ProcessResult> finish_program(Child& child, const std::string& name, Deadline deadline)
{
    auto result = child.finish(deadline);
    if (!result)
        return fail(result.error().kind, text(name, " ", result.error().message));
    return result;
}

class PrintingProgram final : public ports::Program {
public:
    Result<void> start(const std::vector<std::string>& argv)
    {
        m_name = argv.empty() ? std::string{} : argv.front();
        return start_program(m_child, argv);
    }
    Result<std::optional<std::string>> line(Deadline deadline) override { return m_child.line(deadline); }
    Result<ProcessResult> finish(Deadline deadline) override { return finish_program(m_child, m_name, deadline); }

private:
    std::string m_name;
    Child m_child;
};

} // namespace

Result<std::unique_ptr<ports::Program>> PosixRunner::begin(const std::vector<std::string>& argv)
{
    auto program = std::make_unique<PrintingProgram>();
    if (auto started = program->start(argv); !started)
        return std::unexpected(started.error());
    return program;
}

Result<ProcessResult> PosixRunner::run(const std::vector<std::string>& argv, Deadline deadline)
{
    Child child;
    if (auto started = start_program(child, argv); !started)
        return std::unexpected(started.error());
    return finish_program(child, argv.front(), deadline);
}

} // namespace mysql_prm::adapters::os
