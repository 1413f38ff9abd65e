// SIGKILL at every port call, then the action again: what Pacemaker's timeout may do to any action at any instant.
#include "fakes.hpp"

#include <gtest/gtest.h>

namespace mysql_prm {
namespace {

using base::Millis;
using ocf::ExitCode;
using ocf::Result;
using test::expect_same_end_wherever_killed;
using test::promotion;
using test::Trio;
using TrioPtr = std::unique_ptr<Trio>;

const std::vector<std::string> k_survivors{"db2", "db3"};
const std::vector<std::string> k_all{"db1", "db2", "db3"};

TrioPtr replicating()
{
    auto trio = std::make_unique<Trio>();
    trio->replicate_from_db1();
    trio->db1.server().events = {"`shop`.`purge`"};
    return trio;
}

TrioPtr primary_lost()
{
    auto trio = replicating();
    trio->world.cib.properties["mysql_EVENTS"] = "`shop`.`purge`";
    trio->db1.server().process = false;
    test::receive(trio->db2.server(), 6);
    return trio;
}

TEST(KilledTest, AStartEndsTheSame)
{
    const auto make = [] {
        auto trio = replicating();
        EXPECT_TRUE(trio->db2.stop().has_value());
        return trio;
    };
    expect_same_end_wherever_killed(make, [](Trio& trio) { return trio.db2.start(); });
}

TEST(KilledTest, AStartThatClosesAWritableServerEndsTheSame)
{
    const auto make = [] {
        auto trio = replicating();
        trio->db2.server().status.role.read_only = trio->db2.server().status.role.super_read_only = false;
        return trio;
    };
    expect_same_end_wherever_killed(make, [](Trio& trio) { return trio.db2.start(); });
}

TEST(KilledTest, AStartInANewDataDirectoryEndsTheSame)
{
    const auto make = [] {
        auto trio = replicating();
        EXPECT_TRUE(trio->db2.stop().has_value());
        trio->db2.settings.enable_creation = trio->db2.mysqld.empty_datadir = true;
        trio->db2.files.content[trio->db2.settings.creation_marker] = "";
        trio->db2.server().denied = {"repl"};
        return trio;
    };
    expect_same_end_wherever_killed(make, [](Trio& trio) { return trio.db2.start(); });
}

TEST(KilledTest, AStopOfAReplicaEndsTheSame)
{
    expect_same_end_wherever_killed(replicating, [](Trio& trio) { return trio.db2.stop(); });
}

TEST(KilledTest, AStopOfThePrimaryEndsTheSame)
{
    expect_same_end_wherever_killed(replicating, [](Trio& trio) { return trio.db1.stop(); });
}

TEST(KilledTest, AMonitorThatRepairsEndsTheSame)
{
    const auto make = [] {
        auto trio = replicating();
        trio->db2.server().status.role.replica->source_host = "db3";
        trio->db2.settings.pacemaker = "200:9";
        return trio;
    };
    expect_same_end_wherever_killed(make, [](Trio& trio) { return trio.db2.monitor(); });
}

TEST(KilledTest, AMonitorOfThePrimaryEndsTheSame)
{
    const auto make = [] {
        auto trio = replicating();
        trio->world.cib.properties.clear();
        trio->world.cib.scores.clear();
        trio->db1.clock.tick(std::chrono::seconds{61});
        return trio;
    };
    expect_same_end_wherever_killed(make, [](Trio& trio) { return trio.db1.monitor(); });
}

TEST(KilledTest, ADemoteEndsTheSame)
{
    expect_same_end_wherever_killed(
        replicating, [](Trio& trio) { return trio.db1.demote(promotion("", "db2", k_all, {"db1"})); });
}

// Each attempt of Pacemaker begins with notifications.
Result<ExitCode> fail_over(Trio& trio)
{
    trio.db2.budget = Millis{1'000};
    for (auto* node : {&trio.db3, &trio.db2})
        if (auto done = node->notify(promotion("pre", "db2", k_survivors)); !done)
            return done;
    if (auto done = trio.db2.promote(promotion("", "db2", k_survivors)); !done)
        return done;
    return trio.db3.notify(promotion("post", "db2", k_survivors));
}

TEST(KilledTest, AFailoverFromTheFirstNotificationToTheLastEndsTheSame)
{
    expect_same_end_wherever_killed(primary_lost, fail_over);
}

TEST(KilledTest, APromotionThatIsTriedAgainWithoutDemoteEndsTheSame)
{
    expect_same_end_wherever_killed(
        primary_lost, [](Trio& trio) { return trio.db2.promote(promotion("", "db2", {"db2"})); });
}

TEST(KilledTest, APromotionRunsItsScriptHoweverOftenItIsTried)
{
    const auto calls = [] {
        auto trio = primary_lost();
        const auto before = trio->world.fuse.calls();
        EXPECT_TRUE(trio->db2.promote(promotion("", "db2", {"db2"})).has_value());
        return trio->world.fuse.calls() - before;
    }();
    for (int call = 1; call <= calls + 1; ++call) {
        auto trio = primary_lost();
        trio->db2.settings.post_promote_script = "/usr/local/bin/moved";
        trio->world.fuse.cut_at(call);
        EXPECT_THROW((void)trio->db2.promote(promotion("", "db2", {"db2"})), test::Killed);
        trio->world.fuse.disarm();
        EXPECT_TRUE(trio->db2.promote(promotion("", "db2", {"db2"})).has_value());
        EXPECT_GE(trio->db2.runner.commands.size(), 1) << "killed at port call " << call;
    }
}

TEST(KilledTest, ANotificationAfterAPromotionEndsTheSame)
{
    const auto make = [] {
        auto trio = primary_lost();
        EXPECT_TRUE(fail_over(*trio).has_value());
        trio->db3.server().status.role.replica = test::replica_of("db1", 1);
        return trio;
    };
    expect_same_end_wherever_killed(make, [](Trio& trio) { return trio.db3.notify(promotion("post", "db2", k_survivors)); });
}

TEST(KilledTest, AYieldEndsTheSame)
{
    const auto make = [] {
        auto trio = primary_lost();
        test::receive(trio->db3.server(), 6);
        test::receive(trio->db3.server(), 7);
        EXPECT_TRUE(trio->db3.notify(promotion("pre", "db2", k_survivors)).has_value());
        return trio;
    };
    expect_same_end_wherever_killed(make, [](Trio& trio) { return trio.db2.promote(promotion("", "db2", k_survivors)); });
}

TrioPtr under_the_guarantee()
{
    auto trio = replicating();
    auto record = trio->record();
    record.semi_sync = true;
    trio->world.cib.properties["mysql_REPL_INFO"] = core::to_string(record);
    for (auto* node : trio->nodes()) {
        node->settings.semi_sync = core::SemiSyncMode::available;
        node->server().status.started = 1000;
        node->server().replica_side = node != &trio->db1;
    }
    trio->db1.server().source_side = true;
    trio->world.cib.properties["mysql_SYNC"] = "on|1|1|db1|db2:2:1000,db3:3:1000";
    return trio;
}

TEST(KilledTest, AFailoverUnderTheGuaranteeEndsTheSame)
{
    const auto make = [] {
        auto trio = under_the_guarantee();
        trio->db1.server().process = false;
        test::receive(trio->db2.server(), 6);
        return trio;
    };
    expect_same_end_wherever_killed(make, fail_over);
}

TEST(KilledTest, ADemoteUnderTheGuaranteeEndsTheSame)
{
    expect_same_end_wherever_killed(
        under_the_guarantee, [](Trio& trio) { return trio.db1.demote(promotion("", "db2", k_all, {"db1"})); });
}

TEST(KilledTest, AStopOfAMemberEndsTheSame)
{
    const auto make = [] {
        auto trio = under_the_guarantee();
        test::receive(trio->db2.server(), 6);
        return trio;
    };
    expect_same_end_wherever_killed(make, [](Trio& trio) { return trio.db2.stop(); });
}

// Undone or not, the successor that cannot keep up has said so before anything is demoted.
TEST(KilledTest, ANotificationBeforeADemotionEndsTheSame)
{
    for (const bool keeps_up : {true, false}) {
        const auto make = [&] {
            auto trio = replicating();
            trio->db2.server().cut_off = !keeps_up;
            test::commit(trio->db1.server(), 6);
            return trio;
        };
        expect_same_end_wherever_killed(make, [](Trio& trio) {
            auto event = promotion("pre", "db2", k_all, {"db1"});
            event.operation = "demote";
            return trio.db2.notify(event);
        });
    }
}

TEST(KilledTest, AMoveThatIsUndoneEndsTheSame)
{
    const auto make = [] {
        auto trio = replicating();
        trio->db2.server().cut_off = true;
        test::commit(trio->db1.server(), 6);
        EXPECT_TRUE(trio->db1.demote(promotion("", "db2", k_all, {"db1"})).has_value());
        EXPECT_FALSE(trio->db2.notify(promotion("pre", "db2", k_all, {"db1"})).has_value());
        return trio;
    };
    expect_same_end_wherever_killed(make, [](Trio& trio) -> Result<ExitCode> {
        for (auto* node : {&trio.db2, &trio.db3, &trio.db1})
            if (auto done = node->notify(promotion("pre", "db1", k_all)); !done)
                return done;
        return trio.db1.promote(promotion("", "db1", k_all));
    });
}

TEST(KilledTest, ANotificationBeforeAStopEndsTheSame)
{
    const auto make = [] {
        auto trio = replicating();
        trio->db1.server().status.role.read_only = trio->db1.server().status.role.super_read_only = true;
        return trio;
    };
    expect_same_end_wherever_killed(make, [](Trio& trio) {
        auto event = promotion("pre", "db2", k_all);
        event.operation = "stop";
        event.stop = event.demote = {{"mysql:0", "db1"}};
        return trio.db2.notify(event);
    });
}

TEST(KilledTest, AMonitorThatSavesWhatKeepsTheNodeOutEndsTheSame)
{
    const auto make = [] {
        auto trio = replicating();
        test::commit(trio->db2.server(), 99);
        trio->db2.server().status.role.replica.reset();
        return trio;
    };
    expect_same_end_wherever_killed(make, [](Trio& trio) { return trio.db2.monitor(); });
}

} // namespace
} // namespace mysql_prm
