package supervisor

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/sockethub/sockethub/platform/internal/sandbox"
)

// janitorCycle is how often the janitor comes by. What nobody uses in two
// visits in a row is ended, so it has between one and two cycles to be of use
// again: a page may be loaded anew meanwhile.
const janitorCycle = 15 * time.Second

const causeUnused = "was not used any more"

func (m *Manager) janitor(ctx context.Context) {
	ticker := time.NewTicker(janitorCycle)
	defer ticker.Stop()
	for cycle := 0; ; cycle++ {
		m.crossing.RLock()
		m.sweep()
		m.crossing.RUnlock()
		if cycle%2 == 1 {
			m.reportCounts()
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// reportCounts writes the line that operators of the reference know.
func (m *Manager) reportCounts() {
	sessions, connections := 0, 0
	if m.opts.Report != nil {
		sessions, connections = m.opts.Report()
	}
	m.mu.Lock()
	instances := len(m.instances)
	m.mu.Unlock()
	m.opts.Log.Info(fmt.Sprintf("socket sessions: %d platform instances: %d redis connections: %d", sessions, instances, connections), "namespace", "server:janitor")
}

// sweep ends the workers of persistent instances that have been of no use for a
// whole cycle, and forgets those without a worker. A stateless platform stays.
func (m *Manager) sweep() {
	for _, in := range m.all() {
		if !in.definition.Persist {
			continue
		}
		p, forget := in.inspect()
		if p != nil {
			p.end(fullLadder, causeUnused, endedQuietly)
		}
		if forget {
			m.mu.Lock()
			in.mu.Lock()
			if !in.touched.Load() && in.idle() && len(in.sessions) == 0 {
				m.forget(in)
			}
			in.mu.Unlock()
			m.mu.Unlock()
		}
	}
}

// inspect is the janitor's visit: it returns a worker that is to be ended, or
// tells to forget the instance. An instance at work is useful, also one that
// takes long to connect: its job has a deadline. One whose worker is gone stays
// as long as a session is attached: what the next worker hears is for that
// session too, whichever starts it, and without a process it costs little
// memory, of which a session has a bounded share.
func (in *Instance) inspect() (unused *process, forget bool) {
	touched := in.touched.Swap(false)
	in.mu.Lock()
	defer in.mu.Unlock()
	unconnected := in.current != nil && !in.initialised
	left := len(in.sessions) == 0 && !in.lingers(time.Now())
	useless := len(in.works) == 0 && (left || unconnected)
	if !useless || touched || !in.flagged {
		in.flagged = useless && !touched
		return nil, false
	}
	if p := in.current; p != nil {
		in.retireNow(causeUnused, endedQuietly)
		return p, false
	}
	return nil, true
}

// startTimeout is how long a worker may take until it is ready.
const startTimeout = 30 * time.Second

// watchInterval is how often workers are looked at, however rare heartbeats are: a
// worker takes memory in between.
const watchInterval = 5 * time.Second

// watch ends workers that stopped responding or use too much memory.
func (m *Manager) watch(ctx context.Context) {
	interval := watchInterval
	if heartbeat := m.opts.HeartbeatInterval; heartbeat > 0 {
		interval = min(heartbeat, interval)
	}
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	last := time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		now := time.Now()
		m.crossing.RLock()
		m.look(now, now.Sub(last) > 2*interval)
		m.crossing.RUnlock()
		last = now
	}
}

// look looks at all workers once. When the watch itself was late, as on a
// machine that was suspended, nobody is blamed for having been silent.
func (m *Manager) look(now time.Time, late bool) {
	alive := m.alive()
	groups := m.groups(alive)
	for _, p := range alive {
		since := p.silentSince.Load()
		if late && since != 0 {
			p.silentSince.CompareAndSwap(since, m.clock(now))
			continue
		}
		p.look(now, since, groups)
	}
}

// groups is the memory of each worker's group. Only an external executable has
// more processes than one: without any, nothing is looked up.
func (m *Manager) groups(alive []*process) map[int]int64 {
	for _, p := range alive {
		if m.opts.WorkerMemoryBytes > 0 && p.in.definition.Program != "" {
			return sandbox.GroupBytes()
		}
	}
	return nil
}

// clock is a time as nanoseconds since the Manager was made, never 0. A clock
// that somebody sets does not change it, nor does the time while the machine was
// suspended count.
func (m *Manager) clock(now time.Time) int64 { return int64(now.Sub(m.made)) + 1 }

func (p *process) look(now time.Time, silentSince int64, groups map[int]int64) {
	m := p.in.m
	p.in.mu.Lock()
	ready := p.ready
	p.in.mu.Unlock()
	timeout := m.opts.HeartbeatTimeout
	silent := time.Duration(m.clock(now) - silentSince)
	switch {
	case !ready && now.Sub(p.started) > startTimeout:
		p.kill("was not ready within "+startTimeout.String(), endedByUs)
	case ready && silentSince != 0 && timeout > 0 && !p.in.definition.NoHeartbeat && silent > timeout:
		p.log.Warn(fmt.Sprintf("heartbeat timeout for %s after %dms", p.in.ID(), silent.Milliseconds()))
		p.kill("stopped responding", endedByUs)
	case m.opts.WorkerMemoryBytes > 0:
		if n := max(p.resident(), groups[p.pid]); n > m.opts.WorkerMemoryBytes {
			p.kill("used more than "+strconv.FormatInt(m.opts.WorkerMemoryBytes>>20, 10)+" MiB of memory", endedByUs)
		}
	}
}

// resident is how much memory the worker uses; 0 when that is not known.
func (p *process) resident() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.reaped {
		return 0
	}
	return sandbox.ResidentBytes(p.pid)
}
