package supervisor

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/handover"
	"github.com/sockethub/sockethub/platform"
	"github.com/sockethub/sockethub/platform/internal/frame"
	"github.com/sockethub/sockethub/platform/internal/sandbox"
	"github.com/sockethub/sockethub/queue"
)

// The kinds of records that a Manager hands over, in this order. Those of jobs
// come last: whoever waits for them has to be there.
const (
	kindManager  = "workers"
	kindKept     = "kept"
	kindInstance = "instance"
	kindJob      = "job"
)

type managerState struct {
	Generations uint64 `json:"generations"` // the last one given
}

// keptState is what the workers of a platform had the server keep.
type keptState struct {
	Platform string       `json:"platform"`
	Values   []frame.Kept `json:"values"`
}

// instanceState is an instance with its workers: one that takes jobs, and those
// that are leaving.
type instanceState struct {
	Platform    string        `json:"platform"`
	Actor       string        `json:"actor,omitempty"`
	Scope       string        `json:"scope,omitempty"`
	Secret      bool          `json:"secret,omitempty"`
	ID          string        `json:"id"`
	Line        string        `json:"line"`
	Sessions    []string      `json:"sessions,omitempty"`
	Initialised bool          `json:"initialised,omitempty"`
	Hash        []byte        `json:"hash,omitempty"` // of credentials: see Instance
	Formerly    []formerState `json:"formerly,omitempty"`
	LeftAt      time.Time     `json:"leftAt,omitzero"`
	Linger      time.Duration `json:"linger,omitempty"`
	Slot        bool          `json:"slot,omitempty"`
	Address     string        `json:"address,omitempty"`
	Session     string        `json:"session,omitempty"`
	Token       string        `json:"token,omitempty"`
	Workers     []workerState `json:"workers,omitempty"`
}

type formerState struct {
	Actor string `json:"actor"`
	Hash  []byte `json:"hash,omitempty"`
}

// workerState is a process, which goes on meanwhile.
type workerState struct {
	PID        int              `json:"pid"`
	Protocol   int              `json:"protocol"` // that it was told to speak
	Generation uint64           `json:"generation"`
	Slots      int              `json:"slots"`
	Started    time.Time        `json:"started"`
	Ready      bool             `json:"ready,omitempty"`
	Files      [3]int           `json:"files"`            // our ends of its pipes
	Unsent     []byte           `json:"unsent,omitempty"` // of its input
	Unread     []byte           `json:"unread,omitempty"` // of its output: the beginning of a frame
	Cancelled  []cancelledState `json:"cancelled,omitempty"`
	Leaving    string           `json:"leaving,omitempty"` // why it takes no jobs any more
	How        doing            `json:"how,omitempty"`
}

// cancelledState is a job that nobody waits for and the worker still has.
type cancelledState struct {
	ID    uint64     `json:"id"`
	Until time.Time  `json:"until"`
	Turn  queue.Turn `json:"turn"`
	Kind  string     `json:"kind"`
	Actor string     `json:"actor"`
	Hash  []byte     `json:"hash,omitempty"`
}

// jobState is a job that is not answered yet.
type jobState struct {
	ID          uint64          `json:"id"`
	Instance    string          `json:"instance"`
	Generation  uint64          `json:"generation,omitempty"` // of the worker that has it; 0: it waits
	Owner       queue.Owner     `json:"owner"`
	Address     string          `json:"address,omitempty"`
	Token       string          `json:"token,omitempty"`
	Deadline    time.Time       `json:"deadline"`
	Accepted    time.Time       `json:"accepted"`
	Activity    json.RawMessage `json:"activity"`
	Credentials json.RawMessage `json:"credentials,omitempty"`
	Deaths      int             `json:"deaths,omitempty"`
	Asker       any             `json:"asker,omitempty"` // what the Manager's user says of who waits
}

