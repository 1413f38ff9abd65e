#include "mysql_prm/engine/sync_record.hpp"

#include "mysql_prm/base/text.hpp"
#include "mysql_prm/engine/record.hpp"

#include <chrono>

namespace mysql_prm::engine {
namespace {

using base::ErrorKind;
using base::fail;
using base::text;

constexpr Millis k_message_patience{3000};

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
        if (const auto seen = publish_privately(context, "_seen", text(stamp, which), k_message_patience); !seen)
            return std::unexpected(seen.error());
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
