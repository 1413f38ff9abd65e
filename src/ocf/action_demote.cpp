#include "mysql_prm/base/text.hpp"
#include "mysql_prm/engine/access.hpp"
#include "mysql_prm/engine/ballots.hpp"
#include "mysql_prm/engine/close_writes.hpp"
#include "mysql_prm/engine/hand_over.hpp"
#include "mysql_prm/engine/record.hpp"
#include "mysql_prm/log/log.hpp"
#include "mysql_prm/ocf/actions.hpp"

#include <algorithm>

namespace mysql_prm::ocf {
namespace {

using base::Error;
using base::ErrorKind;
using base::fail;
using base::Millis;
using base::text;

constexpr Millis k_end_reserve{5000};
constexpr Millis k_successor_patience{2000}; // clients wait; then the successor gives up and this primary is promoted again

// What cannot be proved in time ends as a stopped server and an error, never as a success.
Result<ExitCode> end_server(const Context& context, const Error& why)
{
    log::warn(text("ending the server because writing could not be ended: ", why.message));
    if (const auto killed = context.ports.mysqld.kill(context.deadline); !killed)
        return std::unexpected(killed.error());
    return fail(ErrorKind::failed, text("the server had to be ended: ", why.message));
}

// A primary that stays gives its successor a while: what is missing then can be fetched later. One that is stopped in this
// transition gives it as long as there is. It leaves word of where it ended when it will not vote itself, or nobody is known
// to have it all: whoever lacks that must not lead.
void hand_over(const Context& context, const NotifyEvent& event, const core::Position& final)
{
    const auto voters = event.nodes_active_in_transition();
    const bool stays = std::ranges::find(voters, context.ports.cluster.local_node()) != voters.end();
    const auto deadline = context.deadline.less(k_end_reserve);
    const auto patience = stays ? deadline.within(k_successor_patience) : deadline;
    const bool taken_over = engine::wait_until_received(context, final, event.promote_target(), voters, patience);
    if (!event.known || (stays && taken_over))
        return;
    if (const auto left = engine::leave_word(context, final); !left)
        log::warn(text("cannot tell where this primary ended: ", left.error().message));
}

// A promotion that ended between its record and the opening: the others have to know what this node holds all the same,
// before it is stopped.
Result<ExitCode> after_unfinished_promotion(const Context& context, const NotifyEvent& event, ports::Server& server)
{
    const auto voters = event.nodes_active_in_transition();
    const bool stays = std::ranges::find(voters, context.ports.cluster.local_node()) != voters.end();
    if (!event.known || stays)
        return ExitCode::ok;
    const auto status = server.observe();
    if (!status)
        return std::unexpected(status.error());
    if (const auto left = engine::leave_word(context, status->executed); !left)
        log::warn(text("cannot tell where this primary ended: ", left.error().message));
    return ExitCode::ok;
}

Result<ExitCode> close_and_hand_over(const Context& context, const NotifyEvent& event, ports::Server& server)
{
    const auto role = server.role();
    if (!role)
        return std::unexpected(role.error());
    if (role->closed() && !context.memory.state.was_primary)
        return after_unfinished_promotion(context, event, server);
    // A replica that somebody has made writable: while it receives, its position never stands still.
    if (role->replica && role->replica->receiver != core::ReceiverState::stopped)
        if (const auto stopped = server.stop_receiver(context.deadline.less(k_end_reserve)); !stopped)
            log::warn(text("cannot stop receiving: ", stopped.error().message));
    std::optional<core::Position> in_doubt;
    const auto final = engine::close_writes(context, server, context.deadline.less(k_end_reserve), &in_doubt);
    if (in_doubt)
        hand_over(context, event, *in_doubt);
    if (!final)
        return std::unexpected(final.error());
    log::info(text("writes have ended at ", base::shorten(core::to_string(*final), 200)));
    hand_over(context, event, *final);
    context.memory.state.was_primary = false; // a demote that is killed before this has to hand over again
    context.memory.save();
    return ExitCode::ok;
}

} // namespace

Result<ExitCode> demote(const Context& context, const NotifyEvent& event)
{
    if (!event.promote_target().empty())
        engine::expect_address_of(context, event.promote_target());
    // It would go on working at what is taken apart here, and its sessions have rights past read-only.
    if (const auto ended = context.ports.watcher.end(context.deadline.less(k_end_reserve)); !ended)
        return end_server(context, ended.error());
    auto server = engine::connect_local(context, engine::Patience::probe);
    if (!server && server.error().kind == ErrorKind::not_running && !context.ports.mysqld.running()) {
        log::info("nothing to demote: the server is not running");
        context.memory.state.was_primary = false;
        context.memory.save();
        return ExitCode::ok;
    }
    if (!server)
        return end_server(context, server.error());
    // A second connection that may wait longer, but not so long that no time is left to end the server; the first one proved
    // that it is not hung.
    server = engine::connect_local(context.by(context.deadline.less(k_end_reserve)), engine::Patience::work);
    if (!server)
        return end_server(context, server.error());
    // The next monitor launches the watcher again: clients wait for what comes before that.
    const auto done = close_and_hand_over(context, event, **server);
    return done ? done : end_server(context, done.error());
}

} // namespace mysql_prm::ocf
