// Package telemetry is what operators see of a running server: its log and its
// metrics.
//
// The log is made with log/slog. For people, on a terminal:
//
//	2026-03-01 12:00:00 info: sockethub:server:listener sockethub listening on ws://localhost:10550
//	2026-03-01 12:00:04 warn: sockethub:server:core connection refused: too many of this address session=Vn3…
//
// and for programs, elsewhere and in the log file, one object a line:
//
//	{"timestamp":"2026-03-01T12:00:00.123Z","level":"info","message":"…","namespace":"sockethub:server:core","session":"Vn3…"}
//
// Metrics are in Prometheus' text form, version 0.0.4:
//
//	# HELP sockethub_events_total Events that clients sent, by what became of them.
//	# TYPE sockethub_events_total counter
//	sockethub_events_total{platform="irc",type="send",outcome="ok"} 12
//
// Both can be passed on to a service for that: LogOptions.Forward takes the lines
// of the log, and a Reporter what the metrics count.
//
// Read log.go first, then metrics.go, then server.go. The goroutines are one
// for each output of the log, ended by Log.Close.
package telemetry
