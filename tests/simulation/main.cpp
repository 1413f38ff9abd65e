// simulation FIRST COUNT: runs the schedules with the seeds from FIRST on.
// simulation --seeds FILE: those with the seeds in FILE, one a line.
// Prints the seed of every violation, the first few with their histories, and a summary; ends with 1 when there was one, and
// with 2 when there was no schedule to run.
#include "simulation.hpp"

#include "mysql_prm/base/text.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <numeric>
#include <string_view>

namespace {

std::vector<unsigned> seeds_of(int argc, char** argv)
{
    std::vector<unsigned> seeds;
    if (argc == 3 && std::string_view{argv[1]} == "--seeds") {
        std::ifstream file(argv[2]);
        for (unsigned seed = 0; file >> seed;)
            seeds.push_back(seed);
        return seeds;
    }
    seeds.resize(argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 10'000);
    std::iota(seeds.begin(), seeds.end(), argc > 1 ? static_cast<unsigned>(std::strtoul(argv[1], nullptr, 10)) : 1U);
    return seeds;
}

} // namespace

int main(int argc, char** argv)
{
    using mysql_prm::simulation::Simulation;
    namespace base = mysql_prm::base;
    const auto seeds = seeds_of(argc, argv);
    if (seeds.empty()) {
        std::cerr << "no seeds\n";
        return 2;
    }
    constexpr unsigned k_shown = 3;
    constexpr std::size_t k_enough = 1000;
    unsigned broken = 0;
    Simulation::Coverage all;
    for (const auto seed : seeds) {
        Simulation simulation(seed);
        try {
            simulation.run();
        } catch (const mysql_prm::simulation::Violation& violation) {
            std::cout << "violation: seed " << seed << "\n";
            if (++broken <= k_shown)
                std::cout << violation.what() << std::endl;
        } catch (const std::runtime_error& endless) {
            std::cout << "violation: seed " << seed << "\n";
            if (++broken <= k_shown)
                std::cout << base::join(simulation.history(), "\n") << "\n" << endless.what() << std::endl;
        }
        const auto& seen = simulation.coverage();
        all.promotions += seen.promotions;
        all.moves += seen.moves;
        all.crashes += seen.crashes;
        all.power_losses += seen.power_losses;
        all.cuts += seen.cuts;
        all.leases += seen.leases;
        all.guaranteed += seen.guaranteed;
        all.not_guaranteed += seen.not_guaranteed;
        all.killed_actions += seen.killed_actions;
        all.kept_out += seen.kept_out;
        all.flushes += seen.flushes;
        all.fallen_watchers += seen.fallen_watchers;
        all.meanwhile += seen.meanwhile;
        all.late += seen.late;
        all.strict += seen.strict;
        all.at_risk += seen.at_risk;
        all.blows += seen.blows;
        all.own_blows += seen.own_blows;
    }
    std::cout << seeds.size() << " schedules from seed " << seeds.front() << ": " << all.promotions << " promotions, "
              << all.moves << " planned moves, " << all.crashes << " crashes, " << all.power_losses << " power losses, "
              << all.cuts << " nodes cut off, " << all.leases << " leases ended, " << all.guaranteed
              << " writes acknowledged under the guarantee and " << all.not_guaranteed << " without, " << all.strict
              << " with strict, " << all.at_risk << " lost as allowed, " << all.killed_actions << " actions killed, "
              << all.fallen_watchers << " watchers killed behind a change, " << all.late << " connections registered late, "
              << all.meanwhile << " writes while a program ran, " << all.blows << " blows while a program ran ("
              << all.own_blows << " to its own node), " << all.flushes << " flushes on replicas, " << all.kept_out
              << " nodes kept out at the end; " << broken << " violations\n";
    // In that many everything happens, or the schedules are not what they are meant to be.
    const bool are_later = seeds.front() >= Simulation::k_first_with_later_faults;
    std::vector<int> expected{all.promotions, all.moves, all.crashes, all.power_losses, all.cuts, all.leases, all.guaranteed,
        all.not_guaranteed, all.killed_actions, all.kept_out, all.flushes};
    if (are_later)
        expected.insert(
            expected.end(), {all.strict, all.at_risk, all.fallen_watchers, all.meanwhile, all.late, all.own_blows});
    if (seeds.size() >= k_enough && std::ranges::count(expected, 0) > 0) {
        std::cout << "something that the schedules are about never happened\n";
        return 1;
    }
    return broken == 0 ? 0 : 1;
}
