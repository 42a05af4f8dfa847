package supervisor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform"
	"github.com/sockethub/sockethub/platform/internal/frame"
	"github.com/sockethub/sockethub/platform/internal/sandbox"
	"github.com/sockethub/sockethub/platform/policy"
	"github.com/sockethub/sockethub/queue"
)

// Options configures a Manager. A number of 0 switches its limit or its check off;
// JobTimeout and MaxResultBytes must be positive.
type Options struct {
	Definitions []*platform.Definition // compiled-in platforms, and those that Describe found
	Config      map[string][]byte      // packageConfig by platform name, JSON objects
	Policy      *policy.Policy         // which hosts workers may reach; nil: any
	Store       queue.Queue            // must be set; outlives the Manager
	Sink        Sink                   // must be set
	Log         *slog.Logger           // nil for none
	LogLevel    string                 // what workers log: "debug", "info" (also ""), "warn", "error"

	MaxInstances int // that have a worker or are about to

	// Of persistent platforms: their workers that an address, a session or a
	// Message.Token has started.
	InstancesPerAddress, InstancesPerSession, InstancesPerToken int

	MaxLinger         time.Duration // of instances that no session is attached to; 0: none stays
	JobTimeout        time.Duration // for a message without a deadline
	HeartbeatInterval time.Duration // with 0 in either of these two none is expected
	HeartbeatTimeout  time.Duration // silence after which a worker is ended
	MaxResultBytes    int64         // of a worker's frame with a result
	WorkerMemoryBytes int64         // resident memory at which a worker with all it started is ended
	WorkerOpenFiles   int           // descriptors of a worker; 0: as many as this process may have
	StartsPerSecond   int           // of workers, all together
	Sandbox           bool          // shut workers in, as far as the kernel can

	// Started is told of each worker how long it took to be ready, Waited of each
	// job how long it waited until a worker got it for the first time. They are
	// called where a Sink or Asker is, and should not wait either; nil for nobody.
	Started, Waited func(time.Duration)

	// OnThread starts run, which starts all workers, on a thread that it has until
	// run returns; nil for any thread. A program that is replaced in its process
	// needs this to be the process' first, the only one that stays: see
	// Manager.OnThread.
	OnThread func(run func())

	// Report adds to the janitor's line in the log what only the caller knows;
	// nil for nothing.
	Report func() (sessions, redisConnections int)
}

// check refuses what makes no sense.
func (o *Options) check() error {
	for _, n := range []struct {
		name  string
		value int64
	}{
		{"MaxInstances", int64(o.MaxInstances)}, {"InstancesPerAddress", int64(o.InstancesPerAddress)},
		{"InstancesPerSession", int64(o.InstancesPerSession)}, {"InstancesPerToken", int64(o.InstancesPerToken)},
		{"MaxLinger", int64(o.MaxLinger)}, {"HeartbeatInterval", int64(o.HeartbeatInterval)}, {"HeartbeatTimeout", int64(o.HeartbeatTimeout)},
		{"WorkerMemoryBytes", o.WorkerMemoryBytes}, {"WorkerOpenFiles", int64(o.WorkerOpenFiles)}, {"StartsPerSecond", int64(o.StartsPerSecond)},
	} {
		if n.value < 0 {
			return fmt.Errorf("platform: Options.%s is negative", n.name)
		}
	}
	switch {
	case o.Store == nil || o.Sink == nil:
		return errors.New("platform: Options.Store and Options.Sink must be set")
	case o.JobTimeout <= 0:
		return errors.New("platform: Options.JobTimeout must be positive: a job without a deadline could wait for ever")
	case o.MaxResultBytes <= 0:
		return errors.New("platform: Options.MaxResultBytes must be positive")
	}
	return nil
}

// Manager has the instances of all platforms and their worker processes. Its
// methods may be called by any goroutine.
type Manager struct {
	opts        Options
	log         *slog.Logger
	definitions map[string]*platform.Definition
	shared      map[string]string       // ids of the instances of stateless platforms, by name: each message asks for one
	kept        map[string]*frame.Notes // by the platform's name
	starter     *starter
	slots       slots
	counters    counters
	cancelGrace time.Duration // see there; tests have less patience
	unasked     tokens        // of each worker, at first; tests have fewer
	made        time.Time

	generations atomic.Uint64 // of workers; the last one given
	open        atomic.Int64  // jobs accepted and not answered
	state       atomic.Int32  // serving, draining, closing
	phase       atomic.Int32  // of a crossing to the next program: see freeze
	drained     chan struct{} // tells Shutdown to look at open again; holds one

	stopping context.Context // ends the goroutines of the Manager
	stop     context.CancelFunc
	loops    sync.WaitGroup // janitor and watch

	crossing sync.RWMutex // held for reading by alarms, janitor and watch; by Freeze until Thaw; outermost

	mu        sync.Mutex             // guards the fields below; before Instance.mu
	instances map[string]*Instance   // by id
	renamed   map[*Instance]struct{} // those of them whose actor has changed
	lines     map[string]bool        // of the queue, that these instances have
	live      map[*process]struct{}  // from start until all about it is over
	orphaned  []orphaned             // by the crossing, until Resume
}

// The states of a Manager, in their order.
const (
	serving  int32 = iota
	draining       // no new jobs
	closing        // no new workers: what cannot be finished is answered with an error
)

