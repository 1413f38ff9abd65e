#include "report.hpp"

#include "mysql_prm/base/text.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <iomanip>
#include <map>
#include <set>

namespace mysql_prm::chaos {
namespace {

using base::text;

constexpr int k_width = 1200;
constexpr int k_margin = 90;
constexpr int k_lane = 70;
constexpr int k_text = 13; // height of a line of labels
constexpr int k_levels = 4;
constexpr int k_buckets = 200;

double seconds(Time time)
{
    return static_cast<double>(time) / k_second;
}

struct Kind {
    std::vector<Time> gaps;
    std::size_t count = 0, blocked = 0;
    std::uint64_t on = 0, off = 0, lost = 0;
};

std::string escape(const std::string& s)
{
    std::string out;
    for (const char c : s) {
        if (c == '<')
            out += "&lt;";
        else if (c == '&')
            out += "&amp;";
        else
            out += c;
    }
    return out;
}

std::vector<Time> acknowledged(const History& history, Time begin, Time end)
{
    std::vector<Time> times;
    for (const auto& client : history.clients)
        if (client.through_address())
            for (const auto& write : client.writes)
                if (write.acknowledged() && write.until >= begin && write.until < end)
                    times.push_back(write.until);
    std::ranges::sort(times);
    return times;
}

// First and last moment of the picture.
std::pair<Time, Time> range_of(const History& history, std::size_t index)
{
    const auto begin = history.faults[index].begin - k_second;
    const bool is_last = index + 1 == history.faults.size();
    const auto next = is_last ? history.faults[index].end + k_blocked_after : history.faults[index + 1].begin;
    const auto times = acknowledged(history, begin, next);
    Time gap = 0;
    Time after = history.faults[index].end;
    for (std::size_t i = 1; i < times.size(); ++i)
        if (times[i] - times[i - 1] > gap) {
            gap = times[i] - times[i - 1];
            after = times[i];
        }
    return {begin, std::max(after, history.faults[index].begin) + k_second};
}

class Picture {
public:
    Picture(std::ostream& out, Time begin, Time end, std::size_t lanes)
        : m_out(out), m_begin(begin), m_end(end), m_height(40 + k_lane * static_cast<int>(lanes) + 30)
    {
        m_out << "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" << k_width << "\" height=\"" << m_height
              << "\" font-family=\"sans-serif\" font-size=\"11\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n";
    }
    Picture(const Picture&) = delete;
    Picture& operator=(const Picture&) = delete;
    Picture(Picture&&) = delete;
    Picture& operator=(Picture&&) = delete;
    ~Picture() { m_out << "</svg>\n"; }

    [[nodiscard]] double x(Time at) const
    {
        return k_margin
            + static_cast<double>(at - m_begin) / static_cast<double>(m_end - m_begin) * (k_width - k_margin - 20);
    }
    [[nodiscard]] static int top(std::size_t lane) { return 40 + k_lane * static_cast<int>(lane); }

