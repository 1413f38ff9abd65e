#include "mysql_prm/ocf/parameter_table.hpp"

#include "mysql_prm/base/text.hpp"
#include "mysql_prm/ocf/parameters.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace mysql_prm::ocf {
namespace {

using base::ErrorKind;
using base::fail;
using base::text;

constexpr auto k_not_needed = ParameterStatus::not_needed;
constexpr auto k_not_yet = ParameterStatus::not_yet;

// clang-format off
constexpr std::array k_table{
    // The server
    ParameterSpec{
        .name = "binary", .type = ParameterType::path, .default_value = "/usr/sbin/mysqld",
        .short_description = "Server program",
        .long_description = "The server: mysqld or mariadbd. A wrapper (mysqld_safe, mariadbd-safe) is accepted, but the "
            "server beside it is run, because Pacemaker does the wrapper's work. Where this is not set, the first of "
            "/usr/sbin/mysqld, /usr/sbin/mariadbd, /usr/libexec/mysqld and /usr/libexec/mariadbd that exists is used."},
    ParameterSpec{
        .name = "client_binary", .type = ParameterType::text, .default_value = "mysql",
        .short_description = "Client program",
        .long_description = "The command line client.",
        .status = k_not_needed, .why = "the agent talks to servers through the client library and runs no client program",
        .reloadable = true},
    ParameterSpec{
        .name = "config", .type = ParameterType::path, .default_value = "/etc/mysql/my.cnf",
        .short_description = "Configuration file of the server",
        .long_description = "Given to the server as --defaults-file. No other option file is read, except those it "
            "includes."},
    ParameterSpec{
        .name = "datadir", .type = ParameterType::path, .default_value = "/var/lib/mysql",
        .short_description = "Data directory",
        .long_description = "The directory that holds the databases. It belongs to the parameter user.",
        .unique_group = "datadir"},
    ParameterSpec{
        .name = "user", .type = ParameterType::account, .default_value = "mysql",
        .short_description = "System user of the server",
        .long_description = "The account of the operating system under which the server runs."},
    ParameterSpec{
        .name = "group", .type = ParameterType::account, .default_value = "mysql",
        .short_description = "System group of the server",
        .long_description = "The group that owns the log file and the directories that the agent makes."},
    ParameterSpec{
        .name = "log", .type = ParameterType::path, .default_value = "/var/log/mysql/error.log",
        .short_description = "Error log of the server",
        .long_description = "Given to the server as --log-error. When the server does not start, its last error is quoted "
            "from here."},
    ParameterSpec{
        .name = "pid", .type = ParameterType::path, .default_value = "/var/run/mysqld/mysqld.pid",
        .short_description = "Process id file of the server",
        .long_description = "Given to the server as --pid-file.",
        .unique_group = "pid"},
    ParameterSpec{
        .name = "socket", .type = ParameterType::path, .default_value = "/var/run/mysqld/mysqld.sock",
        .short_description = "Socket of the server",
        .long_description = "Given to the server as --socket, and used by the agent for the local server. At most 107 "
            "characters.",
        .unique_group = "socket", .maximum = 107},
    ParameterSpec{
        .name = "additional_parameters", .type = ParameterType::words, .default_value = "",
        .short_description = "More options for the server",
        .long_description = "Options that are added to the command line of the server, for example --max-connections=500. "
            "They are split at blanks; single and double quotes keep blanks together. No shell sees them: nothing is "
            "expanded."},
    ParameterSpec{
        .name = "enable_creation", .type = ParameterType::boolean, .default_value = "false",
        .short_description = "Make a missing data directory",
        .long_description = "When the data directory is missing or empty, start makes a new one. A directory with "
            "anything in it is never touched.",
        .reloadable = true},
    ParameterSpec{
        .name = "binary_prefix", .type = ParameterType::text, .default_value = "",
        .short_description = "Command in front of the server",
        .long_description = "A command or a variable assignment in front of the server program, such as numactl or "
            "LD_PRELOAD=.",
        .status = k_not_yet, .why = "the server is run directly"},

    // Watching
    ParameterSpec{
        .name = "test_table", .type = ParameterType::table, .default_value = "mysql.user",
        .short_description = "Table that a deep monitor reads",
        .long_description = "Written schema.table. A monitor with OCF_CHECK_LEVEL 1 or more reads it, which proves that "
            "the storage engine answers. Set to nothing, no table is read.",
        .reloadable = true, .may_be_empty = true},
    ParameterSpec{
        .name = "test_user", .type = ParameterType::text, .default_value = "root",
        .short_description = "Account that reads the test table",
        .long_description = "Account of the database for reading test_table. It needs SELECT on that table and nothing "
            "else.",
        .reloadable = true},
    ParameterSpec{
        .name = "test_passwd", .type = ParameterType::secret, .default_value = "",
        .short_description = "Password of test_user",
        .long_description = "Better put into credentials_file: everyone who can read the CIB can read it here.",
        .reloadable = true},

    // Replication
    ParameterSpec{
        .name = "replication_user", .type = ParameterType::text, .default_value = "root",
        .short_description = "Account for replication and administration",
        .long_description = "Account of the database with which replicas log in at their source and with which the agent "
            "starts, stops and repoints replication and sets servers read-only. It has to exist on all nodes with the "
            "same password; when it lacks a privilege, start says which. Set it whenever the resource is a promotable "
            "clone. A new password reaches a replica's own settings when it is pointed at a source the next time.",
        .reloadable = true},
    ParameterSpec{
        .name = "replication_passwd", .type = ParameterType::secret, .default_value = "",
        .short_description = "Password of replication_user",
        .long_description = "Better put into credentials_file: everyone who can read the CIB can read it here.",
        .reloadable = true},
    ParameterSpec{
        .name = "credentials_file", .type = ParameterType::path, .default_value = "",
        .short_description = "File with the accounts and passwords",
        .long_description = "Option file on each node with the groups [replication] and [test] and in each of them user "
            "and password. It belongs to root and nobody else may read it (mode 0600). What it says wins over the four "
            "parameters for the same. A value with # or a backslash has to be quoted.",
        .reloadable = true, .own = true},
    ParameterSpec{
        .name = "replication_port", .type = ParameterType::integer, .default_value = "3306",
        .short_description = "Port of the servers",
        .long_description = "The TCP port on which the server of each node listens for its replicas.",
        .minimum = 1, .maximum = 65535},
    ParameterSpec{
        .name = "replication_mode", .type = ParameterType::choice, .default_value = "auto",
        .short_description = "How replicas find their place",
        .long_description = "auto does what the servers are set up for: GTID where it is on, file and position where it "
            "is off. gtid and position insist on one of them.",
        .choices = "auto|gtid|position", .own = true},
    ParameterSpec{
        .name = "replication_options", .type = ParameterType::text, .default_value = "",
        .short_description = "Options of CHANGE MASTER TO",
        .long_description = "What PRM appended to CHANGE MASTER TO, separated by commas. Understood are MASTER_SSL, "
            "MASTER_SSL_CA, MASTER_SSL_CERT and MASTER_SSL_KEY (or SOURCE_SSL and so on), which mean the same as the "
            "parameters for them, and MASTER_AUTO_POSITION=1, MASTER_USE_GTID=slave_pos or current_pos and "
            "GET_MASTER_PUBLIC_KEY=1, which the agent sees to anyway. Any other option is refused.",
        .reloadable = true},
    ParameterSpec{
        .name = "replication_require_ssl", .type = ParameterType::boolean, .default_value = "false",
        .short_description = "Encrypt replication",
        .long_description = "Replicas connect to their source with TLS only, and so does the agent to other nodes.",
        .reloadable = true},
    ParameterSpec{
        .name = "replication_master_ssl_ca", .type = ParameterType::path, .default_value = "",
        .short_description = "Certificate authority of the sources",
        .long_description = "File with the certificates that a source's certificate is checked against. Setting it turns "
            "TLS on.",
        .reloadable = true},
    ParameterSpec{
        .name = "replication_master_ssl_cert", .type = ParameterType::path, .default_value = "",
        .short_description = "Certificate of a replica",
        .long_description = "File with the certificate that a replica shows to its source. Needs "
            "replication_master_ssl_key.",
        .reloadable = true},
    ParameterSpec{
        .name = "replication_master_ssl_key", .type = ParameterType::path, .default_value = "",
        .short_description = "Key of a replica's certificate",
        .long_description = "File with the private key of replication_master_ssl_cert.",
        .reloadable = true},
    ParameterSpec{
        .name = "post_promote_script", .type = ParameterType::path, .default_value = "",
        .short_description = "Program to run after a promotion",
        .long_description = "Run on the new primary, without arguments, at the end of promote and inside its timeout. Its "
            "exit code is logged and has no effect.",
        .reloadable = true},
    ParameterSpec{
        .name = "extra_transactions_dir", .type = ParameterType::path, .default_value = "/var/lib/mysql-prm",
        .short_description = "Where transactions of a diverged node are saved",
        .long_description = "A node that holds transactions which the primary lacks is kept out, and the binary logs that "
            "hold them are copied into a folder in here, named after the resource and the time. The folder is not for "
            "the server: in its data directory it would be shown as a database.",
        .reloadable = true, .own = true},
    ParameterSpec{
        .name = "extra_transactions_keep", .type = ParameterType::integer, .default_value = "0",
        .short_description = "How many copies of a diverged node's transactions are kept",
        .long_description = "When one more is saved, and at the start of the server, the oldest ones beyond this number are "
            "removed on that node; what keeps the node out now never is. 0: all are kept.",
        .reloadable = true, .minimum = 0, .maximum = 1'000'000, .own = true},
    ParameterSpec{
        .name = "extra_transactions_days", .type = ParameterType::integer, .default_value = "0",
        .short_description = "How many days copies of a diverged node's transactions are kept",
        .long_description = "Those that are older are removed likewise. 0: age does not matter.",
        .reloadable = true, .minimum = 0, .maximum = 36'500, .own = true},

    ParameterSpec{
        .name = "semi_sync", .type = ParameterType::choice, .default_value = "off",
        .short_description = "Semi-synchronous replication",
        .long_description = "off: the agent leaves it alone. available: the agent runs it, so that an acknowledged write is "
            "on a second server; when no replica is left to acknowledge, writes go on without that guarantee, which the "
            "cluster property <resource>_SYNC then says, and it is restored by itself. strict: writes wait then. Needs "
            "rights of replication_user on the schema mysql_prm. A change restarts the servers, but for one in maintenance mode as "
            "docs/operations.md says. Meaningful in promotable clones only.",
        .choices = "off|available|strict", .own = true},
    ParameterSpec{
        .name = "on_data_loss_risk", .type = ParameterType::choice, .default_value = "automatic",
        .short_description = "Promotion that may lose writes",
        .long_description = "What to do when the last primary does not answer and acknowledged writes may be only on "
            "servers that do not answer. automatic: refuse where semi-synchronous replication held, promote where it did "
            "not. refuse and promote: in both cases.",
        .reloadable = true, .choices = "automatic|refuse|promote", .own = true},

    // Readers
    ParameterSpec{
        .name = "max_slave_lag", .type = ParameterType::seconds, .default_value = "3600",
        .short_description = "Largest delay of a good replica",
        .long_description = "A replica that is further behind its source gets the reader attribute 0 and a promotion "
            "score below that of a good replica; see also evict_outdated_slaves.",
        .reloadable = true, .minimum = 1, .maximum = 31'536'000},
    ParameterSpec{
        .name = "evict_outdated_slaves", .type = ParameterType::boolean, .default_value = "false",
        .short_description = "Stop replicas that lag too much",
        .long_description = "When a replica is more than max_slave_lag behind, its monitor fails and the node does not "
            "run the resource until its failure is cleaned up or its failure-timeout has passed. Meaningful in promotable clones "
            "only.",
        .reloadable = true},
    ParameterSpec{
        .name = "reader_attribute", .type = ParameterType::attribute, .default_value = "readable",
        .short_description = "Node attribute for reader addresses",
        .long_description = "The agent keeps this node attribute at 1 where clients may read and at 0 where they should "
            "not. Location rules for reader addresses go by it. Meaningful in promotable clones only.",
        .unique_group = "reader_attribute"},
    ParameterSpec{
        .name = "reader_failcount", .type = ParameterType::integer, .default_value = "1",
        .short_description = "Bad monitors before a reader is evicted",
        .long_description = "How many monitors in a row have to find a replica unfit before its reader attribute becomes "
            "0.",
        .status = k_not_yet, .why = "the first unfit monitor sets the attribute to 0",
        .reloadable = true, .minimum = 1, .maximum = 1'000'000},
    ParameterSpec{
        .name = "backup_lockfile", .type = ParameterType::path, .default_value = "",
        .short_description = "Lock file of a backup",
        .long_description = "While another process holds a lock on this file, the agent does not start replication that a "
            "backup has stopped.",
        .status = k_not_yet, .why = "use a backup that does not stop replication, or maintenance mode",
        .reloadable = true},

    // Crashes and other sites
    ParameterSpec{
        .name = "try_restart_crashed_master", .type = ParameterType::boolean, .default_value = "false",
        .short_description = "Restart a crashed primary first",
        .long_description = "PRM restarted a primary that crashed where it was before another node took over.",
        .status = k_not_needed,
        .why = "the resource's migration-threshold decides: with 1 another node takes over, without one a crashed primary is "
            "restarted where it is",
        .reloadable = true},
    ParameterSpec{
        .name = "async_stop", .type = ParameterType::boolean, .default_value = "false",
        .short_description = "Return from stop early",
        .long_description = "PRM returned from stop while the server was still shutting down.",
        .status = k_not_needed,
        .why = "a stop that reports success too early lets two servers write; the operation's timeout bounds the shutdown "
            "instead",
        .reloadable = true},
    ParameterSpec{
        .name = "prm_binlog_parser_path", .type = ParameterType::text, .default_value = "",
        .short_description = "Helper that reads binary logs",
        .long_description = "PRM's helper for finding the same transaction in another server's binary log without GTID.",
        .status = k_not_needed,
        .why = "each promotion records how far the new primary had applied its predecessor's log; a replica that stands "
            "elsewhere is kept out with a reason and is not guessed into place",
        .reloadable = true},
    ParameterSpec{
        .name = "node_list", .type = ParameterType::text, .default_value = "",
        .short_description = "Names of the nodes",
        .long_description = "ocf:heartbeat:mariadb wants all nodes listed here.",
        .status = k_not_needed, .why = "Pacemaker says which nodes there are",
        .reloadable = true},
    ParameterSpec{
        .name = "geo_remote_IP", .type = ParameterType::text, .default_value = "",
        .short_description = "Address of the other cluster",
        .long_description = "Writer address of a second cluster for disaster recovery.",
        .status = k_not_yet,
        .why = "replication between clusters is not managed; use a channel of its own",
        .reloadable = true},
    ParameterSpec{
        .name = "geo_remote_user", .type = ParameterType::text, .default_value = "root",
        .short_description = "Login at the other cluster",
        .long_description = "System account for ssh to the other cluster.",
        .status = k_not_yet, .why = "see geo_remote_IP",
        .reloadable = true},
    ParameterSpec{
        .name = "geo_remote_opts", .type = ParameterType::text, .default_value = "",
        .short_description = "Options for ssh",
        .long_description = "Options of ssh to the other cluster.",
        .status = k_not_yet, .why = "see geo_remote_IP",
        .reloadable = true},
    ParameterSpec{
        .name = "booth_master_ticket", .type = ParameterType::text, .default_value = "ticketMaster",
        .short_description = "Ticket of the site that may write",
        .long_description = "Booth ticket of the site whose cluster may have the primary.",
        .status = k_not_yet, .why = "see geo_remote_IP; a ticket constraint of Pacemaker on the promoted role works",
        .reloadable = true},
};
// clang-format on

constexpr std::size_t k_shown = 40; // of a wrong value, so that what is expected fits into an exit reason too

bool has_control_characters(std::string_view value)
{
    return std::any_of(value.begin(), value.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; });
}

bool has_any(std::string_view value, std::string_view characters)
{
    return value.find_first_of(characters) != std::string_view::npos;
}

bool is_letter_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_integer(const ParameterSpec& spec, std::string_view value)
{
    const auto number = base::to_int<std::int64_t>(base::trim(value));
    return number && *number >= spec.minimum && *number <= spec.maximum;
}

bool is_path(const ParameterSpec& spec, std::string_view value)
{
    return value.starts_with('/') && !has_control_characters(value)
        && (spec.maximum == 0 || value.size() <= static_cast<std::size_t>(spec.maximum));
}

// Letters, digits, _ $ - and what is not ASCII: nothing that could end a quoted name.
bool is_identifier(std::string_view value)
{
    return !value.empty() && std::all_of(value.begin(), value.end(), [](char c) {
        return is_letter_or_digit(c) || c == '_' || c == '$' || c == '-' || static_cast<unsigned char>(c) >= 0x80;
    });
}

bool is_table(std::string_view value)
{
    const auto dot = value.find('.');
    return dot != std::string_view::npos && is_identifier(value.substr(0, dot)) && is_identifier(value.substr(dot + 1));
}

bool is_attribute(std::string_view value)
{
    return std::all_of(value.begin(), value.end(),
        [](char c) { return is_letter_or_digit(c) || std::string_view{"._-:#"}.find(c) != std::string_view::npos; });
}

bool is_choice(const ParameterSpec& spec, std::string_view value)
{
    const auto choices = base::split(spec.choices, '|');
    return std::find(choices.begin(), choices.end(), value) != choices.end();
}

bool has_right_type(const ParameterSpec& spec, std::string_view value)
{
    switch (spec.type) {
    case ParameterType::text:
    case ParameterType::secret:
        return !has_control_characters(value);
    case ParameterType::boolean:
        return base::to_bool(value).has_value();
    case ParameterType::integer:
    case ParameterType::seconds:
        return is_integer(spec, value);
    case ParameterType::path:
        return is_path(spec, value);
    case ParameterType::account:
        return !has_control_characters(value) && !has_any(value, " :/");
    case ParameterType::attribute:
        return is_attribute(value);
    case ParameterType::table:
        return is_table(value);
    case ParameterType::choice:
        return is_choice(spec, value);
    case ParameterType::words:
        return !has_control_characters(value) && split_words(value).has_value();
    }
    return false;
}

std::string shown(const ParameterSpec& spec, std::string_view value)
{
    return spec.type == ParameterType::secret ? std::string{"******"} : base::shorten(value, k_shown);
}

} // namespace