// New returns a Manager of the platforms in opts. It starts no worker yet, but
// the goroutines that look after them, which Shutdown ends.
func New(opts Options) (*Manager, error) {
	if err := opts.check(); err != nil {
		return nil, err
	}
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	if opts.HeartbeatInterval == 0 || opts.HeartbeatTimeout == 0 {
		opts.HeartbeatInterval, opts.HeartbeatTimeout = 0, 0
	}
	m := &Manager{
		opts:        opts,
		log:         opts.Log.With("namespace", "server:platform-instance"),
		definitions: make(map[string]*platform.Definition, len(opts.Definitions)),
		shared:      make(map[string]string),
		kept:        make(map[string]*frame.Notes, len(opts.Definitions)),
		cancelGrace: cancelGrace,
		unasked:     tokens{perSecond: unaskedPerSecond, most: unaskedBurst},
		made:        time.Now(),
		drained:     make(chan struct{}, 1),
		instances:   make(map[string]*Instance),
		renamed:     make(map[*Instance]struct{}),
		lines:       make(map[string]bool),
		live:        make(map[*process]struct{}),
	}
	for _, d := range opts.Definitions {
		if m.definitions[d.Name] != nil {
			return nil, fmt.Errorf("platform: two platforms are named %q", d.Name)
		}
		m.definitions[d.Name] = d
		m.kept[d.Name] = new(frame.Notes)
		if !d.Persist {
			m.shared[d.Name] = Key{Platform: d.Name}.ID()
		}
	}
	for name, config := range opts.Config {
		if _, err := activity.ParseObject(config); err != nil {
			return nil, fmt.Errorf("platform: config of %s: %w", name, err)
		}
		if n := len(config); n > frame.MaxConfig {
			return nil, fmt.Errorf("platform: config of %s has %d bytes, at most %d fit in a frame", name, n, frame.MaxConfig)
		}
	}
	m.slots = slots{max: opts.MaxInstances, stateless: len(m.shared), perAddress: opts.InstancesPerAddress, perSession: opts.InstancesPerSession, perToken: opts.InstancesPerToken}
	m.counters.init(opts.Definitions)
	if opts.Sandbox {
		if missing := sandbox.Missing(); len(missing) > 0 {
			m.log.Warn("workers are not shut in completely", "missing", missing)
		}
	}
	m.stopping, m.stop = context.WithCancel(context.Background())
	m.starter = newStarter(m, opts.StartsPerSecond)
	m.loops.Go(func() { m.janitor(m.stopping) })
	m.loops.Go(func() { m.watch(m.stopping) })
	return m, nil
}

// Instance finds the instance of a key or makes it. It starts no process: that
// is for the first job to do. An error is a *JobError, made for the client.
func (m *Manager) Instance(key Key) (*Instance, error) {
	d := m.definitions[key.Platform]
	switch {
	case d == nil:
		return nil, &platform.JobError{Text: "platform " + key.Platform + " is not available"}
	case !d.Persist:
		key = Key{Platform: key.Platform}
	case key.Scope == "":
		// Whoever asked for it would share it with everybody.
		return nil, &platform.JobError{Text: "cannot resolve a connection scope for " + key.Platform + " without a session"}
	}
	id := m.shared[key.Platform]
	if id == "" {
		id = key.ID()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	in := m.instances[id]
	if in == nil && key.Secret {
		in = m.lingeringAs(key)
	}
	if in != nil {
		in.touched.Store(true)
		return in, nil
	}
	if full := m.slots.full(); full != nil && d.Persist && !m.roomy() {
		return nil, full.refusal(key.Platform)
	}
	in = newInstance(m, d, key, id)
	m.add(in)
	return in, nil
}

// add puts an instance on the list. Its line of the queue has the instance's
// id, unless an instance that had this id before still uses that. m.mu is held.
func (m *Manager) add(in *Instance) {
	in.line = in.id
	for m.lines[in.line] {
		in.line += "+"
	}
	m.lines[in.line] = true
	m.instances[in.id] = in
}

// forget removes an instance that is idle. m.mu and in.mu are held.
func (m *Manager) forget(in *Instance) {
	delete(m.instances, in.id)
	delete(m.lines, in.line)
	delete(m.renamed, in)
	in.leavePlace()
	in.forgotten = true
}

// adopt puts an instance back that was forgotten while somebody meant to use
// it; false when another took its place.
func (m *Manager) adopt(in *Instance) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	in.mu.Lock()
	defer in.mu.Unlock()
	if !in.forgotten {
		return true
	}
	if m.instances[in.id] != nil {
		return false
	}
	m.add(in)
	in.forgotten = false
	in.touched.Store(true)
	return true
}

// all returns the instances, ordered by id.
func (m *Manager) all() []*Instance {
	m.mu.Lock()
	defer m.mu.Unlock()
	list := make([]*Instance, 0, len(m.instances))
	for _, in := range m.instances {
		list = append(list, in)
	}
	slices.SortFunc(list, func(a, b *Instance) int { return cmp.Compare(a.line, b.line) })
	return list
}

// alive returns the worker processes.
func (m *Manager) alive() []*process {
	m.mu.Lock()
	defer m.mu.Unlock()
	list := make([]*process, 0, len(m.live))
	for p := range m.live {
		list = append(list, p)
	}
	return list
}
