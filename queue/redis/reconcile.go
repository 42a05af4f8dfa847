package redis

import (
	"errors"
	"slices"
	"strconv"

	redigo "github.com/gomodule/redigo/redis"

	"github.com/sockethub/sockethub/queue"
)

// What went wrong between memory and the store, and made a new connection
// necessary; texts of refusals that last until it is there.
var (
	errForgotten = &refusal{text: "the store has forgotten this server"}
	errBroken    = &refusal{text: "the store has refused a change"}
	errRestored  = &refusal{text: "the server has a new version"}
)

// reconcile is the setup of the link of the jobs. It makes Redis hold what memory
// holds, whatever happened meanwhile: commands that were done though their reply
// was lost, commands that were never sent, and a Redis that came back with less
// or with nothing.
//
//	GET alive           ours: the name is kept; else a new name, under which nothing is yet
//	MULTI SADD SET HSET EXPIRE EXEC
//	HKEYS active        what is there
//	HDEL, HSET          what memory has finished, and what it has claimed and is not there
//	DEL, RPUSH          the waiting lists, anew
//
// Operations that wait for their confirmation get it here too. Once the last step
// has begun, under the lock, everything else comes after it on the connection.
func (s *store) reconcile(c redigo.Conn) error {
	s.checkPolicy(c)
	sign, err := s.readSign(c)
	if err != nil {
		return err
	}
	s.mu.Lock()
	renamed := (s.node == "" || sign != s.sign) && !s.closed
	if renamed {
		s.rename()
	}
	s.mu.Unlock()
	began := s.now()
	if err := s.enrol(c); err != nil {
		return err
	}
	there, err := redigo.Strings(run(c, "HKEYS", s.keys.active))
	if err != nil {
		return err
	}

	s.mu.Lock()
	s.jobs.mu.Lock()
	var confirmed []func(error)
	if !s.closed && !s.restoring { // else Close removes all of it next, or Resume comes here again
		s.forgetFormer(began)
		confirmed = s.mendActive(there, began)
		s.mendWaiting(began)
	}
	s.jobs.fence = began + int64(s.options.timing.fence)
	s.sentBeat, s.renewed = began, began
	s.health = nil
	s.jobs.open()
	s.jobs.commit()
	s.mu.Unlock()
	for _, confirm := range confirmed {
		confirm(nil)
	}
	if renamed {
		select {
		case s.adopt <- struct{}{}:
		default:
		}
	}
	return nil
}

// readSign returns what the key alive of the node holds, "" for nothing. A node that
// has no name yet has no keys.
func (s *store) readSign(c redigo.Conn) (string, error) {
	s.mu.Lock()
	named, alive := s.node != "", s.keys.alive
	s.mu.Unlock()
	if !named {
		return "", nil
	}
	sign, err := redigo.String(run(c, "GET", alive))
	if errors.Is(err, redigo.ErrNil) || codeOf(err) == errForeignCode {
		return "", nil
	}
	return sign, err
}

// errForeignCode is the first word of Redis' answer when a key holds another type.
const errForeignCode = "WRONGTYPE"

// enrol makes the keys by which others know this node. The field 0 keeps the hash
// and its time to live when no job is claimed.
func (s *store) enrol(c redigo.Conn) error {
	for try := 0; ; try++ {
		_, err := transact(c,
			[]any{"SADD", s.prefix + "nodes", s.node},
			[]any{"EXPIRE", s.prefix + "nodes", keySeconds},
			[]any{"SET", s.keys.alive, s.sign, "PX", milliseconds(s.options.timing.alive)},
			[]any{"HSET", s.keys.active, "0", "1"},
			[]any{"EXPIRE", s.keys.active, keySeconds},
		)
		if codeOf(err) != errForeignCode || try > 0 {
			return err
		}
		// Somebody wrote under our name. No other server would: the name is random.
		if _, err := run(c, "DEL", s.keys.active); err != nil {
			return err
		}
	}
}

