#include "mysql_prm/adapters/mysqld/binary.hpp"

#include "mysql_prm/adapters/os/environment.hpp"
#include "mysql_prm/adapters/os/posix_files.hpp"
#include "mysql_prm/base/text.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <system_error>
#include <vector>

namespace mysql_prm::adapters::mysqld {

using base::ErrorKind;
using base::fail;
using base::text;

namespace {

std::string_view name_of(std::string_view path)
{
    const auto slash = path.rfind('/');
    return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

// "/usr/bin/../sbin" is "/usr/sbin": people read it in the process list, and an install prefix is derived from it.
std::string without_dots(const std::string& folder)
{
    std::error_code error;
    const auto real = std::filesystem::canonical(folder, error);
    return error ? folder : real.string();
}

std::optional<std::string> first_of(const std::vector<std::string>& folders, const std::vector<std::string>& names)
{
    for (const auto& folder : folders)
        for (const auto& name : names)
            if (os::is_executable(text(folder, "/", name)))
                return text(without_dots(folder), "/", name);
    for (const auto& name : names)
        if (auto path = os::find_program(name))
            return path;
    return std::nullopt;
}

// The next run of digits of s, removed from it.
std::uint32_t take_number(std::string_view& s)
{
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(s.data(), s.data() + s.size(), number);
    s.remove_prefix(static_cast<std::size_t>(end - s.data()));
    if (s.starts_with('.'))
        s.remove_prefix(1);
    return error == std::errc{} ? number : 0;
}

} // namespace

bool is_wrapper(std::string_view program)
{
    constexpr std::array<std::string_view, 3> k_wrappers = {"mysqld_safe", "safe_mysqld", "mariadbd-safe"};
    return std::ranges::find(k_wrappers, name_of(program)) != k_wrappers.end();
}

base::Result<std::string> find_server(const std::string& binary)
{
    if (!is_wrapper(binary)) {
        if (auto path = os::find_program(binary))
            return *path;
        const auto* const why = os::exists(binary) ? "' is not executable" : "' is not installed";
        return fail(ErrorKind::not_installed, text("server program '", binary, why));
    }
    const auto folder = os::folder_of(binary);
    const auto found = first_of(
        {folder, folder + "/../sbin", folder + "/../libexec", "/usr/sbin", "/usr/libexec"}, {"mysqld", "mariadbd"});
    if (!found)
        return fail(ErrorKind::not_installed, text("no mysqld or mariadbd found for '", binary, "'"));
    return *found;
}

base::Result<std::string> find_install_db(const std::string& server)
{
    const auto folder = os::folder_of(server);
    const auto found
        = first_of({folder, folder + "/../bin", folder + "/../scripts"}, {"mariadb-install-db", "mysql_install_db"});
    if (!found)
        return fail(ErrorKind::not_installed, "mariadb-install-db is not installed");
    return *found;
}

std::optional<core::ServerVersion> parse_version(std::string_view output)
{
    constexpr std::string_view k_mark = " Ver ";
    const auto at = output.find(k_mark);
    if (at == std::string_view::npos)
        return std::nullopt;
    output.remove_prefix(at + k_mark.size());
    const auto words = base::words(output.substr(0, output.find('\n')));
    if (words.empty())
        return std::nullopt;
    std::string_view rest = words.front();
    const auto major = take_number(rest);
    const auto minor = take_number(rest);
    const auto patch = take_number(rest);
    if (major == 0)
        return std::nullopt;
    const bool mariadb = base::lower(words.front()).find("mariadb") != std::string::npos;
    return core::ServerVersion{
        mariadb ? core::Flavor::mariadb : core::Flavor::mysql, major * 10000 + minor * 100 + patch, words.front()};
}

} // namespace mysql_prm::adapters::mysqld
