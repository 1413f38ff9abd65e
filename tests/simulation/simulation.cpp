#include "simulation.hpp"

#include "mysql_prm/base/text.hpp"

#include <algorithm>
#include <array>

namespace mysql_prm::simulation {
namespace {

using base::text;
using core::ReceiverState;
using ocf::ExitCode;
using ocf::NotifyEvent;

constexpr int k_steps = 40;
// Two checks of a minute may have to follow one upon the other: the primary counts a FLUSH of one replica, and another that
// had received it from there looks again whether it may join.
constexpr int k_quiet_rounds = 45;
constexpr std::chrono::seconds k_between_monitors{3};

test::ServerModel& server(const test::Node& node)
{
    return node.world.servers.at(node.name);
}

bool serves(const test::Node& node)
{
    const auto& model = server(node);
    return model.process && model.door == test::Door::open;
}

// What a server has sent to its replicas: with what still waits for its acknowledgement.
core::Position in_log(const test::ServerModel& model)
{
    auto all = std::get<gtid::MysqlGtidSet>(model.status.executed);
    for (const auto& one : model.waiting)
        all = all.united(test::mysql_set(text(test::k_uuid_a, ":", one.n)));
    return all;
}

// What its ballot would say now.
std::uint64_t joined_generation(const test::Node& node)
{
    const auto state = node.remembered();
    const auto wanted = core::parse_position(state.joining_position);
    const bool has_joined = state.joining > state.joined && wanted && core::contains(server(node).status.received, *wanted);
    return has_joined ? state.joining : state.joined;
}

} // namespace

Simulation::Simulation(unsigned seed)
    : m_seed(seed), m_random(seed), m_later(seed), m_writes(~seed), m_has_later_faults(seed >= k_first_with_later_faults),
      m_is_busy(m_has_later_faults && seed % 3 == 0), m_instances(3), m_semi_sync(seed % 2 == 0)
{
    m_later.discard(1000); // apart from the other one
    if (m_has_later_faults) {
        using enum core::DataLossPolicy;
        m_policy = std::array{automatic, automatic, refuse, promote}[later_below(4)];
        m_strict = m_semi_sync && later_below(3) == 0;
    }
    if (m_has_later_faults)
        m_watchers_fall = std::array{0U, 0U, 5U, 20U, 100U}[later_below(5)];
    if (m_has_later_faults && m_semi_sync && later_below(3) > 0)
        m_trio.world.registration = [this] { return connection(); };
    if (m_has_later_faults)
        m_trio.world.fuse.at_each_call = [this] { at_call(); };
    for (auto* node : m_trio.nodes()) {
        auto& model = server(*node);
        node->watcher.age = Millis{0};
        // The others close while somebody waits for it.
        node->clock.meanwhile = [this](Millis pause) {
            if (pause >= engine::k_lease)
                run_leases();
        };
        m_instances[model.status.role.server_id - 1].node = node;
        if (m_semi_sync)
            node->settings.semi_sync = m_strict ? core::SemiSyncMode::strict : core::SemiSyncMode::available;
        node->settings.on_data_loss_risk = m_policy;
        model.next_heartbeat = m_semi_sync ? 1'000'000U * model.status.role.server_id : 0;
        model.process = false;
        model.status.executed = model.status.received = model.status.applied = test::mysql_set("");
        model.status.log_end = {model.status.role.server_id, "binlog.000001", 4};
    }
}

unsigned Simulation::below(unsigned bound)
{
    return std::uniform_int_distribution<unsigned>{0, bound - 1}(m_random);
}

unsigned Simulation::later_below(unsigned bound)
{
    return std::uniform_int_distribution<unsigned>{0, bound - 1}(m_later);
}

void Simulation::note(const std::string& what)
{
    m_history.push_back(what);
}

void Simulation::violated(const std::string& rule)
{
    std::string all = text("seed ", m_seed, ": ", rule, "\n");
    for (const auto& line : m_history)
        all += "  " + line + "\n";
    for (const auto& [key, value] : m_trio.world.cib.ballots)
        all += text(key.first, " private ", key.second, " ", value, "\n");
    throw Violation{all + m_trio.world.seen()};
}

// Pacemaker gives a node nothing to do before it has brought it the configuration.
bool Simulation::is_joined(const Instance& instance)
{
    m_trio.world.catch_up();
    return instance.online && !m_trio.world.detached.contains(instance.node->name);
}

bool Simulation::is_out(const Instance& instance) const
{
    return !instance.node->remembered().quarantine.empty();
}

// --- the world
// -----------------------------------------------------------------------------------------------------------------

void Simulation::client_writes()
{
    for (auto& instance : m_instances) {
        if (!instance.online || !serves(*instance.node) || !server(*instance.node).writable())
            continue;
        if (m_semi_sync) {
            note(text("client writes ", m_next_transaction, " on ", instance.node->name));
            test::commit_and_wait(server(*instance.node), m_next_transaction++);
            continue;
        }
        auto& status = server(*instance.node).status;
        const auto gtid = text(status.server_uuid, ":", instance.next_transaction++);
        note(text("client writes ", gtid, " on ", instance.node->name));
        status.executed = std::get<gtid::MysqlGtidSet>(status.executed).united(test::mysql_set(gtid));
        status.received = status.applied = status.executed;
        status.log_end.offset += 100;
    }
    if (chance(70))
        m_trio.world.flow();
    note_told();
}

// A cron job on a replica: a GTID of its own, under super_read_only too.
void Simulation::flush(Instance& instance)
{
    auto& model = server(*instance.node);
    if (!instance.online || !serves(*instance.node) || model.writable())
        return;
    auto& status = model.status;
    const auto one = test::mysql_set(text(status.server_uuid, ":", instance.next_transaction++));
    note(text("flush ", one, " on ", instance.node->name));
    m_flushes = m_flushes.united(one);
    model.without_data = test::mysql_set(model.without_data).united(one).to_string();
    for (auto* position : {&status.executed, &status.received, &status.applied})
        *position = std::get<gtid::MysqlGtidSet>(*position).united(one);
    status.log_end.offset += 100;
    ++m_coverage.flushes;
}

void Simulation::crash(Instance& instance)
{
    note(text("server of ", instance.node->name, " crashes"));
    forget_hand_over(instance);
    auto& model = server(*instance.node);
    model.process = model.shut_out = false;
    model.door = test::Door::open;
    ++m_coverage.crashes;
}

void Simulation::lose_power(Instance& instance)
{
    crash(instance);
    note(text(instance.node->name, " loses power"));
    const auto& name = instance.node->name;
    m_trio.world.detached.erase(name);
    m_trio.world.behind.erase(name);
    instance.node->watcher.running = false;
    instance.alone = 0;
    leave(name);
    instance.node->files.content.erase(instance.node->settings.run_state_path);
    instance.online = instance.failed = instance.stuck = false;
    instance.role = Role::stopped;
    m_handed_over.reset(); // if it was there it may be gone
    ++m_coverage.power_losses;
}

// Without the guarantee the most advanced that can be reached leads, and this one could not even leave word.
void Simulation::forget_hand_over(const Instance& instance)
{
    if (m_handed_over && m_handed_over->node == instance.node->name)
        m_handed_over.reset();
}

// A receiver that has connected: within a second its source knows it, and until then the replica says what it likes.
test::ServerModel::Connection Simulation::connection()
{
    if (!later_chance(70))
        return {};
    ++m_coverage.late;
    return {.asks_early = later_chance(50), .says_early = later_chance(30), .looks = 1 + static_cast<int>(later_below(60))};
}

// A server, or a whole node, may die at any port call of whichever program.
void Simulation::may_strike(Instance& running, unsigned percent)
{
    m_running = &running;
    if (later_chance(percent))
        aim(40);
}

void Simulation::aim(unsigned calls)
{
    constexpr std::array k_blows{Blow::server_dies, Blow::server_dies, Blow::server_dies, Blow::server_hangs,
        Blow::node_dies, Blow::node_dies, Blow::client_writes, Blow::client_writes};
    m_struck = Struck{
        k_blows[later_below(k_blows.size())], &m_instances[later_below(3)], 1 + static_cast<int>(later_below(calls))};
}

void Simulation::end_of_program()
{
    m_trio.world.fuse.disarm();
    m_running = nullptr;
    m_struck.reset();
}

void Simulation::at_call()
{
    note_told();
    check_record();
    check_writers();
    if (m_running != nullptr && m_is_busy && !m_quiet && m_writes() % 32 == 0) {
        client_writes();
        ++m_coverage.meanwhile;
        if (m_writes() % 4 == 0)
            server(*m_instances[m_writes() % 3].node).arrives_after = static_cast<int>(m_writes() % 40);
    }
    if (m_running == nullptr || !m_struck || --m_struck->calls > 0)
        return;
    const auto [blow, who, calls] = *std::exchange(m_struck, std::nullopt);
    auto& model = server(*who->node);
    if (later_chance(20))
        aim(20);
    switch (blow) {
    case Blow::server_dies:
        if (!model.process)
            return;
        crash(*who);
        break;
    case Blow::server_hangs:
        if (!model.process)
            return;
        note(text("server of ", who->node->name, " hangs"));
        forget_hand_over(*who);
        model.door = test::Door::hung;
        break;
    case Blow::node_dies:
        if (!who->online)
            return;
        lose_power(*who);
        break;
    case Blow::client_writes:
        client_writes();
        break;
    }
    note(text("  ... while a program of ", m_running->node->name, " runs"));
    ++m_coverage.blows;
    m_coverage.own_blows += who == m_running ? 1 : 0;
    if (!m_running->online)
        throw test::Killed{};
}

// What the others forget of a node that has left.
void Simulation::leave(const std::string& name)
{
    auto& cib = m_trio.world.cib;
    const auto of_node = [&](const auto& entry) { return entry.first.first == name; };
    std::erase(cib.members, name);
    cib.scores.erase(name);
    std::erase_if(cib.transient, of_node);
    std::erase_if(cib.ballots, of_node);
    std::erase_if(cib.ballots_on_their_way, [&](const auto& one) { return one.key.first == name; });
    ++cib.ring;
    cib.quorate = cib.members.size() >= 2;
}

void Simulation::power_on(Instance& instance)
{
    note(text(instance.node->name, " is on again"));
    auto& cib = m_trio.world.cib;
    cib.members.push_back(instance.node->name);
    ++cib.ring;
    cib.quorate = cib.members.size() >= 2;
    instance.online = true;
    instance.banned_for = 0;
}

// The cable of one node is out. It goes on, and believes for a while that nothing has happened.
void Simulation::cut(Instance& instance)
{
    const auto& name = instance.node->name;
    note(text(name, " is cut off"));
    m_trio.world.detached[name] = m_trio.world.cib;
    leave(name);
    instance.alone = 1;
    m_handed_over.reset();
    ++m_coverage.cuts;
}

void Simulation::join(Instance& instance)
{
    note(text(instance.node->name, " is connected again"));
    // Whether its attributes come back with it depends on who answers first.
    if (m_seed % 4 == 3)
        for (const auto& [key, value] : m_trio.world.detached.at(instance.node->name).ballots)
            if (key.first == instance.node->name)
                m_trio.world.cib.ballots.insert({key, value});
    // Or the others go back to what it knew of everybody, and only each node itself sees its newest ballot (seen on
    // Pacemaker 3.0.3). The last word of a primary that was stopped is lost then, as with its node: it cannot say it again.
    if (m_seed / 4 % 3 == 2)
        for (const auto& owner : m_instances)
            for (const auto& [key, value] : m_trio.world.detached.at(instance.node->name).ballots)
                if (key.first == owner.node->name && &owner != &instance && server(*owner.node).process
                    && m_trio.world.cib.ballots.contains(key))
                    for (const auto& viewer : m_instances)
                        if (&viewer != &owner)
                            m_trio.world.cib.seen_otherwise.insert_or_assign({viewer.node->name, key}, value);
    // It has quorum at once, and the others' configuration up to two seconds later (seen on 2.1.5: 1.6 s).
    if (m_seed / 12 % 3 == 1)
        m_trio.world.behind.insert_or_assign(
            instance.node->name, base::Deadline::after(Millis{static_cast<int>(m_seed / 36 % 20) * 100}));
    else
        m_trio.world.detached.erase(instance.node->name);
    instance.alone = 0;
    instance.returned = server(*instance.node).writable();
    power_on(instance);
    run_leases(); // which see each change
    // Attributes of the node are gone, and set anew.
    auto state = instance.node->remembered();
    state.score.clear();
    state.readable.clear();
    state.kept_out.clear();
    instance.node->remember(state);
}

// One that was launched again knows nothing of what the one before saw.
void Simulation::forget_fallen_watchers()
{
    if (!m_has_later_faults)
        return;
    for (auto& instance : m_instances)
        if (instance.launches != instance.node->watcher.launches) {
            instance.launches = instance.node->watcher.launches;
            instance.watch = {};
            instance.lease.reset();
        }
}

void Simulation::run_watchers(int looks)
{
    forget_fallen_watchers();
    for (int i = 0; i < looks; ++i)
        for (auto& instance : m_instances) {
            auto& node = *instance.node;
            if (!node.watcher.running) {
                instance.watch = {};
                continue;
            }
            if (!m_quiet && chance(5))
                continue;
            auto& fuse = m_trio.world.fuse;
            const bool falls = later_chance(m_watchers_fall);
            try {
                if (!m_quiet && chance(3))
                    fuse.cut_at(1 + static_cast<int>(below(20)));
                may_strike(instance, 2);
                if (falls)
                    fuse.cut_behind_change();
                const bool has_quorum = instance.alone == 0 && m_trio.world.cib.quorate;
                base::Deadline::skip(
                    node.run([&](const engine::Context& context) { return instance.watch.look(context, has_quorum); }));
                if (falls && !fuse.awaits_change()) // that was its last call
                    throw test::Killed{};
            } catch (const test::Killed&) {
                m_coverage.fallen_watchers += falls && !fuse.awaits_change() ? 1 : 0;
                note(text("watcher of ", node.name, " killed"));
                node.watcher.running = false;
            }
            end_of_program();
            m_trio.world.flow();
            note_told();
        }
}

void Simulation::run_leases()
{
    auto* const running = std::exchange(m_running, nullptr); // in a pause of this one
    forget_fallen_watchers();
    for (auto& instance : m_instances) {
        auto& node = *instance.node;
        if (!node.watcher.running || !instance.online) {
            instance.lease.reset();
            continue;
        }
        if (!instance.lease) {
            instance.lease = std::make_unique<engine::Lease>(instance.quorum);
            instance.quorum.look.changed = true;
        }
        const auto now = instance.alone == 0 && m_trio.world.cib.quorate ? ports::Quorum::held : ports::Quorum::lost;
        if (now != instance.quorum.look.quorum)
            instance.quorum.look = {now, true};
        const bool was_open = server(node).writable();
        if (!node.run([&](const engine::Context& context) { return instance.lease->look(context); }) && was_open) {
            note(text("the lease of ", node.name, " has ended"));
            ++m_coverage.leases;
        }
    }
    m_running = running;
}

// Now and then it is quiet for long enough that the next fault meets a cluster that is whole.
void Simulation::recover()
{
    for (auto& one : m_instances) {
        server(*one.node).cut_off = one.standby = false;
        if (!one.online)
            power_on(one);
        if (one.alone > 0)
            join(one);
    }
    for (int i = 0; i < 3; ++i) {
        monitor_all();
        transition();
        run_watchers(m_semi_sync ? 5 + static_cast<int>(later_below(5)) : 1);
        client_writes();
    }
}

void Simulation::step()
{
    auto& instance = m_instances[below(3)];
    auto& model = server(*instance.node);
    for (auto& one : m_instances)
        if (one.alone > 0)
            stop_alone(one);
    run_watchers(static_cast<int>(below(7)));
    if (later_chance(15))
        recover();
    if (chance(30))
        run_leases();
    switch (below(18)) {
    case 16:
        if (instance.online && m_trio.world.detached.empty())
            cut(instance);
        break;
    case 17:
        if (instance.alone > 0)
            join(instance);
        break;
    case 0:
        if (model.process)
            crash(instance);
        break;
    case 1:
        if (instance.online && chance(50))
            lose_power(instance);
        break;
    case 2:
        if (model.process && chance(40)) {
            note(text("server of ", instance.node->name, " hangs"));
            forget_hand_over(instance);
            model.door = test::Door::hung;
        }
        break;
    case 3:
        model.cut_off = !model.cut_off;
        note(text(instance.node->name, model.cut_off ? " is cut off from its source" : " reaches its source again"));
        break;
    case 4:
        model.arrives_after = static_cast<int>(below(6));
        model.applier_is_slow = chance(30);
        break;
    case 5:
        m_preferred = chance(60) ? &instance : nullptr;
        note(text("move constraint: ", m_preferred != nullptr ? instance.node->name : "none"));
        break;
    case 6:
        instance.standby = !instance.standby && chance(50);
        note(text(instance.node->name, instance.standby ? " on standby" : " not on standby"));
        break;
    case 7:
        m_trio.world.cib.ballot_delay = static_cast<int>(below(60));
        break;
    case 8:
    case 9:
        transition();
        break;
    case 10:
        if (!instance.online)
            power_on(instance);
        break;
    case 11:
    case 12:
        monitor_all();
        break;
    case 13:
        flush(instance);
        break;
    default:
        client_writes();
    }
    check();
}

void Simulation::run()
{
    transition();
    for (int i = 0; i < k_steps; ++i) {
        step();
        if (chance(40)) {
            monitor_all();
            transition();
        }
    }
    m_quiet = true;
    note("quiet");
    m_preferred = nullptr;
    m_trio.world.cib.ballot_delay = 0;
    for (auto& instance : m_instances) {
        auto& model = server(*instance.node);
        instance.standby = model.cut_off = model.applier_is_slow = false;
        model.arrives_after = 0;
        if (!instance.online)
            power_on(instance);
        if (instance.alone > 0)
            join(instance);
    }
    for (int i = 0; i < k_quiet_rounds; ++i) {
        monitor_all();
        transition();
        run_watchers(4);
        run_leases();
        check();
    }
    check_convergence();
    check_service();
}

// --- Pacemaker
// -----------------------------------------------------------------------------------------------------------------

void Simulation::monitor_all()
{
    for (auto& instance : m_instances) {
        instance.node->clock.tick(k_between_monitors);
        if (!instance.online || instance.alone > 0 || instance.role == Role::stopped)
            continue;
        if (!m_quiet && chance(10))
            continue;
        const auto expected = instance.role == Role::promoted ? ExitCode::running_promoted : ExitCode::ok;
        try {
            if (!m_quiet && chance(5))
                m_trio.world.fuse.cut_at(1 + static_cast<int>(below(30)));
            may_strike(instance, 3);
            const auto seen = instance.node->monitor();
            instance.failed = instance.failed || !seen || *seen != expected;
            if (instance.failed)
                note(text("monitor of ", instance.node->name, ": ", seen ? "another role" : seen.error().message));
        } catch (const test::Killed&) {
            note(text("monitor of ", instance.node->name, " killed"));
            instance.failed = true;
        }
        end_of_program();
        m_trio.world.flow();
    }
}

Simulation::Instance* Simulation::choose_primary(const std::vector<Instance*>& candidates)
{
    Instance* best = nullptr;
    int best_score = -1;
    for (auto* one : candidates) {
        auto score = one->node->score().value_or(-1);
        if (score >= 0 && one == m_preferred)
            score = 1'000'000;
        if (score > best_score) {
            best = one;
            best_score = score;
        }
    }
    return best_score >= 0 ? best : nullptr;
}

Simulation::Plan Simulation::plan()
{
    Plan plan;
    std::vector<Instance*> candidates;
    bool somebody_is_stuck = false;
    for (auto& one : m_instances) {
        if (!is_joined(one))
            continue;
        if (one.banned_for > 0)
            --one.banned_for;
        const bool runs = one.role != Role::stopped;
        const bool may_run = !one.standby && one.banned_for == 0 && m_trio.world.cib.quorate;
        somebody_is_stuck = somebody_is_stuck || one.stuck;
        if (runs)
            plan.active.push_back(&one);
        if (one.failed && runs)
            one.banned_for = static_cast<int>(below(3)); // 0: recovered in place
        if (runs && (one.failed || !may_run))
            plan.stop.push_back(&one);
        if ((!runs || one.failed) && may_run && one.banned_for == 0)
            plan.start.push_back(&one);
        else if (runs && may_run && !one.failed)
            candidates.push_back(&one);
    }
    // An instance that starts in this transition has no score of this life yet, but an old one may be left.
    plan.promote = somebody_is_stuck ? nullptr : choose_primary(candidates);
    for (auto* one : plan.active)
        if (one->role == Role::promoted && (one != plan.promote || one->failed))
            plan.demote.push_back(one);
    if (plan.promote != nullptr && plan.promote->role == Role::promoted)
        plan.promote = nullptr;
    return plan;
}

NotifyEvent Simulation::event(const Plan& plan) const
{
    const auto entries = [](const std::vector<Instance*>& list) {
        std::vector<ocf::NotifyEntry> out;
        for (const auto* one : list)
            out.push_back({"mysql", one->node->name});
        return out;
    };
    NotifyEvent event{.start = entries(plan.start), .stop = entries(plan.stop), .demote = entries(plan.demote)};
    if (plan.promote != nullptr)
        event.promote = entries({plan.promote});
    event.active = entries(plan.active);
    for (const auto* one : plan.active)
        (one->role == Role::promoted ? event.promoted : event.unpromoted).push_back({"mysql", one->node->name});
    event.known = true;
    return event;
}

void Simulation::notify_all(const Plan& plan, const std::string& type, const std::string& operation)
{
    auto told = event(plan);
    told.type = type;
    told.operation = operation;
    std::vector<Instance*> nodes;
    for (auto& one : m_instances)
        if (is_joined(one) && one.role != Role::stopped)
            nodes.push_back(&one);
    std::shuffle(nodes.begin(), nodes.end(), m_random);
    for (auto* one : nodes) {
        if (!m_quiet && chance(5)) {
            note(text(type, "-", operation, " notification of ", one->node->name, " is lost"));
            continue;
        }
        act(*one, "notify", told);
        if (!m_quiet && chance(3))
            act(*one, "notify", told);
    }
}

bool Simulation::run_action(Instance& instance, const std::string& action, const NotifyEvent& event)
{
    auto& node = *instance.node;
    const auto done = action == "start" ? node.start()
        : action == "stop"              ? node.stop()
        : action == "promote"           ? node.promote(event)
        : action == "demote"            ? node.demote(event)
                                        : node.notify(event);
    if (!done)
        note(text("  ", action, " of ", node.name, " failed: ", done.error().message));
    return done.has_value();
}

bool Simulation::act(Instance& instance, const std::string& action, const NotifyEvent& event)
{
    if (m_ring && *m_ring != m_trio.world.cib.ring)
        throw Aborted{};
    note(action == "notify" ? text(event.type, "-", event.operation, " on ", instance.node->name)
                            : text(action, " ", instance.node->name));
    bool done = false;
    try {
        if (!m_quiet && chance(6))
            m_trio.world.fuse.cut_at(1 + static_cast<int>(below(40)));
        may_strike(instance, 8);
        done = run_action(instance, action, event);
    } catch (const test::Killed&) {
        note(text("  ", action, " of ", instance.node->name, " killed"));
        ++m_coverage.killed_actions;
    }
    end_of_program();
    if (!m_quiet && chance(10))
        client_writes();
    check();
    if (m_ring && !instance.online)
        throw Aborted{};
    return done;
}

// Whoever answered was promised that nothing of it is passed over, but for those that have not followed the last primary,
// while this one has, or has caught up from one that has.
void Simulation::after_promotion(Instance& primary, std::uint64_t joined, const Before& before, const NotifyEvent& event)
{
    const auto& last = before.record;
    ++m_coverage.promotions;
    m_coverage.moves += event.is_switchover() ? 1 : 0;
    const auto& executed = server(*primary.node).status.executed;
    for (const auto& one : m_instances)
        if (const auto ballot = one.node->ballot(); ballot && ballot->received && holds(executed, *ballot->received))
            joined = std::max(joined, ballot->joined);
    // A last primary that had no ballot was asked itself.
    if (last && holds(executed, m_trio.world.servers.at(last->node).status.executed))
        joined = std::max(joined, last->generation);
    for (const auto& one : m_instances) {
        const auto& model = server(*one.node);
        const bool votes = std::ranges::count(event.nodes_active_in_transition(), one.node->name) > 0;
        const auto ballot = one.node->ballot();
        if (&one == &primary || !one.online || !votes || !model.process || is_out(one) || !ballot
            || ballot->generation < m_trio.record().generation
            || (model.status.role.replica && model.status.role.replica->applier_errno != 0))
            continue;
        if (ballot->joined < joined)
            continue;
        if (ballot->received && ballot->counts && !holds(executed, *ballot->received))
            violated(text(primary.node->name, " leads without what ", one.node->name, " said it had received"));
    }
    // Where a member may be lost it may go on acknowledging for the last primary, too.
    for (auto& one : m_instances)
        one.holds_back
            = &one != &primary && server(*one.node).writable() && server(*one.node).source_side && !may_lose(before.sync);
    // What it was elected with, or has written since: it was asked, or this is a loss.
    if (m_policy == core::DataLossPolicy::refuse && !m_semi_sync && last
        && !holds(executed, m_trio.world.servers.at(last->node).status.executed))
        violated(text(primary.node->name, " leads without what ", last->node, " holds (on_data_loss_risk=refuse)"));
    // A successor that was recorded and died is a primary that died.
    if (m_handed_over && last && last->node != m_handed_over->node && last->node != primary.node->name
        && !m_trio.world.servers.at(last->node).process)
        m_handed_over.reset();
    if (m_handed_over && m_policy != core::DataLossPolicy::promote && !holds(executed, m_handed_over->position))
        violated(text(primary.node->name, " leads without what the demoted primary had acknowledged"));
    m_handed_over.reset();
}

// What Pacemaker does on a node that has noticed that it is alone: it stops everything.
void Simulation::stop_alone(Instance& instance)
{
    if (++instance.alone < 3 || (!m_quiet && chance(50)))
        return;
    m_trio.world.detached.at(instance.node->name).quorate = false;
    if (instance.role == Role::promoted && !act(instance, "demote", {}))
        instance.failed = true;
    if (instance.role == Role::stopped || !act(instance, "stop", {}))
        return;
    instance.role = Role::stopped;
    instance.failed = instance.stuck = false;
}

void Simulation::transition()
{
    m_ring = m_trio.world.cib.ring;
    try {
        run_transition();
    } catch (const Aborted&) {
        note("transition aborted");
    }
    m_ring.reset();
}

void Simulation::run_transition()
{
    const auto now = plan();
    if (now.stop.empty() && now.start.empty() && now.demote.empty() && now.promote == nullptr)
        return;
    const auto told = event(now);
    const auto given_up = [&] { return !m_quiet && chance(4); };
    if (!now.demote.empty())
        notify_all(now, "pre", "demote");
    for (auto* one : now.demote) {
        const bool alive = serves(*one->node) && server(*one->node).writable();
        const auto life = server(*one->node).status.started;
        const bool done = act(*one, "demote", told);
        one->failed = one->failed || !done;
        if (done)
            one->role = Role::unpromoted;
        // One that died meanwhile has no last word.
        const bool lives = !m_has_later_faults || (serves(*one->node) && server(*one->node).status.started == life);
        if (done && alive && lives && one->online && one->alone == 0 && m_trio.record().node == one->node->name)
            m_handed_over = HandedOver{one->node->name, server(*one->node).status.executed};
        if (!done)
            m_handed_over.reset();
    }
    if (!now.demote.empty())
        notify_all(now, "post", "demote");
    if (given_up() || std::ranges::any_of(now.demote, [](const auto* one) { return one->role == Role::promoted; })) {
        note("transition given up");
        return;
    }
    if (!now.stop.empty())
        notify_all(now, "pre", "stop");
    for (auto* one : now.stop) {
        one->stuck = !act(*one, "stop", told);
        if (one->stuck) {
            one->failed = true; // somebody cleans up, and it is tried again
            continue;
        }
        one->role = Role::stopped;
        one->failed = false;
    }
    if (!now.stop.empty())
        notify_all(now, "post", "stop");
    if (given_up() || std::ranges::any_of(now.stop, &Instance::stuck))
        return;
    for (auto* one : now.start) {
        if (!one->online || one->role != Role::stopped)
            continue;
        one->role = Role::unpromoted; // a failed start is recovered by a stop
        one->failed = !act(*one, "start", told);
    }
    if (!now.start.empty())
        notify_all(now, "post", "start");
    if (now.promote == nullptr || given_up() || !now.promote->online || now.promote->failed
        || now.promote->role != Role::unpromoted)
        return;
    notify_all(now, "pre", "promote");
    if (given_up())
        return;
    const auto joined = joined_generation(*now.promote->node);
    Before before{.record = {}, .sync = sync_record()};
    if (m_trio.world.cib.properties.contains("mysql_REPL_INFO"))
        before.record = m_trio.record();
    if (act(*now.promote, "promote", told)) {
        now.promote->role = Role::promoted;
        after_promotion(*now.promote, joined, before, told);
        check_guarantee(*now.promote, before.sync);
    } else {
        now.promote->failed = true;
        now.promote->role = Role::promoted; // Pacemaker demotes and stops what may be half promoted
    }
    notify_all(now, "post", "promote");
}

// --- the rules
// -----------------------------------------------------------------------------------------------------------------

core::SyncRecord Simulation::sync_record() const
{
    const auto& properties = m_trio.world.cib.properties;
    const auto value = properties.find("mysql_SYNC");
    return value == properties.end() ? core::SyncRecord{} : core::parse_sync_record(value->second).value();
}

// What a client is told while the record says on is kept for good: by the record that whoever is promoted next reads.
void Simulation::note_told()
{
    if (!m_semi_sync)
        return;
    std::optional<core::SyncRecord> known;
    for (auto& one : m_instances) {
        if (server(*one.node).told.size() == one.told.size())
            continue;
        if (!known)
            known = sync_record();
        const auto& record = *known;
        for (const auto n : server(*one.node).told) {
            if (!one.told.insert(n).second)
                continue;
            const auto own = core::parse_repl_info(one.node->remembered().record);
            const bool guaranteed = record.on && own && own->generation == record.generation && own->node == one.node->name;
            note(text("  ", one.node->name, " acknowledges ", n, ", record ", core::to_string(record)));
            ++(guaranteed ? m_coverage.guaranteed : m_coverage.not_guaranteed);
            m_coverage.strict += m_strict ? 1 : 0;
            if (m_strict && std::ranges::none_of(m_instances, [&](const auto& other) {
                    return &other != &one
                        && core::contains(
                            server(*other.node).status.received, test::mysql_set(text(test::k_uuid_a, ":", n)));
                }))
                violated(text(one.node->name, " acknowledges ", n, " with semi_sync=strict, and nobody else has it"));
            const auto leads = m_trio.record().node;
            const bool successor_has = core::contains(
                m_trio.world.servers.at(leads).status.executed, test::mysql_set(text(test::k_uuid_a, ":", n)));
            if (!successor_has && one.holds_back)
                violated(text(one.node->name, " acknowledges ", n, ", and ", leads, " has succeeded it without that"));
            if (!guaranteed)
                continue;
            const bool is_with_none = m_has_later_faults && !is_with_a_member(record, n);
            if (is_with_none && !is_unwatched(one, record, n))
                violated(text(one.node->name, " acknowledges ", n, ", and no member of the record has it"));
            if (!is_with_none)
                m_guaranteed.insert(n);
            if (leads != one.node->name && !successor_has)
                violated(
                    text(one.node->name, " acknowledges ", n, " under the guarantee, and ", leads, " leads without it"));
        }
    }
}

// The limit that docs/architecture.md names: a replica without its watcher is cut off and back, and acknowledges alone, and
// the primary is without its watcher too.
bool Simulation::is_unwatched(const Instance& primary, const core::SyncRecord& record, std::uint64_t n) const
{
    const auto place = test::mysql_set(text(test::k_uuid_a, ":", n));
    return !primary.node->watcher.running && std::ranges::any_of(m_instances, [&](const auto& other) {
        const auto& model = server(*other.node);
        return &other != &primary && !other.node->watcher.running && model.replica_side
            && std::ranges::find(record.members, other.node->name, &core::SyncMember::node) == record.members.end()
            && core::contains(model.status.received, place);
    });
}

// Who was restarted since is a member no longer, and nobody knows what it had.
bool Simulation::is_with_a_member(const core::SyncRecord& record, std::uint64_t n) const
{
    const auto place = test::mysql_set(text(test::k_uuid_a, ":", n));
    return std::ranges::any_of(record.members, [&](const auto& member) {
        const auto& status = m_trio.world.servers.at(member.node).status;
        return status.started != member.incarnation.started || core::contains(status.received, place);
    });
}

// What it says is true from the moment that it is written.
void Simulation::check_record()
{
    const auto& properties = m_trio.world.cib.properties;
    const auto value = properties.find("mysql_SYNC");
    if (value == properties.end() || value->second == m_record_seen)
        return;
    m_record_seen = value->second;
    const auto record = sync_record();
    for (const auto n : m_guaranteed)
        if (record.on && !is_with_a_member(record, n))
            violated(
                text("no member of the record ", m_record_seen, " has ", n, ", which was acknowledged under the guarantee"));
}

// In the last election, as the server that it was when it was recorded.
bool Simulation::answers_for(const core::SyncMember& member) const
{
    const auto one = std::ranges::find(m_instances, member.node, [](const auto& instance) { return instance.node->name; });
    const auto ballot = one->node->ballot();
    return one->online && one->alone == 0 && server(*one->node).process && ballot
        && ballot->incarnation == member.incarnation && ballot->generation >= m_trio.record().generation && ballot->counts
        && ballot->whole;
}

// Not every member has answered, and the administrator has said on_data_loss_risk=promote.
bool Simulation::may_lose(const core::SyncRecord& before) const
{
    return m_policy == core::DataLossPolicy::promote
        && !std::ranges::all_of(before.members, [&](const auto& member) { return answers_for(member); });
}

void Simulation::check_guarantee(Instance& primary, const core::SyncRecord& before)
{
    const auto& executed = server(*primary.node).status.executed;
    for (auto n = m_guaranteed.begin(); n != m_guaranteed.end();) {
        const bool has = core::contains(executed, test::mysql_set(text(test::k_uuid_a, ":", *n)));
        m_coverage.at_risk += !has && before.on ? 1 : 0;
        if (!has && before.on && !may_lose(before))
            violated(text(primary.node->name, " leads without ", *n, ", which was acknowledged under the guarantee"));
        n = has ? std::next(n) : m_guaranteed.erase(n);
    }
}

bool Simulation::holds(const core::Position& a, const core::Position& b) const
{
    return core::contains(std::get<gtid::MysqlGtidSet>(a).united(m_flushes), b);
}

// Another one has been recorded and opened.
bool Simulation::has_been_succeeded(const Instance& instance) const
{
    if (!m_trio.world.cib.properties.contains("mysql_REPL_INFO"))
        return false;
    const auto leads = m_trio.record().node;
    return leads != instance.node->name && m_trio.world.servers.at(leads).writable();
}

void Simulation::check_writers()
{
    for (auto& one : m_instances) {
        const bool is_open = server(*one.node).process && server(*one.node).writable();
        one.returned = one.returned && is_open;
        one.holds_back = one.holds_back && is_open;
    }
    std::vector<std::string> writable;
    for (const auto& one : m_instances) {
        const auto& model = server(*one.node);
        // With the guarantee an old primary that is cut off gets no acknowledgement; without it, it has a lease, as long as
        // its watcher lives.
        const bool is_bound = one.alone == 0 || (!m_semi_sync && one.node->watcher.running && has_been_succeeded(one));
        if (model.process && model.writable() && !model.shut_out && is_bound && !one.returned)
            writable.push_back(one.node->name);
    }
    if (writable.size() > 1)
        violated(text("two servers take writes: ", base::join(writable, " and ")));
}

void Simulation::check()
{
    check_writers();
    for (const auto& one : m_instances) {
        const auto& status = server(*one.node).status;
        const auto& replica = status.role.replica;
        if (!serves(*one.node) || !replica || replica->receiver == ReceiverState::stopped)
            continue;
        const auto source = m_trio.world.servers.find(replica->source_host);
        if (source == m_trio.world.servers.end() || !source->second.process || !source->second.writable())
            continue;
        if (!holds(in_log(source->second), status.executed))
            violated(text(one.node->name, " replicates from ", replica->source_host, " and holds what that lacks"));
    }
}

void Simulation::check_convergence()
{
    Instance* primary = nullptr;
    for (auto& one : m_instances)
        if (one.role == Role::promoted && serves(*one.node) && server(*one.node).writable())
            primary = &one;
    if (primary == nullptr)
        violated("nobody takes writes though all nodes are on");
    if (m_trio.record().node != primary->node->name)
        violated(text("the record names ", m_trio.record().node, ", and ", primary->node->name, " takes writes"));
    for (const auto& one : m_instances) {
        if (&one == primary)
            continue;
        const auto& status = server(*one.node).status;
        const auto& replica = status.role.replica;
        if (is_out(one)) {
            ++m_coverage.kept_out;
            const auto own = m_flushes.of_source(status.server_uuid);
            const auto& executed = std::get<gtid::MysqlGtidSet>(server(*primary->node).status.executed);
            if (core::contains(executed.united(own), status.executed))
                violated(text(one.node->name, " is kept out without a transaction of its own"));
            if (one.node->attribute("mysql_kept_out").empty())
                violated(text(one.node->name, " is kept out and does not say so"));
            continue;
        }
        const bool follows = serves(*one.node) && replica && replica->source_host == primary->node->name
            && replica->receiver == ReceiverState::running && replica->applier_running
            && core::contains(status.executed, server(*primary->node).status.executed);
        if (!follows)
            violated(text(one.node->name, " does not follow ", primary->node->name));
        if (!core::contains(server(*primary->node).status.executed, status.executed))
            violated(text(primary->node->name, " does not count the flushes of ", one.node->name));
    }
}

// Whoever follows is in the record again, and a client that writes now is told of it.
void Simulation::check_service()
{
    if (!m_semi_sync)
        return;
    const auto primary = m_trio.record().node;
    std::set<std::string> followers;
    for (const auto& one : m_instances)
        if (one.node->name != primary && !is_out(one))
            followers.insert(one.node->name);
    if (m_strict && followers.empty())
        return; // it waits for as long as that is so
    client_writes();
    run_watchers(4);
    if (!m_trio.world.servers.at(primary).told.contains(m_next_transaction - 1))
        violated(text("what a client writes on ", primary, " is never acknowledged"));
    const auto record = sync_record();
    std::set<std::string> members;
    for (const auto& member : record.members)
        members.insert(member.node);
    if (record.on != !followers.empty() || (record.on && members != followers))
        violated(text("the guarantee has not recovered: ", core::to_string(record)));
}

} // namespace mysql_prm::simulation
