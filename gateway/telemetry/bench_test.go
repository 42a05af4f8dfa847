package telemetry

import "testing"

// What is counted of one HTTP request with one message.
func BenchmarkAction(b *testing.B) {
	m := NewMetrics("1", nil)
	b.ReportAllocs()
	for b.Loop() {
		m.Start("irc", "send").End("ok")
		m.Request("actions", 200)
	}
}
