#include "mysql_prm/engine/heartbeat.hpp"

#include "mysql_prm/base/text.hpp"
#include "mysql_prm/core/score.hpp"
#include "mysql_prm/engine/access.hpp"
#include "mysql_prm/engine/disk.hpp"
#include "mysql_prm/engine/record.hpp"
#include "mysql_prm/log/log.hpp"

namespace mysql_prm::engine {
namespace {

using base::ErrorKind;
using base::fail;
using base::text;

constexpr Millis k_between_beats{1000};
constexpr Millis k_patience{1000};

} // namespace

Result<void> Heartbeat::try_beat(const Context& context)
{
    if (!m_own) {
        auto own = context.ports.servers.local(
            {.account = context.settings.admin, .connect_timeout = k_patience, .io_timeout = k_patience});
        if (!own)
            return std::unexpected(own.error());
        m_own = std::move(*own);
    }
    // Only behind writes of others: a beat that nobody has received when this node is cut off keeps it out afterwards, and
    // an idle primary has no delay to measure.
    const auto end = m_own->binary_log().end();
    if (!end || m_end == *end)
        return end ? Result<void>{} : std::unexpected(end.error());
    // Its rights go past read-only: between the record and the opening, or after somebody has closed it.
    const auto role = m_own->role();
    if (!role)
        return std::unexpected(role.error());
    if (!role->writable())
        return {};
    if (context.semi_sync()) {
        const auto status = m_own->semi_sync().status();
        if (!status)
            return std::unexpected(status.error());
        if (status->waiting_sessions > 0) // it would wait as they do
            return {};
    }
    if (m_end)
        if (const auto done = m_own->semi_sync().commit_heartbeat(context.deadline.within(k_patience)); !done)
            return done;
    const auto after = m_own->binary_log().end();
    if (!after)
        return std::unexpected(after.error());
    m_end = *after;
    return {};
}

Millis Heartbeat::beat(const Context& context)
{
    if (!is_open_primary(context)) {
        m_own.reset();
        return k_between_beats;
    }
    note_full_disk(context);
    const auto done = try_beat(context);
    const std::string problem = done || done.error().kind == ErrorKind::timed_out ? std::string{} : done.error().message;
    if (!done)
        m_own.reset();
    if (problem != m_problem && !problem.empty() && context.ports.mysqld.running())
        log::info(text("no heartbeat, the replication delay is what the servers say: ", problem));
    m_problem = problem;
    return k_between_beats;
}

std::optional<std::chrono::seconds> replication_delay(
    const Context& context, ports::Server& server, const core::ReplicaStatus& replica)
{
    if (!replica.lag)
        return std::nullopt;
    const auto beat = server.heartbeat(replica.source_server_id);
    if (!beat || !*beat)
        return replica.lag;
    auto& state = context.memory.state;
    const auto seen = text(replica.source_server_id, ' ', (*beat)->written);
    if (seen == state.heartbeat)
        return replica.lag;
    const auto now = std::chrono::duration_cast<Millis>(context.ports.clock.wall().time_since_epoch());
    const bool is_of_this_source = state.heartbeat.starts_with(text(replica.source_server_id, ' '));
    const auto since_last_look = now - Millis{state.heartbeat_seen};
    state.heartbeat = seen;
    state.heartbeat_seen = now.count();
    return is_of_this_source ? core::delay_of(*replica.lag, (*beat)->age, since_last_look) : *replica.lag;
}

} // namespace mysql_prm::engine
