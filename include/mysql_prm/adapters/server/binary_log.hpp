// ports::BinaryLog over one session.
#pragma once

#include "mysql_prm/adapters/server/session.hpp"

namespace mysql_prm::adapters::server {

class SessionBinaryLog final : public ports::BinaryLog {
public:
    // The session must outlive this.
    explicit SessionBinaryLog(Session& session) : m_session(&session) { }

    Result<core::FilePosition> end() override;
    // A place that is not at an event's start is not found.
    Result<core::LogTail> after(const core::FilePosition& place) override;
    Result<core::ExtraInLog> look_for(const core::ExtraTransactions& extra, Deadline deadline) override;
    Result<std::vector<ports::LogFile>> files() override;
    Result<std::string> skip_numbers(const std::set<std::uint32_t>& led, Deadline deadline) override;
    Result<void> insist_on_order() override;
    Result<void> adopt_empty(const gtid::MysqlGtidSet& gtids, Deadline deadline) override;
    Result<std::vector<std::string>> settings_that_lose() override;
    Result<std::vector<std::string>> filters() override;

private:
    Session* m_session;
};

} // namespace mysql_prm::adapters::server
