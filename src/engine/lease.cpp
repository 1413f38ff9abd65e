#include "mysql_prm/engine/lease.hpp"

#include "mysql_prm/base/text.hpp"
#include "mysql_prm/engine/access.hpp"
#include "mysql_prm/engine/close_writes.hpp"
#include "mysql_prm/engine/record.hpp"
#include "mysql_prm/log/log.hpp"

namespace mysql_prm::engine {
namespace {

using base::text;
using ports::Quorum;

constexpr Millis k_look{250};
constexpr Millis k_between_questions{30'000};
constexpr Millis k_while_left_alone{1000}; // it may have ended, and nothing else would tell

// A login may block behind a waiting commit, a statement behind a lock: the end of the server does not wait for them.
Result<void> close_or_kill(const Context& context)
{
    const auto deadline = context.deadline.within(k_lease_close);
    const auto in_time = context.by(deadline);
    const auto countdown = context.ports.mysqld.kill_at(deadline);
    auto server = connect_local(in_time, Patience::work);
    if (!server && !context.ports.mysqld.running())
        return {};
    const auto closed = server ? close_writes(in_time, **server, deadline) : std::unexpected(server.error());
    if (closed) {
        log::warn(text("closed at ", base::shorten(core::to_string(*closed), 200)));
        return {};
    }
    log::warn(text("ending the server, which could not be closed: ", closed.error().message));
    const auto killed = context.ports.mysqld.kill(context.deadline);
    return killed ? Result<void>{} : std::unexpected(killed.error());
}

} // namespace

// While all is well too: when quorum is lost the tool may have no answer in time.
void Lease::ask_whether_left_alone(const Context& context)
{
    m_asked.now();
    if (const auto answer = context.ports.cluster.is_left_alone(context.deadline.within(k_lease_question)))
        m_left_alone = *answer;
}

bool Lease::is_question_due() const
{
    return m_asked.elapsed() >= (m_left_alone ? k_while_left_alone : k_between_questions);
}

void Lease::note(const Context& context, const ports::QuorumLook& seen)
{
    if (m_noted && !seen.changed)
        return;
    context.ports.watcher.note_membership(seen.quorum == Quorum::unknown
            ? std::nullopt
            : std::optional{ports::Membership{.age = Millis{0}, .unaware = seen.unaware, .is_new = seen.is_new}});
    m_noted = true;
}

bool Lease::look(const Context& context)
{
    const auto seen = m_quorum.wait(k_look);
    note(context, seen);
    m_has_quorum = seen.quorum != Quorum::lost;
    if (!is_open_primary(context) || seen.quorum != Quorum::lost) {
        m_lost = m_ended = false;
        if (is_open_primary(context) && is_question_due())
            ask_whether_left_alone(context);
        return true;
    }
    const auto generation = context.memory.record()->generation;
    if (m_ended && m_generation == generation)
        return false;
    m_generation = generation;
    if (!m_lost)
        log::warn("this primary has lost the quorum, or its cluster layer");
    if (!m_lost || is_question_due())
        ask_whether_left_alone(context);
    if (!m_lost && m_left_alone)
        log::warn("it goes on, as the cluster's configuration wants: maintenance, or no-quorum-policy");
    m_lost = true;
    if (m_left_alone)
        return false;
    const auto ended = close_or_kill(context);
    if (!ended)
        log::warn(ended.error().message);
    m_ended = ended.has_value();
    return false;
}

Result<void> wait_for_end_of_lease(const Context& context, bool has_handed_over)
{
    const auto seen = context.ports.watcher.membership().value_or(ports::Membership{Millis{0}, k_unaware_unwatched});
    const auto lease = k_lease + (has_handed_over ? Millis{0} : seen.unaware);
    if (seen.age >= lease)
        return {};
    const auto rest = lease - seen.age;
    if (context.deadline.remaining() < rest)
        return base::fail(base::ErrorKind::timed_out, "the last primary may take writes for longer than this promotion may take");
    log::info(text("waiting ", rest.count(), " ms for the end of the last primary's lease"));
    context.ports.clock.pause(rest, context.deadline);
    return {};
}

} // namespace mysql_prm::engine
