#include "mysql_prm/adapters/server/semi_sync.hpp"

#include "mysql_prm/adapters/server/grants.hpp"
#include "mysql_prm/adapters/server/replication.hpp"
#include "mysql_prm/adapters/server/sessions.hpp"
#include "mysql_prm/base/text.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace mysql_prm::adapters::server {

using base::ErrorKind;
using base::text;
using ports::SemiSyncClient;
using ports::SemiSyncStatus;

namespace {

constexpr const char* k_processlist = "SHOW PROCESSLIST";

std::unexpected<base::Error> not_loaded(const char* side)
{
    return base::fail(
        ErrorKind::not_installed, text("the plugin for the ", side, " side of semi-synchronous replication is not loaded"));
}

auto find_client(const std::vector<SemiSyncClient>& clients, std::uint32_t server_id)
{
    return std::ranges::find(clients, server_id, &SemiSyncClient::server_id);
}

constexpr std::array k_make_heartbeat_table{"CREATE DATABASE IF NOT EXISTS mysql_prm",
    "CREATE TABLE IF NOT EXISTS mysql_prm.heartbeat (server_id INT UNSIGNED NOT NULL PRIMARY KEY, "
    "written DATETIME(6) NOT NULL) ENGINE = InnoDB COMMENT = 'written by mysql-prm'"};

// Beyond what anybody gives a server; 60 rows in all.
constexpr const char* k_nudge_id = "4294000000 + UNIX_TIMESTAMP() % 60";

Result<void> run_all(Session& session, std::span<const char* const> statements, Deadline deadline)
{
    for (const char* statement : statements)
        if (auto done = session.run(statement, deadline); !done)
            return done;
    return {};
}

Result<void> commit_row(Session& session, const std::string& id, Deadline deadline)
{
    // A server may be configured to commit nothing by itself.
    if (auto set = session.run("SET SESSION innodb_lock_wait_timeout = 1, SESSION autocommit = 1", deadline); !set)
        return set;
    const auto insert = text("INSERT INTO mysql_prm.heartbeat (server_id, written) VALUES (", id,
        ", UTC_TIMESTAMP(6)) ON DUPLICATE KEY UPDATE written = UTC_TIMESTAMP(6)");
    const auto beat = [&] { return session.run(insert, deadline); };
    auto done = beat();
    if (done || done.error().kind != ErrorKind::not_found)
        return done;
    if (auto made = run_all(session, k_make_heartbeat_table, deadline); !made)
        return made;
    return beat();
}

Result<void> turn_source_off(Session& session, const SemiSyncWords& words)
{
    return session.run(text("SET GLOBAL rpl_semi_sync_", words.source, "_enabled = OFF"));
}

} // namespace

Result<SemiSyncLook> look_at_semi_sync(Session& session, Deadline deadline)
{
    const auto now = session.query(k_semi_sync_status, deadline);
    if (!now)
        return std::unexpected(now.error());
    const auto words = semi_sync_words(*now, session.dialect().version().flavor);
    const std::string query = variables_query(words);
    const auto variables = query.empty() ? Result<Rows>{} : session.query(query, deadline);
    if (!variables)
        return std::unexpected(variables.error());
    return SemiSyncLook{words, parse_semi_sync(words, *variables, *now)};
}

Result<void> release_waiting_commits(Session& session)
{
    const auto look = look_at_semi_sync(session, session.io_deadline());
    if (!look)
        return std::unexpected(look.error());
    if (!look->status.source.enabled)
        return {};
    return turn_source_off(session, look->words);
}

Result<SemiSyncStatus> SessionSemiSync::status()
{
    const auto look = look_at_semi_sync(*m_session, m_session->io_deadline());
    return look ? Result<SemiSyncStatus>{look->status} : std::unexpected(look.error());
}

Result<void> SessionSemiSync::install_sides()
{
    const auto before = status();
    if (!before)
        return std::unexpected(before.error());
    const auto plugins = m_session->dialect().semi_sync_plugins();
    std::vector<Statement> statements;
    if (plugins && !before->source.available)
        statements.emplace_back(text("INSTALL PLUGIN ", plugins->source_name, " SONAME '", plugins->source_file, "'"));
    if (plugins && !before->replica.available)
        statements.emplace_back(text("INSTALL PLUGIN ", plugins->replica_name, " SONAME '", plugins->replica_file, "'"));
    return statements.empty() ? Result<void>{} : m_session->run_past_super_read_only(statements);
}

