// Reading SHOW BINARY LOGS and SHOW BINLOG EVENTS. Pure.
#pragma once

#include "mysql_prm/adapters/server/rows.hpp"
#include "mysql_prm/core/extra.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mysql_prm::adapters::server {

struct LogFile {
    std::string name;
    std::uint64_t size = 0;
};

// Oldest first, as the server lists them.
[[nodiscard]] std::vector<LogFile> parse_binary_logs(const Rows& rows);

// Whether a row of SHOW BINLOG EVENTS changes data. Events that only frame a log or a transaction do not, nor do FLUSH,
// ANALYZE, OPTIMIZE and REPAIR, which a cron job leaves behind on a read-only server. An event type that is not known
// changes data.
[[nodiscard]] bool changes_data(const Row& event);

// Whether a log file, by the list of GTIDs in its first events, begins behind one of these transactions; nothing when there
// is no such list.
[[nodiscard]] std::optional<bool> begins_behind(const Rows& head, const core::ExtraTransactions& extra);

// Goes through a binary log for transactions, event by event.
class ExtraScan {
public:
    explicit ExtraScan(core::ExtraTransactions wanted) : m_wanted(std::move(wanted)) { }

    void take(const Row& event);
    // The rest of a file cannot be read: a transaction that has begun in it may change data, and so may those of a MariaDB
    // range that are not seen, since only its last number is looked for.
    void take_torn();

    [[nodiscard]] bool has_found_any() const { return m_found_any; }
    // One of them changes data, or all have been read to their ends.
    [[nodiscard]] bool is_decided() const { return m_changes_data || (has_found_all() && !m_is_inside); }
    // All were found; none of what has been read of them changes data. MariaDB: numbers may be missing in a range, so this
    // says all only for a scan that began before the range.
    [[nodiscard]] bool is_without_data() const { return has_found_all() && !m_changes_data; }

private:
    [[nodiscard]] bool has_found_all() const;
    // Whether the transaction is one of those wanted.
    bool note(const std::string& gtid);

    core::ExtraTransactions m_wanted;
    gtid::MysqlGtidSet m_found;
    std::vector<core::MariadbRange> m_ended; // ranges whose last transaction was found
    bool m_found_any = false;
    bool m_is_inside = false;
    bool m_changes_data = false;
};

} // namespace mysql_prm::adapters::server
