// What SHOW GRANTS says, compared with what the agent needs. Pure.
#pragma once

#include "mysql_prm/adapters/server/dialect.hpp"
#include "mysql_prm/adapters/server/rows.hpp"

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace mysql_prm::adapters::server {

// Rights by object: "*.*", "mysql.*", and what else is listed. Both servers list the rights of roles that are active in the
// session as further rows.
struct Grants {
    using Rights = std::map<std::string, std::set<std::string>>;
    Rights on; // upper case; "ALL PRIVILEGES" stands for all

    [[nodiscard]] bool covers(const PrivilegeNeed& need) const;
};

// Rows of SHOW GRANTS: one column, whatever its name. Lines that are not "GRANT rights ON object TO ..." are passed over.
[[nodiscard]] Grants parse_grants(const Rows& rows);

// The name of each need that is not covered, short enough for several in one exit reason: "REPLICATION_SLAVE_ADMIN" means
// on *.*, others say "SELECT on mysql.*". What each is for stands in docs/operations.md.
[[nodiscard]] std::vector<std::string> missing(const std::vector<PrivilegeNeed>& needs, const Grants& grants);

} // namespace mysql_prm::adapters::server
