#include "mysql_prm/adapters/server/semi_sync_answers.hpp"

#include "mysql_prm/adapters/server/sessions.hpp"
#include "mysql_prm/base/text.hpp"

#include <algorithm>
#include <limits>
#include <map>

namespace mysql_prm::adapters::server {

using base::text;
using ports::SemiSyncClient;

namespace {

constexpr std::string_view k_prefix = "rpl_semi_sync_";

// Of a row of SHOW GLOBAL STATUS; empty where there is none.
std::string status_value(const Rows& status, const std::string& name)
{
    for (std::size_t i = 0; i < status.size(); ++i)
        if (const Row row{status, i}; base::lower(row.text({"Variable_name"})) == name)
            return row.text({"Value"});
    return "";
}

// The source's variables name its replicas in words of the same age.
std::string other_side(const SemiSyncWords& words)
{
    return words.source == "source" ? "replica" : "slave";
}

base::Millis milliseconds(std::uint64_t value)
{
    constexpr auto k_most = static_cast<std::uint64_t>(std::numeric_limits<base::Millis::rep>::max());
    return base::Millis{static_cast<base::Millis::rep>(std::min(value, k_most))};
}

struct Tag {
    std::string uuid;
    bool semi_sync = false;
};

std::map<std::uint64_t, Tag> by_connection(const Rows& tags)
{
    std::map<std::uint64_t, Tag> out;
    for (std::size_t i = 0; i < tags.size(); ++i) {
        const Row row{tags, i};
        Tag& tag = out[row.number<std::uint64_t>({"connection"})];
        const std::string name = base::lower(row.text({"name"}));
        if (name == "replica_uuid" || name == "slave_uuid")
            tag.uuid = row.text({"value"});
        else
            tag.semi_sync = row.is_on({"value"});
    }
    return out;
}

} // namespace

SemiSyncWords semi_sync_words(const Rows& status, core::Flavor flavor)
{
    const auto spelled = [&](const std::string& now, const std::string& then) {
        for (const auto& word : {now, then})
            if (!status_value(status, text(k_prefix, word, "_status")).empty())
                return word;
        return std::string{};
    };
    return {.source = spelled("source", "master"),
        .replica = spelled("replica", "slave"),
        .counts = flavor == core::Flavor::mysql};
}

std::string variables_query(const SemiSyncWords& words)
{
    std::vector<std::string> asked;
    const auto ask = [&](const std::string& spelled, const std::string& as) {
        asked.push_back(text("@@global.", k_prefix, spelled, " AS ", as));
    };
    if (!words.replica.empty())
        ask(words.replica + "_enabled", "replica_enabled");
    if (!words.source.empty()) {
        const std::string other = other_side(words);
        ask(words.source + "_enabled", "source_enabled");
        ask(words.source + "_timeout", "source_timeout");
        ask(words.source + "_wait_point", "source_wait_point");
        ask(text(words.source, "_wait_no_", other), "source_wait_no_replica");
        if (words.counts)
            ask(text(words.source, "_wait_for_", other, "_count"), "source_wait_for_replica_count");
    }
    return asked.empty() ? "" : "SELECT " + base::join(asked, ", ");
}

core::SemiSyncStatus parse_semi_sync(const SemiSyncWords& words, const Rows& variables, const Rows& status)
{
    const Row set{variables, 0};
    const auto number = [&](const char* name) {
        return base::to_int<std::uint64_t>(status_value(status, text(k_prefix, words.source, name))).value_or(0);
    };
    const auto side = [&](const std::string& word, std::string_view enabled) {
        return core::SemiSyncSide{.available = !word.empty(),
            .enabled = set.is_on({enabled}),
            .active = base::to_bool(status_value(status, text(k_prefix, word, "_status"))).value_or(false)};
    };
    return {.source = side(words.source, "source_enabled"),
        .replica = side(words.replica, "replica_enabled"),
        .clients = static_cast<std::uint32_t>(number("_clients")),
        .waiting_sessions = static_cast<std::uint32_t>(number("_wait_sessions")),
        .acknowledged = number("_yes_tx"),
        .unacknowledged = number("_no_tx"),
        .after_sync = base::lower(set.text({"source_wait_point"})) == "after_sync",
        .timeout = milliseconds(set.number<std::uint64_t>({"source_timeout"})),
        .wait_no_replica = set.is_on({"source_wait_no_replica"}),
        .wait_for_replica_count = std::max(1U, set.number<std::uint32_t>({"source_wait_for_replica_count"}))};
}

std::string source_side_on(const SemiSyncWords& words, std::uint32_t acknowledgements)
{
    const std::string prefix = text("GLOBAL rpl_semi_sync_", words.source);
    const std::string other = other_side(words);
    std::string sql = text("SET ", prefix, "_timeout = ", core::k_out_of_reach.count(), ", ", prefix,
        "_wait_point = 'AFTER_SYNC', ", prefix, "_wait_no_", other, " = ON");
    if (words.counts)
        sql += text(", ", prefix, "_wait_for_", other, "_count = ", acknowledgements);
    return sql + text(", ", prefix, "_enabled = ON");
}

std::vector<SemiSyncClient> semi_sync_clients(
    const Rows& replicas, const Rows& processlist, const Rows& tags, std::uint32_t registered)
{
    const auto dumps = dump_sessions(processlist);
    const auto tagged = by_connection(tags);
    const bool one_each = replicas.size() == dumps.size();
    std::vector<SemiSyncClient> out;
    for (std::size_t i = 0; i < replicas.size(); ++i) {
        const Row row{replicas, i};
        SemiSyncClient client{.server_id = row.number<std::uint32_t>({"Server_Id"}),
            .server_uuid = row.text({"Replica_UUID", "Slave_UUID"}),
            .connection = {},
            .semi_sync = {}};
        for (const auto& [connection, tag] : tagged) // the newest counts: a new dump of the same replica ends the old one
            if (!client.server_uuid.empty() && tag.uuid == client.server_uuid) {
                client.connection = connection;
                client.semi_sync = tag.semi_sync;
            }
        if (!client.connection && one_each && dumps.size() == 1)
            client.connection = dumps.front().id;
        if (!client.semi_sync && registered == 0)
            client.semi_sync = false;
        if (!client.semi_sync && one_each && registered == dumps.size())
            client.semi_sync = true;
        out.push_back(std::move(client));
    }
    return out;
}

ports::WaitingCommits waiting_commits(const Rows& processlist)
{
    ports::WaitingCommits waiting;
    for (std::size_t i = 0; i < processlist.size(); ++i) {
        const Row row{processlist, i};
        if (!base::lower(row.text({"State"})).starts_with("waiting for semi-sync ack from "))
            continue;
        ++waiting.sessions;
        waiting.oldest = std::max(waiting.oldest, std::chrono::seconds{row.number<std::int64_t>({"Time"})});
    }
    return waiting;
}

} // namespace mysql_prm::adapters::server
