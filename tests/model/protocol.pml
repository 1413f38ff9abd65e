/* The promotion protocol of mysql-prm. README.md is the manual, `run` checks it.
 *
 * One process for each node; every option of its loop is one step that nothing interrupts. An action of the agent is several
 * steps, held together by pc[n]; between any two of them anything else may happen, a kill included.
 * A rule of the protocol is a macro of section 2; MUTANT_x takes one away.
 *
 * Parameters (-D): N nodes, K acknowledgements, W writes, FAULTS and their KINDS, MOVES (planned), SEMI=0 (no semi-sync) or 2 (strict), REFUSE=1
 * (on_data_loss_risk=refuse while the record is off), PROMOTE=1 (on_data_loss_risk=promote while it is on), START_OFF (begins without the guarantee), BAN=mask (may not lead), LIVE (what
 * is lost may stay lost; ends are checked), FLIP (the CIB of the minority may win when a partition heals), LAG (who was outside has
 * quorum again before it has the CIB), SPLIT (what the watcher has decided to write is written later), RESTART (a promotion that
 * fails has its server restarted), LITERAL and STRICT (known limits, see README). */

#ifndef N
#define N 3
#endif
#ifndef K
#define K 1
#endif
#ifndef W
#define W 2
#endif
#ifndef FAULTS
#define FAULTS 2
#endif
#ifndef MOVES
#define MOVES 1
#endif
#ifndef SEMI
#define SEMI 1
#endif
#if SEMI == 2 && (defined(SPLIT) || defined(FLIP) || defined(LAG))
#error "a restarted member is recorded anew in one step"
#endif
#ifndef REFUSE
#define REFUSE 0
#endif
#ifndef PROMOTE
#define PROMOTE 0
#endif
/* Kinds of faults. */
#define KILL_SERVER 1
#define LOSE_RELAY_LOG 2
#define LOSE_NODE 4
#define CUT_ALL 8
#define CUT_CLUSTER 16
#define KILL_ACTION 32
#define KILL_NOTIFY 64
#define SLOW_MEMBER 128
#define LOSE_ACK 256
#define LATE_BALLOT 512
#define KILL_WATCHER 1024
#ifndef KINDS
#define KINDS 1023
#endif
#ifdef START_OFF
#undef START_OFF
#define START_OFF 1
#else
#define START_OFF 0
#endif
#ifndef BAN
#define BAN 0
#endif

/* ---- 1. State ------------------------------------------------------------------------------------------------------ */

#define NONE 7
#define NO_VOTE 255    /* incarnation of a ballot that only tells a promise again */
#define B(n) (1 << (n))
#define IS(mask, n) ((mask) & B(n))
#define BITS(x) (((x) & 1) + (((x) >> 1) & 1) + (((x) >> 2) & 1) + (((x) >> 3) & 1) + (((x) >> 4) & 1))
#define ALL (B(N) - 1)

/* Servers. A transaction is a bit, numbered in the order of being written. */
byte rcv[N];           /* received: executed and retrieved */
byte app[N];           /* applied; binary log */
byte pnd[N];           /* commits of clients that wait for an acknowledgement in this server */
byte snt[N];           /* transactions this node has acknowledged to their source, which has not dropped the acknowledgement */
byte src[N];           /* replicates from */
byte seen[N];          /* generation this server leads or has followed */
byte jn[N];            /* last generation whose beginning this node knows itself to hold; on disk */
byte jp[N];            /* what it has to receive for that of the generation it follows */
byte jr;               /* its agent has lived to remember that it follows */
byte prom[N];          /* promised never to receive below; on disk */
byte inc[N];           /* incarnation: raised by every crash */
byte up;               /* server runs */
byte rw;               /* server takes writes */
byte ss;               /* commits wait for acknowledgements (source side) */
byte am;               /* acknowledges what it receives (replica side) */
byte quar;             /* quarantined */
byte gone;             /* node lost, not only its server */
byte out;              /* nodes outside the partition with quorum: the others cannot see their cluster layer */
bool netcut;           /* and their servers cannot be reached either */
bool forever;          /* LIVE: the partition does not heal */

/* Ballots: private attributes. */
byte bg[N], brc[N], binc[N];
byte bvis;             /* visible to the others */
/* What a node first told under the promise that holds; on disk. */
byte tg[N], trc[N], tinc[N];

/* Records in the CIB. */
typedef Record { byte g; byte node; bool on; byte sg; byte snode; byte sm; byte smi[N] };
Record r;
#if defined(FLIP) || defined(LAG)
Record old;            /* copy of those outside */
bool copied;
bool flipped;          /* the copy has won; `old` holds the truth */
bool behind;           /* the partition is over, and those who were outside read `old` still */
#endif

/* Pacemaker. */
#define IDLE 0
#define PRE 1
#define RUN 2
byte tph;              /* phase of the transition */
byte cand = NONE;
byte pend;             /* pre-promote notifications not yet done */
byte voters;           /* active in this transition */
byte unfit;            /* promotion score -INFINITY, given up; lifted when anything changes */
byte move = NONE;      /* successor of a planned move */

/* Actions. */
#define ELECT 1
#define WON 2
#define RECORDED 3
#define OFF_WRITTEN 4
#define DOOR_OPEN 5
#define DOOR_SHUT 6
#define CATCH_UP 7
byte pc[N];            /* next step of the action */
byte pg[N];            /* generation this promotion is for */
byte rok;              /* same ring since the action began */
byte risky;            /* leads though enough members are missed to lose an acknowledged write */
byte lw;               /* has to wait for the end of the last primary's lease */
bool fin_known;        /* a demote has proved the final set of the generation that is recorded */
byte fin;
bool clean;            /* and its primary has lived on, in sight, since */

/* The watcher of the recorded primary. It looks, decides and carries out one step. */
#define FOR_ON 1
#define WITH(x) (2 + (x))
#define WITHOUT(x) (2 + N + (x))
byte gp;               /* what a goal was read for; 0: none */
byte goal;             /* end of the log then */
bool writing;          /* has decided to write the sync record: */
byte wm;               /* with these members, none: off */
byte wold;             /* of those, restarted since they were looked at */

/* Budgets. */
byte faults = FAULTS;
byte moves = MOVES;
byte nxt;

/* Ghosts: nothing but assertions reads them. */
byte ackd;             /* acknowledged to clients */
bool gon;              /* the guarantee of the last primary */
byte accg, abase;      /* newest generation that accepted a write, and what it began with */
byte maxopen = 1;
byte vowed[N];         /* promises ever made */
#ifdef MUTANT_demote_without_proof
byte leak = NONE;
#endif
#ifdef MUTANT_catch_up_from_the_old_source
byte wanted;
#endif
#if defined(MUTANT_write_outlives_its_watcher) || defined(MUTANT_former_primary_keeps_the_record)
byte late_by = NONE, late_g, late;
#endif

/* Scratch, no part of the state. */
hidden byte i, m, h, low, need, missing, better, source, incomparable, unknown, dec;

/* ---- 2. Rules ------------------------------------------------------------------------------------------------------ */

#define IN(n) (!IS(out, n))
#define UP(n) (IS(up, n))
#define RW(n) (IS(rw, n))
#define QUORUM (2 * (N - BITS(out | gone)) > N)
#define MEMBERS (ALL & ~(out | gone))
#define LINK(a, b) (!netcut || (!IS(out, a) == !IS(out, b)))
#define MAX(a, b) ((a) > (b) -> (a) : (b))
#define FAULT(kind) (faults > 0 && ((KINDS) & (kind)) != 0)

/* A record is written with quorum, in the ring in which the action began. */
#if defined(MUTANT_ring_read_late) || defined(MUTANT_recorded_without_a_look)
#define MAY_RECORD(n) (IN(n) && QUORUM)
#elif defined(MUTANT_no_quorum)
#define MAY_RECORD(n) (true)
#else
#define MAY_RECORD(n) (IN(n) && QUORUM && IS(rok, n))
#endif

