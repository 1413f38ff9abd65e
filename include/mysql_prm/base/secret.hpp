// A password. Printing, concatenating or comparing it by accident gives ****** or does not compile; reveal() is the one way
// out and is called only where a client library or a statement sent over a connection needs the bytes.
#pragma once

#include <ostream>
#include <string>
#include <utility>

namespace mysql_prm::base {

class Secret {
public:
    Secret() = default;
    explicit Secret(std::string value) : m_value(std::move(value)) { }

    [[nodiscard]] const std::string& reveal() const { return m_value; }
    [[nodiscard]] bool empty() const { return m_value.empty(); }

    friend bool operator==(const Secret&, const Secret&) = default;
    friend std::ostream& operator<<(std::ostream& out, const Secret&) { return out << "******"; }

private:
    std::string m_value;
};

} // namespace mysql_prm::base
