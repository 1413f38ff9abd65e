// MySQL and Percona Server, 5.7 to 9.x.
#include "mysql_prm/adapters/server/dialect.hpp"
#include "mysql_prm/base/text.hpp"

namespace mysql_prm::adapters::server {

using base::text;

namespace {

class MysqlDialect final : public Dialect {
public:
    using Dialect::Dialect;

    std::string role_query() const override
    {
        // Of the own transactions a checksum: they may be a million intervals. The set lists one server behind another.
        std::string sql = "SELECT @@global.server_id AS server_id, @@global.read_only AS read_only, "
                          "@@global.super_read_only AS super_read_only, "
                          "LOCATE(@@global.server_uuid, @@global.gtid_executed) AS own_at, CRC32(SUBSTRING_INDEX(SUBSTRING("
                          "@@global.gtid_executed, LOCATE(@@global.server_uuid, @@global.gtid_executed)), ',', 1)) AS own";
        if (can().admin_address)
            sql += ", @@global.admin_address AS admin_address, @@global.admin_port AS admin_port";
        return sql;
    }

    std::string replica_query() const override { return text("SHOW ", replica_word(), " STATUS FOR CHANNEL ''"); }

    std::string status_query() const override
    {
        return text("SELECT @@global.server_uuid AS server_uuid, @@global.log_bin AS log_bin, @@global.",
            can().log_replica_updates ? "log_replica_updates" : "log_slave_updates",
            " AS log_replica_updates, @@global.gtid_mode AS gtid_mode, @@global.gtid_owned AS gtid_owned, "
            "@@global.gtid_executed AS gtid_executed, "
            "@@global.gtid_purged AS gtid_purged, UNIX_TIMESTAMP() - (SELECT CAST(VARIABLE_VALUE AS SIGNED) FROM "
            "performance_schema.global_status WHERE VARIABLE_NAME = 'Uptime') AS started");
    }

    std::string log_end_query() const override
    {
        return can().binary_log_status ? "SHOW BINARY LOG STATUS" : "SHOW MASTER STATUS";
    }

    Result<core::ServerStatus> parse_status(
        const core::RoleStatus& role, const Rows& globals, const Rows& replica, const Rows& log_end) const override;
    Result<std::string> applied_query(const core::Position& position) const override;
    Result<bool> parse_applied(const core::Position& position, const Rows& rows) const override;

    std::string start(Threads threads) const override
    {
        return text("START ", replica_word(), threads_of(threads), k_channel);
    }
    std::string stop(Threads threads) const override
    {
        return text("STOP ", replica_word(), threads_of(threads), k_channel);
    }
    std::string forget() const override { return text("RESET ", replica_word(), " ALL", k_channel); }
    std::optional<std::string> unfinished_query() const override
    {
        return "SELECT t.PROCESSLIST_ID AS connection FROM performance_schema.replication_applier_status_by_coordinator c "
               "JOIN performance_schema.threads t USING (THREAD_ID) "
               "WHERE c.CHANNEL_NAME = '' AND c.PROCESSING_TRANSACTION <> ''";
    }
    bool applier_guards_relay_logs() const override { return false; }
    std::optional<std::string> without_space_query() const override { return std::nullopt; }
    Result<Statement> change_source(
        const core::Source& source, const ports::SourceLogin& login, core::ReplicationMode mode) const override;
    std::optional<std::string> resume_query() const override { return std::nullopt; }
    Result<std::optional<std::string>> resume_correction(const Rows&) const override { return std::nullopt; }

    std::optional<std::string> numbers_query() const override { return std::nullopt; }
    Result<std::vector<NumbersToSkip>> skip_numbers(const Rows&, const std::set<std::uint32_t>&) const override
    {
        return std::vector<NumbersToSkip>{};
    }
    std::optional<std::string> insist_on_order() const override { return std::nullopt; }

    std::optional<std::string> shut_out(bool shut) const override
    {
        if (!can().offline_mode)
            return std::nullopt;
        return text("SET GLOBAL offline_mode = ", shut ? "ON" : "OFF");
    }
    std::string refuse_writes() const override { return "SET GLOBAL super_read_only = ON"; } // sets read_only as well
    std::vector<std::string> allow_writes() const override
    {
        return {"SET GLOBAL super_read_only = OFF", "SET GLOBAL read_only = OFF"};
    }
    bool refuses_writes(const core::RoleStatus& role) const override { return role.super_read_only; }
    std::string event_off_clause() const override
    {
        return can().disable_on_replica ? "DISABLE ON REPLICA" : "DISABLE ON SLAVE";
    }

