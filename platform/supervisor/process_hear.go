package supervisor

import (
	"time"

	"github.com/sockethub/sockethub/platform/internal/frame"
)

// Limits on what one worker says unasked, events mostly: a channel that is busy,
// and a long list that comes at once, are far below them.
const (
	unaskedPerSecond = 5_000
	unaskedBurst     = 100_000

	unaskedBytes = 4 << 10 // each of these beyond the first counts as one more
)

// spend counts a line that no job asked for, whatever it is, and ends a worker
// that writes too many. Reading them is work that the server does for nobody.
func (p *process) spend(line []byte) (allowed bool) {
	if p.flood.takeMany(time.Now(), float64(1+len(line)/unaskedBytes)) {
		return true
	}
	p.kill("sent too many events", endedByUs)
	return false
}

// hear does what a frame that is no result says.
func (p *process) hear(f *frame.Frame) {
	switch f.Type {
	case "ready":
		p.isReady()
		return
	case "event", "actor", "keep", "linger":
	default:
		return // a heartbeat, or of a later version of the protocol
	}
	if f.Type != "keep" && !p.in.definition.Persist {
		p.warn("a frame was dropped", "type", f.Type, "reason", "only a persistent platform may send it")
		return
	}
	switch f.Type {
	case "event":
		p.event(f)
	case "actor":
		switch old, now, err := p.in.m.rename(p.in, p, f.Actor); {
		case err != nil:
			p.warn("the instance keeps its actor", "reason", err)
		case old != now:
			p.in.m.opts.Sink.Actor(p.in, old, now)
		}
	case "keep":
		owner := ""
		if p.in.definition.Persist {
			owner = p.in.ID()
		}
		if err := p.in.m.kept[p.in.definition.Name].Hear(owner, f, time.Now()); err != nil {
			p.warn("a value is not kept", "reason", err)
		}
	case "linger":
		n, ok := frame.Whole(f.Whole.Get("seconds"))
		if !ok {
			p.warn("a frame was dropped", "type", f.Type, "reason", frame.ErrSeconds)
			return
		}
		p.in.setLinger(p, frame.Duration(n, p.in.m.opts.MaxLinger))
	}
}

func (p *process) isReady() {
	in := p.in
	in.mu.Lock()
	first := !p.ready
	p.ready = true
	in.backoff.reset()
	in.mu.Unlock()
	if !first {
		return
	}
	took := time.Since(p.started)
	if started := in.m.opts.Started; started != nil {
		started(took)
	}
	p.log.Debug("worker is ready", "took", took)
	in.pump()
}

func (p *process) event(f *frame.Frame) {
	if f.Activity == nil {
		p.warn("a frame was dropped", "type", f.Type, "reason", "it has no activity")
		return
	}
	in := p.in
	in.mu.Lock()
	current := in.current == p
	if current && f.Initialized != frame.Unsaid {
		in.initialised = f.Initialized == frame.Connected
	}
	in.mu.Unlock()
	if !current {
		return // a farewell that the next worker has nothing to do with
	}
	in.m.opts.Sink.Event(in, f.Activity, f.Session, f.Except)
}
