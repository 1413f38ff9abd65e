// Three nodes with the real actions, engine and core over fake servers and a fake cluster, driven by something that behaves
// as Pacemaker does: transitions with their notifications in order, recovery of what fails, scores that decide who is
// promoted. A schedule is a seed: it chooses what clients write, what breaks, which action is killed at which port call,
// which notification is lost, and when a transition is given up. Every other seed runs semi-synchronous replication. After
// every action the rules are checked; a broken one is a Violation with the history.
// From a certain seed on, servers and nodes also die while a program runs, at any of its port calls, and a watcher dies
// behind what it has changed; a replica that connects is known to its source only a while later, semi_sync=strict and
// on_data_loss_risk are tried, and in between the cluster is let recover more often.
#pragma once

#include "fakes.hpp"

#include "mysql_prm/engine/lease.hpp"
#include "mysql_prm/engine/watch.hpp"

#include <memory>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace mysql_prm::simulation {

using base::Millis;

struct Violation : std::runtime_error {
    using std::runtime_error::runtime_error;
};

class Simulation {
public:
    // Faults that were thought of later are in the schedules from here on: the ones before stay what they were.
    static constexpr unsigned k_first_with_later_faults = 100'000'000;

    explicit Simulation(unsigned seed);

    // Faults and work, then quiet, then the cluster has to be whole. Throws Violation.
    void run();

    [[nodiscard]] const std::vector<std::string>& history() const { return m_history; }
    // What happened often enough to be worth the run; for the summary of many schedules.
    struct Coverage {
        int promotions = 0, moves = 0, crashes = 0, power_losses = 0, cuts = 0, killed_actions = 0, kept_out = 0,
            flushes = 0;
        int leases = 0;                         // that ended a primary
        int guaranteed = 0, not_guaranteed = 0; // writes acknowledged while the record said on, or off
        int strict = 0;                         // writes acknowledged with semi_sync=strict
        int at_risk = 0;                        // promotions that lost what was acknowledged, as on_data_loss_risk says
        int fallen_watchers = 0;                // behind a change
        int meanwhile = 0;                      // writes while a program ran, where clients write all the time
        int late = 0;                           // connections that were not registered at once
        int blows = 0, own_blows = 0;           // of those at a port call: all; to the node whose program it was
    };
    [[nodiscard]] const Coverage& coverage() const { return m_coverage; }

private:
    enum class Role { stopped, unpromoted, promoted };
    struct Instance {
        test::Node* node = nullptr;
        bool online = true;
        bool failed = false; // its monitor or an action failed: recovered by the next transition
        bool stuck = false;  // a stop failed: nothing else may be promoted meanwhile
        int banned_for = 0;  // transitions
        bool standby = false;
        Role role = Role::stopped;
        unsigned next_transaction = 1;
        engine::Watch watch;
        int launches = 0; // of the watcher whose memory this is
        struct Told final : ports::QuorumMonitor {
            ports::QuorumLook wait(Millis) override { return std::exchange(look, {look.quorum, false}); }
            ports::QuorumLook look;
        };
        Told quorum;
        std::unique_ptr<engine::Lease> lease; // of the watcher that runs
        std::set<std::uint64_t> told;         // of its server, as it was looked at last
        int alone = 0;                        // steps since it was cut off
        bool returned = false;                // connected again before it had noticed: nothing has fenced it
        bool holds_back = false;              // its commits waited when another one took over: so they have to go on
    };
    // What happens while a program runs.
    enum class Blow { server_dies, server_hangs, node_dies, client_writes };
    struct Struck {
        Blow blow;
        Instance* who;
        int calls; // from now on, of the program
    };
    struct Aborted { }; // a transition: a node has left
    // What the cluster said when a promotion began.
    struct Before {
        std::optional<core::ReplInfo> record; // nothing: the first one
        core::SyncRecord sync;
    };
    struct Plan {
        std::vector<Instance*> stop, start, demote, active; // active: before the transition
        Instance* promote = nullptr;
    };

