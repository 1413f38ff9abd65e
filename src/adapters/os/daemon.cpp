#include "mysql_prm/adapters/os/daemon.hpp"

#include "child.hpp"
#include "mysql_prm/adapters/os/environment.hpp"
#include "mysql_prm/adapters/os/unique_fd.hpp"
#include "mysql_prm/base/text.hpp"
#include "poll.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace mysql_prm::adapters::os {

using base::Deadline;
using base::ErrorKind;
using base::fail;
using base::Result;
using base::text;

namespace {

struct Exec {
    std::vector<char*> argv;
    std::vector<char*> environment;
    int output;
    int report;
    int input;
};

// The second child: sends its PID, then becomes the program or sends errno.
[[noreturn]] void become_program(const Exec& exec)
{
    const pid_t pid = ::getpid();
    const int null = ::open("/dev/null", O_RDWR);
    const int output = exec.output >= 0 ? exec.output : null;
    const int input = exec.input >= 0 ? exec.input : null;
    if (::write(exec.report, &pid, sizeof pid) != static_cast<ssize_t>(sizeof pid))
        ::_exit(127); // nobody waits for us: the starter was killed before it could learn our PID
    if (null < 0 || ::chdir("/") != 0 || ::dup2(input, STDIN_FILENO) < 0 || ::dup2(output, STDOUT_FILENO) < 0
        || ::dup2(output, STDERR_FILENO) < 0)
        report_and_exit(exec.report);
    ::umask(022);
    reset_signals();
    close_others_at_exec();
    exec_or_report(exec.argv.front(), exec.argv.data(), exec.environment.data(), exec.report);
}

// The first child: leaves our session and process group; its own child has init as its parent, and no way to get a terminal.
[[noreturn]] void become_launcher(const Exec& exec)
{
    ::setsid();
    const pid_t pid = ::fork();
    if (pid < 0)
        report_and_exit(exec.report);
    if (pid == 0)
        become_program(exec);
    ::_exit(0);
}

// Everything the children have to say, until both ends are closed. Nothing at the deadline.
std::optional<std::vector<int>> read_report(int report, Deadline deadline)
{
    std::vector<int> numbers;
    while (true) {
        pollfd fd{report, POLLIN, 0};
        if (::poll(&fd, 1, poll_timeout(deadline)) <= 0) {
            if (deadline.expired())
                return std::nullopt;
            continue;
        }
        int number = 0;
        const auto size = ::read(report, &number, sizeof number);
        if (size < 0 && errno == EINTR)
            continue;
        if (size != static_cast<ssize_t>(sizeof number))
            return numbers;
        numbers.push_back(number);
    }
}

static_assert(sizeof(pid_t) == sizeof(int));

} // namespace

Result<pid_t> start_detached(const std::vector<std::string>& argv, int output, Deadline deadline, int input)
{
    const auto environment = child_environment();
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
        return fail(ErrorKind::failed, text("cannot make a pipe: ", std::strerror(errno)), errno);
    const UniqueFd report(ends[0]);
    UniqueFd report_write(ends[1]);
    const Exec exec{exec_vector(argv), exec_vector(environment), output, report_write.get(), input};

    const pid_t launcher = ::fork();
    if (launcher < 0)
        return fail(ErrorKind::failed, text("cannot fork: ", std::strerror(errno)), errno);
    if (launcher == 0)
        become_launcher(exec);
    report_write.reset();
    const auto numbers = read_report(report.get(), deadline);
    ::waitpid(launcher, nullptr, numbers ? 0 : WNOHANG);
    if (!numbers)
        return fail(ErrorKind::timed_out, text("'", argv.front(), "' could not be executed in time"));
    if (numbers->size() == 2)
        return fail(ErrorKind::not_installed, text("cannot execute '", argv.front(), "': ", std::strerror(numbers->back())),
            numbers->back());
    if (numbers->size() != 1)
        return fail(ErrorKind::failed, text("'", argv.front(), "' was killed before it could be executed"));
    return numbers->front();
}

} // namespace mysql_prm::adapters::os
