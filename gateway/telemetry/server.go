package telemetry

import (
	"runtime"
	"time"
)

// Metrics are those of a server. Labels never hold what a client sent: types of
// events come from the platforms' schemas.
type Metrics struct {
	*Registry

	Connections        *Gauges     // transport
	ConnectionsOpened  *Counters   // transport
	ConnectionsClosed  *Counters   // reason
	HandshakesRejected *Counters   // reason
	Sessions           *Gauges     //
	SessionsRecovered  *Counters   // outcome
	Events             *Counters   // platform, type, outcome
	EventDuration      *Histograms // platform, type
	QueueWait          *Histograms //
	WorkerStarts       *Counters   // platform
	WorkerExits        *Counters   // platform, cause
	WorkerStart        *Histograms //
	RateLimited        *Counters   // by
	HTTPRequests       *Counters   // route, code
	Bytes              *Counters   // direction, transport
}

// NewMetrics makes the metrics of a server of a version, and those of its
// process. What the store and the platforms count is added with Registry.Func.
func NewMetrics(version string) *Metrics {
	r := &Registry{}
	m := &Metrics{
		Registry:           r,
		Connections:        r.Gauge("sockethub_connections", "Connections that are open.", "transport"),
		ConnectionsOpened:  r.Counter("sockethub_connections_opened_total", "Connections that were opened.", "transport"),
		ConnectionsClosed:  r.Counter("sockethub_connections_closed_total", "Connections that ended, by reason.", "reason"),
		HandshakesRejected: r.Counter("sockethub_handshakes_rejected_total", "Connections that were refused, by reason.", "reason"),
		Sessions:           r.Gauge("sockethub_sessions", "Sessions, those that may come back included."),
		SessionsRecovered:  r.Counter("sockethub_sessions_recovered_total", "Sessions that came back, by outcome.", "outcome"),
		Events:             r.Counter("sockethub_events_total", "Events that were answered, by outcome.", "platform", "type", "outcome"),
		EventDuration:      r.Histogram("sockethub_event_duration_seconds", "From an event to its answer.", Seconds, "platform", "type"),
		QueueWait:          r.Histogram("sockethub_queue_wait_seconds", "From a job's acceptance to its worker.", Seconds),
		WorkerStarts:       r.Counter("sockethub_worker_starts_total", "Workers that were started.", "platform"),
		WorkerExits:        r.Counter("sockethub_worker_exits_total", "Workers that ended, by cause.", "platform", "cause"),
		WorkerStart:        r.Histogram("sockethub_worker_start_duration_seconds", "From a worker's start to its being ready.", Seconds),
		RateLimited:        r.Counter("sockethub_rate_limited_total", "Events and requests that were refused for being too many.", "by"),
		HTTPRequests:       r.Counter("sockethub_http_requests_total", "HTTP requests, by route and status.", "route", "code"),
		Bytes:              r.Counter("sockethub_bytes_total", "Bytes of messages.", "direction", "transport"),
	}
	r.Func("sockethub_build_info", "1, with the version as a label.", "gauge", []string{"version", "go"}, func(emit func(float64, ...string)) {
		emit(1, version, runtime.Version())
	})
	r.process(time.Now())
	return m
}
