// The watcher: `mysql-prm watch LOCK-FILE`, launched by actions and not meant for people.
#pragma once

#include <string>

namespace mysql_prm::app {

// Runs until it is killed or its server has been gone for a while. Returns the exit code.
[[nodiscard]] int run_watch(const std::string& lock_path);

} // namespace mysql_prm::app
