#include "mysql_prm/adapters/cluster/corosync_ring.hpp"

#include "mysql_prm/base/text.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <thread>
#include <utility>
#include <vector>

#include <corosync/cmap.h>
#include <corosync/cpg.h>
#include <poll.h>
#include <unistd.h>

namespace mysql_prm::adapters::cluster {
namespace {

using base::Millis;
using SteadyClock = std::chrono::steady_clock;

constexpr Millis k_between_messages{100};
constexpr Millis k_between_connections{500}; // of the thread that nobody waits for
constexpr Millis k_until_lost{200}; // a message on its way, which corosync may drop when its queue is full
constexpr Millis k_between_configurations{5000};
// Beyond the token's and the consensus' time, until a message has come back in the new membership.
constexpr Millis k_slack{500};
// Of corosync 3 for its default token, until they are known: longer ones would be too late for a primary.
constexpr std::uint32_t k_default_token = 1000, k_default_consensus = 1200;
constexpr std::uint64_t k_next_ring = 4; // from one membership's number to the next one's
constexpr int k_max_nodes = 1024;

} // namespace

struct CorosyncRing::Seen {
    std::atomic<SteadyClock::duration> proved{SteadyClock::duration::zero()};
    std::atomic<Millis> patience{Millis{k_default_token + k_default_consensus} + k_slack};
    std::atomic<std::uint64_t> memberships = 0;
    std::atomic<SteadyClock::duration> aware_at{SteadyClock::duration::zero()};
};

namespace {

SteadyClock::duration now() { return SteadyClock::now().time_since_epoch(); }

class Configuration { // corosync's, as it is in effect
public:
    Configuration() : m_open(cmap_initialize(&m_handle) == CS_OK) { }
    ~Configuration()
    {
        if (m_open)
            cmap_finalize(m_handle);
    }
    Configuration(const Configuration&) = delete;
    Configuration& operator=(const Configuration&) = delete;

