package queue

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/sockethub/sockethub/handover"
	"github.com/sockethub/sockethub/ratelimit"
)

// What callers ask of an error with errors.Is. Every error of this package may
// be shown to clients: none holds an address, a password or what a client sent.
var (
	// ErrFull: Options.MaxQueuedJobs jobs wait for the instance.
	ErrFull = errors.New("queue is full")

	// ErrShare: the job's address has a quarter of them waiting. It is an ErrFull.
	ErrShare = fmt.Errorf("%w: your address has its share of it", ErrFull)

	// ErrUnavailable: the store cannot be used now. The error that matches it
	// says why where the store said why: "the store is full".
	ErrUnavailable = errors.New("the store is unavailable")

	// ErrClosed: the store was closed.
	ErrClosed = errors.New("the store is closed")

	// ErrNotFound: nothing is stored under that name, or no longer.
	ErrNotFound = errors.New("not found in the store")

	// ErrTooMany: a cap was reached: credentials of an owner, or what is kept
	// of a request.
	ErrTooMany = errors.New("too much is stored already")

	// ErrGone: somebody else took it meanwhile. Of a job: Remove, Settle or
	// Finish, whose caller has it in hand and answers for it. Of a request's
	// record: another node, which took this one for dead.
	ErrGone = errors.New("it was taken away meanwhile")
)

// Owner is whose jobs and credentials they are, a client's session or an HTTP
// request: an id that others may know, and a secret that never leaves the memory
// of this process. Both are needed to open what is sealed for the owner.
type Owner struct {
	ID      string
	Secret  [16]byte
	Address string // of a subscriber, whom its credentials are counted for; "" for nobody
}

// Job is work that was accepted. Push keeps it, and whoever takes it out of the
// queue gets the same pointer back.
type Job struct {
	ID       uint64 // given by Push: unique in the life of a node, rising
	Instance string // whose worker does it
	Turn     Turn   // which of those that wait with it come before it
	Owner    Owner  // whose job: seals the payload
	Payload  []byte // not changed after Push
}

// Queue is the jobs of this node. Memory is the truth while the node lives, the
// store below is the recovery log.
//
// All methods may be called by many goroutines, and never wait for I/O. A
// callback is called exactly once unless its method returned an error (or, for
// Claim, nil), outside the queue's locks, on a goroutine of the queue that it
// must not hold up, or before the method returns. It may call the queue.
type Queue interface {
	// Push accepts a job and gives it an ID. With generation 0 it waits in its
	// instance's line. Any other generation says that a slot of that worker is
	// free and that nothing waits: the job is claimed at once, which is one
	// write to the store instead of two. It returns ErrFull, ErrShare, ErrUnavailable
	// (the store has been lost for longer than the grace time) or ErrClosed,
	// and then the job was not accepted.
	//
	// confirmed(nil): the job is recorded; it may be framed to the worker if it
	// was claimed, or claimed now. confirmed(err): it is not in the queue any
	// more, at most 5 s after Push. That err is ErrGone when Remove, Settle or
	// Finish took the job out before it was recorded: their caller has it.
	Push(job *Job, generation uint64, confirmed func(error)) error

	// Claim takes the confirmed job of the instance's line whose turn it is for a
	// worker generation; nil when none waits that may be taken. full, unless it
	// is nil, reports whose jobs may not: it is asked of an address, then of a
	// session with its address, then of a whole Turn, while the queue is locked.
	// confirmed(nil) allows to frame the job.
	// confirmed(err) means that it is back at the front of its line or, with
	// ErrGone, that it was taken out meanwhile. While the store is lost a
	// claim waits for it as long as nobody takes the job out.
	Claim(instance string, generation uint64, full func(Turn) bool, confirmed func(error)) *Job

	// Displace takes out the last waiting job of the session that has most of
	// them, for a job of this turn that found the line full, or its address'
	// share of it: of a session of the same address, or else of the address that
	// has most. nil: that would not be more just than before.
	Displace(instance string, turn Turn) *Job

	// Finish ends a claimed job and returns it. false: it is not claimed by
	// this generation, or not any more; the late result is counted in Stats.
	Finish(id, generation uint64) (*Job, bool)

	// Remove takes a job out in whatever state it is, for its deadline or
	// because its instance ended; false: it is no longer there.
	Remove(id uint64) (*Job, bool)

	// Settle takes out what a worker generation of an instance held when it
	// ended: the claimed jobs, oldest first. Requeue puts one back.
	Settle(instance string, generation uint64) []*Job

	// Requeue puts a settled job back at the front of its instance's line,
	// under the same ID. The bound on waiting jobs does not count for it, and
	// like a claim it waits for a store that is lost. It returns ErrClosed.
	Requeue(job *Job, confirmed func(error)) error

	// Restore puts in a job that a program before this one in the process had,
	// under the ID that it had there: claimed by a generation or, with 0, at the end
	// of its line. It is for the time before Store.Resume.
	Restore(job *Job, generation uint64) error

	// Waiting is the number of jobs in the instance's line.
	Waiting(instance string) int
}

