// One process at a time works on a folder.
#pragma once

#include "mysql_prm/adapters/os/unique_fd.hpp"
#include "mysql_prm/base/deadline.hpp"
#include "mysql_prm/base/error.hpp"

#include <string>

namespace mysql_prm::adapters::os {

// flock(2) on the folder itself: nothing to create or clean up; the kernel drops it when the last holder is gone. Children
// hold it too until they exec. Servers do not use flock on their data directory (they lock ibdata1 by fcntl).
class FolderLock {
public:
    // Waits until the deadline: timed_out. A folder that is not there, or a file system without flock (some NFS), gives a
    // lock that holds nothing: better than no server.
    static base::Result<FolderLock> take(const std::string& folder, base::Deadline deadline);

private:
    explicit FolderLock(UniqueFd fd) : m_fd(std::move(fd)) { }
    UniqueFd m_fd;
};

} // namespace mysql_prm::adapters::os
