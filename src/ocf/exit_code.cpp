#include "mysql_prm/ocf/exit_code.hpp"

namespace mysql_prm::ocf {
namespace {

using base::ErrorKind;

enum class Face { starting, watching, probing, other };

Face face_of(Action action, bool is_probe)
{
    switch (action) {
    case Action::start:
    case Action::validate_all:
        return Face::starting;
    case Action::monitor:
    case Action::status:
        return is_probe ? Face::probing : Face::watching;
    case Action::stop:
    case Action::promote:
    case Action::demote:
    case Action::notify:
    case Action::meta_data:
    case Action::reload_agent:
    case Action::usage:
        return Face::other;
    }
    return Face::other;
}

} // namespace

ExitCode exit_code_for(ErrorKind kind, Action action, bool is_probe)
{
    const auto face = face_of(action, is_probe);
    const auto when = [face](Face wanted, ExitCode code) { return face == wanted ? code : ExitCode::generic_error; };
    switch (kind) {
    case ErrorKind::invalid_argument: // not_configured from a start would stop the servers that run, in the whole cluster
        return action == Action::validate_all ? ExitCode::not_configured : when(Face::starting, ExitCode::wrong_arguments);
    case ErrorKind::no_permission:
        return when(Face::starting, ExitCode::no_permission);
    case ErrorKind::not_installed:
        if (face == Face::probing)
            return ExitCode::not_running;
        return face == Face::other ? ExitCode::generic_error : ExitCode::not_installed;
    case ErrorKind::not_found:
        return when(Face::probing, ExitCode::not_running);
    case ErrorKind::not_running:
        return face == Face::probing ? ExitCode::not_running : when(Face::watching, ExitCode::not_running);
    case ErrorKind::timed_out:
    case ErrorKind::alive_but_refused:
    case ErrorKind::access_denied:
    case ErrorKind::conflict:
    case ErrorKind::data_risk:
    case ErrorKind::failed:
        return ExitCode::generic_error;
    }
    return ExitCode::generic_error;
}

} // namespace mysql_prm::ocf