    unsigned below(unsigned bound);
    bool chance(unsigned percent) { return below(100) < percent; }
    void note(const std::string& what);
    // For the later faults.
    unsigned later_below(unsigned bound);
    bool later_chance(unsigned percent) { return m_has_later_faults && !m_quiet && later_below(100) < percent; }

    // What the world does.
    [[nodiscard]] test::ServerModel::Connection connection();
    void may_strike(Instance& running, unsigned percent);
    void aim(unsigned calls);
    void at_call();
    void end_of_program();
    void step();
    void recover();
    void client_writes();
    void flush(Instance& instance);
    void crash(Instance& instance);
    void lose_power(Instance& instance);
    void power_on(Instance& instance);
    void leave(const std::string& name);
    void forget_hand_over(const Instance& instance);
    void cut(Instance& instance);
    void join(Instance& instance);
    void run_watchers(int looks);
    void forget_fallen_watchers();
    void run_leases();

    // What Pacemaker does.
    void monitor_all();
    void transition();
    void run_transition();
    void stop_alone(Instance& instance);
    [[nodiscard]] Plan plan();
    [[nodiscard]] Instance* choose_primary(const std::vector<Instance*>& candidates);
    [[nodiscard]] ocf::NotifyEvent event(const Plan& plan) const;
    void notify_all(const Plan& plan, const std::string& type, const std::string& operation);
    // False: the action failed or was killed.
    bool act(Instance& instance, const std::string& action, const ocf::NotifyEvent& event);
    bool run_action(Instance& instance, const std::string& action, const ocf::NotifyEvent& event);
    // joined: by the candidate.
    void after_promotion(Instance& primary, std::uint64_t joined, const Before& before, const ocf::NotifyEvent& event);

    // The rules.
    void check();
    void check_writers();
    void note_told();
    void check_record();
    [[nodiscard]] bool is_unwatched(const Instance& primary, const core::SyncRecord& record, std::uint64_t n) const;
    [[nodiscard]] bool is_with_a_member(const core::SyncRecord& record, std::uint64_t n) const;
    void check_guarantee(Instance& primary, const core::SyncRecord& before);
    [[nodiscard]] bool may_lose(const core::SyncRecord& before) const;
    [[nodiscard]] bool answers_for(const core::SyncMember& member) const;
    [[nodiscard]] core::SyncRecord sync_record() const;
    void check_convergence();
    void check_service();
    [[nodiscard]] bool has_been_succeeded(const Instance& instance) const;
    // Whether a holds all of b that carries data.
    [[nodiscard]] bool holds(const core::Position& a, const core::Position& b) const;
    [[noreturn]] void violated(const std::string& rule);
    [[nodiscard]] bool is_joined(const Instance& instance);
    [[nodiscard]] bool is_out(const Instance& instance) const;

    unsigned m_seed;
    std::mt19937 m_random, m_later, m_writes;
    bool m_has_later_faults;
    bool m_is_busy;               // clients write all the time
    unsigned m_watchers_fall = 0; // percent of what they change
    test::Trio m_trio;
    std::vector<Instance> m_instances;
    Instance* m_preferred = nullptr; // a move constraint
    Instance* m_running = nullptr;   // whose program it is
    std::optional<Struck> m_struck;
    std::optional<int> m_ring; // of the membership for which the transition was planned
    bool m_quiet = false;
    bool m_semi_sync = false;
    bool m_strict = false;
    core::DataLossPolicy m_policy = core::DataLossPolicy::automatic;
    std::uint64_t m_next_transaction = 1; // with semi-synchronous replication: of whichever server
    std::set<std::uint64_t> m_guaranteed; // acknowledged while the record said on, and on every primary since
    // What the last primary ended with when it was demoted alive, while nobody else has led; nothing: unknown or lost.
    struct HandedOver {
        std::string node;
        core::Position position;
    };
    std::optional<HandedOver> m_handed_over;
    std::string m_record_seen;    // the sync record
    gtid::MysqlGtidSet m_flushes; // transactions without data
    std::vector<std::string> m_history;
    Coverage m_coverage;
};

} // namespace mysql_prm::simulation
