package e2e

import (
	"slices"
	"testing"
	"time"
)

// What a client notices of one at another address that asks for the same kind of
// thing: as much as its limits allow, over all the connections that it may have,
// and as fast as it can write:
//
//	go test ./testdata/e2e -run '^$' -bench Neighbours -benchtime 5x
//
//	p99-ms     of what the client asks for, alone
//	beside-ms  the same beside one that keeps within its limits
//	times      the second by the first: at most 3 is the aim
//	flood-ms   the same beside one that does not
func BenchmarkNeighbours(b *testing.B) {
	for _, kind := range startNeighbours(b) {
		b.Run(kind.name, func(b *testing.B) {
			const each = 100
			asked := 0
			round := func() (times []time.Duration) {
				for range each {
					asked++
					began := time.Now()
					kind.ask(b, asked)
					times = append(times, time.Since(began))
					time.Sleep(kind.pause)
				}
				return times
			}
			round() // whatever has to be started is
			var alone, beside, flooded []time.Duration
			for b.Loop() {
				alone = append(alone, round()...)
				end := kind.crowd(b, true)
				beside = append(beside, round()...)
				end()
				end = kind.crowd(b, false)
				flooded = append(flooded, round()...)
				end()
			}
			p99 := func(times []time.Duration) float64 {
				slices.Sort(times)
				return times[len(times)*99/100-1].Seconds() * 1000
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(p99(alone), "p99-ms")
			b.ReportMetric(p99(beside), "beside-ms")
			b.ReportMetric(p99(beside)/p99(alone), "times")
			b.ReportMetric(p99(flooded), "flood-ms")
		})
	}
}
