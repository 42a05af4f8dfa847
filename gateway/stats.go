package gateway

import "github.com/sockethub/server/platform"

// Stats are numbers of a Gateway that rise and fall, or only rise.
type Stats struct {
	Connections int // clients with an open connection
	Sessions    int // these, and clients that may come back
	Workers     platform.Stats
}

// Stats returns the numbers as they are now.
func (g *Gateway) Stats() Stats {
	g.mu.Lock()
	sessions := len(g.sessions)
	g.mu.Unlock()
	return Stats{Connections: g.sockets.Engine().Len(), Sessions: sessions, Workers: g.manager.Stats()}
}
