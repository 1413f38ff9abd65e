#include "mysql_prm/engine/attention.hpp"

#include "mysql_prm/base/text.hpp"

#include <chrono>

namespace mysql_prm::engine {
namespace {

constexpr std::int64_t k_longest_wait = 15; // seconds; without a rival the watcher needs 3
constexpr std::int64_t k_fresh = 4;         // seconds; the watcher tries other nodes in between, each for one at most

} // namespace

// Where it cannot be written the minute's check has to do.
void ask_for_check(const Context& context)
{
    (void)context.ports.files.replace(context.settings.check_path, "");
}

bool take_request_for_check(const Context& context)
{
    return context.ports.files.read(context.settings.check_path) && context.ports.files.remove(context.settings.check_path);
}

void note_waiting(const Context& context, Millis for_how_long)
{
    const auto now = now_seconds(context);
    const auto since = now - std::chrono::floor<std::chrono::seconds>(for_how_long).count();
    // What cannot be written leaves a server that the monitor takes for hung.
    (void)context.ports.files.replace(context.settings.waiting_path, base::text(since, ' ', now));
}

void forget_waiting(const Context& context)
{
    (void)context.ports.files.remove(context.settings.waiting_path);
}

bool may_lock_out(const Context& context)
{
    const auto note = context.ports.files.read(context.settings.waiting_path);
    if (!note || !context.memory.state.was_primary)
        return false;
    const auto times = base::split(*note, ' ');
    if (times.size() != 2)
        return false;
    const auto is_within = [&](const std::string& time, std::int64_t seconds) {
        const auto passed = now_seconds(context) - base::to_int<std::int64_t>(time).value_or(0);
        return passed >= 0 && passed < seconds;
    };
    return is_within(times[0], k_longest_wait) && is_within(times[1], k_fresh);
}

} // namespace mysql_prm::engine
