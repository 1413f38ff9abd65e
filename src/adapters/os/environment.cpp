#include "mysql_prm/adapters/os/environment.hpp"

#include "mysql_prm/base/text.hpp"

#include <array>
#include <cstdlib>
#include <sys/stat.h>
#include <unistd.h>

namespace mysql_prm::adapters::os {

namespace {

constexpr std::string_view k_system_folders = "/usr/sbin:/usr/bin:/sbin:/bin";

constexpr std::string_view k_authorities = "SSL_CERT_FILE";
constexpr std::string_view k_no_authorities = "/dev/null";

bool is_dropped(std::string_view name)
{
    constexpr std::array k_dropped
        = {"MYSQL_PWD", "NOTIFY_SOCKET", "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", "MYSQLD_PARENT_PID", "LC_ALL"};
    for (const std::string_view dropped : k_dropped)
        if (name == dropped)
            return true;
    // With on_node set, attrd_updater of Pacemaker 2.1.5 answers for that node alone, whatever it is asked.
    if (name.starts_with("OCF_RESKEY_CRM_meta_on_node"))
        return true;
    return name.starts_with("OCF_RESKEY_") && !name.starts_with("OCF_RESKEY_CRM_meta_");
}

// As ignore_system_authorities() sets it.
std::string own_authorities()
{
    return base::text(k_authorities, '=', k_no_authorities);
}

std::optional<std::string> find_in(std::string_view folders, std::string_view name)
{
    for (const auto& folder : base::split(folders, ':')) {
        std::string path = base::text(folder.empty() ? "." : folder, "/", name);
        if (is_executable(path))
            return path;
    }
    return std::nullopt;
}

} // namespace

std::vector<std::string> filter_environment(const std::vector<std::string>& environment)
{
    std::vector<std::string> kept;
    for (const auto& line : environment)
        if (!is_dropped(std::string_view(line).substr(0, line.find('='))) && line != own_authorities())
            kept.push_back(line);
    kept.emplace_back("LC_ALL=C");
    return kept;
}

std::vector<std::string> child_environment()
{
    std::vector<std::string> lines;
    for (char** line = environ; line != nullptr && *line != nullptr; ++line)
        lines.emplace_back(*line);
    return filter_environment(lines);
}

void ignore_system_authorities()
{
    ::setenv(k_authorities.data(), k_no_authorities.data(), 0);
}

bool is_executable(const std::string& path)
{
    struct stat info { };
    return ::stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) && ::access(path.c_str(), X_OK) == 0;
}

std::optional<std::string> find_program(std::string_view name)
{
    if (name.find('/') != std::string_view::npos)
        return is_executable(std::string(name)) ? std::optional(std::string(name)) : std::nullopt;
    const char* path = std::getenv("PATH");
    if (path != nullptr)
        if (auto found = find_in(path, name))
            return found;
    return find_in(k_system_folders, name);
}

} // namespace mysql_prm::adapters::os
