#include "mysql_prm/adapters/os/folder_lock.hpp"

#include "mysql_prm/adapters/os/system_clock.hpp"
#include "mysql_prm/base/text.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>

namespace mysql_prm::adapters::os {

base::Result<FolderLock> FolderLock::take(const std::string& folder, base::Deadline deadline)
{
    constexpr base::Millis k_look_again{20}; // flock has no timeout of its own
    UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd.valid())
        return FolderLock(UniqueFd());
    while (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno == EINTR)
            continue;
        if (errno != EWOULDBLOCK)
            return FolderLock(UniqueFd());
        if (deadline.expired())
            return base::fail(base::ErrorKind::timed_out, base::text("another process works on '", folder, "'"));
        SystemClock().pause(k_look_again, deadline);
    }
    return FolderLock(std::move(fd));
}

} // namespace mysql_prm::adapters::os
