package config

import (
	"fmt"
	"strings"
)

// Worst is one of the things that the clients of an address can make the server
// hold in memory, at most.
type Worst struct {
	What, Limit string
	Bytes       int64
}

// What other packages hold an address to. Their constants are not settings; a
// test of the program compares them.
const (
	ConnectionBytes  = 20 << 10 // of a connection with its buffers and its session
	RequestBytes     = 28 << 10 // of one before a request is handled: its header, and what net/http needs
	CredentialsBytes = 1 << 20  // queue.MaxAddressCredentials
	ReplayBytes      = 8 << 20  // queue.MaxAddressReplay
	ActionBodies     = 12       // httpactions.MaxBodies
)

// MaxHeaderBytes is how long the header of a request may be, as Node has it.
const MaxHeaderBytes = 16 << 10

// DefaultHandshakes is the default of limits.handshakesPerSecond.
const DefaultHandshakes = 100

// WorstOfAddress lists what an address can make the server hold. Addresses are
// counted by /64 in IPv6. A message in memory takes more than its text has bytes,
// which these are.
func (c *Config) WorstOfAddress() []Worst {
	connections := int64(c.RateLimiter.MaxConnectionsPerIP)
	return []Worst{
		{"connections of clients, joined or not", "2 × `rateLimiter.maxConnectionsPerIp` of 20 KiB", 2 * connections * ConnectionBytes},
		{"connections beside them, with a header that is arriving", "6 × `rateLimiter.maxConnectionsPerIp` of 28 KiB", 6 * connections * RequestBytes},
		{"messages that are arriving on the former", "2 × `rateLimiter.maxConnectionsPerIp` × `sockethub.maxPayloadBytes`", 2 * connections * c.Sockethub.MaxPayload},
		{"messages without an answer, and what waits for clients", "`limits.addressBytes`", c.Limits.AddressBytes},
		{"events for clients that may come back, three times as many as may be there", "4 × `rateLimiter.maxConnectionsPerIp` × `recovery.maxBytes`", 4 * connections * int64(c.Recovery.MaxBytes)},
		{"credentials", "1 MiB of an address, 64 KiB of a session, 64 MiB of all", CredentialsBytes},
		{"answers to HTTP actions that are kept", "8 MiB of an address, 64 MiB of all", ReplayBytes},
		{"bodies of HTTP actions that are arriving", "12 × `httpActions.maxPayloadBytes`", ActionBodies * c.HTTPActions.MaxPayload},
	}
}

// worst is the list as Markdown.
func worst(c *Config) string {
	var b strings.Builder
	b.WriteString("\n## What one address can make the server hold\n\n" +
		"At most, with the defaults and the store in memory, in MiB of text. Where `rateLimiter.maxConnectionsPerIp` is 0 there is no such bound.\n\n" +
		"| What | Limit | MiB |\n| --- | --- | ---: |\n")
	sum := int64(0)
	for _, w := range c.WorstOfAddress() {
		fmt.Fprintf(&b, "| %s | %s | %.1f |\n", w.What, w.Limit, float64(w.Bytes)/(1<<20))
		sum += w.Bytes
	}
	fmt.Fprintf(&b, "| together | | %.1f |\n", float64(sum)/(1<<20))
	return b.String()
}
