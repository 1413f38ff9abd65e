// A point in time by which something has to be over. Every wait of the program takes one.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

namespace mysql_prm::base {

using Millis = std::chrono::milliseconds;
using SteadyTime = std::chrono::steady_clock::time_point;

class Deadline {
public:
    using Clock = std::chrono::steady_clock;

    static Deadline after(Millis duration) { return Deadline{now() + duration}; }
    static Deadline at(SteadyTime time) { return Deadline{time}; }

    [[nodiscard]] SteadyTime time() const { return m_time; }
    [[nodiscard]] bool expired() const { return now() >= m_time; }

    // What is left, never negative, rounded up to a whole millisecond.
    [[nodiscard]] Millis remaining() const { return std::max(Millis{0}, std::chrono::ceil<Millis>(m_time - now())); }

    // The earlier of this deadline and now + duration: the budget of one step.
    [[nodiscard]] Deadline within(Millis duration) const { return Deadline{std::min(m_time, now() + duration)}; }

    // This deadline moved earlier, so that something is left for what comes after the step.
    [[nodiscard]] Deadline less(Millis reserve) const { return Deadline{m_time - reserve}; }

    // For simulated clocks: time passes for all deadlines without anybody waiting.
    static void skip(Millis duration) { s_skipped += duration; }
    // And from here on only so, until it is said once more with false: what a simulation does depends on no machine.
    static void stand_still(bool stands) { s_stands_at = stands ? std::optional{Clock::now()} : std::nullopt; }

private:
    static SteadyTime now() { return s_stands_at.value_or(Clock::now()) + s_skipped; }

    explicit Deadline(SteadyTime time) : m_time(time) { }
    SteadyTime m_time;
    inline static Clock::duration s_skipped{0};
    inline static std::optional<SteadyTime> s_stands_at;
};

// How long ago something happened, on the same clock.
class Since {
public:
    void now() { m_time = Deadline::after(Millis{0}).time(); }
    void never() { m_time.reset(); }
    [[nodiscard]] bool happened() const { return m_time.has_value(); }
    // Millis::max() when it never happened.
    [[nodiscard]] Millis elapsed() const
    {
        return m_time ? std::chrono::floor<Millis>(Deadline::after(Millis{0}).time() - *m_time) : Millis::max();
    }

private:
    std::optional<SteadyTime> m_time;
};

} // namespace mysql_prm::base
