// A folder for one test, gone with it; and programs made of a few lines of shell.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace mysql_prm::adapters {

class TemporaryFolder {
public:
    TemporaryFolder()
    {
        std::string path = std::filesystem::temp_directory_path() / "mysql-prm-test-XXXXXX";
        if (::mkdtemp(path.data()) == nullptr)
            std::abort();
        m_path = path;
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    ~TemporaryFolder()
    {
        std::error_code ignored;
        std::filesystem::remove_all(m_path, ignored);
    }

    [[nodiscard]] std::string operator/(const std::string& name) const { return m_path + "/" + name; }
    [[nodiscard]] const std::string& path() const { return m_path; }

    std::string write(const std::string& name, const std::string& content) const
    {
        const auto path = *this / name;
        std::filesystem::create_directories(std::filesystem::path(path).parent_path());
        std::ofstream(path) << content;
        return path;
    }
    std::string folder(const std::string& name) const
    {
        std::filesystem::create_directories(*this / name);
        return *this / name;
    }
    std::string program(const std::string& name, const std::string& shell) const
    {
        const auto path = write(name, "#!/bin/sh\n" + shell + "\n");
        std::filesystem::permissions(path, std::filesystem::perms(0755));
        return path;
    }
    [[nodiscard]] std::string read(const std::string& name) const
    {
        std::ifstream file(*this / name);
        return {std::istreambuf_iterator<char>(file), {}};
    }

private:
    std::string m_path;
};

// Sets an environment variable for one test.
class ScopedVariable {
public:
    ScopedVariable(const std::string& name, const std::string& value) : m_name(name)
    {
        const char* before = std::getenv(name.c_str());
        m_was_set = before != nullptr;
        m_before = m_was_set ? before : "";
        ::setenv(name.c_str(), value.c_str(), 1);
    }
    ScopedVariable(const ScopedVariable&) = delete;
    ScopedVariable& operator=(const ScopedVariable&) = delete;
    ~ScopedVariable() { m_was_set ? ::setenv(m_name.c_str(), m_before.c_str(), 1) : ::unsetenv(m_name.c_str()); }

private:
    std::string m_name;
    std::string m_before;
    bool m_was_set = false;
};

} // namespace mysql_prm::adapters
