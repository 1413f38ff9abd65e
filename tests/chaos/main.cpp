// chaos-check FOLDER [--no-guarantee | --guarantee PERCENT KIND|KIND|...]: judges the history in FOLDER (history.hpp),
// prints the table and every broken rule, and draws the failover of each fault into FOLDER/fault-N.svg. Ends with 1 when a
// rule is broken, with 2 when there is no history.
#include "report.hpp"

#include "mysql_prm/base/text.hpp"

#include <fstream>
#include <iostream>
#include <string_view>

int main(int argc, char** argv)
{
    using namespace mysql_prm;
    const std::string_view option = argc > 2 ? argv[2] : "";
    const auto percent = argc == 5 ? base::to_int<std::uint64_t>(argv[3]) : std::uint64_t{0};
    if (argc < 2 || argc == 4 || argc > 5 || (argc == 3 && option != "--no-guarantee")
        || (argc == 5 && (option != "--guarantee" || !percent))) {
        std::cerr << "usage: chaos-check FOLDER [--no-guarantee | --guarantee PERCENT KIND|KIND|...]\n";
        return 2;
    }
    chaos::Rules rules{.guarantee = argc != 3};
    if (argc == 5) {
        rules.percent = *percent;
        for (const auto& kind : base::split(argv[4], '|'))
            rules.doubles.insert(kind);
    }
    const std::filesystem::path folder = argv[1];
    const auto history = chaos::read_history(folder);
    if (!history) {
        std::cerr << history.error().message << "\n";
        return 2;
    }
    const auto verdict = chaos::check(*history, rules);
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