// HandOver writes down everything but the jobs, after Freeze.
func (m *Manager) HandOver(w *handover.Writer) (workers int, err error) {
	if err := w.Put(kindManager, managerState{m.generations.Load()}); err != nil {
		return 0, err
	}
	for name, keeper := range m.kept {
		if values := keeper.Values(); len(values) > 0 {
			if err := w.Put(kindKept, keptState{name, values}); err != nil {
				return workers, err
			}
		}
	}
	alive := m.alive()
	for _, in := range m.all() {
		state := in.handed()
		for _, p := range alive {
			if p.in != in {
				continue
			}
			worker, err := p.handed(w)
			if err != nil {
				return workers, err
			}
			state.Workers = append(state.Workers, worker)
			workers++
		}
		if err := w.Put(kindInstance, state); err != nil {
			return workers, err
		}
	}
	return workers, nil
}

// HandOverJobs writes down the jobs that are not answered, last of all. asker says
// of each who waits for it, in a form that RestoreJob gets back; nil for nobody.
func (m *Manager) HandOverJobs(w *handover.Writer, asker func(Asker) any) (n int, err error) {
	for _, in := range m.all() {
		in.mu.Lock()
		var jobs []jobState
		for at := in.first; at != nil; at = at.next {
			jobs = append(jobs, at.handed(in.id, asker))
		}
		in.mu.Unlock()
		for _, job := range jobs {
			if err := w.Put(kindJob, job); err != nil {
				return n, err
			}
			n++
		}
	}
	return n, nil
}

func (in *Instance) handed() instanceState {
	sessions := in.Sessions()
	in.mu.Lock()
	defer in.mu.Unlock()
	state := instanceState{
		Platform: in.key.Platform, Actor: in.key.Actor, Scope: in.key.Scope, Secret: in.key.Secret,
		ID: in.id, Line: in.line, Sessions: sessions,
		Initialised: in.initialised, Hash: in.hash,
		LeftAt: in.leftAt, Linger: in.linger,
		Slot: in.slot, Address: in.address, Session: in.session, Token: in.token,
	}
	for _, f := range in.formerly {
		state.Formerly = append(state.Formerly, formerState{f.actor, f.hash})
	}
	return state
}

func (p *process) handed(w *handover.Writer) (state workerState, err error) {
	cause, how := p.outcome()
	p.in.mu.Lock()
	defer p.in.mu.Unlock()
	state = workerState{
		PID: p.pid, Protocol: p.protocol, Generation: p.generation, Slots: p.slots, Started: p.started,
		Ready: p.ready, Unsent: p.unsent, Unread: p.input.Unread(),
	}
	for i, f := range []*os.File{p.stdin, p.stdout, p.stderr} {
		if state.Files[i], err = w.Keep(f); err != nil {
			return state, err
		}
	}
	if p.in.current != p {
		state.Leaving, state.How = cause, how
	}
	for id, c := range p.cancelled {
		state.Cancelled = append(state.Cancelled, cancelledState{id, c.until, c.work.job.Turn, c.work.kind, c.work.actor, c.work.hash})
	}
	return state, nil
}

// handed is the job as the next program gets it. in.mu is held.
func (w *work) handed(instance string, asker func(Asker) any) jobState {
	state := jobState{
		ID: w.job.ID, Instance: instance, Owner: w.message.Owner, Address: w.message.Address, Token: w.message.Token,
		Deadline: w.message.Deadline, Accepted: w.accepted, Activity: w.job.Payload, Deaths: w.deaths,
		Asker: asker(w.message.Asker),
	}
	if w.state == workFramed {
		state.Generation = w.worker.generation
	}
	if w.message.Credentials != nil {
		state.Credentials = activity.AppendJSON(nil, w.message.Credentials)
	}
	return state
}

// orphaned is an instance whose worker did not cross.
type orphaned struct {
	in     *Instance
	reason string
}

