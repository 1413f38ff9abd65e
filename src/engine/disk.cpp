#include "mysql_prm/engine/disk.hpp"

#include "mysql_prm/base/text.hpp"
#include "mysql_prm/core/score.hpp"
#include "mysql_prm/engine/access.hpp"
#include "mysql_prm/engine/record.hpp"

#include <charconv>

namespace mysql_prm::engine {
namespace {

using base::ErrorKind;
using base::text;

constexpr std::uint64_t k_full = 64 * 1024;
constexpr std::uint64_t k_too_little = 64 * 1024 * 1024; // for a replica, and until it has twice as much
constexpr std::int64_t k_server_looks_again = 60;        // seconds
constexpr std::int64_t k_margin = 10;
constexpr Millis k_commit_patience{1000};

bool was_tried_last(const Context& context)
{
    return context.memory.state.score == std::to_string(core::k_score_behind);
}

// So recently that commits may hang for it.
bool was_disk_full(const Context& context)
{
    const auto note = context.ports.files.read(context.settings.full_disk_path);
    std::int64_t seen = 0;
    if (!note || std::from_chars(note->data(), note->data() + note->size(), seen).ec != std::errc{})
        return false;
    const auto since = now_seconds(context) - seen;
    return since >= 0 && since < k_server_looks_again + k_margin;
}

// Others may wait for an acknowledgement, and this one with them. Nothing: not known.
std::optional<bool> waits_for_acknowledgement(const Context& context, ports::Server& own)
{
    if (!context.semi_sync())
        return false;
    const auto status = own.semi_sync().status();
    return status ? std::optional{status->waiting_sessions > 0} : std::nullopt;
}

// Nothing: not known.
std::optional<bool> commit_hangs(const Context& context)
{
    const auto own = connect_local(context, Patience::probe);
    if (!own)
        return std::nullopt;
    const auto told = (*own)->has_commit_without_space();
    if (!told)
        return std::nullopt;
    if (*told)
        return **told;
    if (waits_for_acknowledgement(context, **own) != false)
        return std::nullopt;
    const auto done = (*own)->semi_sync().commit_heartbeat(context.deadline.within(k_commit_patience));
    if (done)
        return false;
    if (done.error().kind != ErrorKind::timed_out)
        return std::nullopt;
    const auto again = connect_local(context, Patience::probe);
    return again && waits_for_acknowledgement(context, **again) == false ? std::optional{true} : std::nullopt;
}

} // namespace

bool note_full_disk(const Context& context)
{
    const auto space = context.ports.files.free_space(context.settings.datadir);
    const bool is_full = space && *space < k_full;
    if (is_full) // an error: the next look tries again
        (void)context.ports.files.replace(context.settings.full_disk_path, std::to_string(now_seconds(context)));
    return is_full;
}

void forget_full_disk(const Context& context)
{
    if (context.ports.files.read(context.settings.full_disk_path))
        (void)context.ports.files.remove(context.settings.full_disk_path);
}

std::string commits_hang(const Context& context)
{
    if (!is_open_primary(context))
        return {};
    const bool is_full = note_full_disk(context);
    if (!is_full && !was_disk_full(context))
        return {};
    // Each try leaves a session behind that waits too.
    const auto hangs = is_full && was_tried_last(context) ? std::optional{true} : commit_hangs(context);
    if (hangs.value_or(was_tried_last(context)))
        return text("commits hang: the disk of ", context.settings.datadir, is_full ? " is full" : " was full");
    if (!is_full && hangs)
        forget_full_disk(context);
    return {};
}

std::string lacks_space(const Context& context)
{
    const auto space = context.ports.files.free_space(context.settings.datadir);
    if (!space || *space >= (was_tried_last(context) ? 2 * k_too_little : k_too_little))
        return {};
    return text("the disk of ", context.settings.datadir, " has no space for a primary");
}

} // namespace mysql_prm::engine
