// Between fork and exec. Everything here is async-signal-safe: no allocation, no locks; the caller prepares the vectors.
#pragma once

#include <string>
#include <vector>

namespace mysql_prm::adapters::os {

// The char* array that exec wants; the strings must outlive it.
[[nodiscard]] std::vector<char*> exec_vector(const std::vector<std::string>& strings);

// No blocked or ignored signals: exec would hand both on.
void reset_signals();

// Descriptors 3 and up vanish at exec, whoever opened them.
void close_others_at_exec();

// Writes errno to `report` and ends the child; exec's success closes `report` instead.
[[noreturn]] void report_and_exit(int report);

// exec; returns only by report_and_exit.
[[noreturn]] void exec_or_report(const char* program, char* const* argv, char* const* environment, int report);

} // namespace mysql_prm::adapters::os
