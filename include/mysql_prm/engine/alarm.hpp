// Notices at once that this node's server has died or hangs, and tells Pacemaker, which would hear of it from the next
// monitor. For the watcher.
//
// A server has died when its process has ended. It hangs when for k_silence, longer than the pauses of a second that virtual
// machines and loaded disks make,
// - it does not answer: on a connection that it had answered on before a question that needs no lock, table or right, where
//   there is such a connection, else a login,
// - behind that says not a word to a new client, as it does before it looks at accounts, with a full connection table too,
// - and works at nothing (less than 100 ms of processor time): one that is only slow does.
// A silence in which this process itself did not run does not count, nor that of a thread pool, whose threads may all wait
// with commits for an acknowledgement while nobody is left to greet. What is not so clear is left to the monitor.
#pragma once

#include "mysql_prm/engine/context.hpp"

#include <functional>
#include <memory>

namespace mysql_prm::engine {

inline constexpr Millis k_silence{1500};

class Alarm {
public:
    // Waits a moment for the end of the server, asks it, reports it once, and kills what hangs. `may_report` is asked when
    // there is something to report: false where the lease has closed or killed it.
    void look(const Context& context, const std::function<bool()>& may_report);

private:
    [[nodiscard]] bool take_hold(const Context& context);
    void has_ended(const Context& context, const std::function<bool()>& may_report);
    [[nodiscard]] Result<void> ask(const Context& context);
    [[nodiscard]] Result<void> log_in(const Context& context);
    [[nodiscard]] bool hangs(const Context& context);
    // Whether Pacemaker has been told.
    [[nodiscard]] bool report(const Context& context, const std::string& what);

    std::unique_ptr<ports::ServerProcess> m_process;
    std::unique_ptr<ports::Server> m_own;
    bool m_has_served = false; // before, its end is the affair of the start
    bool m_has_thread_pool = false;
    bool m_reported = false;
};

} // namespace mysql_prm::engine
