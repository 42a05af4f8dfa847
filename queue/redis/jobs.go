package redis

import "github.com/sockethub/sockethub/queue"

// The jobs of a node on Redis. Each method changes the ledger and appends what
// the log has to know under one lock, so that the log has all in the order in
// which it happened. What it confirms comes back through reply.
//
//	Push, claimed      HSET active ID sealed
//	Push, waiting      RPUSH waiting:INSTANCE sealed        the first of a line with its
//	Requeue            LPUSH waiting:INSTANCE sealed        time to live: MULTI … EXPIRE EXEC
//	Claim              MULTI  LREM waiting:INSTANCE 1 sealed  HSET active ID sealed  EXEC
//	Finish, Settle     HDEL active ID…
//	Remove, Displace   HDEL active ID, or LREM waiting:INSTANCE 1 sealed
//
// LREM finds exactly that job, because no two sealed texts are equal, and finds
// it at the front when jobs are claimed in order.

// kind is what a group of commands was for.
type kind uint8

const (
	record  kind = iota // of one job: its pending operation
	claim               // the same, by MULTI
	rebuild             // of several jobs: a list written anew
	erase               // of jobs that are out of the ledger already
	beat                // the heartbeat
	cleanup             // the keys of former names
	ping                // that the link of the records lives
)

// mark is an operation on a job: stale once the job's version is another.
type mark struct {
	entry   *queue.Entry
	version uint64
}

func (s *store) Push(job *queue.Job, generation uint64, confirmed func(error)) error {
	now := s.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.refuses(now)
	if err != nil {
		s.ledger.Stats.Refused++
		return err
	}
	e, err := s.ledger.Push(job, generation)
	if err != nil {
		return err
	}
	s.await(e, queue.Pushing, confirmed, now)
	if s.begin(now) {
		if generation != 0 {
			s.appendActive(e)
		} else {
			s.appendWaiting(e, "RPUSH")
		}
		s.jobs.commit()
	}
	return nil
}

func (s *store) Claim(instance string, generation uint64, full func(queue.Turn) bool, confirmed func(error)) *queue.Job {
	now := s.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	e := s.ledger.Claim(instance, generation, full)
	if e == nil {
		return nil
	}
	s.await(e, queue.Claiming, confirmed, now)
	if s.begin(now) {
		b := appendCommand(s.jobs.buf, "MULTI")
		b = s.appendUnlist(b, e)
		b = s.appendHSet(b, e)
		s.jobs.buf = appendCommand(b, "EXEC")
		s.jobs.expect(expected{to: s, replies: 4, at: now, kind: claim, entry: e, version: e.Version, instance: instance, command: "HSET", key: s.keys.active})
		s.jobs.commit()
	}
	return e.Job
}

func (s *store) Finish(id, generation uint64) (*queue.Job, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.ledger.Claimed(id, generation)
	if e == nil {
		return nil, false
	}
	s.ledger.Stats.Finished++
	return s.take(e), true
}

func (s *store) Remove(id uint64) (*queue.Job, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.ledger.Entry(id)
	if e == nil {
		return nil, false
	}
	s.ledger.Stats.Removed++
	return s.take(e), true
}

func (s *store) Displace(instance string, turn queue.Turn) *queue.Job {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.ledger.Longest(instance, turn)
	if e == nil {
		return nil
	}
	s.ledger.Stats.Removed++
	return s.take(e)
}

func (s *store) Settle(instance string, generation uint64) []*queue.Job {
	s.mu.Lock()
	defer s.mu.Unlock()
	var jobs []*queue.Job
	for _, e := range s.ledger.ClaimedBy(instance, generation) {
		jobs = append(jobs, s.take(e))
	}
	s.ledger.Stats.Settled += uint64(len(jobs))
	return jobs
}

func (s *store) Requeue(job *queue.Job, confirmed func(error)) error {
	now := s.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return queue.ErrClosed
	}
	e, err := s.ledger.Requeue(job)
	if err != nil {
		return err
	}
	s.await(e, queue.Requeuing, confirmed, now)
	if s.begin(now) {
		s.appendWaiting(e, "LPUSH")
		s.jobs.commit()
	}
	return nil
}

func (s *store) Waiting(instance string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ledger.Waiting(instance)
}

// refuses returns why no new job is accepted.
func (s *store) refuses(now int64) error {
	if s.closed {
		return queue.ErrClosed
	}
	return s.jobs.refuses(now)
}

// begin locks the link, unless nothing can be sent. What is not sent now is left
// to reconcile, which compares the whole ledger with Redis.
func (s *store) begin(now int64) bool { return !s.closed && s.jobs.begin(now) }

