#include "mysql_prm/engine/context.hpp"

#include "mysql_prm/base/text.hpp"
#include "mysql_prm/log/log.hpp"

namespace mysql_prm::engine {

Memory::Memory(ports::Files& files, const Settings& settings)
    : m_files(files), m_run_path(settings.run_state_path), m_data_path(settings.data_state_path)
{
    m_saved_run = m_files.read(m_run_path).value_or("");
    m_saved_data = m_files.read(m_data_path).value_or("");
    state = core::parse_local_state(m_saved_run, m_saved_data, settings.node);
    if (m_saved_data.empty()) // a new data directory is left alone until there is something to keep in it
        m_saved_data = core::data_part(state);
    // What was written to the cluster died with the Pacemaker instance it was written to.
    if (state.pacemaker != settings.pacemaker) {
        state.pacemaker = settings.pacemaker;
        state.score.clear();
        state.readable.clear();
        state.kept_out.clear();
        state.verified = 0;
    }
}

bool Memory::save_part(const std::string& path, const std::string& content, std::string& saved)
{
    if (content == saved)
        return true;
    if (const auto done = m_files.replace(path, content); !done) {
        log::warn(base::text("cannot remember state: ", done.error().message));
        return false;
    }
    saved = content;
    return true;
}

bool Memory::save()
{
    const bool data = save_part(m_data_path, core::data_part(state), m_saved_data);
    return save_part(m_run_path, core::run_part(state), m_saved_run) && data;
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
