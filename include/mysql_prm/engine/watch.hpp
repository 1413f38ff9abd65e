// What the watcher does: while this server is the recorded primary and takes writes, it runs semi-synchronous replication
// (core/sync_plan). It holds connections that were open before anything could block a login. Else it waits.
#pragma once

#include "mysql_prm/core/sync_plan.hpp"
#include "mysql_prm/engine/context.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace mysql_prm::engine {

// Launches the watcher where there is work for it and it does not run, and ends it where there is none. A failure is logged
// and left to the next monitor.
void ensure_watcher(const Context& context);

class Watch {
public:
    // One look and at most one step. Returns how long to wait until the next one. The context is new each time: its memory
    // is read from the files and never saved here. `has_quorum`: as the lease has seen it last; a replica without
    // acknowledges no more.
    [[nodiscard]] Millis look(const Context& context, bool has_quorum);

private:
    struct Peer {
        std::string host;
        std::unique_ptr<ports::Server> server;
        core::SyncPeer seen;
        std::optional<core::FilePosition> received;
        base::Since unfit, told, tried; // first seen not to follow; told to turn its side on or off; connected to
        Millis pause{0};                // until it is tried again
        base::Since refuses;            // since when nothing has listened there, as far as it was tried
        bool is_member = true;          // its node, of the cluster
        bool receives = true;           // its receiver runs, or connects and may acknowledge at any moment
        base::Since leads;              // seen to take writes, and not seen closed or known to have ended since
    };

    void rest(const Context& context);
    void fall_silent(const Context& context);
    void let_go(const Context& context, const core::ReplInfo& record);
    Result<std::unique_ptr<ports::Server>> connect_own(const Context& context, Millis patience);
    void install_sides(ports::Server& own);
    void begin(const core::ReplInfo& record);
    void end();
    // False: not now, something does not answer.
    [[nodiscard]] bool prepare(const Context& context, const core::ReplInfo& record);
    [[nodiscard]] bool find_peers(const Context& context);
    void look_at(const Context& context, Peer& peer, const core::ReplInfo& record);
    void look_for_losses(const Context& context);
    void note_fitness();
    [[nodiscard]] bool is_quiet(const Context& context);
    void look_at_source_again(const Context& context);
    void tell_monitor(const Context& context);
    void look_at_source();
    [[nodiscard]] bool counts(const Peer& peer) const;
    [[nodiscard]] std::uint32_t known_to_acknowledge() const;
    void look_again(const Context& context, const core::ReplInfo& record, const std::vector<ports::SemiSyncClient>& clients);
    void look_for_strangers(const Context& context, const core::ReplInfo& record);
    void keep_goal_honest();
    [[nodiscard]] core::SyncView view(const Context& context) const;
    [[nodiscard]] Result<void> carry_out(const Context& context, const core::SyncPlan& plan);
    [[nodiscard]] Result<void> not_succeeded(const Context& context);
    [[nodiscard]] Result<void> turn_side(const Context& context, const std::string& node, bool on);
    [[nodiscard]] Result<void> nudge(const Context& context);
    [[nodiscard]] Result<void> look_at_waiting();
    [[nodiscard]] Result<void> free_waiting();
    void complain(const std::string& problem);

    std::uint64_t m_generation = 0; // that is watched; 0: none
    bool m_rests = false;           // nothing left to turn off
    base::Since m_rest_tried;
    bool m_silent = false; // its own server receives and acknowledges no more, since this node has lost the quorum
    base::Since m_silence_tried;
    base::Since m_root_refused;
    std::unique_ptr<ports::Server> m_own;
    std::unique_ptr<ports::Server> m_nudger; // a heartbeat may wait as long as any commit
    std::map<std::string, Peer> m_peers;
    std::optional<core::SyncRecord> m_record; // in the cluster; nothing: has to be read
    bool m_certain = false;                   // written here and confirmed
    core::SemiSyncStatus m_source;
    std::uint64_t m_acknowledged = 0;
    std::string m_goal_purpose;
    std::map<std::string, core::Incarnation> m_goal_active; // who has acknowledged since the goal was set, or could have
    std::optional<core::FilePosition> m_goal;
    // What waited, and the end of the log after that was looked at.
    std::vector<std::uint64_t> m_waiting;
    std::optional<core::FilePosition> m_waiting_end;
    bool m_can_free = false;
    std::string m_partition; // when this was last asked for
    base::Since m_partition_changed;
    bool m_at_rest = false;      // at the last look
    bool m_was_promoted = false; // under this watcher: not one that was launched later
    base::Since m_peers_found, m_members_read, m_record_read, m_look_began, m_looked, m_goal_read, m_nudged,
        m_looked_at_waiting;
    base::Since m_answered; // its own server, with m_source
    bool m_waits = false;   // as it was noted for the monitor
    base::Since m_heard;    // since the last acknowledgement, or since nothing waits
    bool m_strangers = false;
    base::Since m_strangers_came;
    base::Since m_stranger, m_cut; // one that is surely none of ours: seen; cut
    std::string m_problem;         // said once
};

} // namespace mysql_prm::engine