// await notes an operation that has to be confirmed.
func (s *store) await(e *queue.Entry, op queue.Operation, confirmed func(error), now int64) {
	e.Pending, e.Confirm, e.Since = op, confirmed, now
}

// take takes a job out of the ledger and out of the log.
func (s *store) take(e *queue.Entry) *queue.Job {
	now := s.now()
	if s.begin(now) {
		x := expected{to: s, replies: 1, at: now, kind: erase}
		if e.Generation == 0 {
			x.instance, x.command, x.key = e.Job.Instance, "LREM", s.keys.waiting+e.Job.Instance
			s.jobs.buf = s.appendUnlist(s.jobs.buf, e)
		} else {
			x.command, x.key = "HDEL", s.keys.active
			b := appendArray(s.jobs.buf, 3)
			b = appendBulk(b, "HDEL")
			b = appendBulk(b, s.keys.active)
			s.jobs.buf = appendBulkUint(b, e.Job.ID)
		}
		s.jobs.expect(x)
		s.jobs.commit()
	}
	if e.Confirm != nil {
		s.deliverLater(e.Confirm, queue.ErrGone)
	}
	return s.ledger.Remove(e)
}

// appendActive records a claimed job. The link is locked.
func (s *store) appendActive(e *queue.Entry) {
	s.jobs.buf = s.appendHSet(s.jobs.buf, e)
	s.jobs.expect(expected{to: s, replies: 1, at: e.Since, kind: record, entry: e, version: e.Version, command: "HSET", key: s.keys.active})
}

func (s *store) appendHSet(b []byte, e *queue.Entry) []byte {
	b = appendArray(b, 4)
	b = appendBulk(b, "HSET")
	b = appendBulk(b, s.keys.active)
	b = appendBulkUint(b, e.Job.ID)
	b = appendBulkLen(b, len(e.Job.Payload)+sealedOverhead)
	b = s.sealJob(b, e.Job)
	return append(b, '\r', '\n')
}

// appendWaiting records a waiting job at an end of its line. The link is locked.
func (s *store) appendWaiting(e *queue.Entry, command string) {
	e.Sealed = s.sealJob(nil, e.Job)
	instance := e.Job.Instance
	key := s.keys.waiting + instance
	x := expected{to: s, replies: 1, at: e.Since, kind: record, entry: e, version: e.Version, command: command, key: key}
	b := s.jobs.buf
	list := s.list(instance)
	first := list.length <= 0
	if first {
		b = appendCommand(b, "MULTI")
	}
	b = appendArray(b, 3)
	b = appendBulk(b, command)
	b = appendBulk(b, key)
	b = appendBulk(b, e.Sealed)
	if first {
		b = appendCommand(b, "EXPIRE", key, keySeconds)
		b = appendCommand(b, "EXEC")
		x.replies = 4
	}
	s.jobs.buf = b
	list.length++
	list.unanswered++
	x.instance = instance
	s.jobs.expect(x)
}

// waitingList is what is known of a list on Redis.
type waitingList struct {
	length     int // after all that was sent
	unanswered int // groups of commands about it
}

// list finds or notes a list that may exist on Redis.
func (s *store) list(instance string) *waitingList {
	list := s.lists[instance]
	if list == nil {
		list = new(waitingList)
		s.lists[instance] = list
	}
	return list
}

// appendUnlist takes a job out of its list on Redis. What is expected carries the
// instance.
func (s *store) appendUnlist(b []byte, e *queue.Entry) []byte {
	instance := e.Job.Instance
	b = appendArray(b, 4)
	b = appendBulk(b, "LREM")
	b = appendBulk(b, s.keys.waiting+instance)
	b = appendBulk(b, "1")
	b = appendBulk(b, e.Sealed)
	list := s.list(instance)
	list.length--
	list.unanswered++
	return b
}

// sealJob appends a job's payload as Redis gets it: only its owner's secret
// opens it, and only under its node, instance and id.
func (s *store) sealJob(dst []byte, job *queue.Job) []byte {
	s.place = boundToJob(s.place[:0], s.node, job.Instance, job.ID)
	return s.seal.owner(job.Owner).Seal(dst, nil, job.Payload, s.place)
}

