package platform

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/queue"
)

// Instance is a platform for an actor in a scope, or a stateless platform for
// everybody. It outlives its workers: each job that finds none starts the next.
//
// A job that was accepted (a ticket) goes
//
//	Submit ─ a slot is free, nothing waits ─► claimed ─ recorded, checked ─► framed ─ result ─► done
//	      └─ else ─► waiting in the queue's line ─ pump ─┘
//
// and whatever happens ends in done, where the Sink gets its result.
type Instance struct {
	m          *Manager
	definition *Definition
	touched    atomic.Bool // somebody asked for it since the janitor came by

	mu       sync.Mutex // guards the fields below; never held across the queue, the sink or I/O
	key      Key        // as everything here: of now, the actor may change
	id       string
	line     string // Job.Instance of its jobs; never changes while it has any
	sessions map[string]struct{}

	first, last *ticket // all that are not done, in the order they were accepted
	open        int     // how many these are
	waiting     int     // how many of them are in the line

	current  *process // takes jobs, once it is ready
	leaving  int      // processes that take no jobs any more and are not over
	starting bool     // the starter has it
	backoff  backoff
	slot     bool // counts against limits.maxPlatformInstances

	initialised bool     // the worker's word, or a job with credentials succeeded
	hash        []byte   // of the credentials with which it did under key.Actor; nil for none
	formerly    []former // ids of the actor while it has this worker, the oldest first

	leftAt time.Time     // when the last session left; zero before
	linger time.Duration // how long this worker wants to stay after that

	pumping   bool // somebody claims
	pumpAgain bool // and shall look again before leaving

	alarm   *time.Timer // for deadlines and whatever else is due
	alarmAt time.Time   // zero when it is not set
	retryAt time.Time   // when to claim again after the store refused; zero for not

	flagged   bool // idle in the janitor's last cycle
	forgotten bool // not in Manager.instances any more
}

func newInstance(m *Manager, d *Definition, key Key, id string) *Instance {
	in := &Instance{m: m, definition: d, key: key, id: id}
	in.touched.Store(true)
	return in
}

// Key returns what names the instance now.
func (in *Instance) Key() Key {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.key
}

// ID returns Key.ID.
func (in *Instance) ID() string {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.id
}

// Persistent tells whether the platform keeps a connection for the actor.
func (in *Instance) Persistent() bool { return in.definition.Persist }

// Attach makes a session one of those that events are for, until Detach: the
// ends of workers do not change it. A stateless platform has none.
func (in *Instance) Attach(session string) {
	if !in.definition.Persist {
		return
	}
	in.touched.Store(true)
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.sessions == nil {
		in.sessions = make(map[string]struct{})
	}
	in.sessions[session] = struct{}{}
	in.flagged = false
}

// Detach takes a session away and tells the worker.
func (in *Instance) Detach(session string) {
	in.mu.Lock()
	_, attached := in.sessions[session]
	delete(in.sessions, session)
	if attached {
		in.leftAt = time.Now() // of the last one if none is left
	}
	p := in.current
	in.mu.Unlock()
	if attached && p != nil {
		p.tell(func(dst []byte) []byte { return appendDetach(dst, session) })
	}
}

// Sessions returns the attached sessions, sorted.
func (in *Instance) Sessions() []string {
	in.mu.Lock()
	defer in.mu.Unlock()
	list := make([]string, 0, len(in.sessions))
	for s := range in.sessions {
		list = append(list, s)
	}
	slices.Sort(list)
	return list
}

// ticket is a job from its acceptance until it is done. Instance.mu guards the
// fields below the blank line.
type ticket struct {
	job      queue.Job // its Value is the ticket
	request  Request
	accepted time.Time
	kind     string // the activity's type
	actor    string // its actor's id
	verb     Verb
	has      bool // the platform has the verb

	pushed atomic.Bool // the store has it, or had; job.ID may be read

	state      ticketState
	worker     *process // whose slot it has; nil for none
	hope       *process // the worker that it waits for: the one there was, or the first since; nil before
	deaths     int      // of workers that had it
	hash       []byte   // of its credentials
	prev, next *ticket
}

