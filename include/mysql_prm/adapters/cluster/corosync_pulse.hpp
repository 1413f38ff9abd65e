// Whether corosync runs at all. One that hangs (stopped, waiting for a disk, never given a processor) tells nobody that the
// others go on without it, its node keeps the quorum that it had, and Pacemaker there believes it. Seen from outside: its
// main thread has timers of a fifth of the time that a token may take, alone in its ring too; one that has not run for
// longer than that whole time hangs. The others miss the token then, but need 1.2 times as long again to leave this node
// out: closed at one and a half, a primary is closed in time, and not for a pause that they would not have noticed.
#pragma once

#include "mysql_prm/base/deadline.hpp"
#include "mysql_prm/ports/os.hpp"

#include <memory>
#include <string>

namespace mysql_prm::adapters::cluster {

class CorosyncPulse {
public:
    CorosyncPulse(ports::Runner& runner, ports::Files& files);

    // To be asked several times a second: what counts is how long it is seen to stand still, and not that nobody looked.
    // false also where it cannot be seen, and where it has ended. Never waits.
    [[nodiscard]] bool stands_still();
    // The time that a token may take depends on how many there are.
    void membership_changed() { m_asked.never(); }

private:
    [[nodiscard]] std::string turns();
    void ask_for_token();

    ports::Runner& m_runner;
    ports::Files& m_files;
    std::unique_ptr<ports::Program> m_question; // which would hang with corosync
    base::Since m_asked;
    base::Millis m_token;
    std::string m_turns; // what it has run so far, as the kernel words it
    base::Since m_looked;
    base::Millis m_still{0};
};

} // namespace mysql_prm::adapters::cluster