// forgetFormer removes what may be left under earlier names.
func (s *store) forgetFormer(now int64) {
	if len(s.former) == 0 {
		return
	}
	b := s.jobs.buf
	for _, f := range s.former {
		b = appendCommand(b, append([]string{"DEL"}, f.keys...)...)
		b = appendCommand(b, "SREM", s.prefix+"nodes", f.name)
	}
	s.jobs.buf = b
	s.jobs.expect(expected{to: s, replies: 2 * len(s.former), at: now, kind: cleanup})
}

// cleaned forgets earlier names once nothing is left of them. New ones come only
// with a new connection, after this answer or its loss.
func (s *store) cleaned(x *expected) {
	if x.err == nil {
		s.mu.Lock()
		s.former = nil
		s.mu.Unlock()
	}
}

// mendActive makes the hash hold what is claimed, and returns the callbacks of
// operations that turned out to be done.
func (s *store) mendActive(there []string, now int64) []func(error) {
	var confirmed []func(error)
	known := make(map[uint64]bool, len(there))
	stale := []string{"HDEL", s.keys.active}
	for _, field := range there {
		id, err := strconv.ParseUint(field, 10, 64)
		if err == nil && id == 0 {
			continue
		}
		if e := s.ledger.Entry(id); err == nil && e != nil && e.Generation != 0 {
			known[id] = true
			continue
		}
		stale = append(stale, field)
	}
	if len(stale) > 2 {
		s.mended += uint64(len(stale) - 2)
		s.jobs.buf = appendCommand(s.jobs.buf, stale...)
		s.jobs.expect(expected{to: s, replies: 1, at: now, kind: erase})
	}
	for e := range s.ledger.Entries() {
		switch {
		case e.Generation == 0:
		case !known[e.Job.ID]:
			if e.Pending == queue.Nothing {
				s.mended++
			}
			s.jobs.buf = s.appendHSet(s.jobs.buf, e)
			s.jobs.expect(expected{to: s, replies: 1, at: now, kind: record, entry: e, version: e.Version})
		case e.Pending != queue.Nothing:
			if e.Pending == queue.Pushing {
				s.ledger.Stats.Pushed++
			}
			confirmed = append(confirmed, e.Confirm)
			e.Pending, e.Confirm = queue.Nothing, nil
			e.Sealed = nil
		}
	}
	return confirmed
}

// mendWaiting writes all lists anew. What they hold cannot be compared without
// reading it, and an order cannot be mended in place.
func (s *store) mendWaiting(now int64) {
	for instance := range s.ledger.Lines() {
		s.list(instance)
	}
	for instance, list := range s.lists {
		key := s.keys.waiting + instance
		n := s.ledger.Waiting(instance)
		*list = waitingList{length: n, unanswered: 1}
		if n == 0 {
			s.jobs.buf = appendCommand(s.jobs.buf, "DEL", key)
			s.jobs.expect(expected{to: s, replies: 1, at: now, kind: erase, instance: instance})
			continue
		}
		x := expected{to: s, replies: 5, at: now, kind: rebuild, instance: instance}
		b := appendCommand(s.jobs.buf, "MULTI")
		b = appendCommand(b, "DEL", key)
		b = appendArray(b, 2+n)
		b = appendBulk(b, "RPUSH")
		b = appendBulk(b, key)
		for e := range s.ledger.Line(instance) {
			if e.Sealed == nil {
				e.Sealed = s.sealJob(nil, e.Job)
			}
			b = appendBulk(b, e.Sealed)
			x.batch = append(x.batch, mark{e, e.Version})
		}
		b = appendCommand(b, "EXPIRE", key, keySeconds)
		s.jobs.buf = appendCommand(b, "EXEC")
		s.jobs.expect(x)
	}
}

// openRecords is the setup of the link of the records: nothing waits there that
// would have to be compared.
func (s *store) openRecords(redigo.Conn) error {
	s.records.mu.Lock()
	s.records.open()
	s.records.commit()
	return nil
}

// isOurs reports whether this process has or had a name. s.mu is held.
func (s *store) isOurs(node string) bool { return slices.Contains(s.names(), node) }
