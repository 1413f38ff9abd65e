// simulation FIRST COUNT: runs the schedules with the seeds from FIRST on. Prints the seed of every violation, the first few
// with their histories, and a summary; ends with 1 when there was one.
#include "simulation.hpp"

#include <cstdlib>
#include <iostream>

int main(int argc, char** argv)
{
    using mysql_prm::simulation::Simulation;
    const auto first = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 1;
    const auto count = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 10'000;
    constexpr unsigned k_shown = 3;
    unsigned broken = 0;
    Simulation::Coverage all;
    for (auto seed = first; seed < first + count; ++seed) {
        Simulation simulation(static_cast<unsigned>(seed));
        try {
            simulation.run();
        } catch (const mysql_prm::simulation::Violation& violation) {
            std::cout << "violation: seed " << seed << "\n";
            if (++broken <= k_shown)
                std::cout << violation.what() << std::endl;
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
    }
    std::cout << count << " schedules from seed " << first << ": " << all.promotions << " promotions, " << all.moves
              << " planned moves, " << all.crashes << " crashes, " << all.power_losses << " power losses, " << all.cuts
              << " nodes cut off, " << all.leases << " leases ended, " << all.guaranteed
              << " writes acknowledged under the guarantee and " << all.not_guaranteed << " without, " << all.killed_actions
              << " actions killed, " << all.flushes << " flushes on replicas, " << all.kept_out
              << " nodes kept out at the end; " << broken << " violations\n";
    return broken == 0 ? 0 : 1;
}
