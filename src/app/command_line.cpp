#include "command_line.hpp"

#include "mysql_prm/ocf/environment.hpp"
#include "mysql_prm/ocf/metadata.hpp"

#include <boost/program_options.hpp>

#include <iostream>

namespace mysql_prm::app {
namespace {

constexpr int k_usage_error = 64; // EX_USAGE

} // namespace

bool is_ocf_action(const std::string& word)
{
    return ocf::parse_action(word).has_value();
}

int run_command_line(const std::vector<std::string>& arguments)
{
    namespace po = boost::program_options;
    po::options_description options("Options");
    options.add_options()("help,h", "print this text")("version,V", "print the version")(
        "parameters", "print the parameters of the resource as Markdown");
    if (!arguments.empty() && !arguments.front().starts_with('-')) {
        std::cerr << "mysql-prm: there is no action '" << arguments.front() << "'\nHINT: mysql-prm --help\n";
        return k_usage_error;
    }
    try {
        po::variables_map values;
        po::store(po::command_line_parser(arguments).options(options).run(), values);
        if (values.contains("version")) {
            std::cout << "mysql-prm " MYSQL_PRM_VERSION "\n";
            return 0;
        }
        if (values.contains("parameters")) {
            std::cout << ocf::parameters_markdown();
            return 0;
        }
        std::cout << "mysql-prm: resource agent ocf:percona:mysql for Pacemaker\n\n" << ocf::usage() << "\n" << options;
        return values.contains("help") ? 0 : k_usage_error;
    } catch (const po::error& error) {
        std::cerr << "mysql-prm: " << error.what() << "\nHINT: mysql-prm --help\n";
        return k_usage_error;
    }
}

} // namespace mysql_prm::app
