#include "mysql_prm/engine/extra.hpp"

#include "mysql_prm/base/text.hpp"
#include "mysql_prm/log/log.hpp"

namespace mysql_prm::engine {
namespace {

using base::text;

constexpr Millis k_look_patience{2000};
constexpr Millis k_adopt_patience{2000};
constexpr std::size_t k_adopt_at_once = 200;

// They count as what the primary held when this server joined it: a ballot need not look for them.
void note_known(const Context& context, const gtid::MysqlGtidSet& gtids)
{
    auto& known = context.memory.state.joining_position;
    if (const auto before = core::parse_position(known); before && std::holds_alternative<gtid::MysqlGtidSet>(*before))
        known = core::to_string(core::Position{std::get<gtid::MysqlGtidSet>(*before).united(gtids)});
}

} // namespace

Result<core::ExtraInLog> read_extra(const Context& context, ports::Server& own, const core::ExtraTransactions& extra)
{
    auto& state = context.memory.state;
    if (const auto known = core::to_string(extra); state.extra == known)
        return core::ExtraInLog{extra, state.extra_without_data, true, state.extra_file};
    auto found = own.binary_log().look_for(extra, context.deadline.within(k_look_patience));
    if (!found)
        return found;
    if (found->is_complete) {
        state.extra = core::to_string(extra);
        state.extra_without_data = found->without_data;
        state.extra_file = found->first_file;
    }
    return found;
}

void forget_extra(const Context& context)
{
    auto& state = context.memory.state;
    state.extra.clear();
    state.extra_file.clear();
    state.extra_without_data = false;
}

void have_adopted(const Context& context, ports::Server& primary, const core::ExtraTransactions& extra)
{
    if (extra.empty())
        return;
    const auto some = gtid::MysqlGtidSet::parse(base::join(extra.mysql.names(k_adopt_at_once), ",")).value();
    const auto what = text("transactions without data (FLUSH, ANALYZE and the like) that only this server has: ",
        base::shorten(some.to_string(), 200));
    const auto adopted = primary.binary_log().adopt_empty(some, context.deadline.within(k_adopt_patience));
    if (adopted) {
        log::info("the primary counts as its own " + what);
        note_known(context, some);
    } else {
        log::warn(text("cannot have the primary count as its own ", what, ": ", adopted.error().message));
    }
}

} // namespace mysql_prm::engine
