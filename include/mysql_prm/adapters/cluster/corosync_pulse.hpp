// Whether corosync runs at all. One that hangs (stopped, waiting for a disk, never given a processor) tells nobody that the
// others go on without it, its node keeps the quorum that it had, and Pacemaker there believes it. Seen from outside: its
// main thread, which passes a token several times within the time that a token may take, has not been on a processor for
// that long.
#pragma once

#include "mysql_prm/base/deadline.hpp"
#include "mysql_prm/ports/os.hpp"

#include <string>

namespace mysql_prm::adapters::cluster {

class CorosyncPulse {
public:
    CorosyncPulse(ports::Runner& runner, ports::Files& files) : m_runner(runner), m_files(files) { }

    // To be asked several times a second: what counts is how long it is seen to stand still, and not that nobody looked.
    // false also where it cannot be seen, and where it has ended.
    [[nodiscard]] bool stands_still();
    // The configuration may have been loaded anew: the time that a token may take is asked for with the next look.
    void membership_changed() { m_token_known = false; }

private:
    void learn_token();

    ports::Runner& m_runner;
    ports::Files& m_files;
    bool m_token_known = false;
    base::Millis m_token{0}; // set when it is first asked for
    std::string m_turns;  // how often it was given a processor, as the kernel words it
    base::Since m_looked;
    base::Millis m_still{0};
};

} // namespace mysql_prm::adapters::cluster
