#include "mysql_prm/adapters/server/server_error.hpp"

#include <cerrno>
#include <gtest/gtest.h>

namespace mysql_prm::adapters::server {
namespace {

TEST(ServerErrorTest, TheSystemErrorIsReadFromEitherLibrarysMessage)
{
    EXPECT_EQ(system_error_in("Can't connect to local MySQL server through socket '/run/mysqld.sock' (2)"), ENOENT);
    EXPECT_EQ(system_error_in("Can't connect to MySQL server on 'db2:3306' (111)"), ECONNREFUSED);
    EXPECT_EQ(
        system_error_in("Lost connection to MySQL server at 'reading initial communication packet', system error: 110"),
        ETIMEDOUT);
    EXPECT_EQ(system_error_in("Can't connect to server on 'db(2)x' (111)"), ECONNREFUSED);
    EXPECT_EQ(system_error_in("Access denied for user 'a'@'b' (using password: YES)"), 0);
    EXPECT_EQ(system_error_in(""), 0);
}

TEST(ServerErrorTest, NothingListensIsNotRunning)
{
    EXPECT_EQ(connect_error_kind(2002, ENOENT, false), ErrorKind::not_running);
    EXPECT_EQ(connect_error_kind(2002, ECONNREFUSED, false), ErrorKind::not_running);
    EXPECT_EQ(connect_error_kind(2003, ECONNREFUSED, false), ErrorKind::not_running);
}

TEST(ServerErrorTest, SilenceIsTimedOut)
{
    EXPECT_EQ(connect_error_kind(2003, ETIMEDOUT, false), ErrorKind::timed_out);
    EXPECT_EQ(connect_error_kind(2002, EAGAIN, false), ErrorKind::timed_out);
    EXPECT_EQ(connect_error_kind(2002, EINPROGRESS, true), ErrorKind::timed_out);
    EXPECT_EQ(connect_error_kind(2013, 0, true), ErrorKind::timed_out);
    EXPECT_EQ(connect_error_kind(2055, ETIMEDOUT, false), ErrorKind::timed_out);
}

TEST(ServerErrorTest, ALivingServersRefusalIsNotADeadServer)
{
    for (const unsigned code : {1040U, 1203U, 1226U, 1129U, 1130U, 1053U, 3032U, 1251U, 2026U, 2059U, 2061U})
        EXPECT_EQ(connect_error_kind(code, 0, false), ErrorKind::alive_but_refused) << code;
    for (const unsigned code : {1045U, 1698U, 1044U, 1227U, 1862U, 3118U, 4151U})
        EXPECT_EQ(connect_error_kind(code, 0, false), ErrorKind::access_denied) << code;
}

TEST(ServerErrorTest, TheRestOfTheLogins)
{
    EXPECT_EQ(connect_error_kind(2002, EACCES, false), ErrorKind::no_permission);
    EXPECT_EQ(connect_error_kind(2005, 0, false), ErrorKind::failed);
    EXPECT_EQ(connect_error_kind(2013, 0, false), ErrorKind::failed);
    EXPECT_EQ(connect_error_kind(2003, EHOSTUNREACH, false), ErrorKind::failed);
    EXPECT_EQ(connect_error_kind(2002, EINPROGRESS, false), ErrorKind::failed);
}

TEST(ServerErrorTest, StatementsFailInKinds)
{
    EXPECT_EQ(statement_error_kind(1227, false), ErrorKind::access_denied);
    EXPECT_EQ(statement_error_kind(1142, false), ErrorKind::access_denied);
    EXPECT_EQ(statement_error_kind(1205, false), ErrorKind::timed_out);
    EXPECT_EQ(statement_error_kind(1146, false), ErrorKind::not_found);
    EXPECT_EQ(statement_error_kind(1290, false), ErrorKind::conflict);
    EXPECT_EQ(statement_error_kind(2013, true), ErrorKind::timed_out);
    EXPECT_EQ(statement_error_kind(2013, false), ErrorKind::failed);
    EXPECT_EQ(statement_error_kind(1064, false), ErrorKind::failed);
}

} // namespace
} // namespace mysql_prm::adapters::server
