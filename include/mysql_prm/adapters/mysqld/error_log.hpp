// What a server's error log says about its end. Pure.
#pragma once

#include <string>
#include <string_view>

namespace mysql_prm::adapters::mysqld {

// The last line that says why, at most 100 bytes, without time, thread, codes or program name; empty when there is none.
// Reads MySQL 5.7
// ("... 0 [ERROR] text"), 8.0 and later ("... [ERROR] [MY-010119] [Server] text"), MariaDB ("... 0 [ERROR] text") and what
// servers print before they log ("/usr/sbin/mysqld: Can't ..."). Lines that only repeat that the start failed ("Aborting")
// are passed over when another one is there.
[[nodiscard]] std::string last_error_line(std::string_view log);

} // namespace mysql_prm::adapters::mysqld
