#include "mysql_prm/core/score.hpp"

#include "mysql_prm/base/text.hpp"

namespace mysql_prm::core {
namespace {

using base::text;

// Within it the agent stops receivers on purpose.
constexpr std::chrono::seconds k_longest_failover{30};

// Lag is unknown while the receiver is away: then the score stays, or every replica would lose it together with the primary.
// But it is not for ever as fresh as it was.
Standing decide_replica(const StandingInput& input, const ReplicaStatus& replica)
{
    const auto max_lag = input.max_lag;
    const auto lag_unknown_for = input.lag_unknown_for;
    if (replica.applier_errno != 0)
        return {
            k_score_never, false, text("applier stopped with error ", replica.applier_errno, ": ", replica.applier_error)};
    if (is_refused_by_source(replica))
        return {k_score_never, false,
            text("receiver stopped with error ", replica.receiver_errno, ": ", replica.receiver_error)};
    if (!replica.applier_running)
        return {k_score_behind, false, "does not replicate"};
    if (replica.receiver == ReceiverState::stopped && replica.receiver_errno != 0)
        return {k_score_behind, false,
            text("receiver stopped with error ", replica.receiver_errno, ": ", replica.receiver_error)};
    // Stopped for long, and the monitor could not restart it: what holds it up would hold up its promotion too. What it has
    // is as fresh as it was.
    const bool is_stopped
        = replica.receiver == ReceiverState::stopped && !input.has_promised && lag_unknown_for > k_longest_failover;
    const auto score = is_stopped || !input.held_up.empty() ? k_score_behind : k_score_replica;
    if (replica.lag && *replica.lag > max_lag)
        return {k_score_behind, false, text("is ", replica.lag->count(), " s behind, more than max_slave_lag")};
    if (lag_unknown_for > max_lag)
        return {score, false, text("has not received for ", lag_unknown_for.count(), " s, more than max_slave_lag")};
    if (!input.held_up.empty())
        return {score, true, input.held_up};
    if (is_stopped)
        return {score, true, "does not receive"};
    return {k_score_replica, true, {}};
}

} // namespace

Standing decide_standing(const StandingInput& input)
{
    if (input.is_primary)
        return {input.held_up.empty() ? k_score_primary : k_score_behind, true, input.held_up};
    if (!input.kept_out.empty())
        return {k_score_never, false, input.kept_out};
    if (input.role.replica)
        return decide_replica(input, *input.role.replica);
    if (input.is_recorded_primary && !input.held_up.empty())
        return {k_score_behind, false, input.held_up};
    if (input.is_recorded_primary)
        return {k_score_last_primary, false, "was the primary and is not promoted yet"};
    if (input.primary_known)
        return {k_score_behind, false, "does not replicate yet"};
    return {k_score_idle, false, "no primary is known yet"};
}

std::chrono::seconds delay_of(std::chrono::seconds lag, base::Millis age, base::Millis since_last_look)
{
    return std::max(lag, std::chrono::floor<std::chrono::seconds>(std::max(base::Millis{0}, age - since_last_look)));
}

} // namespace mysql_prm::core
