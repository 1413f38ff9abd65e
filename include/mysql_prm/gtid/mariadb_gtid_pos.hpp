// MariaDB's GTIDs: one GTID (MariadbGtid), a position (MariadbGtidPos), the state of a binary log (MariadbBinlogState).
//
// A GTID is domain-server_id-seq, "0-1-100". A position holds one for each domain and stands for "everything up to here in
// the domain's stream"; unlike a MySQL set it cannot name single transactions, so it is only as good as the rule that a
// domain's numbers grow (gtid_strict_mode=1). With strict mode off all comparisons below are indications, not proof. In
// every mode: an equal GTID does not prove an equal transaction. A server that truncated an unacknowledged 0-1-6 at crash
// recovery (--init-rpl-role=SLAVE) writes another 0-1-6 (seen on MariaDB 10.11.19); nothing in these texts shows that.
//
// Text (knowledge base, "Global Transaction ID"; sql/rpl_gtid.cc): GTIDs separated by commas, unordered; domain and
// server_id are 32 bits, seq 64 bits. Blanks and newlines are accepted around a GTID; an empty or blank text is empty; an
// empty element is an error. Failures are ErrorKind::failed with the element in the message. n is the number of GTIDs.
#pragma once

#include "mysql_prm/base/error.hpp"
#include "mysql_prm/gtid/relation.hpp"

#include <compare>
#include <cstdint>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace mysql_prm::gtid {

struct MariadbGtid {
    std::uint32_t domain = 0;
    std::uint32_t server_id = 0;
    std::uint64_t seq = 0;

    friend auto operator<=>(const MariadbGtid&, const MariadbGtid&) = default; // for sorting; says nothing about time
};

[[nodiscard]] std::string to_string(const MariadbGtid& gtid);               // "0-1-100"
[[nodiscard]] std::string to_string(const std::vector<MariadbGtid>& gtids); // "0-1-100,0-2-7", in the order given
std::ostream& operator<<(std::ostream& out, const MariadbGtid& gtid);

// gtid_slave_pos, gtid_binlog_pos, gtid_current_pos, Gtid_IO_Pos: at most one GTID for each domain.
// Mind whose value it is: Gtid_IO_Pos is empty after a restart (10.11.19), so unite it with what is known to be applied.
class MariadbGtidPos {
public:
    // The empty position: nothing in any domain.
    MariadbGtidPos() = default;

    // Fails on a malformed GTID and on a domain that is named twice. O(n log n).
    [[nodiscard]] static base::Result<MariadbGtidPos> parse(std::string_view s);

    [[nodiscard]] std::string to_string() const; // ascending domains: "0-1-100,1-3-7"; "" when empty
    [[nodiscard]] bool empty() const { return m_gtids.empty(); }
    [[nodiscard]] const std::vector<MariadbGtid>& gtids() const { return m_gtids; } // ascending by domain

    // The GTID, or its sequence number, reached in a domain; nothing when the domain is not in the position. O(log n).
    [[nodiscard]] std::optional<MariadbGtid> gtid_of(std::uint32_t domain) const;
    [[nodiscard]] std::optional<std::uint64_t> seq_of(std::uint32_t domain) const;

    // Whether this position is at or past other in each of other's domains: a higher seq, or the same GTID. O(n log n).
    // The same seq from another server_id is not contained: 0-1-100 and 0-2-100 are two transactions that two servers wrote
    // in the same place, so neither position contains the other and relation() is incomparable. True is not proof of a
    // common history below the position: a former primary's extra 0-1-101 hides below 0-2-200. diverged() is for that.
    [[nodiscard]] bool contains(const MariadbGtidPos& other) const;

    // For each domain the GTID with the higher seq. With the same seq from two server_ids (diverged, see contains()) this
    // position's GTID stays, and the result does not contain other. O(n).
    [[nodiscard]] MariadbGtidPos united(const MariadbGtidPos& other) const;

    friend bool operator==(const MariadbGtidPos&, const MariadbGtidPos&) = default;

private:
    friend class MariadbBinlogState;
    std::vector<MariadbGtid> m_gtids; // ascending by domain, each domain once
};

// The relation of a to b, by contains(). O(n log n).
[[nodiscard]] Relation relation(const MariadbGtidPos& a, const MariadbGtidPos& b);

