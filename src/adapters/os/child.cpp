#include "child.hpp"

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace mysql_prm::adapters::os {

std::vector<char*> exec_vector(const std::vector<std::string>& strings)
{
    std::vector<char*> pointers;
    pointers.reserve(strings.size() + 1);
    for (const auto& s : strings)
        pointers.push_back(const_cast<char*>(s.c_str())); // exec's signature is older than const
    pointers.push_back(nullptr);
    return pointers;
}

void reset_signals()
{
    for (int number = 1; number < NSIG; ++number)
        ::signal(number, SIG_DFL);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

void close_others_at_exec()
{
    constexpr unsigned k_first = 3;
    constexpr unsigned k_mark_only = 1U << 2; // CLOSE_RANGE_CLOEXEC, Linux 5.11
    if (::syscall(SYS_close_range, k_first, ~0U, k_mark_only) == 0)
        return;
    for (int fd = static_cast<int>(k_first); fd < 1024; ++fd)
        ::fcntl(fd, F_SETFD, FD_CLOEXEC);
}

void report_and_exit(int report)
{
    const int error = errno;
    [[maybe_unused]] const auto written = ::write(report, &error, sizeof error);
    ::_exit(127);
}

void exec_or_report(const char* program, char* const* argv, char* const* environment, int report)
{
    ::execve(program, argv, environment);
    report_and_exit(report);
}

} // namespace mysql_prm::adapters::os
