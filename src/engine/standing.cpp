#include "mysql_prm/engine/standing.hpp"

#include "mysql_prm/base/text.hpp"
#include "mysql_prm/log/log.hpp"

namespace mysql_prm::engine {
namespace {

using base::text;

constexpr std::int64_t k_check_seconds = 60;
constexpr std::size_t k_reason_bytes = 200;

// Remembers a value only once the cluster has taken it.
void note(const Context&, std::string& field, const std::string& value, const Result<void>& done, const char* what)
{
    if (done)
        field = value;
    else if (!is_no_cluster(done.error()))
        log::warn(text("cannot set the ", what, ": ", done.error().message));
}

} // namespace

bool is_check_due(const Context& context)
{
    const auto since = now_seconds(context) - context.memory.state.verified;
    return since < 0 || since >= k_check_seconds;
}

void check_standing(const Context& context)
{
    if (!context.settings.promotable || !is_check_due(context))
        return;
    auto& state = context.memory.state;
    auto& cluster = context.ports.cluster;
    if (!state.score.empty()) {
        const auto score = cluster.promotion_score();
        if (score && (!*score || std::to_string(**score) != state.score))
            state.score.clear();
    }
    if (!state.readable.empty()) {
        const auto readable
            = cluster.node_attribute(cluster.local_node(), context.settings.reader_attribute, ports::Lifetime::transient);
        if (readable && readable->value_or("") != state.readable)
            state.readable.clear();
    }
    if (!state.kept_out.empty()) {
        const auto reason
            = cluster.node_attribute(cluster.local_node(), context.attribute("_kept_out"), ports::Lifetime::transient);
        if (reason && reason->value_or("") != state.kept_out)
            state.kept_out.clear();
    }
    state.verified = now_seconds(context);
}

void publish_standing(const Context& context, const core::Standing& standing)
{
    if (!context.settings.promotable)
        return;
    auto& state = context.memory.state;
    auto& cluster = context.ports.cluster;
    const auto score = std::to_string(standing.score);
    const std::string readable = standing.readable ? "1" : "0";
    const auto reason = standing.score == core::k_score_never ? base::shorten(standing.why, k_reason_bytes) : std::string{};
    if (state.score != score) {
        log::info(text("promotion score ", score, standing.why.empty() ? "" : ": ", standing.why));
        note(context, state.score, score, cluster.set_promotion_score(standing.score), "promotion score");
    }
    if (state.readable != readable)
        note(context, state.readable, readable,
            cluster.set_node_attribute(context.settings.reader_attribute, readable, ports::Lifetime::transient),
            "reader attribute");
    if (state.kept_out != reason)
        note(context, state.kept_out, reason,
            cluster.set_node_attribute(context.attribute("_kept_out"), reason, ports::Lifetime::transient),
            "reason for being kept out");
}

bool withdraw_standing(const Context& context)
{
    if (!context.settings.promotable)
        return false;
    auto& state = context.memory.state;
    const auto done = context.ports.cluster.clear_promotion_score();
    if (!done && !is_no_cluster(done.error()))
        log::warn(text("cannot clear the promotion score: ", done.error().message));
    if (state.readable != "0")
        note(context, state.readable, "0",
            context.ports.cluster.set_node_attribute(context.settings.reader_attribute, "0", ports::Lifetime::transient),
            "reader attribute");
    state.score.clear();
    state.yielded_to.clear();
    return done.has_value();
}

} // namespace mysql_prm::engine
