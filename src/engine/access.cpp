#include "mysql_prm/engine/access.hpp"

#include "mysql_prm/base/text.hpp"

namespace mysql_prm::engine {
namespace {

using base::ErrorKind;

constexpr Millis k_probe_patience{2000};
constexpr Millis k_work_patience{5000};

ports::ConnectOptions options_for(const Context& context, const ports::Account& account, Patience patience)
{
    const auto left = context.deadline.remaining();
    if (patience == Patience::probe)
        return {account, std::min(k_probe_patience, left), std::min(k_probe_patience, left), context.deadline};
    return {account, std::min(k_work_patience, left), left, context.deadline};
}

Result<std::unique_ptr<ports::Server>> connect_extra(
    const Context& context, const ports::ConnectOptions& options, base::Error refused)
{
    const auto& state = context.memory.state;
    if (state.extra_port == 0)
        return std::unexpected(std::move(refused));
    auto server = context.ports.servers.local_extra(state.extra_address, state.extra_port, options);
    if (!server && !proves_alive(server.error()))
        return std::unexpected(std::move(refused)); // the front door has proved that the server lives
    return server;
}

void name_source(const core::LocalState& state, core::ServerStatus& own)
{
    auto& replica = own.role.replica;
    if (own.mode != core::ReplicationMode::file_position || !replica || replica->source_server_id != 0
        || replica->source_host != state.joining_host)
        return;
    const auto position = core::parse_position(state.joining_position);
    const auto* place = position ? std::get_if<core::FilePosition>(&*position) : nullptr;
    if (place == nullptr)
        return;
    replica->source_server_id = place->server_id;
    replica->received_file.server_id = replica->applied_file.server_id = place->server_id;
    own.received = replica->received_file;
    own.applied = replica->applied_file;
}

} // namespace

bool proves_alive(const base::Error& error)
{
    return error.kind == ErrorKind::alive_but_refused || error.kind == ErrorKind::access_denied;
}

Result<std::unique_ptr<ports::Server>> connect_local(const Context& context, Patience patience)
{
    const auto& settings = context.settings;
    const auto options = options_for(context, settings.admin_is_set ? settings.admin : settings.test, patience);
    auto server = context.ports.servers.local(options);
    if (!server && server.error().kind == ErrorKind::alive_but_refused)
        return connect_extra(context, options, server.error());
    if (!server && server.error().kind == ErrorKind::access_denied && settings.admin_is_set) {
        if (auto other = context.ports.servers.local(options_for(context, settings.test, patience)))
            return other;
    }
    return server;
}

Result<std::unique_ptr<ports::Server>> connect_remote(const Context& context, const std::string& host, Millis patience)
{
    const auto bound = std::min(patience, context.deadline.remaining());
    return context.ports.servers.remote(host, context.settings.port, context.settings.login,
        {context.settings.login.account, bound, bound, context.deadline});
}

Result<core::ServerStatus> observe_own(const Context& context, ports::Server& own)
{
    auto status = own.observe();
    if (status)
        name_source(context.memory.state, *status);
    return status;
}

} // namespace mysql_prm::engine
