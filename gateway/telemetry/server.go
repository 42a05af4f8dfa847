package telemetry

import (
	"runtime"
	"strconv"
	"time"
)

// Metrics are those of a server: what happens is told to its methods, and what
// others count themselves is added with Registry.Func. Names given to them come
// from our own tables and the platforms' schemas, never from a client. All
// methods of a nil *Metrics do nothing.
type Metrics struct {
	*Registry
	reporter Reporter // nil: none

	opened    *Counters   // transport
	closed    *Counters   // reason
	rejected  *Counters   // reason
	recovered *Counters   // outcome
	events    *Counters   // platform, type, outcome
	duration  *Histograms // platform, type
	limited   *Counters   // by
	requests  *Counters   // route, code
	waits     *Histogram
	starts    *Histogram
}

// Reporter is told of some of what Metrics count, to pass it on to a service for
// that. Its methods may be called concurrently and wait for nothing.
type Reporter interface {
	Opened(active int)
	Closed(active int)
	Rejected()
	// Start returns what is to be told of the action's end; nil: nothing.
	Start(platform, action string) (end func(ok bool, took time.Duration))
}

// NewMetrics makes the metrics of a server of a version, and those of its
// process. reporter may be nil.
func NewMetrics(version string, reporter Reporter) *Metrics {
	r := &Registry{}
	m := &Metrics{
		Registry:  r,
		reporter:  reporter,
		opened:    r.Counter("sockethub_connections_opened_total", "Connections that were opened, by the transport that they began with.", "transport"),
		closed:    r.Counter("sockethub_connections_closed_total", "Connections that ended, by reason.", "reason"),
		rejected:  r.Counter("sockethub_handshakes_rejected_total", "Connections that were refused, by reason.", "reason"),
		recovered: r.Counter("sockethub_sessions_recovered_total", "Clients that came back for their session, by outcome.", "outcome"),
		events:    r.Counter("sockethub_events_total", "Messages and credentials that were answered, by outcome.", "platform", "type", "outcome"),
		duration:  r.Histogram("sockethub_event_duration_seconds", "From a message's acceptance to its answer.", Seconds, "platform", "type"),
		limited:   r.Counter("sockethub_rate_limited_total", "Events and requests that were refused for being too many.", "by"),
		requests:  r.Counter("sockethub_http_requests_total", "HTTP requests that were answered, by status.", "route", "code"),
		waits:     r.Histogram("sockethub_queue_wait_seconds", "From a message's acceptance until a worker got it.", Seconds).With(),
		starts:    r.Histogram("sockethub_worker_start_duration_seconds", "From a worker's start until it was ready.", Seconds).With(),
	}
	r.Func("sockethub_build_info", "1, with the version as a label.", "gauge", []string{"version", "go"}, func(emit func(float64, ...string)) {
		emit(1, version, runtime.Version())
	})
	r.process(time.Now())
	return m
}

// Opened counts a client that came; active is how many there are now.
func (m *Metrics) Opened(transport string, active int) {
	if m == nil {
		return
	}
	m.opened.With(transport).Inc()
	if m.reporter != nil {
		m.reporter.Opened(active)
	}
}

// Closed counts a client that went; active is how many are left.
func (m *Metrics) Closed(reason string, active int) {
	if m == nil {
		return
	}
	m.closed.With(reason).Inc()
	if m.reporter != nil {
		m.reporter.Closed(active)
	}
}

// Rejected counts a client that was not let in.
func (m *Metrics) Rejected(reason string) {
	if m == nil {
		return
	}
	m.rejected.With(reason).Inc()
	if m.reporter != nil {
		m.reporter.Rejected()
	}
}

// Recovered counts a client that came back for its session: "recovered" if it
// was there, "gone" if not.
func (m *Metrics) Recovered(outcome string) {
	if m != nil {
		m.recovered.With(outcome).Inc()
	}
}

// Limited counts what was refused for being too many: by "session" or "address".
func (m *Metrics) Limited(by string) {
	if m != nil {
		m.limited.With(by).Inc()
	}
}

// Request counts an HTTP request of a route that was answered with a status.
func (m *Metrics) Request(route string, status int) {
	if m != nil {
		m.requests.With(route, strconv.Itoa(status)).Inc()
	}
}

// Waited is told how long a message waited for a worker.
func (m *Metrics) Waited(d time.Duration) {
	if m != nil {
		m.waits.Observe(d.Seconds())
	}
}

// Started is told how long a worker took to be ready.
func (m *Metrics) Started(took time.Duration) {
	if m != nil {
		m.starts.Observe(took.Seconds())
	}
}

// Answers is how many actions have ended, and how long they took together.
func (m *Metrics) Answers() (ended uint64, took time.Duration) {
	m.duration.each(func(h *Histogram) {
		n, sum := h.total()
		ended += n
		took += time.Duration(sum * float64(time.Second))
	})
	return ended, took
}

// Action is work on an accepted message, or on credentials. A nil *Action may
// be ended as well.
type Action struct {
	metrics        *Metrics
	platform, name string
	started        time.Time
	reported       func(ok bool, took time.Duration) // nil: nobody is told
}

// Start begins an action: a type of message of a platform, or "credentials".
func (m *Metrics) Start(platform, name string) *Action {
	if m == nil {
		return nil
	}
	a := &Action{metrics: m, platform: platform, name: name, started: time.Now()}
	if m.reporter != nil {
		a.reported = m.reporter.Start(platform, name)
	}
	return a
}

// End notes how an action ended: "ok", "error" for an error of the platform's
// own, or the code of one of ours.
func (a *Action) End(outcome string) {
	if a == nil {
		return
	}
	took := time.Since(a.started)
	a.metrics.events.With(a.platform, a.name, outcome).Inc()
	a.metrics.duration.With(a.platform, a.name).Observe(took.Seconds())
	if a.reported != nil {
		a.reported(outcome == "ok", took)
	}
}
