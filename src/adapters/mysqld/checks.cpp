#include "mysql_prm/adapters/mysqld/checks.hpp"

#include "mysql_prm/adapters/mysqld/binary.hpp"
#include "mysql_prm/adapters/mysqld/data_directory.hpp"
#include "mysql_prm/adapters/mysqld/persisted.hpp"
#include "mysql_prm/adapters/os/account.hpp"
#include "mysql_prm/adapters/os/posix_files.hpp"
#include "mysql_prm/base/text.hpp"

#include <cerrno>
#include <cstring>
#include <sys/stat.h>
#include <unistd.h>

namespace mysql_prm::adapters::mysqld {

using base::ErrorKind;
using base::fail;
using base::Result;
using base::text;
using os::Account;
using ports::MysqldSettings;

namespace {

Result<void> check_config(const std::string& path)
{
    if (path.empty())
        return {};
    struct stat info { };
    if (::stat(path.c_str(), &info) != 0)
        return fail(ErrorKind::not_installed, text("configuration '", path, "': ", std::strerror(errno)), errno);
    if (!S_ISREG(info.st_mode))
        return fail(ErrorKind::not_installed, text("configuration '", path, "' is not a file"));
    if (::access(path.c_str(), R_OK) != 0)
        return fail(ErrorKind::no_permission, text("configuration '", path, "' is not readable"), errno);
    if ((info.st_mode & S_IWOTH) != 0)
        return fail(
            ErrorKind::no_permission, text("configuration '", path, "' is world-writable: the server would ignore it"));
    return {};
}

Result<void> check_datadir_state(const std::string& datadir, bool may_create)
{
    switch (datadir_state(datadir)) {
    case DatadirState::whole:
        return {};
    case DatadirState::missing:
        if (os::exists(datadir))
            return fail(ErrorKind::not_installed, text("data directory '", datadir, "' is not a folder"));
        if (may_create)
            return {};
        return fail(ErrorKind::not_installed, text("data directory '", datadir, "' does not exist"));
    case DatadirState::empty:
        if (may_create)
            return {};
        return fail(ErrorKind::not_installed, text("data directory '", datadir, "' is empty"));
    case DatadirState::partial:
        if (may_create)
            return {};
        return fail(ErrorKind::conflict,
            text("data directory '", datadir, "' is half-made: remove '", k_partial_folder,
                "' in it, or set enable_creation"));
    case DatadirState::foreign:
        return fail(
            ErrorKind::conflict, text("data directory '", datadir, "' holds files but no server's (no folder 'mysql')"));
    }
    return fail(ErrorKind::failed, "unknown state of the data directory");
}

Result<void> check_owner(const std::string& datadir, const MysqldSettings& settings, const Account& account)
{
    struct stat info { };
    if (::stat(datadir.c_str(), &info) != 0)
        return {}; // missing, and may be made
    if (info.st_uid != account.user)
        return fail(
            ErrorKind::no_permission, text("data directory '", datadir, "' does not belong to user '", settings.user, "'"));
    if (const int error = os::access_error(account, datadir, R_OK | W_OK | X_OK); error != 0)
        return fail(ErrorKind::no_permission,
            text("user '", settings.user, "' cannot write to data directory '", datadir, "': ", std::strerror(error)),
            error);
    return {};
}

Result<void> check_log(const MysqldSettings& settings, const Account& account)
{
    if (settings.log.empty())
        return {};
    const auto folder = os::folder_of(settings.log);
    if (!os::is_folder(folder))
        return fail(ErrorKind::not_installed, text("folder of the log '", settings.log, "' does not exist"));
    const auto& target = os::exists(settings.log) ? settings.log : folder;
    const int mode = target == folder ? W_OK | X_OK : W_OK;
    if (const int error = os::access_error(account, target, mode); error != 0)
        return fail(ErrorKind::no_permission,
            text("user '", settings.user, "' cannot write to '", target, "': ", std::strerror(error)), error);
    return {};
}

} // namespace

Result<void> check_persisted(const MysqldSettings& settings, ports::Files& files)
{
    const auto path = settings.datadir + "/mysqld-auto.cnf";
    const auto content = files.read(path);
    if (!content && content.error().kind == ErrorKind::not_found)
        return {};
    if (!content)
        return std::unexpected(content.error());
    if (const auto setting = dangerous_setting(*content))
        return fail(ErrorKind::data_risk,
            text("persisted ", *setting, " would let the server start writable: remove it from '", path, "'"));
    return {};
}

Result<void> check_start(const MysqldSettings& settings, ports::Files& files, ports::StartRole role, bool may_create)
{
    if (auto server = find_server(settings.binary); !server)
        return std::unexpected(server.error());
    if (auto checked = check_config(settings.config); !checked)
        return checked;
    const auto account = os::find_account(settings.user, settings.group);
    if (!account)
        return std::unexpected(account.error());
    if (auto checked = check_datadir_state(settings.datadir, may_create); !checked)
        return checked;
    if (auto checked = check_owner(settings.datadir, settings, *account); !checked)
        return checked;
    if (role == ports::StartRole::replica)
        if (auto checked = check_persisted(settings, files); !checked)
            return checked;
    return check_log(settings, *account);
}

} // namespace mysql_prm::adapters::mysqld
