// The GTID algebra against the servers' own: random sets, fixed seeds.
#include "mysql_prm/gtid/mariadb_gtid_pos.hpp"
#include "mysql_prm/gtid/mysql_gtid_set.hpp"
#include "test_server.hpp"

#include "mysql_prm/base/text.hpp"

#include <array>
#include <gtest/gtest.h>
#include <random>

namespace mysql_prm {
namespace {

using base::text;
using gtid::MariadbGtidPos;
using gtid::MysqlGtidSet;
using test::tested_server;
using test::TestServer;

constexpr int k_pairs = 2000;

class Samples {
public:
    explicit Samples(unsigned seed) : m_random(seed) { }

    unsigned below(unsigned bound) { return std::uniform_int_distribution<unsigned>{0, bound - 1}(m_random); }

    // Overlapping intervals in any order over a small range, so that edges meet often; tags and upper case where the server
    // knows them.
    std::string mysql_set()
    {
        constexpr std::array k_sources = {"00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-00000000ff00",
            "ABCDEF00-0000-0000-0000-000000000000"};
        constexpr std::array k_tags = {"", "", "a1:", "_x:", "Nightly:"};
        const bool has_tags = tested_server().version.number >= 80300;
        std::string set;
        for (unsigned n = below(10); n > 0; --n) {
            const auto first = 1 + below(24);
            set += text(set.empty() ? "" : ", ", k_sources[below(k_sources.size())], ":",
                has_tags ? k_tags[below(k_tags.size())] : "", first, "-", first + below(6));
        }
        return set;
    }

    std::string mariadb_pos()
    {
        std::string pos;
        for (unsigned domain = 0; domain < 4; ++domain)
            if (below(3) > 0)
                pos += text(pos.empty() ? "" : ",", domain * domain, "-", 1 + below(3), "-", 1 + below(1000));
        return pos;
    }

private:
    std::mt19937 m_random;
};

void compare_mysql(TestServer& server)
{
    Samples samples{1};
    for (int i = 0; i < k_pairs; ++i) {
        const auto a = samples.mysql_set();
        const auto b = samples.mysql_set();
        SCOPED_TRACE(text("a '", a, "' b '", b, "'"));
        const auto ours_a = MysqlGtidSet::parse(a);
        const auto ours_b = MysqlGtidSet::parse(b);
        ASSERT_TRUE(ours_a && ours_b);
        const auto rest = MysqlGtidSet::parse(server.value(text("SELECT GTID_SUBTRACT('", a, "', '", b, "')")));
        ASSERT_TRUE(rest);
        ASSERT_EQ(ours_a->minus(*ours_b), *rest);
        const auto subset = server.value(text("SELECT GTID_SUBSET('", a, "', '", b, "')"));
        ASSERT_EQ(ours_b->contains(*ours_a), subset == "1");
    }
}

// What the server prints of a position is what we print of it.
void compare_mariadb(TestServer& server)
{
    Samples samples{1};
    for (int i = 0; i < k_pairs / 10; ++i) {
        const auto given = samples.mariadb_pos();
        const auto ours = MariadbGtidPos::parse(given);
        ASSERT_TRUE(ours) << given;
        server.sql(text("SET GLOBAL gtid_slave_pos = '", given, "'"));
        const auto printed = MariadbGtidPos::parse(server.value("SELECT @@global.gtid_slave_pos"));
        ASSERT_TRUE(printed) << given;
        ASSERT_EQ(*ours, *printed) << given;
    }
}

TEST(ServerGtidTest, SetsAndPositionsAreWhatTheServerMakesOfThem)
{
    TestServer server;
    if (tested_server().is_mariadb())
        compare_mariadb(server);
    else
        compare_mysql(server);
}

} // namespace
} // namespace mysql_prm
