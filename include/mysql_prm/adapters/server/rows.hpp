// What a statement answered, as text: a value that dialects parse without a server.
#pragma once

#include "mysql_prm/base/error.hpp"
#include "mysql_prm/base/text.hpp"

#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mysql_prm::adapters::server {

struct Rows {
    std::vector<std::string> columns;
    std::vector<std::vector<std::optional<std::string>>> values; // nothing: NULL
    std::uint64_t affected = 0;

    [[nodiscard]] bool empty() const { return values.empty(); }
    [[nodiscard]] std::size_t size() const { return values.size(); }
};

// One row, read by column name in any case. Servers rename columns between versions (Master_Host, Source_Host), so every
// reader takes all names that a column ever had. The rows must outlive it.
class Row {
public:
    using Names = std::initializer_list<std::string_view>;

    Row(const Rows& rows, std::size_t index) : m_rows(&rows), m_index(index) { }

    // The value; nothing for NULL, for a column that is not there, and for a row that is not there.
    [[nodiscard]] std::optional<std::string_view> get(Names names) const;
    // NULL and missing are "".
    [[nodiscard]] std::string text(Names names) const { return std::string{get(names).value_or("")}; }
    // What the server prints for "on": everything but NULL, "", 0, OFF, NO.
    [[nodiscard]] bool is_on(Names names) const;

    // A number; 0 for NULL or missing or malformed.
    template <typename Int>
    [[nodiscard]] Int number(Names names) const
    {
        return base::to_int<Int>(get(names).value_or("")).value_or(Int{0});
    }

    // Fails when a column is not there: the statement answered something else than the dialect asked for.
    [[nodiscard]] base::Result<void> need(Names names) const;

private:
    [[nodiscard]] std::optional<std::size_t> column(Names names) const;

    const Rows* m_rows;
    std::size_t m_index;
};

} // namespace mysql_prm::adapters::server
