#include "fakes.hpp"

#include "mysql_prm/engine/follow.hpp"

#include <gtest/gtest.h>

namespace mysql_prm {
namespace {

using base::ErrorKind;
using core::JoinStep;
using engine::Context;
using test::Trio;
using Lines = std::vector<std::string>;

struct FollowTest : testing::Test {
    FollowTest() { trio.replicate_from_db1(); }
    auto follow(const core::ReplInfo& record = test::record_of("db1", 1))
    {
        return db2.run([&](const Context& context) {
            auto server = context.ports.servers.local({});
            auto verdict = engine::follow_primary(context, **server, record);
            context.memory.save();
            return verdict;
        });
    }
    Trio trio;
    test::Node &db1 = trio.db1, &db2 = trio.db2;
};

TEST_F(FollowTest, LeavesAReplicaThatFollowsAlone)
{
    EXPECT_EQ(follow()->step, JoinStep::none);
    EXPECT_EQ(db2.server().done, Lines{});
}

// Kept out, it could not acknowledge what the primary waits for (found by the simulation).
TEST_F(FollowTest, WhatThePrimaryWaitsToCommitIsNoDivergence)
{
    db1.server().source_side = true;
    test::commit_and_wait(db1.server(), 50);
    trio.world.flow();
    ASSERT_FALSE(core::contains(db1.server().status.executed, db2.server().status.executed));
    EXPECT_EQ(follow()->step, JoinStep::none);
    EXPECT_EQ(db2.remembered().quarantine, "");
    // With semi_sync=strict the primary waits until it is back (found by the simulation).
    db2.server().status.role.replica->receiver = core::ReceiverState::stopped;
    EXPECT_EQ(follow()->step, JoinStep::restart_threads);
    EXPECT_EQ(db2.server().replica().receiver, core::ReceiverState::running);
}

TEST_F(FollowTest, DoesNotTouchAServerThatTakesWrites)
{
    db2.server().status.role.read_only = db2.server().status.role.super_read_only = false;
    EXPECT_EQ(follow().error().kind, ErrorKind::conflict);
    EXPECT_EQ(db2.server().done, Lines{});
}

TEST_F(FollowTest, DoesNotTouchTheReplicaWhileThePrimaryIsAway)
{
    db2.server().status.role.replica->source_host = "db3";
    for (const bool process : {false, true}) {
        db1.server().process = process;
        db1.server().door = test::Door::hung;
        EXPECT_FALSE(follow().has_value());
    }
    EXPECT_EQ(db2.server().done, Lines{});
}

TEST_F(FollowTest, HonoursThePromiseAndEndsItWithTheGenerationItWasFor)
{
    db2.server().status.role.replica->source_host = "db3";
    auto state = db2.remembered();
    state.promised = 3;
    db2.remember(state);
    EXPECT_EQ(follow(test::record_of("db1", 1, 2)).error().kind, ErrorKind::conflict);
    EXPECT_EQ(follow(test::record_of("db1", 1, 3))->step, JoinStep::follow);
}

TEST_F(FollowTest, AReplicaThatReceivedWhatTheNewPrimaryLacksKeepsItsRelayLog)
{
    test::receive(db2.server(), 6); // from db3, which is gone; nobody else has it
    db2.server().status.role.replica->source_host = "db3";
    trio.db3.server().process = false;
    const auto verdict = follow();
    ASSERT_TRUE(verdict.has_value());
    EXPECT_EQ(verdict->step, JoinStep::keep_out);
    EXPECT_TRUE(core::contains(db2.server().status.received, test::position("mysql:" + test::k_uuid_a + ":6")));
}

TEST_F(FollowTest, AReplicaThatReceivedWhatWasPurgedSinceGoesOn)
{
    test::commit(db1.server(), 6);
    test::receive(db2.server(), 6);
    db1.server().status.purged = test::mysql_set(test::k_uuid_a + ":1-6");
    db2.server().status.role.replica->receiver = core::ReceiverState::stopped;
    EXPECT_EQ(follow()->step, JoinStep::restart_threads);
}

std::string own_gtid(const test::Node& node, int n)
{
    return node.world.servers.at(node.name).status.server_uuid + ":" + std::to_string(n);
}

// As a FLUSH of a cron job does under super_read_only.
void write_on(test::Node& node, int n, bool with_data)
{
    auto& server = node.server();
    const auto one = test::mysql_set(own_gtid(node, n));
    auto& status = server.status;
    status.executed = status.received = status.applied = std::get<gtid::MysqlGtidSet>(status.executed).united(one);
    if (!with_data)
        server.without_data = one.united(test::mysql_set(server.without_data)).to_string();
}

TEST_F(FollowTest, ANodeWithAFlushOfItsOwnFollowsAndThePrimaryCountsIt)
{
    write_on(db2, 1, false);
    EXPECT_EQ(follow()->step, JoinStep::none);
    EXPECT_EQ(db1.server().done, Lines{"adopt " + own_gtid(db2, 1)});
    EXPECT_EQ(db2.remembered().quarantine, "");
    EXPECT_TRUE(db2.files.copies.empty());
    EXPECT_EQ(follow()->step, JoinStep::none);
    EXPECT_EQ(db2.server().log_reads, 1);
}

TEST_F(FollowTest, ANodeWithAFlushFollowsAlsoWhileThePrimaryCannotCountIt)
{
    db1.server().adopts = false;
    db2.server().status.role.replica->source_host = "db3";
    write_on(db2, 1, false);
    EXPECT_EQ(follow()->step, JoinStep::follow);
    EXPECT_EQ(db2.server().done, Lines{"follow db1"});
}

TEST_F(FollowTest, OneTransactionWithDataAmongFlushesKeepsTheNodeOut)
{
    write_on(db2, 1, false);
    write_on(db2, 2, true);
    EXPECT_EQ(follow()->step, JoinStep::keep_out);
    EXPECT_EQ(db1.server().done, Lines{});
}

TEST_F(FollowTest, TheLogsWithExtraTransactionsAreSavedWithANoteAndNamed)
{
    write_on(db2, 1, true);
    EXPECT_EQ(follow()->step, JoinStep::keep_out);
    const std::string folder = "/saved/mysql/20231114T221320Z";
    EXPECT_EQ(db2.files.copies, (std::map<std::string, std::string>{{folder + "/binlog.000002", "/data/binlog.000002"}}));
    const auto note = db2.files.content[folder + "/transactions.txt"];
    EXPECT_NE(note.find("--include-gtids='" + own_gtid(db2, 1) + "' binlog.000002"), std::string::npos) << note;
    EXPECT_NE(note.find("db2"), std::string::npos);
    EXPECT_EQ(db2.remembered().quarantine,
        "holds transactions that the primary on db1 lacks (saved in " + folder + "): " + own_gtid(db2, 1));
}

// Names of what is saved, and the agent's folder of what keeps db2 out now.
struct SavedBeforeTest : FollowTest {
    SavedBeforeTest()
    {
        for (const auto* name : {"20230101T000000Z", "20231001T000000Z", "20231113T000000Z", "20231114T000000Z", "by_hand"})
            db2.files.copies["/saved/mysql/" + std::string{name} + "/binlog.000001"] = "/data/binlog.000001";
        write_on(db2, 1, true);
    }
    [[nodiscard]] std::vector<std::string> left() { return db2.files.folders("/saved/mysql"); }
};

TEST_F(SavedBeforeTest, OnlyTheNewestAreKept)
{
    db2.settings.extra_keep = 3;
    ASSERT_TRUE(follow().has_value());
    EXPECT_EQ(left(), (std::vector<std::string>{"20231113T000000Z", "20231114T000000Z", "20231114T221320Z", "by_hand"}));
}

TEST_F(SavedBeforeTest, OnlyWhatIsNotTooOldIsKept)
{
    db2.settings.extra_age = std::chrono::days{40};
    ASSERT_TRUE(follow().has_value());
    EXPECT_EQ(left(), (std::vector<std::string>{"20231113T000000Z", "20231114T000000Z", "20231114T221320Z", "by_hand"}));
}

TEST_F(SavedBeforeTest, WithoutAnyBoundAllIsKept)
{
    db2.settings.extra_keep = 0;
    ASSERT_TRUE(follow().has_value());
    EXPECT_EQ(left().size(), 6U);
}

TEST_F(SavedBeforeTest, WhatKeepsTheNodeOutNowIsNeverRemoved)
{
    ASSERT_TRUE(follow().has_value());
    db2.settings.extra_keep = 1;
    db2.files.copies["/saved/mysql/20991231T000000Z/binlog.000001"] = "a clock went wrong";
    write_on(db2, 2, true);
    ASSERT_TRUE(follow().has_value());
    EXPECT_EQ(left(), (std::vector<std::string>{"20231114T221320Z", "20991231T000000Z", "by_hand"}));
}

TEST_F(SavedBeforeTest, AStartLooksAtThemToo)
{
    ASSERT_TRUE(follow().has_value());
    ASSERT_EQ(left().size(), 6U);
    db2.settings.extra_keep = 1;
    db2.server().process = false;
    ASSERT_TRUE(db2.start().has_value());
    EXPECT_EQ(left(), (std::vector<std::string>{"20231114T221320Z", "by_hand"}));
}

TEST_F(FollowTest, TheyAreSavedOnceAndAgainIntoTheSameFolderWhenThereAreMore)
{
    write_on(db2, 1, true);
    ASSERT_TRUE(follow().has_value());
    const auto copies = db2.files.copies;
    db2.files.copies.clear();
    const auto writes = db2.files.writes;
    ASSERT_TRUE(follow().has_value());
    EXPECT_TRUE(db2.files.copies.empty());
    EXPECT_EQ(db2.files.writes, writes);
    EXPECT_EQ(db2.server().log_reads, 1);
    write_on(db2, 2, true);
    db2.clock.tick(std::chrono::hours{1});
    ASSERT_TRUE(follow().has_value());
    EXPECT_EQ(db2.files.copies, copies);
}

TEST_F(FollowTest, ACopyThatNeedsMoreTimeGoesOnWithTheNextMonitor)
{
    write_on(db2, 1, true);
    db2.files.copies_slowly = 2;
    ASSERT_TRUE(follow().has_value());
    EXPECT_NE(db2.remembered().quarantine.find("being saved in /saved"), std::string::npos);
    for (int i = 0; i < 2; ++i)
        ASSERT_TRUE(db2.monitor().has_value());
    EXPECT_EQ(db2.files.copies.size(), 1U);
    EXPECT_NE(db2.attribute("mysql_kept_out").find("(saved in /saved"), std::string::npos);
    const auto calls = db2.cluster.calls;
    ASSERT_TRUE(db2.monitor().has_value());
    EXPECT_EQ(db2.cluster.calls, calls) << "nothing is left to do";
}

TEST_F(FollowTest, WhatCannotBeSavedIsSaidInTheReason)
{
    write_on(db2, 1, true);
    db2.server().log_files = {{"/data/binlog.000002", std::uint64_t{1} << 40U}};
    ASSERT_TRUE(follow().has_value());
    EXPECT_NE(db2.remembered().quarantine.find("not saved: "), std::string::npos);
    EXPECT_EQ(db2.server().replica().receiver, core::ReceiverState::stopped) << "kept out all the same";
}

TEST_F(FollowTest, ANodeThatIsTakenInAgainForgetsItsCopy)
{
    write_on(db2, 1, true);
    ASSERT_TRUE(follow().has_value());
    auto& primary = db1.server().status;
    primary.executed = primary.received = primary.applied
        = std::get<gtid::MysqlGtidSet>(primary.executed).united(test::mysql_set(own_gtid(db2, 1)));
    ASSERT_TRUE(follow().has_value());
    EXPECT_EQ(db2.remembered().extra_folder, "");
    EXPECT_EQ(db2.remembered().quarantine, "");
}

TEST(MariadbFollowTest, AReplicaThatWroteItsOwnNumberIsKeptOutWhenItsApplierStops)
{
    Trio trio;
    trio.db1.server().status = test::mariadb_server(1, "0-1-102", "0-1-102");
    trio.db1.server().status.role.read_only = false;
    auto& status = trio.db2.server().status;
    status = test::mariadb_server(2, "0-2-102", "0-1-101,0-2-102");
    status.role.replica = test::replica_of("db1", 1);
    status.role.replica->applier_running = false;
    status.role.replica->applier_errno = 1950;
    trio.db2.server().without_data = "up to 0-2-102";
    trio.world.cib.properties["mysql_REPL_INFO"] = core::to_string(test::record_of("db1", 1, 1));
    EXPECT_TRUE(trio.db2.monitor().has_value());
    EXPECT_NE(trio.db2.remembered().quarantine.find("without data"), std::string::npos);
    EXPECT_EQ(trio.db2.server().done, Lines{"stop receiver"});
}

TEST(MariadbFollowTest, AFormerPrimaryWithoutExtraTransactionsFollows)
{
    Trio trio;
    auto& source = trio.db1.server();
    source.status = test::mariadb_server(1, "0-1-9", "0-2-5,0-1-9");
    source.status.role.read_only = false;
    trio.db2.server().status = test::mariadb_server(2, "0-2-5", "0-2-5");
    trio.world.cib.properties["mysql_REPL_INFO"] = core::to_string(test::record_of("db1", 1, 2));
    EXPECT_TRUE(trio.db2.monitor().has_value());
    EXPECT_EQ(trio.db2.server().done, Lines{"follow db1"});
    EXPECT_EQ(trio.db2.server().status.executed, source.status.executed);
}

TEST(MariadbFollowTest, AFormerPrimaryWithExtraTransactionsIsKeptOut)
{
    Trio trio;
    trio.db1.server().status = test::mariadb_server(1, "0-1-9", "0-2-5,0-1-9");
    trio.db1.server().status.role.read_only = false;
    trio.db2.server().status = test::mariadb_server(2, "0-2-6", "0-2-6");
    trio.world.cib.properties["mysql_REPL_INFO"] = core::to_string(test::record_of("db1", 1, 2));
    EXPECT_TRUE(trio.db2.monitor().has_value());
    EXPECT_EQ(trio.db2.server().done, Lines{});
    EXPECT_NE(trio.db2.attribute("mysql_kept_out").find("0-2-6"), std::string::npos);
}

} // namespace
} // namespace mysql_prm
