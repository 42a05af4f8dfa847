package main

// measure adds to the metrics what the log and the store count themselves.
func (s *server) measure() {
	r := s.metrics.Registry
	r.Func("sockethub_log_lines_dropped_total", "Lines of the log that no output took.", "counter", nil, func(emit func(float64, ...string)) {
		emit(float64(s.log.Dropped()))
	})
	r.Func("sockethub_queue_jobs", "Jobs that were accepted and have no result yet.", "gauge", []string{"state"}, func(emit func(float64, ...string)) {
		stats := s.store.Stats()
		emit(float64(stats.Waiting), "waiting")
		emit(float64(stats.Claimed), "active")
	})
	r.Func("sockethub_jobs_settled_total", "Jobs that were taken back, by cause.", "counter", []string{"cause"}, func(emit func(float64, ...string)) {
		stats := s.store.Stats()
		emit(float64(stats.Settled), "worker")
		emit(float64(stats.SettledJobs), "node")
	})
	r.Func("sockethub_late_results_total", "Results of a worker that did not hold the job any more.", "counter", nil, func(emit func(float64, ...string)) {
		emit(float64(s.store.Stats().Late))
	})
	if s.config.Redis.URL == "" {
		return
	}
	r.Func("sockethub_redis_up", "Whether Redis is usable: 1 or 0.", "gauge", nil, func(emit func(float64, ...string)) {
		up := 0.0
		if s.store.Stats().Up {
			up = 1
		}
		emit(up)
	})
	r.Func("sockethub_redis_round_trips_total", "Writes to Redis, each of which carried one or more commands.", "counter", nil, func(emit func(float64, ...string)) {
		emit(float64(s.store.Stats().Flushes))
	})
	r.Func("sockethub_redis_commands_total", "Commands to Redis.", "counter", nil, func(emit func(float64, ...string)) {
		emit(float64(s.store.Stats().Commands))
	})
	r.Func("sockethub_redis_connects_total", "Connections to Redis that were made.", "counter", nil, func(emit func(float64, ...string)) {
		emit(float64(s.store.Stats().Connects))
	})
	r.Func("sockethub_redis_errors_total", "Answers of Redis that were errors, by their first word.", "counter", []string{"kind"}, func(emit func(float64, ...string)) {
		for kind, n := range s.store.Stats().Errors {
			emit(float64(n), kind)
		}
	})
}
