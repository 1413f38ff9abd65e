#pragma once

#include "mysql_prm/ports/os.hpp"

namespace mysql_prm::adapters::os {

class SystemClock : public ports::Clock {
public:
    std::chrono::system_clock::time_point wall() override;
    void pause(ports::Millis duration, ports::Deadline deadline) override;
};

} // namespace mysql_prm::adapters::os
