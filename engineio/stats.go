package engineio

import "sync/atomic"

// Stats are numbers of a Server, by transport.
type Stats struct{ Polling, WebSocket TransportStats }

// TransportStats are those of one transport. Bytes are of packets, before
// compression and without the headers of HTTP and WebSocket.
type TransportStats struct {
	Sessions int    // open now
	In, Out  uint64 // bytes from clients and to them, since New
}

// traffic counts the bytes of a transport.
type traffic struct{ in, out atomic.Uint64 }

// Stats returns the numbers as they are now. It asks every session, so it
// is for a look now and then.
func (s *Server) Stats() Stats {
	stats := Stats{
		Polling:   TransportStats{In: s.polling.in.Load(), Out: s.polling.out.Load()},
		WebSocket: TransportStats{In: s.webSocket.in.Load(), Out: s.webSocket.out.Load()},
	}
	for _, session := range s.all() {
		if session.Transport() == webSocket {
			stats.WebSocket.Sessions++
		} else {
			stats.Polling.Sessions++
		}
	}
	return stats
}
