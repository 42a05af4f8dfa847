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
// theirs comes within a second, for a neighbour at the same address too, and from
// the same host.
func TestSlowFeedsOfOthers(t *testing.T) {
	pages := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
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
	}))
	t.Cleanup(pages.Close)
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { silent.Close() })
	for _, tt := range []struct {
		name         string
		clients      int
		each         int
		slow, toOpen string
	}{
		{"250 that drip a byte a second", 1, 250, pages.URL + "/slow", pages.URL + "/feed"},
		{"1,275 of a server that never answers", 5, 255, "http://" + silent.Addr().String() + "/", pages.URL + "/other"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := startServer(t, withStore(map[string]any{"platforms": []string{"feeds"}}))
			quiet := []*rawClient{s.dialRaw(), s.dialFrom(neighbour)}
			quiet[0].write(message(t, 0, fetch("feeds", "feed", pages.URL+"/first"+t.Name())))
			quiet[0].await("430[")
			for range tt.clients {
				greedy := s.dialRaw()
				for i := range tt.each {
					greedy.write(message(t, i, fetch("feeds", "feed", fmt.Sprint(tt.slow, i))))
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