std::span<const ParameterSpec> parameter_table()
{
    return k_table;
}

const ParameterSpec& parameter(std::string_view name)
{
    const auto* const found
        = std::find_if(k_table.begin(), k_table.end(), [&](const auto& spec) { return spec.name == name; });
    if (found == k_table.end())
        throw std::logic_error(text("no parameter is called ", name));
    return *found;
}

std::string expectation(const ParameterSpec& spec)
{
    switch (spec.type) {
    case ParameterType::text:
    case ParameterType::secret:
        return "text without control characters";
    case ParameterType::boolean:
        return "true or false";
    case ParameterType::integer:
        return text("a whole number from ", spec.minimum, " to ", spec.maximum);
    case ParameterType::seconds:
        return text("a whole number of seconds from ", spec.minimum, " to ", spec.maximum);
    case ParameterType::path:
        return spec.maximum == 0 ? "an absolute path" : text("an absolute path of at most ", spec.maximum, " bytes");
    case ParameterType::account:
        return "a name without blank, colon or slash";
    case ParameterType::attribute:
        return "letters, digits and . _ - : #";
    case ParameterType::table:
        return "schema.table";
    case ParameterType::choice:
        return "one of " + base::join(base::split(spec.choices, '|'), ", ");
    case ParameterType::words:
        return "options separated by blanks, all quotes closed";
    }
    return {};
}

bool is_default(const ParameterSpec& spec, std::string_view value)
{
    if (spec.type == ParameterType::boolean)
        return base::to_bool(value) == base::to_bool(spec.default_value);
    if (spec.type == ParameterType::integer)
        return base::to_int<std::int64_t>(base::trim(value)) == base::to_int<std::int64_t>(spec.default_value);
    return value == spec.default_value;
}

Result<void> check_value(const ParameterSpec& spec, std::string_view value)
{
    if (value.empty() && (spec.may_be_empty || spec.default_value.empty()))
        return {};
    if (!has_right_type(spec, value))
        return fail(
            ErrorKind::invalid_argument, text(spec.name, " is '", shown(spec, value), "': expected ", expectation(spec)));
    if (spec.status == ParameterStatus::not_yet && !is_default(spec, value))
        return fail(ErrorKind::invalid_argument, text(spec.name, " cannot be honoured yet: ", spec.why));
    return {};
}

} // namespace mysql_prm::ocf
