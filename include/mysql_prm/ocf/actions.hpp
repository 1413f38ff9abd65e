// The actions of the resource agent, one file each. Every one observes, decides and then acts, in steps that may be cut off
// at any instant by SIGKILL and repeated; none runs past the context's deadline. The caller (app) turns an error into an
// exit reason and, with exit_code.hpp, into an exit code.
#pragma once

#include "mysql_prm/engine/context.hpp"
#include "mysql_prm/ocf/exit_code.hpp"
#include "mysql_prm/ocf/notify_event.hpp"

namespace mysql_prm::ocf {

using engine::Context;
using engine::Result;

// Launches the server read-only, or adopts one that runs, waits until it serves, and gets it behind the recorded primary. A
// plain primitive is started writable.
[[nodiscard]] Result<ExitCode> start(const Context& context);

// Ends the server; success only when nothing of the data directory runs any more. A primary is closed to clients first.
[[nodiscard]] Result<ExitCode> stop(const Context& context);

struct MonitorInput {
    bool is_probe = false;
    int check_level = 0; // 1 and more: reads test_table
};

// ok (unpromoted or plain), running_promoted, not_running, or an error. Never makes a server writable. A probe only looks.
[[nodiscard]] Result<ExitCode> monitor(const Context& context, const MonitorInput& input);

// Holds the election among the nodes active in this transition and takes over, or gives up with a reason.
[[nodiscard]] Result<ExitCode> promote(const Context& context, const NotifyEvent& event);

// Ends writing with proof. A dead server is success; one that had to be ended because nothing could be proved is an error.
[[nodiscard]] Result<ExitCode> demote(const Context& context, const NotifyEvent& event);

// pre-demote of a planned move, on the successor: gives the move up when it cannot keep up. pre-stop of a demoted primary:
// lets go of it. pre-promote: stops receiving and publishes the ballot. post-promote: follows
// the verified new primary. All else: nothing.
[[nodiscard]] Result<ExitCode> notify(const Context& context, const NotifyEvent& event);

} // namespace mysql_prm::ocf
