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

// manyEvents is a server with n events of about a kilobyte each.
func manyEvents(t testing.TB, n int) (service string, size int64) {
	list := make([]string, n)
	for i := range list {
		event := fmt.Sprintf("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\nBEGIN:VEVENT\r\nUID:%d@cases.test\r\nDTSTAMP:20260101T000000Z\r\n"+
			"DTSTART;TZID=Europe/Prague:20260601T090000\r\nDTEND;TZID=Europe/Prague:20260601T100000\r\nSUMMARY:Meeting %d\r\nLOCATION:Room\\, 2\r\n"+
			"DESCRIPTION:%s\r\nX-OTHER:%s\r\nATTENDEE;CN=Bob:mailto:bob@cases.test\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
			i, i, strings.Repeat("some words ", 20), strings.Repeat("x", 400))
		list[i] = davtest.Response(fmt.Sprintf("/dav/home/cal/%d.ics", i), `<d:getetag>"1"</d:getetag><c:calendar-data>`+davtest.Text(event)+`</c:calendar-data>`)
	}
	body := davtest.Multistatus(list...)
	fake := davtest.New(t)
	server := fetchtest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != "REPORT" {
			fake.ServeHTTP(w, r)
			return
		}
		w.WriteHeader(http.StatusMultiStatus)
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

// 2,000 events (2 MB) take less than 96 MiB more in the worker.
func TestMemory(t *testing.T) {
	service, _ := manyEvents(t, 2000)
	p := open(t, davtest.Config)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	result := query(t, p, service, `{"type":"event"}`)
	runtime.ReadMemStats(&after)
	if used := int64(after.Sys) - int64(before.Sys); used > 96<<20 {
		t.Errorf("the process grew by %d MiB", used>>20)
	}
	if n := len(itemsIn(result)); n < 1000 || result.Text("next") == "" {
		t.Errorf("%d items, next %q", n, result.Text("next"))
	}
}

func itemsIn(result *activity.Object) []any {
	items, _ := result.Get("items").([]any)
	return items
}

// A query of 2,000 events, from the network to its result.
func BenchmarkQuery(b *testing.B) {
	service, size := manyEvents(b, 2000)
	p := open(b, davtest.Config)
	for name, object := range map[string]string{
		"all":      `{"type":"event"}`,
		"window":   `{"type":"event","startTime":"2026-01-01T00:00:00Z","endTime":"2027-01-01T00:00:00Z"}`,
		"expanded": `{"type":"event","startTime":"2026-01-01T00:00:00Z","endTime":"2027-01-01T00:00:00Z","expand":true}`,
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(size)
			b.ReportAllocs()
			for b.Loop() {
				query(b, p, service, object)
			}
		})
	}
}
