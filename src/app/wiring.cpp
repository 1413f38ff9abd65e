#include "wiring.hpp"

#include "mysql_prm/adapters/cluster/pacemaker_cluster.hpp"
#include "mysql_prm/adapters/mysqld/data_directory.hpp"
#include "mysql_prm/adapters/mysqld/local_mysqld.hpp"
#include "mysql_prm/adapters/os/posix_files.hpp"
#include "mysql_prm/adapters/os/posix_runner.hpp"
#include "mysql_prm/adapters/os/process.hpp"
#include "mysql_prm/adapters/os/system_clock.hpp"
#include "mysql_prm/adapters/os/watcher_process.hpp"
#include "mysql_prm/adapters/server/server.hpp"
#include "mysql_prm/base/text.hpp"

#include <functional>
#include <unistd.h>

namespace mysql_prm::app {

using base::text;

namespace {

// Our parent is pacemaker-execd: its PID and start time name one Pacemaker instance on this node. What was written to an
// earlier one is gone. By hand or under ocf-tester the parent differs each time, which costs a few writes and nothing else.
std::string pacemaker_instance()
{
    const auto parent = adapters::os::read_process(getppid());
    return parent ? text(parent->pid, ':', parent->start_time) : std::string{};
}

} // namespace

engine::Settings settings_from(const ocf::Environment& environment, const ocf::Parameters& parameters)
{
    return {.resource = environment.instance,
        .promotable = environment.promotable,
        .admin = parameters.replication_account(),
        .admin_is_set = parameters.replication_user_is_set,
        .test = parameters.test_account(),
        .test_is_set = parameters.test_user_is_set,
        .login = parameters.source_login(),
        .port = parameters.replication_port,
        .insist_on_gtid = parameters.replication_mode == ocf::WantedReplicationMode::gtid,
        .test_table = parameters.test_table,
        .semi_sync = parameters.semi_sync,
        .on_data_loss_risk = parameters.on_data_loss_risk,
        .max_lag = parameters.max_slave_lag,
        .evict_outdated = parameters.evict_outdated_slaves,
        .reader_attribute = parameters.reader_attribute,
        .post_promote_script = parameters.post_promote_script,
        .enable_creation = parameters.enable_creation,
        .creation_marker = parameters.datadir + "/" + std::string(adapters::mysqld::k_created_mark),
        .run_state_path = environment.run_folder + "/mysql-prm-" + environment.instance + ".state",
        .datadir = parameters.datadir,
        .check_path = environment.run_folder + "/mysql-prm-" + environment.instance + ".check",
        .full_disk_path = environment.run_folder + "/mysql-prm-" + environment.instance + ".disk-full",
        .waiting_path = environment.run_folder + "/mysql-prm-" + environment.instance + ".waiting",
        .data_state_path = parameters.datadir + "/mysql-prm.state",
        .extra_folder = parameters.extra_transactions_dir + "/" + environment.instance,
        .extra_keep = parameters.extra_transactions_keep,
        .extra_age = parameters.extra_transactions_age,
        .pacemaker = pacemaker_instance(),
        .node = environment.node};
}

// A number, since passwords are among it.
std::string fingerprint(const ocf::Parameters& parameters)
{
    std::string all;
    for (const auto& account : {parameters.replication_account(), parameters.test_account()})
        all += text(account.user, '\0', account.password.reveal(), '\0');
    for (const auto& part : {parameters.socket, parameters.datadir, parameters.pid, parameters.binary,
             std::to_string(parameters.replication_port), std::to_string(static_cast<int>(parameters.semi_sync)),
             std::to_string(static_cast<int>(parameters.replication_mode)), parameters.replication_master_ssl_ca,
             parameters.replication_master_ssl_cert, parameters.replication_master_ssl_key,
             std::to_string(static_cast<int>(parameters.replication_require_ssl))})
        all += part + '\0';
    return std::to_string(std::hash<std::string>{}(all));
}

struct Workbench::Parts {
    Parts(const ocf::Environment& environment, const ocf::Parameters& parameters, base::Deadline until)
        : settings(settings_from(environment, parameters)),
          servers(parameters.socket, parameters.replication_port,
              parameters.replication_mode == ocf::WantedReplicationMode::position),
          cluster(runner, files, environment.instance, environment.node, until),
          mysqld(parameters.mysqld_settings(), runner, files, clock),
          watcher(text(environment.run_folder, "/mysql-prm-", environment.instance, ".watch"),
              adapters::os::instance_variables(), fingerprint(parameters)),
          memory(files, settings), deadline(until)
    {
    }

    adapters::os::PosixRunner runner;
    adapters::os::PosixFiles files;
    adapters::os::SystemClock clock;
    engine::Settings settings;
    adapters::server::MysqlServers servers;
    adapters::cluster::PacemakerCluster cluster;
    adapters::mysqld::LocalMysqld mysqld;
    adapters::os::WatcherProcess watcher;
    engine::Memory memory;
    base::Deadline deadline;
};

Workbench::Workbench(const ocf::Environment& environment, const ocf::Parameters& parameters, base::Deadline deadline)
    : m_parts(std::make_unique<Parts>(environment, parameters, deadline))
{
}

Workbench::~Workbench() = default;

engine::Context Workbench::context()
{
    auto& parts = *m_parts;
    return {parts.settings,
        {parts.servers, parts.cluster, parts.mysqld, parts.runner, parts.files, parts.clock, parts.watcher}, parts.deadline,
        parts.memory};
}

ports::Mysqld& Workbench::mysqld()
{
    return m_parts->mysqld;
}

} // namespace mysql_prm::app
