package supervisor

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform"
	"github.com/sockethub/sockethub/platform/internal/frame"
	"github.com/sockethub/sockethub/platform/internal/sandbox"
)

// process is a worker process as the server has it. Its goroutines read its two
// outputs and wait for its end; run starts them, and the last of them calls
// Instance.ended.
type process struct {
	in         *Instance
	generation uint64
	protocol   int // version of it that the process was told to speak
	slots      int // jobs at a time
	started    time.Time
	pid        int
	handle     *os.Process
	exit       sandbox.ExitWatch
	outbox     *frame.Outbox
	stdin      *os.File
	stdout     *os.File
	stderr     *os.File
	log        *slog.Logger
	output     output
	flood      tokens // of what it says unasked; the reading goroutine's

	silentSince atomic.Int64   // Manager.clock since which its reader waits; 0 while it is busy with what it read
	input       frame.Input    // of stdout; the reading goroutine's
	unsent      []byte         // of its input, after freeze
	loops       sync.WaitGroup // the goroutines of run
	ladders     sync.WaitGroup // goroutines of end
	exited      chan struct{}  // closed when the process is gone
	over        chan struct{}  // closed when Instance.ended has returned and no goroutine is left

	// Instance.mu guards these.
	ready     bool
	used      int                  // slots
	shares    shares               // of these; persistent platforms have a single slot, and count nothing
	cancelled map[uint64]cancelled // jobs that were told to end and still have a slot

	mu     sync.Mutex    // guards the fields below; no lock is taken while it is held
	halted chan struct{} // closed by freeze; a new one after thaw
	reaped bool          // its number may be another's now
	cause  string        // why it ended, or is to end; "" before
	how    doing
}

// doing says whose doing the end of a worker is.
type doing uint8

const (
	endedByItself doing = iota
	endedByUs           // it did what it must not
	endedQuietly        // nobody needs it any more
	endedForShutdown
	endedForUpgrade // the server's new version does not speak its protocol
)

// startProcess starts a worker for an instance. Only the starter calls it.
func (m *Manager) startProcess(in *Instance) (*process, error) {
	d := in.definition
	files, err := makePipes()
	if err != nil {
		return nil, err
	}
	in.mu.Lock()
	id := in.id
	in.mu.Unlock()
	path, argv, env := sandbox.Launch{
		Program:     d.Program,
		Platform:    d.Name,
		Instance:    id,
		Persist:     d.Persist,
		Sandbox:     m.opts.Sandbox,
		Ports:       d.Ports,
		MemoryBytes: m.opts.WorkerMemoryBytes,
		OpenFiles:   m.opts.WorkerOpenFiles,
	}.Command()
	p := m.newProcess(in, m.generations.Add(1), d.Parallel(), files.ours)
	p.handle, p.exit, err = sandbox.StartChild(path, argv, env, files.theirs[:])
	if err != nil {
		files.close()
		return nil, err
	}
	files.closeTheirs()
	p.pid = p.handle.Pid
	p.log = m.log.With("platform", d.Name, "instance", id, "pid", p.pid)
	m.counters.started(d.Name)
	return p, nil
}

// newProcess makes what the server has of a process, but for the process.
func (m *Manager) newProcess(in *Instance, generation uint64, slots int, pipes [3]*os.File) *process {
	p := &process{
		in:         in,
		generation: generation,
		protocol:   frame.Version,
		slots:      slots,
		shares:     make(shares),
		started:    time.Now(),
		stdin:      pipes[0],
		stdout:     pipes[1],
		stderr:     pipes[2],
		flood:      m.unasked,
		exited:     make(chan struct{}),
		over:       make(chan struct{}),
		halted:     make(chan struct{}),
	}
	p.input = frame.Input{R: p.stdout, Max: int(max(frame.Max, m.opts.MaxResultBytes))}
	p.outbox = frame.NewServerOutbox(p.stdin, func() { p.closed("input") })
	return p
}

// greet sends the first frame.
func (p *process) greet() {
	opts, d := &p.in.m.opts, p.in.definition
	id := p.in.ID()
	p.tell(func(dst []byte) []byte {
		return frame.AppendHello(dst, d.Name, id, opts.Config[d.Name], opts.Policy, opts.HeartbeatInterval, opts.LogLevel, opts.MaxResultBytes, p.in.m.kept[d.Name])
	})
}

// run starts the goroutines of the process.
func (p *process) run() {
	p.silentSince.Store(p.in.m.clock(time.Now()))
	readers := new(sync.WaitGroup)
	readers.Go(p.readFrames)
	readers.Go(p.readLog)
	p.loops.Go(func() { p.wait(readers) }) // until over is closed, or freeze
}

// tell sends a frame that the worker may miss without harm.
func (p *process) tell(frame func(dst []byte) []byte) {
	if frames, err := p.outbox.TryBegin(); err == nil {
		p.outbox.End(frame(frames))
	}
}

