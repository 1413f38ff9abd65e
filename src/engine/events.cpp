#include "mysql_prm/engine/events.hpp"

#include "mysql_prm/base/text.hpp"
#include "mysql_prm/engine/record.hpp"
#include "mysql_prm/log/log.hpp"

namespace mysql_prm::engine {
namespace {

using base::text;

std::string property_name(const Context& context)
{
    return context.attribute("_EVENTS");
}

// `schema`.`name` may hold anything, a comma too.
std::string escaped(const std::string& name)
{
    std::string out;
    for (const char c : name)
        out += c == '%' ? "%25" : c == ',' ? "%2C" : std::string(1, c);
    return out;
}

std::string unescaped(const std::string& name)
{
    std::string out;
    for (std::size_t at = 0; at < name.size(); ++at) {
        const auto code = std::string_view{name}.substr(at, 3);
        const bool coded = code == "%2C" || code == "%25";
        out += !coded ? name[at] : code == "%2C" ? ',' : '%';
        at += coded ? 2 : 0;
    }
    return out;
}

std::string to_list(const std::vector<std::string>& events)
{
    std::vector<std::string> names;
    for (const auto& event : events)
        names.push_back(escaped(event));
    return base::join(names, ",");
}

std::vector<std::string> from_list(const std::string& list)
{
    auto names = base::split(list, ',');
    for (auto& name : names)
        name = unescaped(name);
    return names;
}

// Only the recorded primary knows what runs there: a replica that somebody has opened would have them forgotten.
void write_list(const Context& context, const std::vector<std::string>& events)
{
    if (!is_open_primary(context))
        return;
    auto& state = context.memory.state;
    auto list = to_list(events);
    if (list == state.events)
        return;
    const auto written = context.ports.cluster.set_property(property_name(context), list);
    if (written)
        state.events = std::move(list);
    else if (!is_no_cluster(written.error()))
        log::warn(text("cannot remember the enabled events: ", written.error().message));
}

} // namespace

void remember_events(const Context& context, ports::Server& own)
{
    if (context.memory.state.events_incomplete) {
        restore_events(context, own);
        return;
    }
    if (const auto events = own.gate().enabled_events())
        write_list(context, *events);
}

void disable_events(const Context& context, ports::Server& own)
{
    const auto events = own.gate().enabled_events();
    if (!events || events->empty())
        return;
    if (!context.memory.state.events_incomplete)
        write_list(context, *events);
    if (const auto done = own.gate().disable_events(*events); !done)
        log::warn(text("cannot disable events: ", done.error().message));
}

void expect_events(const Context& context)
{
    context.ports.cluster.expect_property(property_name(context));
}

void restore_events(const Context& context, ports::Server& own)
{
    auto& state = context.memory.state;
    state.events_incomplete = true;
    const auto remembered = context.ports.cluster.property(property_name(context));
    if (!remembered) {
        state.events_incomplete = !is_no_cluster(remembered.error());
        return;
    }
    const auto list = remembered->value_or(std::string{});
    if (!list.empty())
        if (const auto done = own.gate().enable_events(from_list(list)); !done) {
            log::warn(text("cannot enable events: ", done.error().message));
            return;
        }
    state.events = list;
    state.events_incomplete = false;
}

void silence_events(ports::Server& own, const core::ServerVersion& version)
{
    if (version.flavor != core::Flavor::mariadb)
        return; // super_read_only stops every event
    const auto events = own.gate().enabled_events();
    if (!events || events->empty())
        return;
    log::info(text("disabling ", events->size(), " events, which only the primary runs"));
    if (const auto done = own.gate().disable_events(*events); !done)
        log::warn(text("cannot disable events: ", done.error().message));
}

} // namespace mysql_prm::engine
