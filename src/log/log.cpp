#include "mysql_prm/log/log.hpp"

#include "mysql_prm/base/text.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <fcntl.h>
#include <memory>
#include <mutex>
#include <spdlog/details/null_mutex.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/syslog_sink.h>
#include <unistd.h>
#include <vector>

namespace mysql_prm::log {
namespace {

using base::text;

constexpr std::size_t k_max_exit_reason = 128; // EXIT_REASON_MAX_LEN of Pacemaker 2.1.5 to 3.0.1

// Facility names as syslog.conf spells them. HA_LOGFACILITY with any other word is taken for daemon, Pacemaker's own
// default.
constexpr std::array<std::pair<std::string_view, int>, 20> k_facilities{{
    {"auth", LOG_AUTH},
    {"authpriv", LOG_AUTHPRIV},
    {"cron", LOG_CRON},
    {"daemon", LOG_DAEMON},
    {"ftp", LOG_FTP},
    {"kern", LOG_KERN},
    {"lpr", LOG_LPR},
    {"mail", LOG_MAIL},
    {"news", LOG_NEWS},
    {"syslog", LOG_SYSLOG},
    {"user", LOG_USER},
    {"uucp", LOG_UUCP},
    {"local0", LOG_LOCAL0},
    {"local1", LOG_LOCAL1},
    {"local2", LOG_LOCAL2},
    {"local3", LOG_LOCAL3},
    {"local4", LOG_LOCAL4},
    {"local5", LOG_LOCAL5},
    {"local6", LOG_LOCAL6},
    {"local7", LOG_LOCAL7},
}};

constexpr std::string_view k_milliseconds = "%3N"; // as in date(1); strftime has nothing of the kind

struct Destinations {
    std::string name;       // "mysql(p_mysql)"
    std::string facility;   // empty: no syslog
    std::string file;       // empty: none
    std::string debug_file; // empty: none
    std::string date_format = text("%b %d %T.", k_milliseconds, ' ');
    std::string exit_reason_prefix = "ocf-exit-reason:";
    bool terminal = false;
    bool show_debug = false;

    [[nodiscard]] bool to_standard_error() const { return terminal || (facility.empty() && file.empty()); }
    [[nodiscard]] std::string tag() const { return text(name, "[", getpid(), "]"); }
};

struct State {
    Destinations to;
    std::vector<std::string> forbidden;
    std::unique_ptr<spdlog::logger> logger; // made for the first message
};

State& state()
{
    static State the_state;
    return the_state;
}

std::string date(std::string format)
{
    std::timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    std::tm local{};
    localtime_r(&now.tv_sec, &local);
    if (const auto at = format.find(k_milliseconds); at != std::string::npos) {
        const auto milliseconds = std::to_string(1000 + now.tv_nsec / 1'000'000).substr(1);
        format.replace(at, k_milliseconds.size(), milliseconds);
    }
    std::array<char, 128> out{};
    return {out.data(), std::strftime(out.data(), out.size(), format.c_str(), &local)};
}

// One write for one line, so that lines of several processes do not mix. What cannot be written is lost.
void write_line(int fd, const std::string& line)
{
    const auto bytes = line + '\n';
    [[maybe_unused]] const auto written = ::write(fd, bytes.data(), bytes.size());
}

using SinkBase = spdlog::sinks::base_sink<spdlog::details::null_mutex>;

std::string payload_of(const spdlog::details::log_msg& message)
{
    return {message.payload.data(), message.payload.size()};
}

class StandardErrorSink : public SinkBase {
public:
    explicit StandardErrorSink(std::string date_format) : m_date_format(std::move(date_format)) { }

protected:
    void sink_it_(const spdlog::details::log_msg& message) override
    {
        write_line(STDERR_FILENO, date(m_date_format) + payload_of(message));
    }
    void flush_() override { }

private:
    std::string m_date_format; // empty: no date
};

class FileSink : public SinkBase {
public:
    FileSink(std::string path, std::string date_format, std::string tag)
        : m_path(std::move(path)), m_date_format(std::move(date_format)), m_tag(std::move(tag))
    {
    }

protected:
    void sink_it_(const spdlog::details::log_msg& message) override
    {
        const int fd = ::open(m_path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0640);
        if (fd < 0)
            return;
        write_line(fd, text(date(m_date_format), m_tag, ":    ", payload_of(message)));
        ::close(fd);
    }
    void flush_() override { }

private:
    std::string m_path;
    std::string m_date_format;
    std::string m_tag;
};

int facility_number(std::string_view name)
{
    const auto* const found
        = std::find_if(k_facilities.begin(), k_facilities.end(), [&](const auto& f) { return f.first == name; });
    return found == k_facilities.end() ? LOG_DAEMON : found->second;
}

std::vector<spdlog::sink_ptr> make_sinks(const Destinations& to)
{
    if (to.terminal)
        return {std::make_shared<StandardErrorSink>(std::string{})};
    std::vector<spdlog::sink_ptr> sinks;
    if (!to.facility.empty())
        sinks.push_back(
            std::make_shared<spdlog::sinks::syslog_sink_st>(to.name, LOG_PID, facility_number(to.facility), false));
    if (!to.file.empty()) {
        sinks.push_back(std::make_shared<FileSink>(to.file, to.date_format, to.tag()));
        if (!to.debug_file.empty())
            sinks.back()->set_level(spdlog::level::info);
    }
    if (to.to_standard_error())
        sinks.push_back(std::make_shared<StandardErrorSink>(to.date_format));
    if (!to.debug_file.empty() && to.debug_file != to.file)
        sinks.push_back(std::make_shared<FileSink>(to.debug_file, to.date_format, to.tag()));
    return sinks;
}

std::string masked(std::string message)
{
    constexpr std::string_view k_mask = "******";
    for (const auto& value : state().forbidden)
        for (std::size_t at = 0; (at = message.find(value, at)) != std::string::npos; at += k_mask.size())
            message.replace(at, value.size(), k_mask);
    return message;
}

std::string one_line(std::string_view message)
{
    auto line = masked(std::string{message});
    std::replace_if(
        line.begin(), line.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; }, ' ');
    return line;
}

void log(spdlog::level::level_enum level, std::string_view prefix, const std::string& line)
{
    static std::mutex one_at_a_time; // the watcher has several threads
    const std::scoped_lock lock(one_at_a_time);
    auto& [to, forbidden, logger] = state();
    if (!logger) {
        const auto sinks = make_sinks(to);
        logger = std::make_unique<spdlog::logger>("", sinks.begin(), sinks.end());
        logger->set_level(spdlog::level::debug);
        logger->set_error_handler([](const std::string&) {});
    }
    logger->log(level, text(prefix, line));
}

} // namespace