/* The last primary has come back since the transition was planned and was told nothing: it must not take writes. */
#ifdef MUTANT_joined_since_it_was_planned
#define IS_BACK_AND_WRITES(n) false
#else
#define IS_BACK_AND_WRITES(n) (IS(MEMBERS, n) && RW(n))
#endif

/* A promotion that fails has its server restarted. So pre-promote has applied what was received. */
#ifdef RESTART
#define HAS_APPLIED(n) ALL_APPLIED(n)
#define IS_FREE(n) (pc[n] == 0) /* Pacemaker runs one action of a resource at a time */
#else
#define IS_FREE(n) true
#define HAS_APPLIED(n) true
#endif

/* Opening needs the same: the record may be old by now. */
#ifdef MUTANT_open_without_quorum
#define MAY_OPEN(n) (true)
#elif defined(MUTANT_recorded_without_a_look)
#define MAY_OPEN(n) (IN(n) && QUORUM && IS(rok, n))
#else
#define MAY_OPEN(n) MAY_RECORD(n)
#endif
#ifdef MUTANT_lease_after_the_record
#define LATE_LEASE_OVER(n) (!IS(lw, n) || !(rw & ~B(n)))
#else
#define LATE_LEASE_OVER(n) true
#endif

#ifdef MUTANT_promise_is_not_kept_by_repair
#define KEEPS_PROMISE(n, g) (true)
#else
#define KEEPS_PROMISE(n, g) ((g) >= prom[n])
#endif

#ifdef MUTANT_elect_on_applied
#define WORTH(n) app[n]
#else
#define WORTH(n) rcv[n]
#endif

#ifdef MUTANT_apply_not_everything
#define ALL_APPLIED(n) (true)
#else
#define ALL_APPLIED(n) (app[n] == rcv[n])
#endif

/* Who leads at a risk does not know that the last primary gets no acknowledgement. */
#ifdef MUTANT_at_risk_without_lease
#define IS_STARVED(n) true
#else
#define IS_STARVED(n) (!IS(risky, n))
#endif
#ifdef MUTANT_at_risk_leads_with_less
#define AT_RISK_TOO false
#else
#define AT_RISK_TOO true
#endif

/* Without the guarantee whoever may still be a primary has to be stopped by its lease, before another is recorded: the last
 * one, and the one before, where the last never opened. */
#if defined(MUTANT_no_lease) || defined(MUTANT_lease_after_the_record)
#define LEASE_OVER(n) (true)
#elif defined(MUTANT_lease_of_the_last_only)
#define LEASE_OVER(n) (!IS(lw, n) || !RW(r.node))
#else
#define LEASE_OVER(n) ((r.on && IS_STARVED(n)) || !(rw & ~B(n)))
#endif
#if defined(MUTANT_lease_after_the_record) || defined(MUTANT_lease_of_the_last_only)
#define WAITS_FOR_LEASE lw = lw | B(me)
#else
#define WAITS_FOR_LEASE skip
#endif

#ifdef MUTANT_old_incarnation_counts
#define SAME_INCARNATION(a, b) (true)
#else
#define SAME_INCARNATION(a, b) ((a) == (b))
#endif

#ifdef MUTANT_join_without_comparison
#define COMPARES false
#else
#define COMPARES true
#endif

/* The generation that is promised. A record may fall back to an older one (FLIP): then a number is never promised twice. */
#if defined(FLIP) && !defined(MUTANT_generation_is_promised_twice)
#define NEXT(x) (MAX(prom[x], MAX(r.g, seen[x])) + 1)
#else
#define NEXT(x) (MAX(r.g, seen[x]) + 1)
#endif

/* The sync record of the generation before stays true until the new primary has replaced it. */
#ifdef MUTANT_older_sync_record_is_off
#define R_ON (r.on && r.sg == r.g)
#else
#define R_ON r.on
#endif

/* A member had followed the primary of that generation when it was recorded, whether or not its agent lived to remember it. */
#ifdef MUTANT_recorded_member_is_passed_over
#define JOINED(n) jn[n]
#else
#define JOINED(n) (r.on && IS(r.sm, n) && binc[n] == r.smi[n] && jn[n] < r.sg -> r.sg : jn[n])
#endif

/* Who has not joined the last primary that any voter has joined was passed over when that one was promoted: it does not count. */
#ifdef MUTANT_old_generation_counts_fully
#define COUNTS(n, g) true
#define IS_LATER(n) false
#else
#define COUNTS(n, g) (JOINED(n) >= (g))
#define IS_LATER(n) (JOINED(n) > JOINED(me))
#endif

/* Who holds all that a node holds which has joined a later primary need not stand behind it. */
#ifdef MUTANT_later_leads_with_less
#define GOES_BEFORE(n) IS_LATER(n)
#else
#define GOES_BEFORE(n) false
#endif

/* The last primary holds every write that it has acknowledged: when it answers, nobody else is needed for the proof. */
#ifdef MUTANT_last_primary_proves_nothing
#define PROVEN false
#else
#define PROVEN ((IS(h, r.node) && JOINED(r.node) >= r.g) || (R_ON && IS(h, r.snode) && JOINED(r.snode) >= r.sg))
#endif

/* What a member told under its promise is all that it had as that server, until it follows a primary of that generation: not before
 * that has replaced the sync record. */
#ifdef MUTANT_told_ends_with_the_record
#define FOLLOWED(n) MAX(r.g, MAX(jn[n], (IS(jr, n) -> seen[n] : 0)))
#else
#define FOLLOWED(n) MAX((R_ON -> r.sg : r.g), MAX(jn[n], (IS(jr, n) -> seen[n] : 0)))
#endif
#ifdef MUTANT_told_outlives_its_promise
#define IS_TOLD(n) (tg[n] != 0)
#else
#define IS_TOLD(n) (tg[n] > FOLLOWED(n))
#endif
#ifdef MUTANT_told_is_forgotten
#define HAD_TOLD(n) false
#elif defined(MUTANT_told_is_held_still)
#define HAD_TOLD(n) (IS_TOLD(n) && binc[n] != tinc[n] && tinc[n] == r.smi[n])
#else
#define HAD_TOLD(n) (IS_TOLD(n) && binc[n] != tinc[n] && tinc[n] == r.smi[n] && (trc[n] & ~WORTH(me)) == 0)
#endif
/* A server that does not run now and had told. Nobody can fetch from it. */
#define IS_STOPPED(n) (IS(bvis, n) && IN(n) && bg[n] > r.g && binc[n] != NO_VOTE && !IS(voters, n) && n != me && n != r.node)
#ifdef MUTANT_stopped_server_is_not_compared
#define IS_HELD(n) true
#else
#define IS_HELD(n) ((brc[n] & ~WORTH(me)) == 0)
#endif
/* A member stands for what it acknowledged. */
#define STANDS(n) ((IS(h, n) && (SAME_INCARNATION(binc[n], r.smi[n]) || HAD_TOLD(n))) || \
  (IS_STOPPED(n) && ((SAME_INCARNATION(binc[n], r.smi[n]) && IS_HELD(n)) || HAD_TOLD(n))))

#ifdef MUTANT_successor_may_lack
#define FINAL_NEEDED false
#else
#define FINAL_NEEDED (clean && r.node != me)
#endif

/* Who has acknowledged enough of it. */
#if N == 3
#define ONE (snt[0] | snt[1] | snt[2])
#define TWO ((snt[0] & snt[1]) | (snt[0] & snt[2]) | (snt[1] & snt[2]))
#else
#define ONE (snt[0] | snt[1] | snt[2] | snt[3] | snt[4])
#define TWO ((snt[0] & (snt[1] | snt[2] | snt[3] | snt[4])) | (snt[1] & (snt[2] | snt[3] | snt[4])) \
  | (snt[2] & (snt[3] | snt[4])) | (snt[3] & snt[4]))
