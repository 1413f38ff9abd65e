#include "mysql_prm/engine/sync_record.hpp"

#include "mysql_prm/base/text.hpp"

#include <chrono>

namespace mysql_prm::engine {
namespace {

using base::ErrorKind;
using base::fail;
using base::text;

constexpr Millis k_ask_again{10};
constexpr Millis k_message_patience{3000};

// A private attribute is set by a message that every node, this one included, takes from the ring.
Result<void> send_and_see(const Context& context, const std::string& value)
{
    auto& cluster = context.ports.cluster;
    const auto name = context.attribute("_seen");
    if (const auto sent = cluster.set_private_attribute(name, value); !sent)
        return sent;
    const auto deadline = context.deadline.within(k_message_patience);
    for (;;) {
        if (const auto seen = cluster.private_attributes(name))
            if (const auto own = seen->find(cluster.local_node()); own != seen->end() && own->second == value)
                return {};
        if (deadline.expired())
            return fail(ErrorKind::timed_out, "the cluster does not answer");
        context.ports.clock.pause(k_ask_again, deadline);
    }
}

} // namespace

Result<core::SyncRecord> read_sync_record(const Context& context)
{
    const auto value = context.ports.cluster.property(context.attribute("_SYNC"));
    if (!value)
        return std::unexpected(value.error());
    if (!*value || (*value)->empty())
        return core::SyncRecord{};
    return core::parse_sync_record(**value);
}

Result<std::string> require_quorum(const Context& context)
{
    auto partition = context.ports.cluster.quorate_partition();
    if (!partition)
        return std::unexpected(partition.error());
    if (!*partition)
        return fail(ErrorKind::conflict, "this node has no quorum");
    return std::move(**partition);
}

Result<void> confirm_partition(const Context& context, const std::string& partition)
{
    const auto stamp = std::chrono::duration_cast<Millis>(context.ports.clock.wall().time_since_epoch()).count();
    for (const auto* which : {"a", "b"})
        if (const auto seen = send_and_see(context, text(stamp, which)); !seen)
            return seen;
    return require_partition(context, partition);
}

Result<void> require_partition(const Context& context, const std::string& partition)
{
    const auto now = require_quorum(context);
    if (!now)
        return std::unexpected(now.error());
    if (*now != partition)
        return fail(ErrorKind::conflict, "the membership of the cluster has changed meanwhile");
    return {};
}

Result<void> set_sync_record(const Context& context, const core::SyncRecord& record)
{
    return context.ports.cluster.set_property(context.attribute("_SYNC"), core::to_string(record));
}

Result<void> write_sync_record(const Context& context, const core::SyncRecord& record)
{
    const auto partition = require_quorum(context);
    if (!partition)
        return std::unexpected(partition.error());
    if (const auto written = set_sync_record(context, record); !written)
        return written;
    return confirm_partition(context, *partition);
}

} // namespace mysql_prm::engine
