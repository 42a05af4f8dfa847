//go:build unix

package caldav

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform"
	"github.com/sockethub/sockethub/platform/dav/davtest"
)

// large is a calendar of 2,000 events (2 MB) on a real server, and returns how much
// the process grows by while they are told of, in MiB.
func large(t testing.TB, name string) int64 {
	const events = 2000
	r := davtest.Start(t, name)
	putAll(t, r, events)
	p := openOn(t, generous{}, `{"allowPrivateAddresses":true,"allowInsecureHttp":true,"connectTimeoutMs":600000}`)
	ask := func(object string) *activity.Object {
		message, err := activity.ParseObject([]byte(`{"type":"query","target":{"id":"` + r.Calendar + `","type":"calendar"},"object":` + object + `}`))
		if err != nil {
			t.Fatal(err)
		}
		result, err := p.Do(t.Context(), platform.Job{Activity: message, Credentials: davtest.Credentials(r.URL, "ann", "secret-1")})
		if err != nil {
			t.Fatalf("%s: %v", object, err)
		}
		return result
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for _, object := range []string{
		`{"type":"event"}`,
		`{"type":"event","startTime":"2026-01-01T00:00:00Z","endTime":"2027-01-01T00:00:00Z","expand":true}`,
		`{"type":"event","syncToken":""}`,
	} {
		if result := ask(object); len(itemsIn(result)) != events || result.Get("next") != nil || result.Get("errors") != nil {
			t.Errorf("%s: %d items, next %q, errors %v", object, len(itemsIn(result)), result.Text("next"), result.Get("errors"))
		}
	}
	runtime.ReadMemStats(&after)
	return (int64(after.Sys) - int64(before.Sys)) >> 20
}

func largeEvent(n int) string {
	return fmt.Sprintf("BEGIN:VEVENT\r\nUID:%d@cases.test\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260601T%02d%02d00Z\r\nDURATION:PT15M\r\n"+
		"SUMMARY:Meeting %d\r\nDESCRIPTION:%s\r\nX-OTHER:%s\r\nEND:VEVENT\r\n", n, n/60%24, n%60, n, strings.Repeat("some words ", 20), strings.Repeat("x", 600))
}

func calendarOf(events string) string {
	return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\n" + events + "END:VCALENDAR\r\n"
}

// putAll stores events one by one, some at a time.
func putAll(t testing.TB, r *davtest.Real, n int) {
	var writers sync.WaitGroup
	for w := range 8 {
		writers.Go(func() {
			for i := w; i < n; i += 8 {
				r.Put(t, fmt.Sprintf("%s%d.ics", r.Calendar, i), calendarOf(largeEvent(i)))
			}
		})
	}
	writers.Wait()
}

// 2,000 events take less than 96 MiB more in the worker on each of the real servers,
// which take minutes to be filled. TestMemory is the same with one of ours.
func BenchmarkLargeCalendar(b *testing.B) {
	for _, name := range []string{"radicale", "xandikos", "cyrus", "sabre"} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				grown := large(b, name)
				if b.ReportMetric(float64(grown), "MiB"); grown > 96 {
					b.Errorf("the process grew by %d MiB", grown)
				}
			}
		})
	}
}
