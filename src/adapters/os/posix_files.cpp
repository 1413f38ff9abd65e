#include "mysql_prm/adapters/os/posix_files.hpp"

#include "mysql_prm/adapters/os/unique_fd.hpp"
#include "mysql_prm/base/text.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

namespace mysql_prm::adapters::os {

using base::ErrorKind;
using base::text;
using ports::Result;

namespace {

constexpr std::size_t k_largest_file = 1024 * 1024;
constexpr std::size_t k_chunk = 4 * 1024 * 1024;
constexpr std::uint64_t k_left_free = 256 * 1024 * 1024;

std::unexpected<base::Error> file_failure(const std::string& what, const std::string& path)
{
    return std::unexpected(file_error(what, path, errno));
}

// Up to max bytes from here on; nothing on a read error.
std::optional<std::string> read_some(int fd, std::size_t max)
{
    std::string content;
    std::array<char, 16384> buffer{};
    while (content.size() < max) {
        const auto size = ::read(fd, buffer.data(), std::min(buffer.size(), max - content.size()));
        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0)
            return std::nullopt;
        if (size == 0)
            break;
        content.append(buffer.data(), static_cast<std::size_t>(size));
    }
    return content;
}

bool write_all(int fd, std::string_view content)
{
    while (!content.empty()) {
        const auto size = ::write(fd, content.data(), content.size());
        if (size < 0 && errno == EINTR)
            continue;
        if (size <= 0)
            return false;
        content.remove_prefix(static_cast<std::size_t>(size));
    }
    return true;
}

std::uint64_t free_bytes(const std::string& folder)
{
    std::error_code error;
    const auto space = std::filesystem::space(folder, error);
    return error ? 0 : space.available;
}

Result<void> write_new(const std::string& path, const std::string& content)
{
    ::unlink(path.c_str()); // left by a killed process that had our PID
    const UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!fd.valid())
        return file_failure("create", path);
    if (!write_all(fd.get(), content) || ::fsync(fd.get()) != 0)
        return file_failure("write", path);
    return {};
}

} // namespace

base::Error file_error(const std::string& what, const std::string& path, int error)
{
    auto kind = ErrorKind::failed;
    if (error == ENOENT || error == ENOTDIR)
        kind = ErrorKind::not_found;
    else if (error == EACCES || error == EPERM || error == EROFS)
        kind = ErrorKind::no_permission;
    return {kind, text("cannot ", what, " '", path, "': ", std::strerror(error)), error};
}

Result<std::string> PosixFiles::read(const std::string& path)
{
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)); // a FIFO must not hold us up
    if (!fd.valid())
        return file_failure("read", path);
    auto content = read_some(fd.get(), k_largest_file);
    if (!content)
        return file_failure("read", path);
    return std::move(*content);
}

Result<void> PosixFiles::replace(const std::string& path, const std::string& content)
{
    const auto folder = folder_of(path);
    if (auto made = make_folders(folder, 0755); !made)
        return made;
    const auto fresh = text(path, ".", ::getpid(), ".new");
    auto done = write_new(fresh, content);
    if (done && ::rename(fresh.c_str(), path.c_str()) != 0)
        done = file_failure("replace", path);
    if (!done) {
        ::unlink(fresh.c_str());
        return done;
    }
    return sync_folder(folder);
}

Result<void> PosixFiles::remove(const std::string& path)
{
    if (::unlink(path.c_str()) != 0 && errno != ENOENT && errno != ENOTDIR)
        return file_failure("remove", path);
    return {};
}

// A symbolic link to a folder is none: nobody follows it to remove what it points at.
std::vector<std::string> PosixFiles::folders(const std::string& path)
{
    auto names = list_folder(path).value_or(std::vector<std::string>{});
    std::erase_if(names, [&](const std::string& name) {
        std::error_code error;
        return !std::filesystem::is_directory(std::filesystem::symlink_status(path + "/" + name, error));
    });
    std::ranges::sort(names);
    return names;
}

Result<void> PosixFiles::remove_folder(const std::string& path)
{
    for (const auto& name : list_folder(path).value_or(std::vector<std::string>{}))
        if (auto removed = remove(path + "/" + name); !removed)
            return removed;
    if (::rmdir(path.c_str()) != 0 && errno != ENOENT)
        return file_failure("remove", path);
    return {};
}

