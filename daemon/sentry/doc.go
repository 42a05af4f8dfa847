// Package sentry reports what goes wrong to a Sentry project: errors, and where they
// are asked for counters, transactions and lines of the log.
//
//	telemetry.Log ── Line{error, "worker ended: killed by SIGKILL"} ──► Reporter ─► event
//	telemetry.Metrics ── Opened, Start … ──► Reporter ─► counters, transactions
//
// Never an address, a URL or a text that came from a client leaves, unless the
// operator allowed it (redact.go). It is the only package that links sentry-go,
// whose goroutines Reporter.Close ends.
package sentry
