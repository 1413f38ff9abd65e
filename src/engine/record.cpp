#include "mysql_prm/engine/record.hpp"

#include "mysql_prm/base/text.hpp"
#include "mysql_prm/engine/access.hpp"

namespace mysql_prm::engine {
namespace {

using base::ErrorKind;
using base::fail;
using base::text;

constexpr Millis k_ask_again{10};
constexpr const char* k_record = "_REPL_INFO";
constexpr const char* k_address = "_mysql_master_IP";

} // namespace

void expect_record(const Context& context)
{
    context.ports.cluster.expect_property(context.attribute(k_record));
}

void expect_address_of(const Context& context, const std::string& node)
{
    context.ports.cluster.expect_node_attribute(node, context.attribute(k_address), ports::Lifetime::permanent);
}

Result<std::optional<core::ReplInfo>> read_record(const Context& context)
{
    const auto value = context.ports.cluster.property(context.attribute(k_record));
    if (!value)
        return std::unexpected(value.error());
    if (!*value || (*value)->empty())
        return std::nullopt;
    auto info = core::parse_repl_info(**value);
    if (!info)
        return std::unexpected(info.error());
    return std::optional{std::move(*info)};
}

Result<void> write_record(const Context& context, const core::ReplInfo& record)
{
    return context.ports.cluster.set_property(context.attribute(k_record), core::to_string(record));
}

Result<std::string> address_of(const Context& context, const std::string& node)
{
    auto address = context.ports.cluster.node_attribute(node, context.attribute(k_address), ports::Lifetime::permanent);
    if (!address)
        return std::unexpected(address.error());
    return address->value_or(std::string{}).empty() ? node : **address;
}

Result<std::map<std::string, std::string>> publish_privately(
    const Context& context, const char* suffix, const std::string& value, Millis patience)
{
    auto& cluster = context.ports.cluster;
    const auto name = context.attribute(suffix);
    if (const auto sent = cluster.set_private_attribute(name, value); !sent)
        return std::unexpected(sent.error());
    const auto deadline = context.deadline.within(patience);
    for (;;) {
        if (auto seen = cluster.private_attributes(name))
            if (const auto own = seen->find(cluster.local_node()); own != seen->end() && own->second == value)
                return seen;
        if (deadline.expired())
            return fail(ErrorKind::timed_out, "the cluster does not show what was published");
        context.ports.clock.pause(k_ask_again, deadline);
    }
}

bool is_open_primary(const Context& context)
{
    const auto record = context.memory.record();
    return context.settings.promotable && context.memory.state.was_primary && record
        && record->node == context.ports.cluster.local_node();
}

Result<VerifiedPrimary> verify_primary(const Context& context, const core::ReplInfo& record, Millis patience)
{
    auto server = connect_remote(context, record.host, patience);
    if (!server)
        return fail(
            server.error().kind, text("primary on ", record.host, ": ", server.error().message), server.error().code);
    auto status = (*server)->observe();
    if (!status)
        return fail(
            status.error().kind, text("primary on ", record.host, ": ", status.error().message), status.error().code);
    if (record.server_id != 0 && status->role.server_id != record.server_id)
        return fail(ErrorKind::conflict,
            text("server on ", record.host, " has server_id ", status->role.server_id, ", the recorded primary has ",
                record.server_id));
    if (!status->role.writable())
        return fail(ErrorKind::conflict, text("recorded primary on ", record.host, " is read-only"));
    return VerifiedPrimary{std::move(*server), std::move(*status)};
}

} // namespace mysql_prm::engine