#endif
#if K == 1
#define RECEIVED_BY_ENOUGH ONE
#else
#define RECEIVED_BY_ENOUGH TWO
#endif
#ifdef MUTANT_foreign_replica_counts
#define ENOUGH 255
#else
#define ENOUGH RECEIVED_BY_ENOUGH
#endif
#define RELEASED(n) (IS(ss, n) -> (pnd[n] & ENOUGH) : pnd[n])

/* With strict commits wait from the beginning, and as long as nobody acknowledges. */
#if SEMI == 2 && !defined(MUTANT_strict_goes_on_without)
#define GOES_ON_WITHOUT false
#else
#define GOES_ON_WITHOUT true
#endif
#if SEMI == 2 && !defined(MUTANT_strict_opens_without_waiting)
#define WAITS_FROM_THE_BEGINNING true
#else
#define WAITS_FROM_THE_BEGINNING false
#endif
/* Then nobody is left to take over from those who are gone: whoever comes is recorded beside them, or as the server it is now. */
#if SEMI == 2 && !defined(MUTANT_strict_takes_nobody_in)
#define NOBODY_STAYS(p) (COUNT(STAYS, p) < K)
#else
#define NOBODY_STAYS(p) false
#endif
#ifdef MUTANT_strict_takes_in_without_goal
#define STRICT_HAS_GOAL(x) true
#else
#define STRICT_HAS_GOAL(x) HAS_GOAL(x)
#endif

/* What a primary concludes from a record behind a change of the membership is nothing until the record is as new as that: the agent
 * waits 2 s, and 10 s beside another server that takes writes. */
#ifdef MUTANT_concludes_from_what_the_merge_left
#define RECORD_IS_TRUE true
#else
#define RECORD_IS_TRUE NOT_FLIPPED
#endif
#ifdef MUTANT_concludes_behind_its_quorum
#define CONCLUDES_FROM_OLD(n) READS_OLD(n)
#else
#define CONCLUDES_FROM_OLD(n) false
#endif
#define OLD_STAYS(x, p) (IS(old.sm, x) && CONNECTED(x, p))

/* A primary that keeps the sync record: its record, its generation, with quorum. */
#define WATCHES(n) (SEMI && RECORD_IS_TRUE && RW(n) && pc[n] == 0 && IN(n) && QUORUM && r.node == n && r.g == seen[n])
#define KEEPS_SYNC(n) (WATCHES(n) && !writing)
#define CONNECTED(x, p) (UP(x) && src[x] == (p) && UP(p) && LINK(x, p))
#define IS_MEMBER(x) (r.on && IS(r.sm, x))
/* Asked over SQL: neither the cluster nor the generation that its agent has seen is looked at. */
#define FOLLOWS(x, p) CONNECTED(x, p)
#define ACKS(x, p) (FOLLOWS(x, p) && IS(am, x))
#define HAS_GOAL(x) ((goal & ~rcv[x]) == 0)
#define ACKS_WITH_GOAL(x, p) (ACKS(x, p) && HAS_GOAL(x))
#define STAYS(x, p) (IS(r.sm, x) && FOLLOWS(x, p) && inc[x] == r.smi[x])
#define LEAVES(x, p) (IS(r.sm, x) && !STAYS(x, p))
#define UNCUT(x, p) (LEAVES(x, p) && IS(am, x))
#define TAKES_OVER(x, p) (STAYS(x, p) && IS(am, x) && HAS_GOAL(x))
/* Acknowledges, or may as soon as it is connected again, and would not be recorded. */
#ifdef MUTANT_on_while_another_acknowledges
#define LOOSE(x, p) false
#else
#define LOOSE(x, p) (src[x] == (p) && IS(am, x) && !ACKS_WITH_GOAL(x, p))
#endif
#define WAITS(x, p) (IN(x) && x != p && IS(bvis, x) && bg[x] > seen[p])
#define LATE_VOTER(x, p) (IS(voters, x) && bg[x] != 0 && !IS(bvis, x))
#define MAY_WAIT(p) (SEMI == 2 && COUNT(FOLLOWS, p) < K)
#define HAPPY(x, p) (!UP(x) || !IN(x) || x == p || src[x] == (p) || IS(quar, x))
#if N == 3
#define COUNT(F, p) ((F(0, p) != 0) + (F(1, p) != 0) + (F(2, p) != 0))
#else
#define COUNT(F, p) ((F(0, p) != 0) + (F(1, p) != 0) + (F(2, p) != 0) + (F(3, p) != 0) + (F(4, p) != 0))
#endif

/* The executed set has to hold the commits that still wait for their acknowledgement. */
#ifdef MUTANT_executed_without_waiting
#define EXECUTED(p) (app[p] & ~pnd[p])
#else
#define EXECUTED(p) app[p]
#endif
#ifdef MUTANT_members_leave_uncut
#define CUT_FIRST(p) (true)
#define LEAVE_IS_A_STEP false
#else
#define LEAVE_IS_A_STEP true
#define CUT_FIRST(p) (COUNT(UNCUT, p) == 0)
#endif

#define CAN_LEAD(x) (UP(x) && !RW(x) && IN(x) && !IS(quar, x) && !IS(unfit, x) && !IS(BAN, x) && pc[x] == 0)
#ifdef LIVE
#define RETURNS(x) (!IS(gone, x))
#else
#define RETURNS(x) (true)
#endif

#ifdef STRICT
#define ONLY_STRICT(x) x
#define UNLESS_STRICT(x) skip
#else
#define ONLY_STRICT(x) skip
#define UNLESS_STRICT(x) x
#endif

/* Who begins to receive again does not acknowledge until it is told to; the source accepts nobody else. */
#ifdef MUTANT_cut_does_not_last
#define ACCEPTED(q) (seen[me] == seen[q] && IS(ss, q))
#else
#define ACCEPTED(q) false
#endif

/* ---- 3. Pieces of steps -------------------------------------------------------------------------------------------- */

inline forget_goal()
{
  gp = 0;
  goal = 0;
}

/* What it acknowledged since the goal for turning on was read, it may have acknowledged alone. */
inline acknowledges_no_more(x)
{
#ifndef MUTANT_goal_outlives_who_acknowledged
  if :: IS(am, x) && gp == FOR_ON -> forget_goal() :: else fi;
#endif
  am = am & ~B(x)
}

inline disconnect(x)
{
  src[x] = NONE;
  acknowledges_no_more(x)
}

/* Acknowledgements that nobody waits for are forgotten. */
inline tidy()
{
  m = 0;
  for (i : 0 .. N - 1) { m = m | pnd[i] }
  for (i : 0 .. N - 1) { snt[i] = snt[i] & m };
  m = 0 /* a d_step must not end with a loop */
}

/* Clients are gone, nothing waits, read-only. */
inline close(x)
{
  if :: r.node == x -> end_watcher() :: else fi;
  rw = rw & ~B(x);
  ss = ss & ~B(x);
  pnd[x] = 0;
  src[x] = NONE;
  tidy();
}

/* What the source was told over the connection is processed all the same: the goal is read after. */
inline leave(p)
{
  forget_goal();
  if
  :: FOLLOWS(me, p) -> am = am & ~B(me) /* told so */
  :: else -> disconnect(me)             /* cut at the source */
  fi
}

inline end_watcher()
{
#ifdef MUTANT_write_outlives_its_watcher
  if :: writing && late_by == NONE -> late_by = r.node; late_g = r.sg; late = wm :: else fi;
#endif
  forget_goal();
  writing = 0;
  wm = 0;
  wold = 0;
}

