package platform

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/internal/frame"
	"github.com/sockethub/sockethub/platform/policy"
)

// Definition is what a platform says of itself: what the registry publishes,
// how its jobs are to be run, and the code that does them.
type Definition struct {
	Name       string // "irc": the id that clients see
	Version    string
	ContextURL string
	Schemas    Schemas

	// Persist gives each (actor, scope) a worker of its own that keeps a
	// connection; without it one worker does the jobs of everybody.
	Persist bool

	// Concurrency is how many jobs a worker is given at a time, a quarter of them
	// of one address: 0 means 64. A persistent platform gets one at a time
	// whatever it says.
	Concurrency int

	// Lane names what a job of a stateless platform needs beside a slot, as the
	// host that it asks: at most LaneWidth jobs of a lane have a slot at a time.
	// "", and nil: nothing. The server calls it, with what a client sent.
	Lane func(*activity.Object) string

	Verbs map[string]Verb // by the type of the message

	// Ports are the TCP ports that its workers may connect to, as far as the
	// kernel can tell; nil means any, an empty list none. Port 53 is always
	// among them.
	Ports []int

	// NoHeartbeat tells that the worker sends no heartbeats, so that its
	// silence means nothing.
	NoHeartbeat bool

	// OwnDocuments asks for the server's own pages in packageConfig: what a
	// platform that fetches may tell about, although it must not fetch it.
	OwnDocuments bool

	// Program is the path of the executable that its workers are, when they are
	// not this binary; New is nil then. Describe makes such a definition.
	Program string

	// New makes the platform in its worker process. config is the JSON object
	// from packageConfig, "{}" when there is none. Only workers call it. It must
	// not wait for the network: nothing is read from the server meanwhile.
	New func(host Host, config []byte) (Platform, error)
}

// Schemas are JSON Schemas (draft-07) as JSON texts; nil where there is none.
type Schemas struct {
	Credentials []byte // what the event "credentials" must look like
	Messages    []byte // what the event "message" must look like
	Responses   []byte // what the platform may send by itself
	Constraints []byte // an object with a schema for some types of message, which these must match too
	Config      []byte // what packageConfig may hold for the platform

	// Examples are exchanges that the documentation shows, see package
	// daemon/messages; clients and workers never see them.
	Examples []byte
}

// Verb is a type of message that the platform acts on.
type Verb struct {
	Credentials bool // its job carries the session's stored credentials
	Idempotent  bool // doing it twice does no harm: it is run once more when a worker dies
}

const defaultConcurrency = 64

// LaneWidth is how many jobs of one lane run at a time: few enough that nobody
// is attacked through us.
const LaneWidth = 4

// LaneOf returns the lane of a job, "" for none.
func (d *Definition) LaneOf(message *activity.Object) string {
	if d.Lane == nil {
		return ""
	}
	return d.Lane(message)
}

// Parallel is how many jobs a worker is given at a time.
func (d *Definition) Parallel() int {
	switch {
	case d.Persist:
		return 1
	case d.Concurrency <= 0:
		return defaultConcurrency
	}
	return d.Concurrency
}

// Platform does jobs. It may implement [Stopper], [Detacher] and [Initialised].
type Platform interface {
	// Do does what job.Activity says. The activity it returns answers the
	// client; nil means the message itself. An error's text reaches the
	// client after "Error: ", that of a [Plain] error as it is; the members of
	// an activity that comes with it are added to the answer.
	//
	// Do is called by several goroutines at a time unless the platform is
	// persistent. ctx ends when nobody waits for the result any more: the job
	// passed its deadline, or the worker stops.
	Do(ctx context.Context, job Job) (*activity.Object, error)
}

// Stopper is a platform that has something to say before its worker ends, such
// as a protocol's farewell. ctx ends when the worker will be killed. Jobs may be
// running; their contexts have ended.
type Stopper interface{ Stop(ctx context.Context) }

// Detacher is a platform that wants to know when a session has left. Detach is
// called between jobs, like Do.
type Detacher interface{ Detach(session string) }

// Initialised is a persistent platform that knows whether it is connected.
// Without it, it counts as connected once a job with credentials succeeded.
type Initialised interface{ Initialised() bool }

// Job is one message to act on.
type Job struct {
	Session     string // who asks; opaque, the same for all jobs of one client
	Address     string // the client's IP address, "" when it is not known
	Deadline    time.Time
	Credentials *activity.Object // the stored credentials activity; nil unless the verb needs it
	Activity    *activity.Object // the message, which the platform may change and return
}

