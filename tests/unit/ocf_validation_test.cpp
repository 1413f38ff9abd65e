#include "mysql_prm/ocf/validation.hpp"

#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace mysql_prm {
namespace {

using base::ErrorKind;
using testing::HasSubstr;
using Variables = std::map<std::string, std::string>;

Variables promotable_clone()
{
    return {{"OCF_RESKEY_CRM_meta_promoted_max", "1"}, {"OCF_RESKEY_CRM_meta_clone_max", "3"},
        {"OCF_RESKEY_CRM_meta_clone_node_max", "1"}, {"OCF_RESKEY_CRM_meta_notify", "true"},
        {"OCF_RESKEY_replication_user", "repl"}};
}

base::Result<ocf::Parameters> validate(const Variables& variables)
{
    const auto lookup = ocf::lookup_in(variables);
    return ocf::validate(lookup, ocf::environment_from(lookup));
}

base::Error refusal(Variables variables, const std::string& name, const std::string& value)
{
    variables[name] = value;
    const auto valid = validate(variables);
    EXPECT_FALSE(valid) << name;
    return valid ? base::Error{} : valid.error();
}

std::vector<std::string> warnings(const Variables& variables)
{
    const auto lookup = ocf::lookup_in(variables);
    const auto environment = ocf::environment_from(lookup);
    return ocf::warnings(ocf::validate(lookup, environment).value(), environment);
}

TEST(ValidationTest, AcceptsAPromotableCloneAndAPlainPrimitive)
{
    EXPECT_TRUE(validate(promotable_clone()));
    EXPECT_TRUE(validate({}));
    EXPECT_TRUE(warnings(promotable_clone()).empty());
    EXPECT_TRUE(warnings({}).empty());
}

TEST(ValidationTest, RefusesAWrongParameter)
{
    const auto error = refusal({}, "OCF_RESKEY_max_slave_lag", "soon");
    EXPECT_EQ(error.kind, ErrorKind::invalid_argument);
    EXPECT_THAT(error.message, HasSubstr("max_slave_lag"));
}

TEST(ValidationTest, RefusesAPromotableCloneWithoutNotifications)
{
    const auto error = refusal(promotable_clone(), "OCF_RESKEY_CRM_meta_notify", "false");
    EXPECT_EQ(error.kind, ErrorKind::invalid_argument);
    EXPECT_THAT(error.message, HasSubstr("notify=true"));
}

TEST(ValidationTest, WarnsWhenNobodySaysWhetherThereAreNotifications)
{
    auto variables = promotable_clone();
    variables.erase("OCF_RESKEY_CRM_meta_notify");
    EXPECT_THAT(warnings(variables), testing::ElementsAre(HasSubstr("notify=true")));
}

TEST(ValidationTest, RefusesTwoPrimaries)
{
    EXPECT_EQ(refusal(promotable_clone(), "OCF_RESKEY_CRM_meta_promoted_max", "2").kind, ErrorKind::invalid_argument);
    EXPECT_EQ(refusal(promotable_clone(), "OCF_RESKEY_CRM_meta_master_node_max", "2").kind, ErrorKind::invalid_argument);
}

TEST(ValidationTest, RefusesTwoServersOnOneNode)
{
    EXPECT_EQ(refusal(promotable_clone(), "OCF_RESKEY_CRM_meta_clone_node_max", "2").kind, ErrorKind::invalid_argument);
}

TEST(ValidationTest, RefusesACertificateWithoutItsKey)
{
    EXPECT_THAT(
        refusal({}, "OCF_RESKEY_replication_master_ssl_cert", "/c").message, HasSubstr("replication_master_ssl_key"));
    EXPECT_THAT(refusal({}, "OCF_RESKEY_replication_options", "MASTER_SSL_CA='ca'").message, HasSubstr("absolute"));
}

TEST(ValidationTest, RefusesOneFileForTwoPurposes)
{
    EXPECT_EQ(refusal({{"OCF_RESKEY_pid", "/x"}}, "OCF_RESKEY_socket", "/x").kind, ErrorKind::invalid_argument);
}

TEST(ValidationTest, RefusesACallerOfAnotherMajorVersion)
{
    EXPECT_EQ(refusal({}, "OCF_RA_VERSION_MAJOR", "2").kind, ErrorKind::failed);
}

TEST(ValidationTest, WarnsAboutACloneThatIsNotPromotable)
{
    EXPECT_THAT(warnings({{"OCF_RESKEY_CRM_meta_clone", "0"}, {"OCF_RESKEY_CRM_meta_clone_max", "2"},
                    {"OCF_RESKEY_CRM_meta_on_node", "db1"}}),
        testing::ElementsAre(HasSubstr("not promotable")));
    // crm_resource --validate does not say of which kind the clone is.
    EXPECT_THAT(warnings({{"OCF_RESKEY_CRM_meta_clone", "0"}, {"OCF_RESKEY_CRM_meta_clone_max", "2"}}), testing::IsEmpty());
}

TEST(ValidationTest, WarnsAboutParametersWithoutEffectAndAboutReplicationAsRoot)
{
    auto variables = promotable_clone();
    variables.erase("OCF_RESKEY_replication_user");
    variables["OCF_RESKEY_async_stop"] = "true";
    EXPECT_THAT(
        warnings(variables), testing::ElementsAre(HasSubstr("async_stop has no effect"), HasSubstr("replication_user")));
}

TEST(ValidationTest, LooksAtNoFileOfTheNodeAtLevelZero)
{
    EXPECT_TRUE(validate(
        {{"OCF_RESKEY_credentials_file", "/absent"}, {"OCF_RESKEY_datadir", "/absent"}, {"OCF_RESKEY_binary", "/absent"}}));
}

TEST(ValidationTest, ReadsTheCredentialsFileAndAsksTheChecksOfTheNode)
{
    const auto path = testing::TempDir() + "/mysql_prm_validation_" + std::to_string(::getpid());
    std::ofstream{path} << "[replication]\nuser = from_file\n";
    ::chmod(path.c_str(), 0600);
    const auto lookup = ocf::lookup_in({{"OCF_RESKEY_credentials_file", path}});
    std::string seen;
    const auto look = [&](const ocf::Parameters& parameters) -> base::Result<void> {
        seen = parameters.replication_user;
        return {};
    };
    const auto refuse
        = [](const ocf::Parameters&) -> base::Result<void> { return base::fail(ErrorKind::no_permission, "no"); };
    EXPECT_TRUE(ocf::validate_here(lookup, {}, {look}));
    EXPECT_EQ(seen, "from_file");
    EXPECT_EQ(ocf::validate_here(lookup, {}, {look, refuse}).error().kind, ErrorKind::no_permission);
    ::unlink(path.c_str());
    EXPECT_EQ(ocf::validate_here(lookup, {}, {}).error().kind, ErrorKind::not_installed);
}

} // namespace
} // namespace mysql_prm
