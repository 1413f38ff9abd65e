// Servers without GTID: nothing tells where a replica stands in a new primary's log but the record.
#include "fakes.hpp"

#include "mysql_prm/base/text.hpp"

#include <gtest/gtest.h>

namespace mysql_prm {
namespace {

using core::ReceiverState;
using ocf::ExitCode;
using test::promotion;
using test::Trio;
using Lines = std::vector<std::string>;

const Lines k_all{"db1", "db2", "db3"};

// db1 is the primary of generation 1 by file and position; everybody has received and applied all of it.
struct FilePositionTest : testing::Test {
    FilePositionTest()
    {
        for (auto* node : trio.nodes()) {
            auto& status = node->server().status;
            const auto id = status.role.server_id;
            status = test::file_server(id, "binlog.000002", 100 * id);
        }
        auto& primary = db1.server().status;
        primary.role.read_only = primary.role.super_read_only = false;
        for (auto* node : {&db2, &db3}) {
            auto& status = node->server().status;
            status.role.replica = test::replica_of("db1", 1);
            status.role.replica->uses_gtid = false;
            status.role.replica->received_file = status.role.replica->applied_file = primary.log_end;
            status.received = status.applied = primary.log_end;
        }
        const auto record = core::to_string(core::ReplInfo{"db1", "binlog.000002", 100, 1, "db1", 1, std::nullopt});
        trio.world.cib.properties["mysql_REPL_INFO"] = record;
        for (auto* node : trio.nodes())
            node->remember(
                {.pacemaker = "100:1", .record = record, .was_primary = node == &db1, .promised = 1, .joined = 1});
    }
    void notify_all(const std::string& type, const std::string& from, const std::string& to)
    {
        for (auto* node : trio.nodes())
            if (node->name != to) {
                EXPECT_TRUE(node->notify(promotion(type, to, k_all, {from})).has_value()) << node->name;
            }
        EXPECT_TRUE(node_of(to).notify(promotion(type, to, k_all, {from})).has_value());
    }
    test::Node& node_of(const std::string& name) { return *trio.nodes().at(static_cast<std::size_t>(name.back() - '1')); }
    void move(const std::string& from, const std::string& to)
    {
        ASSERT_EQ(node_of(from).demote(promotion("", to, k_all, {from})), ExitCode::ok);
        notify_all("pre", from, to);
        ASSERT_EQ(node_of(to).promote(promotion("", to, k_all, {from})), ExitCode::ok);
        notify_all("post", from, to);
    }
    static core::LocalState joined_db1(const test::Node& node, int offset)
    {
        auto state = node.remembered();
        state.joining = 1;
        state.joining_position = base::text("file:1:binlog.000002:", offset);
        state.joining_host = "db1";
        return state;
    }
    // It has not reached its source since, and does not say who that is.
    static void restart(test::Node& node)
    {
        node.remember(joined_db1(node, 50));
        auto& status = node.server().status;
        auto& replica = *status.role.replica;
        replica.receiver = ReceiverState::connecting;
        replica.source_server_id = replica.received_file.server_id = replica.applied_file.server_id = 0;
        status.received = status.applied = replica.applied_file;
    }
    Trio trio;
    test::Node &db1 = trio.db1, &db2 = trio.db2, &db3 = trio.db3;
};

TEST_F(FilePositionTest, APlannedMoveHandsEverybodyOverToTheNewPrimary)
{
    test::commit(db1.server(), 0);
    db2.server().arrives_after = db3.server().arrives_after = 5;
    move("db1", "db2");
    EXPECT_EQ(trio.record().origin, (core::FilePosition{1, "binlog.000002", 200}));
    EXPECT_TRUE(db2.server().writable());
    for (auto* node : {&db1, &db3}) {
        EXPECT_EQ(node->server().replica().source_host, "db2") << node->name;
        EXPECT_EQ(node->server().replica().receiver, ReceiverState::running);
        EXPECT_EQ(node->monitor(), ExitCode::ok);
        EXPECT_EQ(node->score(), core::k_score_replica);
    }
}

TEST_F(FilePositionTest, APlannedMoveGoesThereAndBack)
{
    move("db1", "db2");
    test::commit(db2.server(), 0);
    trio.world.flow();
    move("db2", "db1");
    EXPECT_TRUE(db1.server().writable());
    EXPECT_EQ(trio.record().generation, 3);
    EXPECT_EQ(db3.server().replica().source_host, "db1");
    EXPECT_EQ(db2.server().replica().source_host, "db1");
}

// db1 has stood at the place where db2 took over since then. What db2 wrote before it was promoted once more is what it
// lacks.
TEST_F(FilePositionTest, OneThatComesBackAfterTheNewPrimaryWasPromotedAgainMissesNothing)
{
    db1.server().process = false;
    ASSERT_EQ(db2.notify(promotion("pre", "db2", {"db2", "db3"})), ExitCode::ok);
    ASSERT_EQ(db2.promote(promotion("", "db2", {"db2", "db3"})), ExitCode::ok);
    const auto first = trio.record();
    test::commit(db2.server(), 0);
    ASSERT_EQ(db2.demote(promotion("", "db2", {"db2", "db3"}, {"db2"})), ExitCode::ok);
    ASSERT_EQ(db2.notify(promotion("pre", "db2", {"db2", "db3"}, {"db2"})), ExitCode::ok);
    ASSERT_EQ(db2.promote(promotion("", "db2", {"db2", "db3"}, {"db2"})), ExitCode::ok);
    ASSERT_GT(trio.record().generation, first.generation);
    EXPECT_EQ(trio.record().origin, first.origin);
    EXPECT_EQ(trio.record().file, first.file);
    EXPECT_EQ(trio.record().offset, first.offset);
}

// RESET REPLICA ALL by hand: it would execute everything since the first promotion once more.
TEST_F(FilePositionTest, OneThatHasJoinedDoesNotBeginAtTheStartAgain)
{
    for (auto* node : {&db2, &db3}) {
        auto state = node->remembered();
        state.joined = node == &db2 ? 1 : 0;
        state.joining = 0;
        node->remember(state);
    }
    db2.server().status.role.replica.reset();
    EXPECT_EQ(db2.monitor(), ExitCode::ok);
    EXPECT_NE(db2.attribute("mysql_kept_out").find("does not know its place"), std::string::npos);
    EXPECT_FALSE(db2.server().status.role.replica.has_value());
    db3.server().status.role.replica.reset(); // this one is new
    EXPECT_EQ(db3.monitor(), ExitCode::ok);
    EXPECT_EQ(db3.server().replica().source_host, "db1");
    db3.server().status.role.replica.reset();
    EXPECT_EQ(db3.monitor(), ExitCode::ok);
    EXPECT_NE(db3.attribute("mysql_kept_out").find("does not know its place"), std::string::npos);
}

// RESET REPLICA by hand keeps the source.
TEST_F(FilePositionTest, OneThatHasLostItsPlaceIsNotStarted)
{
    auto& replica = *db2.server().status.role.replica;
    replica.receiver = ReceiverState::stopped;
    replica.applier_running = false;
    replica.received_file = replica.applied_file = {1, "", 4};
    db2.server().done.clear();
    EXPECT_EQ(db2.monitor(), ExitCode::ok);
    EXPECT_NE(db2.attribute("mysql_kept_out").find("has lost its place"), std::string::npos);
    EXPECT_EQ(db2.server().done, Lines{});
}

TEST_F(FilePositionTest, NorLeftAloneWhenItWasStartedByHandSince)
{
    auto state = joined_db1(db2, 100);
    state.has_executed_it = true;
    db2.remember(state);
    auto& replica = *db2.server().status.role.replica;
    replica.received_file = replica.applied_file = {1, "binlog.000001", 4};
    db2.server().status.received = db2.server().status.applied = replica.applied_file;
    db2.server().cut_off = true;
    EXPECT_EQ(db2.monitor(), ExitCode::ok);
    EXPECT_NE(db2.attribute("mysql_kept_out").find("has lost its place"), std::string::npos);
    EXPECT_EQ(replica.receiver, ReceiverState::stopped);
}

// A server that was restarted has not heard from its source: Source_Server_Id 0.
TEST_F(FilePositionTest, OneThatWasAwayDuringAFailoverJoinsWhereItReceivedAll)
{
    db3.server().process = db1.server().process = false;
    ASSERT_EQ(db2.promote(promotion("", "db2", {"db2"})), ExitCode::ok);
    db3.server().process = true;
    restart(db3);
    EXPECT_EQ(db3.monitor(), ExitCode::ok);
    EXPECT_EQ(db3.attribute("mysql_kept_out"), "");
    EXPECT_EQ(db3.server().replica().source_host, "db2");
}

// The others compare with what it records.
TEST_F(FilePositionTest, ACandidateThatWasRestartedRecordsWhoseLogItHasRead)
{
    restart(db2);
    db1.server().process = false;
    ASSERT_EQ(db2.promote(promotion("", "db2", {"db2"})), ExitCode::ok);
    EXPECT_EQ(trio.record().origin, (core::FilePosition{1, "binlog.000002", 100}));
    EXPECT_EQ(db3.notify(promotion("post", "db2", {"db2", "db3"})), ExitCode::ok);
    EXPECT_EQ(db3.attribute("mysql_kept_out"), "");
}

TEST_F(FilePositionTest, AReplicaThatReceivedLessThanTheNewPrimaryIsKeptOut)
{
    db3.server().cut_off = true;
    test::commit(db1.server(), 0);
    trio.world.flow();
    db1.server().process = false;
    ASSERT_EQ(db3.notify(promotion("pre", "db2", {"db2", "db3"})), ExitCode::ok);
    ASSERT_EQ(db2.notify(promotion("pre", "db2", {"db2", "db3"})), ExitCode::ok);
    ASSERT_EQ(db2.promote(promotion("", "db2", {"db2", "db3"})), ExitCode::ok);
    EXPECT_EQ(db3.notify(promotion("post", "db2", {"db2", "db3"})), ExitCode::ok);
    EXPECT_EQ(db3.score(), core::k_score_never);
    EXPECT_NE(db3.attribute("mysql_kept_out").find("received less"), std::string::npos);
}

TEST_F(FilePositionTest, AFormerPrimaryWhoseLogGoesOnBehindTheTakeoverIsKeptOut)
{
    trio.world.flow();
    test::commit(db1.server(), 0); // nobody received it
    db1.server().process = false;
    ASSERT_EQ(db2.promote(promotion("", "db2", {"db2"})), ExitCode::ok);
    ASSERT_EQ(db1.start(), ExitCode::ok);
    EXPECT_EQ(db1.score(), core::k_score_never);
    EXPECT_FALSE(db1.server().status.role.replica.has_value());
    const std::string folder = "/saved/mysql/20231114T221320Z";
    EXPECT_NE(db1.attribute("mysql_kept_out").find("was the primary and its log goes on"), std::string::npos);
    EXPECT_NE(db1.attribute("mysql_kept_out").find("(saved in " + folder + ")"), std::string::npos);
    EXPECT_EQ(db1.files.copies, (std::map<std::string, std::string>{{folder + "/binlog.000002", "/data/binlog.000002"}}));
    const auto note = db1.files.content[folder + "/transactions.txt"];
    EXPECT_NE(note.find("--verbose --start-position=100 binlog.000002"), std::string::npos) << note;
}

TEST_F(FilePositionTest, AReplicaAppliesWhatItReceivedBeforeItIsRepointed)
{
    test::commit(db1.server(), 0);
    db3.server().applier_is_slow = true;
    trio.world.flow();
    db1.server().process = false;
    ASSERT_EQ(db2.promote(promotion("", "db2", {"db2"})), ExitCode::ok);
    db3.server().done.clear();
    EXPECT_EQ(db3.notify(promotion("post", "db2", {"db2", "db3"})), ExitCode::ok);
    EXPECT_EQ(db3.server().done, (Lines{"wait applied", "follow db2"}));
}

} // namespace
} // namespace mysql_prm
