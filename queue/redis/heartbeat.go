package redis

import (
	"context"
	"strconv"
	"time"

	redigo "github.com/gomodule/redigo/redis"
)

// keySeconds is keyTTL as EXPIRE wants it.
var keySeconds = strconv.Itoa(int(keyTTL / time.Second))

// never is a time on the store's clock long before it began.
const never = -int64(24 * time.Hour)

// keep is the clock of the store. It ends connections that do not answer, gives
// up on jobs that have waited too long for a lost store, sends the heartbeat, and
// calls callbacks that have no other goroutine.
func (s *store) keep(ctx context.Context) {
	ticker := time.NewTicker(s.options.timing.tick)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.poke:
		case <-ticker.C:
			now := s.now()
			s.jobs.check(now)
			s.records.check(now)
			s.expire(now)
			s.beat(now)
		}
		s.deliver()
	}
}

// beat sends the heartbeat when it is due:
//
//	PEXPIRE sockethub:NS:NODE:alive 10000
//	GET     sockethub:NS:NODE:alive        still ours?
//	HSET    sockethub:NS:NODE:active 0 …   may we write?
//
// and now and then EXPIRE for all that has to outlive the next hour.
func (s *store) beat(now int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now-s.sentBeat < int64(s.options.timing.beat) || !s.begin(now) {
		return
	}
	s.sentBeat = now
	b := appendCommand(s.jobs.buf, "PEXPIRE", s.keys.alive, milliseconds(s.options.timing.alive))
	b = appendCommand(b, "GET", s.keys.alive)
	b = appendCommand(b, "HSET", s.keys.active, "0", "1")
	x := expected{to: s, replies: 3, at: now, kind: beat}
	if now-s.renewed >= int64(renewal) {
		s.renewed = now
		b = appendCommand(b, "EXPIRE", s.keys.active, keySeconds)
		b = appendCommand(b, "EXPIRE", s.prefix+"nodes", keySeconds)
		for instance := range s.lists {
			b = appendCommand(b, "EXPIRE", s.keys.waiting+instance, keySeconds)
		}
		x.replies += 2 + len(s.lists)
	}
	s.jobs.buf = b
	s.jobs.expect(x)
	s.jobs.commit()
	s.ping(now)
}

// ping makes sure that a dead connection of the records is noticed as well.
func (s *store) ping(now int64) {
	if s.records.begin(now) {
		s.records.buf = appendCommand(s.records.buf, "PING")
		s.records.expect(expected{to: s, replies: 1, at: now, kind: ping})
		s.records.commit()
	}
}

// beaten looks at the answers to a heartbeat.
func (s *store) beaten(x *expected, reply any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if text, ok := reply.([]byte); ok && string(text) == s.sign {
		s.jobs.keepUntil(x.at + int64(s.options.timing.fence))
	} else if (ok || reply == nil) && x.err == nil {
		// Emptied, or taken by the one that settled it: setup takes another name.
		s.jobs.reset(errForgotten)
	}
	if x.replies > 0 {
		return
	}
	s.health = x.err
	s.saidRefused = s.saidRefused && x.err != nil
	s.broken = s.broken || codeOf(x.err) == errForeignCode
	switch {
	case codeOf(x.err) == "READONLY":
		// The name may lead to another server meanwhile.
		s.jobs.reset(x.err)
	case s.broken && x.at-s.repaired >= int64(s.options.timing.repair):
		s.broken = false
		s.repaired = x.at
		s.jobs.reset(errBroken)
	}
}

// checkPolicy warns, once, when Redis may throw away what it was given to keep.
func (s *store) checkPolicy(c redigo.Conn) {
	s.policy.Do(func() {
		reply, err := redigo.StringMap(c.Do("CONFIG", "GET", "maxmemory-policy"))
		if policy := reply["maxmemory-policy"]; err == nil && policy != "" && policy != "noeviction" {
			s.log.Warn("redis may throw away jobs and credentials when it is full: set maxmemory-policy to noeviction", "policy", policy)
		}
	})
}

func milliseconds(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }
