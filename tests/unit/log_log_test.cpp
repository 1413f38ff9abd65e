#include "mysql_prm/log/log.hpp"

#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>
#include <sstream>
#include <unistd.h>

namespace mysql_prm {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;

class LogTest : public testing::Test {
protected:
    LogTest()
    {
        // As under Pacemaker: standard input is no terminal.
        m_input = ::dup(STDIN_FILENO);
        const int nothing = ::open("/dev/null", O_RDONLY);
        ::dup2(nothing, STDIN_FILENO);
        ::close(nothing);
        std::filesystem::create_directories(m_folder);
    }
    ~LogTest() override
    {
        ::dup2(m_input, STDIN_FILENO);
        ::close(m_input);
        std::filesystem::remove_all(m_folder);
        log::setup([](const std::string&) { return std::nullopt; }, "mysql");
    }

    void setup(std::map<std::string, std::string> variables) const
    {
        log::setup(
            [variables](const std::string& name) -> std::optional<std::string> {
                const auto found = variables.find(name);
                return found == variables.end() ? std::nullopt : std::optional{found->second};
            },
            "mysql");
    }
    [[nodiscard]] std::string path(const char* name) const { return m_folder / name; }
    [[nodiscard]] std::string content(const char* name) const
    {
        std::ostringstream out;
        out << std::ifstream{path(name)}.rdbuf();
        return out.str();
    }

    std::filesystem::path m_folder = testing::TempDir() + "/mysql_prm_log_" + std::to_string(::getpid());
    int m_input = -1;
};

template <typename Call>
std::string standard_error_of(const Call& call)
{
    testing::internal::CaptureStderr();
    call();
    return testing::internal::GetCapturedStderr();
}

TEST_F(LogTest, WritesToStandardErrorWhereNothingElseIsNamed)
{
    setup({{"HA_LOGFACILITY", "none"}});
    EXPECT_THAT(standard_error_of([] { log::warn("odd"); }),
        MatchesRegex("[A-Z][a-z][a-z] [0-9 ][0-9] [0-9:]+\\.[0-9]{3} WARNING: odd\n"));
}

TEST_F(LogTest, AppendsToTheLogFileInTheFormatOfOtherAgents)
{
    setup({{"HA_LOGFILE", path("log")}, {"OCF_RESOURCE_INSTANCE", "p_mysql"}});
    EXPECT_EQ(standard_error_of([] {
        log::info("one");
        log::error("two");
    }),
        "");
    EXPECT_THAT(content("log"),
        MatchesRegex("[^\n]* [0-9:]+\\.[0-9]{3} mysql\\(p_mysql\\)\\[[0-9]+\\]:    INFO: one\n"
                     "[^\n]*mysql\\(p_mysql\\)\\[[0-9]+\\]:    ERROR: two\n"));
}

TEST_F(LogTest, OpensNothingBeforeTheFirstMessage)
{
    setup({{"HA_LOGFILE", path("log")}, {"HA_DEBUGLOG", path("debug")}});
    log::debug("not asked for");
    EXPECT_TRUE(std::filesystem::is_empty(m_folder));
}

TEST_F(LogTest, ShowsDebugMessagesOnlyWhenAskedFor)
{
    for (const auto* const off : {"", "0"}) {
        setup({{"HA_debug", off}});
        EXPECT_EQ(standard_error_of([] { log::debug("detail"); }), "") << off;
    }
    setup({{"HA_debug", "1"}});
    EXPECT_THAT(standard_error_of([] { log::debug("detail"); }), HasSubstr("DEBUG: detail\n"));
}

TEST_F(LogTest, KeepsDebugMessagesOutOfTheLogFileWhereTheyHaveTheirOwn)
{
    setup({{"HA_debug", "1"}, {"HA_LOGFILE", path("log")}, {"HA_DEBUGLOG", path("debug")}});
    log::debug("detail");
    log::info("fact");
    EXPECT_THAT(content("log"), Not(HasSubstr("detail")));
    EXPECT_THAT(content("log"), HasSubstr("fact"));
    EXPECT_THAT(content("debug"), HasSubstr("DEBUG: detail"));
    EXPECT_THAT(content("debug"), HasSubstr("INFO: fact"));
}

TEST_F(LogTest, GoesOnWhenTheLogFileCannotBeWritten)
{
    setup({{"HA_LOGFILE", path("absent/log")}});
    EXPECT_EQ(standard_error_of([] { log::error("lost"); }), "");
}

TEST_F(LogTest, MakesOneLineOfAMessage)
{
    setup({{"HA_LOGFILE", path("log")}});
    log::info("a\nb\x1b[0m\tc");
    EXPECT_THAT(content("log"), HasSubstr("INFO: a b [0m c\n"));
}

TEST_F(LogTest, TellsTheExitReasonOnStandardErrorAndLogsIt)
{
    setup({{"HA_LOGFILE", path("log")}});
    EXPECT_EQ(standard_error_of([] { log::exit_reason("mysqld is missing"); }), "ocf-exit-reason:mysqld is missing\n");
    EXPECT_THAT(content("log"), HasSubstr("ERROR: mysqld is missing\n"));
}

TEST_F(LogTest, TellsTheExitReasonOnceWhereTheLogGoesToStandardErrorToo)
{
    setup({{"OCF_EXIT_REASON_PREFIX", "why:"}});
    EXPECT_EQ(standard_error_of([] { log::exit_reason("gone"); }), "why:gone\n");
}

TEST_F(LogTest, CutsTheExitReasonAt128Bytes)
{
    setup({});
    const auto line = standard_error_of([] { log::exit_reason(std::string(127, 'x') + "\u00e4\u00e4"); });
    EXPECT_EQ(line, "ocf-exit-reason:" + std::string(125, 'x') + "...\n");
}

TEST_F(LogTest, MasksForbiddenValuesEverywhere)
{
    setup({{"HA_LOGFILE", path("log")}});
    log::forbid(base::Secret{"s3cret"});
    log::forbid(base::Secret{"s3cret and more"});
    log::forbid(base::Secret{});
    const auto reason = standard_error_of([] {
        log::info("with s3cret, s3cret and more");
        log::exit_reason(std::string(120, 'x') + "s3cret");
    });
    EXPECT_THAT(content("log"), HasSubstr("with ******, ******\n"));
    EXPECT_THAT(content("log") + reason, Not(HasSubstr("s3")));
}

TEST_F(LogTest, MasksAPasswordThatHoldsTheMask)
{
    setup({{"HA_LOGFILE", path("log")}});
    log::forbid(base::Secret{"*"});
    log::info("a*b");
    EXPECT_THAT(content("log"), HasSubstr("INFO: a******b\n"));
}

TEST_F(LogTest, ForgetsForbiddenValuesAtTheNextSetup)
{
    setup({});
    log::forbid(base::Secret{"word"});
    setup({});
    EXPECT_THAT(standard_error_of([] { log::info("word"); }), HasSubstr("INFO: word"));
}

} // namespace
} // namespace mysql_prm
