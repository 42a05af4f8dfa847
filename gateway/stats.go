package gateway

import (
	"github.com/sockethub/sockethub/engineio"
	"github.com/sockethub/sockethub/platform/supervisor"
)

// Stats are numbers of a Gateway that rise and fall, or only rise.
type Stats struct {
	Sessions int // clients, including those that may come back
	Workers  supervisor.Stats
}

// Transports returns the numbers of the connections as they are now.
func (g *Gateway) Transports() engineio.Stats { return g.sockets.Engine().Stats() }

// Stats returns the numbers as they are now.
func (g *Gateway) Stats() Stats {
	g.mu.Lock()
	sessions := len(g.sessions)
	g.mu.Unlock()
	return Stats{Sessions: sessions, Workers: g.manager.Stats()}
}

// Instances returns what may be seen of the platforms' instances.
func (g *Gateway) Instances() []supervisor.InstanceInfo { return g.manager.Instances() }
