#include "mysql_prm/base/text.hpp"
#include "mysql_prm/engine/access.hpp"
#include "mysql_prm/engine/close_writes.hpp"
#include "mysql_prm/engine/hand_over.hpp"
#include "mysql_prm/log/log.hpp"
#include "mysql_prm/ocf/actions.hpp"

namespace mysql_prm::ocf {
namespace {

using base::Error;
using base::ErrorKind;
using base::fail;
using base::Millis;
using base::text;

constexpr Millis k_end_reserve{5000};

// What cannot be proved in time ends as a stopped server and an error, never as a success.
Result<ExitCode> end_server(const Context& context, const Error& why)
{
    log::warn(text("ending the server because writing could not be ended: ", why.message));
    if (const auto killed = context.ports.mysqld.kill(context.deadline); !killed)
        return std::unexpected(killed.error());
    return fail(ErrorKind::failed, text("the server had to be ended: ", why.message));
}

void hand_over(const Context& context, const NotifyEvent& event, const core::Position& final)
{
    const auto voters = event.nodes_active_in_transition();
    engine::wait_until_received(context.by(context.deadline.less(k_end_reserve)), final, event.promote_target(), voters);
}

Result<ExitCode> close_and_hand_over(const Context& context, const NotifyEvent& event, ports::Server& server)
{
    const auto role = server.role();
    if (!role)
        return std::unexpected(role.error());
    if (role->closed() && !context.memory.state.was_primary)
        return ExitCode::ok;
    const auto final = engine::close_writes(context, server, context.deadline.less(k_end_reserve));
    if (!final)
        return std::unexpected(final.error());
    log::info(text("writes have ended at ", base::shorten(core::to_string(*final), 200)));
    context.memory.state.was_primary = false;
    context.memory.save();
    hand_over(context, event, *final);
    return ExitCode::ok;
}

} // namespace

Result<ExitCode> demote(const Context& context, const NotifyEvent& event)
{
    auto server = engine::connect_local(context, engine::Patience::probe);
    if (!server && server.error().kind == ErrorKind::not_running && !context.ports.mysqld.running()) {
        log::info("nothing to demote: the server is not running");
        context.memory.state.was_primary = false;
        context.memory.save();
        return ExitCode::ok;
    }
    if (!server)
        return end_server(context, server.error());
    // A second connection that may wait longer; the first one proved that the server is not hung.
    server = engine::connect_local(context, engine::Patience::work);
    if (!server)
        return end_server(context, server.error());
    auto done = close_and_hand_over(context, event, **server);
    if (!done)
        return end_server(context, done.error());
    return done;
}

} // namespace mysql_prm::ocf