type ticketState uint8

const (
	ticketWaiting ticketState = iota // in the line, or on the way to it
	ticketClaimed                    // it has a slot; the store does not know yet
	ticketFramed                     // the worker has it
	ticketDone
)

// Submit accepts a job, or returns a *JobError made for the client. After nil
// the Sink is told the result exactly once, perhaps before Submit returns. It
// never waits: ctx is only asked whether it has ended already.
func (in *Instance) Submit(ctx context.Context, r Request) error {
	if err := context.Cause(ctx); err != nil {
		return &JobError{Text: "not sent: " + err.Error(), Code: CodeNotSent}
	}
	now := time.Now()
	if r.Deadline.IsZero() {
		r.Deadline = now.Add(in.m.opts.JobTimeout)
	}
	t := &ticket{request: r, accepted: now, kind: r.Activity.Text("type"), actor: r.Activity.Object("actor").Text("id")}
	t.verb, t.has = in.definition.Verbs[t.kind]
	t.job = queue.Job{
		Session:  r.Owner,
		Request:  r.HTTPRequest,
		Deadline: r.Deadline,
		Payload:  activity.AppendJSON(nil, r.Activity),
		Value:    t,
	}
	if in.definition.Persist && t.verb.Credentials {
		t.hash = credentialsHash(r.Credentials)
	}

	worker, refused, err := in.accept(t)
	for err == errNoRoom {
		if !in.m.makeRoom() {
			return in.m.limitReached(in.definition.Name)
		}
		worker, refused, err = in.accept(t)
	}
	switch {
	case err != nil:
		return err
	case refused != nil:
		in.m.opts.Sink.Result(in, r, nil, refused)
		return nil
	}
	return in.push(t, worker)
}

// accept puts a ticket on the list, with a slot of worker if that is not nil.
// One that is refused needs no worker for its answer.
func (in *Instance) accept(t *ticket) (worker *process, refused *JobError, err error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.forgotten {
		in.mu.Unlock()
		adopted := in.m.adopt(in)
		in.mu.Lock()
		if !adopted {
			return nil, nil, &JobError{Text: "not sent: the platform instance has ended", Code: CodeNotSent}
		}
	}
	if in.m.state.Load() != serving {
		return nil, nil, &JobError{Text: textShuttingDown, Code: CodeShuttingDown}
	}
	if in.definition.Persist && in.current == nil && in.open == 0 {
		// Without a connection and anything that could make one before it, the
		// answer is known: no process needs to be started for it.
		if refused, _ := in.check(t); refused != nil {
			return nil, refused, nil
		}
	}
	if err := in.admit(); err != nil {
		return nil, nil, err
	}
	in.flagged = false
	t.job.Instance = in.line
	t.hope = in.current
	worker = in.freeSlot(t)
	in.link(t)
	in.wakeAt(t.job.Deadline)
	return worker, nil, nil
}

// errNoRoom reports that as many instances have a worker as may.
var errNoRoom = errors.New("no room")

// admit decides whether a job can be taken on: there must be a worker, or hope
// for one. in.mu is held.
func (in *Instance) admit() error {
	if in.current != nil || in.starting {
		return nil
	}
	if err := in.backoff.refuse(time.Now()); err != nil {
		return err
	}
	if !in.slot {
		if !in.m.slots.take() {
			return errNoRoom
		}
		in.slot = true
	}
	return nil
}

// freeSlot gives the ticket a slot of the worker if it would be the next anyway.
// in.mu is held.
func (in *Instance) freeSlot(t *ticket) *process {
	p := in.current
	if p == nil || !p.ready || in.waiting > 0 || p.used >= p.slots {
		t.state = ticketWaiting
		in.waiting++
		return nil
	}
	p.used++
	t.state, t.worker = ticketClaimed, p
	return p
}

