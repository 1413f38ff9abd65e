#include "mysql_prm/ocf/metadata.hpp"

#include "mysql_prm/base/text.hpp"
#include "mysql_prm/ocf/parameter_table.hpp"

#include <array>
#include <sstream>

namespace mysql_prm::ocf {
namespace {

using base::text;

constexpr std::string_view k_short = "MySQL and MariaDB with replication and failover";
constexpr std::string_view k_long
    = "Runs a MySQL, Percona or MariaDB server. As a promotable clone it manages replication between the nodes: it elects "
      "the replica that has received most, lets it apply everything before it is promoted, points the others at it, and "
      "proves that a demoted primary takes no more writes. Set notify=true on the clone. As a plain primitive it runs one "
      "server, for example on shared storage, and leaves replication alone. Replicas connect to the node name of the "
      "primary; the node attribute INSTANCE_mysql_master_IP (p_mysql_mysql_master_IP for the primitive p_mysql) names "
      "another address. An existing primitive of ocf:heartbeat:mysql or of Percona Replication Manager works when only its "
      "type is changed, unless it sets what is refused here.";

// What the cluster shells take as a proposal. Two monitors of a resource may not have the same interval.
struct ActionSpec {
    std::string_view name;
    std::string_view attributes;
    bool only_ocf_1_1 = false; // not valid under ra-api-1.dtd
};

constexpr std::array<ActionSpec, 12> k_actions{{
    {"start", "timeout=\"120s\""},
    {"stop", "timeout=\"120s\""},
    {"status", "timeout=\"60s\""},
    {"monitor", "depth=\"0\" timeout=\"30s\" interval=\"10s\""},
    {"monitor", "role=\"Promoted\" depth=\"0\" timeout=\"30s\" interval=\"8s\""},
    {"monitor", "role=\"Unpromoted\" depth=\"0\" timeout=\"30s\" interval=\"9s\""},
    {"promote", "timeout=\"120s\""},
    {"demote", "timeout=\"120s\""},
    {"notify", "timeout=\"90s\""},
    {"reload-agent", "timeout=\"30s\"", true},
    {"validate-all", "timeout=\"5s\""},
    {"meta-data", "timeout=\"5s\""},
}};

std::string xml(std::string_view s)
{
    std::string out;
    for (const char c : s) {
        switch (c) {
        case '&':
            out += "&amp;";
            break;
        case '<':
            out += "&lt;";
            break;
        case '>':
            out += "&gt;";
            break;
        case '"':
            out += "&quot;";
            break;
        default:
            out += c;
        }
    }
    return out;
}

std::string_view content_type(ParameterType type)
{
    switch (type) {
    case ParameterType::boolean:
        return "boolean";
    case ParameterType::integer:
    case ParameterType::seconds:
        return "integer";
    case ParameterType::text:
    case ParameterType::secret:
    case ParameterType::path:
    case ParameterType::account:
    case ParameterType::attribute:
    case ParameterType::table:
    case ParameterType::choice:
    case ParameterType::words:
        return "string";
    }
    return "string";
}

std::string remark(const ParameterSpec& spec)
{
    switch (spec.status) {
    case ParameterStatus::honoured:
        return {};
    case ParameterStatus::not_needed:
        return text("Accepted and without effect: ", spec.why, ".");
    case ParameterStatus::not_yet:
        return text("Not available yet, any value but the default is refused: ", spec.why, ".");
    }
    return {};
}

std::string attributes(const ParameterSpec& spec, bool ocf_1_1)
{
    std::string out = " required=\"0\""; // every one has a default
    if (!ocf_1_1)
        return text(" unique=\"", spec.unique_group.empty() ? 0 : 1, '"', out);
    if (!spec.unique_group.empty())
        out = text(" unique-group=\"", spec.unique_group, '"', out);
    return text(out, " reloadable=\"", spec.reloadable ? 1 : 0, '"');
}

void write_parameter(std::ostream& out, const ParameterSpec& spec, bool ocf_1_1)
{
    out << "<parameter name=\"" << spec.name << '"' << attributes(spec, ocf_1_1) << ">\n"
        << "<longdesc lang=\"en\">\n"
        << xml(spec.long_description) << '\n';
    if (const auto note = remark(spec); !note.empty())
        out << xml(note) << '\n';
    out << "</longdesc>\n"
        << "<shortdesc lang=\"en\">" << xml(spec.short_description) << "</shortdesc>\n"
        << "<content type=\"" << content_type(spec.type) << "\" default=\"" << xml(spec.default_value) << "\"/>\n"
        << "</parameter>\n\n";
}

std::string code(std::string_view s)
{
    return s.empty() ? "empty" : text('`', s, '`');
}

void write_markdown(std::ostream& out, const ParameterSpec& spec)
{
    out << "### " << spec.name << "\n\n" << spec.short_description << ". " << spec.long_description << "\n\n";
    if (const auto note = remark(spec); !note.empty())
        out << "**" << note << "**\n\n";
    out << "- default: " << code(spec.default_value) << "\n- value: " << expectation(spec) << '\n';
    if (spec.may_be_empty)
        out << "- may be set to nothing\n";
    out << "- a change " << (spec.reloadable ? "takes effect without a restart of the server" : "restarts the server")
        << '\n';
    if (!spec.unique_group.empty())
        out << "- no two resources on a node may have the same value\n";
    if (spec.own)
        out << "- only this agent has it\n";
    out << '\n';
}

std::string_view status_word(ParameterStatus status)
{
    switch (status) {
    case ParameterStatus::honoured:
        return "honoured";
    case ParameterStatus::not_needed:
        return "no effect";
    case ParameterStatus::not_yet:
        return "default only";
    }
    return {};
}

} // namespace

std::string metadata(const Environment& environment, std::string_view program_version)
{
    const bool ocf_1_1 = environment.speaks_ocf_1_1();
    std::ostringstream out;
    out << "<?xml version=\"1.0\"?>\n";
    if (!ocf_1_1)
        out << "<!DOCTYPE resource-agent SYSTEM \"ra-api-1.dtd\">\n";
    out << "<resource-agent name=\"mysql\" version=\"" << xml(program_version) << "\">\n"
        << "<version>1.1</version>\n\n"
        << "<longdesc lang=\"en\">\n"
        << xml(k_long) << "\n</longdesc>\n"
        << "<shortdesc lang=\"en\">" << xml(k_short) << "</shortdesc>\n\n"
        << "<parameters>\n";
    for (const auto& spec : parameter_table())
        write_parameter(out, spec, ocf_1_1);
    out << "</parameters>\n\n<actions>\n";
    for (const auto& action : k_actions)
        if (ocf_1_1 || !action.only_ocf_1_1)
            out << "<action name=\"" << action.name << "\" " << action.attributes << "/>\n";
    out << "</actions>\n</resource-agent>\n";
    return out.str();
}

std::string parameters_markdown()
{
    std::ostringstream out;
    out << "# Parameters of ocf:percona:mysql\n\n"
           "<!-- Made from src/ocf/parameter_table.cpp; a test compares the two. -->\n\n"
           "Names, meaning and defaults are those of `ocf:heartbeat:mysql` and of Percona Replication Manager: an existing "
           "primitive works when only its type is changed, unless it sets what is refused here. A value of the wrong type "
           "is refused by start and by `crm_resource --validate` with a reason that names the parameter. A server that runs "
           "goes on with the default where a change needs no restart; where it needs one, it is stopped first. A parameter "
           "that is set to nothing has its default.\n\n"
           "| parameter | default | |\n|---|---|---|\n";
    for (const auto& spec : parameter_table())
        out << "| [" << spec.name << "](#" << base::lower(spec.name) << ") | " << code(spec.default_value) << " | "
            << status_word(spec.status) << " |\n";
    out << "\n*honoured*: does what it says. *no effect*: accepted, and not needed any more. *default only*: any other "
           "value is refused in this release.\n\n";
    for (const auto& spec : parameter_table())
        write_markdown(out, spec);
    auto page = out.str();
    page.pop_back();
    return page;
}

std::string usage()
{
    return "usage: mysql ACTION\n\n"
           "The resource agent ocf:percona:mysql. Pacemaker calls it with one action and tells everything else in the "
           "environment:\n"
           "OCF_RESOURCE_INSTANCE is the name of the resource, OCF_RESKEY_NAME the parameter NAME.\n\n"
           "  start         start the server; in a promotable clone read-only, as a replica\n"
           "  stop          end the server\n"
           "  monitor       tell whether it works, and in which role (exit code 0, 8 for a primary, 7 when it does not "
           "run)\n"
           "  status        the same\n"
           "  promote       make the server the primary, if no better replica exists\n"
           "  demote        end writing, with proof\n"
           "  notify        take part in the promotion of another node\n"
           "  reload-agent  take over changed parameters without a restart\n"
           "  validate-all  check the parameters; with OCF_CHECK_LEVEL=10 this node too\n"
           "  meta-data     describe parameters and actions (XML)\n"
           "  usage         this text\n";
}

} // namespace mysql_prm::ocf
