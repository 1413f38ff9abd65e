// MariaDB 10.5 and later.
#include "mysql_prm/adapters/server/dialect.hpp"
#include "mysql_prm/base/text.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace mysql_prm::adapters::server {

using base::text;

namespace {

// More than any primary has committed beyond what its successor has received; 2^63 has room for nine billion promotions.
constexpr std::uint64_t k_numbers_to_skip = 1'000'000'000;

class MariadbDialect final : public Dialect {
public:
    MariadbDialect(const core::ServerVersion& version, Quoting quoting, bool prefer_file_position)
        : Dialect(version, quoting), m_prefer_file_position(prefer_file_position)
    {
    }

    std::string role_query() const override
    {
        return "SELECT @@global.server_id AS server_id, @@global.read_only AS read_only, @@global.extra_port AS extra_port, "
               "@@global.gtid_binlog_state AS gtid_binlog_state";
    }
    std::string replica_query() const override { return "SHOW SLAVE STATUS"; } // of @@default_master_connection, ''
    std::string status_query() const override
    {
        return "SELECT @@global.log_bin AS log_bin, @@global.log_slave_updates AS log_replica_updates, "
               "@@global.gtid_strict_mode AS gtid_strict_mode, @@global.gtid_binlog_pos AS gtid_binlog_pos, "
               "@@global.gtid_slave_pos AS gtid_slave_pos, @@global.gtid_binlog_state AS gtid_binlog_state, "
               "UNIX_TIMESTAMP() - (SELECT CAST(VARIABLE_VALUE AS SIGNED) FROM information_schema.GLOBAL_STATUS "
               "WHERE VARIABLE_NAME = 'UPTIME') AS started";
    }
    std::string log_end_query() const override { return "SHOW MASTER STATUS"; }

    Result<core::ServerStatus> parse_status(
        const core::RoleStatus& role, const Rows& globals, const Rows& replica, const Rows& log_end) const override;
    Result<std::string> applied_query(const core::Position& position) const override;
    Result<bool> parse_applied(const core::Position& position, const Rows& rows) const override;

    std::string start(Threads threads) const override { return text("START SLAVE", threads_of(threads)); }
    std::string stop(Threads threads) const override { return text("STOP SLAVE", threads_of(threads)); }
    std::optional<std::string> unfinished_query() const override { return std::nullopt; }
    std::string forget() const override { return "RESET SLAVE ALL"; }
    bool applier_guards_relay_logs() const override { return true; }
    Result<Statement> change_source(
        const core::Source& source, const ports::SourceLogin& login, core::ReplicationMode mode) const override;
    std::optional<std::string> resume_query() const override
    {
        return "SELECT @@global.gtid_slave_pos AS gtid_slave_pos, @@global.gtid_binlog_pos AS gtid_binlog_pos";
    }
    Result<std::optional<std::string>> resume_correction(const Rows& rows) const override;

    std::optional<std::string> numbers_query() const override
    {
        return "SELECT @@session.gtid_domain_id AS gtid_domain_id, @@global.gtid_slave_pos AS gtid_slave_pos, "
               "@@global.gtid_binlog_state AS gtid_binlog_state";
    }
    Result<std::vector<NumbersToSkip>> skip_numbers(const Rows& rows, const std::set<std::uint32_t>& led) const override;
    std::optional<std::string> insist_on_order() const override { return "SET GLOBAL gtid_strict_mode = ON"; }

    std::optional<std::string> shut_out(bool) const override { return std::nullopt; }
    std::string refuse_writes() const override { return "SET GLOBAL read_only = ON"; }
    std::vector<std::string> allow_writes() const override { return {"SET GLOBAL read_only = OFF"}; }
    bool refuses_writes(const core::RoleStatus& role) const override { return role.read_only; }
    std::string event_off_clause() const override { return "DISABLE ON SLAVE"; }

    std::optional<SemiSyncPlugins> semi_sync_plugins() const override { return std::nullopt; } // built in since 10.3
    std::string replicas_query() const override { return "SHOW SLAVE HOSTS"; }
    std::optional<std::string> dump_tags_query() const override { return std::nullopt; } // performance_schema is off
    std::optional<std::string> without_space_query() const override
    {
        return "SELECT 1 FROM information_schema.PROCESSLIST WHERE STATE = 'Waiting for someone to free space' LIMIT 1";
    }
    std::optional<std::string> active_role_query() const override { return std::nullopt; }
    std::optional<std::string> waiting_statements_query() const override
    {
        return "SELECT QUERY_ID FROM information_schema.PROCESSLIST WHERE STATE LIKE 'Waiting for semi-sync ACK%'";
    }

