// One server's own binary log: what is in it, and the few things that are written to it on purpose. Reached through
// Server::binary_log(), on the same connection; time bounds and errors as there.
#pragma once

#include "mysql_prm/base/deadline.hpp"
#include "mysql_prm/base/error.hpp"
#include "mysql_prm/core/extra.hpp"
#include "mysql_prm/core/server_status.hpp"

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace mysql_prm::ports {

struct LogFile {
    std::string path; // on the server's own node
    std::uint64_t size = 0;

    friend bool operator==(const LogFile&, const LogFile&) = default;
};

class BinaryLog {
public:
    virtual ~BinaryLog() = default;

    // Where the log ends, with commits that wait for a semi-synchronous acknowledgement. Local servers only: by the log file
    // itself, because MariaDB's statement for it waits behind such commits as soon as there are two groups of them
    // (10.11.19; MySQL 9.7.4 answers with eight).
    virtual base::Result<core::FilePosition> end() = 0;
    // What lies behind a place (file and position mode).
    virtual base::Result<core::LogTail> after(const core::FilePosition& place) = 0;
    // Looks for these transactions, at most 100,000 events far and until the deadline.
    virtual base::Result<core::ExtraInLog> look_for(const core::ExtraTransactions& extra, base::Deadline deadline) = 0;
    // Oldest first.
    virtual base::Result<std::vector<LogFile>> files() = 0;

    // MariaDB: every GTID that this server writes from now on has a number far above all that this cluster has seen, so that
    // one which a crashed primary wrote and lost is never used for another transaction. Writes one transaction without data
    // (FLUSH HOSTS) in its own domain and in each that one of `led` has written last (server_ids: this server and the last
    // primary); for a server that is not open to clients yet. Returns their GTIDs; empty on MySQL, which numbers each
    // server's transactions apart.
    virtual base::Result<std::string> skip_numbers(const std::set<std::uint32_t>& led, base::Deadline deadline) = 0;
    // MariaDB: from now on the server refuses a GTID that is out of order (gtid_strict_mode). Nothing to do on MySQL.
    virtual base::Result<void> insist_on_order() = 0;
    // MySQL: commits an empty transaction under each of these GTIDs, so that this server and all that replicate from it
    // count them as theirs. No error for one that is there already.
    virtual base::Result<void> adopt_empty(const gtid::MysqlGtidSet& gtids, base::Deadline deadline) = 0;

    // Settings under which a commit, or a semi-synchronous acknowledgement, is not on disk when it is given: "sync_binlog =
    // 0". Empty: none.
    virtual base::Result<std::vector<std::string>> settings_that_lose() = 0;
    // What this server does not log, or does not take from its source, by configuration: "replicate_ignore_table = app.t".
    // Without a source MySQL says nothing of the latter. Empty: none.
    virtual base::Result<std::vector<std::string>> filters() = 0;
};

} // namespace mysql_prm::ports
