#include "mysql_prm/base/text.hpp"
#include "mysql_prm/engine/access.hpp"
#include "mysql_prm/engine/close_writes.hpp"
#include "mysql_prm/engine/disk.hpp"
#include "mysql_prm/engine/events.hpp"
#include "mysql_prm/engine/extra.hpp"
#include "mysql_prm/engine/follow.hpp"
#include "mysql_prm/engine/gtid_order.hpp"
#include "mysql_prm/engine/record.hpp"
#include "mysql_prm/engine/server_number.hpp"
#include "mysql_prm/engine/standing.hpp"
#include "mysql_prm/engine/watch.hpp"
#include "mysql_prm/log/log.hpp"
#include "mysql_prm/ocf/actions.hpp"
#include "mysql_prm/ocf/validation.hpp"

namespace mysql_prm::ocf {
namespace {

using base::Error;
using base::ErrorKind;
using base::fail;
using base::Millis;
using base::text;

using ServerPtr = std::unique_ptr<ports::Server>;

constexpr Millis k_look_again{50};
constexpr Millis k_end_reserve{5000};

Result<void> launch(const Context& context)
{
    auto& mysqld = context.ports.mysqld;
    const auto role = context.settings.promotable ? ports::StartRole::replica : ports::StartRole::standalone;
    if (const auto fit = mysqld.check_files(role, context.settings.enable_creation); !fit)
        return fit;
    const auto version = mysqld.version(context.deadline);
    if (!version)
        return std::unexpected(version.error());
    if (context.settings.enable_creation && mysqld.datadir_is_empty()) {
        log::info("making a data directory");
        if (const auto made = mysqld.create_datadir(*version, context.deadline); !made)
            return made;
    }
    engine::forget_full_disk(context); // whatever waited for it is gone
    engine::drop_old_extra(context);
    const auto pid = mysqld.launch(*version, role, context.deadline);
    if (!pid)
        return std::unexpected(pid.error());
    log::info(text("started ", version->text, " as process ", *pid));
    return {};
}

std::string last_words(const Context& context)
{
    auto words = context.ports.mysqld.last_error();
    return words.empty() ? "its log has no error" : words;
}

// Serving means that it answers a login, whatever the answer. InnoDB recovery may take as long as the action.
Result<ServerPtr> wait_until_serving(const Context& context)
{
    for (;;) {
        auto server = engine::connect_local(context, engine::Patience::work);
        if (server || engine::proves_alive(server.error()))
            return server;
        if (!context.ports.mysqld.running())
            return fail(ErrorKind::failed, text("the server exited while starting: ", last_words(context)));
        if (context.deadline.remaining() < Millis{1000})
            return fail(ErrorKind::timed_out, text("the server does not serve yet: ", server.error().message));
        context.ports.clock.pause(k_look_again, context.deadline);
    }
}

// A data directory that the agent made holds no account but root: the one for replication is made before anything else.
Result<ServerPtr> make_accounts(const Context& context, Result<ServerPtr> served)
{
    const auto& settings = context.settings;
    if ((!settings.admin_is_set && !settings.test_is_set) || !context.ports.files.read(settings.creation_marker))
        return served;
    const auto root = context.ports.servers.local({.account = engine::socket_root()});
    if (!root)
        return std::unexpected(root.error());
    log::info("creating the configured accounts in the new data directory");
    if (settings.admin_is_set)
        if (const auto made = (*root)->create_replication_account(settings.admin); !made)
            return std::unexpected(made.error());
    if (settings.test_is_set && settings.test.user != "root")
        if (const auto made = (*root)->create_test_account(settings.test, settings.test_table); !made)
            return std::unexpected(made.error());
    if (const auto removed = context.ports.files.remove(settings.creation_marker); !removed)
        return std::unexpected(removed.error());
    return engine::connect_local(context, engine::Patience::work);
}

// A look is taken with the test account too when replication_user is refused; to replicate and to promote it has to work.
Result<void> check_login(const Context& context, const char* parameter, bool is_set, const ports::Account& account)
{
    if (!is_set)
        return {};
    const auto server = context.ports.servers.local({account});
    if (!server && server.error().kind == ErrorKind::access_denied)
        return fail(
            ErrorKind::access_denied, text(parameter, " cannot log in: ", server.error().message), server.error().code);
    return {};
}

// An exit reason has 128 bytes, for the sentence around it too. The rest is named by the next start.
std::string as_many_as_fit(const std::vector<std::string>& names)
{
    constexpr std::size_t k_fits = 100;
    std::string out;
    for (const auto& name : names) {
        if (out.size() + name.size() > k_fits)
            return out + " and more";
        out += (out.empty() ? "" : ", ") + name;
    }
    return out;
}

// Before anything else is asked of the server: without the rights the questions fail, and then the reason is the statement.
Result<void> check_privileges(const Context& context, ports::Server& server)
{
    const auto missing = server.missing_privileges();
    if (!missing)
        return std::unexpected(missing.error());
    if (!missing->empty())
        return fail(
            ErrorKind::access_denied, text("account '", context.settings.admin.user, "' lacks ", as_many_as_fit(*missing)));
    return {};
}

Result<void> check_settings(const Context& context, ports::Server& server)
{
    const auto status = server.observe();
    if (!status)
        return std::unexpected(status.error());
    if (!status->log_bin)
        return fail(ErrorKind::not_installed, "binary log is off (log_bin): this node could never be the primary");
    if (!status->log_replica_updates)
        return fail(ErrorKind::not_installed,
            "log_replica_updates (log_slave_updates) is off: this node could not feed the others as primary");
    if (context.settings.insist_on_gtid && status->mode == core::ReplicationMode::file_position)
        return fail(ErrorKind::not_installed, "replication_mode=gtid, but GTID is off on this server");
    if (status->role.server_id == 0)
        return fail(ErrorKind::not_installed, "server_id is 0: set a number that no other node has");
    return engine::insist_on_order(server, *status);
}

// Neither side may be on before the watcher of a primary turns it on: a replica that is not recorded must not acknowledge,
// and the source side of a replica hangs its applier. A server that was found running may lack the plugins.
Result<void> quiet_semi_sync(const Context& context, ports::Server& server)
{
    if (!context.semi_sync())
        return {};
    const auto missing = server.semi_sync().missing_privileges();
    if (!missing)
        return std::unexpected(missing.error());
    if (!missing->empty())
        return fail(ErrorKind::access_denied,
            text("semi_sync: account '", context.settings.admin.user, "' lacks ", base::join(*missing, ", ")));
    if (server.semi_sync().is_held_up_by_accounts().value_or(false))
        log::warn(text("semi_sync: account '", context.settings.admin.user,
            "' has no default role: a CREATE USER, GRANT or the like that waits for an acknowledgement while no replica "
            "is left ends in a restart of the server"));
    if (auto installed = server.semi_sync().install_sides(); !installed)
        return installed;
    if (auto off = server.semi_sync().set_source_side(false); !off)
        return off;
    return server.semi_sync().set_replica_side(false, context.deadline);
}

// A server that was found running may be writable; a started instance never is.
Result<void> ensure_read_only(const Context& context, ports::Server& server)
{
    const auto role = server.role();
    if (!role)
        return std::unexpected(role.error());
    if (role->closed()) { // a start that was killed may have left the door shut
        const auto open = server.gate().shut_out_clients(false);
        return open ? Result<void>{} : std::unexpected(open.error());
    }
    log::warn("the server that is started takes writes: closing it");
    const auto closed = engine::close_writes(context, server, context.deadline.less(k_end_reserve));
    if (!closed)
        return std::unexpected(closed.error());
    return {};
}

// Temporary obstacles are left to the monitor; settings under which the node can never take part end the start.
Result<void> join(const Context& context, ports::Server& server, std::uint32_t server_id)
{
    auto& state = context.memory.state;
    const auto record = engine::read_record(context);
    // Not invalid_argument, which bans the node: the property is no parameter of it, and somebody may mend it.
    if (!record && record.error().kind == ErrorKind::invalid_argument)
        return fail(ErrorKind::failed, record.error().message);
    const auto numbered = engine::has_server_number(context, server_id);
    if (!numbered)
        return std::unexpected(numbered.error());
    const bool known = record && record->has_value();
    const bool is_recorded = known && (*record)->node == context.ports.cluster.local_node();
    state.was_primary = false;
    state.left_word = 0;
    state.vote.clear();
    if (known)
        state.record = core::to_string(**record);
    if (known && !is_recorded) {
        const auto verdict = engine::follow_primary(context, server, **record);
        if (!verdict) {
            log::info(text("does not replicate yet: ", verdict.error().message));
        } else if (verdict->step == core::JoinStep::refuse_settings) {
            state.quarantine.clear(); // settings are looked at again by the next start
            return fail(ErrorKind::not_installed, verdict->reason);
        }
    }
    const auto role = server.role();
    if (!role)
        return std::unexpected(role.error());
    if (!*numbered)
        if (const auto claimed = engine::claim_server_number(context, server_id); !claimed)
            return claimed;
    engine::check_standing(context);
    engine::publish_standing(context,
        core::decide_standing({.role = *role,
            .is_recorded_primary = is_recorded,
            .primary_known = known,
            .held_up = engine::lacks_space(context),
            .kept_out = state.quarantine,
            .max_lag = context.settings.max_lag}));
    return {};
}

Result<void> prepare(const Context& context)
{
    auto server = make_accounts(context, wait_until_serving(context));
    if (!server && !context.settings.promotable && engine::proves_alive(server.error()))
        return {}; // as its monitor sees it
    if (!server)
        return std::unexpected(server.error());
    const auto& settings = context.settings;
    if (const auto login = check_login(context, "test_user", settings.test_is_set, settings.test); !login)
        return login;
    if (!context.settings.promotable)
        return {};
    if (const auto login = check_login(context, "replication_user", settings.admin_is_set, settings.admin); !login)
        return login;
    if (const auto rights = check_privileges(context, **server); !rights)
        return rights;
    if (const auto closed = ensure_read_only(context, **server); !closed)
        return closed;
    if (const auto fit = check_settings(context, **server); !fit)
        return fit;
    if (const auto quiet = quiet_semi_sync(context, **server); !quiet)
        return quiet;
    const auto role = (*server)->role();
    if (!role)
        return std::unexpected(role.error());
    engine::silence_events(**server, role->version);
    if (const auto joined = join(context, **server, role->server_id); !joined)
        return joined;
    for (const auto& warning : server_warnings(**server))
        log::warn(warning);
    return {};
}

} // namespace

Result<ExitCode> start(const Context& context)
{
    const bool adopted = context.ports.mysqld.running().has_value();
    if (!adopted)
        if (const auto launched = launch(context); !launched)
            return std::unexpected(launched.error());
    auto done = prepare(context);
    // Seen once in some thousand starts of 9.7.4: gone within milliseconds, and nothing in its log.
    if (!done && !adopted && !context.ports.mysqld.running() && context.ports.mysqld.last_error().empty()) {
        log::warn(text("launching it once more: ", done.error().message));
        done = launch(context);
        if (done)
            done = prepare(context);
    }
    context.memory.save();
    if (done) {
        engine::ensure_watcher(context);
        return ExitCode::ok;
    }
    // A refused start changes nothing: what it launched goes away again.
    if (!adopted)
        if (const auto ended = context.ports.mysqld.stop(context.deadline.less(Millis{1000}), context.deadline); !ended)
            log::warn(text("cannot end the server again: ", ended.error().message));
    return std::unexpected(done.error());
}

} // namespace mysql_prm::ocf