    std::vector<PrivilegeNeed> needs() const override;
    std::vector<PrivilegeNeed> helpful() const override;
    std::vector<PrivilegeNeed> semi_sync_needs() const override
    {
        return {{"REPLICATION MASTER ADMIN", super_instead()}, // to switch the source side
            {"CREATE", {}, "mysql_prm"}, {"INSERT", {}, "mysql_prm"}, {"UPDATE", {}, "mysql_prm"},
            {"SELECT", {}, "mysql_prm"}}; // the heartbeat table
    }
    // USER_PRIVILEGES lists no roles (seen on 10.11.19); theirs are bits of a number: 15 SUPER, which a role of an older
    // version may stand for, and 33 READ_ONLY ADMIN (the same server).
    std::string passing_query() const override
    {
        return text("SELECT GRANTEE AS GRANTEE FROM information_schema.USER_PRIVILEGES WHERE PRIVILEGE_TYPE IN (",
            can().super_passes_read_only ? "'READ_ONLY ADMIN', 'SUPER'" : "'READ_ONLY ADMIN'",
            ") UNION SELECT CONCAT(User, '@') FROM mysql.global_priv WHERE JSON_EXISTS(Priv, '$.is_role') AND "
            "JSON_VALUE(Priv, '$.access') & ((1 << 15) | (1 << 33))");
    }
    std::optional<std::string> roles_query() const override
    {
        return "SELECT User AS grantee, Role AS role FROM mysql.roles_mapping";
    }

private:
    // What stands for a right that SUPER contained until 11.0.
    std::vector<std::string> super_instead() const
    {
        return can().super_covers_admin ? std::vector<std::string>{"SUPER"} : std::vector<std::string>{};
    }

    void parse_ways_in(const Row& row, core::RoleStatus& role) const override
    {
        role.extra_port = row.number<std::uint16_t>({"extra_port"});
        if (const auto state = gtid::MariadbBinlogState::parse(row.text({"gtid_binlog_state"})))
            for (const auto& gtid : state->gtids())
                if (gtid.server_id == role.server_id)
                    role.own_writes
                        += text(role.own_writes.empty() ? "" : ",", gtid.domain, '-', gtid.server_id, '-', gtid.seq);
    }

    // Its GTID cannot be switched off: a source that is configured without it (ocf:heartbeat:mysql does so) is one to
    // repoint.
    core::ReplicationMode mode_of(const core::ServerStatus& status) const
    {
        const bool by_file = m_prefer_file_position || !status.log_bin;
        return by_file ? core::ReplicationMode::file_position : core::ReplicationMode::mariadb_gtid;
    }

