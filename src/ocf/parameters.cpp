#include "mysql_prm/ocf/parameters.hpp"

#include "mysql_prm/base/text.hpp"
#include "mysql_prm/ocf/parameter_table.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <unistd.h>
#include <utility>

namespace mysql_prm::ocf {
namespace {

using base::ErrorKind;
using base::fail;
using base::text;

// Where distributions put the server; the first one is what the meta-data show.
constexpr std::array<const char*, 4> k_binaries{
    "/usr/sbin/mysqld", "/usr/sbin/mariadbd", "/usr/libexec/mysqld", "/usr/libexec/mariadbd"};

std::string installed_binary()
{
    const auto* const found
        = std::find_if(k_binaries.begin(), k_binaries.end(), [](const char* path) { return ::access(path, X_OK) == 0; });
    return found == k_binaries.end() ? k_binaries.front() : *found;
}

bool keeps_wrong_value(ParameterType type)
{
    switch (type) {
    case ParameterType::text:
    case ParameterType::secret:
    case ParameterType::path:
    case ParameterType::account:
    case ParameterType::attribute:
    case ParameterType::table:
    case ParameterType::words:
        return true;
    case ParameterType::boolean:
    case ParameterType::integer:
    case ParameterType::seconds:
    case ParameterType::choice:
        return false;
    }
    return false;
}

// The value of each parameter of the table as text that its C++ type can be made from.
class Values {
public:
    Values(const Lookup& lookup, std::vector<base::Error>& problems)
    {
        for (const auto& spec : parameter_table())
            m_values.emplace(spec.name, read(spec, lookup, problems));
    }

    [[nodiscard]] const std::string& string(std::string_view name) const { return m_values.at(parameter(name).name); }
    [[nodiscard]] bool boolean(std::string_view name) const { return base::to_bool(string(name)).value(); }
    [[nodiscard]] std::int64_t integer(std::string_view name) const
    {
        return base::to_int<std::int64_t>(base::trim(string(name))).value();
    }
    // Given by the administrator and not just empty.
    [[nodiscard]] bool is_set(std::string_view name) const
    {
        return std::find(m_set.begin(), m_set.end(), name) != m_set.end();
    }
    [[nodiscard]] const std::vector<std::string_view>& set() const { return m_set; }

private:
    std::string read(const ParameterSpec& spec, const Lookup& lookup, std::vector<base::Error>& problems)
    {
        auto value = lookup(text("OCF_RESKEY_", spec.name));
        if (!value || (value->empty() && !spec.may_be_empty))
            return std::string{spec.default_value};
        m_set.push_back(spec.name);
        if (auto fine = check_value(spec, *value); !fine) {
            problems.push_back(std::move(fine.error()));
            if (!keeps_wrong_value(spec.type))
                return std::string{spec.default_value};
        }
        return *value;
    }