/* The watcher has decided what to write. */
inline plan(members)
{
  writing = 1;
  wm = members;
  forget_goal();
#ifndef SPLIT
  write(r.node);
#endif
}

inline write(p)
{
  if
  :: BITS(wm) < K -> dec = r.snode; record_off(r.sg); r.snode = dec
  :: else ->
    r.on = 1;
    r.sg = seen[p];
    r.snode = p;
    for (i : 0 .. N - 1) {
      if
      :: !IS(wm, i) -> r.smi[i] = 0
      :: IS(wm, i) && !IS(r.sm, i) -> r.smi[i] = (IS(wold, i) -> 255 : inc[i])
      :: else
      fi
    }
    r.sm = wm;
    gon = 1
  fi;
  writing = 0;
  end_watcher()
}

inline record_off(g)
{
  r.on = 0;
  r.sg = g;
  r.snode = me;
  r.sm = 0;
  for (i : 0 .. N - 1) { r.smi[i] = 0 }
  UNLESS_STRICT(gon = 0);
}

#if defined(FLIP) || defined(LAG)
inline copy(to, from)
{
  to.g = from.g; to.node = from.node; to.on = from.on; to.sg = from.sg; to.snode = from.snode; to.sm = from.sm;
  for (i : 0 .. N - 1) { to.smi[i] = from.smi[i] }
}

inline forget_copy()
{
  old.g = 0; old.node = 0; old.on = 0; old.sg = 0; old.snode = 0; old.sm = 0;
  for (i : 0 .. N - 1) { old.smi[i] = 0 }
  copied = 0;
  flipped = 0;
  behind = 0;
}

inline swap()
{
  i = r.g; r.g = old.g; old.g = i;
  i = r.node; r.node = old.node; old.node = i;
  i = r.on; r.on = old.on; old.on = i;
  i = r.sg; r.sg = old.sg; old.sg = i;
  i = r.snode; r.snode = old.snode; old.snode = i;
  i = r.sm; r.sm = old.sm; old.sm = i;
  for (i : 0 .. N - 1) { m = r.smi[i]; r.smi[i] = old.smi[i]; old.smi[i] = m }
}
#define KEEP_COPY if :: !copied && !flipped -> copy(old, r); copied = 1 :: else fi
#define FORGET_COPY forget_copy()
#define NOT_FLIPPED (!flipped)
#ifdef FLIP
#define NEVER_FLIPS false
#else
#define NEVER_FLIPS true
#endif
#define FORGET_COPY_IF_FLIPPED if :: flipped -> forget_copy() :: else fi
#define READS_OLD(n) (behind && old.node == (n))
#else
#define KEEP_COPY skip
#define FORGET_COPY skip
#define NOT_FLIPPED (true)
#define NEVER_FLIPS true
#define FORGET_COPY_IF_FLIPPED skip
#define READS_OLD(n) false
#endif

inline cut_off(x)
{
  if :: r.node == x -> clean = 0 :: else fi;
  KEEP_COPY;
  out = out | B(x);
  forget_ballot(x);
  rok = 0;
  unfit = 0;
  faults--;
}

inline heal()
{
  out = 0;
  netcut = 0;
  rok = 0;
  unfit = 0;
}

inline catch_up()
{
#ifdef MUTANT_catch_up_from_the_old_source
  if :: source != r.node -> wanted = brc[source]; src[me] = r.node; am = am | B(me); pc[me] = CATCH_UP :: else -> fetch() fi
#else
  fetch()
#endif
}

/* From a server that takes no writes: it cannot be told an acknowledgement. */
inline fetch()
{
  if
  :: rcv[me] & ~rcv[source] -> may_not_lead(me); fail(me)
  :: else -> app[source] = rcv[source]; rcv[me] = rcv[source]; seen[me] = MAX(seen[me], seen[source]); publish(me)
  fi
}

inline end_transition(x)
{
  pc[x] = 0;
  pg[x] = 0;
  rok = rok & ~B(x);
  lw = lw & ~B(x);
  risky = risky & ~B(x);
  if
  :: cand == x -> tph = IDLE; cand = NONE; pend = 0; voters = 0; move = NONE
  :: else
  fi
}

inline may_not_lead(x)
{
  if :: cand == x -> unfit = unfit | B(x) :: else -> unfit = 0 fi /* of a transition that was dropped: the last one to end */
}

/* The server ends. */
inline end_server(x)
{
  if :: r.node == x -> clean = 0 :: else fi;
  if :: gp == WITH(x) -> forget_goal() :: else fi;
  wold = wold | (wm & ~r.sm & B(x));
  close(x);
  acknowledges_no_more(x);
  quar = quar & ~B(x);
  inc[x]++
}

/* A promotion that fails has its server restarted. What was not applied is lost; what is not lost might as well have been applied. */
inline fail(x)
{
#ifdef RESTART
  rcv[x] = app[x];
  end_server(x);
#else
  disconnect(x);
#endif
  end_transition(x)
}

inline go_down(x)
{
  end_server(x);
  up = up & ~B(x);
  unfit = 0;
  faults--;
  end_transition(x);
#ifdef MUTANT_demote_without_proof
  if :: leak == x -> leak = NONE :: else fi
#endif
#ifdef MUTANT_promise_dies_with_the_server
  prom[x] = seen[x];
#endif
}

inline joins(x, g)
{
  jn[x] = MAX(jn[x], g);
  jr = jr & ~B(x);
  jp[x] = 0;
}

/* Looked at when it promises. What is applied already will be there then, what waits in the relay log may be lost. */
inline remember(p)
{
  if :: app[p] & ~app[me] -> jp[me] = app[p]; jr = jr | B(me) :: else -> joins(me, seen[me]) fi
}

inline promise(x)
{
  /* Recorded, and ended before it could remember; or it has received what the primary held when it began to follow. */
  if
  :: r.node == x && prom[x] == r.g && jn[x] < r.g -> jn[x] = r.g
  :: IS(jr, x) && (jp[x] & ~rcv[x]) == 0 -> joins(x, seen[x])
  :: else
  fi;
  prom[x] = MAX(prom[x], NEXT(x));
  vowed[x] = MAX(vowed[x], prom[x]);
#ifdef MUTANT_no_promise
  prom[x] = seen[x];
#else
  disconnect(x);
#endif
}

inline publish(x)
{
  bg[x] = MAX(prom[x], MAX(r.g, seen[x]) + 1);
  brc[x] = WORTH(x);
  binc[x] = inc[x];
  bvis = bvis | B(x);
  if
  :: SEMI && !IS(quar, x) && !IS_TOLD(x) -> tg[x] = bg[x]; trc[x] = brc[x]; tinc[x] = binc[x]
  :: else
  fi
}

/* Not what it holds: that is no vote. */
inline tell_promise(x)
{
  bg[x] = prom[x];
  brc[x] = 0;
  binc[x] = NO_VOTE;
  bvis = bvis | B(x)
}

inline forget_told(x)
{
#ifndef MUTANT_told_outlives_its_promise
  tg[x] = 0;
  trc[x] = 0;
  tinc[x] = 0
#else
  skip
#endif
}

inline forget_ballot(x)
{
  bg[x] = 0;
  brc[x] = 0;
  binc[x] = 0;
  bvis = bvis & ~B(x);
}

