#include "fakes.hpp"

#include "mysql_prm/engine/access.hpp"
#include "mysql_prm/engine/record.hpp"

#include <gtest/gtest.h>

namespace mysql_prm {
namespace {

using base::ErrorKind;
using engine::Context;
using engine::Patience;
using test::Door;
using test::Trio;

struct AccessTest : testing::Test {
    auto connect()
    {
        return db1.run([](const Context& context) { return engine::connect_local(context, Patience::probe); });
    }
    Trio trio;
    test::Node& db1 = trio.db1;
};

TEST_F(AccessTest, TheTestUserStandsInForAnAdministratorThatDoesNotExist)
{
    db1.server().denied = {"repl"};
    EXPECT_TRUE(connect().has_value());
    db1.server().denied = {"repl", "tester"};
    EXPECT_EQ(connect().error().kind, ErrorKind::access_denied);
}

TEST_F(AccessTest, AFullServerIsEnteredOnlyByAnExtraPortThatIsKnown)
{
    db1.server().door = Door::full;
    db1.server().extra_door = true;
    db1.server().status.role.extra_port = 33062;
    EXPECT_EQ(connect().error().kind, ErrorKind::alive_but_refused);
    db1.remember({.pacemaker = "100:1", .extra_port = 33062, .extra_address = "127.0.0.1"});
    EXPECT_TRUE(connect().has_value());
}

TEST_F(AccessTest, AClosedExtraPortDoesNotMakeAFullServerLookDead)
{
    db1.server().door = Door::full;
    db1.remember({.pacemaker = "100:1", .extra_port = 33062});
    EXPECT_EQ(connect().error().kind, ErrorKind::alive_but_refused);
}

TEST_F(AccessTest, TellsDeadFromHung)
{
    db1.server().door = Door::hung;
    EXPECT_EQ(connect().error().kind, ErrorKind::timed_out);
    EXPECT_FALSE(engine::proves_alive(connect().error()));
    db1.server().process = false;
    EXPECT_EQ(connect().error().kind, ErrorKind::not_running);
}

TEST_F(AccessTest, TheAddressOfANodeIsItsAttributeElseItsName)
{
    const auto address = [&] { return db1.run([](const Context& context) { return engine::address_of(context, "db2"); }); };
    EXPECT_EQ(address(), "db2");
    trio.world.cib.permanent[{"db2", "mysql_mysql_master_IP"}] = "10.0.0.2";
    EXPECT_EQ(address(), "10.0.0.2");
}

TEST_F(AccessTest, APrimaryIsVerifiedByItsServerIdAndByTakingWrites)
{
    trio.replicate_from_db1();
    const auto verify = [&](const core::ReplInfo& record) {
        return trio.db2.run([&](const Context& context) {
            const auto primary = engine::verify_primary(context, record, base::Millis{100});
            return primary ? std::nullopt : std::optional{primary.error().kind};
        });
    };
    EXPECT_EQ(verify(test::record_of("db1", 1)), std::nullopt);
    EXPECT_EQ(verify(test::record_of("db1", 0)), std::nullopt); // a record of an older agent
    EXPECT_EQ(verify(test::record_of("db1", 9)), ErrorKind::conflict);
    EXPECT_EQ(verify(test::record_of("db3", 3)), ErrorKind::conflict);
    EXPECT_EQ(verify(test::record_of("db4", 4)), ErrorKind::not_running);
}

TEST_F(AccessTest, TheMemoryIsWrittenOnlyWhenSomethingChanged)
{
    for (const auto* pacemaker : {"100:1", "100:1", "100:2"}) {
        db1.settings.pacemaker = pacemaker;
        engine::Memory memory{db1.files, db1.settings};
        memory.save();
        memory.save();
    }
    EXPECT_EQ(db1.files.writes, 2);
}

TEST_F(AccessTest, APromiseOutlivesThePacemakerInstanceAndAScoreDoesNot)
{
    db1.remember({.pacemaker = "100:1", .score = "100", .kept_out = "x", .promised = 7, .quarantine = "diverged"});
    db1.settings.pacemaker = "200:2";
    const engine::Memory memory{db1.files, db1.settings};
    EXPECT_EQ(memory.state.promised, 7);
    EXPECT_EQ(memory.state.quarantine, "diverged");
    EXPECT_EQ(memory.state.score, "");
    EXPECT_EQ(memory.state.kept_out, "");
}

} // namespace
} // namespace mysql_prm