// Host is the worker that a platform runs in. Its methods may be called by any
// goroutine, also before New has returned.
type Host interface {
	// Event sends an activity to every session attached to the instance.
	// Stateless platforms have none.
	Event(*activity.Object)
	// EventTo sends an activity to one session, EventExcept to all but one.
	EventTo(session string, a *activity.Object)
	EventExcept(session string, a *activity.Object)
	// Actor tells that the actor is known by another id from now on, as after
	// a change of nick.
	Actor(id string)
	// Keep has the server remember a value for d (at most a year), for all workers
	// that this platform will have; one that is "", or a d that is not positive,
	// makes it forget. It is for what a protocol wants to be remembered of the
	// world, and nothing that belongs to a user: whoever the next worker works
	// for, it is told. A key has 1 to 256 bytes and a value up to 1 KiB, in UTF-8;
	// others are dropped, with an error in the log. Where a platform has 1,000 of
	// them, or 384 KiB, the one that ends first goes. The server's own end
	// forgets all.
	Keep(key, value string, d time.Duration)
	// Kept returns what was kept when this worker started, or by it since, if its
	// time is not over; else "".
	Kept(key string) string
	// Linger asks that the instance stays for d after its last session has left,
	// and not only until the janitor comes; 0: only that long. The last word
	// counts, also when the session is gone already. The server grants at most
	// Options.MaxLinger, and only to a persistent platform's instance that is
	// connected and that nobody can come back to without the secret it was opened
	// with. One that lingers makes room when there are too many instances.
	Linger(d time.Duration)
	// Log writes to the server's log.
	Log() *slog.Logger
}

// Blocker is implemented by every Host: Block makes the worker as a whole say
// nothing for d, heartbeats included, as code does that never yields.
// Platforms made for testing the server use it.
type Blocker interface{ Block(d time.Duration) }

// PolicyOf returns the operator's word on which hosts may be reached: whatever a
// platform connects to, it asks before. nil, as of a Host that a test made,
// allows everything.
func PolicyOf(h Host) *policy.Policy {
	if p, ok := h.(interface{ Policy() *policy.Policy }); ok {
		return p.Policy()
	}
	return nil
}

// MaxResultOf returns how many bytes the frame with a result may have, which the
// operator decides (limits.maxResultBytes): a platform that can divide what it has
// to tell stops before it. A Host that a test made allows as many as every server
// does, 1 MiB.
func MaxResultOf(h Host) int {
	if m, ok := h.(interface{ MaxResult() int }); ok {
		return m.MaxResult()
	}
	return frame.Max
}

// Plain is an error whose text reaches the client as it is.
type Plain string

func (p Plain) Error() string { return string(p) }

// PlainFor is a Plain that has a cause, of which the client reads nothing: that
// the operator's policy refused a connection is for the audit log and a code.
func PlainFor(cause error, text string) error { return plainFor{Plain(text), cause} }

type plainFor struct {
	Plain
	cause error
}

func (e plainFor) Unwrap() []error { return []error{e.Plain, e.cause} }

// errorText is what the client reads of an error that Do returned.
func errorText(err error) string {
	text := err.Error()
	var plain Plain
	switch {
	case errors.As(err, &plain):
		return text
	case text == "":
		return "Error"
	}
	return "Error: " + text
}

// JobError is why a job has no result, in words made for the client. Code is ""
// where the text is the platform's own.
type JobError struct {
	Text string
	Code string // "worker_ended", "outcome_unknown", "deadline", …
}

func (e *JobError) Error() string { return e.Text }

// Codes of a JobError.
const (
	CodeDeadline       = "deadline"            // no result in time
	CodeOutcomeUnknown = "outcome_unknown"     // the worker ended while it had the job
	CodeNotSent        = "not_sent"            // no worker has seen the job
	CodeWorkerEnded    = "worker_ended"        // several workers ended while they had the job
	CodeStartFailed    = "worker_start_failed" // no worker could be started for it
	CodeShuttingDown   = "shutting_down"
	CodeQueueFull      = "queue_full"
	CodeUnavailable    = "store_unavailable"
	CodePolicy         = "policy_refused" // the operator's policy does not let the host be reached
	CodeTooLarge       = "too_large"      // with the credentials it does not fit in a frame

	CodeTooManyInstances = "too_many_instances" // of an address, a session or a token
)