// Restore takes what HandOver wrote down, record by record, before anything is
// asked of the Manager. known is false for a record of somebody else. Nothing is
// read of a worker before Resume.
func (m *Manager) Restore(r handover.Record, files *handover.Files) (known bool, err error) {
	switch r.Kind {
	case kindManager:
		var state managerState
		if err := r.Into(&state); err != nil {
			return true, err
		}
		m.generations.Store(state.Generations)
	case kindKept:
		var state keptState
		if err := r.Into(&state); err != nil {
			return true, err
		}
		if keeper := m.kept[state.Platform]; keeper != nil {
			return true, keeper.Restore(state.Values, time.Now())
		}
	case kindInstance:
		var state instanceState
		if err := r.Into(&state); err != nil {
			return true, err
		}
		return true, m.restoreInstance(&state, files)
	default:
		return false, nil
	}
	return true, nil
}

func (m *Manager) restoreInstance(state *instanceState, files *handover.Files) error {
	d := m.definitions[state.Platform]
	if d == nil {
		return fmt.Errorf("instance %s: there is no platform %s any more", state.ID, state.Platform)
	}
	key := Key{Platform: state.Platform, Actor: state.Actor, Scope: state.Scope, Secret: state.Secret}
	if d.Persist == (state.Scope == "") {
		return fmt.Errorf("instance %s: the platform %s works in another way now", state.ID, state.Platform)
	}
	in := newInstance(m, d, key, state.ID)
	in.leftAt = state.LeftAt
	for _, id := range state.Sessions {
		in.Attach(id)
	}
	m.mu.Lock()
	in.line = state.Line
	m.lines[in.line] = true
	m.instances[in.id] = in
	m.mu.Unlock()
	switch {
	case !state.Slot:
	case d.Persist:
		in.slot, in.address, in.session, in.token = true, state.Address, state.Session, state.Token
		m.slots.restore(in.address, in.session, in.token)
	default:
		in.slot = true
		m.slots.takeShared()
	}
	var failed error
	for i := range state.Workers {
		worker := &state.Workers[i]
		p, err := m.adoptProcess(in, worker, files)
		switch {
		case err != nil && worker.Leaving == "":
			m.orphaned = append(m.orphaned, orphaned{in, "it was lost at an upgrade"})
			fallthrough
		case err != nil:
			failed = errors.Join(failed, fmt.Errorf("instance %s: %w", in.id, err))
		case worker.Leaving != "":
			p.note(worker.Leaving, worker.How)
			in.leaving++
		default:
			in.current = p
			in.initialised, in.hash, in.linger = state.Initialised, state.Hash, state.Linger
			for _, f := range state.Formerly {
				in.formerly = append(in.formerly, former{f.Actor, f.Hash})
				m.renamed[in] = struct{}{}
			}
		}
	}
	return failed
}

// adoptProcess makes a process of what is known of it.
func (m *Manager) adoptProcess(in *Instance, state *workerState, files *handover.Files) (*process, error) {
	var ours pipes
	for i, fd := range state.Files {
		f, err := files.Take(fd, "a worker's pipe")
		if err != nil {
			ours.close()
			return nil, err
		}
		ours.ours[i] = f
	}
	p := m.newProcess(in, state.Generation, state.Slots, ours.ours)
	var err error
	if p.handle, p.exit, err = sandbox.AdoptChild(state.PID); err != nil {
		ours.close()
		return nil, err
	}
	p.protocol, p.pid, p.started, p.ready = state.Protocol, state.PID, state.Started, state.Ready
	p.log = m.log.With("platform", in.definition.Name, "instance", in.id, "pid", p.pid)
	p.input.Preload(state.Unread)
	p.tell(func(dst []byte) []byte { return append(dst, state.Unsent...) })
	for _, c := range state.Cancelled {
		w := &work{kind: c.Kind, actor: c.Actor, hash: c.Hash, job: queue.Job{ID: c.ID, Turn: c.Turn}}
		w.verb, w.has = in.definition.Verbs[w.kind]
		if p.cancelled == nil {
			p.cancelled = make(map[uint64]cancelled)
		}
		p.cancelled[c.ID] = cancelled{c.Until, w}
		p.take(c.Turn)
	}
	m.mu.Lock()
	m.live[p] = struct{}{}
	m.mu.Unlock()
	return p, nil
}