Result<void> SessionSemiSync::set_source_side(bool on, std::uint32_t acknowledgements)
{
    if (!on)
        return release_waiting_commits(*m_session);
    const auto look = look_at_semi_sync(*m_session, m_session->io_deadline());
    if (!look)
        return std::unexpected(look.error());
    const auto& words = look->words;
    if (words.source.empty())
        return not_loaded("source");
    if (!words.counts && acknowledgements != 1)
        return base::fail(ErrorKind::conflict,
            text("this server waits for one acknowledgement only, and ", acknowledgements, " were asked for"));
    // Once a commit has not been acknowledged in time the side is on and lets everything pass, until a replica acknowledges
    // something: on again changes nothing then.
    if (look->status.source.enabled && !look->status.source.active)
        if (auto off = turn_source_off(*m_session, words); !off)
            return off;
    return m_session->run(source_side_on(words, acknowledgements));
}

Result<void> SessionSemiSync::defuse_source_side()
{
    const auto look = look_at_semi_sync(*m_session, m_session->io_deadline());
    if (!look)
        return std::unexpected(look.error());
    if (!look->status.source.enabled)
        return {};
    return m_session->run(text("SET GLOBAL rpl_semi_sync_", look->words.source, "_timeout = 1")); // millisecond
}

Result<void> SessionSemiSync::set_replica_side(bool on, Deadline deadline)
{
    const auto look = look_at_semi_sync(*m_session, deadline);
    if (!look)
        return std::unexpected(look.error());
    const auto& side = look->status.replica;
    if (!side.available)
        return on ? not_loaded("replica") : Result<void>{};
    std::string sql = text("SET GLOBAL rpl_semi_sync_", look->words.replica, "_enabled = ", on ? "ON" : "OFF");
    // MariaDB ends its connection to the source by a second one. While the source cannot be reached, stopping the receiver
    // takes as long as that may: 2 s by default, 1 s with this (10.11.19), and an election waits for it.
    if (on && m_session->dialect().version().flavor == core::Flavor::mariadb)
        sql += text(", GLOBAL rpl_semi_sync_", look->words.replica, "_kill_conn_timeout = 1");
    const Statement set{std::move(sql)};
    if (side.enabled != on)
        if (auto done = m_session->run(set, deadline); !done)
            return done;
    const auto rows = m_session->query(m_session->dialect().replica_query(), deadline);
    if (!rows)
        return std::unexpected(rows.error());
    const auto replica = parse_replica(*rows);
    if (!replica || replica->receiver == core::ReceiverState::stopped || side.active == on)
        return {};
    return restart_receiver(*m_session, deadline);
}

// Nothing where the server does not tell, or not to this account.
Result<Rows> SessionSemiSync::tags()
{
    const auto query = m_session->dialect().dump_tags_query();
    if (!query)
        return Rows{};
    auto rows = m_session->query(*query);
    if (!rows && rows.error().kind == ErrorKind::access_denied)
        return Rows{};
    return rows;
}

Result<std::vector<SemiSyncClient>> SessionSemiSync::clients()
{
    const auto now = status();
    if (!now)
        return std::unexpected(now.error());
    const auto replicas = m_session->query(m_session->dialect().replicas_query());
    if (!replicas)
        return std::unexpected(replicas.error());
    const auto told = tags();
    if (!told)
        return std::unexpected(told.error());
    const auto processlist = m_session->query(k_processlist);
    if (!processlist)
        return std::unexpected(processlist.error());
    return semi_sync_clients(*replicas, *processlist, *told, now->clients);
}

Result<void> SessionSemiSync::end_and_wait(const std::vector<std::uint64_t>& connections, Deadline deadline)
{
    for (const auto connection : connections) {
        const auto ended = m_session->run(text("KILL CONNECTION ", connection), deadline);
        if (!ended && ended.error().kind != ErrorKind::not_found)
            return ended;
    }
    return wait_until_gone(*m_session, connections, deadline);
}

