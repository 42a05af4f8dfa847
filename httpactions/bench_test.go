package httpactions

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/queue"
	"github.com/sockethub/sockethub/ratelimit"
)

// instant is a Pipeline that answers with what it gets.
type instant struct{}

func (instant) Begin(Identity) Caller                               { return instant{} }
func (instant) Credentials(context.Context, *activity.Object) error { return nil }
func (instant) End()                                                {}
func (instant) Message(_ context.Context, a *activity.Object, done func([]byte)) {
	done(activity.AppendJSON(nil, a))
}

// A request for one echo by each of 16 connections, and what net/http alone
// takes to read the body and write as much.
func BenchmarkPost(b *testing.B) {
	body := message("echo", "the kettle is on")
	store, err := queue.OpenMemory(queue.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer store.Close(context.Background())
	h := New(Options{
		Pipeline: instant{}, Replay: store.Replay(), Limiter: store.Limiter(),
		RateLimit:      ratelimit.Limit{Max: 1 << 40, Window: time.Second},
		RequestTimeout: 30 * time.Second, IdleTimeout: 15 * time.Second, AnyOrigin: true,
	})
	floor := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		w.Header().Set("Content-Type", "application/x-ndjson")
		w.Write(text)
	})
	for _, tt := range []struct {
		name    string
		handler http.Handler
	}{{"handler", h}, {"floor", floor}} {
		b.Run(tt.name, func(b *testing.B) {
			web := httptest.NewServer(tt.handler)
			defer web.Close()
			var ids atomic.Uint64
			b.SetParallelism(8)
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				conn, err := net.Dial("tcp", web.Listener.Addr().String())
				if err != nil {
					b.Error(err)
					return
				}
				defer conn.Close()
				r := bufio.NewReader(conn)
				for pb.Next() {
					fmt.Fprintf(conn, "POST /sockethub-http HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nX-Request-Id: r%d\r\nContent-Length: %d\r\n\r\n%s",
						ids.Add(1), len(body), body)
					response, err := http.ReadResponse(r, nil)
					if err != nil {
						b.Error(err)
						return
					}
					io.Copy(io.Discard, response.Body)
					if response.StatusCode != 200 {
						b.Errorf("status %d", response.StatusCode)
						return
					}
				}
			})
		})
	}
}
