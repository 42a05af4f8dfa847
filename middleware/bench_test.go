package middleware

import (
	"strings"
	"testing"

	"github.com/sockethub/sockethub/activity"
)

const echo = `{"@context":["https://www.w3.org/ns/activitystreams","https://sockethub.org/ns/context/v1.jsonld",` +
	`"https://sockethub.org/ns/context/platform/dummy/v1.jsonld"],"type":"echo",` +
	`"actor":{"id":"tulip@garden.test","type":"person","name":"Tulip"},"object":{"type":"message","content":"the kettle is on"},"id":"42"}`

// What every echo costs on its way in: read, checked, written to its worker.
func BenchmarkEcho(b *testing.B) {
	p := New(publishedRegistry(b))
	in := []byte(echo)
	buf := make([]byte, 0, 1024)
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		v, err := activity.Parse(in)
		if err != nil {
			b.Fatal(err)
		}
		a, err := p.Message(v)
		if err != nil {
			b.Fatal(err)
		}
		buf = activity.AppendJSON(buf[:0], a.Activity)
	}
}

// The payloads of 256 KiB that cost most to refuse.
func BenchmarkRefusal(b *testing.B) {
	p := New(publishedRegistry(b))
	for _, tt := range []struct{ name, in string }{
		{"many contexts", strings.Replace(echo, `"https://www.w3`, strings.Repeat(`"",`, 80000)+`"https://www.w3`, 1)},
		{"many numbers as contexts", strings.Replace(echo, `["https://www.w3.org/ns/activitystreams",`, `["",`+strings.Repeat(`"",`, 80000), 1)},
		{"many members", strings.Replace(echo, `"id":"42"`, manyMembers(30000), 1)},
		{"many components", strings.Replace(echo, `"id":"42"`, `"target":{"type":"calendar","id":"http://a/","components":[`+strings.Repeat("0,", 120000)+`0]}`, 1)},
	} {
		b.Run(strings.ReplaceAll(tt.name, " ", "-"), func(b *testing.B) {
			v, err := activity.Parse([]byte(tt.in))
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := p.Message(v); err == nil {
					b.Fatal("accepted")
				}
			}
		})
	}
}

func manyMembers(n int) string {
	var s []byte
	for i := range n {
		if i > 0 {
			s = append(s, ',')
		}
		s = activity.AppendString(s, "m"+string(activity.AppendJSON(nil, i)))
		s = append(s, ":1"...)
	}
	return string(s)
}
