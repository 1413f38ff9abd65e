#include "mysql_prm/adapters/server/write_gate.hpp"

#include "mysql_prm/adapters/server/semi_sync.hpp"
#include "mysql_prm/base/text.hpp"

#include <algorithm>
#include <iterator>
#include <map>

namespace mysql_prm::adapters::server {

using base::ErrorKind;
using base::text;

namespace {

constexpr Millis k_withdrawal{1000}; // for taking back a request that is blocked
constexpr int k_looks = 10;          // at who has come meanwhile
constexpr const char* k_processlist = "SHOW PROCESSLIST";

} // namespace

Result<Connection*> SessionWriteGate::helper()
{
    if (!m_helper || !m_helper->usable()) {
        auto connection = m_session->another();
        if (!connection)
            return std::unexpected(connection.error());
        m_helper = std::move(*connection);
    }
    return &*m_helper;
}

Result<bool> SessionWriteGate::shut_out_clients(bool shut_out)
{
    const auto statement = m_session->dialect().shut_out(shut_out);
    if (!statement)
        return false;
    if (shut_out)
        if (const auto ready = helper(); !ready)
            return std::unexpected(ready.error());
    if (const auto done = m_session->run(*statement); !done)
        return std::unexpected(done.error());
    return true;
}

Result<std::vector<ClientSession>> SessionWriteGate::clients()
{
    const auto list = m_session->query(k_processlist);
    if (!list)
        return std::unexpected(list.error());
    return client_sessions(*list, own());
}

std::vector<std::uint64_t> SessionWriteGate::own() const
{
    std::vector<std::uint64_t> own{m_session->connection().id()};
    if (m_helper)
        own.push_back(m_helper->id());
    return own;
}

// Returns who was ended. Those that left by themselves or may not be ended are passed over. Without a deadline each has the
// time of any call: there may be thousands.
Result<std::vector<std::uint64_t>> SessionWriteGate::end(
    const std::vector<ClientSession>& victims, std::optional<Deadline> deadline)
{
    std::vector<std::uint64_t> ended;
    for (const ClientSession& victim : victims) {
        const auto done = m_session->run(text("KILL CONNECTION ", victim.id), deadline.value_or(m_session->io_deadline()));
        if (done)
            ended.push_back(victim.id);
        else if (!m_session->connection().usable())
            return std::unexpected(done.error());
    }
    return ended;
}

// Servers commit in groups. MariaDB: when the session that waits for its group's acknowledgement is ended, the others of the
// group and those queued behind it are told success, unless they have been ended before (10.11.19).
Result<std::uint32_t> SessionWriteGate::end_sessions()
{
    std::uint32_t ended = 0;
    for (int look = 1;; ++look) {
        auto victims = clients();
        if (!victims)
            return std::unexpected(victims.error());
        const auto waiting = std::stable_partition(victims->begin(), victims->end(),
            [](const ClientSession& session) { return !session.waits_for_acknowledgement; });
        const bool are_mixed = waiting != victims->begin() && waiting != victims->end();
        const bool again = are_mixed && look < k_looks;
        if (again)
            victims->erase(waiting, victims->end());
        const auto done = end(*victims, std::nullopt);
        if (!done)
            return std::unexpected(done.error());
        ended += static_cast<std::uint32_t>(done->size());
        if (!again)
            return ended;
    }
}

Result<void> SessionWriteGate::end_connections(Deadline deadline)
{
    const auto before = m_session->query(k_processlist, deadline);
    if (!before)
        return std::unexpected(before.error());
    auto victims = client_sessions(*before, own());
    std::ranges::copy(dump_sessions(*before), std::back_inserter(victims));
    const auto ended = end(victims, deadline);
    if (!ended)
        return std::unexpected(ended.error());
    return wait_until_gone(*m_session, *ended, deadline);
}

Result<void> SessionWriteGate::set_read_only(Millis wait)
{
    const auto ready = helper();
    if (!ready)
        return std::unexpected(ready.error());
    Connection& connection = **ready;
    const auto seconds = std::max<std::int64_t>(1, std::chrono::ceil<std::chrono::seconds>(wait).count());
    if (const auto set = connection.query(text("SET SESSION lock_wait_timeout = ", seconds), m_session->io_deadline()); !set)
        return std::unexpected(set.error());

    const Statement request = m_session->dialect().refuse_writes();
    if (auto sent = connection.send(request); !sent)
        return sent;
    const auto reserve = std::min(k_withdrawal, m_session->io_deadline().remaining() / 3);
    if (!connection.answered(connection.before_end(Deadline::after(wait), reserve)))
        return withdraw(request);
    if (const auto done = connection.receive(request); !done)
        return std::unexpected(done.error());
    return {};
}

// Takes back a request that did not answer in time. It may have come through at the last moment: then it counts as done.
Result<void> SessionWriteGate::withdraw(const Statement& request)
{
    const auto killed = m_session->run(text("KILL QUERY ", m_helper->id()), Deadline::after(k_withdrawal));
    if (killed && m_helper->answered(Deadline::after(k_withdrawal))) {
        if (m_helper->receive(request))
            return {};
    } else {
        m_helper.reset();
    }
    return base::fail(ErrorKind::timed_out, text(request.loggable, ": blocked by another session"));
}

Result<std::vector<std::string>> SessionWriteGate::writers()
{
    const Dialect& dialect = m_session->dialect();
    const auto sessions = clients();
    if (!sessions)
        return std::unexpected(sessions.error());
    const auto grants = m_session->query(dialect.passing_query());
    if (!grants)
        return std::unexpected(grants.error());
    Rows roles;
    if (const auto query = dialect.roles_query()) {
        auto answer = m_session->query(*query);
        if (!answer)
            return std::unexpected(answer.error());
        roles = std::move(*answer);
    }
    std::vector<std::string> out;
    for (const ClientSession& holder : holders(*sessions, *grants, roles))
        out.push_back(holder.to_string());
    return out;
}

Result<core::WriteProof> SessionWriteGate::proof()
{
    const auto status = read_status(*m_session);
    if (!status)
        return std::unexpected(status.error());
    const auto prepared = m_session->query("XA RECOVER");
    if (!prepared)
        return std::unexpected(prepared.error());
    core::WriteProof proof;
    proof.read_only_in_force = m_session->dialect().refuses_writes(status->role);
    proof.executed = status->executed;
    proof.prepared_xa = static_cast<std::uint32_t>(prepared->size());
    // super_read_only lets nobody pass; every other state has holders of rights that pass.
    if (!status->role.super_read_only) {
        auto past = writers();
        if (!past)
            return std::unexpected(past.error());
        proof.writers = std::move(*past);
    }
    return proof;
}

// An action that was killed may have left the door shut.
Result<void> SessionWriteGate::open()
{
    if (const auto let_in = shut_out_clients(false); !let_in)
        return std::unexpected(let_in.error());
    for (const std::string& statement : m_session->dialect().allow_writes())
        if (auto done = m_session->run(statement); !done)
            return done;
    return {};
}

namespace {

constexpr const char* k_all_events = "SELECT EVENT_SCHEMA AS event_schema, EVENT_NAME AS event_name, STATUS AS status, "
                                     "DEFINER AS definer FROM information_schema.EVENTS";

std::string event_name(const Row& row)
{
    return identifier(row.text({"event_schema"})) + "." + identifier(row.text({"event_name"}));
}

} // namespace

Result<std::vector<std::string>> SessionWriteGate::enabled_events()
{
    const auto rows = m_session->query(k_all_events);
    if (!rows)
        return std::unexpected(rows.error());
    std::vector<std::string> out;
    for (std::size_t i = 0; i < rows->size(); ++i)
        if (const Row row{*rows, i}; row.text({"status"}) == "ENABLED")
            out.push_back(event_name(row));
    std::sort(out.begin(), out.end());
    return out;
}

Result<void> SessionWriteGate::switch_events(const std::vector<std::string>& events, const std::string& clause)
{
    if (events.empty())
        return {};
    const auto rows = m_session->query(k_all_events);
    if (!rows)
        return std::unexpected(rows.error());
    std::map<std::string, std::string> definers;
    for (std::size_t i = 0; i < rows->size(); ++i)
        definers[event_name(Row{*rows, i})] = account_name(Row{*rows, i}.text({"definer"}));
    std::optional<base::Error> refusal;
    for (const std::string& event : events) {
        const auto known = definers.find(event);
        if (known == definers.end())
            continue;
        auto done = m_session->run_unlogged({text("ALTER DEFINER = ", known->second, " EVENT ", event, " ", clause)});
        if (done || done.error().kind == ErrorKind::not_found)
            continue;
        refusal = done.error();
        if (refusal->kind == ErrorKind::timed_out)
            break;
    }
    if (refusal)
        return std::unexpected(*refusal);
    return {};
}

Result<void> SessionWriteGate::enable_events(const std::vector<std::string>& events)
{
    return switch_events(events, "ENABLE");
}

Result<void> SessionWriteGate::disable_events(const std::vector<std::string>& events)
{
    return switch_events(events, m_session->dialect().event_off_clause());
}

Result<void> SessionWriteGate::stop_waiting_for_acknowledgements()
{
    return release_waiting_commits(*m_session);
}

} // namespace mysql_prm::adapters::server
