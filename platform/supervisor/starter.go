package supervisor

import (
	"os"
	"runtime"
	"sync"
	"time"

	"github.com/sockethub/sockethub/platform"
)

// starter starts all worker processes, one after another on one goroutine, so
// that a thousand connections that were lost together do not come back all in
// the same moment. Addresses take turns: one that wants many waits longest.
//
// On Linux the goroutine stays on its thread until the last worker is gone: the
// kernel kills a worker when the thread that started it ends, not only when the
// process does (go.dev/issue/27505).
type starter struct {
	m        *Manager
	interval time.Duration // between two starts in the long run; 0 for no limit
	wake     chan struct{} // holds one
	calls    chan func()   // for its thread
	quit     chan struct{}
	done     chan struct{} // closed when run has returned
	closing  sync.Once

	busy sync.Mutex // held while a process is being started

	mu      sync.Mutex // guards the fields below; the innermost lock
	waiting map[string][]*Instance
	turns   []string // the addresses that waiting has, the next one first
}

// startBurst is how many workers may be started without a pause after a while
// in which none was.
const startBurst = 10

func newStarter(m *Manager, perSecond int) *starter {
	s := &starter{m: m, waiting: make(map[string][]*Instance), wake: make(chan struct{}, 1), calls: make(chan func()), quit: make(chan struct{}), done: make(chan struct{})}
	if perSecond > 0 {
		s.interval = time.Second / time.Duration(perSecond)
	}
	start := m.opts.OnThread
	if start == nil {
		start = func(run func()) { go run() }
	}
	start(s.run)
	return s
}

// add has a worker started for an instance, which does not call it again before
// the starter has called begun or startFailed. The caller holds in.mu.
func (s *starter) add(in *Instance) {
	s.mu.Lock()
	if len(s.waiting[in.address]) == 0 {
		s.turns = append(s.turns, in.address)
	}
	s.waiting[in.address] = append(s.waiting[in.address], in)
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// call runs f on the starter's thread, and waits for it.
func (s *starter) call(f func()) {
	done := make(chan struct{})
	s.calls <- func() {
		defer close(done)
		f()
	}
	<-done
}

// settle waits until no process is being started. After it all see the state
// that the Manager had before.
func (s *starter) settle() {
	s.busy.Lock()
	defer s.busy.Unlock()
}

// close ends the goroutine, when there are no workers any more.
func (s *starter) close() {
	s.closing.Do(func() { close(s.quit) })
	<-s.done
}

func (s *starter) run() {
	defer close(s.done)
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var due time.Time // when the next start would be on time
	for {
		in := s.next()
		if in == nil {
			select {
			case <-s.wake:
				continue
			case f := <-s.calls:
				f()
				continue
			case <-s.quit:
				return
			}
		}
		now := time.Now()
		if due.Before(now) {
			due = now
		}
		if early := due.Sub(now) - startBurst*s.interval; early > 0 {
			s.wait(early)
		}
		due = due.Add(s.interval)
		s.start(in)
	}
}

// wait lets a time pass, in which other things may be done.
func (s *starter) wait(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
			return
		case f := <-s.calls:
			f()
		case <-s.quit:
			return
		}
	}
}

func (s *starter) next() *Instance {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.turns) == 0 {
		return nil
	}
	address := s.turns[0]
	line := s.waiting[address]
	s.turns = s.turns[1:]
	if len(line) > 1 {
		s.waiting[address] = line[1:]
		s.turns = append(s.turns, address)
	} else {
		delete(s.waiting, address)
	}
	return line[0]
}

func (s *starter) start(in *Instance) {
	wanted, err := s.startWanted(in)
	switch {
	case err != nil:
		in.startFailed(err)
	case !wanted:
		in.pump()
	}
}

func (s *starter) startWanted(in *Instance) (wanted bool, err error) {
	s.busy.Lock()
	defer s.busy.Unlock()
	if !in.wanted() {
		return false, nil
	}
	p, err := s.m.startProcess(in)
	if err != nil {
		return true, err
	}
	in.begun(p)
	return true, nil
}

// wanted reports whether a worker is still to be started.
func (in *Instance) wanted() bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	if len(in.works) > 0 && in.m.state.Load() != closing && in.m.phase.Load() != phaseFrozen {
		return true
	}
	in.starting = false
	return false
}

// begun gives a new worker its instance.
func (in *Instance) begun(p *process) {
	p.greet() // before anybody else can send it a frame
	in.m.mu.Lock()
	in.m.live[p] = struct{}{}
	in.m.mu.Unlock()
	in.mu.Lock()
	in.starting = false
	in.current = p
	for w := in.first; w != nil; w = w.next {
		w.hope = p
	}
	in.mu.Unlock()
	p.run()
}

// startFailed takes note of a worker that could not even be made.
func (in *Instance) startFailed(err error) {
	in.m.log.Error("worker could not be started", "platform", in.definition.Name, "error", err)
	in.m.counters.exit(in.definition.Name, exitStart)
	in.mu.Lock()
	in.starting = false
	in.backoff.failed(time.Now(), err.Error())
	failed := in.backoff
	in.mu.Unlock()
	in.warn(failed)
	if failed.hopeless() {
		in.failThose((*work).unseen, &platform.JobError{Text: "worker could not be started: " + err.Error(), Code: platform.CodeStartFailed})
	}
	in.pump()
}

// warn logs that workers do not come to be ready. No lock is held: the handler of
// the log may ask for what locks guard.
func (in *Instance) warn(b backoff) {
	if wait := time.Until(b.next); wait > 0 {
		in.m.log.Warn("workers do not come to be ready", "platform", in.definition.Name, "instance", in.ID(),
			"in a row", b.failures, "next start in", wait.Round(time.Millisecond))
	}
}

// pipes are the three pipes of a worker: the ends that it gets, and ours.
type pipes struct {
	theirs [3]*os.File
	ours   [3]*os.File
}

// makePipes makes the pipes; all descriptors are close-on-exec.
func makePipes() (*pipes, error) {
	p := new(pipes)
	for i := range p.ours {
		r, w, err := os.Pipe()
		if err != nil {
			p.close()
			return nil, err
		}
		if p.theirs[i], p.ours[i] = w, r; i == 0 {
			p.theirs[i], p.ours[i] = r, w
		}
	}
	return p, nil
}

func (p *pipes) closeTheirs() {
	for _, f := range p.theirs {
		if f != nil {
			f.Close()
		}
	}
}

func (p *pipes) close() {
	p.closeTheirs()
	for _, f := range p.ours {
		if f != nil {
			f.Close()
		}
	}
}
