#include "mysql_prm/ocf/validation.hpp"

#include "mysql_prm/base/text.hpp"
#include "mysql_prm/ocf/credentials.hpp"
#include "mysql_prm/ocf/parameter_table.hpp"

namespace mysql_prm::ocf {
namespace {

using base::ErrorKind;
using base::fail;
using base::text;

Result<void> check_interface(const Environment& environment)
{
    if (environment.api_major.value_or(1) != 1)
        return fail(ErrorKind::failed,
            text("the caller speaks version ", *environment.api_major,
                " of the agent interface, this agent speaks version 1"));
    return {};
}

Result<void> check_clone(const Environment& environment)
{
    if (environment.clone_node_max.value_or(1) > 1)
        return fail(ErrorKind::invalid_argument, "clone-node-max is above 1: one data directory, one server");
    if (!environment.promotable)
        return {};
    if (environment.promoted_max.value_or(1) > 1 || environment.promoted_node_max.value_or(1) > 1)
        return fail(ErrorKind::invalid_argument, "promoted-max is above 1: there is one primary");
    if (environment.notify_enabled == false)
        return fail(ErrorKind::invalid_argument, "a promotable clone needs the meta attribute notify=true");
    return {};
}

Result<void> check_together(const Parameters& parameters)
{
    if (parameters.replication_master_ssl_cert.empty() != parameters.replication_master_ssl_key.empty())
        return fail(
            ErrorKind::invalid_argument, "replication_master_ssl_cert and replication_master_ssl_key are needed together");
    for (const auto* const path : {&parameters.replication_master_ssl_ca, &parameters.replication_master_ssl_cert,
             &parameters.replication_master_ssl_key})
        if (!path->empty() && !path->starts_with('/'))
            return fail(ErrorKind::invalid_argument, "replication_options: SSL files need an absolute path");
    if (parameters.pid == parameters.socket || parameters.pid == parameters.log || parameters.socket == parameters.log)
        return fail(ErrorKind::invalid_argument, "pid, socket and log have to be different files");
    return {};
}

} // namespace

Result<Parameters> validate(const Lookup& lookup, const Environment& environment)
{
    if (auto fine = check_interface(environment); !fine)
        return std::unexpected(std::move(fine.error()));
    auto parameters = parameters_from(lookup);
    if (!parameters)
        return parameters;
    if (auto fine = check_together(*parameters); !fine)
        return std::unexpected(std::move(fine.error()));
    if (auto fine = check_clone(environment); !fine)
        return std::unexpected(std::move(fine.error()));
    return parameters;
}

Result<Parameters> validate_here(const Lookup& lookup, const Environment& environment, const std::vector<LocalCheck>& checks)
{
    auto parameters = validate(lookup, environment);
    if (!parameters)
        return parameters;
    if (!parameters->credentials_file.empty()) {
        const auto credentials = read_credentials(parameters->credentials_file);
        if (!credentials)
            return std::unexpected(credentials.error());
        apply(*credentials, *parameters);
    }
    for (const auto& check : checks)
        if (auto fine = check(*parameters); !fine)
            return std::unexpected(std::move(fine.error()));
    return parameters;
}

std::vector<std::string> warnings(const Parameters& parameters, const Environment& environment)
{
    std::vector<std::string> out;
    for (const auto& name : parameters.without_effect)
        out.push_back(text(name, " has no effect: ", parameter(name).why));
    if (environment.promotable && !parameters.replication_user_is_set && parameters.credentials_file.empty())
        out.emplace_back("neither replication_user nor credentials_file is set: replicas log in as root without a password");
    if (environment.promotable && !environment.notify_enabled)
        out.emplace_back("the caller does not say whether notify=true is set: promotion needs it");
    // crm_resource --validate says that it is a clone and not of which kind; only the cluster says which node it runs on.
    if (environment.clone && !environment.promotable && environment.clone_max.value_or(0) > 1 && !environment.node.empty())
        out.emplace_back("the clone is not promotable: no replication is managed and each of its servers may take writes");
    return out;
}

std::vector<std::string> server_warnings(ports::Server& server)
{
    std::vector<std::string> out;
    if (const auto settings = server.binary_log().settings_that_lose(); settings && !settings->empty())
        out.push_back(text("what is committed or acknowledged may not be on disk: ", base::join(*settings, ", ")));
    if (const auto filters = server.binary_log().filters(); filters && !filters->empty())
        out.push_back(text("a failover loses what these filters leave out: ", base::join(*filters, ", ")));
    return out;
}

} // namespace mysql_prm::ocf
