package queue

import (
	"context"
	"time"
)

// Hasty makes a store notice everything sooner, so that tests of faults are short.
func (o *RedisOptions) Hasty() {
	o.timing = timing{
		connect:    5 * time.Second,
		reply:      300 * time.Millisecond,
		grace:      5 * time.Second,
		tick:       20 * time.Millisecond,
		beat:       100 * time.Millisecond,
		alive:      2 * time.Second,
		fence:      1500 * time.Millisecond,
		repair:     200 * time.Millisecond,
		backoff:    2 * time.Millisecond,
		backoffMax: 50 * time.Millisecond,
	}
}

// Quiet makes a store send no heartbeat: all bytes are those of the test.
func (o *RedisOptions) Quiet() {
	o.timing.beat, o.timing.alive, o.timing.fence = time.Hour, time.Hour, time.Hour
}

// Grace sets the grace time.
func (o *RedisOptions) Grace(d time.Duration) { o.timing.grace = d }

// Prefix is what all keys of a store on Redis begin with, and Node its name now.
func Prefix(s Store) string { return s.(*redisStore).prefix }

// Node is the name of the node now.
func Node(s Store) string { return s.(*redisStore).name() }

// OpenJob opens a job as it stands on Redis.
func OpenJob(s Store, node, instance string, id uint64, owner Session, sealed []byte) ([]byte, error) {
	return open(s.(*redisStore).seal.session(owner), sealed, boundToJob(nil, node, instance, id))
}

// Reset ends both connections of a store.
func Reset(s Store) {
	s.(*redisStore).jobs.reset(errSilent)
	s.(*redisStore).records.reset(errSilent)
}

// ParseURL reads a URL: network, address, user, password, database, TLS name.
func ParseURL(text string) (network, address, user, password string, database int, name string, err error) {
	t, err := parseURL(text, nil)
	if t.tls != nil {
		name = t.tls.ServerName
	}
	return t.network, t.address, t.user, t.password, t.database, name, err
}

// AbandonProcess ends a store as SIGKILL would, and makes it look like a process
// that is gone from this host.
func AbandonProcess(s Store) {
	r := s.(*redisStore)
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	r.stop()
	r.stopped.Wait()
	r.jobs.close()
	r.records.close()
}

// AdoptCredentials is what a node does under a new name, and as often as it
// looks after Redis.
func AdoptCredentials(ctx context.Context, s Store) { s.(*redisStore).creds.adopt(ctx) }

// Windows is how many windows a memory store keeps.
func Windows(s Store) int { return len(s.(*memory).limiter.windows) }

// Sessions is how many sessions a memory store keeps credentials of.
func Sessions(s Store) int { return len(s.(*memory).credentials.sessions) }

// Records is how many requests a memory store keeps the answers of.
func Records(s Store) int {
	m := s.(*memory).replay
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.places)
}
