#include "watch.hpp"

#include "action.hpp"
#include "wiring.hpp"

#include "mysql_prm/adapters/cluster/corosync_ring.hpp"
#include "mysql_prm/adapters/cluster/quorum_tool.hpp"
#include "mysql_prm/adapters/os/posix_files.hpp"
#include "mysql_prm/adapters/os/posix_runner.hpp"
#include "mysql_prm/adapters/os/system_clock.hpp"
#include "mysql_prm/adapters/os/watcher_process.hpp"
#include "mysql_prm/engine/alarm.hpp"
#include "mysql_prm/engine/heartbeat.hpp"
#include "mysql_prm/engine/lease.hpp"
#include "mysql_prm/engine/record.hpp"
#include "mysql_prm/engine/watch.hpp"
#include "mysql_prm/log/log.hpp"

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <thread>

namespace mysql_prm::app {
namespace {

using base::Deadline;
using base::Millis;

constexpr Millis k_look_patience{30'000}; // for all that one look may do
constexpr Millis k_between_server_looks{1000};
constexpr Millis k_without_server{15'000}; // a restart of the server is no reason to end
// In maintenance mode nobody else sees that the primary's server comes back, and without what the record says of it. Where
// Pacemaker manages it, it is demoted or started anew long before.
constexpr Millis k_without_primary{3'600'000};
constexpr Millis k_closed{250}; // after the end of the lease

} // namespace

// Four threads: the lease and the alarm must not wait for a server or a cluster tool that the others wait for, nor a beat
// hold up the work for the commits that wait with it.
int run_watch(const std::string& lock_path)
{
    const auto handed_over = ocf::lookup_in(adapters::os::read_handed_over());
    const auto inherited = ocf::process_environment();
    const ocf::Lookup lookup = [&](const std::string& name) {
        auto value = handed_over(name);
        return value ? value : inherited(name);
    };
    std::signal(SIGPIPE, SIG_IGN);
    log::setup(lookup, "mysql-watch");
    const auto environment = ocf::environment_from(lookup);
    const auto parameters = tolerant_parameters(lookup);
    forbid_passwords(lookup, parameters);
    const auto lock = adapters::os::WatcherLock::take(lock_path, fingerprint(parameters));
    if (!lock)
        return 0; // another one runs
    adapters::os::SystemClock clock;
    std::atomic<bool> may_work = true;
    adapters::os::PosixRunner quorum_runner;
    adapters::os::SystemClock quorum_clock;
    adapters::cluster::CorosyncRing ring;
    adapters::cluster::QuorumTool quorum(quorum_runner, ring, quorum_clock);
    engine::Lease lease(quorum);
    const std::jthread keeper([&] {
        const auto bench = [&] { return Workbench{environment, parameters, Deadline::after(k_look_patience)}; };
        bench().context().ports.watcher.note_membership(std::nullopt);
        for (;;)
            may_work = lease.look(bench().context());
    });
    const std::jthread guard([&] {
        engine::Alarm alarm;
        for (;;)
            alarm.look(Workbench{environment, parameters, Deadline::after(k_look_patience)}.context(),
                [&] { return lease.has_quorum(); });
    });
    const std::jthread heart([&] {
        adapters::os::SystemClock own_clock;
        engine::Heartbeat heartbeat;
        for (;;) {
            Workbench bench{environment, parameters, Deadline::after(k_look_patience)};
            const auto pause = may_work ? heartbeat.beat(bench.context()) : k_closed;
            own_clock.pause(pause, Deadline::after(pause));
        }
    });
    engine::Watch watch;
    base::Since served, looked;
    served.now();
    for (bool is_primary = false; served.elapsed() < (is_primary ? k_without_primary : k_without_server);) {
        Workbench bench{environment, parameters, Deadline::after(k_look_patience)};
        if (looked.elapsed() >= k_between_server_looks) {
            looked.now();
            if (bench.mysqld().running())
                served.now();
            is_primary = bench.context().semi_sync() && engine::is_open_primary(bench.context());
        }
        const auto pause = may_work ? watch.look(bench.context(), lease.has_quorum()) : k_closed;
        clock.pause(pause, Deadline::after(pause));
    }
    std::_Exit(0); // with all threads: whoever starts the server next must find no watcher that is about to end
}

} // namespace mysql_prm::app
