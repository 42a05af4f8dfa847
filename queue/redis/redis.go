package redis

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	redigo "github.com/gomodule/redigo/redis"

	"github.com/sockethub/sockethub/queue"
	"github.com/sockethub/sockethub/ratelimit"
)

// Options configures a store on Redis.
type Options struct {
	queue.Options

	URL string      // see target: redis://, rediss:// or unix://
	TLS *tls.Config // for rediss://; nil means the system's roots

	// Secret is what keys and the namespace follow from. Nodes that share a
	// store need the same one. "" means a new one at each start: then nothing
	// is found again after it.
	Secret string

	ConnectTimeout    time.Duration // of one attempt; 0 means 10 s
	DisconnectTimeout time.Duration // for what Close has to remove; 0 means 5 s

	// MaxRetries is how often a read or a write of credentials, answers or
	// counters is sent again after its connection was lost. nil means as often
	// as the 5 s of an outage allow.
	MaxRetries *int

	// GoOn makes the store go on as one that an earlier program in this process had;
	// nil for a new one. Open then does not wait long, and comes back without a
	// connection too. Store.Resume says when all its jobs are there.
	GoOn *Identity

	timing timing // tests shorten it; zero means defaultTiming
}

// timing is how long things may take.
type timing struct {
	connect    time.Duration // one attempt to connect, TLS included
	reply      time.Duration // until an answer that is overdue ends the connection
	grace      time.Duration // until what waits for a lost store is refused
	tick       time.Duration // between looks at the clock
	beat       time.Duration // between heartbeats, and looks for dead nodes
	alive      time.Duration // after which a node without heartbeat is dead
	fence      time.Duration // after which such a node must not write any more
	repair     time.Duration // between reconnects because Redis refused a change
	backoff    time.Duration // after the first failure to connect
	backoffMax time.Duration
}

// A node looks for dead ones each 3 s and their sign of life lasts 10 s: they are
// settled within 15 s.
var defaultTiming = timing{
	connect:    10 * time.Second,
	reply:      3 * time.Second,
	grace:      5 * time.Second,
	tick:       250 * time.Millisecond,
	beat:       3 * time.Second,
	alive:      10 * time.Second,
	fence:      8 * time.Second,
	repair:     10 * time.Second,
	backoff:    20 * time.Millisecond,
	backoffMax: time.Second,
}

// keyTTL is the time to live of the keys of jobs, and renewal how often it is
// started again: nothing outlives a node that never comes back.
const (
	keyTTL  = time.Hour
	renewal = 5 * time.Minute
)

// store is a store on Redis. Its goroutines: two for each link, keep (the
// clock: heartbeat, overdue answers, callbacks that have no other goroutine), and
// look (dead nodes). Close ends all of them.
//
// Locks, outer first: store.mu, link.mu. replay.mu, credentials.mu and sealer.mu
// are leaves. The turns of requests and of what owners store (see turn) are held
// across I/O, and outside of all locks.
type store struct {
	options Options
	log     *slog.Logger
	target  target
	seal    *sealer
	self    process
	prefix  string // "sockethub:NS:"
	sign    string // what the key alive of this process holds
	began   time.Time
	jobs    *link // jobs and the heartbeat
	records *link // credentials, answers, counters, the other nodes
	creds   *credentials
	answers *replay
	policy  sync.Once // the check of maxmemory-policy

	stop    context.CancelFunc
	stopped sync.WaitGroup // keep and look
	poke    chan struct{}  // wakes keep for the outbox
	adopt   chan struct{}  // wakes look after a new name

	mu          sync.Mutex // guards the fields below; never held across I/O or callbacks
	ledger      queue.Ledger
	node        string                  // this node's name: a new one whenever the sign of life was lost
	keys        nodeKeys                // of node
	former      []formerNode            // earlier names whose keys may still be there
	lists       map[string]*waitingList // that may exist on Redis, by instance
	place       []byte                  // what the job that is being sealed is bound to
	outbox      []delivery              // callbacks for keep to call
	broken      bool                    // Redis refused to forget something: memory and store differ
	health      error                   // what Redis said last, nil for nothing bad
	sentBeat    int64                   // when the heartbeat was sent last
	renewed     int64                   // when the times to live were started again
	repaired    int64                   // when a connection was ended because of broken
	closed      bool                    // nothing new is accepted
	restoring   bool                    // the ledger is not whole yet
	saidLost    bool                    // the loss was said in the log
	saidRefused bool                    // likewise that Redis refuses commands
	dead        uint64                  // nodes settled
	deadJobs    uint64                  // jobs that those had held
	mended      uint64                  // differences that were found
}

