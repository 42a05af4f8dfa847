// Package daemon is the program sockethub: its commands, signals, listeners and the
// address for operators.
//
//	sockethub ──► config.ParseArgs ─► config.Load ─► listen ─► openStore ─► gateway.New ─► READY=1
//	SIGHUP    ──► reload: settings that can change while it runs
//	SIGTERM   ──► stop: nobody new is let in, work in progress is answered, everything ends
//	sockethub check | health | generate … ──► one answer on the terminal
//
// Read daemon.go first, then serve.go. The goroutines are one for each listener,
// ended by server.stop, and the watchers of memory and certificates, ended by
// server.loop. Package config has the settings, package sentry the reports.
package daemon