    std::optional<SemiSyncPlugins> semi_sync_plugins() const override
    {
        if (can().semi_sync_source_words)
            return SemiSyncPlugins{
                "rpl_semi_sync_source", "semisync_source.so", "rpl_semi_sync_replica", "semisync_replica.so"};
        return SemiSyncPlugins{"rpl_semi_sync_master", "semisync_master.so", "rpl_semi_sync_slave", "semisync_slave.so"};
    }
    std::string replicas_query() const override { return can().replica_words ? "SHOW REPLICAS" : "SHOW SLAVE HOSTS"; }
    std::optional<std::string> waiting_statements_query() const override { return std::nullopt; }
    // Before there were dynamic privileges the account has SUPER.
    std::optional<std::string> active_role_query() const override
    {
        return can().dynamic_privileges ? std::optional{std::string{"SELECT CURRENT_ROLE() AS role"}} : std::nullopt;
    }
    std::optional<std::string> dump_tags_query() const override
    {
        return "SELECT t.PROCESSLIST_ID AS connection, v.VARIABLE_NAME AS name, v.VARIABLE_VALUE AS value "
               "FROM performance_schema.threads t JOIN performance_schema.user_variables_by_thread v USING (THREAD_ID) "
               "WHERE t.PROCESSLIST_COMMAND LIKE 'Binlog Dump%' AND v.VARIABLE_NAME IN "
               "('replica_uuid', 'slave_uuid', 'rpl_semi_sync_replica', 'rpl_semi_sync_slave') "
               "ORDER BY t.PROCESSLIST_ID";
    }

    std::vector<PrivilegeNeed> needs() const override;
    std::vector<PrivilegeNeed> helpful() const override;
    std::vector<PrivilegeNeed> semi_sync_needs() const override
    {
        return {{"CREATE", {}, "mysql_prm"}, {"INSERT", {}, "mysql_prm"}, {"UPDATE", {}, "mysql_prm"},
            {"SELECT", {}, "mysql_prm"}}; // the heartbeat table
    }
    std::string passing_query() const override
    {
        return "SELECT GRANTEE AS GRANTEE FROM information_schema.USER_PRIVILEGES "
               "WHERE PRIVILEGE_TYPE IN ('SUPER', 'CONNECTION_ADMIN')";
    }
    // Not followed: with super_read_only nobody passes, and without it the list is a hint and not a proof.
    std::optional<std::string> roles_query() const override { return std::nullopt; }

private:
    static constexpr std::string_view k_channel = " FOR CHANNEL ''";

    std::string_view replica_word() const { return can().replica_words ? "REPLICA" : "SLAVE"; }

