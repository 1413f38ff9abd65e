// The instance parameters, typed. Names, defaults, ranges and texts are in parameter_table.hpp; here each has a C++ type.
#pragma once

#include "mysql_prm/base/error.hpp"
#include "mysql_prm/base/secret.hpp"
#include "mysql_prm/ocf/environment.hpp"
#include "mysql_prm/ports/mysqld.hpp"
#include "mysql_prm/ports/server.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace mysql_prm::ocf {

using base::Result;

// auto_detect: whatever the servers say of themselves.
enum class WantedReplicationMode { auto_detect, gtid, position };

struct Parameters {
    std::string binary;
    std::string config;
    std::string datadir;
    std::string user;
    std::string group;
    std::string log;
    std::string pid;
    std::string socket;
    std::vector<std::string> additional_parameters; // split at blanks; quotes as a shell has them, nothing is expanded
    bool enable_creation = false;

    std::string test_table; // "schema.table"; empty: no table is read
    std::string test_user;
    base::Secret test_passwd;
    bool test_user_is_set = false; // given by the administrator, here or in credentials_file

    std::string replication_user;
    base::Secret replication_passwd;
    bool replication_user_is_set = false; // as above
    std::uint16_t replication_port = 3306;
    bool replication_require_ssl = false;  // true too when replication_options say so
    std::string replication_master_ssl_ca; // these three from their parameters, else from replication_options
    std::string replication_master_ssl_cert;
    std::string replication_master_ssl_key;
    WantedReplicationMode replication_mode = WantedReplicationMode::auto_detect;
    core::SemiSyncMode semi_sync = core::SemiSyncMode::off;
    core::DataLossPolicy on_data_loss_risk = core::DataLossPolicy::automatic;
    std::string credentials_file; // not read here: credentials.hpp

    std::chrono::seconds max_slave_lag{3600};
    bool evict_outdated_slaves = false;
    std::string reader_attribute;
    std::string post_promote_script;
    std::string extra_transactions_dir;
    std::size_t extra_transactions_keep = 0;     // 0: all
    std::chrono::days extra_transactions_age{0}; // 0: for ever

    // Names of parameters that are set to something and have no effect any more, for one line in the log of start.
    std::vector<std::string> without_effect;

    [[nodiscard]] ports::MysqldSettings mysqld_settings() const;
    [[nodiscard]] ports::Account replication_account() const;
    [[nodiscard]] ports::Account test_account() const;
    [[nodiscard]] ports::SourceLogin source_login() const;
};

// Everything that can be read, and what is wrong. A wrong path or text is kept as it is, so that no action ever looks at
// another server than the one that was meant; a wrong number, boolean or choice has its default. For stop, demote and
// monitor, which have to go on: a typing error must not end in a fenced node.
struct ParsedParameters {
    Parameters values;
    std::vector<base::Error> problems; // in the order of the table; invalid_argument each
};

[[nodiscard]] ParsedParameters parse_parameters(const Lookup& lookup);

// The same for actions that must not go on: the first problem is the error. invalid_argument names the parameter, its value
// (never that of a password) and what is expected.
[[nodiscard]] Result<Parameters> parameters_from(const Lookup& lookup);

// Splits at blanks outside of quotes. 'a b' is taken as it is; in "a b" and outside of quotes a backslash takes the next
// character as it is. Nothing is expanded. invalid_argument: a quote is not closed.
[[nodiscard]] Result<std::vector<std::string>> split_words(std::string_view s);

} // namespace mysql_prm::ocf
