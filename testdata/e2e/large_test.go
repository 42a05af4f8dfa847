package e2e

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// As many large feeds as are fetched at once, at their full size before any of them
// ends, have room in the memory of the worker: all are answered.
func TestLargeFeedsAtOnce(t *testing.T) {
	const slots, addresses = 64, 8
	var here atomic.Int32
	all := make(chan struct{})
	item := "<item><title>Beans</title><guid>%d</guid><description>" + strings.Repeat("Six rows. ", 100) + "</description></item>"
	pages := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/rss+xml")
		io.WriteString(w, "<rss version=\"2.0\"><channel><title>Garden</title>")
		for i := range 1500 { // of about 1 KiB
			fmt.Fprintf(w, item, i)
		}
		http.NewResponseController(w).Flush()
		if here.Add(1) == slots {
			close(all)
		}
		select {
		case <-all:
		case <-time.After(patience):
		}
		io.WriteString(w, "</channel></rss>")
	})}
	t.Cleanup(func() { pages.Close() })
	var hosts []string // of each, four at once are asked for
	for i := range slots / 4 {
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.3.%d:0", 1+i))
		if err != nil {
			t.Fatal(err)
		}
		go pages.Serve(l)
		hosts = append(hosts, l.Addr().String())
	}
	s := startServer(t, map[string]any{
		"logging":       map[string]any{"file": ""},
		"platforms":     []string{"feeds"},
		"packageConfig": map[string]any{"feeds": map[string]any{"allowPrivateAddresses": true, "connectTimeoutMs": 60000}},
	})
	var clients []*rawClient
	for i := range slots {
		c := s.dialFrom(fmt.Sprint("127.0.2.", 1+i%addresses))
		c.write(message(t, 1, fetch("feeds", "feed", fmt.Sprintf("http://%s/%d", hosts[i/4], i))))
		clients = append(clients, c)
	}
	for i, c := range clients {
		if answer := c.await("431["); strings.Contains(answer, `"error"`) {
			t.Fatalf("feed %d: %.500s", i, answer)
		}
	}
	if n := here.Load(); n != slots {
		t.Errorf("%d were fetched at once, want %d", n, slots)
	}
	if log := s.log.String(); strings.Contains(log, "worker ended") {
		t.Errorf("the worker ended:\n%s", log)
	}
}
