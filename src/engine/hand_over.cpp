#include "mysql_prm/engine/hand_over.hpp"

#include "mysql_prm/base/text.hpp"
#include "mysql_prm/engine/access.hpp"
#include "mysql_prm/engine/record.hpp"
#include "mysql_prm/log/log.hpp"

namespace mysql_prm::engine {
namespace {

using base::ErrorKind;
using base::fail;
using base::text;

constexpr Millis k_look_again{10};
constexpr Millis k_end_of_stream{500};     // nothing has arrived for so long
constexpr Millis k_stall_patience{20'000}; // nothing arrives any more
constexpr Millis k_other_patience{3'000};
constexpr Millis k_connect_patience{2'000};

Result<void> wait_for(const Context& context, const core::Position& final, const std::string& node, Deadline deadline)
{
    const auto host = address_of(context, node);
    if (!host)
        return std::unexpected(host.error());
    auto server = connect_remote(context, *host, k_connect_patience);
    if (!server)
        return std::unexpected(server.error());
    core::Position received;
    auto patience = deadline;
    for (;;) {
        const auto status = (*server)->observe();
        if (!status)
            return std::unexpected(status.error());
        if (core::contains(status->received, final))
            return {};
        if (!status->role.replica || status->role.replica->receiver == core::ReceiverState::stopped)
            return fail(ErrorKind::conflict, "does not receive");
        if (received != status->received) {
            received = status->received;
            patience = deadline.within(k_stall_patience);
        }
        if (patience.expired())
            return fail(ErrorKind::timed_out, "has not received the last transactions");
        context.ports.clock.pause(k_look_again, deadline);
    }
}

bool wait_and_log(const Context& context, const core::Position& final, const std::string& node, Deadline deadline)
{
    const auto done = wait_for(context, final, node, deadline);
    if (!done)
        log::warn(text(node, " did not take over everything: ", done.error().message));
    return done.has_value();
}

} // namespace

bool wait_until_received(const Context& context, const core::Position& final, const std::string& successor,
    const std::vector<std::string>& others, Deadline deadline)
{
    const bool has_all = !successor.empty() && wait_and_log(context, final, successor, deadline);
    // By GTID the others fetch from the new primary what they lack.
    if (std::holds_alternative<core::FilePosition>(final))
        for (const auto& node : others)
            if (node != successor && node != context.ports.cluster.local_node())
                wait_and_log(context, final, node, deadline.within(k_other_patience));
    return has_all;
}

Result<void> reach_primary(
    const Context& context, ports::Server& own, const std::string& primary, Reached wanted, Millis patience)
{
    const auto deadline = context.deadline.within(patience);
    auto server = connect_remote(context, primary, std::min(patience, k_connect_patience));
    if (!server)
        return fail(server.error().kind, text("the primary does not answer: ", server.error().message));
    const auto theirs = (*server)->observe();
    if (!theirs)
        return std::unexpected(theirs.error());
    const auto without_space = (*server)->has_commit_without_space();
    if (!without_space)
        return std::unexpected(without_space.error());
    core::Position received;
    base::Since standing_still;
    standing_still.now();
    for (;;) {
        const auto status = own.observe();
        if (!status)
            return std::unexpected(status.error());
        const auto& replica = status->role.replica;
        if (!replica || replica->source_server_id != theirs->role.server_id)
            return fail(ErrorKind::conflict, "this server does not replicate from the primary");
        if (replica->applier_errno != 0)
            return fail(ErrorKind::conflict, text("applier stopped with error ", replica->applier_errno));
        if (core::contains(wanted == Reached::applied ? status->applied : status->received, theirs->executed))
            return {};
        // Nobody can have what counts as executed there and waits for its disk: then what arrives has to come to its end.
        // That primary ends as in a crash.
        if (received != status->received) {
            received = status->received;
            standing_still.now();
        }
        if (without_space->value_or(false) && replica->receiver == core::ReceiverState::running
            && standing_still.elapsed() >= k_end_of_stream && core::contains(status->applied, status->received))
            return {};
        if (deadline.expired())
            return fail(ErrorKind::timed_out,
                text("has not ", wanted == Reached::applied ? "applied" : "received", " what the primary has committed ",
                    patience.count(), " ms ago"));
        context.ports.clock.pause(k_look_again, deadline);
    }
}

} // namespace mysql_prm::engine
