// What the cluster tools print and how they exit. Pure; recorded from Pacemaker 2.1.5 and 3.0.3.
#pragma once

#include "mysql_prm/base/error.hpp"
#include "mysql_prm/ports/os.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mysql_prm::adapters::cluster {

using base::Result;

// Exit codes of the tools (crm_exit_e).
inline constexpr int k_exit_ok = 0;
inline constexpr int k_exit_schema = 78; // attrd_updater -Q: this attribute was never set on any node
inline constexpr int k_exit_disconnected = 102;
inline constexpr int k_exit_no_such_thing = 105;
inline constexpr int k_exit_timeout = 124;

// An Error that names the tool and repeats its last line: timed_out, `absence` where no cluster is reached, else failed.
[[nodiscard]] base::Error tool_error(
    std::string_view tool, const ports::ProcessResult& result, base::ErrorKind absence = base::ErrorKind::not_running);

// `crm_attribute -G -q`: the value, nothing when there is none (105).
[[nodiscard]] Result<std::optional<std::string>> parse_attribute(const ports::ProcessResult& result);

// `attrd_updater -Q -A`, lines `name="a" host="n1" value="v"`: the decoded values by node. Empty when the attribute was
// never set (78); a node with the empty value, which is what a deleted one looks like, is left out.
[[nodiscard]] Result<std::map<std::string, std::string>> parse_private(const ports::ProcessResult& result);

// `corosync-quorumtool -s`: the ring ID where the partition is quorate, nothing where it is not. The tool exits with an
// error in the latter case too.
[[nodiscard]] Result<std::optional<std::string>> parse_quorum(const ports::ProcessResult& result);

// Of two quorate ring IDs of corosync 3, "representative.number" (hexadecimal): the second ring came right behind the first.
// A new ring's number is at least 4 above the last of each of its members, which they keep on disk; a restart adds 1. One in
// between with quorum has a member in common with either ring, so the second is 8 or more above. Any other form: false.
[[nodiscard]] bool is_next_ring(std::string_view before, std::string_view ring);

// `crm_mon --output-as=xml`: an instance of the resource is not managed, for whatever reason, or there is no such resource
// any more.
[[nodiscard]] bool parse_unmanaged(std::string_view xml, std::string_view resource);
// The same: the cluster is to go on without quorum.
[[nodiscard]] bool parse_goes_on_without_quorum(std::string_view xml);

// The CIB as it is on disk, where it has no <status>: something in it speaks of maintenance or of what is not managed, or
// does not speak of the resource. Whether that is about the resource is not said.
[[nodiscard]] bool may_be_unmanaged(std::string_view cib, std::string_view resource);
// The same: this node is in maintenance, or the whole cluster, as far as that depends on no rule and no two sets of
// properties disagree. Of the node crm_mon cannot tell without <status>, since it knows of nothing that runs there; of the
// cluster it can, but not in the time that a lease has on a busy machine.
[[nodiscard]] bool is_in_maintenance(std::string_view cib, std::string_view node);

// INFINITY, +INFINITY, -INFINITY or a number; cut to +-1000000 as Pacemaker does.
[[nodiscard]] std::optional<int> parse_score(std::string_view s);
[[nodiscard]] std::string print_score(int score);

// Private values in a form that every version prints as it got it: 2.1.5 prints newline as \n, 3.0.3 also tab and the double
// quote with a backslash, and neither doubles a backslash that was there; "value++" is arithmetic. %XX stands for these, for
// % itself and for everything outside printable ASCII. Readable for people: GTID sets, blanks and the usual punctuation stay
// as they are.
[[nodiscard]] std::string encode(std::string_view value);
[[nodiscard]] std::string decode(std::string_view value); // a % that is not followed by two hex digits stays

} // namespace mysql_prm::adapters::cluster
