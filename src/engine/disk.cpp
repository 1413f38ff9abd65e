#include "mysql_prm/engine/disk.hpp"

#include "mysql_prm/base/text.hpp"
#include "mysql_prm/engine/access.hpp"

#include <charconv>

namespace mysql_prm::engine {
namespace {

using base::ErrorKind;
using base::text;

constexpr std::int64_t k_server_looks_again = 60; // seconds
constexpr std::int64_t k_margin = 10;
constexpr Millis k_commit_patience{1000};

// False also when another commit waits for an acknowledgement: this one would wait with it.
bool commit_hangs(const Context& context)
{
    const auto own = connect_local(context, Patience::probe);
    if (!own)
        return false;
    const auto status = (*own)->semi_sync().status();
    if (context.semi_sync() && (!status || status->waiting_sessions > 0))
        return false;
    const auto done = (*own)->semi_sync().commit_heartbeat(context.deadline.within(k_commit_patience));
    return !done && done.error().kind == ErrorKind::timed_out;
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

} // namespace

bool note_full_disk(const Context& context)
{
    const bool is_full = context.ports.files.is_full(context.settings.datadir);
    if (is_full) // an error: the next look tries again
        (void)context.ports.files.replace(context.settings.full_disk_path, std::to_string(now_seconds(context)));
    return is_full;
}

std::string commits_hang(const Context& context)
{
    const bool is_full = note_full_disk(context);
    if (!is_full && !was_disk_full(context))
        return {};
    if (commit_hangs(context))
        return text("commits hang: the disk of ", context.settings.datadir, is_full ? " is full" : " was full");
    if (!is_full)
        (void)context.ports.files.remove(context.settings.full_disk_path);
    return {};
}

} // namespace mysql_prm::engine