// delivery is a callback that is due.
type delivery struct {
	confirm func(error)
	err     error
}

// Open connects to Redis, settles what nodes held that have died, and
// returns a store. It waits for a Redis that is still loading its data, until ctx
// ends; any other failure ends it at once.
func Open(ctx context.Context, o Options) (queue.Store, error) {
	var err error
	if o.Options, err = o.Options.WithDefaults(); err != nil {
		return nil, err
	}
	o = o.withTiming()
	if o.DisconnectTimeout <= 0 {
		o.DisconnectTimeout = 5 * time.Second
	}
	t, err := parseURL(o.URL, o.TLS)
	if err != nil {
		return nil, err
	}
	s := &store{
		options: o,
		log:     o.Log.With("store", "redis"),
		target:  t,
		seal:    newSealer(o.Secret),
		self:    thisProcess(),
		began:   time.Now(),
		poke:    make(chan struct{}, 1),
		adopt:   make(chan struct{}, 1),
		ledger:  queue.NewLedger(o.MaxQueuedJobs),
		lists:   make(map[string]*waitingList),
	}
	s.prefix = t.prefix(s.seal.namespace)
	s.target.key = s.prefix + "nodes"
	s.sign = s.self.text()
	if o.GoOn != nil {
		s.become(o.GoOn)
	}
	s.creds = newCredentials(s)
	s.answers = newReplay(s)
	s.jobs = s.link("jobs", s.reconcile)
	s.records = s.link("records", s.openRecords)
	s.jobs.start()
	s.records.start()
	err = s.connectFor(ctx, o.GoOn != nil)
	if err != nil && o.GoOn == nil {
		s.jobs.close()
		s.records.close()
		return nil, err
	}
	run, stop := context.WithCancel(context.Background())
	s.stop = stop
	s.stopped.Go(func() { s.keep(run) })
	if err == nil {
		if err := s.settleDead(ctx); err != nil {
			s.log.Warn("look for dead nodes", "error", detail(err))
		}
	}
	s.stopped.Go(func() { s.look(run) })
	return s, nil
}

// Check reports whether Open would come up: it opens a store and closes it again,
// so that nothing is left of it. Its error is for operators: it names the address, or
// the command that was refused, but no password.
func Check(ctx context.Context, o Options) error {
	s, err := Open(ctx, o)
	var d *dialError
	if errors.As(err, &d) {
		return d.cause
	}
	if err != nil {
		return err
	}
	return s.Close(ctx)
}

// withTiming returns o with its times set.
func (o Options) withTiming() Options {
	if o.timing == (timing{}) {
		o.timing = defaultTiming
		if o.ConnectTimeout > 0 {
			o.timing.connect = o.ConnectTimeout
		}
	}
	return o
}

func (s *store) link(name string, setup func(redigo.Conn) error) *link {
	l := newLink(name, s.target, s.options.timing, s.now)
	l.setup, l.notify = setup, s.notify
	return l
}

// connect waits until both links are up.
func (s *store) connect(ctx context.Context) error {
	for _, l := range []*link{s.jobs, s.records} {
		for {
			l.mu.Lock()
			ready := l.ready
			l.mu.Unlock()
			select {
			case <-ready:
			case err := <-l.failed:
				if codeOf(err) == "LOADING" {
					continue
				}
				return startError(err)
			case <-ctx.Done():
				_, reason := l.state()
				if reason == nil {
					reason = context.Cause(ctx) // it came up just now
				}
				return startError(reason)
			}
			break
		}
	}
	return nil
}

// goOnTime is how long a store that goes on waits for Redis: its clients wait too,
// and jobs can wait for Redis later.
const goOnTime = 300 * time.Millisecond

func (s *store) connectFor(ctx context.Context, goesOn bool) error {
	if goesOn {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, goOnTime)
		defer cancel()
	}
	return s.connect(ctx)
}

// startError names the command that was refused, and no address.
func startError(err error) error {
	var c *commandError
	if errors.As(err, &c) {
		return fmt.Errorf("redis: %s: %w", c.command, err)
	}
	return fmt.Errorf("redis: %w", err)
}

// now is the store's clock, in nanoseconds.
func (s *store) now() int64 { return int64(time.Since(s.began)) }

