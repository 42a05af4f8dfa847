package gateway

import (
	"context"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sockethub/sockethub/ratelimit"
)

// curious is a log's handler that looks at the server at each line.
type curious struct{ look func() }

func (c curious) Enabled(context.Context, slog.Level) bool { return true }

func (c curious) Handle(context.Context, slog.Record) error {
	c.look()
	return nil
}

func (c curious) WithAttrs([]slog.Attr) slog.Handler { return c }

func (c curious) WithGroup(string) slog.Handler { return c }

// No lock is held where something is logged: an embedder's handler may ask for
// what locks guard.
func TestLogHandlerMayLook(t *testing.T) {
	var serving atomic.Pointer[Gateway]
	var looks atomic.Int64
	g, address := startGateway(t, func(o *Options) {
		o.Limits.Rate = ratelimit.Limit{Max: 6, Window: time.Hour, Block: time.Hour}
		o.Log = slog.New(curious{func() {
			if g := serving.Load(); g != nil {
				looks.Add(1)
				g.Instances()
				g.Stats()
				g.Transports()
			}
		}})
	})
	serving.Store(g)
	c := login(t, address, "polly@cage.test", "cracker")
	if got := c.emit("message", say("squawk", "of which the second is malformed")); got["error"] != nil {
		t.Errorf("squawk: %v", got)
	}
	if got := c.emit("message", say("crash", "")); got["error"] == nil {
		t.Errorf("a worker that dies: %v", got)
	}
	for range 3 { // and then too many
		c.emit("message", activityOf("dummy", "echo", "a"))
	}
	if looks.Load() < 5 {
		t.Errorf("%d lines were logged", looks.Load())
	}
}
