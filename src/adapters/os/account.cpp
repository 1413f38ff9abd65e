#include "mysql_prm/adapters/os/account.hpp"

#include "mysql_prm/base/text.hpp"

#include <array>
#include <cerrno>
#include <grp.h>
#include <pwd.h>
#include <sys/wait.h>
#include <unistd.h>

namespace mysql_prm::adapters::os {

using base::ErrorKind;
using base::fail;
using base::text;

base::Result<Account> find_account(const std::string& user, const std::string& group)
{
    const passwd* known = ::getpwnam(user.c_str());
    if (known == nullptr)
        return fail(ErrorKind::not_installed, text("user '", user, "' does not exist"));
    Account account{known->pw_uid, known->pw_gid, {}};
    if (!group.empty()) {
        const ::group* found = ::getgrnam(group.c_str());
        if (found == nullptr)
            return fail(ErrorKind::not_installed, text("group '", group, "' does not exist"));
        account.group = found->gr_gid;
    }
    int count = 64;
    account.groups.resize(static_cast<std::size_t>(count));
    while (::getgrouplist(user.c_str(), account.group, account.groups.data(), &count) < 0)
        account.groups.resize(static_cast<std::size_t>(count));
    account.groups.resize(static_cast<std::size_t>(count));
    return account;
}

int access_error(const Account& account, const std::string& path, int mode)
{
    if (::geteuid() != 0)
        return ::access(path.c_str(), mode) == 0 ? 0 : errno;
    const pid_t child = ::fork();
    if (child < 0)
        return errno;
    if (child == 0) {
        const bool became = ::setgroups(account.groups.size(), account.groups.data()) == 0
            && ::setresgid(account.group, account.group, account.group) == 0
            && ::setresuid(account.user, account.user, account.user) == 0;
        ::_exit(became && ::access(path.c_str(), mode) == 0 ? 0 : errno);
    }
    int status = 0;
    while (::waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return errno;
    return WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
}

} // namespace mysql_prm::adapters::os
