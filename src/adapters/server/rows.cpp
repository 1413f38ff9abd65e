#include "mysql_prm/adapters/server/rows.hpp"

#include "mysql_prm/base/text.hpp"

namespace mysql_prm::adapters::server {

std::optional<std::size_t> Row::column(Names names) const
{
    for (const std::string_view name : names)
        for (std::size_t i = 0; i < m_rows->columns.size(); ++i)
            if (base::lower(m_rows->columns[i]) == base::lower(name))
                return i;
    return std::nullopt;
}

std::optional<std::string_view> Row::get(Names names) const
{
    const auto index = column(names);
    if (!index || m_index >= m_rows->values.size() || *index >= m_rows->values[m_index].size())
        return std::nullopt;
    const std::optional<std::string>& value = m_rows->values[m_index][*index];
    if (!value)
        return std::nullopt;
    return std::string_view{*value};
}

bool Row::is_on(Names names) const
{
    const std::string value = base::lower(get(names).value_or(""));
    return !value.empty() && value != "0" && value != "off" && value != "no";
}

base::Result<void> Row::need(Names names) const
{
    if (m_index < m_rows->values.size() && column(names))
        return {};
    return base::fail(base::ErrorKind::failed, base::text("the server's answer has no \"", *names.begin(), "\""));
}

} // namespace mysql_prm::adapters::server
