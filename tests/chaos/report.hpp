// What a run amounts to, for a person: a table of faults by kind, and a failover as a picture.
#pragma once

#include "check.hpp"

#include <ostream>

namespace mysql_prm::chaos {

// Markdown: a row for each kind of fault, and the sums. Of those that struck.
void print_table(const Verdict& verdict, std::ostream& out);

// Markdown: a row for each fault, in their order.
void print_faults(const Verdict& verdict, std::ostream& out);

// A line for each broken rule, and for the first ones what happened within 5 s of it.
void print_broken(const History& history, const Verdict& verdict, std::ostream& out);

// SVG: one lane for each node with what its agent said, one for the clients' acknowledgements, from 1 s before the fault to
// 1 s after the first acknowledgement behind the longest gap. index: of history.faults.
void draw_timeline(const History& history, std::size_t index, std::ostream& out);

} // namespace mysql_prm::chaos