    void label(double x, int y, const std::string& words)
    {
        m_out << "<text x=\"" << x << "\" y=\"" << y << "\">" << escape(words) << "</text>\n";
    }
    void line(double x1, int y1, double x2, int y2, const char* color)
    {
        m_out << "<line x1=\"" << x1 << "\" y1=\"" << y1 << "\" x2=\"" << x2 << "\" y2=\"" << y2 << "\" stroke=\"" << color
              << "\"/>\n";
    }
    void bar(double x, int y, double width, double height, const char* color)
    {
        m_out << "<rect x=\"" << x << "\" y=\"" << y << "\" width=\"" << width << "\" height=\"" << height << "\" fill=\""
              << color << "\"/>\n";
    }
    void scale(Time zero)
    {
        for (Time at = m_begin; at <= m_end; at += k_second / (m_end - m_begin > 10 * k_second ? 1 : 2)) {
            line(x(at), 30, x(at), m_height - 25, "#dddddd");
            std::ostringstream words;
            words << std::fixed << std::setprecision(1) << seconds(at - zero) << " s";
            label(x(at), m_height - 10, words.str());
        }
    }

private:
    std::ostream& m_out;
    Time m_begin;
    Time m_end;
    int m_height;
};

} // namespace

void print_table(const Verdict& verdict, std::ostream& out)
{
    std::map<std::string, Kind> kinds;
    std::size_t struck = 0;
    for (const auto& outcome : verdict.outcomes) {
        if (!outcome.fault.struck())
            continue;
        ++struck;
        auto& kind = kinds[outcome.fault.kind];
        ++kind.count;
        if (outcome.gap)
            kind.gaps.push_back(*outcome.gap);
        else
            ++kind.blocked;
        kind.on += outcome.on;
        kind.off += outcome.off;
        kind.lost += outcome.lost;
    }
    out << "| fault | times | gap: median | longest | writes with the guarantee | without | of those lost | no write again "
           "|\n"
           "|---|---|---|---|---|---|---|---|\n"
        << std::fixed << std::setprecision(2);
    for (auto& [name, kind] : kinds) {
        out << "| " << name << " | " << kind.count << " | ";
        std::ranges::sort(kind.gaps);
        if (kind.gaps.empty())
            out << "- | - | ";
        else
            out << seconds(kind.gaps[kind.gaps.size() / 2]) << " s | " << seconds(kind.gaps.back()) << " s | ";
        out << kind.on << " | " << kind.off << " | " << kind.lost << " | " << kind.blocked << " |\n";
    }
    const auto all = verdict.on + verdict.off;
    out << "\n"
        << struck << " faults struck, " << verdict.outcomes.size() - struck << " did not; " << all
        << " writes acknowledged, " << verdict.on << " of them ("
        << (all == 0 ? 0.0 : 100.0 * static_cast<double>(verdict.on) / static_cast<double>(all))
        << " %) with the guarantee; lost without it: " << verdict.lost
        << "; there without having been acknowledged: " << verdict.unacknowledged_present << "\n";
}

void print_faults(const Verdict& verdict, std::ostream& out)
{
    out << "| | fault | on | what | lasted | gap | with the guarantee | without | of those lost |\n"
           "|---|---|---|---|---|---|---|---|---|\n"
        << std::fixed << std::setprecision(2);
    std::size_t number = 0;
    for (const auto& [fault, gap, on, off, lost] : verdict.outcomes) {
        out << "| " << ++number << " | " << fault.kind << " | " << fault.where << " | " << fault.detail << " | "
            << seconds(fault.end - fault.begin) << " s | ";
        if (gap)
            out << seconds(*gap) << " s";
        else
            out << "no write again";
        out << " | " << on << " | " << off << " | " << lost << " |\n";
    }
}

void print_broken(const History& history, const Verdict& verdict, std::ostream& out)
{
    constexpr std::size_t k_explained = 3;
    constexpr Time k_around = 5 * k_second;
    std::size_t explained = 0;
    for (const auto& [words, at] : verdict.broken) {
        out << "BROKEN " << words << "\n";
        if (at == 0 || explained++ >= k_explained)
            continue;
        const std::time_t second = at / k_second;
        std::tm utc{};
        out << "  around " << std::put_time(gmtime_r(&second, &utc), "%F %T") << " UTC:\n";
        std::multimap<Time, std::string> around;
        for (const auto& event : history.events)
            around.emplace(event.at,
                text(event.node, " ", event.kind, event.detail.empty() ? "" : " ", base::shorten(event.detail, 100)));
        for (const auto& fault : history.faults) {
            around.emplace(fault.begin,
                text("fault ", fault.kind, " on ", fault.where, fault.detail.empty() ? "" : ": ", fault.detail));
            around.emplace(fault.end, text("end of ", fault.kind));
        }
        for (auto event = around.lower_bound(at - k_around); event != around.upper_bound(at + k_around); ++event)
            out << "    " << std::showpos << std::fixed << std::setprecision(3) << seconds(event->first - at)
                << std::noshowpos << " s " << event->second << "\n";
    }
}

void draw_timeline(const History& history, std::size_t index, std::ostream& out)
{
    const auto& fault = history.faults.at(index);
    const auto [begin, end] = range_of(history, index);
    std::set<std::string> nodes;
    for (const auto& event : history.events)
        nodes.insert(event.node);
    Picture picture(out, begin, end, nodes.size() + 1);
    picture.scale(fault.begin);
    picture.label(k_margin, 18, text(fault.kind, " on ", fault.where, fault.detail.empty() ? "" : ": ", fault.detail));
    picture.line(picture.x(fault.begin), 25, picture.x(fault.begin), Picture::top(nodes.size() + 1), "red");
    std::size_t lane = 0;
    for (const auto& node : nodes) {
        const auto top = Picture::top(lane++);
        picture.label(10, top + k_lane / 2, node);
        picture.line(k_margin, top + k_lane - 4, k_width - 20, top + k_lane - 4, "#999999");
        int level = 0;
        for (const auto& event : history.events) {
            if (event.node != node || event.at < begin || event.at > end)
                continue;
            const auto y = top + k_text * (1 + level++ % k_levels);
            picture.line(picture.x(event.at), y, picture.x(event.at), top + k_lane - 4, "#3366cc");
            picture.label(picture.x(event.at) + 2, y,
                text(event.kind, event.detail.empty() ? "" : " ", base::shorten(event.detail, 40)));
        }
    }
    const auto top = Picture::top(lane);
    picture.label(10, top + k_lane / 2, "acknowledged");
    std::array<unsigned, k_buckets> buckets{};
    for (const auto at : acknowledged(history, begin, end))
        ++buckets.at(static_cast<std::size_t>((at - begin) * k_buckets / (end - begin + 1)));
    const auto highest = std::max(1U, *std::ranges::max_element(buckets));
    const auto width = static_cast<double>(k_width - k_margin - 20) / k_buckets;
    for (std::size_t i = 0; i < buckets.size(); ++i) {
        const auto height = static_cast<double>(buckets.at(i)) / highest * (k_lane - 10);
        picture.bar(k_margin + width * static_cast<double>(i), top + k_lane - 4 - static_cast<int>(height), width, height,
            "#66aa66");
    }
}

} // namespace mysql_prm::chaos
