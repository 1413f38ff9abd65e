#include "mysql_prm/ocf/exit_code.hpp"

#include <array>
#include <gtest/gtest.h>

namespace mysql_prm {
namespace {

using base::ErrorKind;
using ocf::Action;
using ocf::exit_code_for;
using ocf::ExitCode;

constexpr std::array k_kinds{ErrorKind::invalid_argument, ErrorKind::not_installed, ErrorKind::no_permission,
    ErrorKind::not_found, ErrorKind::not_running, ErrorKind::timed_out, ErrorKind::alive_but_refused,
    ErrorKind::access_denied, ErrorKind::conflict, ErrorKind::data_risk, ErrorKind::failed};
constexpr std::array k_actions{Action::start, Action::stop, Action::monitor, Action::status, Action::promote, Action::demote,
    Action::notify, Action::usage, Action::validate_all, Action::meta_data, Action::reload_agent};

TEST(ExitCodeTest, AProbeSaysNotRunningOrGenericErrorAndNothingElse)
{
    for (const auto kind : k_kinds) {
        const auto code = exit_code_for(kind, Action::monitor, true);
        EXPECT_TRUE(code == ExitCode::not_running || code == ExitCode::generic_error) << static_cast<int>(kind);
    }
}

TEST(ExitCodeTest, NoActionStopsTheWholeCluster)
{
    for (const auto action : k_actions)
        for (const auto kind : k_kinds) {
            const bool stops_all = exit_code_for(kind, action, false) == ExitCode::not_configured;
            const bool is_question = kind == ErrorKind::invalid_argument && action == Action::validate_all;
            EXPECT_EQ(stops_all, is_question) << to_string(action) << ' ' << static_cast<int>(kind);
        }
    EXPECT_EQ(exit_code_for(ErrorKind::invalid_argument, Action::start, false), ExitCode::wrong_arguments);
}

TEST(ExitCodeTest, AnErrorIsNeverSuccess)
{
    for (const auto action : k_actions)
        for (const auto kind : k_kinds)
            for (const bool probe : {false, true}) {
                const auto code = exit_code_for(kind, action, probe);
                EXPECT_NE(code, ExitCode::ok);
                EXPECT_NE(code, ExitCode::running_promoted);
            }
}

TEST(ExitCodeTest, StopPromoteAndDemoteFailWithTheGenericErrorOnly)
{
    for (const auto action : {Action::stop, Action::promote, Action::demote, Action::notify, Action::reload_agent})
        for (const auto kind : k_kinds)
            EXPECT_EQ(exit_code_for(kind, action, false), ExitCode::generic_error) << to_string(action);
}

TEST(ExitCodeTest, StartTellsWhatIsMissingOnTheNode)
{
    EXPECT_EQ(exit_code_for(ErrorKind::not_installed, Action::start, false), ExitCode::not_installed);
    EXPECT_EQ(exit_code_for(ErrorKind::no_permission, Action::start, false), ExitCode::no_permission);
    EXPECT_EQ(exit_code_for(ErrorKind::access_denied, Action::start, false), ExitCode::generic_error);
    EXPECT_EQ(exit_code_for(ErrorKind::not_running, Action::start, false), ExitCode::generic_error);
}

TEST(ExitCodeTest, AMonitorTellsThatTheServerIsGone)
{
    EXPECT_EQ(exit_code_for(ErrorKind::not_running, Action::monitor, false), ExitCode::not_running);
    EXPECT_EQ(exit_code_for(ErrorKind::timed_out, Action::monitor, false), ExitCode::generic_error);
    EXPECT_EQ(exit_code_for(ErrorKind::not_found, Action::monitor, false), ExitCode::generic_error);
}

TEST(ExitCodeTest, AMonitorEvictsALaggingReplicaFromItsNode)
{
    EXPECT_EQ(exit_code_for(ErrorKind::not_installed, Action::monitor, false), ExitCode::not_installed);
}

} // namespace
} // namespace mysql_prm
