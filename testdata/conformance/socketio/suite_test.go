package main

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sockethub/sockethub/testdata/conformance/wire"
)

// The program, built once and run as it is: the tests know nothing of it but
// its address.
var program string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "conformance")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		program = filepath.Join(dir, "socketio")
		if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "%v\n%s", err, out)
			return 1
		}
		return m.Run()
	}())
}

// serve starts the program and returns its Socket.IO URL.
func serve(t *testing.T, flags ...string) string {
	t.Helper()
	cmd := exec.Command(program, append([]string{"-addr", "127.0.0.1:0"}, flags...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	addr, ok := strings.CutPrefix(strings.TrimSpace(line), "listening on ")
	if err != nil || !ok {
		t.Fatalf("the program said %q: %v", line, err)
	}
	return "http://" + addr + "/socket.io/"
}

// patient lets a busy machine answer a ping later than the suite asks for.
const patient = "-ping-timeout=20s"

const id = `[^"]+`

// The Engine.IO part of the public suite for Socket.IO servers.
func TestEngineIO(t *testing.T) {
	base := serve(t)
	lenient := serve(t, patient)

	t.Run("handshake/polling/opens a session", func(t *testing.T) {
		status, body := wire.Do(t, "GET", base+"?EIO=4&transport=polling", "")
		want := `","upgrades":["websocket"],"pingInterval":300,"pingTimeout":200,"maxPayload":1000000}`
		if status != 200 || !strings.HasPrefix(body, `0{"sid":"`) || !strings.HasSuffix(body, want) {
			t.Errorf("%d %s", status, body)
		}
	})
	t.Run("handshake/polling/any page may", func(t *testing.T) {
		response, err := http.Get(base + "?EIO=4&transport=polling")
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if got := response.Header.Get("Access-Control-Allow-Origin"); got != "*" {
			t.Errorf("Access-Control-Allow-Origin: %q", got)
		}
	})
	t.Run("handshake/polling/an invalid EIO", func(t *testing.T) {
		for _, query := range []string{"?transport=polling", "?EIO=abc&transport=polling"} {
			if status, _ := wire.Do(t, "GET", base+query, ""); status != 400 {
				t.Errorf("%s: %d", query, status)
			}
		}
	})
	t.Run("handshake/polling/an invalid transport", func(t *testing.T) {
		for _, query := range []string{"?EIO=4", "?EIO=4&transport=abc"} {
			if status, _ := wire.Do(t, "GET", base+query, ""); status != 400 {
				t.Errorf("%s: %d", query, status)
			}
		}
	})
	t.Run("handshake/polling/an invalid method", func(t *testing.T) {
		for _, method := range []string{"POST", "PUT"} {
			if status, _ := wire.Do(t, method, base+"?EIO=4&transport=polling", ""); status != 400 {
				t.Errorf("%s: %d", method, status)
			}
		}
	})
	t.Run("handshake/websocket/opens a session", func(t *testing.T) {
		c := wire.WebSocket(t, base)
		if c.SID == "" || len(c.Upgrades) != 0 || c.PingInterval != 300 || c.PingTimeout != 200 || c.MaxPayload != 1000000 {
			t.Errorf("%+v", c.Handshake)
		}
	})
	t.Run("handshake/websocket/an invalid EIO", func(t *testing.T) {
		for _, query := range []string{"?transport=websocket", "?EIO=abc&transport=websocket"} {
			if status := wire.Refused(t, base+query); status != 400 {
				t.Errorf("%s: %d", query, status)
			}
		}
	})
	t.Run("handshake/websocket/an invalid transport", func(t *testing.T) {
		for _, query := range []string{"?EIO=4", "?EIO=4&transport=abc"} {
			if status := wire.Refused(t, base+query); status != 400 {
				t.Errorf("%s: %d", query, status)
			}
		}
	})

	for _, transport := range []string{"polling", "websocket"} {
		t.Run("heartbeat/"+transport+"/pings and takes pongs", func(t *testing.T) {
			c := wire.Mute(t, lenient, transport)
			for range 3 {
				c.Expect("2")
				c.Send("3")
			}
		})
		t.Run("heartbeat/"+transport+"/closes the session without a pong", func(t *testing.T) {
			c := wire.Mute(t, base, transport)
			c.Over()
			if transport == "polling" {
				if status, _ := wire.Do(t, "GET", base+"?EIO=4&transport=polling&sid="+c.SID, ""); status != 400 {
					t.Errorf("a poll after the end: %d", status)
				}
			}
		})
	}
	t.Run("close/polling", func(t *testing.T) {
		c := wire.Mute(t, lenient, "polling")
		c.Send("1")
		c.Over()
		if status, _ := wire.Do(t, "GET", lenient+"?EIO=4&transport=polling&sid="+c.SID, ""); status != 400 {
			t.Errorf("a poll after the close: %d", status)
		}
	})
	t.Run("close/websocket", func(t *testing.T) {
		c := wire.WebSocket(t, lenient)
		c.Send("1")
		c.Over()
	})

	upgraded := func(t *testing.T) (sid string, ws net.Conn, frames *bufio.Reader) {
		_, body := wire.Do(t, "GET", lenient+"?EIO=4&transport=polling", "")
		sid, _, _ = strings.Cut(strings.TrimPrefix(body, `0{"sid":"`), `"`)
		ws = wire.Dial(t, lenient+"?EIO=4&transport=websocket&sid="+sid)
		t.Cleanup(func() { ws.Close() })
		ws.SetDeadline(time.Now().Add(wire.Patience))
		frames = bufio.NewReader(ws)
		wire.WriteFrame(ws, 1, []byte("2probe"))
		if _, data, err := wire.ReadFrame(frames); err != nil || string(data) != "3probe" {
			t.Fatalf("the probe is answered with %q, %v", data, err)
		}
		wire.WriteFrame(ws, 1, []byte("5"))
		wire.WriteFrame(ws, 1, []byte("40")) // once it is answered the upgrade is done
		for {
			_, data, err := wire.ReadFrame(frames)
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasPrefix(string(data), "40") {
				return sid, ws, frames
			}
		}
	}
	stillThere := func(t *testing.T, ws net.Conn, frames *bufio.Reader) {
		t.Helper()
		wire.WriteFrame(ws, 1, []byte(`42["message","hello"]`))
		for {
			_, data, err := wire.ReadFrame(frames)
			if err != nil {
				t.Fatal(err)
			}
			if string(data) == `42["message-back","hello"]` {
				return
			}
		}
	}
	t.Run("upgrade/moves to a WebSocket", func(t *testing.T) {
		_, ws, frames := upgraded(t)
		stillThere(t, ws, frames)
	})
	t.Run("upgrade/ignores later requests", func(t *testing.T) {
		sid, ws, frames := upgraded(t)
		if status, _ := wire.Do(t, "GET", lenient+"?EIO=4&transport=polling&sid="+sid, ""); status != 400 {
			t.Errorf("a poll after the upgrade: %d", status)
		}
		stillThere(t, ws, frames)
	})
	t.Run("upgrade/ignores a second WebSocket", func(t *testing.T) {
		sid, ws, frames := upgraded(t)
		second := wire.Dial(t, lenient+"?EIO=4&transport=websocket&sid="+sid)
		defer second.Close()
		second.SetDeadline(time.Now().Add(wire.Patience))
		wire.WriteFrame(second, 1, []byte("2probe"))
		if opcode, data, err := wire.ReadFrame(bufio.NewReader(second)); err == nil && opcode != 8 {
			t.Errorf("a second WebSocket is answered %q", data)
		} else if e, slow := err.(net.Error); slow && e.Timeout() {
			t.Error("a second WebSocket is not closed")
		}
		stillThere(t, ws, frames)
	})
}

// The Socket.IO part of the public suite.
func TestSocketIO(t *testing.T) {
	base := serve(t, patient)
	connected := func(t *testing.T) *wire.Client {
		c := wire.WebSocket(t, base)
		c.Send("40")
		c.Match(`40\{"sid":"` + id + `"\}`)
		c.Expect(`42["auth",{}]`)
		return c
	}

	t.Run("connect/main namespace", func(t *testing.T) { connected(t) })
	t.Run("connect/main namespace with a payload", func(t *testing.T) {
		c := wire.WebSocket(t, base)
		c.Send(`40{"token":"123"}`)
		c.Match(`40\{"sid":"` + id + `"\}`)
		c.Expect(`42["auth",{"token":"123"}]`)
	})
	t.Run("connect/custom namespace", func(t *testing.T) {
		c := wire.WebSocket(t, base)
		c.Send("40/custom,")
		c.Match(`40/custom,\{"sid":"` + id + `"\}`)
		c.Expect(`42/custom,["auth",{}]`)
	})
	t.Run("connect/custom namespace with a payload", func(t *testing.T) {
		c := wire.WebSocket(t, base)
		c.Send(`40/custom,{"token":"abc"}`)
		c.Match(`40/custom,\{"sid":"` + id + `"\}`)
		c.Expect(`42/custom,["auth",{"token":"abc"}]`)
	})
	t.Run("connect/unknown namespace", func(t *testing.T) {
		c := wire.WebSocket(t, base)
		c.Send("40/random")
		c.Expect(`44/random,{"message":"Invalid namespace"}`)
	})
	t.Run("connect/invalid handshake", func(t *testing.T) {
		c := wire.WebSocket(t, base)
		c.Send("4abc")
		c.Over()
	})
	t.Run("connect/no handshake", func(t *testing.T) { wire.WebSocket(t, base).Over() })

	t.Run("disconnect/main namespace", func(t *testing.T) {
		c := wire.Mute(t, base, "websocket")
		c.Send("40")
		c.Match(`40\{"sid":"` + id + `"\}`)
		c.Expect(`42["auth",{}]`)
		c.Send("41")
		c.Expect("2") // the session goes on
	})
	t.Run("disconnect/custom namespace", func(t *testing.T) {
		c := connected(t)
		c.Send("40/custom")
		c.Match(`40/custom,\{"sid":"` + id + `"\}`)
		c.Expect(`42/custom,["auth",{}]`)
		c.Send("41/custom", `42["message","message to main namespace"]`)
		c.Expect(`42["message-back","message to main namespace"]`)
	})

	t.Run("message/plain text", func(t *testing.T) {
		c := connected(t)
		c.Send(`42["message",1,"2",{"3":[true]}]`)
		c.Expect(`42["message-back",1,"2",{"3":[true]}]`)
	})
	t.Run("message/binary", func(t *testing.T) {
		c := connected(t)
		c.Send(`452-["message",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]`, "bAQID", "bBAUG")
		c.Expect(`452-["message-back",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]`, "bAQID", "bBAUG")
	})
	t.Run("message/plain text with an ack", func(t *testing.T) {
		c := connected(t)
		c.Send(`42456["message-with-ack",1,"2",{"3":[false]}]`)
		c.Expect(`43456[1,"2",{"3":[false]}]`)
	})
	t.Run("message/binary with an ack", func(t *testing.T) {
		c := connected(t)
		c.Send(`452-789["message-with-ack",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]`, "bAQID", "bBAUG")
		c.Expect(`462-789[{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]`, "bAQID", "bBAUG")
	})
	for name, packet := range map[string]string{
		"message/unknown packet type":    "4abc",
		"message/invalid payload format": "42{}",
		"message/invalid ack id":         `42abc["message-with-ack",1,"2",{"3":[false]}]`,
	} {
		t.Run(name, func(t *testing.T) {
			c := connected(t)
			c.Send(packet)
			c.Over()
		})
	}
}

// Beyond the suite: a client that was cut comes back to its socket.
func TestRecovery(t *testing.T) {
	base := serve(t, patient, "-recovery=1m")
	c := wire.WebSocket(t, base)
	c.Send("40")
	ids := c.Match(`40\{"sid":"(` + id + `)","pid":"(` + id + `)"\}`)
	offset := c.Match(`42\["auth",\{\},"(` + id + `)"\]`)[0]
	c.Send(`42["message","on its way when the client is cut"]`)
	c.Match(`42\["message-back".*`)
	c.Close()

	back := wire.Polling(t, base)
	back.Send(`40{"pid":"` + ids[1] + `","offset":"` + offset + `"}`)
	back.Expect(`40{"sid":"` + ids[0] + `","pid":"` + ids[1] + `"}`)
	back.Match(`42\["message-back","on its way when the client is cut","` + id + `"\]`)
}
