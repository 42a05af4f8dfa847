package httpactions

import (
	"context"
	"errors"
	"math"
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/auth"
)

// Pipeline does what requests ask for. Any number of goroutines use it.
type Pipeline interface {
	// Begin lets in the caller of one request. It does not wait for anything.
	Begin(Identity) Caller
}

// Identity says who asks.
type Identity struct {
	ID      string      // the caller's: "http:" and 16 letters and digits, used once
	Request string      // what the lines are kept under; "" if they are not
	Address string      // the caller's IP address
	Token   *auth.Token // nil where none is needed
}

// Caller is who asks by one request. Its methods are called by the
// goroutine that runs the request.
type Caller interface {
	// Credentials checks and stores what an activity submits. The text of an
	// error is for the caller. ctx ends when the request has run out of time.
	Credentials(ctx context.Context, a *activity.Object) error

	// Message has an activity acted on. done is called exactly once with what
	// a socket would get as acknowledgement, refusals included, as JSON: by
	// any goroutine, perhaps before Message returns, perhaps long after End.
	// It does not block, and keeps ack, which must not be changed any more.
	// ctx is for handing the activity over, not for acting on it.
	Message(ctx context.Context, a *activity.Object, done func(ack []byte))

	// End releases the instances and drops the credentials of the caller.
	// Jobs that were handed over go on. It is called once, last.
	End()
}

// Budget has the bytes that the server holds for each address. Any number of
// goroutines use it.
type Budget interface {
	Hold(address string, n int64) bool // counts n bytes, and reports whether they fit
	Free(address string, n int64)      // takes them back
}

// What a line says when nothing else can be said.
const (
	textTooMuch     = "too many answers of this address are waiting to be read"
	textUnsupported = "unsupported payload type"
	textTimeout     = "request timeout"
	textIdle        = "request idle timeout"
	textShutdown    = "server is shutting down"
)

// run is a request being run.
type run struct {
	h      *Handler
	id     string
	from   string // the caller's address
	caller Caller
	out    *stream
	kept   *record
	cut    <-chan struct{} // see Handler
	patience

	mu   sync.Mutex // guards the fields below
	held int64      // bytes of answers that are not written yet
	over bool       // nobody takes one any more
}

// run does what list asks for and streams a line for each of its elements. It
// does not stop when the caller hangs up.
func (h *Handler) run(w http.ResponseWriter, who from, id string, kept *record, list []any) {
	now := time.Now()
	h.mu.Lock()
	cut := h.cut
	h.mu.Unlock()
	u := &run{
		h: h, id: id, from: who.address, kept: kept, cut: cut,
		caller:   h.o.Pipeline.Begin(Identity{ID: "http:" + randomID(), Request: kept.key, Address: who.address, Token: who.token}),
		out:      openStream(w, id, now, h.writeTimeout),
		patience: patience{began: now, last: now, whole: h.o.RequestTimeout, idle: h.o.IdleTimeout},
	}
	defer u.release()
	defer u.out.close()
	last := u.do(list)
	u.caller.End()
	kept.finish(last)
	if last != nil {
		u.out.line(last)
	}
}

// do returns the last line, which is stored together with the request's end:
// the last result, or what ended the request before it came. It is nil if all
// lines have been written.
func (u *run) do(list []any) (last []byte) {
	defer u.contain(&last)
	var messages []any // and what is neither, which is refused below
	for _, v := range list {
		a, ok := asksForCredentials(v)
		if !ok {
			messages = append(messages, v)
			continue
		}
		if text := u.credentials(a); text != "" {
			return failure(u.id, text)
		}
	}
	// As many as there are fit, so that a result that comes late waits for
	// nobody and is forgotten with the channel.
	acks := make(chan answer, len(messages))
	done := func(ack []byte) { acks <- u.hold(ack) }
	waiting := 0
	ctx := u.context()
	defer ctx.end()
	for _, v := range messages {
		a, ok := v.(*activity.Object)
		if !ok || !has(a, "type") || !has(a, "actor") {
			u.line(failure(u.id, textUnsupported))
			continue
		}
		waiting++
		u.caller.Message(ctx, a, done)
	}
	for ; waiting > 0; waiting-- {
		ack, ended := u.wait(acks)
		switch {
		case ended != "":
			return failure(u.id, ended)
		case waiting == 1:
			return ack.line // release is told of it
		}
		u.line(ack.line)
		u.free(ack.held)
	}
	return nil
}

// answer is a line, and how much of the caller's budget it takes until it is written.
type answer struct {
	line []byte
	held int64
}

// hold counts an acknowledgement. One that does not fit is dropped: a caller that
// reads nothing, of requests that it makes at the same time, fills no memory.
func (u *run) hold(ack []byte) answer {
	n := int64(len(ack))
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.over || u.h.o.Budget == nil {
		return answer{line: ack}
	}
	if !u.h.o.Budget.Hold(u.from, n) {
		return answer{line: failure(u.id, textTooMuch)}
	}
	u.held += n
	return answer{ack, n}
}

func (u *run) free(n int64) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if n > 0 {
		u.held -= n
		u.h.o.Budget.Free(u.from, n)
	}
}

// release frees all that is held. What comes later is forgotten with the channel.
func (u *run) release() {
	u.mu.Lock()
	u.over = true
	held := u.held
	u.mu.Unlock()
	u.free(held)
}

