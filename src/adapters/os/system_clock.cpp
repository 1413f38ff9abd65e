#include "mysql_prm/adapters/os/system_clock.hpp"

#include <algorithm>
#include <thread>

namespace mysql_prm::adapters::os {

std::chrono::system_clock::time_point SystemClock::wall()
{
    return std::chrono::system_clock::now();
}

void SystemClock::pause(ports::Millis duration, ports::Deadline deadline)
{
    std::this_thread::sleep_for(std::min(duration, deadline.remaining()));
}

} // namespace mysql_prm::adapters::os
