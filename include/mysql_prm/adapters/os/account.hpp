// Accounts of this machine, and what they may do with a file.
#pragma once

#include "mysql_prm/base/error.hpp"

#include <string>
#include <sys/types.h>
#include <vector>

namespace mysql_prm::adapters::os {

struct Account {
    uid_t user = 0;
    gid_t group = 0;
    std::vector<gid_t> groups; // all of them, `group` included
};

// not_installed when the user or group is unknown here. An empty group is the user's own.
[[nodiscard]] base::Result<Account> find_account(const std::string& user, const std::string& group);

// Whether that account may do what `mode` (R_OK, W_OK, X_OK) says; the kernel is asked, so that access control lists and
// read-only mounts count. Without root the question is answered for ourselves. Returns 0 or an errno.
[[nodiscard]] int access_error(const Account& account, const std::string& path, int mode);

} // namespace mysql_prm::adapters::os
