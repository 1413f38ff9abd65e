#include "mysql_prm/ocf/credentials.hpp"

#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace mysql_prm {
namespace {

using base::ErrorKind;
using base::Secret;
using testing::HasSubstr;
using testing::Not;

ocf::Credentials parsed(std::string_view content)
{
    const auto credentials = ocf::parse_credentials(content);
    EXPECT_TRUE(credentials) << credentials.error().message;
    return credentials.value_or(ocf::Credentials{});
}

std::string refusal(std::string_view content)
{
    const auto credentials = ocf::parse_credentials(content);
    EXPECT_FALSE(credentials);
    return credentials ? std::string{} : credentials.error().message;
}

TEST(CredentialsTest, ReadsBothGroups)
{
    const auto c = parsed(
        "# for mysql-prm\r\n\n[replication]\r\nuser = repl\r\npassword = p w \n; more\n [test] \nuser=watch\npassword=\n");
    EXPECT_EQ(c.replication.user, "repl");
    EXPECT_EQ(c.replication.password, Secret{"p w"});
    EXPECT_EQ(c.test.user, "watch");
    EXPECT_EQ(c.test.password, Secret{""});
}

TEST(CredentialsTest, TakesQuotesOff)
{
    EXPECT_EQ(parsed("[test]\npassword = \"a#\\\"\\\\ b \"").test.password, Secret{"a#\"\\ b "});
    EXPECT_EQ(parsed("[test]\npassword = 'a#\"\\n'").test.password, Secret{"a#\"\\n"});
}

TEST(CredentialsTest, SaysNothingAboutWhatIsNotThere)
{
    const auto c = parsed("[replication]\npassword=x\n");
    EXPECT_FALSE(c.replication.user);
    EXPECT_FALSE(c.test.user);
    EXPECT_FALSE(c.test.password);
}

TEST(CredentialsTest, RefusesWhatCanBeMisreadWithTheLineAndWithoutItsText)
{
    for (const auto* const line :
        {"password = s3cret # comment", "password = s3cret\\", "password = \"s3cret", "password = \"s3\"cret\"",
            "password = 's3'cret'", "password = \"s3cret\\x\"", "s3cret", "passwd = s3cret", "[s3cret]"}) {
        const auto message = refusal(std::string{"[test]\nuser = a\n"} + line + "\n");
        EXPECT_THAT(message, HasSubstr("line 3: ")) << line;
        EXPECT_THAT(message, Not(HasSubstr("s3"))) << line;
    }
}

TEST(CredentialsTest, RefusesAnEntryOutsideOfAGroupAndOneThatIsGivenTwice)
{
    EXPECT_THAT(refusal("user = a\n"), HasSubstr("line 1"));
    EXPECT_THAT(refusal("[test]\nuser = a\nuser = b\n"), HasSubstr("line 3"));
}

TEST(CredentialsTest, TheFileWins)
{
    ocf::Parameters p;
    p.replication_user = "old";
    p.replication_passwd = Secret{"old"};
    p.test_user = "kept";
    ocf::apply(parsed("[replication]\nuser=new\npassword=pw\n"), p);
    EXPECT_EQ(p.replication_user, "new");
    EXPECT_EQ(p.replication_passwd, Secret{"pw"});
    EXPECT_TRUE(p.replication_user_is_set);
    EXPECT_EQ(p.test_user, "kept");
    EXPECT_FALSE(p.test_user_is_set);
}

class CredentialsFileTest : public testing::Test {
protected:
    CredentialsFileTest()
    {
        std::filesystem::create_directories(m_folder);
        write("[replication]\nuser = repl\n", 0600);
    }
    ~CredentialsFileTest() override { std::filesystem::remove_all(m_folder); }

    void write(const std::string& content, mode_t mode) const
    {
        std::ofstream{path()} << content;
        ::chmod(path().c_str(), mode);
    }
    [[nodiscard]] std::string path() const { return m_folder / "credentials"; }
    [[nodiscard]] ErrorKind kind(const std::string& file) const
    {
        const auto read = ocf::read_credentials(file);
        EXPECT_FALSE(read);
        return read ? ErrorKind::failed : read.error().kind;
    }

    std::filesystem::path m_folder = testing::TempDir() + "/mysql_prm_credentials_" + std::to_string(::getpid());
};

TEST_F(CredentialsFileTest, IsReadWhenNobodyElseCanReadIt)
{
    const auto read = ocf::read_credentials(path());
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->replication.user, "repl");
}

TEST_F(CredentialsFileTest, IsRefusedWhenOthersHaveAnyRight)
{
    for (const mode_t mode : {0640, 0604, 0660, 0610, 0602}) {
        write("[test]\n", mode);
        EXPECT_EQ(kind(path()), ErrorKind::no_permission) << std::oct << mode;
    }
}

TEST_F(CredentialsFileTest, IsRefusedWhenItBelongsToSomebodyElse)
{
    if (::geteuid() != 0)
        GTEST_SKIP() << "only root can give a file away";
    ASSERT_EQ(::chown(path().c_str(), 65534, 65534), 0);
    EXPECT_EQ(kind(path()), ErrorKind::no_permission);
}

TEST_F(CredentialsFileTest, IsMissedOnThisNodeOnly)
{
    EXPECT_EQ(kind(m_folder / "absent"), ErrorKind::not_installed);
    EXPECT_EQ(kind(path() + "/below"), ErrorKind::not_installed);
}

TEST_F(CredentialsFileTest, HasToBeARegularFile)
{
    EXPECT_EQ(kind(m_folder), ErrorKind::not_installed);
    const auto pipe = m_folder / "pipe";
    ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
    EXPECT_EQ(kind(pipe), ErrorKind::not_installed);
}

TEST_F(CredentialsFileTest, IsNotTakenForWrongEverywhereWhenItCannotBeUnderstood)
{
    write("[test]\ns3cret\n", 0600);
    const auto read = ocf::read_credentials(path());
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().kind, ErrorKind::not_installed);
    EXPECT_THAT(read.error().message, HasSubstr("line 2"));
    EXPECT_THAT(read.error().message, Not(HasSubstr("s3cret")));
}

TEST_F(CredentialsFileTest, IsRefusedWhenItIsHuge)
{
    write(std::string(70'000, '\n'), 0600);
    EXPECT_EQ(kind(path()), ErrorKind::not_installed);
}

} // namespace
} // namespace mysql_prm
