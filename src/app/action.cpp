#include "action.hpp"

#include "wiring.hpp"

#include "mysql_prm/base/text.hpp"
#include "mysql_prm/engine/access.hpp"
#include "mysql_prm/log/log.hpp"
#include "mysql_prm/ocf/actions.hpp"
#include "mysql_prm/ocf/credentials.hpp"
#include "mysql_prm/ocf/metadata.hpp"
#include "mysql_prm/ocf/validation.hpp"

#include <algorithm>
#include <csignal>
#include <iostream>

namespace mysql_prm::app {
namespace {

using base::Millis;
using base::Result;
using base::text;
using ocf::Action;
using ocf::Environment;
using ocf::ExitCode;
using ocf::Parameters;

constexpr const char* k_agent = "mysql";

// Pacemaker's timeout is an immediate SIGKILL of the process group: what has to be said is said before.
base::Deadline action_deadline(const Environment& environment)
{
    const auto reserve = std::clamp(environment.timeout / 20, Millis{200}, Millis{2000});
    return base::Deadline::after(std::max(environment.timeout - reserve, environment.timeout / 2));
}

} // namespace

Parameters tolerant_parameters(const ocf::Lookup& lookup)
{
    auto parsed = ocf::parse_parameters(lookup);
    for (const auto& problem : parsed.problems)
        log::error(text(problem.message, "; the default is in force"));
    if (!parsed.values.credentials_file.empty()) {
        if (const auto credentials = ocf::read_credentials(parsed.values.credentials_file))
            ocf::apply(*credentials, parsed.values);
        else
            log::warn(credentials.error().message);
    }
    return parsed.values;
}

// Also those of the CIB that credentials_file overrides.
void forbid_passwords(const ocf::Lookup& lookup, const Parameters& parameters)
{
    for (const auto* name : {"OCF_RESKEY_replication_passwd", "OCF_RESKEY_test_passwd"})
        if (auto value = lookup(name))
            log::forbid(base::Secret{std::move(*value)});
    log::forbid(parameters.replication_passwd);
    log::forbid(parameters.test_passwd);
}

namespace {

// A server that does not run, or lets nobody in, has nothing to say.
void warn_of_running_server(const Environment& environment, const Parameters& parameters)
{
    Workbench bench{environment, parameters, action_deadline(environment)};
    const auto server = engine::connect_local(bench.context(), engine::Patience::probe);
    if (!server)
        return;
    for (const auto& warning : ocf::server_warnings(**server))
        log::warn(warning);
}

// start looks at values only: what a missing file means depends on whether the server runs already, which the action sees.
Result<Parameters> parameters_for(Action action, const ocf::Lookup& lookup, const Environment& environment)
{
    switch (action) {
    case Action::start:
        return ocf::validate_here(lookup, environment, {});
    case Action::validate_all: {
        if (environment.check_level < 10)
            return ocf::validate(lookup, environment);
        const auto files = [&](const Parameters& parameters) {
            Workbench bench{environment, parameters, action_deadline(environment)};
            const auto role = environment.promotable ? ports::StartRole::replica : ports::StartRole::standalone;
            return bench.mysqld().check_files(role, parameters.enable_creation);
        };
        const auto server = [&](const Parameters& parameters) {
            warn_of_running_server(environment, parameters);
            return Result<void>{};
        };
        return ocf::validate_here(lookup, environment, {files, server});
    }
    // Refused, a parameter that needs no restart would stop the server in the whole cluster, and no start would take it
    // back.
    case Action::reload_agent:
    case Action::stop:
    case Action::monitor:
    case Action::status:
    case Action::promote:
    case Action::demote:
    case Action::notify:
    case Action::meta_data:
    case Action::usage:
        return tolerant_parameters(lookup);
    }
    return tolerant_parameters(lookup);
}

Result<ExitCode> perform(Action action, const engine::Context& context, const Environment& environment)
{
    const auto event = ocf::notify_event_from(environment);
    switch (action) {
    case Action::start:
        return ocf::start(context);
    case Action::stop:
        return ocf::stop(context);
    case Action::monitor:
    case Action::status:
        return ocf::monitor(context, {ocf::is_probe(action, environment), environment.check_level});
    case Action::promote:
        return ocf::promote(context, event);
    case Action::demote:
        return ocf::demote(context, event);
    case Action::notify:
        return ocf::notify(context, event);
    case Action::validate_all:
    case Action::reload_agent:
    case Action::meta_data:
    case Action::usage:
        return ExitCode::ok;
    }
    return ExitCode::unimplemented;
}

Result<ExitCode> run(Action action, const ocf::Lookup& lookup, const Environment& environment)
{
    forbid_passwords(lookup, {});
    const auto parameters = parameters_for(action, lookup, environment);
    if (!parameters)
        return std::unexpected(parameters.error());
    forbid_passwords(lookup, *parameters);
    if (action == Action::start || action == Action::validate_all)
        for (const auto& warning : ocf::warnings(*parameters, environment))
            log::warn(warning);
    if (action == Action::validate_all)
        return ExitCode::ok;
    Workbench bench{environment, *parameters, action_deadline(environment)};
    if (action == Action::reload_agent) { // the next monitor launches it with the new parameters
        const auto context = bench.context();
        const auto ended = context.ports.watcher.end(context.deadline);
        return ended ? Result<ExitCode>{ExitCode::ok} : std::unexpected(ended.error());
    }
    return perform(action, bench.context(), environment);
}

} // namespace

int run_action(const std::string& name)
{
    std::signal(SIGPIPE, SIG_IGN); // a server that goes away is an error of the call, not our end
    const auto lookup = ocf::process_environment();
    log::setup(lookup, k_agent);
    const auto action = ocf::parse_action(name);
    if (!action || *action == Action::usage) {
        (action ? std::cout : std::cerr) << ocf::usage();
        return static_cast<int>(action ? ExitCode::ok : ExitCode::unimplemented);
    }
    const auto environment = ocf::environment_from(lookup);
    if (*action == Action::meta_data) {
        std::cout << ocf::metadata(environment, MYSQL_PRM_VERSION);
        return 0;
    }
    const auto result = run(*action, lookup, environment);
    if (result)
        return static_cast<int>(*result);
    log::exit_reason(result.error().message);
    return static_cast<int>(ocf::exit_code_for(result.error().kind, *action, ocf::is_probe(*action, environment)));
}

} // namespace mysql_prm::app
