// ports::SemiSync over one session.
#pragma once

#include "mysql_prm/adapters/server/semi_sync_answers.hpp"
#include "mysql_prm/adapters/server/session.hpp"

namespace mysql_prm::adapters::server {

class SessionSemiSync final : public ports::SemiSync {
public:
    // The session must outlive this.
    explicit SessionSemiSync(Session& session) : m_session(&session) { }

    Result<ports::SemiSyncStatus> status() override;
    Result<void> install_sides() override;
    Result<void> set_source_side(bool on, std::uint32_t acknowledgements) override;
    Result<void> defuse_source_side() override;
    Result<void> set_replica_side(bool on, Deadline deadline) override;
    Result<std::vector<ports::SemiSyncClient>> clients() override;
    Result<void> cut_client(std::uint32_t server_id, Deadline deadline) override;
    Result<ports::WaitingCommits> waiting_commits() override;
    Result<std::vector<std::uint64_t>> waiting_statements() override;
    Result<void> acknowledge(const std::vector<std::uint64_t>& statements) override;
    Result<std::vector<std::string>> missing_privileges() override;
    Result<bool> is_held_up_by_accounts() override;
    Result<void> make_heartbeat_table(Deadline deadline) override;
    Result<void> commit_heartbeat(Deadline deadline) override;
    Result<void> commit_nudge(Deadline deadline) override;

private:
    Result<Rows> tags();
    Result<void> end_and_wait(const std::vector<std::uint64_t>& connections, Deadline deadline);

    Session* m_session;
};

struct SemiSyncLook {
    SemiSyncWords words;
    ports::SemiSyncStatus status;
};
[[nodiscard]] Result<SemiSyncLook> look_at_semi_sync(Session& session, Deadline deadline);

// Turns the source side off where it is there and on.
[[nodiscard]] Result<void> release_waiting_commits(Session& session);

} // namespace mysql_prm::adapters::server
