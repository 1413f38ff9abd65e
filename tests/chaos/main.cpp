// chaos-check FOLDER [--no-guarantee]: judges the history in FOLDER (history.hpp), prints the table and every broken rule,
// and draws the failover of each fault into FOLDER/fault-N.svg. Ends with 1 when a rule is broken, with 2 when there is no
// history.
#include "report.hpp"

#include "mysql_prm/base/text.hpp"

#include <fstream>
#include <iostream>
#include <string_view>

int main(int argc, char** argv)
{
    using namespace mysql_prm;
    if (argc < 2 || (argc == 3 && std::string_view{argv[2]} != "--no-guarantee") || argc > 3) {
        std::cerr << "usage: chaos-check FOLDER [--no-guarantee]\n";
        return 2;
    }
    const std::filesystem::path folder = argv[1];
    const auto history = chaos::read_history(folder);
    if (!history) {
        std::cerr << history.error().message << "\n";
        return 2;
    }
    const auto verdict = chaos::check(*history, {.guarantee = argc == 2});
    chaos::print_faults(verdict, std::cout);
    std::cout << "\n";
    chaos::print_table(verdict, std::cout);
    for (std::size_t i = 0; i < history->faults.size(); ++i) {
        std::ofstream svg(folder / base::text("fault-", i + 1, ".svg"));
        chaos::draw_timeline(*history, i, svg);
    }
    chaos::print_broken(*history, verdict, std::cout);
    return verdict.broken.empty() ? 0 : 1;
}
