#include "mysql_prm/adapters/server/server_error.hpp"

#include "mysql_prm/base/text.hpp"

#include <algorithm>
#include <cctype>
#include <cerrno>

namespace mysql_prm::adapters::server {

namespace {

int leading_number(std::string_view s)
{
    std::size_t end = 0;
    while (end < s.size() && std::isdigit(static_cast<unsigned char>(s[end])) != 0)
        ++end;
    return base::to_int<int>(s.substr(0, end)).value_or(0);
}

bool means_time_is_up(int system_error)
{
    return system_error == ETIMEDOUT || system_error == EAGAIN;
}

// The server's numbers for "this account may not": login, schema, table, statement, kill; expired and locked accounts
// (3118 MySQL, 4151 MariaDB, 3955 and 4150 after too many failed logins).
bool is_access_error(unsigned code)
{
    switch (code) {
    case 1044: // ER_DBACCESS_DENIED_ERROR
    case 1045: // ER_ACCESS_DENIED_ERROR
    case 1095: // ER_KILL_DENIED_ERROR
    case 1131: // ER_PASSWORD_ANONYMOUS_USER
    case 1142: // ER_TABLEACCESS_DENIED_ERROR
    case 1143: // ER_COLUMNACCESS_DENIED_ERROR
    case 1227: // ER_SPECIFIC_ACCESS_DENIED_ERROR
    case 1370: // ER_PROCACCESS_DENIED_ERROR
    case 1410: // ER_CANT_CREATE_USER_WITH_GRANT
    case 1698: // ER_ACCESS_DENIED_NO_PASSWORD_ERROR
    case 1820: // ER_MUST_CHANGE_PASSWORD
    case 1862: // ER_MUST_CHANGE_PASSWORD_LOGIN
    case 3118: // MySQL ER_ACCOUNT_HAS_BEEN_LOCKED
    case 3955: // MySQL ER_USER_ACCESS_DENIED_FOR_USER_ACCOUNT_BLOCKED_BY_PASSWORD_LOCK
    case 4150: // MariaDB ER_USER_IS_BLOCKED
    case 4151: // MariaDB ER_ACCOUNT_HAS_BEEN_LOCKED
        return true;
    default:
        return false;
    }
}

// Numbers that client libraries make up themselves: 2000-2999, and 5000-5999 of MariaDB's connector.
bool is_client_error(unsigned code)
{
    return (code >= 2000 && code < 3000) || (code >= 5000 && code < 6000);
}

} // namespace

int system_error_in(std::string_view message)
{
    constexpr std::string_view k_marker = "system error: ";
    if (const std::size_t at = message.rfind(k_marker); at != std::string_view::npos)
        return leading_number(message.substr(at + k_marker.size()));
    if (const std::size_t at = message.rfind('('); at != std::string_view::npos)
        return leading_number(message.substr(at + 1));
    return 0;
}

ErrorKind connect_error_kind(unsigned code, int system_error, bool out_of_time)
{
    if (is_access_error(code))
        return ErrorKind::access_denied;
    if (!is_client_error(code))
        return ErrorKind::alive_but_refused;
    switch (code) {
    case 2012: // CR_SERVER_HANDSHAKE_ERR
    case 2026: // CR_SSL_CONNECTION_ERROR
    case 2054: // CR_NOT_IMPLEMENTED / old authentication
    case 2058: // CR_PLUGIN_FUNCTION_NOT_SUPPORTED
    case 2059: // CR_AUTH_PLUGIN_CANNOT_LOAD
    case 2061: // CR_AUTH_PLUGIN_ERR
        return out_of_time ? ErrorKind::timed_out : ErrorKind::alive_but_refused;
    default:
        break;
    }
    if (system_error == ENOENT || system_error == ENOTDIR || system_error == ECONNREFUSED)
        return ErrorKind::not_running;
    if (system_error == EACCES || system_error == EPERM)
        return ErrorKind::no_permission;
    return out_of_time || means_time_is_up(system_error) ? ErrorKind::timed_out : ErrorKind::failed;
}

ErrorKind statement_error_kind(unsigned code, bool out_of_time)
{
    if (is_access_error(code))
        return ErrorKind::access_denied;
    switch (code) {
    case 1205: // ER_LOCK_WAIT_TIMEOUT
    case 1317: // ER_QUERY_INTERRUPTED: somebody's KILL QUERY or a time limit
    case 1969: // MariaDB ER_STATEMENT_TIMEOUT
    case 3024: // MySQL ER_QUERY_TIMEOUT
        return ErrorKind::timed_out;
    case 1049: // ER_BAD_DB_ERROR
    case 1094: // ER_NO_SUCH_THREAD
    case 1146: // ER_NO_SUCH_TABLE
    case 1539: // ER_EVENT_DOES_NOT_EXIST
    case 1957: // MariaDB ER_NO_SUCH_QUERY
        return ErrorKind::not_found;
    case 1198: // ER_SLAVE_MUST_STOP
    case 1290: // ER_OPTION_PREVENTS_STATEMENT: read_only and its kin
    case 1836: // ER_READ_ONLY_MODE
    case 3021: // MySQL ER_SLAVE_CHANNEL_IO_THREAD_MUST_STOP
    case 3081: // MySQL ER_SLAVE_CHANNEL_MUST_STOP
    case 3085: // MySQL ER_SLAVE_CHANNEL_SQL_THREAD_MUST_STOP
        return ErrorKind::conflict;
    default:
        return out_of_time ? ErrorKind::timed_out : ErrorKind::failed;
    }
}

} // namespace mysql_prm::adapters::server
