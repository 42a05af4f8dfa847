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
	// quietTime is how long a client must at least have sent nothing before its
	// session is closed: what it sends until then is refused, which it can still be
	// told. After a close frame nothing more may be sent to it (RFC 6455, section
	// 5.5.1).
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
	began := time.Now()
	told := make(map[*session]*goodbye)
	for _, s := range here {
		s.heard.Store(began.UnixNano())
		s.socket.Emit("closing", notice)
		if below := s.socket.Session(); below != nil {
			told[s] = &goodbye{notice: below.Sent()}
		}
	}
	tick := time.NewTicker(quietCheck)
	defer tick.Stop()
	for len(told) > 0 {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now := time.Now()
		for s, l := range told {
			switch below := s.socket.Session(); {
			case below == nil:
				delete(told, s)
			case below.Read() < l.notice:
				below.Ask()
			case l.quiet == 0:
				l.quiet = max(quietTime, 2*now.Sub(began))
			case now.UnixNano()-s.heard.Load() >= int64(l.quiet):
				below.Close(engineio.ServerShutdown)
				delete(told, s)
			}
		}
	}
}

// goodbye is how far that of a client has come.
type goodbye struct {
	notice uint64 // its number

	// quiet is how long the client must have sent nothing; 0 until it has read the
	// notice. Over polling one request of its may be on its way then, and behind that
	// what it sent meanwhile: that is twice as long as the notice took.
	quiet time.Duration
}
