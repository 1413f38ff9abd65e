// The one place that says which parameters there are: defaults, validation, meta-data and the reference page all come from
// here.
//
// Names, meaning and defaults are those of ocf:heartbeat:mysql (resource-agents 4.12; where its default depends on the
// distribution, Debian's) and of Percona Replication Manager (agents mysql_prm, mysql_prm56 and mysql_prm_gtid), so that an
// existing primitive works when only its type is changed. Parameters of this agent alone are marked own.
#pragma once

#include "mysql_prm/base/error.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace mysql_prm::ocf {

using base::Result;

enum class ParameterType {
    text,      // no control characters
    secret,    // the same, and the value is never shown
    boolean,   // yes true 1 on, no false 0 off, in any case
    integer,   // decimal, between minimum and maximum
    seconds,   // the same, no unit
    path,      // absolute
    account,   // a name of the operating system: no blank, colon or slash
    attribute, // a name that Pacemaker takes for a node attribute: letters, digits and . _ - : #
    table,     // schema.table
    choice,    // one of `choices`, separated by |
    words,     // split at blanks, quotes as in a shell
};

enum class ParameterStatus {
    honoured,
    not_needed, // accepted and without effect; `why` says what came instead
    not_yet,    // anything but the default is refused; `why` says what to do meanwhile
};

struct ParameterSpec {
    std::string_view name{};
    ParameterType type = ParameterType::text;
    std::string_view default_value{};
    std::string_view short_description{};
    std::string_view long_description{}; // plain sentences, no mark-up
    ParameterStatus status = ParameterStatus::honoured;
    std::string_view why{};
    bool reloadable = false;         // takes effect without a restart of the server
    std::string_view unique_group{}; // two resources may not have equal values in it; empty: they may
    std::int64_t minimum = 0;
    std::int64_t maximum = 0;
    std::string_view choices{};
    bool may_be_empty = false; // set to nothing means nothing; for all others it means the default
    bool own = false;          // neither heartbeat's agent nor PRM has it
};

// All of them, in the order of the documents.
[[nodiscard]] std::span<const ParameterSpec> parameter_table();

// The entry of that name; a name that is not in the table is a bug (std::logic_error).
[[nodiscard]] const ParameterSpec& parameter(std::string_view name);

// "a whole number from 1 to 65535": what a value of this parameter looks like, for messages and documents.
[[nodiscard]] std::string expectation(const ParameterSpec& spec);

// Whether the value means the same as the default: yes is true, 01 is 1.
[[nodiscard]] bool is_default(const ParameterSpec& spec, std::string_view value);

// Whether the value has the right type, is in range and can be honoured. The error (invalid_argument) names the parameter,
// the value (shortened; never that of a secret) and what is expected.
[[nodiscard]] Result<void> check_value(const ParameterSpec& spec, std::string_view value);

} // namespace mysql_prm::ocf