    void parse_ways_in(const Row& row, core::RoleStatus& role) const override
    {
        if (row.number<std::uint64_t>({"own_at"}) > 0)
            role.own_writes = row.text({"own"});
        role.extra_address = row.text({"admin_address"});
        if (!role.extra_address.empty())
            role.extra_port = row.number<std::uint16_t>({"admin_port"});
    }
};

// gtid_owned has the thread that owns it behind each number, and nothing between two servers, or two tags of one:
// "uuid:5#12:6#13uuid:tag:7#14".
std::string without_threads(std::string_view owned)
{
    constexpr std::size_t k_uuid_size = 36;
    std::string out;
    for (const auto& token : base::split(owned, ':')) {
        const auto hash = token.find('#');
        out += out.empty() ? "" : ":";
        out += token.substr(0, hash);
        if (hash == std::string::npos)
            continue;
        if (const auto behind = token.substr(hash + 1); behind.size() > k_uuid_size)
            out += ',' + behind.substr(behind.size() - k_uuid_size);
    }
    return out;
}

Result<core::ServerStatus> MysqlDialect::parse_status(
    const core::RoleStatus& role, const Rows& globals, const Rows& replica, const Rows& log_end) const
{
    const Row row{globals, 0};
    if (auto there = row.need({"gtid_executed"}); !there)
        return std::unexpected(there.error());
    core::ServerStatus status;
    status.role = role;
    status.server_uuid = row.text({"server_uuid"});
    status.started = row.number<std::int64_t>({"started"});
    status.log_bin = row.is_on({"log_bin"});
    status.log_replica_updates = row.is_on({"log_replica_updates"});
    status.log_end = parse_log_end(log_end, role.server_id);
    const auto executed = gtid::MysqlGtidSet::parse(row.text({"gtid_executed"}));
    const auto purged = gtid::MysqlGtidSet::parse(row.text({"gtid_purged"}));
    const auto retrieved = gtid::MysqlGtidSet::parse(Row{replica, 0}.text({"Retrieved_Gtid_Set"}));
    const auto owned = gtid::MysqlGtidSet::parse(without_threads(row.text({"gtid_owned"})));
    for (const auto* set : {&executed, &purged, &retrieved})
        if (!*set)
            return std::unexpected(set->error());
    status.purged = *purged;
    status.committing = owned.value_or(gtid::MysqlGtidSet{});
    if (base::lower(row.text({"gtid_mode"})) == "on") {
        status.mode = core::ReplicationMode::mysql_gtid;
        status.executed = status.applied = *executed;
        status.received = executed->united(*retrieved);
        return status;
    }
    set_file_positions(status);
    return status;
}

Result<std::string> MysqlDialect::applied_query(const core::Position& position) const
{
    const auto* set = std::get_if<gtid::MysqlGtidSet>(&position);
    if (set == nullptr)
        return base::fail(base::ErrorKind::conflict, text(core::to_string(position), " is not a MySQL GTID set"));
    // Asked instead of WAIT_FOR_EXECUTED_GTID_SET: that waits for ever with a timeout below one second rounded down to 0,
    // and would hide a stopped applier for the length of its slice.
    return text("SELECT GTID_SUBSET(", quoted(set->to_string()), ", @@global.gtid_executed) AS applied");
}

Result<bool> MysqlDialect::parse_applied(const core::Position&, const Rows& rows) const
{
    const Row row{rows, 0};
    if (auto there = row.need({"applied"}); !there)
        return std::unexpected(there.error());
    return row.is_on({"applied"});
}

Result<Statement> MysqlDialect::change_source(
    const core::Source& source, const ports::SourceLogin& login, core::ReplicationMode mode) const
{
    if (mode == core::ReplicationMode::mariadb_gtid)
        return base::fail(base::ErrorKind::conflict, "a MySQL server cannot replicate with MariaDB's GTIDs");
    if (auto known = check_start(source, mode); !known)
        return std::unexpected(known.error());
    const bool gtid = mode == core::ReplicationMode::mysql_gtid;
    const std::string prefix = can().source_words ? "SOURCE_" : "MASTER_";
    // A CA is checked without VERIFY_SERVER_CERT too; that would compare host names as well.
    std::string tail = text(", ", prefix, "SSL_VERIFY_SERVER_CERT = 0, ", prefix, "RETRY_COUNT = 4294967295, ", prefix,
        "AUTO_POSITION = ", gtid ? 1 : 0);
    if (!gtid)
        tail += place_options(prefix, *source.start);
    if (can().source_public_key)
        tail += text(", GET_", prefix, "PUBLIC_KEY = ", login.require_tls ? 0 : 1);
    tail += k_channel;
    const std::string verb = can().source_words ? "CHANGE REPLICATION SOURCE TO " : "CHANGE MASTER TO ";
    return Statement{verb + source_options(prefix, source, login, true) + tail,
        verb + source_options(prefix, source, login, false) + tail};
}

std::vector<PrivilegeNeed> MysqlDialect::needs() const
{
    std::vector<PrivilegeNeed> needs{
        {"REPLICATION CLIENT", {"SUPER"}}, // to read the replica's status and the list of binary logs
        {"REPLICATION SLAVE", {}},         // to replicate, and read the events of a binary log
        {"PROCESS", {}},                   // to see the sessions that a demotion ends
        {"RELOAD", {}},                    // to forget a source (RESET REPLICA)
    };
    if (!can().dynamic_privileges) {
        needs.push_back({"SUPER", {}}); // to set read-only, end sessions and point replication
        return needs;
    }
    needs.push_back({"REPLICATION_SLAVE_ADMIN", {"SUPER"}}); // to point, start and stop replication
    needs.push_back({"SYSTEM_VARIABLES_ADMIN", {"SUPER"}});  // to set super_read_only and offline_mode
    needs.push_back({"CONNECTION_ADMIN", {"SUPER"}});        // to end sessions, and log in during offline_mode
    needs.push_back({"XA_RECOVER_ADMIN", {}});               // to see prepared XA transactions
    return needs;
}

std::vector<PrivilegeNeed> MysqlDialect::helpful() const
{
    std::vector<PrivilegeNeed> rights{
        {"EVENT", {}},                        // to switch events off on replicas and on again
        {"SELECT", {}, "performance_schema"}, // to see which replica acknowledges on which connection
    };
    if (!can().dynamic_privileges)
        return rights;
    if (can().system_user)
        rights.push_back({"SYSTEM_USER", {}}); // to end sessions of system accounts such as root
    if (can().admin_address)
        rights.push_back({"SERVICE_CONNECTION_ADMIN", {"SUPER"}}); // to log in at the admin address
    if (can().set_any_definer)
        rights.push_back({"SET_ANY_DEFINER", {"SET_USER_ID"}}); // to keep the definer of an event
    else
        rights.push_back({"SET_USER_ID", {"SUPER"}}); // to keep the definer of an event
    return rights;
}

} // namespace

std::unique_ptr<Dialect> make_mysql_dialect(const core::ServerVersion& version, Quoting quoting)
{
    return std::make_unique<MysqlDialect>(version, quoting);
}

} // namespace mysql_prm::adapters::server
