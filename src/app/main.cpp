#include "action.hpp"
#include "command_line.hpp"
#include "watch.hpp"

#include "mysql_prm/adapters/os/environment.hpp"

#include <exception>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

// Under the name that Pacemaker runs (resource.d/percona/mysql) only the agent's actions are understood; under its own name
// they are too, so that an administrator can try them, and everything else is the command line.
int main(int argc, char** argv)
{
    using namespace mysql_prm;
    adapters::os::ignore_system_authorities();
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    const std::string_view path = argv[0];
    const bool as_agent = path.substr(path.rfind('/') + 1) == "mysql";
    try {
        if (as_agent || (!arguments.empty() && app::is_ocf_action(arguments.front())))
            return app::run_action(arguments.empty() ? std::string{} : arguments.front());
        if (arguments.size() == 2 && arguments.front() == "watch")
            return app::run_watch(arguments.back());
        return app::run_command_line(arguments);
    } catch (const std::exception& bug) {
        std::cerr << "ocf-exit-reason:internal error: " << bug.what() << "\n";
        return 1;
    }
}