// Credentials keeps what an owner submitted for its accounts, sealed for the
// owner, platform and actor. Bodies are copied.
type Credentials interface {
	// Put stores or replaces; ErrTooMany past Options.MaxCredentials accounts, or
	// past the bytes that an owner, an address and all together may have: see
	// Budget.
	Put(ctx context.Context, owner Owner, platform, actor string, body []byte) error
	// Get returns what was stored, or ErrNotFound, and slides its time to live.
	Get(ctx context.Context, owner Owner, platform, actor string) ([]byte, error)
	// Drop forgets all that an owner has stored.
	Drop(ctx context.Context, id string) error
}

// ReplayState is how far a request has come.
type ReplayState int

// The states of a request.
const (
	ReplayNew      ReplayState = iota // nobody knew the id: it is the caller's now
	ReplayRunning                     // under way, here or on another node
	ReplayComplete                    // all its lines are stored
)

func (s ReplayState) String() string {
	switch s {
	case ReplayNew:
		return "new"
	case ReplayRunning:
		return "running"
	}
	return "complete"
}

// Record is what is known of a request. The caller compares Digest with that of
// the body in its hands: the same id with another body is another request.
type Record struct {
	State  ReplayState
	Digest [32]byte
	Lines  [][]byte // in the order of Append, not to be changed; those so far of a running request
}

// Replay keeps the answers to HTTP requests, so that the same request can be
// answered again without being run again.
type Replay interface {
	// Begin claims an id. Only ReplayNew makes the request the caller's, who
	// then appends and completes it. In memory what is kept counts for the
	// address that ctx has from WithAddress.
	Begin(ctx context.Context, id string, digest [32]byte, ttl time.Duration) (Record, error)
	// Append adds a line and starts the time to live again. After an error the
	// line is not in the record, and may be appended again. ErrTooMany: the
	// line does not fit. ErrGone: another node took this one for dead, and the
	// record is complete without the line. ErrNotFound: not begun here.
	Append(ctx context.Context, id string, line []byte) error
	// Complete adds the lines that are left, all or none, and ends the request,
	// with errors as Append. A store that is lost is told later, of the lines
	// too; until then this node knows them.
	Complete(ctx context.Context, id string, lines ...[]byte) error
	// Read returns what is known of a request, or ErrNotFound. A request whose
	// node has died is completed with the line of Options.LostLine first.
	Read(ctx context.Context, id string) (Record, error)
}

// Store is all that outlives a moment: jobs, credentials, answers, counters.
type Store interface {
	Queue
	Credentials() Credentials
	Replay() Replay
	Limiter() ratelimit.Counter // on Redis it counts for all nodes together

	// Peers are the servers that share this store, nil where no others can: in
	// memory, and on Redis without a secret.
	Peers() Peers

	// HandOver writes down what is in memory alone, but for the jobs, for the next
	// program in this process. TakeOver reads it there, a record at a time; known is
	// false for a record that is somebody else's. Resume is called once all is
	// there, and before anything else is asked of the store.
	HandOver(*handover.Writer) error
	TakeOver(handover.Record) (known bool, err error)
	Resume()

	// Ready is nil when the store can be used now, else it says why not.
	Ready() error
	Stats() Stats

	// Close refuses all that comes after it, answers what is not confirmed with
	// ErrClosed, and removes what this node stored but for the records of
	// requests. An error means that the times to live have to clean up.
	Close(ctx context.Context) error
}

