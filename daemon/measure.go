package daemon

import (
	"cmp"

	"github.com/sockethub/sockethub/platform/supervisor"
)

// emit takes a sample with the values of its labels.
type emit = func(value float64, labels ...string)

// measure adds to the metrics what the log, the store, the gateway and the
// platforms count themselves.
func (s *server) measure() {
	r := s.metrics.Registry
	r.Func("sockethub_connections", "Connections that are open.", "gauge", []string{"transport"}, func(emit emit) {
		t := s.gateway.Transports()
		emit(float64(t.Polling.Sessions), "polling")
		emit(float64(t.WebSocket.Sessions), "websocket")
	})
	r.Func("sockethub_bytes_total", "Bytes of packets from clients and to them, before compression.", "counter", []string{"direction", "transport"}, func(emit emit) {
		t := s.gateway.Transports()
		emit(float64(t.Polling.In), "in", "polling")
		emit(float64(t.WebSocket.In), "in", "websocket")
		emit(float64(t.Polling.Out), "out", "polling")
		emit(float64(t.WebSocket.Out), "out", "websocket")
	})
	r.Func("sockethub_sessions", "Sessions, those that may come back included.", "gauge", nil, func(emit emit) {
		emit(float64(s.gateway.Stats().Sessions))
	})
	r.Func("sockethub_log_lines_dropped_total", "Lines of the log that no output took.", "counter", nil, func(emit emit) {
		emit(float64(s.log.Dropped()))
	})
	r.Func("sockethub_queue_jobs", "Jobs that were accepted and have no result yet.", "gauge", []string{"state"}, func(emit emit) {
		stats := s.store.Stats()
		emit(float64(stats.Waiting), "waiting")
		emit(float64(stats.Claimed), "active")
	})
	r.Func("sockethub_late_results_total", "Results that nobody waited for any more.", "counter", nil, func(emit emit) {
		emit(float64(s.gateway.Stats().Workers.LateResults))
	})
	s.measureWorkers()
	if s.config.Redis.URL != "" {
		s.measureRedis()
	}
}

func (s *server) measureWorkers() {
	s.metrics.Func("sockethub_instances", "Platform instances, with a worker or without.", "gauge", nil, func(emit emit) {
		emit(float64(s.gateway.Stats().Workers.Instances))
	})
	workers := func(name, help, kind string, labels []string, samples func(emit emit, name string, p supervisor.PlatformStats)) {
		s.metrics.Func(name, help, kind, append([]string{"platform"}, labels...), func(emit emit) {
			for name, p := range s.gateway.Stats().Workers.Platforms {
				samples(emit, name, p)
			}
		})
	}
	workers("sockethub_workers", "Worker processes.", "gauge", []string{"state"}, func(emit emit, name string, p supervisor.PlatformStats) {
		emit(float64(p.Starting), name, "starting")
		emit(float64(p.Ready), name, "ready")
		emit(float64(p.Ending), name, "ending")
	})
	workers("sockethub_worker_starts_total", "Workers that were started.", "counter", nil, func(emit emit, name string, p supervisor.PlatformStats) {
		emit(float64(p.Starts), name)
	})
	workers("sockethub_worker_exits_total", "Workers that ended, by cause.", "counter", []string{"cause"}, func(emit emit, name string, p supervisor.PlatformStats) {
		for cause, n := range p.Exits {
			emit(float64(n), name, cause)
		}
	})
	workers("sockethub_jobs_settled_total", "Jobs that had no result, by what became of them.", "counter", []string{"cause"}, func(emit emit, name string, p supervisor.PlatformStats) {
		for cause, n := range p.Settled {
			emit(float64(n), name, cmp.Or(cause, "error"))
		}
	})
}

func (s *server) measureRedis() {
	r := s.metrics.Registry
	r.Func("sockethub_redis_up", "Whether Redis is usable: 1 or 0.", "gauge", nil, func(emit emit) {
		up := 0.0
		if s.store.Stats().Up {
			up = 1
		}
		emit(up)
	})
	for _, c := range []struct {
		name, help string
		value      func() uint64
	}{
		{"sockethub_redis_round_trips_total", "Writes to Redis, each of which carried one or more commands.", func() uint64 { return s.store.Stats().Flushes }},
		{"sockethub_redis_commands_total", "Commands to Redis.", func() uint64 { return s.store.Stats().Commands }},
		{"sockethub_redis_connects_total", "Connections to Redis that were made.", func() uint64 { return s.store.Stats().Connects }},
		{"sockethub_nodes_settled_total", "Servers that ended without a farewell, and that this one cleaned up after.", func() uint64 { return s.store.Stats().SettledNodes }},
	} {
		r.Func(c.name, c.help, "counter", nil, func(emit emit) { emit(float64(c.value())) })
	}
	r.Func("sockethub_redis_errors_total", "Answers of Redis that were errors, by their first word.", "counter", []string{"kind"}, func(emit emit) {
		for kind, n := range s.store.Stats().Errors {
			emit(float64(n), kind)
		}
	})
}
