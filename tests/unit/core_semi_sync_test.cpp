#include "mysql_prm/core/semi_sync.hpp"

#include <gtest/gtest.h>

namespace mysql_prm {
namespace {

using core::parse_sync_record;
using core::SyncRecord;

TEST(SyncRecordTest, PrintsAndParses)
{
    const SyncRecord record{.on = true,
        .generation = 7,
        .acknowledgements = 1,
        .primary = "db1",
        .members = {{"db2", {2, 1'700'000'000}}, {"db-3", {3, 5}}}};
    EXPECT_EQ(core::to_string(record), "on|7|1|db1|db2:2:1700000000,db-3:3:5");
    EXPECT_EQ(parse_sync_record(core::to_string(record)), record);
    EXPECT_EQ(core::to_string(SyncRecord{}), "off");
    EXPECT_EQ(parse_sync_record("off"), SyncRecord{});
}

TEST(SyncRecordTest, RefusesWhatIsNone)
{
    for (const auto* wrong : {"", "on", "on|7|1|db1|", "on|7|0|db1|db2:2:5", "on|x|1|db1|db2:2:5", "on|7|1|db1|db2:2",
             "on|7|1|db1|:2:5", "on|7|1|db1|db2:2:5,", "on|7|1||db2:2:5", "off|7", "on|7|1|db1|db2:2:5|more"})
        EXPECT_FALSE(parse_sync_record(wrong).has_value()) << wrong;
}

} // namespace
} // namespace mysql_prm