// Stats are a store's counters since it was opened, and its gauges.
type Stats struct {
	Backend string // "memory" or "redis"

	Waiting, Claimed int // jobs now
	MaxQueued        int // Options.MaxQueuedJobs

	Pushed   uint64 // jobs accepted and recorded
	Refused  uint64 // jobs that Push refused, or that the store did not record
	Finished uint64 // jobs finished by their worker
	Removed  uint64 // jobs taken out by Remove
	Settled  uint64 // jobs taken out by Settle
	Requeued uint64 // jobs put back
	Late     uint64 // results of a worker that did not hold the job any more

	// The rest is of the backend on Redis.
	Up           bool              // both connections are usable; always true in memory
	Connects     uint64            // connections that were made
	Reconciled   uint64            // differences found and mended after a reconnect
	Commands     uint64            // sent
	Flushes      uint64            // writes that carried them
	Errors       map[string]uint64 // answers that were errors, by their first word: "OOM"
	SettledNodes uint64            // dead nodes that this one cleaned up after
	SettledJobs  uint64            // jobs that those had held
}

// Options configures a store. The zero value has the defaults.
type Options struct {
	Log *slog.Logger // nil means slog.Default()

	MaxQueuedJobs  int           // waiting for one instance, a quarter of them of one address; 0 means 4000
	MaxCredentials int           // accounts of one owner; 0 means 100
	CredentialsTTL time.Duration // sliding; 0: as long as the owner lives

	MaxReplayLines int   // of one request; 0 means 1000
	MaxReplayBytes int64 // of one request's lines together; 0 means 8 MiB

	// In memory only: on Redis its own limits count.
	MaxReplayTotal int64 // bytes of all requests; 0 means 64 MiB
	MaxLimiterKeys int   // windows that are kept; 0 means 65536

	// LostLine makes the line that ends the record of a request whose node has
	// died. nil means the error line of HTTP actions (spec/server.md, 8.6).
	LostLine func(request string) []byte
}

const (
	defaultMaxQueuedJobs  = 4000
	defaultMaxCredentials = 100
	defaultMaxReplayLines = 1000
	defaultMaxReplayBytes = 8 << 20
	defaultMaxReplayTotal = 64 << 20
	defaultMaxLimiterKeys = 1 << 16

	// unlimitedTTL stands for "as long as the owner lives": on Redis even
	// that ends some day, so that nothing is left behind for ever.
	unlimitedTTL = 365 * 24 * time.Hour
)

// WithDefaults returns o with each zero replaced, or an error that names the
// field that makes no sense.
func (o Options) WithDefaults() (Options, error) {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	for _, n := range []struct {
		name  string
		value *int
		zero  int
	}{
		{"MaxQueuedJobs", &o.MaxQueuedJobs, defaultMaxQueuedJobs},
		{"MaxCredentials", &o.MaxCredentials, defaultMaxCredentials},
		{"MaxReplayLines", &o.MaxReplayLines, defaultMaxReplayLines},
		{"MaxLimiterKeys", &o.MaxLimiterKeys, defaultMaxLimiterKeys},
	} {
		if *n.value < 0 {
			return o, errors.New("queue: " + n.name + " is negative")
		}
		if *n.value == 0 {
			*n.value = n.zero
		}
	}
	if o.MaxReplayBytes < 0 || o.MaxReplayTotal < 0 {
		return o, errors.New("queue: MaxReplayBytes or MaxReplayTotal is negative")
	}
	if o.MaxReplayBytes == 0 {
		o.MaxReplayBytes = defaultMaxReplayBytes
	}
	if o.MaxReplayTotal == 0 {
		o.MaxReplayTotal = defaultMaxReplayTotal
	}
	if o.CredentialsTTL < 0 {
		return o, errors.New("queue: CredentialsTTL is negative")
	}
	o.CredentialsTTL = cmp.Or(o.CredentialsTTL, unlimitedTTL)
	if o.LostLine == nil {
		o.LostLine = lostLine
	}
	return o, nil
}

// lostLine is the server error line of HTTP actions. A request's id has no
// character that JSON would escape (spec/server.md, 8.2).
func lostLine(request string) []byte {
	return []byte(`{"type":"error","@context":["https://www.w3.org/ns/activitystreams",` +
		`"https://sockethub.org/ns/context/v1.jsonld","https://sockethub.org/ns/context/platform/error/v1.jsonld"],` +
		`"actor":{"type":"Application","name":"sockethub-server"},` +
		`"error":"the server stopped before the request was complete; its outcome is unknown",` +
		`"requestId":"` + request + `"}`)
}
