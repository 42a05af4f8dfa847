package socketio_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/sockethub/sockethub/engineio"
	"github.com/sockethub/sockethub/socketio"
	"github.com/sockethub/sockethub/testdata/conformance/wire"
	"github.com/sockethub/sockethub/testdata/peer"
)

// startForClients is a server that does what testdata/client.cjs and client.py
// expect. Offsets go to clients that ask for them, since they are one argument
// more than a Python handler has room for.
func startForClients(t *testing.T) string {
	server, url := start(t, socketio.Options{
		Engine: engineio.Options{PingInterval: 200 * time.Millisecond, PingTimeout: 5 * time.Second},
		Recovery: socketio.Recovery{
			Max:   time.Minute,
			Wants: func(s *socketio.Socket) bool { return bytes.Contains(s.Auth(), []byte(`"recovery":true`)) },
		},
	})
	for _, n := range []*socketio.Namespace{
		server.Of("/"), server.Of("/chat"), server.Of("/locked"),
		server.OfFunc(func(name string, auth []byte) bool { return strings.HasPrefix(name, "/room-") }),
	} {
		n.OnEvent(func(s *socketio.Socket, e *socketio.EventPacket) { answerClient(t, s, e) })
		n.OnConnect(func(s *socketio.Socket) error {
			s.Data = new([]string)
			return nil
		})
	}
	server.Of("/locked").OnConnect(func(s *socketio.Socket) error {
		if bytes.Contains(s.Auth(), []byte("brass")) {
			return nil
		}
		return &socketio.ConnectRefusal{Message: "wrong key", Data: []byte(`{"hint":"brass"}`)}
	})
	return strings.TrimSuffix(url, "/socket.io/")
}

func answerClient(t *testing.T, s *socketio.Socket, e *socketio.EventPacket) {
	text := func(i int) (text string) {
		json.Unmarshal(e.Args[i], &text)
		return text
	}
	switch e.Name {
	case "echo":
		e.Ack.SendBinary(e.Attachments, e.Args...)
	case "say":
		s.EmitBinary("said", e.Attachments, e.Args...)
	case "ask":
		ack, what := e.Ack, bytes.Clone(e.Args[0])
		go func() {
			ctx, cancel := context.WithTimeout(s.Context(), wire.Patience)
			defer cancel()
			reply, err := s.EmitAck(ctx, "asked", what)
			if err != nil {
				t.Errorf("EmitAck: %v", err)
			}
			ack.SendBinary(reply.Attachments, reply.Args...)
		}()
	case "name?":
		e.Ack.Send(fmt.Appendf(nil, "%q", s.Namespace().Name()))
	case "auth?":
		e.Ack.Send(s.Auth())
	case "transport?":
		e.Ack.Send(fmt.Appendf(nil, "%q", s.Session().Transport()))
	case "join":
		s.Join(text(0))
		rooms := s.Data.(*[]string)
		*rooms = append(*rooms, text(0))
		e.Ack.Send()
	case "join?":
		rooms, _ := json.Marshal(s.Data)
		e.Ack.Send(rooms)
	case "shout":
		s.Namespace().To(text(0)).Emit("heard", e.Args[1])
		e.Ack.Send()
	case "go":
		s.Disconnect(false)
	case "drop":
		s.Session().Close(engineio.ForcedClose)
	case "begin": // and go on when the client has lost its transport
		s.Emit("news", []byte("0"))
		lost := s.Context().Done()
		go func() {
			<-lost
			s.Emit("news", []byte("1"))
			s.Namespace().To("garden").Emit("all", []byte("2"))
			s.EmitBinary("file", [][]byte{[]byte("three")}, []byte(`{"_placeholder":true,"num":0}`))
		}()
	}
}

var transports = []string{"polling", "websocket", "polling,websocket"}

func TestNPMClients(t *testing.T) {
	node, dir := peer.Node(t)
	for _, version := range []string{"socket.io-client-4.0", "socket.io-client-4.5", "socket.io-client"} {
		for _, transport := range transports {
			t.Run(version+" over "+transport, func(t *testing.T) {
				cmd := exec.Command(node, "testdata/client.cjs")
				cmd.Env = append(os.Environ(), "NODE_DIR="+dir, "PACKAGE="+version, "TRANSPORTS="+transport, "URL="+startForClients(t))
				if version == "socket.io-client" {
					cmd.Env = append(cmd.Env, "RECOVERY=1")
				}
				report(t, cmd, 12)
			})
		}
	}
}

func TestPythonClient(t *testing.T) {
	python := peer.Program(t, "python3")
	wanted := func() error { return exec.Command(python, "-I", "-c", "import socketio, requests, websocket").Run() }
	if wanted() != nil {
		python = "/usr/bin/python3" // Debian's, where another comes first
	}
	if err := wanted(); err != nil {
		peer.Missing(t, "python3-socketio, python3-requests or python3-websocket is not installed: "+err.Error())
	}
	for _, transport := range transports {
		t.Run("over "+transport, func(t *testing.T) {
			report(t, exec.Command(python, "-I", "testdata/client.py", startForClients(t), transport), 7)
		})
	}
}

// report runs a client and makes a subtest of each line that it says.
func report(t *testing.T, cmd *exec.Cmd, atLeast int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	var out, errors bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errors
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stop := context.AfterFunc(ctx, func() { cmd.Process.Kill() })
	defer stop()
	if err := cmd.Wait(); err != nil {
		t.Errorf("the client: %v\n%s", err, errors.String())
	}
	results := 0
	for line := range strings.Lines(out.String()) {
		line = strings.TrimSpace(line)
		if name, ok := strings.CutPrefix(line, "ok "); ok {
			results++
			t.Run(name, func(t *testing.T) {})
		} else if name, ok := strings.CutPrefix(line, "not ok "); ok {
			results++
			name, why, _ := strings.Cut(name, ": ")
			t.Run(name, func(t *testing.T) { t.Error(strings.ReplaceAll(why, " | ", "\n")) })
		}
	}
	if results < atLeast {
		t.Errorf("only %d results of %d\n%s%s", results, atLeast, out.String(), errors.String())
	}
}
