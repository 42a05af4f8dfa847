package httpactions

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/auth"
	"github.com/sockethub/sockethub/queue"
	"github.com/sockethub/sockethub/ratelimit"
	"github.com/sockethub/sockethub/remote"
)

// Options configures a Handler. Pipeline, Replay and Limiter are needed.
type Options struct {
	Path              string        // "" means /sockethub-http
	OptionalRequestID bool          // a POST without an id gets one, and is not kept for replay
	MaxMessages       int           // activities in one POST; 0 means 20
	MaxPayload        int64         // bytes of a body after inflating it; 0 means 256 KiB
	TTL               time.Duration // how long lines are kept after the last one; 0 or less means 5 min
	RequestTimeout    time.Duration // of a POST from its start to its last line; 0: none
	IdleTimeout       time.Duration // from one line to the next; 0: none

	// AnyOrigin lets pages of every origin read responses; else those of
	// Origins may, which are scheme://host[:port] in lower case and without a
	// standard port.
	AnyOrigin bool
	Origins   []string

	RateLimit ratelimit.Limit // on requests of an address
	// ClientAddress is the caller's IP address; nil means the peer's of the
	// connection.
	ClientAddress func(*http.Request) string

	// Authorize returns the token that a request of an address shows; an error is
	// an *auth.Refusal. nil: none is needed.
	Authorize func(r *http.Request, address string) (*auth.Token, error)

	Budget   Budget // nil: any number of bytes
	Pipeline Pipeline
	Replay   queue.Replay
	Limiter  ratelimit.Counter
	Log      *slog.Logger // nil: nothing is logged
}

// Handler serves HTTP actions. Any number of goroutines may use it.
type Handler struct {
	o            Options
	bodyTimeout  time.Duration // see there
	writeTimeout time.Duration
	guard        *ratelimit.Guard
	origins      atomic.Pointer[allowed]

	mu      sync.Mutex    // guards the fields below
	cut     chan struct{} // closed when Shutdown's patience is over
	closing bool
	running int            // requests being run
	reading map[string]int // bodies being read, by subscriber
	idle    chan struct{}  // closed when closing and running is 0
}

// New returns a handler. It starts nothing.
func New(o Options) *Handler {
	if o.Path == "" {
		o.Path = "/sockethub-http"
	}
	o.Path = strings.TrimSuffix(o.Path, "/")
	if o.MaxMessages <= 0 {
		o.MaxMessages = 20
	}
	if o.MaxPayload <= 0 {
		o.MaxPayload = 256 << 10
	}
	if o.TTL <= 0 {
		o.TTL = 5 * time.Minute
	}
	if o.ClientAddress == nil {
		o.ClientAddress = remote.Proxies{}.Client
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	h := &Handler{
		o:            o,
		guard:        ratelimit.NewGuard(o.Limiter, o.RateLimit),
		bodyTimeout:  bodyTimeout,
		writeTimeout: writeTimeout,
		cut:          make(chan struct{}),
		reading:      make(map[string]int),
		idle:         make(chan struct{}),
	}
	h.SetOrigins(o.AnyOrigin, o.Origins)
	return h
}

// Matches reports whether a request path is this handler's: Path itself, or
// something under it. Letter case does not matter.
func (h *Handler) Matches(path string) bool {
	n := len(h.o.Path)
	return len(path) >= n && strings.EqualFold(path[:n], h.o.Path) && (len(path) == n || path[n] == '/')
}

// ServeHTTP answers a request whose path Matches.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Body != http.NoBody {
		http.NewResponseController(w).SetReadDeadline(time.Now().Add(h.bodyTimeout))
	}
	step, ok := h.step(r.URL)
	if !ok {
		writeError(w, http.StatusNotFound, "not found", "")
		return
	}
	switch {
	case r.Method == http.MethodPost && step == "":
		h.cors(w.Header(), r)
		if from, ok := h.caller(w, r); ok {
			h.post(w, r, from)
		}
	case r.Method == http.MethodGet, r.Method == http.MethodHead:
		h.cors(w.Header(), r)
		if from, ok := h.caller(w, r); ok {
			h.get(w, r, from, step)
		}
	case r.Method == http.MethodOptions:
		h.cors(w.Header(), r)
		w.Header()["Access-Control-Allow-Headers"] = askHeaders
		w.WriteHeader(http.StatusNoContent)
	default:
		writeError(w, http.StatusNotFound, "not found", "")
	}
}