// contain is deferred around what is done for a request: whatever panics there,
// the request comes to its end, and its id is not left to nobody.
func (u *run) contain(last *[]byte) {
	if value := recover(); value != nil {
		text := "internal error " + randomID()[:8]
		u.h.o.Log.Error("panic", "handler", "HTTP action", "panic", value, "stack", string(debug.Stack()), "request", u.id, "id", text)
		*last = failure(u.id, text)
	}
}

// wait returns the next acknowledgement, or what ended the request before it
// came.
func (u *run) wait(acks <-chan answer) (ack answer, ended string) {
	select {
	case ack = <-acks:
		return ack, ""
	default:
	}
	at, text := u.ends()
	timer := timers.Get().(*time.Timer)
	timer.Reset(untilFirst(u.out.due, at))
	defer func() {
		timer.Stop()
		timers.Put(timer)
	}()
	for {
		select {
		case ack = <-acks:
			return ack, ""
		case <-u.cut:
			return answer{}, textShutdown
		case now := <-timer.C:
			if u.out.due.IsZero() || now.Before(u.out.due) {
				return answer{}, text
			}
			u.out.flush()
			timer.Reset(untilFirst(time.Time{}, at))
		}
	}
}

// timers are stopped ones: each request waits with one, and a stopped timer has
// nothing in its channel.
var timers = sync.Pool{New: func() any {
	t := time.NewTimer(math.MaxInt64)
	t.Stop()
	return t
}}

// untilFirst is how long it is until the earlier of two times, of which one that
// is zero never comes.
func untilFirst(a, b time.Time) time.Duration {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		a = b
	}
	if a.IsZero() {
		return math.MaxInt64
	}
	return time.Until(a)
}

func (u *run) credentials(a *activity.Object) (ended string) {
	ctx := u.context()
	defer ctx.end()
	err := u.caller.Credentials(ctx, a)
	var end *endError
	if err != nil && errors.As(context.Cause(ctx), &end) {
		return end.text
	}
	actor := a.Object("actor")
	id, ok := actor.Get("id").(string)
	switch {
	case err != nil && !ok:
		u.line(failure(u.id, err.Error()))
	case err != nil:
		u.line(credentialsAck(id, activity.Member{Name: "error", Value: err.Error()}))
	default:
		u.line(credentialsAck(id))
	}
	select {
	case <-u.cut:
		return textShutdown
	default:
		return ""
	}
}

// line keeps a line and streams it.
func (u *run) line(text []byte) {
	u.kept.add(text)
	u.out.line(text)
	u.last = time.Now()
}

// patience is how long a request may take.
type patience struct {
	began, last time.Time
	whole, idle time.Duration // 0: without end
}

// ends is when it runs out unless there is a line before, and what the caller
// is told then. It is the zero time if it never does.
func (p *patience) ends() (at time.Time, text string) {
	if p.whole > 0 {
		at, text = p.began.Add(p.whole), textTimeout
	}
	if p.idle > 0 {
		if end := p.last.Add(p.idle); at.IsZero() || end.Before(at) {
			at, text = end, textIdle
		}
	}
	return at, text
}

// context returns a context that ends when patience does, with an *endError as
// its cause.
func (p *patience) context() *waiting {
	at, text := p.ends()
	return &waiting{parent: context.Background(), deadline: at, cause: &endError{text}}
}

type endError struct{ text string }

func (e *endError) Error() string { return e.text }

// asksForCredentials reports whether v is to be stored, as JavaScript sees it: a
// list of one string is that string.
func asksForCredentials(v any) (*activity.Object, bool) {
	a, ok := v.(*activity.Object)
	if !ok || !has(a, "actor") {
		return nil, false
	}
	kind := a.Get("type")
	for {
		list, ok := kind.([]any)
		if !ok || len(list) != 1 {
			break
		}
		kind = list[0]
	}
	return a, kind == any("credentials")
}

func has(a *activity.Object, name string) bool {
	_, ok := a.Lookup(name)
	return ok
}

// credentialsAck is the line of credentials. It never holds what was submitted.
func credentialsAck(actor string, more ...activity.Member) []byte {
	return activity.AppendJSON(nil, activity.NewObject(append([]activity.Member{
		{Name: "@context", Value: activity.Canonical(activity.PlatformContextURL(activity.InternalPlatform))},
		{Name: "type", Value: "credentials-ack"},
		{Name: "actor", Value: activity.NewObject(
			activity.Member{Name: "id", Value: actor},
			activity.Member{Name: "type", Value: "person"},
		)},
	}, more...)...))
}

// failure is the line of what has no activity to answer with.
func failure(id, text string) []byte {
	return activity.AppendJSON(nil, activity.NewObject(
		activity.Member{Name: "type", Value: "error"},
		activity.Member{Name: "@context", Value: activity.Canonical(activity.PlatformContextURL(activity.ErrorPlatform))},
		activity.Member{Name: "actor", Value: activity.NewObject(
			activity.Member{Name: "type", Value: "Application"},
			activity.Member{Name: "name", Value: "sockethub-server"},
		)},
		activity.Member{Name: "error", Value: text},
		activity.Member{Name: "requestId", Value: id},
	))
}
