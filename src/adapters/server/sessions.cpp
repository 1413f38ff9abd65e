#include "mysql_prm/adapters/server/sessions.hpp"

#include "mysql_prm/base/text.hpp"

#include <algorithm>
#include <set>

namespace mysql_prm::adapters::server {

namespace {

bool is_dump(const std::string& command)
{
    return base::lower(command).starts_with("binlog dump"); // "Binlog Dump", "Binlog Dump GTID"
}

bool is_own_thread(const std::string& user, const std::string& command)
{
    const std::string what = base::lower(command);
    return user == "system user" || user == "event_scheduler" || what == "daemon" || what.starts_with("slave_")
        || is_dump(command);
}

ClientSession session_of(const Row& row)
{
    return {.id = row.number<std::uint64_t>({"Id"}),
        .user = row.text({"User"}),
        .host = row.text({"Host"}),
        .waits_for_acknowledgement = row.text({"State"}).starts_with("Waiting for semi-sync ACK")};
}

// 'user'@'host' -> user. Quotes inside are not undoubled: such a name is compared as printed and does not match.
std::string user_of(std::string_view grantee)
{
    const std::size_t at = grantee.rfind('@');
    std::string_view user = grantee.substr(0, at);
    if (user.size() >= 2 && user.front() == '\'' && user.back() == '\'')
        user = user.substr(1, user.size() - 2);
    return std::string{user};
}

// Users and roles that have a right, closed over "grantee may take role".
std::set<std::string> names_with_right(const Rows& grants, const Rows& roles)
{
    std::set<std::string> names;
    for (std::size_t i = 0; i < grants.size(); ++i)
        names.insert(user_of(Row{grants, i}.text({"GRANTEE"})));
    for (bool grew = true; grew;) {
        grew = false;
        for (std::size_t i = 0; i < roles.size(); ++i) {
            const Row row{roles, i};
            if (names.contains(row.text({"role"})))
                grew = names.insert(row.text({"grantee"})).second || grew;
        }
    }
    return names;
}

} // namespace

std::string ClientSession::to_string() const
{
    return base::text(user, "@", host, " (id ", id, ")");
}

std::vector<ClientSession> client_sessions(const Rows& processlist, const std::vector<std::uint64_t>& own_ids)
{
    std::vector<ClientSession> out;
    for (std::size_t i = 0; i < processlist.size(); ++i) {
        const Row row{processlist, i};
        ClientSession session = session_of(row);
        const std::string command = row.text({"Command"});
        if (is_own_thread(session.user, command) || command == "Killed"
            || std::find(own_ids.begin(), own_ids.end(), session.id) != own_ids.end())
            continue;
        out.push_back(std::move(session));
    }
    return out;
}

std::vector<ClientSession> dump_sessions(const Rows& processlist)
{
    std::vector<ClientSession> out;
    for (std::size_t i = 0; i < processlist.size(); ++i)
        if (const Row row{processlist, i}; is_dump(row.text({"Command"})))
            out.push_back(session_of(row));
    return out;
}

std::vector<ClientSession> holders(const std::vector<ClientSession>& sessions, const Rows& grants, const Rows& roles)
{
    const std::set<std::string> names = names_with_right(grants, roles);
    const bool everybody = names.contains("") || names.contains("PUBLIC");
    std::vector<ClientSession> out;
    for (const ClientSession& session : sessions)
        if (everybody || names.contains(session.user))
            out.push_back(session);
    return out;
}

} // namespace mysql_prm::adapters::server
