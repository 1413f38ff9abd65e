// Puts the real adapters behind the ports and the parameters into the engine's settings.
#pragma once

#include "mysql_prm/engine/context.hpp"
#include "mysql_prm/ocf/environment.hpp"
#include "mysql_prm/ocf/parameters.hpp"

#include <memory>

namespace mysql_prm::app {

[[nodiscard]] engine::Settings settings_from(const ocf::Environment& environment, const ocf::Parameters& parameters);

// One word that differs wherever a watcher would work otherwise (adapters::os::WatcherLock).
[[nodiscard]] std::string fingerprint(const ocf::Parameters& parameters);

// Owns everything that an action works with, for the life of one action.
class Workbench {
public:
    Workbench(const ocf::Environment& environment, const ocf::Parameters& parameters, base::Deadline deadline);
    ~Workbench();
    Workbench(const Workbench&) = delete;
    Workbench& operator=(const Workbench&) = delete;

    [[nodiscard]] engine::Context context();
    [[nodiscard]] ports::Mysqld& mysqld();

private:
    struct Parts;
    std::unique_ptr<Parts> m_parts;
};

} // namespace mysql_prm::app
