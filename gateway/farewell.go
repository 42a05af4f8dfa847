package gateway

import (
	"context"
	"time"

	"github.com/sockethub/sockethub/engineio"
)

// notice is what each client hears once before the server closes its session: why,
// and whether to come back.
//
//	42["closing",{"code":"shutting_down","reason":"server is shutting down","reconnect":true}]
var notice = []byte(`{"code":"shutting_down","reason":"server is shutting down","reconnect":true}`)

const (
	// quietTime is how long a client must have sent nothing before its session is
	// closed: what it sends until then is refused, which it can still be told. After a
	// close frame nothing more may be sent to it (RFC 6455, section 5.5.1).
	quietTime = 50 * time.Millisecond

	// quietCheck is how often that is looked at.
	quietCheck = 10 * time.Millisecond
)

// farewell tells everybody that the server closes, and closes each session as soon
// as its client has read that and is quiet. Those that are never are left to the
// caller when ctx ends.
func (g *Gateway) farewell(ctx context.Context) {
	g.mu.Lock()
	g.leaving = true
	var here []*session
	for _, s := range g.sessions {
		here = append(here, s)
	}
	g.mu.Unlock()
	now := time.Now()
	told := make(map[*session]uint64) // the number of the notice
	for _, s := range here {
		s.heard.Store(now.UnixNano())
		s.socket.Emit("closing", notice)
		if below := s.socket.Session(); below != nil {
			told[s] = below.Sent()
		}
	}
	tick := time.NewTicker(quietCheck)
	defer tick.Stop()
	for len(told) > 0 {
		select {
		case <-ctx.Done():
			return
		case now = <-tick.C:
		}
		for s, number := range told {
			switch below := s.socket.Session(); {
			case below == nil:
				delete(told, s)
			case below.Read() < number:
				below.Ask()
			case now.UnixNano()-s.heard.Load() >= int64(quietTime):
				below.Close(engineio.ServerShutdown)
				delete(told, s)
			}
		}
	}
}
