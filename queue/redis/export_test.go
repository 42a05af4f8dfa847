package redis

import (
	"cmp"
	"context"
	"strings"
	"time"

	"github.com/sockethub/sockethub/queue"
)

// Hasty makes a store notice everything sooner, so that tests of faults are short,
// and give up nothing: on a busy machine an answer may take long. Tests of what is
// given up set Grace.
func (o *Options) Hasty() {
	o.timing = timing{
		connect:    5 * time.Second,
		reply:      2 * time.Second,
		grace:      time.Minute,
		tick:       20 * time.Millisecond,
		beat:       100 * time.Millisecond,
		alive:      5 * time.Second,
		fence:      4 * time.Second,
		repair:     200 * time.Millisecond,
		backoff:    2 * time.Millisecond,
		backoffMax: 50 * time.Millisecond,
	}
}

// Quiet makes a store send no heartbeat, and wait for every answer: all bytes are
// those of the test, and Overdue says when an answer is late.
func (o *Options) Quiet() {
	o.timing.beat, o.timing.alive, o.timing.fence = time.Hour, 3*time.Hour, 3*time.Hour
	o.timing.reply = time.Hour
}

// Overdue is what the store does when the answer that it has waited for longest
// is overdue.
func Overdue(s queue.Store) {
	r := s.(*store)
	r.jobs.check(r.now() + int64(r.options.timing.reply) + 1)
}

// Grace sets the grace time.
func (o *Options) Grace(d time.Duration) { o.timing.grace = d }

// Prefix is what all keys of a store on Redis begin with, and Node its name now.
func Prefix(s queue.Store) string { return s.(*store).prefix }

// PrefixOf is the prefix of all stores with a secret.
func PrefixOf(secret string) string { return "sockethub:" + newSealer(secret).namespace + ":" }

// Node is the name of the node now.
func Node(s queue.Store) string { return s.(*store).name() }

// OpenJob opens a job as it stands on Redis.
func OpenJob(s queue.Store, node, instance string, id uint64, owner queue.Owner, sealed []byte) ([]byte, error) {
	return open(s.(*store).seal.owner(owner), sealed, boundToJob(nil, node, instance, id))
}

// Reset ends both connections of a store.
func Reset(s queue.Store) {
	s.(*store).jobs.reset(errSilent)
	s.(*store).records.reset(errSilent)
}

// ParseURL reads a URL: network, address, user, password, database, TLS name.
func ParseURL(text string) (network, address, user, password string, database int, name string, err error) {
	t, err := parseURL(text, nil)
	if t.tls != nil {
		name = cmp.Or(t.tls.ServerName, "any")
	}
	if t.seeds != nil {
		t.address = t.master + " at " + strings.Join(t.seeds, " ")
	}
	return t.network, t.address, t.user, t.password, t.database, name, err
}

// AbandonProcess ends a store as SIGKILL would, and makes it look like a process
// that is gone from this host.
func AbandonProcess(s queue.Store) {
	r := s.(*store)
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
func AdoptCredentials(ctx context.Context, s queue.Store) { s.(*store).creds.adopt(ctx) }
