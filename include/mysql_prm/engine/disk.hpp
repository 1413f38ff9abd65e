// The disk of the data when it is full. Commits wait then, and reads are answered; both servers look again only each 60 s
// (MySQL 9.7.4, MariaDB 10.11), so that a commit goes on waiting for up to a minute after there is space again.
// Clients need another primary sooner than that.
#pragma once

#include "mysql_prm/engine/context.hpp"

#include <string>

namespace mysql_prm::engine {

// Remembers that the disk is full; for the watcher of a primary, which looks more often than the monitor. Returns whether it
// is.
bool note_full_disk(const Context& context);
void forget_full_disk(const Context& context);

// Why this primary commits nothing: its disk is full, or was, and a commit waits for it. Empty: nothing to say. MySQL does
// not tell; there a commit is tried, but only where the disk was full a short while ago and this is the recorded primary.
// What cannot be found out leaves it as it was.
[[nodiscard]] std::string commits_hang(const Context& context);

// Why this replica should not lead: its disk has too little space for a primary. Empty: nothing to say.
[[nodiscard]] std::string lacks_space(const Context& context);

} // namespace mysql_prm::engine