/* The decision of promote: 1 lead, 2 give up, 3 catch up from `source`, 4 fail. */
inline decide()
{
  h = 0; better = 0; source = NONE; incomparable = 0; unknown = 0; dec = 1;
  need = MAX(r.g, seen[me]) + 1;
  pg[me] = 0;
  risky = risky & ~B(me);
  low = JOINED(me);
  for (i : 0 .. N - 1) {
    if
    :: IS(bvis, i) && IN(i) && bg[i] >= need ->
      pg[me] = MAX(pg[me], bg[i]); /* also of those that do not vote */
      if
      :: binc[i] != NO_VOTE && !IS(quar, i) && (IS(voters, i) || i == me || i == r.node) ->
        h = h | B(i);
        low = MAX(low, JOINED(i));
#ifndef MUTANT_stale_record_is_believed
        if :: seen[i] > r.g -> unknown = 1 :: else fi
#endif
      :: else
      fi
    :: else
    fi
  }
  /* The table of the sync record. */
  missing = 0;
  for (i : 0 .. N - 1) {
    if
    :: R_ON && IS(r.sm, i) && !STANDS(i) -> missing++
    :: else
    fi
  }
#ifdef MUTANT_silent_is_empty
  missing = 0;
#endif
  if
  :: unknown && h != ALL -> dec = 2
  :: R_ON && missing >= K && !PROVEN -> if :: PROMOTE -> risky = risky | B(me) :: else -> dec = 2 fi
  :: !R_ON && REFUSE && !PROVEN && !(fin_known && (fin & ~WORTH(me)) == 0) -> dec = 2
  :: else
  fi;
  /* Nobody who answered and counts may hold more. */
  for (i : 0 .. N - 1) {
    if
    :: i != me && IS(h, i) && COUNTS(i, low) && ((brc[i] & ~WORTH(me)) || GOES_BEFORE(i)) && (AT_RISK_TOO || !IS(risky, me)) ->
      if
      :: PROMOTE && R_ON && i == r.node && !IS(voters, i) -> risky = risky | B(me) /* its server does not run */
      :: UP(i) && !IS(BAN, i) && !IS(unfit, i) && !(move == me && r.node == i) && (IS_LATER(i) || !(WORTH(me) & ~brc[i])) -> better = 1
      :: else ->
        if
        :: !(WORTH(me) & ~brc[i]) && UP(i) && LINK(i, me) && !RW(i) && (brc[i] & ~rcv[i]) == 0 -> source = i
        :: else -> incomparable = 1
        fi
      fi
    :: else
    fi
  }
  if
  :: dec == 1 && FINAL_NEEDED && (fin & ~WORTH(me)) ->
    if :: LINK(r.node, me) && !RW(r.node) -> source = r.node :: else -> dec = 2 fi
  :: else
  fi;
  if
  :: dec == 1 && (better || incomparable) -> dec = 2
  :: dec == 1 && source != NONE -> dec = 3
  :: else
  fi;
  /* (1) where enough members are missed: only what they had may be lost. */
  for (i : 0 .. N - 1) {
    if
    :: dec == 1 && IS(risky, me) && IS(voters, i) && IS(h, i) && UP(i) && COUNTS(i, low) -> assert((ackd & rcv[i] & ~rcv[me]) == 0)
    :: else
    fi
  }
  /* A last primary that did not answer. */
  if
  :: dec == 1 && r.node != me && !IS(h, r.node) ->
    if
    :: IS_BACK_AND_WRITES(r.node) -> dec = 4
    :: !R_ON && !IS(MEMBERS, r.node) -> WAITS_FOR_LEASE
    :: else
    fi
  :: else
  fi
}

/* Where pre-promote finds already that it may not lead, nothing fails. */
inline elect(early)
{
  if :: COUNT(LATE_VOTER, me) -> faults-- :: else fi;
  decide();
  if
  :: dec == 1 -> pc[me] = WON
  :: dec == 2 -> may_not_lead(me); if :: early -> end_transition(me) :: else -> fail(me) fi
  :: dec == 4 -> fail(me)
  :: else -> pg[me] = 0; pc[me] = ELECT; catch_up()
  fi
}

/* (1) and (3): the guarantee, the administrator's refusal, the planned move. Asked at the point of no return and at opening. */
inline check_holds_everything()
{
  if
  :: ((gon || REFUSE) && !IS(risky, me)) || clean -> assert((ackd & ~app[me]) == 0)
  :: else
  fi
}

inline check_new_primary()
{
  assert(pg[me] > maxopen); /* never two primaries of one generation, never an older one after a newer one */
  check_holds_everything();
}

inline open()
{
  check_new_primary();
  end_watcher();
  maxopen = pg[me];
  ackd = ackd & app[me];
  seen[me] = pg[me];
  prom[me] = MAX(prom[me], pg[me]);
  joins(me, pg[me]);
  forget_told(me);
  rcv[me] = app[me]; /* RESET REPLICA ALL drops the relay log */
  disconnect(me);
  rw = rw | B(me);
  if :: WAITS_FROM_THE_BEGINNING -> ss = ss | B(me) :: else fi;
  unfit = 0;
  fin_known = 0;
  fin = 0;
  clean = 0;
  ONLY_STRICT(gon = 0);
  for (i : 0 .. N - 1) { if :: bg[i] <= r.g -> forget_ballot(i) :: else fi }
  end_transition(me);
}

/* ---- 4. Steps ------------------------------------------------------------------------------------------------------ */

/* Follow q, or be quarantined. Those outside read the record they knew. */
#define MAY_FOLLOW(q) (q < N && q != me && UP(me) && !RW(me) && RW(q) && (src[me] != q || seen[me] < seen[q]) && pc[me] == 0 && \
  !IS(quar, me) && LINK(me, q) && ((IN(me) && r.node == q && r.g == seen[q]) || (!IN(me) && seen[q] == seen[me])) && \
  tph != PRE && KEEPS_PROMISE(me, seen[q]))
#define FOLLOW(q) \
  :: d_step { MAY_FOLLOW(q) -> \
      printf("node %d: looks at the primary and follows it or is quarantined\n", me); follow(q, true) } \
  :: d_step { FAULT(KILL_NOTIFY) && MAY_FOLLOW(q) && !((rcv[me] & ~app[q]) && COMPARES) -> \
      printf("node %d: FAULT follows the primary, killed before it could remember\n", me); \
      faults--; follow(q, false) }

inline follow(q, lives)
{
  if
  :: (rcv[me] & ~app[q]) && COMPARES -> disconnect(me); quar = quar | B(me)
  :: else ->
    if
    :: src[me] == q -> skip /* the same server leads again: nothing is restarted */
    :: else ->
      disconnect(me);
      if :: seen[me] < seen[q] -> rcv[me] = app[me] :: else fi; /* a new source: the relay log is dropped */
      src[me] = q;
      if :: ACCEPTED(q) -> am = am | B(me) :: else fi
    fi;
    seen[me] = MAX(seen[me], seen[q]);
    prom[me] = MAX(prom[me], seen[q]);
    if :: lives -> remember(q) :: else -> jr = jr & ~B(me); jp[me] = 0 fi;
    /* Not remembered, it is over only since the record never goes back. */
    if :: tg[me] <= seen[me] && (lives || NEVER_FLIPS) -> forget_told(me) :: else fi;
    if :: bg[me] <= seen[me] -> forget_ballot(me) :: else fi
  fi
}

