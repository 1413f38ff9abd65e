#include "mysql_prm/engine/context.hpp"

#include "mysql_prm/base/text.hpp"
#include "mysql_prm/log/log.hpp"

namespace mysql_prm::engine {

Memory::Memory(ports::Files& files, std::string path, const std::string& pacemaker) : m_files(files), m_path(std::move(path))
{
    if (const auto content = m_files.read(m_path))
        state = core::parse_local_state(*content);
    m_saved = state;
    // What was written to the cluster died with the Pacemaker instance it was written to.
    if (state.pacemaker != pacemaker) {
        state.pacemaker = pacemaker;
        state.score.clear();
        state.readable.clear();
        state.kept_out.clear();
        state.verified = 0;
    }
}

bool Memory::save()
{
    if (state == m_saved)
        return true;
    if (const auto done = m_files.replace(m_path, core::to_string(state)); !done) {
        log::warn(base::text("cannot remember state: ", done.error().message));
        return false;
    }
    m_saved = state;
    return true;
}

std::optional<core::ReplInfo> Memory::record() const
{
    if (state.record.empty())
        return std::nullopt;
    auto info = core::parse_repl_info(state.record);
    return info ? std::optional{std::move(*info)} : std::nullopt;
}

std::int64_t now_seconds(const Context& context)
{
    return std::chrono::duration_cast<std::chrono::seconds>(context.ports.clock.wall().time_since_epoch()).count();
}

bool is_no_cluster(const base::Error& error)
{
    return error.kind == base::ErrorKind::not_running;
}

} // namespace mysql_prm::engine
