// CPU time of the GTID algebra on a set of 1,000 UUIDs with 1,000 intervals each, as a long-lived server with parallel
// appliers may have. Prints the median of several rounds in ms; ends with 1 when what an election is made of is above the
// bound that is given (ms; default: none).
#include "mysql_prm/gtid/mysql_gtid_set.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <string>
#include <vector>

namespace {

using mysql_prm::gtid::MysqlGtidSet;

constexpr unsigned k_sources = 1'000;
constexpr unsigned k_intervals = 1'000;
constexpr int k_rounds = 7;

std::string text_of(unsigned shift)
{
    std::string s;
    char piece[64];
    for (unsigned source = 0; source < k_sources; ++source) {
        std::snprintf(piece, sizeof piece, "%s00000000-0000-0000-0000-%012x", source == 0 ? "" : ",\n", source);
        s += piece;
        for (unsigned i = 0; i < k_intervals; ++i) {
            std::snprintf(piece, sizeof piece, ":%u-%u", 1'000'000 + i * 10 + shift, 1'000'000 + i * 10 + 7);
            s += piece;
        }
    }
    return s;
}

double median_ms(const std::function<void()>& work)
{
    std::vector<double> times;
    for (int round = 0; round < k_rounds; ++round) {
        const auto begin = std::clock();
        work();
        times.push_back(1000.0 * static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC);
    }
    std::nth_element(times.begin(), times.begin() + k_rounds / 2, times.end());
    return times[k_rounds / 2];
}

} // namespace

int main(int argc, char** argv)
{
    const double bound = argc > 1 ? std::atof(argv[1]) : 0;
    const auto large_text = text_of(0);
    const auto large = MysqlGtidSet::parse(large_text).value();
    const auto part = MysqlGtidSet::parse(text_of(3)).value();
    bool fits = true;
    const auto report = [&](const char* what, const std::function<void()>& work) {
        const auto ms = median_ms(work);
        std::printf("%-10s %7.1f ms\n", what, ms);
        return ms;
    };
    const auto report_bounded = [&](const char* what, const std::function<void()>& work) {
        fits = (report(what, work) <= bound || bound <= 0) && fits;
    };
    bool right = true;
    std::printf("%u UUIDs, %u intervals, %zu bytes of text; CPU time, median of %d\n", k_sources, k_sources * k_intervals,
        large_text.size(), k_rounds);
    report_bounded("parse", [&] { right = right && MysqlGtidSet::parse(large_text).has_value(); });
    report("print", [&] { right = right && !large.to_string().empty(); });
    report_bounded("contains", [&] { right = right && large.contains(part) && !part.contains(large); });
    report_bounded("difference", [&] { right = right && !large.minus(part).empty() && part.minus(large).empty(); });
    report("union", [&] { right = right && large.united(part) == large; });
    return fits && right ? 0 : 1;
}