proctype server(byte me)
{
end:
  do
  /* -- clients -- */
  :: d_step { RW(me) && pc[me] == 0 && nxt < W -> printf("node %d: a client writes\n", me);
      if :: accg < seen[me] -> accg = seen[me]; abase = app[me] :: else fi;
      app[me] = app[me] | B(nxt); rcv[me] = rcv[me] | B(nxt); pnd[me] = pnd[me] | B(nxt);
      nxt++ }
  :: d_step { UP(me) && RELEASED(me) -> printf("node %d: the client is told OK\n", me);
      m = RELEASED(me);
      /* (2) */
#ifdef LITERAL
      assert(accg <= seen[me]);
#else
      assert(accg <= seen[me] || (m & ~abase) == 0);
#endif
#if SEMI == 2
      assert((m & ~RECEIVED_BY_ENOUGH) == 0); /* (7) */
#endif
      ackd = ackd | m;
      pnd[me] = pnd[me] & ~m;
      tidy() }
#ifdef MUTANT_demote_without_proof
  :: d_step { leak == me && nxt < W -> printf("node %d: LEAK the session that demote overlooked writes\n", me);
      app[me] = app[me] | B(nxt); rcv[me] = rcv[me] | B(nxt); pnd[me] = pnd[me] | B(nxt); nxt++; leak = NONE }
#endif

  /* -- replication -- */
  :: d_step { UP(me) && !RW(me) && src[me] != NONE && UP(src[me]) && LINK(me, src[me]) && (app[src[me]] & ~rcv[me]) -> printf("node %d: receives a transaction\n", me);
      assert((rcv[me] & ~app[src[me]]) == 0); /* (5) */
      assert(!RW(src[me]) || seen[src[me]] >= vowed[me]); /* (6) */
      low = app[src[me]] & ~rcv[me];
      low = low & (~low + 1);
      rcv[me] = rcv[me] | low;
      if
      :: IS(am, me) && IS(ss, src[me]) -> snt[me] = snt[me] | (pnd[src[me]] & (low | (low - 1)))
      :: else
      fi }
  :: d_step { FAULT(LOSE_ACK) && IS(am, me) && src[me] != NONE && IS(ss, src[me]) && UP(src[me]) && LINK(me, src[me]) &&
      (app[src[me]] & ~rcv[me]) -> printf("node %d: receives a transaction, the acknowledgement is lost\n", me);
      low = app[src[me]] & ~rcv[me];
      low = low & (~low + 1);
      rcv[me] = rcv[me] | low;
      faults-- }
#ifndef MUTANT_no_heartbeat_row
  :: d_step { IS(am, me) && src[me] != NONE && IS(ss, src[me]) && CONNECTED(me, src[me]) &&
      (pnd[src[me]] & rcv[me] & ~snt[me]) -> printf("node %d: acknowledges the heartbeat row\n", me);
      snt[me] = snt[me] | (pnd[src[me]] & rcv[me]) }
#endif
  :: d_step { UP(me) && app[me] != rcv[me] -> printf("node %d: applies what it has received\n", me); app[me] = rcv[me];
      if :: IS(jr, me) && (jp[me] & ~app[me]) == 0 -> joins(me, seen[me]) :: else fi }

  /* -- faults -- */
  :: d_step { FAULT(KILL_SERVER) && UP(me) -> printf("node %d: FAULT server killed\n", me); go_down(me) }
  :: d_step { FAULT(LOSE_RELAY_LOG) && UP(me) && app[me] != rcv[me] -> printf("node %d: FAULT server killed, relay log lost\n", me); rcv[me] = app[me]; go_down(me) }
  :: d_step { FAULT(LOSE_NODE) && !IS(gone, me) && !IS(out, me) && UP(me) -> printf("node %d: FAULT node lost\n", me);
      rcv[me] = app[me]; go_down(me); gone = gone | B(me); forget_ballot(me); rok = 0 }
  :: d_step { FAULT(CUT_ALL) && IN(me) && 2 * BITS(out | B(me)) < N && !out -> printf("node %d: FAULT node cut off, servers too\n", me); netcut = true; cut_off(me) }
  :: d_step { FAULT(CUT_CLUSTER) && IN(me) && 2 * BITS(out | B(me)) < N -> printf("node %d: FAULT node cut off\n", me); cut_off(me) }
#ifdef LIVE
  :: d_step { FAULT(CUT_ALL | CUT_CLUSTER) && !out && me == 0 -> printf("node %d: FAULT the partition will last\n", me); forever = 1 - forever; faults-- }
  :: d_step { FAULT(1023) && me == 0 -> printf("node %d: no fault will happen\n", me); faults = 0 }
#endif
  :: d_step { out && me == 0 && !forever -> printf("node %d: the partition heals\n", me); heal(); if :: NOT_FLIPPED -> FORGET_COPY :: else fi }
#ifdef LAG
  :: d_step { out && me == 0 && copied && IS(out, old.node) && RW(old.node) && r.g > old.g -> printf("node %d: the partition heals, the CIB comes later\n", me);
      heal(); behind = 1 }
  :: d_step { behind && me == 0 -> printf("node %d: the CIB has come\n", me); FORGET_COPY }
  :: d_step { CONCLUDES_FROM_OLD(me) && RW(me) && pc[me] == 0 && IS(ss, me) && old.on && COUNT(OLD_STAYS, me) < K -> printf("node %d: watcher: goes on without the members of a record that is old\n", me);
      ss = ss & ~B(me) }
#endif
#ifdef FLIP
  :: d_step { out && me == 0 && FAULT(CUT_ALL | CUT_CLUSTER) && copied -> printf("node %d: FAULT the partition heals, the CIB of those outside wins\n", me); /* the CIB of those outside wins; `old` keeps what was true */
      faults--; heal(); swap(); flipped = 1; copied = 0 }
  :: d_step { flipped && RW(me) && IN(me) && old.node == me && old.g == seen[me] && pc[me] == 0 -> printf("node %d: asserts its own record\n", me);
      swap(); FORGET_COPY }
#endif
  :: d_step { FAULT(KILL_ACTION) && pc[me] != 0 -> printf("node %d: FAULT action killed\n", me); faults--; unfit = 0;
      if
      :: pc[me] >= DOOR_OPEN && pc[me] <= DOOR_SHUT -> pc[me] = 0
      :: else -> fail(me)
      fi }
  :: d_step { FAULT(SLOW_MEMBER) && SEMI && src[me] != NONE && IS_MEMBER(me) && KEEPS_SYNC(src[me]) && STAYS(me, src[me]) && IS(am, me) -> printf("node %d: FAULT is too slow, its source cuts it off\n", me);
      faults--; leave(src[me]) }

  /* -- start; the monitor's repair; post-promote, which proves nothing by itself -- */
  :: d_step { !UP(me) && RETURNS(me) -> printf("node %d: server starts\n", me);
      if :: IS(gone, me) -> rok = 0 :: else fi; /* the ring has changed */
      up = up | B(me); gone = gone & ~B(me); unfit = 0 }
  FOLLOW(0)
  FOLLOW(1)
  FOLLOW(2)
#if N > 3
  FOLLOW(3)
  FOLLOW(4)
#endif

  :: d_step { UP(me) && IN(me) && !RW(me) && pc[me] == 0 && src[me] == r.node && seen[me] == r.g && RW(r.node) && jn[me] < r.g && !IS(jr, me) && LINK(me, r.node) ->
      printf("node %d: remembers that it follows\n", me); remember(r.node) }
  /* Its ballot is lost when it leaves the cluster, or was never published. */
#ifndef MUTANT_promise_is_not_told_again
  :: d_step { UP(me) && IN(me) && !RW(me) && pc[me] == 0 && tph == IDLE && prom[me] > r.g && !(IS(bvis, me) && bg[me] >= prom[me]) && RW(r.node) && IN(r.node) ->
      printf("node %d: tells its promise again\n", me); tell_promise(me) }
#endif

  /* -- a primary that has to go: lease, quorum lost, superseded, or the others have promised to wait for another -- */
  :: d_step { RW(me) && pc[me] == 0 && (!IN(me) || !QUORUM || (r.g > seen[me] && !READS_OLD(me))) -> printf("node %d: closes: lease, superseded, quorum\n", me);
#ifdef MUTANT_former_primary_keeps_the_record
      if :: late_by == NONE && (r.snode == me) && r.on -> late_by = me; late_g = r.sg; late = r.sm :: else fi;
#endif
      close(me) }
#ifndef MUTANT_promises_are_not_answered
  :: d_step { RW(me) && pc[me] == 0 && IN(me) && QUORUM && tph == IDLE && move == NONE && COUNT(WAITS, me) > 0 -> printf("node %d: closes: others have promised not to follow it\n", me); close(me) }
#endif

  /* -- planned move: demote -- */
  :: d_step { moves > 0 && tph == IDLE && move == NONE && CAN_LEAD(me) && QUORUM && RW(r.node) && IN(r.node) &&
      pc[r.node] == 0 && r.node != me && r.g == seen[r.node] -> printf("node %d: planned move to this node begins\n", me); moves--; move = me }
  :: d_step { move != NONE && move != me && tph == IDLE && RW(me) && IN(me) && pc[me] == 0 -> printf("node %d: demote begins, ends the watcher\n", me); pc[me] = DOOR_OPEN; end_watcher() }
  :: d_step { pc[me] == DOOR_OPEN -> printf("node %d: demote: the door is shut\n", me);
#ifdef MUTANT_demote_releases_first
      ss = ss & ~B(me);
#endif
      pc[me] = DOOR_SHUT }
  :: d_step { pc[me] == DOOR_SHUT -> printf("node %d: demote: proof, final set published\n", me); /* sessions ended, semi-sync off, read-only, proof */
      pc[me] = 0;
      close(me);
      if :: r.node == me && r.g == seen[me] && IN(me) -> fin = app[me]; fin_known = 1; clean = 1 :: else fi;
#ifdef MUTANT_demote_without_proof
      leak = me;
#endif
      }
  :: d_step { move == me && tph == IDLE && (!CAN_LEAD(me) || !QUORUM) -> printf("node %d: planned move to this node is dropped\n", me); move = NONE }

  /* -- Pacemaker: a transition that promotes -- */
  :: d_step { tph == IDLE && QUORUM && CAN_LEAD(me) && (move == NONE || move == me) && !(rw & ~out) -> printf("node %d: Pacemaker begins to promote this node\n", me);
      tph = PRE; cand = me; voters = up & ~out; pend = voters }
  :: d_step { tph != IDLE && cand == me && (!UP(me) || !IN(me)) -> printf("node %d: Pacemaker drops the transition\n", me); tph = IDLE; cand = NONE; pend = 0; voters = 0; move = NONE }

  /* -- pre-promote, on those who are there; its result is ignored -- */
  :: d_step { tph == PRE && IS(pend, me) && UP(me) && IN(me) && IS_FREE(me) -> printf("node %d: pre-promote: promise and ballot\n", me); promise(me); publish(me); pend = pend & ~B(me) }
  :: d_step { FAULT(LATE_BALLOT) && tph == PRE && IS(pend, me) && UP(me) && IN(me) && IS_FREE(me) -> printf("node %d: FAULT pre-promote: ballot not visible yet\n", me);
      faults--; promise(me); publish(me); bvis = bvis & ~B(me); pend = pend & ~B(me) }
  :: d_step { FAULT(KILL_NOTIFY) && tph == PRE && IS(pend, me) -> printf("node %d: FAULT pre-promote killed at once\n", me); faults--; pend = pend & ~B(me) }
  :: d_step { FAULT(KILL_NOTIFY) && tph == PRE && IS(pend, me) && UP(me) && IN(me) && IS_FREE(me) -> printf("node %d: FAULT pre-promote killed between promise and ballot\n", me); faults--; promise(me); pend = pend & ~B(me) }
  :: d_step { bg[me] != 0 && !IS(bvis, me) -> printf("node %d: the ballot becomes visible\n", me); bvis = bvis | B(me) }

  /* -- promote -- */
  :: d_step { tph == PRE && cand == me && UP(me) && IN(me) && !(pend & up & ~out) && pc[me] == 0 && HAS_APPLIED(me) -> printf("node %d: promote begins\n", me);
      promise(me); publish(me); tph = RUN; pend = 0; pc[me] = ELECT; rok = rok | B(me) }
  :: d_step { pc[me] == ELECT && (COUNT(LATE_VOTER, me) == 0 || FAULT(LATE_BALLOT)) -> printf("node %d: promote: decides\n", me); elect(false) }
#ifdef RESTART
  :: d_step { pc[me] == ELECT && COUNT(LATE_VOTER, me) == 0 -> printf("node %d: promote: decides, as pre-promote has done\n", me); elect(true) }
#endif
#ifdef MUTANT_catch_up_from_the_old_source
  :: d_step { pc[me] == CATCH_UP && ((rcv[me] & wanted) == wanted || !CONNECTED(me, r.node)) -> printf("node %d: promote: has caught up or gives up\n", me);
      if :: (rcv[me] & wanted) == wanted -> disconnect(me); publish(me); pc[me] = ELECT :: else -> disconnect(me); may_not_lead(me); fail(me) fi;
      wanted = 0 }
#endif
#ifdef MUTANT_open_before_recording
  :: d_step { pc[me] == WON && ALL_APPLIED(me) && LEASE_OVER(me) && MAY_RECORD(me) && !RW(me) -> printf("node %d: OPENS before recording\n", me);
      check_new_primary(); maxopen = pg[me]; ackd = ackd & app[me]; seen[me] = pg[me]; rw = rw | B(me); pc[me] = 0; }
  :: d_step { RW(me) && pg[me] != 0 && MAY_RECORD(me) -> printf("node %d: promote: records late\n", me);
      r.g = pg[me]; r.node = me; record_off(pg[me]); gon = 0; unfit = 0; end_transition(me) }
#endif
  :: d_step { pc[me] == WON && ALL_APPLIED(me) && LEASE_OVER(me) && MAY_RECORD(me) -> printf("node %d: promote: records the generation\n", me);
#if defined(MUTANT_undo_keeps_the_generation)
      if :: r.node == me -> pg[me] = r.g; maxopen = r.g - 1 :: else fi;
#endif
      check_holds_everything();
      if :: IS(risky, me) -> ackd = ackd & app[me] :: else fi;
      r.g = pg[me]; r.node = me; prom[me] = MAX(prom[me], pg[me]); FORGET_COPY_IF_FLIPPED; pc[me] = RECORDED }
  :: d_step { pc[me] == RECORDED && MAY_RECORD(me) -> printf("node %d: promote: records that the guarantee is off\n", me);
      record_off(pg[me]); joins(me, pg[me]); pc[me] = OFF_WRITTEN }
  :: d_step { pc[me] == OFF_WRITTEN && MAY_OPEN(me) && LATE_LEASE_OVER(me) -> printf("node %d: promote: opens\n", me); open() }
  :: d_step { pc[me] >= WON && pc[me] <= RECORDED && !MAY_RECORD(me) -> printf("node %d: promote: may not record, fails\n", me); fail(me) }
  :: d_step { pc[me] == OFF_WRITTEN && !MAY_OPEN(me) -> printf("node %d: promote: may not open, fails\n", me); fail(me) }

  /* -- the watcher of the primary: turns the guarantee on -- */
  :: d_step { src[me] != NONE && KEEPS_SYNC(src[me]) && !r.on && FOLLOWS(me, src[me]) && !IS(am, me) -> printf("node %d: watcher: replica is told to acknowledge\n", me);
      am = am | B(me) }
  :: d_step { KEEPS_SYNC(me) && !IS(ss, me) && !r.on && (SEMI == 2 || COUNT(ACKS, me) >= K) -> printf("node %d: watcher: commits wait from now on\n", me);
      ss = ss | B(me); forget_goal() }
  :: d_step { KEEPS_SYNC(me) && IS(ss, me) && !r.on && COUNT(ACKS, me) >= K && gp != FOR_ON -> printf("node %d: watcher: reads a goal for turning on\n", me);
      gp = FOR_ON; goal = EXECUTED(me) }
  :: d_step { KEEPS_SYNC(me) && IS(ss, me) && !r.on && gp == FOR_ON && COUNT(ACKS_WITH_GOAL, me) >= K && COUNT(LOOSE, me) == 0 -> printf("node %d: watcher: decides to record on\n", me);
      m = 0;
      for (i : 0 .. N - 1) { if :: ACKS_WITH_GOAL(i, me) -> m = m | B(i) :: else fi };
      plan(m) }
  :: d_step { KEEPS_SYNC(me) && IS(ss, me) && !r.on && COUNT(ACKS, me) < K && GOES_ON_WITHOUT -> printf("node %d: watcher: releases waiting commits\n", me);
      ss = ss & ~B(me); forget_goal() }
  /* -- a member that is to leave: cut, then a goal that the others reach -- */
  :: d_step { src[me] != NONE && IS(am, me) && KEEPS_SYNC(src[me]) && LEAVE_IS_A_STEP &&
      (!FOLLOWS(me, src[me]) || LEAVES(me, src[me]) || (r.on && !IS(r.sm, me))) && !(IS_MEMBER(me) && NOBODY_STAYS(src[me])) -> printf("node %d: watcher: is cut off by its source\n", me); leave(src[me]) }
  :: d_step { KEEPS_SYNC(r.node) && r.on && me != r.node && LEAVES(me, r.node) && COUNT(STAYS, r.node) >= K && CUT_FIRST(r.node) && gp <= WITH(N - 1) -> printf("node %d: watcher: reads a goal for going on without this node\n", me);
      gp = WITHOUT(me); goal = EXECUTED(r.node) }
  :: d_step { KEEPS_SYNC(r.node) && r.on && gp == WITHOUT(me) && LEAVES(me, r.node) && COUNT(TAKES_OVER, r.node) >= K -> printf("node %d: watcher: decides to record the others without this node\n", me);
      plan(r.sm & ~B(me)) }
  :: d_step { KEEPS_SYNC(r.node) && r.on && gp == WITHOUT(me) && !LEAVES(me, r.node) -> printf("node %d: watcher: the member is back\n", me); forget_goal() }
  :: d_step { KEEPS_SYNC(me) && r.on && COUNT(STAYS, me) < K && GOES_ON_WITHOUT -> printf("node %d: watcher: decides to record off\n", me); plan(0) }
#ifdef MUTANT_release_before_recording
  :: d_step { KEEPS_SYNC(me) && IS(ss, me) && r.on && COUNT(ACKS, me) < K -> printf("node %d: releases waiting commits while the record says on\n", me); ss = ss & ~B(me) }
#endif
#ifdef MUTANT_no_quorum
  :: d_step { SEMI && RW(me) && !IN(me) && IS(ss, me) -> printf("node %d: releases waiting commits, off only in the copy of the minority\n", me); ss = ss & ~B(me) } /* "off" in the copy of the minority */
#endif
  /* -- a newcomer: recorded, then it may acknowledge -- */
#ifdef MUTANT_newcomer_acknowledges_first
  :: d_step { src[me] != NONE && KEEPS_SYNC(src[me]) && r.on && FOLLOWS(me, src[me]) && !IS(r.sm, me) && !IS(am, me) -> printf("node %d: newcomer acknowledges before it is recorded\n", me);
      am = am | B(me) }
#endif
  :: d_step { src[me] != NONE && KEEPS_SYNC(src[me]) && r.on && FOLLOWS(me, src[me]) && !IS(r.sm, me) && !IS(am, me) &&
      ((COUNT(LEAVES, src[me]) == 0 && gp == 0) || (NOBODY_STAYS(src[me]) && (gp == 0 || gp >= WITHOUT(0)))) -> printf("node %d: watcher: reads a goal for this newcomer\n", me);
      gp = WITH(me); goal = EXECUTED(src[me]) }
#if SEMI == 2
  :: d_step { src[me] != NONE && KEEPS_SYNC(src[me]) && r.on && FOLLOWS(me, src[me]) && IS(r.sm, me) && r.smi[me] != inc[me] &&
      NOBODY_STAYS(src[me]) && (gp == 0 || gp >= WITHOUT(0)) -> printf("node %d: watcher: reads a goal for this restarted member\n", me);
      gp = WITH(me); goal = EXECUTED(src[me]) }
  :: d_step { src[me] != NONE && KEEPS_SYNC(src[me]) && r.on && FOLLOWS(me, src[me]) && IS(r.sm, me) && r.smi[me] != inc[me] &&
      NOBODY_STAYS(src[me]) && gp == WITH(me) && STRICT_HAS_GOAL(me) -> printf("node %d: watcher: decides to record the restarted member as what it is now\n", me);
      r.sm = r.sm & ~B(me);
      plan(r.sm | B(me)) }
#endif
  :: d_step { src[me] != NONE && KEEPS_SYNC(src[me]) && r.on && FOLLOWS(me, src[me]) && !IS(r.sm, me) && gp == WITH(me) && HAS_GOAL(me) -> printf("node %d: watcher: decides to record the newcomer\n", me);
      plan(r.sm | B(me)) }
  :: d_step { gp == WITH(me) && KEEPS_SYNC(r.node) && !FOLLOWS(me, r.node) -> printf("node %d: watcher: the newcomer is gone\n", me); forget_goal() }
  :: d_step { src[me] != NONE && KEEPS_SYNC(src[me]) && r.on && FOLLOWS(me, src[me]) && IS(r.sm, me) &&
      r.smi[me] == inc[me] && !IS(am, me) -> printf("node %d: watcher: member is told to acknowledge\n", me);
      am = am | B(me);
#ifndef MUTANT_goal_outlives_a_member_that_returns
      forget_goal()
#endif
      }
#if defined(MUTANT_write_outlives_its_watcher) || defined(MUTANT_former_primary_keeps_the_record)
  :: d_step { late_by == me && IN(me) && QUORUM && r.sg > late_g -> printf("node %d: LATE writes what was the sync record of its generation\n", me);
      r.on = 1; r.sg = late_g; r.snode = me; r.sm = late;
      for (i : 0 .. N - 1) { r.smi[i] = 0 };
      late_by = NONE; late_g = 0; late = 0 }
#endif
#ifdef SPLIT
  :: d_step { WATCHES(me) && writing -> printf("node %d: watcher: writes the sync record, members %d\n", me, wm); write(me) }
#endif
  :: d_step { FAULT(KILL_WATCHER) && WATCHES(me) && (gp != 0 || writing) -> printf("node %d: FAULT watcher killed\n", me); faults--; end_watcher() }
  od
}

