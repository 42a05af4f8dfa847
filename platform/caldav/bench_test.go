package caldav

import (
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform"
	"github.com/sockethub/sockethub/platform/dav/davtest"
	"github.com/sockethub/sockethub/platform/webfetch/fetchtest"
)

// meeting is an event of about a kilobyte.
func meeting(i int) string {
	return fmt.Sprintf("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\nBEGIN:VEVENT\r\nUID:%d@cases.test\r\nDTSTAMP:20260101T000000Z\r\n"+
		"DTSTART;TZID=Europe/Prague:20260601T090000\r\nDTEND;TZID=Europe/Prague:20260601T100000\r\nSUMMARY:Meeting %d\r\nLOCATION:Room\\, 2\r\n"+
		"DESCRIPTION:%s\r\nX-OTHER:%s\r\nATTENDEE;CN=Bob:mailto:bob@cases.test\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
		i, i, strings.Repeat("some words ", 20), strings.Repeat("x", 400))
}

// manyEvents is a server with n events of about a kilobyte each.
func manyEvents(t testing.TB, n int) (service string, size int64) {
	list := make([]string, n)
	for i := range list {
		list[i] = davtest.Response(fmt.Sprintf("/dav/home/cal/%d.ics", i), `<d:getetag>"1"</d:getetag><c:calendar-data>`+davtest.Text(meeting(i))+`</c:calendar-data>`)
	}
	body, none := davtest.Multistatus(list...), davtest.Multistatus()
	fake := davtest.New(t)
	server := fetchtest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != "REPORT" {
			fake.ServeHTTP(w, r)
			return
		}
		report, _ := io.ReadAll(r.Body)
		w.WriteHeader(http.StatusMultiStatus)
		if strings.Contains(string(report), `name="R`) {
			_, _ = io.WriteString(w, none) // of these events recurs
			return
		}
		_, _ = io.WriteString(w, body)
	})
	return server.URL, int64(len(body))
}

func query(t testing.TB, p platform.Platform, service, object string) *activity.Object {
	message, err := activity.ParseObject([]byte(`{"type":"query","target":{"id":"` + service + `/dav/home/cal/","type":"calendar"},"object":` + object + `}`))
	if err != nil {
		t.Fatal(err)
	}
	result, failure := davtest.Do(t.Context(), p, "caldav", service+"/dav/", message)
	if failure != "" {
		t.Fatal(failure)
	}
	return result
}

// generous is a worker of a server that allows results of 16 MiB, its default.
type generous struct{ fetchtest.Host }

func (generous) MaxResult() int { return 16 << 20 }

// 2,000 events (2 MB) come as one result where that is allowed, and take less than
// 96 MiB more in the worker; page by page where it is not.
func TestMemory(t *testing.T) {
	const events = 2000
	service, _ := manyEvents(t, events)
	p := openOn(t, generous{}, davtest.Config)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	result := query(t, p, service, `{"type":"event"}`)
	runtime.ReadMemStats(&after)
	if used := int64(after.Sys) - int64(before.Sys); used > 96<<20 {
		t.Errorf("the process grew by %d MiB", used>>20)
	}
	if n := len(itemsIn(result)); n != events || result.Get("next") != nil {
		t.Errorf("%d items, next %q", n, result.Text("next"))
	}

	p = open(t, davtest.Config)
	got, next := 0, ""
	for pages := 1; ; pages++ {
		result = query(t, p, service, `{"type":"event","after":"`+next+`"}`)
		got += len(itemsIn(result))
		if n := len(activity.AppendJSON(nil, result)); n > 1<<20 {
			t.Errorf("page %d has %d bytes", pages, n)
		}
		if next = result.Text("next"); next == "" {
			if got != events || pages < 2 {
				t.Errorf("%d items on %d pages", got, pages)
			}
			break
		}
	}
}

func itemsIn(result *activity.Object) []any {
	items, _ := result.Get("items").([]any)
	return items
}

// A query of 2,000 events, from the network to its result. ratio is the bytes that
// it allocates for each byte of the answer: at most 3.
func BenchmarkQuery(b *testing.B) {
	service, size := manyEvents(b, 2000)
	p := openOn(b, generous{}, davtest.Config)
	for name, object := range map[string]string{
		"all":      `{"type":"event"}`,
		"window":   `{"type":"event","startTime":"2026-01-01T00:00:00Z","endTime":"2027-01-01T00:00:00Z"}`,
		"expanded": `{"type":"event","startTime":"2026-01-01T00:00:00Z","endTime":"2027-01-01T00:00:00Z","expand":true}`,
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(size)
			b.ReportAllocs()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			for b.Loop() {
				query(b, p, service, object)
			}
			runtime.ReadMemStats(&after)
			b.ReportMetric(float64(after.TotalAlloc-before.TotalAlloc)/float64(b.N)/float64(size), "ratio")
		})
	}
}
