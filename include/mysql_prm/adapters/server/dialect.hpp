// SQL text for one server and the reading of its answers. Pure: no I/O, so tests feed it rows recorded from each generation.
// dialect_mysql.cpp serves MySQL and Percona Server 5.7 to 9.x, dialect_mariadb.cpp MariaDB 10.5 and later.
//
// Only the default channel or connection is read or touched; MySQL statements name it (FOR CHANNEL ''), because without a
// name they mean all channels.
#pragma once

#include "mysql_prm/adapters/server/capabilities.hpp"
#include "mysql_prm/adapters/server/quote.hpp"
#include "mysql_prm/adapters/server/rows.hpp"
#include "mysql_prm/adapters/server/statement.hpp"
#include "mysql_prm/core/server_status.hpp"
#include "mysql_prm/ports/server.hpp"

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace mysql_prm::adapters::server {

using base::Result;

// Replication threads that a statement means.
enum class Threads { both, receiver, applier };

// One right that the agent needs on *.* or on all tables of a schema.
struct PrivilegeNeed {
    std::string name;                    // as GRANT spells it
    std::vector<std::string> or_instead; // one of these does as well
    std::string schema = {};             // empty: *.*
};

// Plugins of semi-synchronous replication, and the files they are in.
struct SemiSyncPlugins {
    std::string source_name;
    std::string source_file;
    std::string replica_name;
    std::string replica_file;
};

struct NumbersToSkip {
    std::uint32_t domain = 0;
    std::uint64_t number = 0;
    std::vector<std::string> statements;
};

// The columns of one answer that both flavors call alike or nearly so; nothing for no row. The file position of what was
// received and applied carry the source's server_id.
[[nodiscard]] std::optional<core::ReplicaStatus> parse_replica(const Rows& rows);

// File and Position of SHOW BINARY LOG STATUS; an empty file where the server writes no binary log.
[[nodiscard]] core::FilePosition parse_log_end(const Rows& rows, std::uint32_t server_id);

class Dialect {
public:
    explicit Dialect(core::ServerVersion version, Quoting quoting);
    virtual ~Dialect() = default;

    [[nodiscard]] const core::ServerVersion& version() const { return m_version; }
    [[nodiscard]] const Quoting& quoting() const { return m_quoting; }

    // Looking. role_query and replica_query together are all that a monitor sends.
    [[nodiscard]] virtual std::string role_query() const = 0;    // one row of globals
    [[nodiscard]] virtual std::string replica_query() const = 0; // one row, or none without a source
    [[nodiscard]] virtual std::string status_query() const = 0;  // one row of further globals
    [[nodiscard]] virtual std::string log_end_query() const = 0;
    [[nodiscard]] Result<core::RoleStatus> parse_role(const Rows& globals, const Rows& replica) const;
    [[nodiscard]] virtual Result<core::ServerStatus> parse_status(
        const core::RoleStatus& role, const Rows& globals, const Rows& replica, const Rows& log_end) const = 0;
    // Whether a GTID position is applied: one query, one answer. A file position is read from the replica's status.
    [[nodiscard]] virtual Result<std::string> applied_query(const core::Position& position) const = 0;
    [[nodiscard]] virtual Result<bool> parse_applied(const core::Position& position, const Rows& rows) const = 0;

    // Replication.
    [[nodiscard]] virtual std::string start(Threads threads) const = 0;
    [[nodiscard]] virtual std::string stop(Threads threads) const = 0;
    [[nodiscard]] virtual std::string forget() const = 0;
    // Rows (connection): the applier's, when it is in the middle of a transaction; nothing: it stops there at once all the
    // same.
    [[nodiscard]] virtual std::optional<std::string> unfinished_query() const = 0;
    // Whether unapplied relay logs survive only while the applier runs when the receiver stops (MariaDB).
    [[nodiscard]] virtual bool applier_guards_relay_logs() const = 0;
    // Fails with conflict when the server does not know the mode, and without a start in file and position mode.
    [[nodiscard]] virtual Result<Statement> change_source(
        const core::Source& source, const ports::SourceLogin& login, core::ReplicationMode mode) const = 0;
    // MariaDB with GTID: where replication would resume, and the correction where that is behind the own binary log. Nothing
    // elsewhere: MySQL knows by itself.
    [[nodiscard]] virtual std::optional<std::string> resume_query() const = 0;
    [[nodiscard]] virtual Result<std::optional<std::string>> resume_correction(const Rows& rows) const = 0;

    // Numbers of GTIDs. MariaDB: what to ask, and from the answer, for each domain in which this cluster writes, the
    // statements after which the next transaction there has a number far above all that were seen, and that number; the
    // domain of the session as the last. Nothing on MySQL.
    [[nodiscard]] virtual std::optional<std::string> numbers_query() const = 0;
    [[nodiscard]] virtual Result<std::vector<NumbersToSkip>> skip_numbers(
        const Rows& rows, const std::set<std::uint32_t>& led) const = 0;
    [[nodiscard]] virtual std::optional<std::string> insist_on_order() const = 0;

    // Writing.
    [[nodiscard]] virtual std::optional<std::string> shut_out(bool shut) const = 0; // nothing: the server has no such thing
    [[nodiscard]] virtual std::string refuse_writes() const = 0;
    [[nodiscard]] virtual std::vector<std::string> allow_writes() const = 0;
    [[nodiscard]] virtual bool refuses_writes(const core::RoleStatus& role) const = 0;
    [[nodiscard]] virtual std::string event_off_clause() const = 0;

    // Semi-synchronous replication. Plugins: nothing where it is built in.
    [[nodiscard]] virtual std::optional<SemiSyncPlugins> semi_sync_plugins() const = 0;
    // Rows (Server_Id, Replica_UUID) of connected replicas.
    [[nodiscard]] virtual std::string replicas_query() const = 0;
    // Rows (connection, name, value): what replicas say of themselves on their connections; nothing: the server does not
    // tell.
    [[nodiscard]] virtual std::optional<std::string> dump_tags_query() const = 0;
    // A row when a commit waits for space on the disk whose GTID is in the server's position already; nothing: there is none
    // such.
    [[nodiscard]] virtual std::optional<std::string> without_space_query() const = 0;
    // Rows (QUERY_ID): statements whose commits wait for an acknowledgement and end with one when they are killed; nothing:
    // killing them does nothing.
    [[nodiscard]] virtual std::optional<std::string> waiting_statements_query() const = 0;
    // One row, "role": "NONE", or those that are active. Nothing where it makes no difference to what waits.
    [[nodiscard]] virtual std::optional<std::string> active_role_query() const = 0;

    // Rights: those that demotion, promotion and joining cannot do without, and those that matter only with events, with
    // sessions of system accounts, or with a full connection table; where such a one is missing, the call says so.
    [[nodiscard]] virtual std::vector<PrivilegeNeed> needs() const = 0;
    [[nodiscard]] virtual std::vector<PrivilegeNeed> helpful() const = 0;
    // Beside needs(), for running semi-synchronous replication.
    [[nodiscard]] virtual std::vector<PrivilegeNeed> semi_sync_needs() const = 0;
    // Rows (GRANTEE) of users and roles whose rights pass refuse_writes(), or, on MySQL, a mere read_only. Needs SELECT on
    // mysql.*; without it a server shows only the asking account's own rights.
    [[nodiscard]] virtual std::string passing_query() const = 0;
    // Rows (grantee, role) of who may take which role; nothing where roles need not be followed.
    [[nodiscard]] virtual std::optional<std::string> roles_query() const = 0;
    // Creates the account or changes its password, grants what the three list, and gives it a role that is active from its
    // login on where that makes a difference. To run with sql_log_bin off.
    [[nodiscard]] std::vector<Statement> create_account(const ports::Account& account) const;
    // The account that reads test_table over the socket; table is quoted already, empty: none. Rights on the whole table's
    // schema would be more than it needs, but a table that does not exist yet cannot be granted.
    [[nodiscard]] std::vector<Statement> create_test_account(const ports::Account& account, const std::string& table) const;

protected:
    [[nodiscard]] const Capabilities& can() const { return m_can; }
    [[nodiscard]] std::string quoted(std::string_view value) const { return m_quoting.literal(value); }
    [[nodiscard]] std::vector<Statement> create_or_change(const std::string& who, const base::Secret& password) const;
    virtual void parse_ways_in(const Row& row, core::RoleStatus& role) const = 0;
    // " IO_THREAD" and the like.
    [[nodiscard]] static std::string_view threads_of(Threads threads);
    // Executed, received and applied from role and log_end, where GTID does not count.
    static void set_file_positions(core::ServerStatus& status);
    [[nodiscard]] static Result<void> check_start(const core::Source& source, core::ReplicationMode mode);
    // The options that MASTER_ and SOURCE_ spellings share; prefix is "MASTER_" or "SOURCE_".
    [[nodiscard]] std::string source_options(
        const std::string& prefix, const core::Source& source, const ports::SourceLogin& login, bool show_password) const;
    [[nodiscard]] std::string place_options(const std::string& prefix, const core::FilePosition& place) const;

private:
    core::ServerVersion m_version;
    Capabilities m_can;
    Quoting m_quoting;
};

[[nodiscard]] std::unique_ptr<Dialect> make_mysql_dialect(const core::ServerVersion& version, Quoting quoting);
// prefer_file_position: the administrator runs this cluster without GTID although MariaDB always writes them.
[[nodiscard]] std::unique_ptr<Dialect> make_mariadb_dialect(
    const core::ServerVersion& version, Quoting quoting, bool prefer_file_position);

} // namespace mysql_prm::adapters::server