    [[nodiscard]] std::optional<std::uint32_t> number(const std::string& key) const
    {
        std::uint32_t value = 0;
        return m_open && cmap_get_uint32(m_handle, key.c_str(), &value) == CS_OK ? std::optional{value} : std::nullopt;
    }
    [[nodiscard]] std::size_t nodes() const // 0: it does not list them
    {
        int count = 0;
        while (count < k_max_nodes && number(base::text("nodelist.node.", count, ".nodeid")))
            ++count;
        return static_cast<std::size_t>(count);
    }

private:
    cmap_handle_t m_handle = 0;
    bool m_open;
};

// One connection to corosync, until it breaks.
template <typename Seen> class Connection {
public:
    explicit Connection(Seen& seen) : m_seen(seen) { }
    ~Connection()
    {
        if (m_open)
            cpg_finalize(m_handle);
    }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    void serve()
    {
        if (!open())
            return;
        if (m_seen.proved.load() == SteadyClock::duration::zero())
            m_seen.proved = now(); // one that is joined while corosync looks for a membership never proves it
        for (;;) {
            read_configuration();
            if (!send())
                return;
            pollfd readable{m_fd, POLLIN, 0};
            const auto next = std::chrono::ceil<Millis>(m_sent + k_between_messages - now());
            const auto pause = m_is_under_way ? k_between_messages : std::max(next, Millis{1});
            if (::poll(&readable, 1, static_cast<int>(pause.count())) > 0) {
                if ((readable.revents & (POLLHUP | POLLERR)) != 0)
                    return;
                if (const auto done = cpg_dispatch(m_handle, CS_DISPATCH_ALL); done != CS_OK && done != CS_ERR_TRY_AGAIN)
                    return;
            }
        }
    }

private:
    bool open()
    {
        cpg_model_v1_data_t model{};
        model.model = CPG_MODEL_V1;
        model.cpg_deliver_fn = [](cpg_handle_t handle, const cpg_name*, std::uint32_t, std::uint32_t, void* message,
                                   std::size_t length) { self(handle).came_back(message, length); };
        model.cpg_totem_confchg_fn = [](cpg_handle_t handle, cpg_ring_id ring, std::uint32_t count,
                                         const std::uint32_t* members) {
            self(handle).see(ring, {members, members + count});
        };
        model.flags = CPG_MODEL_V1_DELIVER_INITIAL_TOTEM_CONF;
        if (cpg_model_initialize(&m_handle, CPG_MODEL_V1, reinterpret_cast<cpg_model_data_t*>(&model), this) != CS_OK)
            return false;
        m_open = true;
        unsigned node = 0;
        if (cpg_local_get(m_handle, &node) != CS_OK || cpg_fd_get(m_handle, &m_fd) != CS_OK)
            return false;
        const auto name = base::text("mysql-prm-", node, '-', ::getpid()); // of its own: what others send wakes nobody
        cpg_name group{};
        group.length = static_cast<std::uint32_t>(name.size());
        std::ranges::copy(name, group.value);
        return cpg_join(m_handle, &group) == CS_OK;
    }

    static Connection& self(cpg_handle_t handle)
    {
        void* context = nullptr;
        cpg_context_get(handle, &context);
        return *static_cast<Connection*>(context);
    }

    // Never two on their way: one that waits since an earlier membership may come back in a later one before corosync has
    // told of that, and would prove it if it could have been sent meanwhile. One that is sent again proves the first time.
    bool send()
    {
        const auto when = now();
        if (when - m_sent < (m_is_under_way ? k_until_lost : k_between_messages))
            return true;
        if (!m_is_under_way)
            m_message = when.count();
        const iovec part{&m_message, sizeof m_message};
        const auto sent = cpg_mcast_joined(m_handle, CPG_TYPE_AGREED, &part, 1);
        m_is_under_way |= sent == CS_OK;
        m_sent = when;
        return sent == CS_OK || sent == CS_ERR_TRY_AGAIN; // its queue is full
    }

    void came_back(const void* message, std::size_t length)
    {
        SteadyClock::rep sent = 0;
        if (length != sizeof sent)
            return;
        std::memcpy(&sent, message, sizeof sent);
        if (!m_is_under_way || sent != m_message) // one that was sent twice
            return;
        m_is_under_way = false;
        m_seen.proved = SteadyClock::duration{sent};
    }

    // Where all members of this one were in the one before and no other was in between, a node outside heard of itself last,
    // but for the way of one token, before this one sent the message that has not come back. Else a member may have left it
    // behind just now.
    void see(const cpg_ring_id& ring, std::vector<std::uint32_t> members)
    {
        m_configured.never();
        const auto nodes = read_configuration();
        std::ranges::sort(members);
        const bool all_were_in_the_last = std::ranges::includes(m_members, members);
        const bool is_next = ring.seq - m_ring <= k_next_ring;
        m_members = std::move(members);
        m_ring = ring.seq;
        const auto last = m_is_under_way ? SteadyClock::duration{m_message} : m_seen.proved.load();
        const auto heard = all_were_in_the_last && is_next ? last : now();
        if (m_members.size() == nodes)
            m_seen.aware_at = now();
        else // what an earlier membership left behind stays so
            m_seen.aware_at = std::max(m_seen.aware_at.load(), heard + m_seen.patience.load());
        ++m_seen.memberships;
    }

    // The time that a token may take depends on how many nodes there are, and may be configured anew. Returns their number.
    std::size_t read_configuration()
    {
        if (m_configured.elapsed() < k_between_configurations)
            return m_nodes;
        const Configuration configuration;
        const auto token = configuration.number("runtime.config.totem.token");
        const auto consensus = configuration.number("runtime.config.totem.consensus");
        if (!token || !consensus)
            return m_nodes; // as it was
        m_configured.now();
        m_seen.patience = Millis{*token} + Millis{*consensus} + k_slack;
        return m_nodes = configuration.nodes();
    }

    Seen& m_seen;
    cpg_handle_t m_handle = 0;
    bool m_open = false;
    int m_fd = -1;
    SteadyClock::duration m_sent{0};
    bool m_is_under_way = false;
    SteadyClock::rep m_message = 0; // when it was sent first
    std::vector<std::uint32_t> m_members; // of the last membership
    std::uint64_t m_ring = 0;             // its number
    base::Since m_configured;
    std::size_t m_nodes = 0; // configured; 0: not listed
};

} // namespace

CorosyncRing::CorosyncRing() : m_seen(std::make_shared<Seen>())
{
    std::thread([seen = m_seen] {
        for (;;) {
            Connection(*seen).serve();
            std::this_thread::sleep_for(k_between_connections);
        }
    }).detach();
}

RingSight CorosyncRing::look()
{
    const SteadyClock::duration proved = m_seen->proved;
    const auto silent = std::chrono::duration_cast<Millis>(now() - proved);
    const std::uint64_t memberships = m_seen->memberships;
    const auto unaware = std::chrono::ceil<Millis>(m_seen->aware_at.load() - now());
    return {.silent = proved == SteadyClock::duration::zero() ? std::nullopt : std::optional{silent},
        .patience = m_seen->patience,
        .memberships = memberships,
        .unaware = memberships == 0 ? m_seen->patience.load() : std::max(unaware, Millis{0})};
}

} // namespace mysql_prm::adapters::cluster
