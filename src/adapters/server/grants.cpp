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

bool holds(const Grants::Rights& on, const std::string& object, const std::string& name)
{
    const auto rights = on.find(object);
    return rights != on.end() && (rights->second.contains("ALL PRIVILEGES") || rights->second.contains(name));
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
    std::set<std::string>& rights = grants.on[object];
    for (const std::string& right : base::split(line.substr(k_grant.size(), on - k_grant.size()), ','))
        rights.insert(upper(base::trim(right)));
}

} // namespace

bool Grants::covers(const PrivilegeNeed& need) const
{
    const auto held = [&](const std::string& name) {
        return holds(on, "*.*", name) || (!need.schema.empty() && holds(on, need.schema + ".*", name));
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
            out.push_back(need.schema.empty() ? need.name : base::text(need.name, " on ", need.schema, ".*"));
    return out;
}

} // namespace mysql_prm::adapters::server
