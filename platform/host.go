package platform

import (
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/internal/frame"
	"github.com/sockethub/sockethub/platform/policy"
)

// workerHost is the Host of a platform in its worker.
type workerHost struct {
	loop      *workerLoop
	persist   bool
	kept      frame.Notes
	policy    *policy.Policy
	succeeded atomic.Bool // a job with credentials did
	asks      atomic.Pointer[Initialised]
}

// made tells the host which platform it has.
func (h *workerHost) made(p Platform) {
	if i, ok := p.(Initialised); ok {
		h.asks.Store(&i)
	}
}

// connection is what the server is told of a persistent platform.
func (h *workerHost) connection() frame.Connection {
	if !h.persist {
		return frame.Unsaid
	}
	is := h.succeeded.Load()
	if i := h.asks.Load(); i != nil {
		is = (*i).Initialised()
	}
	if is {
		return frame.Connected
	}
	return frame.Unconnected
}

func (h *workerHost) Event(a *activity.Object)                       { h.event("", "", a) }
func (h *workerHost) EventTo(session string, a *activity.Object)     { h.event(session, "", a) }
func (h *workerHost) EventExcept(session string, a *activity.Object) { h.event("", session, a) }

func (h *workerHost) event(session, except string, a *activity.Object) {
	c := h.connection()
	out := h.loop.out
	frames := out.Begin()
	start := len(frames)
	frames = frame.AppendEvent(frames, c, session, except, a)
	n := len(frames) - start - 1
	if n > frame.Max {
		frames = frames[:start]
	}
	out.End(frames)
	out.Flush()
	if n > frame.Max {
		h.loop.log.Error("an event is too large and was dropped", "bytes", n, "type", a.Text("type"))
	}
}

func (h *workerHost) Actor(id string) {
	h.tell(func(dst []byte) []byte {
		dst = append(dst, `{"type":"actor","id":`...)
		return append(activity.AppendString(dst, id), "}\n"...)
	})
}

func (h *workerHost) Keep(key, value string, d time.Duration) {
	if value == "" {
		d = 0
	}
	if err := h.kept.Keep(key, value, d, time.Now()); err != nil {
		h.loop.log.Error("a value is not kept", "error", err)
		return
	}
	h.tell(func(dst []byte) []byte { return frame.AppendKeep(dst, key, value, d) })
}

func (h *workerHost) Kept(key string) string { return h.kept.Get(key, time.Now()) }

func (h *workerHost) Linger(d time.Duration) {
	h.tell(func(dst []byte) []byte { return frame.AppendLinger(dst, d) })
}

func (h *workerHost) tell(frame func(dst []byte) []byte) {
	out := h.loop.out
	out.End(frame(out.Begin()))
	out.Flush()
}

func (h *workerHost) Log() *slog.Logger { return h.loop.log }

// Policy is what PolicyOf asks.
func (h *workerHost) Policy() *policy.Policy { return h.policy }

// MaxResult is what MaxResultOf asks.
func (h *workerHost) MaxResult() int { return h.loop.maxResult }

// Block implements [Blocker].
func (h *workerHost) Block(d time.Duration) { h.loop.out.Block(d) }

// describe answers the frame "describe".
func (w *workerLoop) describe() error {
	if len(w.definitions) != 1 {
		return fmt.Errorf("this program has %d platforms, only one with a single one can be named in the config", len(w.definitions))
	}
	frames, err := appendDescription(w.out.Begin(), w.definitions[0])
	w.out.End(frames)
	w.out.Flush()
	return err
}
