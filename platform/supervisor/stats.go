package supervisor

import (
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sockethub/sockethub/platform"
	"github.com/sockethub/sockethub/platform/internal/sandbox"
)

// Stats are a Manager's counters since New, and its gauges.
type Stats struct {
	Instances    int    // all that are kept, with a worker or without
	LateResults  uint64 // results that nobody waited for any more
	BadLines     uint64 // lines of a worker's standard output that were no frames
	DroppedLines uint64 // lines of a worker's standard error that were not logged
	Platforms    map[string]PlatformStats
}

// PlatformStats are those of one platform.
type PlatformStats struct {
	Starting, Ready, Ending int // workers now
	Lingering               int // of those that are ready: they stay though no session is attached
	Waiting, Running        int // jobs now

	Starts uint64 // workers started

	// Exits counts the workers that ended, by how: "status" and "signal" by
	// themselves, "ended" by the server for what they did, "unused", "shutdown",
	// and "start" for those that could not be started.
	Exits map[string]uint64

	// Settled counts the jobs that failed, by the code of the error that answered
	// them ("": the platform's own), and "again" for those that were given to
	// another worker.
	Settled map[string]uint64
}

// Ended is how many workers ended unasked: by themselves, or for what they did.
func (s PlatformStats) Ended() uint64 {
	return s.Exits[exitStatus] + s.Exits[exitSignal] + s.Exits[exitByUs]
}

const settledAgain = "again"

const (
	exitStatus   = "status"
	exitSignal   = "signal"
	exitByUs     = "ended"
	exitUnused   = "unused"
	exitShutdown = "shutdown"
	exitStart    = "start"
)

func exitClass(how doing, state *os.ProcessState) string {
	switch {
	case how == endedByUs:
		return exitByUs
	case how == endedQuietly:
		return exitUnused
	case how == endedForShutdown, how == endedForUpgrade:
		return exitShutdown
	case state != nil && sandbox.KilledBy(state) != "":
		return exitSignal
	}
	return exitStatus
}

// counters are what Stats reports and nobody else looks at.
type counters struct {
	lateResults, badLines, droppedLines atomic.Uint64

	mu        sync.Mutex // guards the maps below; none is touched while all goes well
	platforms map[string]*PlatformStats
}

func (c *counters) init(definitions []*platform.Definition) {
	c.platforms = make(map[string]*PlatformStats, len(definitions))
	for _, d := range definitions {
		c.platforms[d.Name] = &PlatformStats{Exits: make(map[string]uint64), Settled: make(map[string]uint64)}
	}
}

func (c *counters) count(platform string, f func(*PlatformStats)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f(c.platforms[platform])
}

func (c *counters) started(platform string) {
	c.count(platform, func(s *PlatformStats) { s.Starts++ })
}

func (c *counters) exit(platform, class string) {
	c.count(platform, func(s *PlatformStats) { s.Exits[class]++ })
}

func (c *counters) settle(platform, how string) {
	c.count(platform, func(s *PlatformStats) { s.Settled[how]++ })
}

// Stats returns the counters and gauges of now.
func (m *Manager) Stats() Stats {
	s := Stats{
		LateResults:  m.counters.lateResults.Load(),
		BadLines:     m.counters.badLines.Load(),
		DroppedLines: m.counters.droppedLines.Load(),
		Platforms:    make(map[string]PlatformStats, len(m.definitions)),
	}
	m.counters.mu.Lock()
	for name, p := range m.counters.platforms {
		now := *p
		now.Exits, now.Settled = maps.Clone(p.Exits), maps.Clone(p.Settled)
		s.Platforms[name] = now
	}
	m.counters.mu.Unlock()
	now := time.Now()
	for _, in := range m.all() {
		s.Instances++
		p := s.Platforms[in.definition.Name]
		in.mu.Lock()
		p.Waiting += in.waiting
		p.Running += len(in.works) - in.waiting
		p.Ending += in.leaving
		switch {
		case in.starting || in.current != nil && !in.current.ready:
			p.Starting++
		case in.current != nil:
			p.Ready++
			if in.lingers(now) {
				p.Lingering++
			}
		}
		in.mu.Unlock()
		s.Platforms[in.definition.Name] = p
	}
	return s
}

// InstanceInfo is what an operator may see of an instance.
type InstanceInfo struct {
	ID              string
	Platform, Actor string
	State           string // "idle", "starting", "ready", "connected", "lingering", "ending"
	Sessions        int    // attached
	PID             int    // of the worker; 0 for none
	Started         time.Time
	Waiting         int // jobs in the line
	Running         int // jobs that a worker has
}

// Instances returns all instances, by platform and actor.
func (m *Manager) Instances() []InstanceInfo {
	var list []InstanceInfo
	for _, in := range m.all() {
		list = append(list, in.info())
	}
	slices.SortStableFunc(list, func(a, b InstanceInfo) int {
		if c := strings.Compare(a.Platform, b.Platform); c != 0 {
			return c
		}
		return strings.Compare(a.Actor, b.Actor)
	})
	return list
}

func (in *Instance) info() InstanceInfo {
	in.mu.Lock()
	defer in.mu.Unlock()
	info := InstanceInfo{
		ID: in.id, Platform: in.key.Platform, Actor: in.key.Actor, State: "idle",
		Sessions: len(in.sessions), Waiting: in.waiting, Running: len(in.works) - in.waiting,
	}
	switch p := in.current; {
	case p != nil:
		info.PID, info.Started = p.pid, p.started
		switch {
		case !p.ready:
			info.State = "starting"
		case in.lingers(time.Now()):
			info.State = "lingering"
		case in.definition.Persist && in.initialised:
			info.State = "connected"
		default:
			info.State = "ready"
		}
	case in.starting:
		info.State = "starting"
	case in.leaving > 0:
		info.State = "ending"
	}
	return info
}
