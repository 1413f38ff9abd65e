#include "mysql_prm/engine/alarm.hpp"

#include "mysql_prm/base/text.hpp"
#include "mysql_prm/log/log.hpp"

#include <algorithm>

namespace mysql_prm::engine {
namespace {

using base::ErrorKind;
using base::text;

constexpr Millis k_between_looks{250};
constexpr Millis k_answer_patience{600};
constexpr Millis k_login_patience{2000}; // what that becomes for a login, which is waited for in whole seconds, twice
constexpr Millis k_least_silence{800};   // of a new client
constexpr Millis k_own_delay{250};       // by which an answer may seem to take longer than it is waited for
constexpr Millis k_busy{100};            // of processor time within it
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

void Alarm::look(const Context& context, const std::function<bool()>& may_report)
{
    if (!m_process && !take_hold(context))
        return context.ports.clock.pause(k_between_looks, context.deadline);
    if (m_process->wait_for_end(context.deadline.within(k_between_looks)))
        return has_ended(context, may_report);
    if (m_reported || !may_report() || !hangs(context))
        return;
    if (m_process->wait_for_end(context.deadline.within(Millis{0})))
        return has_ended(context, may_report);
    if (!may_report())
        return;
    m_reported = report(context, text("the server has not answered for ", k_silence.count(), " ms and does not work"));
    // It is going to be ended for this in any case, and nobody can say what it may still do when it comes to itself: whether
    // it takes writes, or acknowledges those of others.
    if (m_reported && may_report())
        if (const auto killed = m_process->kill(); !killed)
            log::warn(killed.error().message);
}

void Alarm::has_ended(const Context& context, const std::function<bool()>& may_report)
{
    if (m_has_served && !m_reported && may_report())
        static_cast<void>(report(context, "the server has ended"));
    m_process.reset();
}

Result<void> Alarm::ask(const Context& context)
{
    return m_own ? m_own->ping(context.deadline.within(k_answer_patience)) : log_in(context);
}

Result<void> Alarm::log_in(const Context& context)
{
    auto own = context.ports.servers.local(
        {.account = context.settings.admin, .connect_timeout = k_answer_patience, .io_timeout = k_answer_patience});
    if (!own)
        return std::unexpected(own.error());
    const auto has_pool = (*own)->has_thread_pool();
    if (!has_pool)
        return std::unexpected(has_pool.error());
    m_has_thread_pool = *has_pool;
    m_own = std::move(*own);
    return {};
}

bool Alarm::hangs(const Context& context)
{
    const auto used_before = m_process->processor_time();
    const auto patience = m_own ? k_answer_patience : k_login_patience;
    base::Since began;
    began.now();
    const auto answer = ask(context);
    const auto asked = began.elapsed();
    if (answer || answer.error().kind != ErrorKind::timed_out) {
        m_has_served = m_has_served || answer;
        if (!answer)
            m_own.reset();
        return false;
    }
    m_own.reset();
    const auto silence = std::max(k_silence - asked, k_least_silence);
    if (!m_has_served || m_has_thread_pool || asked > patience + k_own_delay
        || !context.ports.mysqld.is_silent(context.deadline.within(silence))
        || began.elapsed() > asked + silence + k_own_delay)
        return false;
    const auto used = m_process->processor_time();
    return used && used_before && *used - *used_before <= k_busy;
}

bool Alarm::report(const Context& context, const std::string& what)
{
    // An administrator who ends a server in maintenance wants nothing recovered, and where nobody can be asked nobody can be
    // told.
    const auto is_unmanaged = context.ports.cluster.is_unmanaged(context.deadline.within(k_question_patience));
    if (!is_unmanaged)
        log::warn(text(what, "; left to the next monitor: ", is_unmanaged.error().message));
    if (!is_unmanaged || *is_unmanaged)
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
