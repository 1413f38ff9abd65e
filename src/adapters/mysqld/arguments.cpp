#include "mysql_prm/adapters/mysqld/arguments.hpp"

#include "mysql_prm/base/text.hpp"

#include <algorithm>

namespace mysql_prm::adapters::mysqld {

using base::text;
using core::Flavor;
using core::ServerVersion;
using ports::MysqldSettings;

namespace {

std::vector<std::string> common_arguments(
    const std::string& program, const MysqldSettings& settings, const std::string& folder, bool as_root)
{
    std::vector<std::string> argv{program};
    if (!settings.config.empty())
        argv.push_back(text("--defaults-file=", settings.config));
    argv.push_back(text("--datadir=", folder));
    if (as_root && !settings.user.empty())
        argv.push_back(text("--user=", settings.user));
    return argv;
}

// Some shape the data directory (innodb-page-size, lower-case-table-names); those of plugins are unknown while it is made.
std::string loosened(const std::string& parameter)
{
    const bool loosen = parameter.starts_with("--") && !parameter.starts_with("--loose");
    return loosen ? text("--loose-", parameter.substr(2)) : parameter;
}

// Where they are installed in the data directory too (mysql.plugin), the server logs that one exists and uses it; without
// the file it starts without the plugin (9.7.4).
std::vector<std::string> semi_sync_options(const ServerVersion& version)
{
    constexpr std::uint32_t k_renamed = 80026;
    if (version.flavor == Flavor::mariadb)
        return {};
    if (version.number < k_renamed)
        return {"--plugin-load-add=rpl_semi_sync_master=semisync_master.so",
            "--plugin-load-add=rpl_semi_sync_slave=semisync_slave.so"};
    return {"--plugin-load-add=rpl_semi_sync_source=semisync_source.so",
        "--plugin-load-add=rpl_semi_sync_replica=semisync_replica.so"};
}

void add(std::vector<std::string>& argv, const std::vector<std::string>& more)
{
    argv.insert(argv.end(), more.begin(), more.end());
}

} // namespace

std::string skip_replica_start_option(const ServerVersion& version)
{
    constexpr std::uint32_t k_renamed = 80026;
    const bool renamed = version.flavor == Flavor::mysql && version.number >= k_renamed;
    return renamed ? "--skip-replica-start" : "--skip-slave-start";
}

std::vector<std::string> start_arguments(const std::string& server, const MysqldSettings& settings,
    const ServerVersion& version, ports::StartRole role, bool as_root)
{
    auto argv = common_arguments(server, settings, settings.datadir, as_root);
    if (!settings.socket.empty())
        argv.push_back(text("--socket=", settings.socket));
    if (!settings.pid_file.empty())
        argv.push_back(text("--pid-file=", settings.pid_file));
    if (!settings.log.empty())
        argv.push_back(text("--log-error=", settings.log));
    if (settings.load_semi_sync)
        add(argv, semi_sync_options(version));
    add(argv, settings.additional_parameters);
    if (role == ports::StartRole::standalone)
        return argv;
    argv.emplace_back("--read-only=1");
    if (version.flavor == Flavor::mysql)
        argv.emplace_back("--super-read-only=1");
    argv.push_back(skip_replica_start_option(version));
    return argv;
}

std::vector<std::string> create_arguments(const std::string& program, const MysqldSettings& settings,
    const ServerVersion& version, const std::string& folder, const std::string& basedir, bool as_root)
{
    auto argv = common_arguments(program, settings, folder, as_root);
    if (version.flavor == Flavor::mysql) {
        argv.emplace_back("--initialize-insecure");
        if (!settings.log.empty())
            argv.push_back(text("--log-error=", settings.log));
    } else {
        constexpr std::uint32_t k_unix_socket_is_default = 100400;
        const bool by_socket = version.number >= k_unix_socket_is_default;
        if (!basedir.empty())
            argv.push_back(text("--basedir=", basedir));
        argv.push_back(text("--auth-root-authentication-method=", by_socket ? "socket" : "normal"));
        argv.emplace_back("--skip-test-db");
        argv.emplace_back("--force"); // a host name that cannot be looked up is no reason
    }
    for (const auto& parameter : settings.additional_parameters)
        argv.push_back(loosened(parameter));
    return argv;
}

std::optional<std::string> option_value(const std::vector<std::string>& argv, std::string_view name)
{
    std::optional<std::string> value;
    for (std::size_t i = 1; i < argv.size(); ++i) {
        const std::string_view argument = argv[i];
        if (name == "datadir" && argument.starts_with("-h")) {
            value = argument.size() > 2 ? std::string(argument.substr(2)) : i + 1 < argv.size() ? argv[i + 1] : "";
            continue;
        }
        if (!argument.starts_with("--"))
            continue;
        const auto equals = argument.find('=');
        auto option = std::string(argument.substr(2, equals == std::string_view::npos ? equals : equals - 2));
        std::ranges::replace(option, '_', '-');
        if (option != name)
            continue;
        if (equals != std::string_view::npos)
            value = argument.substr(equals + 1);
        else if (i + 1 < argv.size())
            value = argv[i + 1];
    }
    return value;
}

} // namespace mysql_prm::adapters::mysqld
