#include "mysql_prm/adapters/cluster/corosync_pulse.hpp"

#include "mysql_prm/base/text.hpp"

#include <algorithm>

namespace mysql_prm::adapters::cluster {

using base::Deadline;
using base::Millis;
using base::text;

namespace {

constexpr auto k_pid_path = "/run/corosync.pid";
constexpr Millis k_default_token{1000}; // for the moment until it is known; a larger one would be too late
constexpr Millis k_between_questions{60'000};
constexpr Millis k_longest_look{500}; // a pause of ours is none of its

} // namespace

CorosyncPulse::CorosyncPulse(ports::Runner& runner, ports::Files& files)
    : m_runner(runner), m_files(files), m_token(k_default_token)
{
}

// The answer comes with a later look: "runtime.config.totem.token (u32) = 1650". It may be configured anew at any time.
void CorosyncPulse::ask_for_token()
{
    if (!m_question && m_asked.elapsed() >= k_between_questions) {
        m_asked.now();
        if (auto begun = m_runner.begin({"corosync-cmapctl", "-g", "runtime.config.totem.token"}))
            m_question = std::move(*begun);
    }
    if (!m_question)
        return;
    const auto line = m_question->line(Deadline::after(Millis{0}));
    if (line && !*line)
        return; // not yet
    m_question.reset();
    const auto equals = line ? (*line)->rfind('=') : std::string::npos;
    if (equals != std::string::npos)
        if (const auto token = base::to_int<int>(base::trim((*line)->substr(equals + 1))); token && *token > 0)
            m_token = Millis{*token};
}

// How often its main thread was given a processor, "voluntary_ctxt_switches:\t706\n..." at the end of the status, and how
// long it has been on one, which one that never gives it up shows.
std::string CorosyncPulse::turns()
{
    const auto pid = m_files.read(k_pid_path);
    if (!pid)
        return {};
    const auto folder = text("/proc/", base::trim(*pid), "/");
    const auto status = m_files.read(folder + "status");
    if (!status || !status->starts_with("Name:\tcorosync\n")) // another one has its number
        return {};
    const auto begin = status->find("voluntary_ctxt_switches:");
    if (begin == std::string::npos)
        return {};
    return status->substr(begin) + m_files.read(folder + "schedstat").value_or("");
}

bool CorosyncPulse::stands_still()
{
    auto now = turns();
    if (now.empty() || now != m_turns) {
        m_turns = std::move(now);
        m_still = Millis{0};
    } else {
        m_still += std::min(m_looked.elapsed(), k_longest_look);
    }
    m_looked.now();
    if (!m_turns.empty())
        ask_for_token();
    return m_still >= m_token * 3 / 2;
}

} // namespace mysql_prm::adapters::cluster
