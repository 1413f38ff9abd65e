// OCF exit codes, and the one place where an error becomes one.
//
// What Pacemaker does with them (2.1.5, crm_simulate) decides the mapping:
//   6     stops every instance of the clone in the whole cluster: only for a value that is wrong on each node, and only from
//         validate-all. From a start it would stop the servers that run; a monitor that says 6 takes down a cluster that
//         works, and a probe that says it does so from one bad node.
//   2 4 5 bans the resource from this node until somebody cleans up: right for a start on a node that cannot run a server
//         (2 a wrong value, 4 file permissions, 5 a missing program or file).
//   7     not running. From a monitor of a started instance a failure like 1; from a probe the good news.
//   1     all else, and whenever in doubt: Pacemaker recovers on the same node up to migration-threshold.
//   3     no such action. Never from monitor.
//
// Each action of its own:
//   probe           not_installed, not_found and not_running give 7 (without a program or data nothing of ours can run
//                   here); everything else 1, never 2, 4, 5, 6
//   monitor, status not_running gives 7; not_installed 5, which is how a replica that lags too much is evicted (as by PRM);
//                   the rest 1. So a monitor must not pass on that a file is missing: it judges the server
//   start           2, 5, 4 as above; the rest 1
//   validate-all    6, 5, 4; the rest 1
//   stop            1: Pacemaker fences or blocks after any failed stop, and nothing may make that worse
//   promote, demote 1: a ban would take away a server that may still be needed as a source
//   notify          1: Pacemaker ignores it
//   reload-agent    1
#pragma once

#include "mysql_prm/base/error.hpp"
#include "mysql_prm/ocf/environment.hpp"

namespace mysql_prm::ocf {

enum class ExitCode {
    ok = 0,
    generic_error = 1,
    wrong_arguments = 2,
    unimplemented = 3,
    no_permission = 4,
    not_installed = 5,
    not_configured = 6,
    not_running = 7,
    running_promoted = 8,
    failed_promoted = 9,
    degraded = 190,
    degraded_promoted = 191,
};

[[nodiscard]] ExitCode exit_code_for(base::ErrorKind kind, Action action, bool is_probe);

} // namespace mysql_prm::ocf
