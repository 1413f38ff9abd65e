#include "mysql_prm/base/text.hpp"
#include "mysql_prm/engine/access.hpp"
#include "mysql_prm/engine/close_writes.hpp"
#include "mysql_prm/engine/standing.hpp"
#include "mysql_prm/log/log.hpp"
#include "mysql_prm/ocf/actions.hpp"

namespace mysql_prm::ocf {
namespace {

using base::ErrorKind;
using base::Millis;
using base::text;

constexpr Millis k_kill_reserve{5000}; // SIGKILL and the wait for the end of the process
constexpr Millis k_close_patience{5000};

// A clean end acknowledges commits that wait for a semi-synchronous acknowledgement; a primary is closed to its clients
// before. Returns false when the server does not answer at all.
bool close_to_clients(const Context& context)
{
    auto server = engine::connect_local(context, engine::Patience::probe);
    if (!server)
        return server.error().kind != ErrorKind::timed_out;
    const auto role = (*server)->role();
    if (!role)
        return role.error().kind != ErrorKind::timed_out;
    if (!context.settings.promotable || !role->writable())
        return true;
    const auto closed
        = engine::close_writes(context, **server, context.deadline.less(k_kill_reserve).within(k_close_patience));
    if (!closed)
        log::warn(text("stopping a primary that could not be closed to writes: ", closed.error().message));
    return true;
}

} // namespace

Result<ExitCode> stop(const Context& context)
{
    auto& mysqld = context.ports.mysqld;
    const bool runs = mysqld.running().has_value();
    const bool answers = !runs || close_to_clients(context);
    if (!answers)
        log::warn("the server does not answer: ending it with SIGKILL");
    const auto ended
        = answers ? mysqld.stop(context.deadline.less(k_kill_reserve), context.deadline) : mysqld.kill(context.deadline);
    if (!ended)
        return std::unexpected(ended.error());
    if (runs)
        log::info(*ended == ports::StopOutcome::killed ? "the server was ended with SIGKILL" : "the server has ended");
    context.memory.state.was_primary = false;
    engine::withdraw_standing(context);
    context.memory.save();
    return ExitCode::ok;
}

} // namespace mysql_prm::ocf
