#include "mysql_prm/adapters/server/grants.hpp"

#include "mysql_prm/base/text.hpp"

#include <algorithm>
#include <cctype>

namespace mysql_prm::adapters::server {

namespace {

std::string upper(std::string_view s)
{
    std::string out{s};
    std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return out;
}

bool holds(const std::set<std::string>& rights, const std::string& name)
{
    return rights.contains("ALL PRIVILEGES") || rights.contains(name);
}

void add_line(Grants& grants, std::string_view line)
{
    constexpr std::string_view k_grant = "GRANT ";
    const std::size_t on = line.find(" ON ");
    const std::size_t to = on == std::string_view::npos ? on : line.find(" TO ", on);
    if (!line.starts_with(k_grant) || to == std::string_view::npos)
        return;
    std::string object{line.substr(on + 4, to - on - 4)};
    std::erase(object, '`');
    if (object != "*.*" && object != "mysql.*")
        return;
    std::set<std::string>& rights = object == "*.*" ? grants.global : grants.on_mysql_schema;
    for (const std::string& right : base::split(line.substr(k_grant.size(), on - k_grant.size()), ','))
        rights.insert(upper(base::trim(right)));
}

} // namespace

bool Grants::covers(const PrivilegeNeed& need) const
{
    const auto held = [&](const std::string& name) {
        return holds(global, name) || (need.on_mysql_schema && holds(on_mysql_schema, name));
    };
    return held(need.name) || std::any_of(need.or_instead.begin(), need.or_instead.end(), held);
}

Grants parse_grants(const Rows& rows)
{
    Grants grants;
    for (const auto& row : rows.values)
        if (!row.empty() && row.front())
            add_line(grants, *row.front());
    return grants;
}

std::vector<std::string> missing(const std::vector<PrivilegeNeed>& needs, const Grants& grants)
{
    std::vector<std::string> out;
    for (const PrivilegeNeed& need : needs)
        if (!grants.covers(need))
            out.push_back(base::text(need.name, need.on_mysql_schema ? " on mysql.*" : ""));
    return out;
}

} // namespace mysql_prm::adapters::server