// reply takes the answers of Redis, on the goroutine that reads them.
func (s *store) reply(x *expected, reply any, err error) {
	if err != nil && x.command != "" && s.ails() {
		s.log.Warn("the store refuses commands", "error", detail(err))
	}
	switch {
	case x.kind == beat:
		s.beaten(x, reply)
	case x.replies > 0 || x.kind == ping:
	case x.kind == rebuild:
		for _, m := range x.batch {
			s.conclude(m, x.err, false)
		}
		s.recount(x)
	case x.kind == erase:
		s.erased(x)
	case x.kind == cleanup:
		s.cleaned(x)
	default:
		s.conclude(mark{x.entry, x.version}, x.err, x.kind == claim && codeOf(err) != "EXECABORT")
		s.recount(x)
	}
}

// ails notes that Redis refuses commands. It reports true once, until a heartbeat is
// taken again.
func (s *store) ails() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	said := s.saidRefused
	s.saidRefused = true
	return !said
}

// lost is told of commands whose replies never came. Reconcile finds out which of
// them were done.
func (s *store) lost(*expected) {}

// conclude ends the pending operation of a job. halfway says that a refused
// MULTI may have been done in part.
func (s *store) conclude(m mark, err error, halfway bool) {
	s.mu.Lock()
	e := m.entry
	if err != nil {
		s.health = err
		s.broken = s.broken || halfway || codeOf(err) == errForeignCode
	}
	if e.Version != m.version || e.Pending == queue.Nothing {
		// Nobody waits for it: the job was taken out, or it was recorded before
		// and is missing now.
		s.broken = s.broken || err != nil && e.Version == m.version
		s.mu.Unlock()
		return
	}
	op, confirm := e.Pending, e.Confirm
	e.Pending, e.Confirm = queue.Nothing, nil
	switch {
	case err == nil && op == queue.Pushing:
		s.ledger.Stats.Pushed++
	case err == nil:
	case op == queue.Claiming:
		s.ledger.Unclaim(e)
	case op == queue.Pushing:
		s.ledger.Stats.Refused++
		s.ledger.Remove(e)
	default:
		s.ledger.Remove(e)
	}
	if err == nil && e.Generation != 0 {
		e.Sealed = nil // only a list needs it again
	}
	s.mu.Unlock()
	confirm(err)
}

// erased notes when Redis did not forget what memory has forgotten.
func (s *store) erased(x *expected) {
	if x.err != nil {
		s.mu.Lock()
		s.health = x.err
		s.broken = true
		s.mu.Unlock()
	}
	s.recount(x)
}

// recount notes an answer about a list. One that is empty on Redis is forgotten;
// the length of one whose commands were refused is doubted: 0 makes the next push
// set the time to live, which is always right.
func (s *store) recount(x *expected) {
	if x.instance == "" {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	list := s.lists[x.instance]
	if list == nil {
		return
	}
	list.unanswered--
	if x.err != nil {
		list.length = 0
		s.renewed = never
	}
	if list.unanswered <= 0 && !s.broken && s.ledger.Waiting(x.instance) == 0 {
		delete(s.lists, x.instance)
	}
}

// expire gives up on jobs that wait for a lost store: their clients are told
// within the grace time.
func (s *store) expire(now int64) {
	since, reason := s.jobs.state()
	given := int64(s.options.timing.grace - 2*s.options.timing.tick)
	if reason == nil && s.jobs.waited(now) <= given {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	down := reason != nil && now-since > given
	if reason == nil {
		reason = errSilent
	}
	for e := range s.ledger.Entries() {
		if e.Pending == queue.Pushing && (down || now-e.Since > given) {
			confirm := e.Confirm
			e.Confirm = nil
			s.ledger.Stats.Refused++
			s.take(e)
			s.deliverLater(confirm, reason)
		}
	}
}

// abandonAll ends all operations that are not confirmed, for Close. s.mu is held.
func (s *store) abandonAll() []delivery {
	var all []delivery
	for e := range s.ledger.Entries() {
		if e.Pending == queue.Nothing {
			continue
		}
		all = append(all, delivery{e.Confirm, queue.ErrClosed})
		if e.Pending == queue.Claiming {
			e.Pending, e.Confirm = queue.Nothing, nil
			s.ledger.Unclaim(e)
		} else {
			s.ledger.Remove(e)
		}
	}
	return all
}

// deliverLater has keep call a callback: the caller may hold locks of its own.
func (s *store) deliverLater(confirm func(error), err error) {
	s.outbox = append(s.outbox, delivery{confirm, err})
	select {
	case s.poke <- struct{}{}:
	default:
	}
}

// deliver calls the callbacks that are due.
func (s *store) deliver() {
	s.mu.Lock()
	due := s.outbox
	s.outbox = nil
	s.mu.Unlock()
	for _, d := range due {
		d.confirm(d.err)
	}
}
