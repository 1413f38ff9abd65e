// Random sets against a model that cannot be wrong: every transaction as an element of a std::set. Seeds are fixed, so a
// failure repeats; the trace names the seed and the texts.
#include "mysql_prm/gtid/mariadb_gtid_pos.hpp"
#include "mysql_prm/gtid/mysql_gtid_set.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace mysql_prm::gtid {
namespace {

constexpr unsigned k_seeds = 2'000;

// uuid and tag as printed ("uuid" or "uuid:tag"), sequence number
using Model = std::set<std::pair<std::string, unsigned>>;

constexpr std::array k_sources = {
    "00000000-0000-0000-0000-000000000001",
    "00000000-0000-0000-0000-000000000001:_x",
    "00000000-0000-0000-0000-000000000001:a1",
    "00000000-0000-0000-0000-00000000ff00",
    "ABCDEF00-0000-0000-0000-000000000000:TAG",
};

struct Sample {
    std::string text;
    Model model;
};

class Samples {
public:
    explicit Samples(unsigned seed) : m_random(seed) { }

    unsigned below(unsigned bound) { return std::uniform_int_distribution<unsigned>{0, bound - 1}(m_random); }

    // Up to 12 intervals in random order, overlapping, over a small range so that edges meet often.
    Sample next()
    {
        Sample sample;
        for (unsigned n = below(13); n > 0; --n) {
            const std::string source = k_sources[below(k_sources.size())];
            const unsigned first = 1 + below(24);
            const unsigned last = first + below(6);
            sample.text.append(sample.text.empty() ? "" : ",").append(source).append(":").append(std::to_string(first));
            if (first != last || below(2) == 0)
                sample.text.append("-").append(std::to_string(last));
            for (unsigned seq = first; seq <= last; ++seq)
                sample.model.emplace(source, seq);
        }
        return sample;
    }

private:
    std::mt19937 m_random;
};

MysqlGtidSet set_of(const std::string& s)
{
    const auto set = MysqlGtidSet::parse(s);
    EXPECT_TRUE(set.has_value()) << (set ? "" : set.error().message);
    return set.value_or(MysqlGtidSet{});
}

// One transaction at a time: nothing of the interval arithmetic but merging is used to build the expectation.
MysqlGtidSet set_of(const Model& model)
{
    std::string s;
    for (const auto& [source, seq] : model)
        s.append(s.empty() ? "" : ",").append(source).append(":").append(std::to_string(seq));
    return set_of(s);
}

bool includes(const Model& whole, const Model& part)
{
    return std::ranges::includes(whole, part);
}

template <typename Algorithm>
Model combined(const Model& a, const Model& b, Algorithm algorithm)
{
    Model result;
    algorithm(a, b, std::inserter(result, result.end()));
    return result;
}

Relation relation(const Model& a, const Model& b)
{
    if (a == b)
        return Relation::equal;
    if (includes(a, b))
        return Relation::superset;
    return includes(b, a) ? Relation::subset : Relation::incomparable;
}

MariadbGtidPos random_pos(Samples& samples)
{
    std::string s;
    for (unsigned domain = 0; domain < 4; ++domain) {
        if (samples.below(3) == 0)
            continue;
        s.append(s.empty() ? "" : ",").append(std::to_string(domain) + "-1-" + std::to_string(1 + samples.below(5)));
    }
    return MariadbGtidPos::parse(s).value_or(MariadbGtidPos{});
}

} // namespace

TEST(MysqlGtidSetProperties, PrintedTextParsesToTheSameSet)
{
    for (unsigned seed = 0; seed < k_seeds; ++seed) {
        const Sample sample = Samples{seed}.next();
        SCOPED_TRACE(testing::Message() << "seed " << seed << ", set " << sample.text);
        const auto set = set_of(sample.text);
        ASSERT_EQ(set_of(set.to_string()), set);
        ASSERT_EQ(set_of(set.to_string()).to_string(), set.to_string());
        ASSERT_EQ(set, set_of(sample.model));
        ASSERT_EQ(set.count(), sample.model.size());
        ASSERT_EQ(set.empty(), sample.model.empty());
    }
}

TEST(MysqlGtidSetProperties, OperationsAgreeWithASetOfSingleTransactions)
{
    for (unsigned seed = 0; seed < k_seeds; ++seed) {
        Samples samples{seed};
        const Sample a = samples.next();
        const Sample b = samples.next();
        SCOPED_TRACE(testing::Message() << "seed " << seed << ", a " << a.text << ", b " << b.text);
        const auto left = set_of(a.text);
        const auto right = set_of(b.text);
        ASSERT_EQ(left.united(right), set_of(combined(a.model, b.model, std::ranges::set_union)));
        ASSERT_EQ(left.minus(right), set_of(combined(a.model, b.model, std::ranges::set_difference)));
        ASSERT_EQ(left.intersected(right), set_of(combined(a.model, b.model, std::ranges::set_intersection)));
        ASSERT_EQ(left.contains(right), includes(a.model, b.model));
        ASSERT_EQ(relation(left, right), relation(a.model, b.model));
    }
}

TEST(MysqlGtidSetProperties, PartsOfASetAreContainedAndPutTogetherAgain)
{
    for (unsigned seed = 0; seed < k_seeds; ++seed) {
        Samples samples{seed};
        const auto a = set_of(samples.next().text);
        const auto b = set_of(samples.next().text);
        SCOPED_TRACE(testing::Message() << "seed " << seed << ", a " << a << ", b " << b);
        ASSERT_TRUE(a.contains(a.minus(b)));
        ASSERT_TRUE(a.contains(a.intersected(b)));
        ASSERT_TRUE(a.united(b).contains(a));
        ASSERT_TRUE(a.minus(b).intersected(b).empty());
        ASSERT_EQ(a.minus(b).united(a.intersected(b)), a);
        ASSERT_EQ(a.contains(b), b.minus(a).empty());
    }
}

TEST(MariadbGtidPosProperties, UnionIsTheLeastThatContainsBoth)
{
    for (unsigned seed = 0; seed < k_seeds; ++seed) {
        Samples samples{seed};
        const auto a = random_pos(samples);
        const auto b = random_pos(samples);
        const auto c = random_pos(samples);
        SCOPED_TRACE(testing::Message() << "seed " << seed << ", a " << a << ", b " << b << ", c " << c);
        const auto both = a.united(b);
        ASSERT_TRUE(both.contains(a) && both.contains(b));
        ASSERT_EQ(both, b.united(a));
        ASSERT_EQ(c.contains(both), c.contains(a) && c.contains(b));
        ASSERT_EQ(a.contains(b), both == a);
        ASSERT_EQ(MariadbGtidPos::parse(a.to_string()), a);
    }
}

} // namespace mysql_prm::gtid