// notify says in the log when the store is lost, and when it is back: once,
// though two connections notice.
func (s *store) notify(l *link, up bool, reason error) {
	if errors.Is(reason, errRestored) {
		return // it is back in a moment
	}
	_, jobs := s.jobs.state()
	_, records := s.records.state()
	s.mu.Lock()
	said, all := s.saidLost, jobs == nil && records == nil
	closed := s.closed
	if !closed {
		// At the start one connection comes up before the other: nothing was lost.
		s.saidLost = !all && (said || !up)
	}
	s.mu.Unlock()
	switch {
	case closed:
	case !up && !said:
		s.log.Warn("the store cannot be used: reconnecting", "connection", l.name, "error", detail(reason))
	case said && all:
		s.log.Info("the store is back")
	}
}

func (s *store) Credentials() queue.Credentials { return s.creds }
func (s *store) Replay() queue.Replay           { return s.answers }
func (s *store) Limiter() ratelimit.Counter     { return limiter{s} }
func (s *store) Peers() queue.Peers             { return nil }

func (s *store) Ready() error {
	s.mu.Lock()
	closed, health := s.closed, s.health
	s.mu.Unlock()
	if closed {
		return queue.ErrClosed
	}
	for _, l := range []*link{s.jobs, s.records} {
		if _, reason := l.state(); reason != nil {
			return reason
		}
	}
	return health
}

func (s *store) Stats() queue.Stats {
	up := s.Ready() == nil
	s.mu.Lock()
	st := s.ledger.Snapshot()
	st.SettledNodes, st.SettledJobs, st.Reconciled = s.dead, s.deadJobs, s.mended
	s.mu.Unlock()
	st.Backend, st.Up = "redis", up
	st.Errors = make(map[string]uint64)
	for _, l := range []*link{s.jobs, s.records} {
		l.mu.Lock()
		st.Connects += l.connects
		st.Commands += l.commands
		st.Flushes += l.flushes
		for code, n := range l.errors {
			st.Errors[code] += n
		}
		l.mu.Unlock()
	}
	return st
}

// ask sends commands about records and returns their replies, the first error
// among them as the error. They are sent again when their replies were lost.
func (s *store) ask(ctx context.Context, replies int, commands []byte) ([]any, error) {
	bounded, cancel := context.WithTimeout(ctx, s.options.timing.grace)
	defer cancel()
	for try := 0; ; try++ {
		all, err := s.records.do(bounded, replies, commands)
		if !errors.Is(err, errLost) {
			if err != nil && context.Cause(ctx) == context.Canceled {
				err = context.Canceled
			}
			return all, err
		}
		if most := s.options.MaxRetries; most != nil && try >= *most {
			return nil, errUnreachable
		}
	}
}

// Close has what is not confirmed answered, removes what this node keeps on
// Redis, and ends the connections.
func (s *store) Close(ctx context.Context) error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return queue.ErrClosed
	}
	s.closed = true
	unconfirmed := s.abandonAll()
	forget := appendCommand(nil, append([]string{"DEL"}, s.allKeys()...)...)
	forget = appendCommand(forget, append([]string{"SREM", s.prefix + "nodes"}, s.names()...)...)
	forget = appendCommand(forget, "SCARD", s.prefix+"nodes")
	s.mu.Unlock()
	for _, d := range unconfirmed {
		d.confirm(d.err)
	}
	s.stop()
	s.stopped.Wait()
	s.deliver()

	ctx, cancel := context.WithTimeout(ctx, s.options.DisconnectTimeout)
	defer cancel()
	err := s.creds.close(ctx)
	if replies, e := s.jobs.do(ctx, 3, forget); e != nil {
		err = e
	} else if replies[2] == int64(0) && err == nil {
		err = s.sweep(ctx)
	}
	s.jobs.close()
	s.records.close()
	if err != nil {
		return fmt.Errorf("close the store: %w", err)
	}
	return nil
}

// sweep removes what the last node of a namespace leaves, counters above all.
// Records of requests stay for those who know the secret.
func (s *store) sweep(ctx context.Context) error {
	return scan(ctx, func(keys []string) error {
		remove := []string{"DEL"}
		for _, k := range keys {
			if s.options.Secret == "" || !strings.HasPrefix(k, s.prefix+requestPrefix) {
				remove = append(remove, k)
			}
		}
		if len(remove) == 1 {
			return nil
		}
		_, err := s.ask(ctx, 1, appendCommand(nil, remove...))
		return err
	}, func(cursor string) (any, error) {
		replies, err := s.ask(ctx, 1, appendCommand(nil, "SCAN", cursor, "MATCH", s.prefix+"*", "COUNT", scanCount))
		if err != nil {
			return nil, err
		}
		return replies[0], nil
	})
}