// RestoreJob takes a job, after all instances and whoever waits for it. asker
// makes of what was said of that the Asker of now.
func (m *Manager) RestoreJob(r handover.Record, asker func(state json.RawMessage, message *activity.Object) Asker) (known bool, err error) {
	if r.Kind != kindJob {
		return false, nil
	}
	var waiting json.RawMessage
	state := jobState{Asker: &waiting}
	if err := r.Into(&state); err != nil {
		return true, err
	}
	message, err := activity.ParseObject(state.Activity)
	if err != nil {
		return true, fmt.Errorf("job %d: %w", state.ID, err)
	}
	var credentials *activity.Object
	if len(state.Credentials) > 0 {
		if credentials, err = activity.ParseObject(state.Credentials); err != nil {
			return true, fmt.Errorf("job %d: its credentials: %w", state.ID, err)
		}
	}
	who := asker(waiting, message)
	in := m.InstanceByID(state.Instance)
	if in == nil {
		who.Result(nil, nil, &platform.JobError{Text: "outcome unknown: its platform was lost at an upgrade of the server", Code: platform.CodeOutcomeUnknown})
		return true, nil
	}
	w := &work{
		message: Message{
			Asker: who, Owner: state.Owner, Address: state.Address, Token: state.Token,
			Deadline: state.Deadline, Activity: message, Credentials: credentials,
		},
		accepted: state.Accepted, deaths: state.Deaths,
	}
	in.describe(w)
	w.job.ID, w.job.Instance = state.ID, in.line
	return true, in.restore(w, state.Generation)
}

// restore puts a job where it was: at a worker, or in the line.
func (in *Instance) restore(w *work, generation uint64) error {
	p := in.holder(generation)
	in.mu.Lock()
	w.hope = in.current
	in.enlist(w)
	if p != nil {
		p.take(w.job.Turn)
		w.state, w.worker = workFramed, p
	} else {
		w.state = workWaiting
		in.waiting++
	}
	in.mu.Unlock()
	w.pushed.Store(true)
	if generation != 0 && p == nil { // its worker did not cross
		in.done(w, nil, &platform.JobError{Text: "outcome unknown: worker was lost at an upgrade of the server", Code: platform.CodeOutcomeUnknown})
		return nil
	}
	if err := in.m.opts.Store.Restore(&w.job, generation); err != nil {
		in.done(w, nil, notStored(err))
		return fmt.Errorf("job %d: %w", w.job.ID, err)
	}
	return nil
}

// holder finds the worker of a generation; nil for none.
func (in *Instance) holder(generation uint64) *process {
	for _, p := range in.m.alive() {
		if p.in == in && p.generation == generation {
			return p
		}
	}
	return nil
}

// InstanceByID returns an instance that is there, nil if none has that id.
func (m *Manager) InstanceByID(id string) *Instance {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.instances[id]
}

// KillOrphans ends the children of this process that no Manager knows of, where the
// program before has left some. m may be nil.
func KillOrphans(m *Manager) {
	var alive []*process
	if m != nil {
		alive = m.alive()
	}
	sandbox.KillOrphans(func(pid int) bool {
		return slices.ContainsFunc(alive, func(p *process) bool { return p.pid == pid })
	})
}

// Resume begins to read the workers that crossed, and to give them jobs. A worker
// whose protocol is not spoken any more is stopped as at a shutdown, and its
// sessions are told.
func (m *Manager) Resume() {
	for _, p := range m.alive() {
		p.run()
		if cause, how := p.outcome(); cause != "" {
			p.end(fullLadder, cause, how)
		} else if p.protocol != frame.Version {
			p.in.retire(p, quickLadder, fmt.Sprintf("spoke version %d of the protocol, which an upgraded server does not", p.protocol), endedForUpgrade)
		}
	}
	for _, o := range m.orphaned {
		if o.in.definition.Persist {
			m.opts.Sink.Ended(o.in, o.reason)
		}
	}
	m.orphaned = nil
	for _, in := range m.all() {
		in.ring() // sets the alarm, and pumps
	}
}