    bool m_prefer_file_position;
};

// Where the server stands: the higher of what it wrote to its binary log and what it applied as a replica, in each domain.
// A replica without log_slave_updates has only the latter; a former primary's gtid_slave_pos is older than its log.
Result<gtid::MariadbGtidPos> standing(const Row& row)
{
    const auto written = gtid::MariadbGtidPos::parse(row.text({"gtid_binlog_pos"}));
    const auto applied = gtid::MariadbGtidPos::parse(row.text({"gtid_slave_pos"}));
    for (const auto* pos : {&written, &applied})
        if (!*pos)
            return std::unexpected(pos->error());
    return written->united(*applied);
}

Result<core::ServerStatus> MariadbDialect::parse_status(
    const core::RoleStatus& role, const Rows& globals, const Rows& replica, const Rows& log_end) const
{
    const Row row{globals, 0};
    if (auto there = row.need({"gtid_slave_pos"}); !there)
        return std::unexpected(there.error());
    core::ServerStatus status;
    status.role = role;
    status.started = row.number<std::int64_t>({"started"});
    status.log_bin = row.is_on({"log_bin"});
    status.log_replica_updates = row.is_on({"log_replica_updates"});
    status.gtid_strict = row.is_on({"gtid_strict_mode"});
    status.log_end = parse_log_end(log_end, role.server_id);
    const auto here = standing(row);
    const auto state = gtid::MariadbBinlogState::parse(row.text({"gtid_binlog_state"}));
    const auto fetched = gtid::MariadbGtidPos::parse(Row{replica, 0}.text({"Gtid_IO_Pos"}));
    if (!here || !state || !fetched)
        return std::unexpected(!here ? here.error() : !state ? state.error() : fetched.error());
    status.binlog_state = *state;
    status.mode = mode_of(status);
    if (status.mode == core::ReplicationMode::mariadb_gtid) {
        status.executed = status.applied = *here;
        status.received = here->united(*fetched); // Gtid_IO_Pos is empty after a restart
        return status;
    }
    set_file_positions(status);
    return status;
}

Result<std::string> MariadbDialect::applied_query(const core::Position& position) const
{
    if (!std::holds_alternative<gtid::MariadbGtidPos>(position))
        return base::fail(base::ErrorKind::conflict, text(core::to_string(position), " is not a MariaDB GTID position"));
    return *resume_query();
}

Result<bool> MariadbDialect::parse_applied(const core::Position& position, const Rows& rows) const
{
    const auto here = standing(Row{rows, 0});
    if (!here)
        return std::unexpected(here.error());
    return here->contains(std::get<gtid::MariadbGtidPos>(position));
}

Result<Statement> MariadbDialect::change_source(
    const core::Source& source, const ports::SourceLogin& login, core::ReplicationMode mode) const
{
    if (mode == core::ReplicationMode::mysql_gtid)
        return base::fail(base::ErrorKind::conflict, "a MariaDB server cannot replicate with MySQL's GTIDs");
    if (auto known = check_start(source, mode); !known)
        return std::unexpected(known.error());
    const bool gtid = mode == core::ReplicationMode::mariadb_gtid;
    // Named because 11.4 checks certificates by default, which fails without a CA. With verification off a CA alone checks
    // nothing in newer versions, so it is on, names included, where the administrator gave a CA.
    std::string tail = text(", MASTER_SSL_VERIFY_SERVER_CERT = ", login.tls_ca.empty() ? 0 : 1);
    tail += gtid ? ", MASTER_USE_GTID = slave_pos" : place_options("MASTER_", *source.start) + ", MASTER_USE_GTID = no";
    return Statement{"CHANGE MASTER TO " + source_options("MASTER_", source, login, true) + tail,
        "CHANGE MASTER TO " + source_options("MASTER_", source, login, false) + tail};
}

Result<std::optional<std::string>> MariadbDialect::resume_correction(const Rows& rows) const
{
    const Row row{rows, 0};
    const auto here = standing(row);
    const auto resume = gtid::MariadbGtidPos::parse(row.text({"gtid_slave_pos"}));
    if (!here || !resume)
        return std::unexpected(!here ? here.error() : resume.error());
    if (*here == *resume)
        return std::nullopt;
    return text("SET GLOBAL gtid_slave_pos = ", quoted(here->to_string()));
}

// A primary has written last in every domain of the cluster, if only when it was promoted. A domain that somebody else has
// written comes from elsewhere, by a channel of its own: a number from here would stop that.
Result<std::vector<NumbersToSkip>> MariadbDialect::skip_numbers(const Rows& rows, const std::set<std::uint32_t>& led) const
{
    const Row row{rows, 0};
    const auto applied = gtid::MariadbGtidPos::parse(row.text({"gtid_slave_pos"}));
    const auto state = gtid::MariadbBinlogState::parse(row.text({"gtid_binlog_state"}));
    if (!applied || !state)
        return std::unexpected(!applied ? applied.error() : state.error());
    const auto own = row.number<std::uint32_t>({"gtid_domain_id"});
    std::map<std::uint32_t, gtid::MariadbGtid> last{{own, {}}};
    for (const auto* gtids : {&applied->gtids(), &state->gtids()})
        for (const auto& gtid : *gtids)
            if (auto& seen = last[gtid.domain]; gtid.seq >= seen.seq)
                seen = gtid;
    std::vector<NumbersToSkip> out;
    const auto skip = [&](std::uint32_t domain) {
        NumbersToSkip one{.domain = domain, .number = last[domain].seq + k_numbers_to_skip, .statements = {}};
        if (last.size() > 1)
            one.statements.push_back(text("SET SESSION gtid_domain_id = ", domain));
        one.statements.push_back(text("SET SESSION gtid_seq_no = ", one.number));
        one.statements.push_back("FLUSH HOSTS");
        out.push_back(std::move(one));
    };
    for (const auto& [domain, gtid] : last)
        if (domain != own && led.contains(gtid.server_id))
            skip(domain);
    skip(own);
    return out;
}

std::vector<PrivilegeNeed> MariadbDialect::needs() const
{
    const std::vector<std::string> super = super_instead();
    std::vector<PrivilegeNeed> needs{
        {"BINLOG MONITOR", {"REPLICATION CLIENT"}}, // to read the binary logs and their list
        {"REPLICATION SLAVE", {}},                  // to replicate
        {"REPLICATION SLAVE ADMIN", super},         // to point, start and stop replication
        {"CONNECTION ADMIN", super},                // to end sessions
        {"READ_ONLY ADMIN", {}},                    // to set read_only
        {"PROCESS", {}},                            // to see the sessions that a demotion ends
        {"RELOAD", {}},                             // to forget a source (RESET SLAVE)
        {"BINLOG REPLAY", super},                   // to skip GTID numbers (gtid_seq_no)
        {"SELECT", {}, "mysql"},                    // to find accounts that write past read_only
    };
    if (can().replica_monitor)
        needs.push_back({"SLAVE MONITOR", {"REPLICA MONITOR"}}); // to read the replica's status
    if (can().super_passes_read_only)
        for (PrivilegeNeed& need : needs)
            if (need.name == "READ_ONLY ADMIN")
                need.or_instead = {"SUPER"};
    return needs;
}

std::vector<PrivilegeNeed> MariadbDialect::helpful() const
{
    const std::vector<std::string> super = super_instead();
    return {
        {"BINLOG ADMIN", super}, // to switch events without writing it to the binary log
        {"SET USER", super},     // to keep the definer of an event
        {"EVENT", {}},           // to switch events off on replicas and on again
    };
}

} // namespace

std::unique_ptr<Dialect> make_mariadb_dialect(const core::ServerVersion& version, Quoting quoting, bool prefer_file_position)
{
    return std::make_unique<MariadbDialect>(version, quoting, prefer_file_position);
}

} // namespace mysql_prm::adapters::server
