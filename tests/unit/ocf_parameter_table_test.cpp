#include "mysql_prm/ocf/parameter_table.hpp"

#include <gtest/gtest.h>
#include <set>
#include <stdexcept>
#include <string>

namespace mysql_prm {
namespace {

using ocf::ParameterStatus;

TEST(ParameterTableTest, HasEveryParameterOfHeartbeatMysqlAndOfPrm)
{
    for (const auto* const name : {"binary", "client_binary", "config", "datadir", "user", "group", "log", "pid", "socket",
             "test_table", "test_user", "test_passwd", "enable_creation", "additional_parameters", "binary_prefix",
             "replication_user", "replication_passwd", "replication_port", "replication_options", "replication_require_ssl",
             "replication_master_ssl_ca", "replication_master_ssl_cert", "replication_master_ssl_key", "max_slave_lag",
             "evict_outdated_slaves", "reader_attribute", "reader_failcount", "backup_lockfile", "geo_remote_IP",
             "geo_remote_user", "geo_remote_opts", "booth_master_ticket", "post_promote_script", "prm_binlog_parser_path",
             "async_stop", "try_restart_crashed_master", "node_list"})
        EXPECT_NO_THROW((void)ocf::parameter(name)) << name;
}

TEST(ParameterTableTest, HasEachNameOnce)
{
    std::set<std::string_view> names;
    for (const auto& spec : ocf::parameter_table())
        EXPECT_TRUE(names.insert(spec.name).second) << spec.name;
}

TEST(ParameterTableTest, AcceptsEachDefault)
{
    for (const auto& spec : ocf::parameter_table())
        EXPECT_TRUE(ocf::check_value(spec, spec.default_value)) << spec.name;
}

TEST(ParameterTableTest, DescribesEachParameterAndSaysWhyOneIsNotHonoured)
{
    for (const auto& spec : ocf::parameter_table()) {
        EXPECT_FALSE(spec.short_description.empty()) << spec.name;
        EXPECT_FALSE(spec.long_description.empty()) << spec.name;
        EXPECT_EQ(spec.why.empty(), spec.status == ParameterStatus::honoured) << spec.name;
    }
}

TEST(ParameterTableTest, TakesAnUnknownNameForABug)
{
    EXPECT_THROW((void)ocf::parameter("semisync"), std::logic_error);
}

TEST(ParameterTableTest, ReadsATableNameInTwoParts)
{
    const auto& table = ocf::parameter("test_table");
    EXPECT_TRUE(ocf::check_value(table, "test.t-1$"));
    for (const auto* const wrong : {"user", "a.", ".b", "a.b.c", "a b.c", "a.b'", "`a`.`b`"})
        EXPECT_FALSE(ocf::check_value(table, wrong)) << wrong;
}

} // namespace
} // namespace mysql_prm
