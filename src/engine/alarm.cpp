#include "mysql_prm/engine/alarm.hpp"

#include "mysql_prm/base/text.hpp"
#include "mysql_prm/log/log.hpp"

namespace mysql_prm::engine {
namespace {

using base::ErrorKind;
using base::text;

constexpr Millis k_between_looks{250};
constexpr Millis k_answer_patience{600};
constexpr Millis k_own_delay{250}; // by which the silence may seem longer than it was waited for
constexpr Millis k_busy{100};      // of processor time within it
constexpr Millis k_question_patience{1000};
constexpr Millis k_report_patience{3000};
constexpr int k_report_attempts = 3;

} // namespace

bool Alarm::take_hold(const Context& context)
{
    *this = Alarm{};
    m_process = context.ports.mysqld.hold();
    return m_process != nullptr;
}

void Alarm::look(const Context& context, bool may_report)
{
    if (!m_process && !take_hold(context))
        return context.ports.clock.pause(k_between_looks, context.deadline);
    if (m_process->wait_for_end(context.deadline.within(k_between_looks)))
        return has_ended(context, may_report);
    if (m_reported || !may_report || !hangs(context))
        return;
    if (m_process->wait_for_end(context.deadline.within(Millis{0})))
        return has_ended(context, may_report);
    m_reported = report(context, text("the server has not answered for ", k_silence.count(), " ms and does not work"));
    // It is going to be ended for this in any case, and nobody can say what it may still do when it comes to itself: whether
    // it takes writes, or acknowledges those of others.
    if (m_reported)
        if (const auto killed = m_process->kill(); !killed)
            log::warn(killed.error().message);
}

void Alarm::has_ended(const Context& context, bool may_report)
{
    if (m_has_served && !m_reported && may_report)
        static_cast<void>(report(context, "the server has ended"));
    m_process.reset();
}

Result<void> Alarm::ask(const Context& context)
{
    if (m_own)
        return m_own->ping(context.deadline.within(k_answer_patience));
    auto own = context.ports.servers.local(
        {.account = context.settings.admin, .connect_timeout = k_answer_patience, .io_timeout = k_answer_patience});
    if (!own)
        return std::unexpected(own.error());
    m_own = std::move(*own);
    return {};
}

bool Alarm::hangs(const Context& context)
{
    const auto used_before = m_process->processor_time();
    base::Since began;
    began.now();
    const auto in_silence = context.deadline.within(k_silence);
    const auto answer = ask(context);
    if (answer || answer.error().kind != ErrorKind::timed_out) {
        m_has_served = m_has_served || answer;
        if (!answer)
            m_own.reset();
        return false;
    }
    m_own.reset();
    if (!m_has_served || !context.ports.mysqld.is_silent(in_silence) || began.elapsed() > k_silence + k_own_delay)
        return false;
    const auto used = m_process->processor_time();
    return used && used_before && *used - *used_before <= k_busy;
}

bool Alarm::report(const Context& context, const std::string& what)
{
    // An administrator who ends a server in maintenance wants nothing recovered, and where nobody can be asked nobody can be
    // told.
    const auto is_left_alone = context.ports.cluster.is_left_alone(context.deadline.within(k_question_patience));
    if (!is_left_alone || *is_left_alone)
        return false;
    log::warn(text(what, ": letting the cluster know"));
    for (int attempt = 1;; ++attempt) {
        const auto reported = context.ports.cluster.report_failure(context.deadline.within(k_report_patience));
        if (reported)
            return true;
        if (attempt == k_report_attempts) {
            log::warn(text("left to the next monitor: ", reported.error().message));
            return false;
        }
    }
}

} // namespace mysql_prm::engine
