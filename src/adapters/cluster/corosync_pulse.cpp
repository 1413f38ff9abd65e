#include "mysql_prm/adapters/cluster/corosync_pulse.hpp"

#include "mysql_prm/base/text.hpp"

#include <algorithm>

namespace mysql_prm::adapters::cluster {

using base::Deadline;
using base::Millis;
using base::text;

namespace {

constexpr auto k_pid_path = "/run/corosync.pid";
constexpr Millis k_default_token{3000}; // corosync 3.1
constexpr Millis k_token_patience{200}; // the tool takes 10 ms, and would hang with corosync
constexpr Millis k_longest_look{500};   // a pause of ours is none of its

// "voluntary_ctxt_switches:\t706\nnonvoluntary_ctxt_switches:\t547\n", the last two lines of /proc/PID/status.
std::string turns_in(const std::string& status)
{
    const auto begin = status.find("voluntary_ctxt_switches:");
    return begin == std::string::npos ? std::string{} : status.substr(begin);
}

} // namespace

// "runtime.config.totem.token (u32) = 1000"
void CorosyncPulse::learn_token()
{
    m_token_known = true;
    m_token = k_default_token;
    const auto answer
        = m_runner.run({"corosync-cmapctl", "-g", "runtime.config.totem.token"}, Deadline::after(k_token_patience));
    if (!answer || answer->exit_status != 0)
        return;
    const auto equals = answer->out.rfind('=');
    if (equals != std::string::npos)
        if (const auto token = base::to_int<int>(base::trim(answer->out.substr(equals + 1))); token && *token > 0)
            m_token = Millis{*token};
}

bool CorosyncPulse::stands_still()
{
    const auto pid = m_files.read(k_pid_path);
    const auto status = pid ? m_files.read(text("/proc/", base::trim(*pid), "/status")) : std::unexpected(pid.error());
    const auto turns = status ? turns_in(*status) : std::string{};
    if (turns.empty() || turns != m_turns) {
        m_turns = turns;
        m_still = Millis{0};
        if (!turns.empty() && !m_token_known)
            learn_token();
    } else {
        m_still += std::min(m_looked.elapsed(), k_longest_look);
    }
    m_looked.now();
    return m_token_known && m_still >= m_token;
}

} // namespace mysql_prm::adapters::cluster
