#include "mysql_prm/engine/server_number.hpp"

#include "mysql_prm/base/text.hpp"
#include "mysql_prm/engine/record.hpp"
#include "mysql_prm/log/log.hpp"

namespace mysql_prm::engine {
namespace {

using base::ErrorKind;
using base::text;

constexpr const char* k_server_number = "_server_id";
constexpr Millis k_patience{2000};

using Published = std::map<std::string, std::string>; // by node

bool has_published(const Context& context, const Published& published, const std::string& number)
{
    const auto own = published.find(context.ports.cluster.local_node());
    return own != published.end() && own->second == number;
}

Result<void> refuse_where_taken(const Context& context, const Published& published, const std::string& number)
{
    for (const auto& [node, theirs] : published)
        if (node != context.ports.cluster.local_node() && theirs == number)
            return base::fail(
                ErrorKind::not_installed, text("two servers with server_id ", number, ": this one and the one on ", node));
    return {};
}

} // namespace

Result<bool> has_server_number(const Context& context, std::uint32_t server_id)
{
    const auto published = context.ports.cluster.private_attributes(context.attribute(k_server_number));
    if (!published)
        return true; // it is claimed from nobody; a monitor sees to it later
    const auto number = std::to_string(server_id);
    if (const auto free = refuse_where_taken(context, *published, number); !free)
        return std::unexpected(free.error());
    return has_published(context, *published, number);
}

Result<void> claim_server_number(const Context& context, std::uint32_t server_id)
{
    const auto number = std::to_string(server_id);
    const auto published = publish_privately(context, k_server_number, number, k_patience);
    if (!published) {
        log::warn(text("cannot tell the others this server_id: ", published.error().message));
        return {};
    }
    auto free = refuse_where_taken(context, *published, number);
    if (!free)
        release_server_number(context);
    return free;
}

void keep_server_number(const Context& context, std::uint32_t server_id)
{
    auto& cluster = context.ports.cluster;
    const auto name = context.attribute(k_server_number);
    const auto published = cluster.private_attributes(name);
    if (!published)
        return;
    const auto number = std::to_string(server_id);
    if (const auto free = refuse_where_taken(context, *published, number); !free)
        log::warn(free.error().message);
    if (has_published(context, *published, number))
        return;
    if (const auto done = cluster.set_private_attribute(name, number); !done)
        log::warn(text("cannot tell the others this server_id: ", done.error().message));
}

void release_server_number(const Context& context)
{
    const auto name = context.attribute(k_server_number);
    if (const auto done = context.ports.cluster.set_private_attribute(name, std::nullopt); !done)
        log::warn(text("cannot withdraw this server_id: ", done.error().message));
}

} // namespace mysql_prm::engine
