//go:build unix

package caldav

import (
	"runtime"
	"testing"

	"github.com/sockethub/sockethub/platform/dav/davtest"
)

// patient is a configuration for a server that thinks about its first answer for
// long.
const patient = `{"allowPrivateAddresses":true,"allowInsecureHttp":true,"connectTimeoutMs":600000}`

// 2,000 events of a real server, the one that is filled and answers soonest, take
// less than 96 MiB more in the worker.
func TestManyReal(t *testing.T) {
	r := davtest.Start(t, "xandikos")
	r.Fill(t, 2000, meeting)
	askForMany(t, r)
}

// The same with each server. It is a benchmark, as some of them need minutes to be
// filled and to answer first:
//
//	go test ./platform/caldav -run '^$' -bench ManyReal -benchtime 1x -timeout 30m
func BenchmarkManyReal(b *testing.B) {
	for _, name := range []string{"radicale", "xandikos", "cyrus", "sabre"} {
		b.Run(name, func(b *testing.B) {
			r := davtest.Start(b, name)
			r.Fill(b, 2000, meeting)
			for b.Loop() {
				b.ReportMetric(askForMany(b, r), "MiB-more")
			}
		})
	}
}

// askForMany asks a server for its 2,000 events in a window, and returns by how many
// MiB the process grew.
func askForMany(b testing.TB, r *davtest.Real) (grown float64) {
	u := &user{b, openOn(b, generous{}, patient), r.URL, "secret-1", r.Calendar}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	result := u.must(`{"type":"query","object":{"type":"event","startTime":"2026-01-01T00:00:00Z","endTime":"2027-01-01T00:00:00Z"}}`)
	runtime.ReadMemStats(&after)
	if n := len(itemsIn(result)); n != 2000 || result.Get("next") != nil {
		b.Errorf("%d items, next %q", n, result.Text("next"))
	}
	if grown = float64(after.Sys-before.Sys) / (1 << 20); grown > 96 {
		b.Errorf("the process grew by %.0f MiB", grown)
	}
	return grown
}