// push gives the ticket to the queue: claimed for worker, or to wait if that is
// nil.
func (in *Instance) push(t *ticket, worker *process) error {
	var err error
	if worker != nil {
		err = in.m.opts.Store.Push(&t.job, worker.generation, func(err error) { in.recorded(t, worker, err) })
	} else {
		err = in.m.opts.Store.Push(&t.job, 0, func(err error) { in.queued(t, err) })
	}
	if err == nil {
		t.pushed.Store(true)
		return nil
	}
	in.mu.Lock()
	answered := t.state == ticketDone // its deadline was as short as that
	if !answered {
		in.unlink(t)
	}
	in.mu.Unlock()
	if !answered {
		in.m.answered()
	}
	in.pump()
	if answered {
		return nil
	}
	return storeRefusal(err)
}

// queued is told that the ticket waits in the line, or that the store could not
// record it.
func (in *Instance) queued(t *ticket, err error) {
	t.pushed.Store(true)
	switch {
	case err == nil:
		in.mu.Lock()
		done := t.state == ticketDone
		in.mu.Unlock()
		if done {
			in.remove(t) // whoever ended it may have been earlier than the store
		}
	case !errors.Is(err, queue.ErrGone): // then whoever took it answers
		in.done(t, nil, storeRefusal(err))
	}
	in.pump()
}

// remove takes a ticket out of the store. One that is on its way into it is
// taken out when it is there.
func (in *Instance) remove(t *ticket) (removed bool) {
	if t.pushed.Load() {
		_, removed = in.m.opts.Store.Remove(t.job.ID)
	}
	return removed
}

// done ends a ticket and tells the Sink, unless that was done before.
func (in *Instance) done(t *ticket, out *activity.Object, failure *JobError) {
	in.mu.Lock()
	if t.state == ticketDone {
		in.mu.Unlock()
		return
	}
	in.unlink(t)
	in.mu.Unlock()
	in.answer(t, out, failure)
}

// answer tells the Sink the result of a ticket. Only who has unlinked it calls
// this, so that each is told once.
func (in *Instance) answer(t *ticket, out *activity.Object, failure *JobError) {
	var err error // stays nil, not a nil *JobError
	if failure != nil {
		err = failure
		in.m.counters.settle(in.definition.Name, failure.Code)
	}
	in.m.opts.Sink.Result(in, t.request, out, err)
	in.m.answered()
}

// link puts a ticket at the end of the list. in.mu is held.
func (in *Instance) link(t *ticket) {
	t.prev = in.last
	if in.last != nil {
		in.last.next = t
	} else {
		in.first = t
	}
	in.last = t
	in.open++
	in.m.open.Add(1)
}

// unlink ends a ticket: it is off the list and has no slot. in.mu is held.
func (in *Instance) unlink(t *ticket) {
	if t.prev != nil {
		t.prev.next = t.next
	} else {
		in.first = t.next
	}
	if t.next != nil {
		t.next.prev = t.prev
	} else {
		in.last = t.prev
	}
	t.prev, t.next = nil, nil
	in.open--
	if t.state == ticketWaiting {
		in.waiting--
	}
	in.release(t)
	t.state = ticketDone
}

// release gives back the slot of a ticket, if it has one. in.mu is held.
func (in *Instance) release(t *ticket) {
	if t.worker != nil {
		t.worker.used--
		t.worker = nil
	}
}

// idle tells that nothing is done for the instance. in.mu is held.
func (in *Instance) idle() bool {
	return in.open == 0 && in.current == nil && in.leaving == 0 && !in.starting
}

// leavePlace gives back what the instance takes of limits.maxPlatformInstances.
// in.mu is held.
func (in *Instance) leavePlace() {
	if in.slot {
		in.slot = false
		in.m.slots.release()
	}
}

const textShuttingDown = "server is shutting down"

// storeRefusal is what a client reads when the store did not take its job.
func storeRefusal(err error) *JobError {
	switch {
	case errors.Is(err, queue.ErrFull):
		return &JobError{Text: queue.ErrFull.Error(), Code: CodeQueueFull}
	case errors.Is(err, queue.ErrClosed):
		return &JobError{Text: textShuttingDown, Code: CodeShuttingDown}
	}
	return &JobError{Text: err.Error(), Code: CodeUnavailable}
}
