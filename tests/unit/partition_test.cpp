// A promotion while the membership of the cluster changes.
#include "fakes.hpp"

#include <gtest/gtest.h>

namespace mysql_prm {
namespace {

using base::ErrorKind;
using base::Millis;
using ocf::ExitCode;
using test::promotion;
using test::Trio;
using Lines = std::vector<std::string>;

const Lines k_survivors{"db2", "db3"};

struct PartitionTest : testing::Test {
    PartitionTest()
    {
        trio.replicate_from_db1();
        trio.world.cib.members = {"db2", "db3"};
        for (auto* node : {&db2, &db3}) {
            node->watcher.age = Millis{5000}; // since db1 has left
            node->notify(promotion("pre", "db2", k_survivors)).value();
        }
    }
    Trio trio;
    test::Node &db1 = trio.db1, &db2 = trio.db2, &db3 = trio.db3;
};

TEST_F(PartitionTest, WithoutQuorumNobodyIsPromoted)
{
    trio.world.cib.quorate = false;
    EXPECT_EQ(db2.promote(promotion("", "db2", k_survivors)).error().kind, ErrorKind::conflict);
    EXPECT_EQ(trio.record().node, "db1");
    EXPECT_FALSE(db2.server().writable());
}

TEST_F(PartitionTest, AnOldPrimaryThatIsBackAndWasNotAskedStopsThePromotion)
{
    trio.world.cib.members = {"db1", "db2", "db3"};
    const auto result = db2.promote(promotion("", "db2", k_survivors));
    ASSERT_FALSE(result.has_value());
    EXPECT_NE(result.error().message.find("db1 takes writes"), std::string::npos) << result.error().message;
    EXPECT_FALSE(db2.server().writable());
}

// The ballot that it was elected with comes back with it.
TEST_F(PartitionTest, ItsOldBallotDoesNotSpeakForIt)
{
    trio.world.cib.members = {"db1", "db2", "db3"};
    const core::Ballot old{.generation = 1, .received = db1.server().status.received};
    trio.world.cib.ballots[{"db1", "mysql_ballot"}] = core::to_string(old);
    const auto result = db2.promote(promotion("", "db2", k_survivors));
    ASSERT_FALSE(result.has_value());
    EXPECT_NE(result.error().message.find("db1 takes writes"), std::string::npos) << result.error().message;
    EXPECT_FALSE(db2.server().writable());
}

TEST_F(PartitionTest, OneThatIsBackAndClosedDoesNot)
{
    trio.world.cib.members = {"db1", "db2", "db3"};
    db1.server().process = false;
    EXPECT_EQ(db2.promote(promotion("", "db2", k_survivors)), ExitCode::ok);
}

TEST_F(PartitionTest, OneThatIsBackAndDoesNotAnswerDoesNotStopThePromotion)
{
    trio.world.cib.members = {"db1", "db2", "db3"};
    for (const auto door : {test::Door::hung, test::Door::frozen}) {
        db1.server().door = door;
        EXPECT_EQ(db2.promote(promotion("", "db2", k_survivors)), ExitCode::ok);
    }
}

TEST_F(PartitionTest, OneThatIsAwayIsNotAsked)
{
    db1.server().door = test::Door::hung;
    EXPECT_EQ(db2.promote(promotion("", "db2", k_survivors)), ExitCode::ok);
}

TEST_F(PartitionTest, AChangeOfMembershipBeforeTheServerIsOpenedStopsThePromotion)
{
    bool opened_later = false;
    for (int call = 1; !db2.server().writable(); ++call) {
        trio.world.fuse.cut_at(call);
        try {
            static_cast<void>(db2.promote(promotion("", "db2", k_survivors)));
        } catch (const test::Killed&) {
        }
        trio.world.fuse.disarm();
        if (!db2.server().writable() && trio.record().node == "db2") {
            // Recorded and not open: cut off now, it must not open any more.
            trio.world.cib.quorate = false;
            EXPECT_FALSE(db2.promote(promotion("", "db2", k_survivors)).has_value());
            EXPECT_FALSE(db2.server().writable());
            trio.world.cib.quorate = true;
            opened_later = true;
        }
    }
    EXPECT_TRUE(opened_later);
}

// However late it comes: the last look at the membership is the last thing before the opening.
TEST_F(PartitionTest, AChangeOfMembershipWhileTheSourceIsForgottenStopsThePromotion)
{
    trio.world.fuse.at_each_call = [&] {
        if (!db2.server().status.role.replica)
            trio.world.cib.quorate = false;
    };
    EXPECT_FALSE(db2.promote(promotion("", "db2", k_survivors)).has_value());
    EXPECT_FALSE(db2.server().writable());
}

// Applying, and waiting for a lease, take their time: another one may have been recorded meanwhile, or acknowledge writes
// that this one lacks (found by the model).
TEST_F(PartitionTest, AChangeOfMembershipBeforeTheRecordLeavesTheRecordAlone)
{
    test::receive(db2.server(), 6);
    trio.world.fuse.at_each_call = [&] {
        const auto& done = db2.server().done;
        if (std::ranges::find(done, "wait applied") != done.end())
            trio.world.cib.quorate = false;
    };
    EXPECT_FALSE(db2.promote(promotion("", "db2", k_survivors)).has_value());
    EXPECT_EQ(trio.record().node, "db1");
    EXPECT_FALSE(db2.server().writable());
}

// What happens while db2 waits for the end of db1's lease, behind each election.
struct BeginAgainTest : PartitionTest {
    BeginAgainTest()
    {
        db1.server().process = false;
        db2.watcher.age = Millis{0};
        db2.clock.meanwhile = [this](Millis) {
            if (elections++ < changes)
                trio.world.cib.ring += step;
        };
    }
    void expect_not_begun_again(const std::string& reason = "not once more")
    {
        const auto result = db2.promote(promotion("", "db2", k_survivors));
        ASSERT_FALSE(result.has_value());
        EXPECT_EQ(result.error().kind, ErrorKind::conflict);
        EXPECT_NE(result.error().message.find(reason), std::string::npos) << result.error().message;
        EXPECT_EQ(elections, 1);
        EXPECT_EQ(trio.record().node, "db1");
        EXPECT_FALSE(db2.server().writable());
    }
    int changes = 1, step = 1;
    int elections = 0;
};

TEST_F(BeginAgainTest, OnceForEachNodeThatJoinsOrLeavesMeanwhile)
{
    changes = 2;
    EXPECT_EQ(db2.promote(promotion("", "db2", k_survivors)), ExitCode::ok);
    EXPECT_EQ(elections, 3);
    EXPECT_TRUE(db2.server().writable());
}

// It looks at the same membership then as a promotion that was begun without it (found by the model).
TEST_F(BeginAgainTest, NotWhereThisNodeWasCutOffAndIsBack)
{
    step = 2;
    expect_not_begun_again();
}

TEST_F(BeginAgainTest, NotWhereThisNodeWasSeenWithoutQuorum)
{
    step = 0;
    trio.world.fuse.at_each_call = [&, looks = 0]() mutable {
        if (elections > 0)
            trio.world.cib.quorate = ++looks > 1;
    };
    expect_not_begun_again("this node has no quorum");
}

TEST_F(BeginAgainTest, NotWhereItCannotBeTold)
{
    step = -7;
    expect_not_begun_again();
}

} // namespace
} // namespace mysql_prm
