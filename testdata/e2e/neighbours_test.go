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
	"strings"
	"sync"
	"testing"
	"time"
)

// Beside somebody at another address who asks for the same kind of thing as fast
// as the line takes it, over all the connections that an address may have, each
// thing that a client asks for is done. How long that takes is a matter of
// BenchmarkNeighbours: here nobody is refused, or left waiting, for another's sake.
func TestNeighbours(t *testing.T) {
	for _, kind := range startNeighbours(t) {
		t.Run(kind.name, func(t *testing.T) {
			kind.ask(t, 0)
			defer kind.crowd(t, false)()
			for n := range 20 {
				kind.ask(t, 1+n)
			}
		})
	}
}

// kind is what clients ask for.
type kind struct {
	name  string
	pause time.Duration // of the honest client, after each answer
	rate  time.Duration // between two requests of one that keeps within its limits, over each of its connections
	each  int           // its connections

	ask    func(t testing.TB, n int)                                            // honestly, and waits for the answer
	greedy func(t testing.TB, who string) (ask func(n int) error, close func()) // from another address, and waits for nothing
}

// crowd begins to ask, until end. One that does not keep within its limits asks as
// fast as it can write.
func (k kind) crowd(t testing.TB, within bool) (end func()) {
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	for c := range k.each {
		ask, done := k.greedy(t, fmt.Sprint("greedy", c))
		context.AfterFunc(ctx, done) // it may be waiting for the server to read
		running.Go(func() {
			if within {
				time.Sleep(k.rate * time.Duration(c) / time.Duration(k.each)) // not all in the same moment
			}
			tick := time.NewTicker(k.rate)
			defer tick.Stop()
			for n := 0; ctx.Err() == nil && ask(n) == nil; n++ {
				if within {
					<-tick.C
				}
			}
		})
	}
	return func() {
		cancel()
		running.Wait()
	}
}

// reset leaves nothing for the server to read any more.
func (c *rawClient) reset() {
	c.conn.(*net.TCPConn).SetLinger(0)
	c.conn.Close()
}

// startNeighbours starts a server, and what its clients ask it for.
func startNeighbours(t testing.TB) []kind {
	pages := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/page") {
			w.Header().Set("Content-Type", "text/html")
			io.WriteString(w, "<!doctype html><title>Garden</title>")
			return
		}
		w.Header().Set("Content-Type", "application/rss+xml")
		io.WriteString(w, feed)
	}))
	t.Cleanup(pages.Close)
	irc := startGreeter(t)
	local := map[string]any{"allowPrivateAddresses": true}
	s := startServer(t, map[string]any{
		"logging":       map[string]any{"file": "", "level": "error"},
		"httpActions":   map[string]any{"enabled": true, "requireRequestId": false},
		"platforms":     []string{"dummy", "feeds", "metadata", "irc"},
		"packageConfig": map[string]any{"feeds": local, "metadata": local, "irc": local},
		// Room for the honest ones, who are many; an address has what it has by default.
		"limits": map[string]any{"maxPlatformInstances": 1000, "instancesPerAddress": 50, "instancesPerSession": 25},
	})
	// messages is a kind that a session asks for with one message.
	messages := func(name string, message func(who string, n int) map[string]any) kind {
		var honest *rawClient
		return kind{
			name: name, pause: 12 * time.Millisecond, rate: 11 * time.Millisecond, each: 20,
			ask: func(t testing.TB, n int) {
				if honest == nil {
					honest = s.dialFrom(neighbour)
				}
				honest.write(packet(t, "message", n, message("honest", n)))
				noError(t, honest.await(fmt.Sprintf("43%d[", n)))
			},
			greedy: func(t testing.TB, who string) (func(int) error, func()) {
				c := s.dialRaw()
				go io.Copy(io.Discard, c.conn)
				return func(n int) error { return c.write(packet(t, "message", n, message(who, n))) }, c.reset
			},
		}
	}
	person := func(nick string) map[string]any { return map[string]any{"id": nick + "@irc.test", "type": "person"} }
	credentials := func(t testing.TB, id int, nick string) string {
		return packet(t, "credentials", id, map[string]any{"@context": contexts("irc"), "type": "credentials", "actor": person(nick),
			"object": map[string]any{"type": "credentials", "nick": nick, "server": "127.0.0.1", "port": irc.Port, "secure": false}})
	}
	verb := func(t testing.TB, id int, nick, verb string) string {
		return packet(t, "message", id, map[string]any{"@context": contexts("irc"), "type": verb, "actor": person(nick)})
	}
	connects := kind{
		name: "connects", pause: 20 * time.Millisecond, rate: 33 * time.Millisecond, each: 20,
		ask: func(t testing.TB, n int) {
			nick := fmt.Sprint("wren", n)
			c := s.dialFrom(fmt.Sprint("127.0.1.", 1+n%250)) // one after another, each gone afterwards
			defer c.conn.Close()
			c.write(credentials(t, 1, nick))
			noError(t, c.await("431["))
			c.write(verb(t, 2, nick, "connect"))
			noError(t, c.await("432["))
			c.write(verb(t, 3, nick, "disconnect"))
			noError(t, c.await("433["))
		},
		greedy: func(t testing.TB, who string) (func(int) error, func()) {
			c := s.dialRaw()
			go io.Copy(io.Discard, c.conn)
			return func(n int) error {
				nick := fmt.Sprint(who, "x", n)
				for _, packet := range []string{credentials(t, 3*n, nick), verb(t, 3*n+1, nick, "connect"), verb(t, 3*n+2, nick, "disconnect")} {
					if err := c.write(packet); err != nil {
						return err
					}
				}
				return nil
			}, c.reset
		},
	}
	body, _ := json.Marshal(dummy("echo", "x"))
	post := func(client *http.Client) (string, error) {
		res, err := client.Post(s.url+"/sockethub-http", "application/json", strings.NewReader(string(body)))
		if err != nil {
			return "", err
		}
		defer res.Body.Close()
		text, err := io.ReadAll(res.Body)
		return res.Status + " " + string(text), err
	}
	honest := clientAt(neighbour)
	return []kind{
		messages("events", func(string, int) map[string]any { return dummy("echo", "x") }),
		messages("feeds", func(who string, n int) map[string]any {
			return fetch("feeds", "feed", fmt.Sprint(pages.URL, "/feed/", who, n))
		}),
		messages("previews", func(who string, n int) map[string]any {
			return fetch("metadata", "website", fmt.Sprint(pages.URL, "/page/", who, n))
		}),
		connects,
		{
			name: "actions", pause: 12 * time.Millisecond, rate: 200 * time.Millisecond, each: 16,
			ask: func(t testing.TB, _ int) {
				answer, err := post(honest)
				if err != nil {
					t.Fatal(err)
				}
				noError(t, answer)
			},
			greedy: func(testing.TB, string) (func(int) error, func()) {
				client := clientAt("127.0.0.1")
				return func(int) error {
					_, err := post(client)
					return err
				}, client.CloseIdleConnections
			},
		},
	}
}

func noError(t testing.TB, answer string) {
	t.Helper()
	if strings.Contains(answer, `"error"`) || strings.HasPrefix(answer, "4") && !strings.HasPrefix(answer, "43") {
		t.Fatal(answer)
	}
}

// clientAt is an HTTP client at an address of this machine.
func clientAt(address string) *http.Client {
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}}
	return &http.Client{Transport: &http.Transport{DialContext: dialer.DialContext, MaxIdleConnsPerHost: 4}}
}

// startGreeter starts an IRC server that welcomes whoever comes, and no more.
func startGreeter(b testing.TB) *net.TCPAddr {
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
