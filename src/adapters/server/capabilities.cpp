#include "mysql_prm/adapters/server/capabilities.hpp"

#include "mysql_prm/base/text.hpp"

#include <array>
#include <cctype>

namespace mysql_prm::adapters::server {

namespace {

constexpr std::uint32_t version_number(std::uint32_t major, std::uint32_t minor, std::uint32_t patch)
{
    return major * 10000 + minor * 100 + patch;
}

// Up to three numbers with dots between; what follows does not matter.
std::optional<std::uint32_t> leading_version(std::string_view text)
{
    std::array<std::uint32_t, 3> parts{};
    for (std::size_t i = 0; i < parts.size(); ++i) {
        std::size_t digits = 0;
        while (digits < text.size() && std::isdigit(static_cast<unsigned char>(text[digits])) != 0)
            ++digits;
        const auto number = base::to_int<std::uint32_t>(text.substr(0, digits));
        if (!number || *number > 99)
            return i < 2 ? std::nullopt : std::optional{version_number(parts[0], parts[1], 0)};
        parts[i] = *number;
        text.remove_prefix(digits);
        if (text.starts_with('.'))
            text.remove_prefix(1);
    }
    return version_number(parts[0], parts[1], parts[2]);
}

Capabilities mysql_capabilities(std::uint32_t version)
{
    const auto since = [version](std::uint32_t major, std::uint32_t minor, std::uint32_t patch) {
        return version >= version_number(major, minor, patch);
    };
    return Capabilities{
        .replica_words = since(8, 0, 22),
        .source_words = since(8, 0, 23),
        .binary_log_status = since(8, 2, 0),
        .log_replica_updates = since(8, 0, 26),
        .semi_sync_source_words = since(8, 0, 26),
        .source_public_key = since(8, 0, 4),
        .admin_address = since(8, 0, 14),
        .offline_mode = since(5, 7, 5),
        .disable_on_replica = since(8, 2, 0),
        .dynamic_privileges = since(8, 0, 0),
        .system_user = since(8, 0, 16),
        .set_any_definer = since(8, 2, 0),
    };
}

Capabilities mariadb_capabilities(std::uint32_t version)
{
    Capabilities can;
    can.replica_monitor = version >= version_number(10, 5, 9);
    can.super_passes_read_only = version < version_number(10, 11, 0);
    can.super_covers_admin = version < version_number(11, 0, 1);
    return can;
}

} // namespace

base::Result<core::ServerVersion> parse_version(std::string_view text)
{
    constexpr std::string_view k_replication_prefix = "5.5.5-";
    const bool mariadb = base::lower(text).find("mariadb") != std::string::npos || text.starts_with(k_replication_prefix);
    if (mariadb && text.starts_with(k_replication_prefix))
        text.remove_prefix(k_replication_prefix.size());
    const auto number = leading_version(text);
    if (!number)
        return base::fail(base::ErrorKind::failed, base::text("\"", text, "\" is not a server version"));
    return core::ServerVersion{
        .flavor = mariadb ? core::Flavor::mariadb : core::Flavor::mysql, .number = *number, .text = std::string{text}};
}

Capabilities capabilities_of(const core::ServerVersion& version)
{
    return version.flavor == core::Flavor::mariadb ? mariadb_capabilities(version.number)
                                                   : mysql_capabilities(version.number);
}

} // namespace mysql_prm::adapters::server
