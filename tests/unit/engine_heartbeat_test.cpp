#include "fakes.hpp"

#include "mysql_prm/engine/disk.hpp"
#include "mysql_prm/engine/heartbeat.hpp"

#include <gtest/gtest.h>

namespace mysql_prm {
namespace {

using base::Millis;
using engine::Context;
using std::chrono::seconds;
using test::Trio;

TEST(DelayOf, IsWhatABeatWasUnderWayAtTheLastLook)
{
    EXPECT_EQ(core::delay_of(seconds{0}, Millis{400}, Millis{3000}), seconds{0}); // written since
    EXPECT_EQ(core::delay_of(seconds{0}, Millis{9900}, Millis{3000}), seconds{6});
    EXPECT_EQ(core::delay_of(seconds{3}, Millis{9900}, Millis{3000}), seconds{6});
    EXPECT_EQ(core::delay_of(seconds{30}, Millis{9900}, Millis{3000}), seconds{30});
    EXPECT_EQ(core::delay_of(seconds{0}, Millis{-5000}, Millis{3000}), seconds{0}); // clocks that do not agree
}

struct HeartbeatTest : testing::Test {
    HeartbeatTest()
    {
        trio.replicate_from_db1();
        auto state = db1.remembered();
        state.was_primary = true;
        db1.remember(state);
    }
    int beats()
    {
        const auto& done = db1.server().done;
        return static_cast<int>(std::ranges::count(done, "heartbeat"));
    }
    void beat(test::Node& node)
    {
        EXPECT_GT(node.run([&](const Context& context) { return heartbeat.beat(context); }), Millis{0});
    }
    void write(std::uint64_t n) { test::commit(db1.server(), n); }
    Trio trio;
    engine::Heartbeat heartbeat;
    test::Node &db1 = trio.db1, &db2 = trio.db2;
};

// A monitor may come too late to see it.
TEST_F(HeartbeatTest, TheWatcherOfAPrimaryNotesAFullDisk)
{
    beat(db1);
    EXPECT_FALSE(db1.files.content.contains(db1.settings.full_disk_path));
    db1.files.free_bytes = 0;
    beat(db1);
    db1.files.free_bytes = std::uint64_t{1} << 40U;
    db1.server().commits_hang = true;
    EXPECT_EQ(db1.run([](const Context& context) { return engine::commits_hang(context); }),
        "commits hang: the disk of /data was full");
    db1.clock.tick(seconds{71});
    EXPECT_EQ(db1.run([](const Context& context) { return engine::commits_hang(context); }), "");
}

TEST_F(HeartbeatTest, ThePrimaryBeatsBehindWritesOfOthers)
{
    beat(db1);
    EXPECT_EQ(beats(), 0); // of which nothing is known yet
    beat(db1);
    EXPECT_EQ(beats(), 0); // an idle one writes nothing
    for (std::uint64_t n = 50; n < 53; ++n) {
        write(n);
        beat(db1);
        beat(db1);
    }
    EXPECT_EQ(beats(), 3);
}

TEST_F(HeartbeatTest, AReplicaDoesNot)
{
    beat(db2);
    EXPECT_EQ(beats(), 0);
    EXPECT_TRUE(db2.server().done.empty());
}

// Its rights go past read_only: it would write where nobody may.
TEST_F(HeartbeatTest, NotOnAPrimaryThatSomebodyHasClosed)
{
    beat(db1);
    write(50);
    db1.server().status.role.read_only = true;
    beat(db1);
    EXPECT_EQ(beats(), 0);
}

TEST_F(HeartbeatTest, DoesNotQueueBehindCommitsThatWait)
{
    beat(db1);
    db1.settings.semi_sync = core::SemiSyncMode::strict;
    db1.server().source_side = true;
    test::commit_and_wait(db1.server(), 50);
    beat(db1);
    EXPECT_EQ(beats(), 0);
}

TEST_F(HeartbeatTest, GoesOnAfterARestartOfTheServer)
{
    beat(db1);
    db1.server().door = test::Door::hung;
    write(50);
    beat(db1);
    db1.server().door = test::Door::open;
    beat(db1);
    beat(db1);
    EXPECT_EQ(beats(), 1);
}

struct DelayTest : HeartbeatTest {
    void arrive(const std::string& written, Millis age, seconds since_last_look = seconds{3})
    {
        db2.clock.tick(since_last_look);
        db2.server().beat = core::Beat{written, age};
        EXPECT_EQ(db2.monitor(), ocf::ExitCode::ok);
    }
};

TEST_F(DelayTest, AReplicaFarBehindTheBeatIsNotReadable)
{
    db2.settings.max_lag = seconds{30};
    arrive("2026-01-01 00:00:00", Millis{500});
    EXPECT_EQ(db2.attribute("readable"), "1");
    arrive("2026-01-01 00:00:10", Millis{45'000});
    EXPECT_EQ(db2.attribute("readable"), "0");
    EXPECT_EQ(db2.score(), core::k_score_behind);
    arrive("2026-01-01 00:01:00", Millis{2000});
    EXPECT_EQ(db2.attribute("readable"), "1");
    EXPECT_EQ(db2.score(), core::k_score_replica);
}

TEST_F(DelayTest, TheLastBeatBeforeAQuietTimeIsNoDelay)
{
    db2.settings.max_lag = seconds{30};
    arrive("2026-01-01 00:00:00", Millis{500});
    arrive("2026-01-01 00:00:01", Millis{55'000}, seconds{56});
    EXPECT_EQ(db2.attribute("readable"), "1");
    arrive("2026-01-01 00:00:01", Millis{155'000}, seconds{100});
    EXPECT_EQ(db2.attribute("readable"), "1");
}

// Its row is from when it was the primary before.
TEST_F(DelayTest, TheFirstLookAtABeatOfAnotherSourceSaysNothing)
{
    db2.settings.max_lag = seconds{30};
    arrive("2026-01-01 00:00:00", Millis{500});
    auto state = db2.remembered();
    state.heartbeat = "9 2026-01-01 00:00:00";
    db2.remember(state);
    arrive("2025-01-01 00:00:00", Millis{86'400'000});
    EXPECT_EQ(db2.attribute("readable"), "1");
}

TEST_F(DelayTest, WithoutBeatsTheServersFigureCounts)
{
    db2.settings.max_lag = seconds{30};
    db2.server().status.role.replica->lag = seconds{31};
    EXPECT_EQ(db2.monitor(), ocf::ExitCode::ok);
    EXPECT_EQ(db2.attribute("readable"), "0");
}

} // namespace
} // namespace mysql_prm