Result<void> SessionSemiSync::cut_client(std::uint32_t server_id, Deadline deadline)
{
    const auto before = clients();
    if (!before)
        return std::unexpected(before.error());
    const auto client = find_client(*before, server_id);
    if (client == before->end())
        return {};
    std::vector<std::uint64_t> victims;
    if (client->connection) {
        victims.push_back(*client->connection);
    } else {
        const auto processlist = m_session->query(k_processlist, deadline);
        if (!processlist)
            return std::unexpected(processlist.error());
        for (const auto& dump : dump_sessions(*processlist))
            victims.push_back(dump.id);
    }
    if (auto ended = end_and_wait(victims, deadline); !ended)
        return ended;
    const auto after = clients();
    if (!after)
        return std::unexpected(after.error());
    if (find_client(*after, server_id) != after->end())
        return base::fail(ErrorKind::conflict, text("server ", server_id, " has connected again"));
    return {};
}

Result<ports::WaitingCommits> SessionSemiSync::waiting_commits()
{
    const auto processlist = m_session->query(k_processlist);
    if (!processlist)
        return std::unexpected(processlist.error());
    return server::waiting_commits(*processlist);
}

Result<std::vector<std::uint64_t>> SessionSemiSync::waiting_statements()
{
    const auto query = m_session->dialect().waiting_statements_query();
    const auto rows = query ? m_session->query(*query) : Result<Rows>{};
    if (!rows)
        return std::unexpected(rows.error());
    std::vector<std::uint64_t> out;
    for (std::size_t i = 0; i < rows->size(); ++i)
        out.push_back(Row{*rows, i}.number<std::uint64_t>({"QUERY_ID"}));
    return out;
}

// By the statement's number and not by its session: that may be at its next statement by now.
Result<void> SessionSemiSync::acknowledge(const std::vector<std::uint64_t>& statements)
{
    for (const auto statement : statements)
        if (const auto done = m_session->run(text("KILL QUERY ID ", statement));
            !done && done.error().kind != ErrorKind::not_found)
            return done;
    return {};
}

Result<std::vector<std::string>> SessionSemiSync::missing_privileges()
{
    const auto rows = m_session->query("SHOW GRANTS");
    if (!rows)
        return std::unexpected(rows.error());
    return missing(m_session->dialect().semi_sync_needs(), parse_grants(*rows));
}

Result<bool> SessionSemiSync::is_held_up_by_accounts()
{
    const auto query = m_session->dialect().active_role_query();
    if (!query)
        return false;
    const auto role = m_session->query(*query);
    if (!role)
        return std::unexpected(role.error());
    if (Row{*role, 0}.text({"role"}) != "NONE")
        return false;
    const auto grants = m_session->query("SHOW GRANTS");
    if (!grants)
        return std::unexpected(grants.error());
    return !parse_grants(*grants).covers({"SUPER", {}, {}});
}

Result<void> SessionSemiSync::commit_heartbeat(Deadline deadline)
{
    // The number itself: in a binary log of statements the replica would put in its own. And no beat waits long for another.
    const auto rows = m_session->query("SELECT @@global.server_id AS server_id", deadline);
    if (!rows)
        return std::unexpected(rows.error());
    return commit_row(*m_session, std::to_string(Row{*rows, 0}.number<std::uint32_t>({"server_id"})), deadline);
}

Result<void> SessionSemiSync::commit_nudge(Deadline deadline)
{
    return commit_row(*m_session, k_nudge_id, deadline);
}

Result<void> SessionSemiSync::make_heartbeat_table(Deadline deadline)
{
    const auto found = m_session->query("SELECT 1 FROM mysql_prm.heartbeat LIMIT 1", deadline);
    if (found || found.error().kind != ErrorKind::not_found)
        return found ? Result<void>{} : std::unexpected(found.error());
    const auto role = read_role(*m_session);
    if (!role)
        return std::unexpected(role.error());
    if (role->super_read_only)
        if (auto open = m_session->run("SET GLOBAL super_read_only = OFF", deadline); !open)
            return open;
    auto made = run_all(*m_session, k_make_heartbeat_table, deadline);
    if (role->super_read_only)
        if (auto closed = m_session->run(m_session->dialect().refuse_writes(), deadline); !closed)
            return closed;
    return made;
}

} // namespace mysql_prm::adapters::server
