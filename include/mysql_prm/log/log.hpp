// Messages for the administrator, as every OCF agent writes them, and the one line that Pacemaker shows with a failed
// action.
//
// Where a message goes (ocf-shellfuncs of resource-agents 4.12, ha_log):
//   standard input is a terminal     standard error, "LEVEL: message", and nowhere else
//   HA_LOGFACILITY is set, not none  syslog(3) with that facility, tag "mysql(p_mysql)[123]"
//   HA_LOGFILE is set                a line "Nov 21 04:05:06.789 mysql(p_mysql)[123]:    LEVEL: message" at its end
//   neither of the two               standard error, "Nov 21 04:05:06.789 LEVEL: message"
//   HA_DEBUGLOG is set               a line there too; debug messages go there in place of HA_LOGFILE
// Debug messages exist only where HA_debug is set and not 0. HA_DATEFMT changes the date (a strftime format; %3N, which
// strftime does not know, stands for milliseconds). Other agents write whole seconds; Pacemaker itself writes milliseconds.
//
// Nothing is opened before the first message. Files are opened for each line, so that they can be rotated and no
// child inherits them. A destination that fails is passed over: logging never ends an action. setup and forbid come before
// any other thread; messages may come from several.
#pragma once

#include "mysql_prm/base/secret.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace mysql_prm::log {

// Value of an environment variable; nothing where it is not set. Tests pass a map.
using Lookup = std::function<std::optional<std::string>(const std::string& name)>;

// Reads the variables above, OCF_RESOURCE_INSTANCE and OCF_EXIT_REASON_PREFIX. Before the first call, everything but debug
// goes to standard error. A second call starts over and forgets the forbidden values.
void setup(const Lookup& environment, std::string_view agent);

// The value never appears again: any message that contains it shows ****** there. A second fence behind base::Secret, for
// texts that come from outside (a server's error message). An empty secret forbids nothing.
void forbid(const base::Secret& secret);

// One line each; line breaks and other control characters in the message become blanks.
void debug(std::string_view message);
void info(std::string_view message);
void warn(std::string_view message);
void error(std::string_view message);

// Tells Pacemaker why the action fails: "ocf-exit-reason:MESSAGE" on standard error, and an error to the other destinations.
// At most 128 bytes (more is cut off by Pacemaker before 3.0.2). Only the last one of an action counts.
void exit_reason(std::string_view message);

} // namespace mysql_prm::log