#ifdef LIVE
/* (4): when nothing more can happen and there is quorum, a primary takes writes, has answered all of them, and everybody else follows it or is
 * quarantined with a reason. */
proctype ends()
{
  timeout;
  if
  :: !QUORUM ->
end_nobody_leads:
    false
  :: else
  fi;
  assert(tph == IDLE && RW(r.node) && IN(r.node) && seen[r.node] == r.g && nxt == W && (pnd[r.node] == 0 || MAY_WAIT(r.node)));
  assert(COUNT(HAPPY, r.node) == N)
}
#endif

init
{
  d_step {
    for (i : 0 .. N - 1) { src[i] = 0; seen[i] = 1; prom[i] = 1; jn[i] = 1 }
    src[0] = NONE;
    up = ALL;
    rw = B(0);
    r.g = 1;
    r.sg = 1;
    r.node = 0;
    r.snode = 0;
    if
    :: SEMI && !START_OFF ->
      ss = B(0); am = ALL & ~B(0); r.on = 1; r.sm = ALL & ~B(0); gon = 1
    :: WAITS_FROM_THE_BEGINNING && START_OFF -> ss = B(0)
    :: else
    fi
  }
  atomic {
    run server(0); run server(1); run server(2);
#if N > 3
    run server(3); run server(4);
#endif
#ifdef LIVE
    run ends()
#endif
  }
}
