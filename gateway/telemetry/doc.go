// Package telemetry is what operators see of a running server: its log, its
// metrics, and what it reports to Sentry.
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
// To Sentry go errors, transactions, counters and, where it is asked for, log
// lines: never an address, a URL or a text that came from a client, unless the
// operator allowed it.
//
// Read log.go first, then metrics.go, then sentry.go. The goroutines are one
// for each output of the log, ended by Log.Close, and those of Sentry's
// library, ended by Sentry.Close.
package telemetry