void setup(const Lookup& environment, std::string_view agent)
{
    const auto get = [&](const char* name, const std::string& otherwise = {}) {
        auto value = environment(name).value_or("");
        return value.empty() ? otherwise : value;
    };
    Destinations to;
    const auto instance = get("OCF_RESOURCE_INSTANCE");
    to.name = instance.empty() ? std::string{agent} : text(agent, "(", instance, ")");
    to.facility = get("HA_LOGFACILITY");
    if (to.facility == "none")
        to.facility.clear();
    to.file = get("HA_LOGFILE");
    to.debug_file = get("HA_DEBUGLOG");
    to.date_format = get("HA_DATEFMT", to.date_format);
    to.exit_reason_prefix = get("OCF_EXIT_REASON_PREFIX", to.exit_reason_prefix);
    to.terminal = ::isatty(STDIN_FILENO) == 1;
    to.show_debug = get("HA_debug", "0") != "0";
    state() = State{std::move(to), {}, nullptr};
}

void forbid(const base::Secret& secret)
{
    if (secret.empty())
        return;
    auto& forbidden = state().forbidden;
    forbidden.push_back(secret.reveal());
    // A value that contains another goes first, or its rest would stay.
    std::sort(forbidden.begin(), forbidden.end(), [](const auto& a, const auto& b) { return a.size() > b.size(); });
}

void debug(std::string_view message)
{
    if (state().to.show_debug)
        log(spdlog::level::debug, "DEBUG: ", one_line(message));
}

void info(std::string_view message)
{
    log(spdlog::level::info, "INFO: ", one_line(message));
}

void warn(std::string_view message)
{
    log(spdlog::level::warn, "WARNING: ", one_line(message));
}

void error(std::string_view message)
{
    log(spdlog::level::err, "ERROR: ", one_line(message));
}

void exit_reason(std::string_view message)
{
    const auto& to = state().to;
    const auto line = one_line(message);
    write_line(STDERR_FILENO, to.exit_reason_prefix + base::shorten(line, k_max_exit_reason));
    if (!to.to_standard_error())
        log(spdlog::level::err, "ERROR: ", line);
}

} // namespace mysql_prm::log
