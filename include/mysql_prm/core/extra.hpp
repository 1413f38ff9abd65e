// Transactions that one server holds and another lacks. Pure.
#pragma once

#include "mysql_prm/core/server_status.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace mysql_prm::core {

// Numbers of one (domain, server_id). first = 0: nobody knows where they begin, since the other server's log has no trace of
// that server_id.
struct MariadbRange {
    std::uint32_t domain = 0;
    std::uint32_t server_id = 0;
    std::uint64_t first = 0;
    std::uint64_t last = 0;

    [[nodiscard]] bool holds(const gtid::MariadbGtid& gtid) const
    {
        return gtid.domain == domain && gtid.server_id == server_id && first <= gtid.seq && gtid.seq <= last;
    }
    friend bool operator==(const MariadbRange&, const MariadbRange&) = default;
};

// One of the two is empty.
struct ExtraTransactions {
    gtid::MysqlGtidSet mysql;
    std::vector<MariadbRange> mariadb;

    [[nodiscard]] bool empty() const { return mysql.empty() && mariadb.empty(); }
    friend bool operator==(const ExtraTransactions&, const ExtraTransactions&) = default;
};

// "UUID:7-9"; "0-1-102 to 0-1-105", "up to 0-1-105" where the first is not known. Equal for equal values.
[[nodiscard]] std::string to_string(const ExtraTransactions& extra);

// What own holds and primary does not; both in a GTID mode. count_received: what waits in own's relay log counts, because
// it will be dropped.
[[nodiscard]] ExtraTransactions extra_transactions(
    const ServerStatus& own, const ServerStatus& primary, bool count_received);

// MariaDB: what this server wrote behind the last transaction of any other server in a domain. On a replica that is a FLUSH
// of a cron job, or worse.
[[nodiscard]] ExtraTransactions own_behind_others(const ServerStatus& own);
// A position as if the server had not written those.
[[nodiscard]] gtid::MariadbGtidPos without(const gtid::MariadbGtidPos& position, const ServerStatus& own);

// What a server's own binary log says of extra transactions.
struct ExtraInLog {
    ExtraTransactions about;
    // Every one of them was found and none changes data: FLUSH, ANALYZE, OPTIMIZE, REPAIR, or nothing at all. False also
    // where not all was read.
    bool without_data = false;
    bool is_complete = false; // false: time was up
    std::string first_file;   // the log file that holds the first of them; the oldest that may, where none was found

    friend bool operator==(const ExtraInLog&, const ExtraInLog&) = default;
};

} // namespace mysql_prm::core
