#include "mysql_prm/base/text.hpp"
#include "mysql_prm/ocf/parameter_table.hpp"
#include "mysql_prm/ocf/parameters.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <set>

namespace mysql_prm {
namespace {

using base::ErrorKind;
using ocf::Parameters;
using ocf::ParameterStatus;
using ocf::ParameterType;
using testing::HasSubstr;
using testing::Not;
using Words = std::vector<std::string>;

ocf::Lookup set(const std::map<std::string, std::string>& values)
{
    std::map<std::string, std::string> variables;
    for (const auto& [name, value] : values)
        variables["OCF_RESKEY_" + name] = value;
    return ocf::lookup_in(std::move(variables));
}

Parameters parameters(const std::map<std::string, std::string>& values)
{
    const auto parsed = ocf::parameters_from(set(values));
    EXPECT_TRUE(parsed) << parsed.error().message;
    return parsed.value_or(Parameters{});
}

std::string refusal(const std::map<std::string, std::string>& values)
{
    const auto parsed = ocf::parameters_from(set(values));
    EXPECT_FALSE(parsed);
    if (parsed)
        return {};
    EXPECT_EQ(parsed.error().kind, ErrorKind::invalid_argument);
    return parsed.error().message;
}

std::string value_of_wrong_type(ParameterType type)
{
    switch (type) {
    case ParameterType::text:
    case ParameterType::secret:
    case ParameterType::path:
        return "two\nlines";
    case ParameterType::boolean:
        return "maybe";
    case ParameterType::integer:
    case ParameterType::seconds:
        return "12x";
    case ParameterType::account:
    case ParameterType::attribute:
        return "a b";
    case ParameterType::table:
        return "mysql.user; drop table x";
    case ParameterType::choice:
        return "sometimes";
    case ParameterType::words:
        return "--a='b";
    }
    return {};
}

TEST(ParametersTest, RefusesAValueOfTheWrongTypeForEveryParameterAndNamesIt)
{
    for (const auto& spec : ocf::parameter_table()) {
        const auto message = refusal({{std::string{spec.name}, value_of_wrong_type(spec.type)}});
        EXPECT_THAT(message, testing::StartsWith(std::string{spec.name} + " is '")) << spec.name;
        EXPECT_THAT(message, HasSubstr(ocf::expectation(spec))) << spec.name;
    }
}

TEST(ParametersTest, FitsEachRefusalOfAWrongTypeIntoAnExitReason)
{
    for (const auto& spec : ocf::parameter_table())
        EXPECT_LE(refusal({{std::string{spec.name}, value_of_wrong_type(spec.type) + std::string(500, '\'')}}).size(), 128U)
            << spec.name;
}

TEST(ParametersTest, NeverShowsAPassword)
{
    for (const auto* const name : {"test_passwd", "replication_passwd"})
        EXPECT_THAT(refusal({{name, "s3cret\nx"}}), Not(HasSubstr("s3cret")));
}

TEST(ParametersTest, RefusesANumberOutsideOfItsRange)
{
    EXPECT_THAT(refusal({{"replication_port", "0"}}), HasSubstr("from 1 to 65535"));
    EXPECT_THAT(refusal({{"replication_port", "65536"}}), HasSubstr("from 1 to 65535"));
    EXPECT_THAT(refusal({{"max_slave_lag", "0"}}), HasSubstr("seconds"));
    EXPECT_THAT(refusal({{"max_slave_lag", "99999999999999999999"}}), HasSubstr("seconds"));
}

TEST(ParametersTest, RefusesARelativePath)
{
    EXPECT_THAT(refusal({{"datadir", "data"}}), HasSubstr("absolute path"));
}

TEST(ParametersTest, RefusesASocketThatTheSystemCannotName)
{
    EXPECT_THAT(refusal({{"socket", "/" + std::string(107, 's')}}), HasSubstr("107"));
    EXPECT_EQ(parameters({{"socket", "/" + std::string(106, 's')}}).socket.size(), 107U);
}

TEST(ParametersTest, HasTheDefaultsOfTheTable)
{
    const auto p = parameters({});
    EXPECT_EQ(p.config, "/etc/mysql/my.cnf");
    EXPECT_EQ(p.datadir, "/var/lib/mysql");
    EXPECT_EQ(p.user, "mysql");
    EXPECT_EQ(p.socket, "/var/run/mysqld/mysqld.sock");
    EXPECT_EQ(p.test_table, "mysql.user");
    EXPECT_EQ(p.replication_user, "root");
    EXPECT_FALSE(p.replication_user_is_set);
    EXPECT_FALSE(p.test_user_is_set);
    EXPECT_EQ(p.replication_port, 3306);
    EXPECT_EQ(p.max_slave_lag, std::chrono::seconds{3600});
    EXPECT_EQ(p.reader_attribute, "readable");
    EXPECT_EQ(p.replication_mode, ocf::WantedReplicationMode::auto_detect);
    EXPECT_FALSE(p.enable_creation);
    EXPECT_FALSE(p.evict_outdated_slaves);
    EXPECT_TRUE(p.without_effect.empty());
}

TEST(ParametersTest, TakesAnEmptyValueForTheDefaultExceptForTheTestTable)
{
    EXPECT_EQ(parameters({{"datadir", ""}}).datadir, "/var/lib/mysql");
    EXPECT_EQ(parameters({{"replication_port", ""}}).replication_port, 3306);
    EXPECT_FALSE(parameters({{"replication_user", ""}}).replication_user_is_set);
    EXPECT_EQ(parameters({{"test_table", ""}}).test_table, "");
}

TEST(ParametersTest, ReadsBooleansAsOtherAgentsDo)
{
    for (const auto* const yes : {"1", "true", "YES", "on"})
        EXPECT_TRUE(parameters({{"enable_creation", yes}}).enable_creation) << yes;
    for (const auto* const no : {"0", "false", "No", "off"})
        EXPECT_FALSE(parameters({{"enable_creation", no}}).enable_creation) << no;
}

TEST(ParametersTest, FillsTheSettingsOfThePorts)
{
    const auto p = parameters({{"binary", "/opt/bin/mysqld"}, {"pid", "/p"},
        {"additional_parameters", "--max-connections=5 --init-file='/a b'"}, {"replication_user", "repl"},
        {"replication_passwd", "pw"}, {"replication_master_ssl_ca", "/ca"}, {"replication_port", "3307"}});
    const auto settings = p.mysqld_settings();
    EXPECT_EQ(settings.binary, "/opt/bin/mysqld");
    EXPECT_EQ(settings.pid_file, "/p");
    EXPECT_EQ(settings.additional_parameters, (Words{"--max-connections=5", "--init-file=/a b"}));
    const auto login = p.source_login();
    EXPECT_EQ(login.account.user, "repl");
    EXPECT_EQ(login.account.password, base::Secret{"pw"});
    EXPECT_TRUE(login.require_tls);
    EXPECT_EQ(login.tls_ca, "/ca");
    EXPECT_TRUE(p.replication_user_is_set);
    EXPECT_EQ(p.replication_port, 3307);
}

TEST(ParametersTest, UnderstandsTheSslOptionsThatPrmPassedToChangeMaster)
{
    const auto p = parameters({{"replication_options",
        ", MASTER_SSL=1, MASTER_SSL_CA='/a,b/ca.crt', source_ssl_key = \"/k\", "
        "MASTER_SSL_CERT='/c', MASTER_AUTO_POSITION=1"}});
    EXPECT_TRUE(p.replication_require_ssl);
    EXPECT_EQ(p.replication_master_ssl_ca, "/a,b/ca.crt");
    EXPECT_EQ(p.replication_master_ssl_key, "/k");
    EXPECT_EQ(p.replication_master_ssl_cert, "/c");
}

TEST(ParametersTest, PrefersTheParametersForSslToTheOptions)
{
    const auto p = parameters({{"replication_options", "MASTER_SSL_CA='/old'"}, {"replication_master_ssl_ca", "/new"}});
    EXPECT_EQ(p.replication_master_ssl_ca, "/new");
}

TEST(ParametersTest, RefusesOtherOptionsByNameAndKeepsTheirValuesSecret)
{
    const auto message = refusal({{"replication_options", ", MASTER_PASSWORD='s3cret'"}});
    EXPECT_THAT(message, HasSubstr("replication_options: PASSWORD"));
    EXPECT_THAT(message, Not(HasSubstr("s3cret")));
}

TEST(ParametersTest, RefusesEveryParameterThatCannotBeHonouredYetUnlessItIsTheDefault)
{
    const std::map<std::string, std::string> other{{"binary_prefix", "numactl"}, {"reader_failcount", "3"},
        {"backup_lockfile", "/var/lock/innobackupex"}, {"geo_remote_IP", "10.0.0.1"}, {"geo_remote_user", "repl"},
        {"geo_remote_opts", "-p 23"}, {"booth_master_ticket", "ticket"}};
    std::set<std::string> expected;
    for (const auto& spec : ocf::parameter_table()) {
        if (spec.status != ParameterStatus::not_yet)
            continue;
        const std::string name{spec.name};
        expected.insert(name);
        ASSERT_TRUE(other.contains(name)) << name;
        const auto message = refusal({{name, other.at(name)}});
        EXPECT_THAT(message, HasSubstr(name + " cannot be honoured yet"));
        EXPECT_LE(message.size(), 128U) << message;
        parameters({{name, std::string{spec.default_value}}});
    }
    EXPECT_EQ(expected.size(), other.size());
}

TEST(ParametersTest, AcceptsTheDefaultOfWhatCannotBeHonouredYetInAnySpelling)
{
    parameters({{"geo_remote_user", "root"}, {"reader_failcount", "01"}});
}

TEST(ParametersTest, ListsWhatIsSetWithoutEffect)
{
    const auto p = parameters({{"async_stop", "1"}, {"client_binary", "mysql"}, {"node_list", "db1 db2"}});
    EXPECT_EQ(p.without_effect, (Words{"async_stop", "node_list"}));
    EXPECT_TRUE(parameters({{"async_stop", "0"}}).without_effect.empty());
}

TEST(ParametersTest, GoesOnWithAWrongPathAsItIsSoThatNoOtherServerIsTouched)
{
    const auto parsed
        = ocf::parse_parameters(set({{"datadir", "wrong"}, {"max_slave_lag", "many"}, {"async_stop", "perhaps"}}));
    EXPECT_EQ(parsed.values.datadir, "wrong");
    EXPECT_EQ(parsed.values.max_slave_lag, std::chrono::seconds{3600});
    EXPECT_EQ(parsed.problems.size(), 3U);
}

TEST(ParametersTest, GoesOnWhenEveryParameterIsWrong)
{
    std::map<std::string, std::string> values;
    for (const auto& spec : ocf::parameter_table())
        values[std::string{spec.name}] = value_of_wrong_type(spec.type);
    const auto parsed = ocf::parse_parameters(set(values));
    EXPECT_GE(parsed.problems.size(), ocf::parameter_table().size());
}

TEST(ParametersTest, AcceptsAPrimitiveOfHeartbeatMysql)
{
    const auto p = parameters({{"binary", "/usr/bin/mysqld_safe"}, {"config", "/etc/mysql/my.cnf"},
        {"datadir", "/var/lib/mysql"}, {"pid", "/var/run/mysqld/mysqld.pid"}, {"socket", "/var/run/mysqld/mysqld.sock"},
        {"additional_parameters", "--bind-address=0.0.0.0"}, {"replication_user", "repl"}, {"replication_passwd", "pw"},
        {"max_slave_lag", "15"}, {"evict_outdated_slaves", "false"}, {"replication_require_ssl", "false"},
        {"test_user", "test"}, {"test_passwd", "pw"}, {"client_binary", "/usr/bin/mysql"}});
    EXPECT_EQ(p.binary, "/usr/bin/mysqld_safe");
    EXPECT_TRUE(p.test_user_is_set);
}

TEST(SplitWordsTest, KeepsQuotedBlanksAndExpandsNothing)
{
    EXPECT_EQ(ocf::split_words("").value(), Words{});
    EXPECT_EQ(ocf::split_words("  --a \t--b  ").value(), (Words{"--a", "--b"}));
    EXPECT_EQ(ocf::split_words("--a='x y' \"--b=\\\"z\" c\\ d ''").value(), (Words{"--a=x y", "--b=\"z", "c d", ""}));
    EXPECT_EQ(ocf::split_words("$HOME `id` * ; ~").value(), (Words{"$HOME", "`id`", "*", ";", "~"}));
    EXPECT_EQ(ocf::split_words("'a\\b'").value(), Words{"a\\b"});
}

TEST(SplitWordsTest, RefusesAnOpenQuote)
{
    EXPECT_FALSE(ocf::split_words("--a='x"));
    EXPECT_FALSE(ocf::split_words("\"x\\\""));
}

} // namespace
} // namespace mysql_prm