// sendJob sends the frame of a job. Not sent without a failure: the worker takes
// nothing any more.
func (p *process) sendJob(w *work) (failure *platform.JobError, sent bool) {
	left := time.Until(w.message.Deadline).Milliseconds() + 1 // so that ours comes first
	var credentials *activity.Object
	if w.verb.Credentials {
		credentials = w.message.Credentials
	}
	frames, err := p.outbox.TryBegin()
	switch {
	case errors.Is(err, frame.ErrClosed):
		return nil, false
	case err != nil:
		return &platform.JobError{Text: "not sent: " + err.Error(), Code: platform.CodeNotSent}, false
	}
	start := len(frames)
	frames = frame.AppendJob(frames, w.job.ID, w.message.Owner.ID, w.message.Address, left, credentials, w.job.Payload)
	if len(frames)-start-1 > frame.Max {
		p.outbox.End(frames[:start])
		return &platform.JobError{Text: "message is too large", Code: platform.CodeTooLarge}, false
	}
	p.outbox.End(frames)
	return nil, true
}

// readFrames reads what the worker says, until it has no more to say.
func (p *process) readFrames() {
	input := &p.input
	var reader frame.Reader
	for {
		p.silentSince.Store(p.in.m.clock(time.Now()))
		lines, err := input.More()
		p.silentSince.Store(0)
		if err != nil {
			p.silent(err)
			return
		}
		results := 0
		for more := true; more; {
			var line []byte
			line, lines, more = bytes.Cut(lines, []byte{'\n'})
			if len(line) > input.Max {
				p.silent(frame.TooLong(input.Max))
				return
			}
			if line = bytes.TrimSpace(line); len(line) == 0 {
				p.spend(line)
				continue
			}
			var f frame.Frame
			err := reader.Read(line, &f)
			if len(line) > frame.Max && (err != nil || f.Type != "result") {
				p.silent(frame.TooLong(frame.Max))
				return
			}
			if err != nil {
				if p.spend(line) {
					p.noise(line, err)
				}
				continue
			}
			if f.Type == "result" {
				if p.in.result(p, &f) {
					results++
				} else {
					p.spend(line)
				}
			} else if p.spend(line) {
				p.hear(&f)
			}
		}
		if results > 0 {
			p.in.pump()
		}
	}
}

// silent ends a worker whose output has ended.
func (p *process) silent(err error) {
	if p.frozen() {
		return
	}
	if most := frame.TooLong(0); errors.As(err, &most) {
		p.kill("sent a frame of more than "+strconv.Itoa(int(most))+" bytes", endedByUs)
		return
	}
	p.closed("output")
}

// lastWords is how long the end of a worker and that of its pipes may be apart,
// on a machine that has much to do: what it said last is an answer to somebody.
const lastWords = 5 * time.Second

// closed ends a worker that closed one of its pipes. Mostly it is ending anyway,
// and why is known in a moment.
func (p *process) closed(what string) {
	if !p.gone(lastWords) && !p.frozen() {
		p.kill("closed its "+what, endedByUs)
	}
}

// wait waits for the end of the process and of its outputs. Whatever else is in
// its process group ends too.
func (p *process) wait(readers *sync.WaitGroup) {
	state, ended := p.reap()
	if !ended {
		readers.Wait()
		return
	}
	close(p.exited)
	p.outbox.Close(p.stdin)

	// A process that escaped from the group may still have the other ends.
	until := time.Now().Add(lastWords)
	p.stdout.SetReadDeadline(until)
	p.stderr.SetReadDeadline(until)
	readers.Wait()
	p.stdout.Close()
	p.stderr.Close()

	p.ladders.Wait()

	p.report(state)
	p.in.ended(p)
	p.in.m.mu.Lock()
	delete(p.in.m.live, p)
	p.in.m.mu.Unlock()
	close(p.over)
}

// reap waits for the end of the process itself. Its number is its own until it
// is reaped: what it left behind is killed just before, and nobody can send a
// signal to that number between the two. One that is frozen is left as it is.
func (p *process) reap() (state *os.ProcessState, reaped bool) {
	ended := p.exit.Wait()
	if p.frozen() {
		return nil, false
	}
	var err error
	if !ended {
		state, err = p.handle.Wait()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if ended {
		select {
		case <-p.halted:
			return nil, false
		default:
		}
		sandbox.SignalGroup(p.handle, sandbox.KillSignal)
		state, err = p.handle.Wait() // it returns at once
	}
	p.exit.Close()
	p.reaped = true
	if p.cause == "" {
		p.cause = exitWords(state, err)
	}
	return state, true
}

// report writes to the log how the worker ended.
func (p *process) report(state *os.ProcessState) {
	cause, how := p.outcome()
	p.in.m.counters.exit(p.in.definition.Name, exitClass(how, state))
	level := slog.LevelInfo
	attrs := []any{"cause", cause, "age", time.Since(p.started).Round(time.Millisecond)}
	if how < endedQuietly {
		level = slog.LevelError
		if tail := p.output.tail(); tail != "" {
			attrs = append(attrs, "output", tail)
		}
	}
	p.log.Log(context.Background(), level, "worker ended", attrs...)
}

// outcome is why the worker ended, in words that follow "worker", and whose
// doing it is.
func (p *process) outcome() (cause string, how doing) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cause, p.how
}

// gone waits for the end of the process, at most for d.
func (p *process) gone(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-p.exited:
		return true
	case <-p.halt():
		return false
	case <-timer.C:
		return false
	}
}

// signal sends a signal to the worker and all in its process group.
func (p *process) signal(s os.Signal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.reaped {
		sandbox.SignalGroup(p.handle, s)
	}
}