std::ostream& operator<<(std::ostream& out, const MariadbGtidPos& pos);

// gtid_binlog_state: for each (domain, server_id) the last GTID that was ever written to the server's binary log, purged or
// not.
//
// Of a domain's entries the LAST one listed is the most recent, that is, the one in gtid_binlog_pos (MariaDB's documentation
// of gtid_binlog_state as its author wrote it, maria-developers msg06130; rpl_binlog_state::append_state puts it last). But
// the printed text goes through a sort by domain with my_qsort, which is stable only below 10 entries in all
// (sql/rpl_gtid.cc, mysys/mf_qsort.c; read, not reproduced on a server). From 10 entries on latest() may be wrong: take
// gtid_binlog_pos instead. The rest of this class does not depend on the order.
class MariadbBinlogState {
public:
    MariadbBinlogState() = default;

    // Fails on a malformed GTID and on a (domain, server_id) that is named twice. O(n log n).
    [[nodiscard]] static base::Result<MariadbBinlogState> parse(std::string_view s);

    // Ascending domains, in each ascending server_ids with the most recent GTID last; parse() gives the same state again.
    [[nodiscard]] std::string to_string() const;

    [[nodiscard]] bool empty() const { return m_gtids.empty(); }
    [[nodiscard]] const std::vector<MariadbGtid>& gtids() const { return m_gtids; } // ascending by domain, then server_id

    // The most recent GTID of each domain, by the order listed (see above for when to trust it).
    [[nodiscard]] const MariadbGtidPos& latest() const { return m_latest; }

    // The last sequence number that server_id wrote in domain, as far as this binary log saw it; nothing when it saw none.
    // O(log n).
    [[nodiscard]] std::optional<std::uint64_t> seq_of(std::uint32_t domain, std::uint32_t server_id) const;

    // This state, each GTID of pos added or raised: what the server holds including what it was provisioned with (give its
    // gtid_slave_pos), for use as the peer of diverged(). latest() follows pos only where pos has the higher seq of the
    // domain. O(n).
    [[nodiscard]] MariadbBinlogState united(const MariadbGtidPos& pos) const;

    friend bool operator==(const MariadbBinlogState&, const MariadbBinlogState&) = default;

private:
    std::vector<MariadbGtid> m_gtids; // ascending by domain and server_id, each pair once
    MariadbGtidPos m_latest;          // one entry for each domain in m_gtids
};

std::ostream& operator<<(std::ostream& out, const MariadbBinlogState& state);

// What own's binary log holds and peer's does not: for each (domain, server_id) of own whose seq is greater than peer's for
// that pair, own's last GTID, ascending. A former primary with extra events is recognised although the peer's number in the
// domain is higher: own 0-1-105,0-2-150, peer 0-1-101,0-2-200 gives 0-1-105 (some or all of 0-1-102 to 0-1-105 are extra).
// Empty: nothing found. O(n log n).
//
// What a GTID in the result means depends on whether the pair is in peer's state.
//
// It is there (peer.seq_of() has a value): peer's log does not have this transaction. That is divergence when peer can no
// longer receive it: in strict mode, when peer's highest seq in the domain has reached it. Otherwise peer may only be
// behind, so never ask with a lagging replica as the peer: ask with the server that own is going to replicate from.
//
// It is not there: not known. Peer may never have had the transaction (divergence), or it was provisioned from a copy that
// already held it. A binary log begun after a restore or RESET MASTER, a domain removed with DELETE_DOMAIN_ID, and
// log_slave_updates off leave no trace in the state. peer.united(its gtid_slave_pos) settles it for the server_ids in that
// position. For others (peer was provisioned at 0-3-120, own has 0-1-100) these texts cannot decide: treat own as diverged,
// and do not discard its data, until an administrator or the binary logs say otherwise.
//
// An empty result does not prove equal histories. Own's state is cut short by the same events, so a log begun anew hides
// what own held before. Only the last number of a pair is compared: holes below it (replication filters; strict mode off,
// where a pair's last number may even be lower than an earlier one) and a reused GTID (top of this file) stay hidden.
[[nodiscard]] std::vector<MariadbGtid> diverged(const MariadbBinlogState& own, const MariadbBinlogState& peer);

} // namespace mysql_prm::gtid
