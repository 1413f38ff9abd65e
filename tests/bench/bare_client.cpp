// The floor for a monitor: connects over the socket, runs the statements given, reads their rows, ends.
// usage: bare_client SOCKET USER PASSWORD-FILE STATEMENT...
#include <mysql.h>

#include <cstdio>
#include <fstream>
#include <memory>
#include <string>

int main(int argc, char** argv)
{
    if (argc < 5)
        return 64;
    std::string password;
    std::getline(std::ifstream{argv[3]}, password);
    const std::unique_ptr<MYSQL, decltype(&mysql_close)> connection{mysql_init(nullptr), mysql_close};
    if (mysql_real_connect(connection.get(), nullptr, argv[2], password.c_str(), nullptr, 0, argv[1], 0) == nullptr) {
        std::fprintf(stderr, "bare_client: %s\n", mysql_error(connection.get()));
        return 1;
    }
    for (int i = 4; i < argc; ++i) {
        if (mysql_query(connection.get(), argv[i]) != 0) {
            std::fprintf(stderr, "bare_client: %s\n", mysql_error(connection.get()));
            return 1;
        }
        if (MYSQL_RES* rows = mysql_store_result(connection.get()))
            mysql_free_result(rows);
    }
    return 0;
}
