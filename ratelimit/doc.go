// Package ratelimit counts what clients do, in fixed windows: a window begins
// with the first event and ends after its length, whatever comes meanwhile.
//
//	a request of 2001:db8:0:7f:a::3 ──► Guard ──► Counter ──► Count{Used: 3, Reset: 41s}
//
//	RateLimit-Policy: 60;w=60
//	RateLimit-Limit: 60
//	RateLimit-Remaining: 57
//	RateLimit-Reset: 41
//
// A [Window] does the counting. [Memory] has one for each key, and is the
// [Counter] of a server without Redis; package queue/redis has one that all
// servers share. A [Guard] stands before HTTP requests and counts them by
// address, a [Fuse] behind the socket of one session.
//
// Read window.go first, then guard.go.
package ratelimit
