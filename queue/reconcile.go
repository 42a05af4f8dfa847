package queue

import (
	"errors"
	"slices"
	"strconv"

	"github.com/gomodule/redigo/redis"
)

// What went wrong between memory and the store, and made a new connection
// necessary; texts of refusals that last until it is there.
var (
	errForgotten = &refusal{text: "the store has forgotten this server"}
	errBroken    = &refusal{text: "the store has refused a change"}
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
func (s *redisStore) reconcile(c redis.Conn) error {
	s.checkPolicy(c)
	s.mu.Lock()
	alive := s.keys.alive
	s.mu.Unlock()
	sign, err := redis.String(c.Do("GET", alive))
	if err != nil && !errors.Is(err, redis.ErrNil) && codeOf(refused(err)) != errForeignCode {
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
	there, err := redis.Strings(c.Do("HKEYS", s.keys.active))
	if err != nil {
		return err
	}

	s.mu.Lock()
	s.jobs.mu.Lock()
	var confirmed []func(error)
	if !s.closed { // else Close removes all of it next
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

// errForeignCode is the first word of Redis' answer when a key holds another type.
const errForeignCode = "WRONGTYPE"

// enrol makes the keys by which others know this node. The field 0 keeps the hash
// and its time to live when no job is claimed.
func (s *redisStore) enrol(c redis.Conn) error {
	for try := 0; ; try++ {
		c.Send("MULTI")
		c.Send("SADD", s.prefix+"nodes", s.node)
		c.Send("EXPIRE", s.prefix+"nodes", keySeconds)
		c.Send("SET", s.keys.alive, s.sign, "PX", milliseconds(s.options.timing.alive))
		c.Send("HSET", s.keys.active, "0", "1")
		c.Send("EXPIRE", s.keys.active, keySeconds)
		replies, err := redis.Values(c.Do("EXEC"))
		if err != nil {
			return err
		}
		foreign, isErr := replies[3].(redis.Error)
		if !isErr || codeOf(refused(foreign)) != errForeignCode || try > 0 {
			return innerError(replies)
		}
		// Somebody wrote under our name. No other server would: the name is random.
		if _, err := c.Do("DEL", s.keys.active); err != nil {
			return err
		}
	}
}

// forgetFormer removes what may be left under earlier names.
func (s *redisStore) forgetFormer(now int64) {
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
func (s *redisStore) cleaned(x *expected) {
	if x.err == nil {
		s.mu.Lock()
		s.former = nil
		s.mu.Unlock()
	}
}

// mendActive makes the hash hold what is claimed, and returns the callbacks of
// operations that turned out to be done.
func (s *redisStore) mendActive(there []string, now int64) []func(error) {
	var confirmed []func(error)
	known := make(map[uint64]bool, len(there))
	stale := []string{"HDEL", s.keys.active}
	for _, field := range there {
		id, err := strconv.ParseUint(field, 10, 64)
		if err == nil && id == 0 {
			continue
		}
		if e := s.ledger.jobs[id]; err == nil && e != nil && e.generation != 0 {
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
	for id, e := range s.ledger.jobs {
		switch {
		case e.generation == 0:
		case !known[id]:
			if e.pending == none {
				s.mended++
			}
			s.jobs.buf = s.appendHSet(s.jobs.buf, e)
			s.jobs.expect(expected{to: s, replies: 1, at: now, kind: record, entry: e, version: e.version})
		case e.pending != none:
			if e.pending == pushing {
				s.ledger.stats.Pushed++
			}
			confirmed = append(confirmed, e.confirm)
			e.pending, e.confirm = none, nil
			e.sealed = nil
		}
	}
	return confirmed
}

// mendWaiting writes all lists anew. What they hold cannot be compared without
// reading it, and an order cannot be mended in place.
func (s *redisStore) mendWaiting(now int64) {
	for instance, at := range s.ledger.lines {
		if at.waiting.n > 0 {
			s.list(instance)
		}
	}
	for instance, list := range s.lists {
		key := s.keys.waiting + instance
		at := s.ledger.lines[instance]
		if at == nil || at.waiting.n == 0 {
			*list = waitingList{length: 0, unanswered: 1}
			s.jobs.buf = appendCommand(s.jobs.buf, "DEL", key)
			s.jobs.expect(expected{to: s, replies: 1, at: now, kind: erase, instance: instance})
			continue
		}
		*list = waitingList{length: at.waiting.n, unanswered: 1}
		x := expected{to: s, replies: 5, at: now, kind: rebuild, instance: instance}
		b := appendCommand(s.jobs.buf, "MULTI")
		b = appendCommand(b, "DEL", key)
		b = appendArray(b, 2+at.waiting.n)
		b = appendBulk(b, "RPUSH")
		b = appendBulk(b, key)
		for e := at.waiting.front; e != nil; e = e.next {
			if e.sealed == nil {
				e.sealed = s.sealJob(nil, e.job)
			}
			b = appendBulk(b, e.sealed)
			x.batch = append(x.batch, mark{e, e.version})
		}
		b = appendCommand(b, "EXPIRE", key, keySeconds)
		s.jobs.buf = appendCommand(b, "EXEC")
		s.jobs.expect(x)
	}
}

// openRecords is the setup of the link of the records: nothing waits there that
// would have to be compared.
func (s *redisStore) openRecords(redis.Conn) error {
	s.records.mu.Lock()
	s.records.open()
	s.records.commit()
	return nil
}

// isOurs tells a name that this process has or had. s.mu is held.
func (s *redisStore) isOurs(node string) bool { return slices.Contains(s.names(), node) }
