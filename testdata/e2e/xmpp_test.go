package e2e

import (
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sockethub/sockethub/testdata/peer"
)

// prosody is a real XMPP server with an authority of its own.
type prosody struct {
	dir     string
	address string // for STARTTLS
}

func startProsody(t *testing.T) *prosody {
	t.Helper()
	peer.Program(t, "prosody")
	peer.Program(t, "openssl")
	script, err := filepath.Abs("../../platform/xmpp/testdata/server/start.sh")
	if err != nil {
		t.Fatal(err)
	}
	p := &prosody{dir: t.TempDir(), address: freeAddress(t)}
	port := func(address string) string {
		_, port, _ := net.SplitHostPort(address)
		return port
	}
	cmd := exec.Command(script, "prosody", p.dir, port(p.address), port(freeAddress(t)), port(freeAddress(t)))
	cmd.Dir = p.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM)
		_ = cmd.Wait() // ended
	})
	eventually(t, "prosody takes connections", func() bool {
		conn, err := net.Dial("tcp", p.address)
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
	return p
}

// trusted is the environment of a server that trusts prosody's certificate.
func (p *prosody) trusted() []string {
	return []string{"SSL_CERT_FILE=" + filepath.Join(p.dir, "ca.pem"), "SSL_CERT_DIR=" + filepath.Join(p.dir, "none")}
}

// xmpp is an activity for the platform as id.
func xmpp(verb, id string, more ...any) map[string]any {
	a := irc(verb, "x", more...)
	a["@context"] = contexts("xmpp")
	a["actor"] = map[string]any{"id": id, "type": "person"}
	return a
}

// logsIn stores credentials and connects; the error is that of the connect.
func (cl *client) logsIn(p *prosody, id, resource, password string) map[string]any {
	cl.all.t.Helper()
	user, _, _ := strings.Cut(id, "/")
	cl.mustEmit("credentials", xmpp("credentials", id, "object", map[string]any{
		"type": "credentials", "userAddress": user, "resource": resource, "password": password, "server": "xmpp://" + p.address}))
	return cl.emit("message", xmpp("connect", id))
}

func xmppServer(t *testing.T, p *prosody, own map[string]any) *server {
	own["allowPrivateAddresses"] = true
	return startServer(t, withStore(map[string]any{"platforms": []string{"xmpp"}, "packageConfig": map[string]any{"@sockethub/platform-xmpp": own}}), p.trusted()...)
}

// Two people in two browsers, on a real server: they log in, enter a room and talk.
func TestXMPPAsPeopleUseIt(t *testing.T) {
	p := startProsody(t)
	s := xmppServer(t, p, map[string]any{"connectTimeoutMs": 30000})
	all := startClients(t)
	mara, otto := all.connect("mara", s.url, transports["websocket"]), all.connect("otto", s.url, transports["polling"])
	for cl, id := range map[*client]string{mara: "mara@localhost/web", otto: "otto@localhost/web"} {
		got := cl.logsIn(p, id, "web", "sesame")
		if target, _ := got["target"].(map[string]any); got["error"] != nil || target["id"] != id {
			t.Fatalf("%s is answered %v", id, got)
		}
	}
	decks := map[string]any{"id": "decks@rooms.localhost", "type": "room"}
	mara.mustEmit("message", xmpp("join", "mara@localhost/web", "target", decks))
	mara.sees(t, `"update"`, `decks@rooms.localhost/mara`, `"type":"room"`)
	otto.mustEmit("message", xmpp("join", "otto@localhost/web", "target", decks))
	otto.mustEmit("message", xmpp("send", "otto@localhost/web", "target", decks, "object", text("ahoy 🦀")))
	mara.sees(t, `"send"`, `"decks@rooms.localhost/otto"`, `ahoy 🦀`)
	mara.mustEmit("message", xmpp("send", "mara@localhost/web", "target", map[string]any{"id": "otto@localhost/web", "type": "person"}, "object", text("psst")))
	otto.sees(t, `"mara@localhost/web"`, `psst`)
	got := mara.emit("message", xmpp("query", "mara@localhost/web", "target", decks, "object", map[string]any{"type": "history", "limit": 10}))
	if o, _ := got["object"].(map[string]any); o["totalItems"] != 1.0 || got["error"] != nil {
		t.Errorf("the history is answered %v", got)
	}
	mara.sees(t, `"published"`, `ahoy 🦀`)
	mara.mustEmit("message", xmpp("disconnect", "mara@localhost/web"))
	otto.sees(t, `decks@rooms.localhost/mara`, `"offline"`)
	got = mara.emit("message", xmpp("send", "mara@localhost/web", "target", decks, "object", text("?")))
	if got["error"] != "send called on uninitialized platform" {
		t.Errorf("after the disconnect: %v", got)
	}
}

// Two sessions of one user share a connection; who has another password does not.
func TestXMPPSharedConnection(t *testing.T) {
	p := startProsody(t)
	s := xmppServer(t, p, map[string]any{})
	all := startClients(t)
	desk, phone, thief := all.connect("desk", s.url, transports["websocket"]), all.connect("phone", s.url, transports["websocket"]), all.connect("thief", s.url, transports["websocket"])
	for _, cl := range []*client{desk, phone} {
		if got := cl.logsIn(p, "mara@localhost/web", "web", "sesame"); got["error"] != nil {
			t.Fatal(got)
		}
	}
	if n := len(s.workers("xmpp")); n != 1 {
		t.Errorf("%d workers for one user", n)
	}
	to := map[string]any{"id": "pia@localhost", "type": "person"}
	desk.mustEmit("message", xmpp("send", "mara@localhost/web", "target", to, "object", text("from the desk")))
	phone.sees(t, `"send"`, `from the desk`)
	got := thief.logsIn(p, "mara@localhost/web", "web", "simsim")
	if said, _ := got["error"].(string); !strings.HasPrefix(said, "connection failed: not-authorized") {
		t.Errorf("a wrong password is answered %v", got)
	}
	desk.mustEmit("message", xmpp("send", "mara@localhost/web", "target", to, "object", text("still here")))
}

// A page that is loaded again finds its way back.
func TestXMPPPageRefresh(t *testing.T) {
	p := startProsody(t)
	s := xmppServer(t, p, map[string]any{})
	all := startClients(t)
	decks := map[string]any{"id": "decks@rooms.localhost", "type": "room"}
	for i := range 2 {
		cl := all.connect("page"+strconv.Itoa(i), s.url, transports["websocket"])
		if got := cl.logsIn(p, "mara@localhost/web", "web", "sesame"); got["error"] != nil {
			t.Fatal(got)
		}
		cl.mustEmit("message", xmpp("join", "mara@localhost/web", "target", decks))
		cl.mustEmit("message", xmpp("send", "mara@localhost/web", "target", decks, "object", text(fmt.Sprint("load ", i))))
		cl.sees(t, `"send"`, `decks@rooms.localhost/mara`, fmt.Sprint("load ", i))
		receive(t, all.command(1, map[string]any{"op": "close", "client": cl.name}), "the end of the page")
	}
}

// Two actors want one resource: the older one is thrown out, hears so once, and
// does not come back.
func TestXMPPResourceClash(t *testing.T) {
	p := startProsody(t)
	s := xmppServer(t, p, map[string]any{})
	all := startClients(t)
	a, b := all.connect("a", s.url, transports["websocket"]), all.connect("b", s.url, transports["websocket"])
	if got := a.logsIn(p, "mara@localhost/one", "clash", "sesame"); got["error"] != nil {
		t.Fatal(got)
	}
	if got := b.logsIn(p, "mara@localhost/two", "clash", "sesame"); got["error"] != nil {
		t.Fatal(got)
	}
	a.sees(t, `"status":"failed"`, `"condition":"conflict"`, "Manual reconnection required.")
	a.sees(t, `"type":"error"`, `"condition":"conflict"`)
	b.mustEmit("message", xmpp("send", "mara@localhost/two", "target", map[string]any{"id": "pia@localhost", "type": "person"}, "object", text("alone now")))
	select {
	case r := <-a.events:
		t.Errorf("the older one hears %s", r.Args)
	case <-time.After(300 * time.Millisecond): // the reference's tests count for two seconds
	}
	got := a.emit("message", xmpp("send", "mara@localhost/one", "target", map[string]any{"id": "pia@localhost", "type": "person"}, "object", text("?")))
	if got["error"] != "send called on uninitialized platform" {
		t.Errorf("the older one is answered %v", got)
	}
}

// SIGTERM leaves no ghost: others see the user go, though no session said so.
func TestXMPPTermination(t *testing.T) {
	p := startProsody(t)
	s, other := xmppServer(t, p, map[string]any{}), xmppServer(t, p, map[string]any{})
	all := startClients(t)
	mara, otto := all.connect("mara", s.url, transports["websocket"]), all.connect("otto", other.url, transports["websocket"])
	decks := map[string]any{"id": "decks@rooms.localhost", "type": "room"}
	for cl, id := range map[*client]string{mara: "mara@localhost/web", otto: "otto@localhost/web"} {
		if got := cl.logsIn(p, id, "web", "sesame"); got["error"] != nil {
			t.Fatal(got)
		}
		cl.mustEmit("message", xmpp("join", id, "target", decks))
	}
	otto.sees(t, `decks@rooms.localhost/mara`, `"online"`)
	workers := s.workers("xmpp")
	if err := s.stop(syscall.SIGTERM); err != nil {
		t.Errorf("the server ended with %v", err)
	}
	otto.sees(t, `decks@rooms.localhost/mara`, `"offline"`)
	awaitGone(t, workers)
}
