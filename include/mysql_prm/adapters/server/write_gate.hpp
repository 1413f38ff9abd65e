// ports::WriteGate over one session.
//
// A second login is made with the first call that may block (shut_out_clients or set_read_only) and kept: a login can become
// impossible while writes are being stopped. Requests that may block run there; the first session stays free to end what
// blocks them. What is known to block super_read_only and read_only: tables locked for writing, running statements that
// write, and a commit that waits for a semi-synchronous acknowledgement.
#pragma once

#include "mysql_prm/adapters/server/session.hpp"
#include "mysql_prm/adapters/server/sessions.hpp"

#include <optional>

namespace mysql_prm::adapters::server {

class SessionWriteGate final : public ports::WriteGate {
public:
    // The session must outlive the gate.
    explicit SessionWriteGate(Session& session) : m_session(&session) { }

    Result<bool> shut_out_clients(bool shut_out) override;
    // A session that may not be ended (MySQL: SYSTEM_USER) is left: where it matters, proof() names it or read-only is
    // blocked.
    Result<std::uint32_t> end_sessions() override;
    Result<void> end_connections(Deadline deadline) override;
    // Within `wait` plus a second to take the request back. After timed_out the request is known to be withdrawn, or its
    // connection is dropped; in the latter case it may still take effect, so read the flag again.
    Result<void> set_read_only(Millis wait) override;
    Result<core::WriteProof> proof() override;
    Result<void> open() override;

    Result<std::vector<std::string>> enabled_events() override;
    // The definer, which ALTER EVENT would change to the agent's account, is kept. One event that fails does not keep the
    // others, unless it waited for a lock until its time was up: all would. The last error is returned.
    Result<void> enable_events(const std::vector<std::string>& events) override;
    Result<void> disable_events(const std::vector<std::string>& events) override;
    Result<void> stop_waiting_for_acknowledgements() override;

private:
    Result<Connection*> helper();
    Result<void> withdraw(const Statement& request);
    Result<std::vector<ClientSession>> clients();
    [[nodiscard]] std::vector<std::uint64_t> own() const;
    Result<std::vector<std::uint64_t>> end(const std::vector<ClientSession>& victims, std::optional<Deadline> deadline);
    Result<std::vector<std::string>> writers();
    Result<void> switch_events(const std::vector<std::string>& events, const std::string& clause);

    Session* m_session;
    std::optional<Connection> m_helper;
};

} // namespace mysql_prm::adapters::server
