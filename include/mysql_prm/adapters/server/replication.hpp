// The replication verbs of ports::Server over one session: functions, because they share nothing but the session.
#pragma once

#include "mysql_prm/adapters/server/session.hpp"

namespace mysql_prm::adapters::server {

// See ports/server.hpp for what each does. None of them fails because no source is configured, except start_replication,
// and wait_applied when the position is not there already.
[[nodiscard]] Result<void> stop_receiver(Session& session, Deadline deadline);
// Stops and starts it where it runs. Conflict: stop_receiver is at work, which in turn ends the connection of a restart that
// it meets, so that nothing starts the receiver behind it.
[[nodiscard]] Result<void> restart_receiver(Session& session, Deadline deadline);
[[nodiscard]] Result<void> start_replication(Session& session, Deadline deadline);

// Polls, quickly at first (1 ms, doubling to 50 ms): the waiting functions of the servers hide an applier that stopped until
// their own time is up, and their timeouts are rounded differently. An error that the applier already had when the wait
// began is given one new start; an error after that ends the wait (ErrorKind::failed, the applier's number and text). A
// server that does not answer at the deadline is given half a second more: then the connection is lost.
// Conflict: the position is of another kind, in another server's log, or unreachable because no source is configured.
[[nodiscard]] Result<bool> wait_applied(Session& session, const core::Position& position, Deadline deadline);

// Stop, correct where MariaDB's GTID replication resumes (a former primary stands behind its own binary log), CHANGE, start.
[[nodiscard]] Result<void> follow(Session& session, const core::Source& source, const ports::SourceLogin& login,
    core::ReplicationMode mode, Deadline deadline);
[[nodiscard]] Result<void> forget_source(Session& session, Deadline deadline);

} // namespace mysql_prm::adapters::server