    std::map<std::string_view, std::string> m_values;
    std::vector<std::string_view> m_set;
};

struct TlsOptions {
    bool require = false;
    std::string ca;
    std::string cert;
    std::string key;
};

// "MASTER_SSL_CA='/x'" as ("SSL_CA", "/x"); names in capitals and without MASTER_ or SOURCE_.
std::pair<std::string, std::string> name_and_value(std::string_view option)
{
    const auto equals = option.find('=');
    std::string name{base::trim(option.substr(0, equals))};
    std::transform(
        name.begin(), name.end(), name.begin(), [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
    for (const std::string_view prefix : {"MASTER_", "SOURCE_"})
        if (name.starts_with(prefix))
            name.erase(0, prefix.size());
    auto value = base::trim(equals == std::string_view::npos ? std::string_view{} : option.substr(equals + 1));
    if (value.size() >= 2 && (value.front() == '\'' || value.front() == '"') && value.back() == value.front())
        value = value.substr(1, value.size() - 2);
    return {name, std::string{value}};
}

// False for an option that cannot be honoured.
bool take_option(const std::string& name, const std::string& value, TlsOptions& out)
{
    const auto is = [&](std::string_view n, std::string_view v) { return name == n && base::lower(value) == v; };
    if (is("SSL", "1") || is("SSL", "0"))
        out.require = value == "1";
    else if (name == "SSL_CA")
        out.ca = value;
    else if (name == "SSL_CERT")
        out.cert = value;
    else if (name == "SSL_KEY")
        out.key = value;
    else
        return is("AUTO_POSITION", "1") || is("USE_GTID", "slave_pos") || is("USE_GTID", "current_pos")
            || is("GET_MASTER_PUBLIC_KEY", "1") || is("GET_SOURCE_PUBLIC_KEY", "1");
    return true;
}

// Splits at commas outside of quotes, as SQL would.
std::vector<std::string> split_options(std::string_view s)
{
    std::vector<std::string> out(1);
    char quote = 0;
    for (const char c : s) {
        if (quote != 0)
            quote = c == quote ? char{0} : quote;
        else if (c == '\'' || c == '"')
            quote = c;
        if (c == ',' && quote == 0)
            out.emplace_back();
        else
            out.back() += c;
    }
    return out;
}

// The message names the option and not its value, which may be a password.
TlsOptions read_options(std::string_view options, std::vector<base::Error>& problems)
{
    TlsOptions out;
    for (const auto& option : split_options(options)) {
        if (base::trim(option).empty())
            continue;
        const auto [name, value] = name_and_value(option);
        if (!take_option(name, value, out))
            problems.push_back({ErrorKind::invalid_argument,
                text("replication_options: ", base::shorten(name, 40), " cannot be honoured yet, only the SSL options can"),
                0});
    }
    return out;
}

WantedReplicationMode wanted_mode(const std::string& value)
{
    if (value == "gtid")
        return WantedReplicationMode::gtid;
    return value == "position" ? WantedReplicationMode::position : WantedReplicationMode::auto_detect;
}

core::SemiSyncMode semi_sync_mode(const std::string& value)
{
    if (value == "strict")
        return core::SemiSyncMode::strict;
    return value == "available" ? core::SemiSyncMode::available : core::SemiSyncMode::off;
}

core::DataLossPolicy data_loss_policy(const std::string& value)
{
    if (value == "refuse")
        return core::DataLossPolicy::refuse;
    return value == "promote" ? core::DataLossPolicy::promote : core::DataLossPolicy::automatic;
}

void read_server(const Values& values, Parameters& out)
{
    out.binary = values.is_set("binary") ? values.string("binary") : installed_binary();
    out.config = values.string("config");
    out.datadir = values.string("datadir");
    out.user = values.string("user");
    out.group = values.string("group");
    out.log = values.string("log");
    out.pid = values.string("pid");
    out.socket = values.string("socket");
    out.additional_parameters = split_words(values.string("additional_parameters")).value_or(std::vector<std::string>{});
    out.enable_creation = values.boolean("enable_creation");
    out.test_table = values.string("test_table");
    out.test_user = values.string("test_user");
    out.test_passwd = base::Secret{values.string("test_passwd")};
    out.test_user_is_set = values.is_set("test_user");
}

void read_replication(const Values& values, Parameters& out, std::vector<base::Error>& problems)
{
    const auto options = read_options(values.string("replication_options"), problems);
    const auto either = [&](std::string_view name, const std::string& option) {
        return values.is_set(name) ? values.string(name) : option;
    };
    out.replication_user = values.string("replication_user");
    out.replication_passwd = base::Secret{values.string("replication_passwd")};
    out.replication_user_is_set = values.is_set("replication_user");
    out.replication_port = static_cast<std::uint16_t>(values.integer("replication_port"));
    out.replication_require_ssl = values.boolean("replication_require_ssl") || options.require;
    out.replication_master_ssl_ca = either("replication_master_ssl_ca", options.ca);
    out.replication_master_ssl_cert = either("replication_master_ssl_cert", options.cert);
    out.replication_master_ssl_key = either("replication_master_ssl_key", options.key);
    out.replication_mode = wanted_mode(values.string("replication_mode"));
    out.semi_sync = semi_sync_mode(values.string("semi_sync"));
    out.on_data_loss_risk = data_loss_policy(values.string("on_data_loss_risk"));
    out.credentials_file = values.string("credentials_file");
    out.max_slave_lag = std::chrono::seconds{values.integer("max_slave_lag")};
    out.evict_outdated_slaves = values.boolean("evict_outdated_slaves");
    out.reader_attribute = values.string("reader_attribute");
    out.post_promote_script = values.string("post_promote_script");
    out.extra_transactions_dir = values.string("extra_transactions_dir");
    out.extra_transactions_keep = static_cast<std::size_t>(values.integer("extra_transactions_keep"));
    out.extra_transactions_age = std::chrono::days{values.integer("extra_transactions_days")};
}

std::vector<std::string> set_without_effect(const Values& values)
{
    std::vector<std::string> out;
    for (const auto name : values.set())
        if (const auto& spec = parameter(name);
            spec.status == ParameterStatus::not_needed && !is_default(spec, values.string(name)))
            out.emplace_back(name);
    return out;
}

} // namespace

ports::MysqldSettings Parameters::mysqld_settings() const
{
    return {.binary = binary,
        .config = config,
        .datadir = datadir,
        .user = user,
        .group = group,
        .log = log,
        .pid_file = pid,
        .socket = socket,
        .additional_parameters = additional_parameters,
        .load_semi_sync = semi_sync != core::SemiSyncMode::off};
}

ports::Account Parameters::replication_account() const
{
    return {replication_user, replication_passwd};
}

ports::Account Parameters::test_account() const
{
    return {test_user, test_passwd};
}

ports::SourceLogin Parameters::source_login() const
{
    return {.account = replication_account(),
        .require_tls = replication_require_ssl || !replication_master_ssl_ca.empty(),
        .tls_ca = replication_master_ssl_ca,
        .tls_cert = replication_master_ssl_cert,
        .tls_key = replication_master_ssl_key};
}

ParsedParameters parse_parameters(const Lookup& lookup)
{
    ParsedParameters out;
    const Values values{lookup, out.problems};
    read_server(values, out.values);
    read_replication(values, out.values, out.problems);
    out.values.without_effect = set_without_effect(values);
    return out;
}

Result<Parameters> parameters_from(const Lookup& lookup)
{
    auto parsed = parse_parameters(lookup);
    if (!parsed.problems.empty())
        return std::unexpected(std::move(parsed.problems.front()));
    return std::move(parsed.values);
}

Result<std::vector<std::string>> split_words(std::string_view s)
{
    std::vector<std::string> out;
    bool in_word = false;
    char quote = 0;
    for (std::size_t i = 0; i < s.size(); ++i) {
        const char c = s[i];
        if (quote == 0 && (c == ' ' || c == '\t' || c == '\n' || c == '\r')) {
            in_word = false;
            continue;
        }
        if (!std::exchange(in_word, true))
            out.emplace_back();
        if (quote == 0 && (c == '\'' || c == '"'))
            quote = c;
        else if (quote != 0 && c == quote)
            quote = 0;
        else if (c == '\\' && quote != '\'' && i + 1 < s.size())
            out.back() += s[++i];
        else
            out.back() += c;
    }
    if (quote != 0)
        return fail(ErrorKind::invalid_argument, text("a ", quote, " is not closed"));
    return out;
}

} // namespace mysql_prm::ocf
