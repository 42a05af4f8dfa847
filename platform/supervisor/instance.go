package supervisor

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform"
	"github.com/sockethub/sockethub/platform/internal/frame"
	"github.com/sockethub/sockethub/queue"
	"github.com/sockethub/sockethub/remote"
)

// Instance is a platform for an actor in a scope, or a stateless platform for
// everybody. It outlives its workers: each job that finds none starts the next.
//
// A job that was accepted (a job) goes
//
//	Submit ─ a slot is free, nothing waits ─► claimed ─ recorded, checked ─► framed ─ result ─► done
//	      └─ else ─► waiting in the queue's line ─ pump ─┘
//
// and whatever happens ends in done, where its Asker gets the result.
type Instance struct {
	m          *Manager
	definition *platform.Definition
	touched    atomic.Bool // somebody asked for it since the janitor came by

	mu       sync.Mutex // guards the fields below; never held across the queue, the sink or I/O
	key      Key        // as everything here: of now, the actor may change
	id       string
	line     string // Job.Instance of its jobs; never changes while it has any
	sessions map[string]struct{}

	works       map[*queue.Job]*work // all that are not done
	first, last *work                // of these, in the order they were accepted
	waiting     int                  // how many of them are in the line

	current  *process // takes jobs, once it is ready
	leaving  int      // processes that take no jobs any more and are not over
	starting bool     // the starter has it
	backoff  backoff
	slot     bool   // counts against limits.maxPlatformInstances
	address  string // who has the slot: these count it against their limits
	session  string
	token    string

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

func newInstance(m *Manager, d *platform.Definition, key Key, id string) *Instance {
	in := &Instance{m: m, definition: d, key: key, id: id, works: make(map[*queue.Job]*work)}
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

// Persistent reports whether the platform keeps a connection for the actor.
func (in *Instance) Persistent() bool { return in.definition.Persist }

// Busy reports whether the instance has a worker, or jobs to start one for.
func (in *Instance) Busy() bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.current != nil || len(in.works) > 0
}

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
		p.tell(func(dst []byte) []byte { return frame.AppendDetach(dst, session) })
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

// work is a job from its acceptance until it is done. Instance.mu guards the
// fields below the blank line.
type work struct {
	job      queue.Job
	message  Message
	accepted time.Time
	kind     string // the activity's type
	actor    string // its actor's id
	verb     platform.Verb
	has      bool // the platform has the verb

	pushed atomic.Bool // the store has it, or had; job.ID may be read

	state      workState
	worker     *process // whose slot it has; nil for none
	hope       *process // the worker that it waits for: the one there was, or the first since; nil before
	deaths     int      // of workers that had it
	hash       []byte   // of its credentials
	prev, next *work
}

type workState uint8

const (
	workWaiting workState = iota // in the line, or on the way to it
	workClaimed                  // it has a slot; the store does not know yet
	workFramed                   // the worker has it
	workDone
)

// Submit accepts a job, or returns a *JobError made for the client. After nil
// m.Asker is told the result exactly once, perhaps before Submit returns. It
// never waits: ctx is only asked whether it has ended already.
func (in *Instance) Submit(ctx context.Context, m Message) error {
	if err := context.Cause(ctx); err != nil {
		return &platform.JobError{Text: "not sent: " + err.Error(), Code: platform.CodeNotSent}
	}
	now := time.Now()
	if m.Deadline.IsZero() {
		m.Deadline = now.Add(in.m.opts.JobTimeout)
	}
	w := &work{message: m, accepted: now}
	in.describe(w)

	worker, refused, err := in.accept(w)
	for full := (*noRoom)(nil); errors.As(err, &full); {
		if !in.m.makeRoom(full.of) {
			return full.refusal(in.definition.Name)
		}
		worker, refused, err = in.accept(w)
	}
	switch {
	case err != nil:
		return err
	case refused != nil:
		m.Asker.Result(in, nil, refused)
		return nil
	}
	return in.push(w, worker)
}

// describe fills in what follows from a work's message.
func (in *Instance) describe(w *work) {
	m := &w.message
	w.kind, w.actor = m.Activity.Text("type"), m.Activity.Object("actor").Text("id")
	w.verb, w.has = in.definition.Verbs[w.kind]
	w.job = queue.Job{
		Owner:   m.Owner,
		Payload: activity.AppendJSON(nil, m.Activity),
	}
	if !in.definition.Persist {
		w.job.Turn = queue.Turn{Address: remote.Subscriber(m.Address), Session: m.Owner.ID, Lane: in.definition.LaneOf(m.Activity)}
	}
	if in.definition.Persist && w.verb.Credentials {
		w.hash = credentialsHash(m.Credentials)
	}
}

// accept puts a job on the list, with a slot of worker if that is not nil.
// One that is refused needs no worker for its answer.
func (in *Instance) accept(w *work) (worker *process, refused *platform.JobError, err error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.forgotten {
		in.mu.Unlock()
		adopted := in.m.adopt(in)
		in.mu.Lock()
		if !adopted {
			return nil, nil, &platform.JobError{Text: "not sent: the platform instance has ended", Code: platform.CodeNotSent}
		}
	}
	if in.m.state.Load() != serving {
		return nil, nil, ErrShuttingDown
	}
	if in.definition.Persist && in.current == nil && len(in.works) == 0 {
		// Without a connection and anything that could make one before it, the
		// answer is known: no process needs to be started for it.
		if refused, _ := in.check(w); refused != nil {
			return nil, refused, nil
		}
	}
	if err := in.admit(&w.message); err != nil {
		return nil, nil, err
	}
	in.flagged = false
	w.job.Instance = in.line
	w.hope = in.current
	worker = in.freeSlot(w)
	in.enlist(w)
	in.wakeAt(w.message.Deadline)
	return worker, nil, nil
}

// admit decides whether a job can be taken on: there must be a worker, or hope
// for one. in.mu is held.
func (in *Instance) admit(m *Message) error {
	if in.current != nil || in.starting {
		return nil
	}
	if err := in.backoff.refuse(time.Now()); err != nil {
		return err
	}
	switch {
	case in.slot:
	case !in.definition.Persist:
		in.m.slots.takeShared()
		in.slot = true // for good
	default:
		address := remote.Subscriber(m.Address)
		if full := in.m.slots.take(address, m.Owner.ID, m.Token); full != nil {
			return full
		}
		in.slot, in.address, in.session, in.token = true, address, m.Owner.ID, m.Token
	}
	return nil
}

// freeSlot gives the work a slot of the worker if it would be the next anyway.
// in.mu is held.
func (in *Instance) freeSlot(w *work) *process {
	p := in.current
	if p == nil || !p.ready || in.m.phase.Load() != phaseOpen || in.waiting > 0 || p.used >= p.slots || p.shares.full(w.job.Turn, p.slots) {
		w.state = workWaiting
		in.waiting++
		return nil
	}
	p.take(w.job.Turn)
	w.state, w.worker = workClaimed, p
	return p
}

// push gives the work to the queue: claimed for worker, or to wait if that is
// nil.
func (in *Instance) push(w *work, worker *process) error {
	generation, confirmed := uint64(0), func(err error) { in.queued(w, err) }
	if worker != nil {
		generation, confirmed = worker.generation, func(err error) { in.recorded(w, worker, err) }
	}
	store := in.m.opts.Store
	err := store.Push(&w.job, generation, confirmed)
	if errors.Is(err, queue.ErrFull) {
		// The place of whoever has most of them is worth less than that of one
		// who has none.
		if out := store.Displace(in.line, w.job.Turn); out != nil {
			if displaced := in.workOf(out); displaced != nil {
				in.done(displaced, nil, notStored(queue.ErrShare))
			}
			err = store.Push(&w.job, generation, confirmed)
		}
	}
	if err == nil {
		w.pushed.Store(true)
		return nil
	}
	in.mu.Lock()
	answered := w.state == workDone // its deadline was as short as that
	if !answered {
		in.strike(w)
	}
	in.mu.Unlock()
	if !answered {
		in.m.answered()
	}
	in.pump()
	if answered {
		return nil
	}
	return notStored(err)
}

// queued is told that the work waits in the line, or that the store could not
// record it.
func (in *Instance) queued(w *work, err error) {
	w.pushed.Store(true)
	switch {
	case err == nil:
		in.mu.Lock()
		done := w.state == workDone
		in.mu.Unlock()
		if done {
			in.remove(w) // whoever ended it may have been earlier than the store
		}
	case !errors.Is(err, queue.ErrGone): // then whoever took it answers
		in.done(w, nil, notStored(err))
	}
	in.pump()
}

// remove takes a job out of the store. One that is on its way into it is
// taken out when it is there.
func (in *Instance) remove(w *work) (removed bool) {
	if w.pushed.Load() {
		_, removed = in.m.opts.Store.Remove(w.job.ID)
	}
	return removed
}

// done ends a job and tells its Asker, unless that was done before.
func (in *Instance) done(w *work, out *activity.Object, failure *platform.JobError) {
	in.mu.Lock()
	if w.state == workDone {
		in.mu.Unlock()
		return
	}
	in.strike(w)
	in.mu.Unlock()
	in.answer(w, out, failure)
}

// answer tells the Asker the result of a job. Only who has struck it off calls
// this, so that each is told once.
func (in *Instance) answer(w *work, out *activity.Object, failure *platform.JobError) {
	var err error // stays nil, not a nil *JobError
	if failure != nil {
		err = failure
		in.m.counters.settle(in.definition.Name, failure.Code)
	}
	w.message.Asker.Result(in, out, err)
	in.m.answered()
}

// workOf returns whose job it is that the store gave back; nil: that is done.
func (in *Instance) workOf(job *queue.Job) *work {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.works[job]
}

// enlist puts a job at the end of the list. in.mu is held.
func (in *Instance) enlist(w *work) {
	w.prev = in.last
	if in.last != nil {
		in.last.next = w
	} else {
		in.first = w
	}
	in.last = w
	in.works[&w.job] = w
	in.m.open.Add(1)
}

// strike ends a job: it is off the list and has no slot. in.mu is held.
func (in *Instance) strike(w *work) {
	if w.prev != nil {
		w.prev.next = w.next
	} else {
		in.first = w.next
	}
	if w.next != nil {
		w.next.prev = w.prev
	} else {
		in.last = w.prev
	}
	w.prev, w.next = nil, nil
	delete(in.works, &w.job)
	if w.state == workWaiting {
		in.waiting--
	}
	in.release(w)
	w.state = workDone
}

// release gives back the slot of a job, if it has one. in.mu is held.
func (in *Instance) release(w *work) {
	if w.worker != nil {
		w.worker.give(w.job.Turn)
		w.worker = nil
	}
}

// idle reports whether nothing is done for the instance. in.mu is held.
func (in *Instance) idle() bool {
	return len(in.works) == 0 && in.current == nil && in.leaving == 0 && !in.starting
}

// leavePlace gives back what the instance takes of limits.maxPlatformInstances.
// in.mu is held.
func (in *Instance) leavePlace() {
	if in.slot {
		in.slot = false
		in.m.slots.release(in.address, in.session, in.token)
	}
}
