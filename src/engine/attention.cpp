#include "mysql_prm/engine/attention.hpp"

namespace mysql_prm::engine {

// Where it cannot be written the minute's check has to do.
void ask_for_check(const Context& context)
{
    (void)context.ports.files.replace(context.settings.check_path, "");
}

bool take_request_for_check(const Context& context)
{
    return context.ports.files.read(context.settings.check_path) && context.ports.files.remove(context.settings.check_path);
}

} // namespace mysql_prm::engine
