package e2e

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// neighbour is another client's address: all of 127.0.0.0/8 is this machine.
const neighbour = "127.0.0.2"

// What one client asks for is nothing to others, however slow it is: a feed of
// theirs comes within a second, for a neighbour at the same address too, and, for
// one at another address, from the host that is being asked so much.
func TestSlowFeedsOfOthers(t *testing.T) {
	serve := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/rss+xml")
		if !strings.HasPrefix(r.URL.Path, "/slow") {
			fmt.Fprint(w, feed)
			return
		}
		fmt.Fprint(w, "<rss version=\"2.0\"><channel>")
		for tick := time.Tick(time.Second); ; {
			if http.NewResponseController(w).Flush() != nil {
				return
			}
			select {
			case <-tick:
				fmt.Fprint(w, " ")
			case <-r.Context().Done():
				return
			}
		}
	})
	pages := httptest.NewServer(serve)
	t.Cleanup(pages.Close)
	const host = "127.0.0.3" // another host
	listen := func() net.Listener {
		l, err := net.Listen("tcp", host+":0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		return l
	}
	alive := &http.Server{Handler: serve}
	t.Cleanup(func() { alive.Close() })
	there := listen()
	go alive.Serve(there)
	var silent []string // each at a port of its own
	for range 8 {
		silent = append(silent, "http://"+listen().Addr().String()+"/")
	}
	both := []string{"127.0.0.1", neighbour}
	for _, tt := range []struct {
		name    string
		clients int
		each    int
		slow    func(i int) string
		toOpen  string
		quiet   []string // where others are
	}{
		{"250 that drip a byte a second", 1, 250, func(i int) string { return fmt.Sprint(pages.URL, "/slow", i) }, pages.URL + "/feed", both},
		{"1,275 of a server that never answers", 5, 255, func(i int) string { return fmt.Sprint(silent[0], i) }, pages.URL + "/other", both},
		{"1,275 of a server that never answers, at its ports", 5, 255, func(i int) string { return fmt.Sprint(silent[i%len(silent)], i) }, "http://" + there.Addr().String() + "/feed", both[1:]},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := startServer(t, withStore(map[string]any{"platforms": []string{"feeds"}}))
			var quiet []*rawClient
			for _, address := range tt.quiet {
				quiet = append(quiet, s.dialFrom(address))
			}
			quiet[0].write(message(t, 0, fetch("feeds", "feed", pages.URL+"/first"+t.Name())))
			quiet[0].await("430[")
			for range tt.clients {
				greedy := s.dialRaw()
				for i := range tt.each {
					greedy.write(message(t, i, fetch("feeds", "feed", tt.slow(i))))
				}
				greedy.write("42" + `9000["schemas",{}]`) // answered once all before it are in line
				greedy.await("439000[")
			}
			for n, c := range quiet {
				best := time.Hour
				for i := range 3 {
					began := time.Now()
					c.write(message(t, 1+i, fetch("feeds", "feed", fmt.Sprint(tt.toOpen, n, i))))
					if answer := c.await(fmt.Sprintf("43%d[", 1+i)); strings.Contains(answer, `"error"`) {
						t.Fatalf("client %d: %s", n, answer)
					}
					best = min(best, time.Since(began))
				}
				if best > time.Second {
					t.Errorf("client %d waited %v", n, best)
				}
			}
		})
	}
}