// storeTimeout bounds each wait for the store: what cannot be counted or
// claimed by then is refused.
const storeTimeout = 5 * time.Second

// textStore answers whatever needs the store while it cannot be used.
const textStore = "idempotency store unavailable"

// admit counts a request of an address and reports whether it may go on; else it
// has been answered.
func (h *Handler) admit(w http.ResponseWriter, r *http.Request, address string) bool {
	ctx := within(r.Context(), storeTimeout)
	defer ctx.end()
	ok, err := h.guard.Admit(ctx, w, address)
	if err != nil {
		h.o.Log.Warn("count a request", "error", err)
		writeError(w, http.StatusServiceUnavailable, textStore, "")
	}
	return ok
}

// step is the one segment, still escaped, that may stand behind Path; "" is
// Path itself. One slash at the end is overlooked.
func (h *Handler) step(u *url.URL) (step string, ok bool) {
	path := u.EscapedPath()
	if !h.Matches(path) {
		return "", false
	}
	switch rest := path[len(h.o.Path):]; rest {
	case "", "/":
		return "", true
	default:
		step = strings.TrimSuffix(rest[1:], "/")
		return step, step != "" && !strings.Contains(step, "/")
	}
}

// Shutdown refuses further requests and waits for those that run. When ctx ends
// before they do, each gets a last line that says so, is kept as complete, and
// Shutdown returns ctx's cause.
func (h *Handler) Shutdown(ctx context.Context) error {
	h.mu.Lock()
	if !h.closing {
		h.closing = true
		if h.running == 0 {
			close(h.idle)
		}
	}
	idle := h.idle
	h.mu.Unlock()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	select {
	case <-h.cut:
	default:
		close(h.cut)
	}
	return context.Cause(ctx)
}

// cutTime is how long requests that were cut may take to say so.
const cutTime = time.Second

// Pause is Shutdown that Resume undoes. It returns when the last line of each
// request is stored.
func (h *Handler) Pause(ctx context.Context) {
	if h.Shutdown(ctx) != nil {
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), cutTime)
		defer cancel()
		_ = h.Shutdown(last) // there is nothing more that could be done
	}
}

// awaitCheck is how often Await looks.
const awaitCheck = 5 * time.Millisecond

// Await waits until no request is being run, or ctx ends. It refuses none.
func (h *Handler) Await(ctx context.Context) {
	tick := time.NewTicker(awaitCheck)
	defer tick.Stop()
	for h.busy() {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (h *Handler) busy() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.running > 0
}

// Resume takes requests again.
func (h *Handler) Resume() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closing = false
	h.idle, h.cut = make(chan struct{}), make(chan struct{})
}

// begin counts a request that is going to run; false when none may any more.
func (h *Handler) begin() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closing {
		return false
	}
	h.running++
	return true
}

func (h *Handler) end() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.running--
	if h.closing && h.running == 0 {
		close(h.idle)
	}
}

// writeError answers {"error":text}, with the request's id where there is one.
func writeError(w http.ResponseWriter, status int, text, id string) {
	members := []activity.Member{{Name: "error", Value: text}}
	if id != "" {
		members = append(members, activity.Member{Name: "requestId", Value: id})
	}
	writeJSON(w, status, activity.NewObject(members...))
}

func writeJSON(w http.ResponseWriter, status int, body *activity.Object) {
	text := activity.AppendJSON(nil, body)
	header := w.Header()
	header.Set("Content-Type", "application/json; charset=utf-8")
	header.Set("Content-Length", strconv.Itoa(len(text)))
	w.WriteHeader(status)
	w.Write(text)
}