std::optional<std::uint64_t> PosixFiles::free_space(const std::string& folder)
{
    std::error_code error;
    const auto space = std::filesystem::space(folder, error);
    if (error || space.capacity == 0)
        return std::nullopt;
    return space.available;
}

Result<bool> PosixFiles::copy_log(
    const std::string& from, const std::string& to, std::uint64_t size, ports::Deadline deadline)
{
    if (auto made = make_folders(folder_of(to), 0700); !made)
        return std::unexpected(made.error());
    const UniqueFd source(::open(from.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!source.valid())
        return file_failure("read", from);
    const UniqueFd target(::open(to.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!target.valid())
        return file_failure("create", to);
    auto held = file_size(to);
    if (held < size && free_bytes(folder_of(to)) < size - held + k_left_free)
        return base::fail(ErrorKind::failed, text("not enough space for '", to, "'"), ENOSPC);
    if (::lseek(source.get(), static_cast<off_t>(held), SEEK_SET) < 0
        || ::lseek(target.get(), static_cast<off_t>(held), SEEK_SET) < 0)
        return file_failure("read", from);
    while (held < size && !deadline.expired()) {
        const auto chunk = read_some(source.get(), std::min<std::uint64_t>(k_chunk, size - held));
        if (!chunk || chunk->empty())
            return file_failure("read", from);
        if (!write_all(target.get(), *chunk))
            return file_failure("write", to);
        held += chunk->size();
    }
    if (::fsync(target.get()) != 0)
        return file_failure("write", to);
    if (auto synced = sync_folder(folder_of(to)); !synced)
        return std::unexpected(synced.error());
    return held >= size;
}

std::string read_end(const std::string& path, std::uint64_t offset, std::size_t max)
{
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct stat info { };
    if (!fd.valid() || ::fstat(fd.get(), &info) != 0 || !S_ISREG(info.st_mode))
        return {};
    const auto size = static_cast<std::uint64_t>(info.st_size);
    auto from = offset <= size ? offset : 0;
    if (size - from > max)
        from = size - max;
    if (::lseek(fd.get(), static_cast<off_t>(from), SEEK_SET) < 0)
        return {};
    return read_some(fd.get(), max).value_or("");
}

std::uint64_t file_size(const std::string& path)
{
    struct stat info { };
    return ::stat(path.c_str(), &info) == 0 ? static_cast<std::uint64_t>(info.st_size) : 0;
}

bool same_file(const std::string& a, const std::string& b)
{
    struct stat first { };
    struct stat second { };
    return ::stat(a.c_str(), &first) == 0 && ::stat(b.c_str(), &second) == 0 && first.st_dev == second.st_dev
        && first.st_ino == second.st_ino;
}

bool is_folder(const std::string& path)
{
    struct stat info { };
    return ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

bool exists(const std::string& path)
{
    struct stat info { };
    return ::lstat(path.c_str(), &info) == 0;
}

Result<std::vector<std::string>> list_folder(const std::string& path)
{
    std::vector<std::string> names;
    std::error_code error;
    std::filesystem::directory_iterator entry(path, error);
    for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error))
        names.push_back(entry->path().filename().string());
    if (error)
        return std::unexpected(file_error("list", path, error.value()));
    std::ranges::sort(names);
    return names;
}

Result<void> make_folders(const std::string& path, mode_t mode)
{
    if (is_folder(path))
        return {};
    const auto parent = folder_of(path);
    if (parent != path && parent != ".")
        if (auto made = make_folders(parent, 0755); !made)
            return made;
    if (::mkdir(path.c_str(), mode) != 0 && (errno != EEXIST || !is_folder(path)))
        return file_failure("make folder", path);
    return {};
}

Result<void> sync_folder(const std::string& path)
{
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd.valid())
        return file_failure("open", path);
    if (::fsync(fd.get()) != 0 && errno != EINVAL) // EINVAL: a file system that cannot sync folders
        return file_failure("sync", path);
    return {};
}

std::string folder_of(const std::string& path)
{
    const auto end = path.find_last_not_of('/'); // "/a/b/" is "/a/b"
    const auto slash = end == std::string::npos ? 0 : path.find_last_of('/', end);
    if (slash == std::string::npos)
        return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

} // namespace mysql_prm::adapters::os
