package e2e

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// What a client notices of one at another address that asks for the same as fast
// as it can:
//
//	go test ./testdata/e2e -run '^$' -bench Neighbours -benchtime 1x
//
//	p99-ms     of what the client asks for, alone
//	beside-ms  the same beside the other
//	times      the second by the first: at most 3 is the aim
func BenchmarkNeighbours(b *testing.B) {
	pages := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/page") {
			w.Header().Set("Content-Type", "text/html")
			io.WriteString(w, "<!doctype html><title>Garden</title>")
			return
		}
		w.Header().Set("Content-Type", "application/rss+xml")
		io.WriteString(w, feed)
	}))
	b.Cleanup(pages.Close)
	irc := startGreeter(b)
	local := map[string]any{"allowPrivateAddresses": true}
	s := startServer(b, map[string]any{
		"logging":       map[string]any{"file": "", "level": "error"},
		"httpActions":   map[string]any{"enabled": true, "requireRequestId": false},
		"platforms":     []string{"dummy", "feeds", "metadata", "irc"},
		"packageConfig": map[string]any{"feeds": local, "metadata": local, "irc": local},
	})
	for _, kind := range []struct {
		name string
		ask  func(who string, n int) map[string]any
	}{
		{"events", func(string, int) map[string]any { return dummy("echo", "x") }},
		{"feeds", func(who string, n int) map[string]any {
			return fetch("feeds", "feed", fmt.Sprint(pages.URL, "/feed/", who, n))
		}},
		{"previews", func(who string, n int) map[string]any {
			return fetch("metadata", "website", fmt.Sprint(pages.URL, "/page/", who, n))
		}},
	} {
		b.Run(kind.name, func(b *testing.B) {
			honest := s.dialFrom(neighbour)
			asked := 0
			beside(b, 10*time.Millisecond, func() {
				asked++
				honest.write(message(b, asked, kind.ask("honest", asked)))
				honest.await(fmt.Sprintf("43%d[", asked))
			}, func(stop context.Context) {
				greedy := s.dialRaw()
				defer greedy.conn.Close()
				go io.Copy(io.Discard, greedy.conn)
				for i := 0; stop.Err() == nil && greedy.write(message(b, i, kind.ask("greedy", i))) == nil; i++ {
				}
			})
		})
	}
	b.Run("connects", func(b *testing.B) {
		packets := func(id int, nick string) (credentials, connect string) {
			actor := map[string]any{"id": nick + "@irc.test", "type": "person"}
			secret, _ := json.Marshal([]any{"credentials", map[string]any{"@context": contexts("irc"), "type": "credentials", "actor": actor,
				"object": map[string]any{"type": "credentials", "nick": nick, "server": "127.0.0.1", "port": irc.Port, "secure": false}}})
			return fmt.Sprint("42", id, string(secret)),
				message(b, id+1, map[string]any{"@context": contexts("irc"), "type": "connect", "actor": actor})
		}
		n := 0
		beside(b, 50*time.Millisecond, func() {
			n++
			c := s.dialFrom(neighbour) // one after another, each gone afterwards
			defer c.conn.Close()
			credentials, connect := packets(1, fmt.Sprint("wren", n))
			c.write(credentials)
			c.await("431[")
			c.write(connect)
			if answer := c.await("432["); strings.Contains(answer, `"error"`) && n == 1 {
				b.Fatal(answer)
			}
		}, func(stop context.Context) {
			greedy := s.dialRaw()
			defer greedy.conn.Close()
			go io.Copy(io.Discard, greedy.conn)
			for i := 0; stop.Err() == nil; i++ {
				credentials, connect := packets(2*i, fmt.Sprint("greedy", i))
				if greedy.write(credentials) != nil || greedy.write(connect) != nil {
					return
				}
			}
		})
	})
	b.Run("actions", func(b *testing.B) {
		text, _ := json.Marshal(dummy("echo", "x"))
		post := func(client *http.Client) {
			res, err := client.Post(s.url+"/sockethub-http", "application/json", strings.NewReader(string(text)))
			if err != nil {
				b.Error(err)
				return
			}
			io.Copy(io.Discard, res.Body)
			res.Body.Close()
		}
		honest, greedy := clientAt(neighbour), clientAt("127.0.0.1")
		beside(b, 20*time.Millisecond, func() { post(honest) }, func(stop context.Context) {
			for stop.Err() == nil {
				post(greedy)
			}
		})
	})
}

// beside asks a hundred times alone and a hundred times while somebody floods.
func beside(b *testing.B, pause time.Duration, ask func(), flood func(stop context.Context)) {
	round := func() time.Duration {
		var times []time.Duration
		for range 100 {
			began := time.Now()
			ask()
			times = append(times, time.Since(began))
			time.Sleep(pause)
		}
		slices.Sort(times)
		return times[98]
	}
	ask() // whatever has to be started is
	var alone, with time.Duration
	for b.Loop() {
		alone += round()
		stop, cancel := context.WithCancel(b.Context())
		var flooder sync.WaitGroup
		flooder.Go(func() { flood(stop) })
		with += round()
		cancel()
		flooder.Wait()
	}
	b.ReportMetric(alone.Seconds()*1000/float64(b.N), "p99-ms")
	b.ReportMetric(with.Seconds()*1000/float64(b.N), "beside-ms")
	b.ReportMetric(float64(with)/float64(alone), "times")
}

// clientAt is an HTTP client at an address of this machine.
func clientAt(address string) *http.Client {
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}}
	return &http.Client{Transport: &http.Transport{DialContext: dialer.DialContext, MaxIdleConnsPerHost: 4}}
}

// startGreeter starts an IRC server that welcomes whoever comes, and no more.
func startGreeter(b *testing.B) *net.TCPAddr {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				nick := "*"
				for lines := bufio.NewScanner(conn); lines.Scan(); {
					switch word, rest, _ := strings.Cut(lines.Text(), " "); word {
					case "NICK":
						nick = rest
					case "USER":
						fmt.Fprintf(conn, ":irc.test 001 %s :Welcome\r\n:irc.test 422 %s :No message\r\n", nick, nick)
					case "PING":
						fmt.Fprintf(conn, ":irc.test PONG irc.test %s\r\n", rest)
					case "CAP":
						if strings.HasPrefix(rest, "LS") {
							fmt.Fprintf(conn, ":irc.test CAP * LS :\r\n")
						}
					case "QUIT":
						return
					}
				}
			}()
		}
	}()
	return l.Addr().(*net.TCPAddr)
}
