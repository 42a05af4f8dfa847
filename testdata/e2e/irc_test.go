package e2e

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sockethub/sockethub/testdata/peer"
)

// ngircd is a real IRC server: ngIRCd, or InspIRCd.
type ngircd struct {
	t       testing.TB
	address string
	args    []string // the program and its arguments
	cmd     *exec.Cmd
}

func startInspircd(t testing.TB) *ngircd {
	t.Helper()
	d := &ngircd{t: t, address: freeAddress(t)}
	dir := t.TempDir()
	_, port, _ := net.SplitHostPort(d.address)
	config := filepath.Join(dir, "inspircd.conf")
	conf := fmt.Sprintf(`<config format="xml">
<server name="irc.pond.test" description="test" network="Pond" id="001">
<admin name="a" nick="a" email="a@pond.test">
<bind address="127.0.0.1" port="%s" type="clients">
<path configdir="%[2]s" datadir="%[2]s" logdir="%[2]s" runtimedir="%[2]s">
<pid file="%[2]s/inspircd.pid">
<log method="file" type="* -USERINPUT -USEROUTPUT" level="default" target="%[2]s/ircd.log">
<connect allow="*" timeout="60" pingfreq="120" hardsendq="10M" softsendq="1M" recvq="64K" threshold="1000" commandrate="1000000" localmax="1000" globalmax="1000" fakelag="no" resolvehostnames="no" useident="no" maxchans="1000">
<options casemapping="ascii" defaultmodes="not" prefixquit="Quit: ">
<performance softlimit="1000" quickboot="yes">
<security maxtargets="20">
`, port, dir)
	if err := os.WriteFile(config, []byte(conf), 0o644); err != nil {
		t.Fatal(err)
	}
	d.args = []string{"inspircd", "--nofork", "--config", config}
	if os.Getuid() == 0 {
		d.args = append(d.args, "--runasroot")
	}
	d.run()
	return d
}

func startNgircd(t testing.TB, password string) *ngircd {
	t.Helper()
	d := &ngircd{t: t, address: freeAddress(t)}
	dir := t.TempDir()
	_, port, _ := net.SplitHostPort(d.address)
	if password != "" {
		password = "Password = " + password
	}
	config := filepath.Join(dir, "ngircd.conf")
	d.args = []string{"ngircd", "--nodaemon", "--config", config}
	conf := fmt.Sprintf("[Global]\nName = irc.pond.test\nInfo = test\nListen = 127.0.0.1\nPorts = %s\nMotdPhrase = Mind the reeds\nServerUID = nobody\nServerGID = nogroup\n%s\n"+
		"[Limits]\nMaxConnectionsIP = 0\nMaxJoins = 0\nMaxPenaltyTime = 0\nMaxNickLength = 20\n[Options]\nDNS = no\nIdent = no\nPAM = no\n", port, password)
	if err := os.WriteFile(config, []byte(conf), 0o644); err != nil {
		t.Fatal(err)
	}
	// It reads its file as another user.
	for _, path := range []string{dir, filepath.Dir(dir)} {
		if err := os.Chmod(path, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	d.run()
	return d
}

// run starts the program and waits until it takes connections.
func (d *ngircd) run() {
	d.t.Helper()
	d.cmd = exec.Command(peer.Program(d.t, d.args[0]), d.args[1:]...)
	if err := d.cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(d.stop)
	eventually(d.t, d.args[0]+" takes connections", func() bool {
		conn, err := net.Dial("tcp", d.address)
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
}

func (d *ngircd) stop() {
	if d.cmd == nil {
		return
	}
	_ = d.cmd.Process.Kill() // it may have ended
	_ = d.cmd.Wait()         // killed
	d.cmd = nil
}

// operator is a plain connection, for what no verb of the platform does.
type operator struct {
	t     testing.TB
	conn  net.Conn
	lines *bufio.Scanner
}

func (d *ngircd) operator(room string) *operator {
	d.t.Helper()
	return d.person("heron", room)
}

// person is the same under another name.
func (d *ngircd) person(nick, room string) *operator {
	d.t.Helper()
	conn, err := net.Dial("tcp", d.address)
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { conn.Close() })
	o := &operator{d.t, conn, bufio.NewScanner(conn)}
	o.say("NICK "+nick, "USER "+nick+" 0 * :"+nick)
	o.awaits(" 001 ")
	o.say("JOIN " + room)
	o.awaits(" 366 ")
	return o
}

func (o *operator) say(lines ...string) {
	o.t.Helper()
	if _, err := fmt.Fprint(o.conn, strings.Join(lines, "\r\n")+"\r\n"); err != nil {
		o.t.Fatal(err)
	}
}

func (o *operator) awaits(part string) {
	o.t.Helper()
	o.conn.SetReadDeadline(time.Now().Add(patience))
	for o.lines.Scan() {
		if strings.Contains(o.lines.Text(), part) {
			return
		}
	}
	o.t.Fatalf("the server did not say %q: %v", part, o.lines.Err())
}

// pond is an activity for the platform as nick@127.0.0.1.
func pond(verb, nick string, more ...any) map[string]any {
	a := irc(verb, nick, more...)
	a["actor"] = map[string]any{"id": nick + "@127.0.0.1", "type": "person", "name": nick}
	return a
}

func pondRoom(name string) map[string]any {
	return map[string]any{"id": "127.0.0.1/" + name, "type": "room", "name": name}
}

func pondPerson(nick string) map[string]any {
	return map[string]any{"id": nick + "@127.0.0.1", "type": "person", "name": nick}
}

func text(content string) map[string]any {
	return map[string]any{"type": "message", "content": content}
}

// swims connects a client as nick.
func (cl *client) swims(t *testing.T, d *ngircd, nick, password string) {
	t.Helper()
	cl.brings(t, d, nick, password)
	cl.mustEmit("message", pond("connect", nick))
}

// brings stores credentials.
func (cl *client) brings(t *testing.T, d *ngircd, nick, password string) {
	t.Helper()
	credentials := ircCredentials(t, nick, d.address, password)
	credentials["actor"] = pondPerson(nick)
	cl.mustEmit("credentials", credentials)
}

// sees waits for a message event whose JSON has all of these parts.
func (cl *client) sees(t *testing.T, parts ...string) map[string]any {
	t.Helper()
	var seen []string
	for {
		r := receive(t, cl.events, fmt.Sprintf("an event with %q; %s saw %s", parts, cl.name, seen))
		if r.Event != "message" {
			continue
		}
		body := string(r.Args[0])
		seen = append(seen, body)
		all := true
		for _, part := range parts {
			all = all && strings.Contains(body, part)
		}
		if all {
			var a map[string]any
			if err := json.Unmarshal(r.Args[0], &a); err != nil {
				t.Fatal(err)
			}
			return a
		}
	}
}

// refused checks that a message fails with a text that the server said.
func (cl *client) refused(t *testing.T, want string, message map[string]any) {
	t.Helper()
	got := cl.emit("message", message)
	if said, _ := got["error"].(string); !strings.HasPrefix(said, want) {
		t.Errorf("%s %v: %v, want the error %q", cl.name, message, got, want)
	}
}

// Two people in two browsers, on a real server: they enter a room, talk, act,
// change the topic and a nick, are refused things, thrown out, and go.
func TestIRCAsPeopleUseIt(t *testing.T) {
	d := startNgircd(t, "")
	s := startServer(t, withStore(map[string]any{"platforms": []string{"irc"}, "packageConfig": map[string]any{"irc": map[string]any{"allowPrivateAddresses": true, "floodBurst": 100}}}))
	all := startClients(t)
	lily, carp := all.connect("lily", s.url, transports["websocket"]), all.connect("carp", s.url, transports["polling"])
	heron := d.operator("#reeds")
	lily.swims(t, d, "lily", "")
	lily.sees(t, `"topic"`, "Mind the reeds")
	carp.swims(t, d, "carp", "")
	reeds := pondRoom("#reeds")
	lily.mustEmit("message", pond("join", "lily", "target", reeds))
	carp.mustEmit("message", pond("join", "carp", "target", reeds))
	lily.sees(t, `"join"`, `"carp@127.0.0.1"`)

	lily.mustEmit("message", pond("send", "lily", "target", reeds, "object", text("good evening :) Grüße 🐸 日本")))
	carp.sees(t, `"lily@127.0.0.1"`, `"good evening :) Grüße 🐸 日本"`)
	carp.mustEmit("message", pond("send", "carp", "target", reeds, "object", text("/me blows bubbles")))
	lily.sees(t, `"type":"me"`, `"blows bubbles"`)
	carp.mustEmit("message", pond("send", "carp", "target", pondPerson("lily"), "object", text("psst")))
	lily.sees(t, `"127.0.0.1/lily"`, `"psst"`)
	long := strings.TrimSpace(strings.Repeat("one frog after another ", 174))
	carp.mustEmit("message", pond("send", "carp", "target", reeds, "object", text(long)))
	arrived := ""
	for len(arrived) < len(long) {
		object := lily.sees(t, `"carp@127.0.0.1"`, "frog")["object"].(map[string]any)
		arrived += object["content"].(string)
	}
	if len(long) < 4000 || arrived != long {
		t.Errorf("%d bytes arrived as %d", len(long), len(arrived))
	}

	lily.mustEmit("message", pond("update", "lily", "target", reeds, "object", map[string]any{"type": "topic", "content": "Dusk and dawn"}))
	carp.sees(t, `"topic"`, "Dusk and dawn")
	carp.mustEmit("message", pond("query", "carp", "target", reeds, "object", map[string]any{"type": "attendance"}))
	carp.sees(t, `"query"`, `"heron"`, `"lily"`, `"carp"`)

	// Refusals carry the server's words.
	carp.refused(t, "No such nick or channel name", pond("send", "carp", "target", pondPerson("ghost"), "object", text("boo")))
	carp.refused(t, "Nickname already in use", pond("update", "carp", "target", pondPerson("lily"), "object", map[string]any{"type": "address"}))
	heron.say("MODE #reeds +mt")
	heron.awaits("MODE #reeds +mt")
	carp.refused(t, "Cannot send to channel", pond("send", "carp", "target", reeds, "object", text("hello?")))
	carp.refused(t, "You are not channel operator", pond("update", "carp", "target", reeds, "object", map[string]any{"type": "topic", "content": "mine"}))
	heron.say("MODE #reeds -m", "KICK #reeds carp :enough")
	carp.sees(t, `"leave"`, `"carp@127.0.0.1"`, "enough")
	heron.say("MODE #reeds +i")
	heron.awaits("MODE #reeds +i")
	carp.refused(t, "Cannot join channel (+i)", pond("join", "carp", "target", reeds))
	heron.say("INVITE carp #reeds")
	carp.sees(t, `"invite"`, `"#reeds"`)
	carp.mustEmit("message", pond("join", "carp", "target", reeds))
	carp.mustEmit("message", pond("disconnect", "carp"))
	lily.sees(t, `"leave"`, `"carp@127.0.0.1"`, `"service"`, "leaving")

	// A nick that is in use, and the next connect with another.
	carp.brings(t, d, "lily", "")
	carp.refused(t, "unable to connect to server: nicknames unavailable", pond("connect", "lily"))
	carp.swims(t, d, "pike", "")
}

// After a change of nick messages are done under both ids, over one connection,
// and the others in the room are told.
func TestIRCNickChange(t *testing.T) {
	d := startNgircd(t, "")
	s := startServer(t, withStore(map[string]any{"platforms": []string{"irc"}}))
	all := startClients(t)
	lily, carp := all.connect("lily", s.url, transports["websocket"]), all.connect("carp", s.url, transports["websocket"])
	lily.swims(t, d, "lily", "")
	carp.swims(t, d, "carp", "")
	reeds := pondRoom("#reeds")
	lily.mustEmit("message", pond("join", "lily", "target", reeds))
	carp.mustEmit("message", pond("join", "carp", "target", reeds))
	change := pond("update", "lily", "target", pondPerson("rose"), "object", map[string]any{"type": "address"})
	if got := lily.emit("message", change); got["error"] != nil || got["type"] != "update" {
		t.Errorf("the change is answered %v", got)
	}
	carp.sees(t, `"address"`, `"lily@127.0.0.1"`, `"rose@127.0.0.1"`)
	for _, id := range []string{"rose", "lily"} {
		lily.mustEmit("message", pond("send", id, "target", reeds, "object", text("as "+id)))
		carp.sees(t, `"rose@127.0.0.1"`, "as "+id)
	}
	if n := len(s.workers("irc")); n != 2 {
		t.Errorf("%d workers, want one for each person", n)
	}
}

// A server's password, right and wrong.
func TestIRCPassword(t *testing.T) {
	d := startNgircd(t, "duckweed")
	s := startServer(t, withStore(map[string]any{"platforms": []string{"irc"}}))
	c := startClients(t).connect("lily", s.url, transports["websocket"])
	c.brings(t, d, "lily", "algae")
	c.refused(t, "unable to connect to server: ", pond("connect", "lily"))
	c.swims(t, d, "lily", "duckweed")
}

// A server stops and starts again in the middle: the browser is told of both, and
// the user is back in the room.
func TestIRCServerRestarts(t *testing.T) {
	d := startNgircd(t, "")
	s := startServer(t, withStore(map[string]any{"platforms": []string{"irc"}}))
	c := startClients(t).connect("lily", s.url, transports["websocket"])
	c.swims(t, d, "lily", "")
	reeds := pondRoom("#reeds")
	c.mustEmit("message", pond("join", "lily", "target", reeds))
	d.stop()
	c.sees(t, `"status":"reconnecting"`, "Connection lost")
	c.refused(t, "not connected to 127.0.0.1, reconnecting", pond("send", "lily", "target", reeds, "object", text("anybody?")))
	d.run()
	c.mustEmit("message", pond("connect", "lily")) // at once
	c.sees(t, `"join"`, `"lily@127.0.0.1"`)
	c.mustEmit("message", pond("send", "lily", "target", reeds, "object", text("back")))
}

// Two sessions of one user share a connection. Each sees what the other does, but
// not that it connected or what it asked.
func TestIRCSharedConnection(t *testing.T) {
	d := startNgircd(t, "duckweed")
	s := startServer(t, withStore(map[string]any{"platforms": []string{"irc"}}))
	all := startClients(t)
	desk, phone := all.connect("desk", s.url, transports["websocket"]), all.connect("phone", s.url, transports["websocket"])
	desk.swims(t, d, "lily", "duckweed")
	desk.sees(t, "Mind the reeds")
	phone.swims(t, d, "lily", "duckweed")
	reeds := pondRoom("#reeds")
	phone.mustEmit("message", pond("query", "lily", "target", reeds, "object", map[string]any{"type": "attendance"}))
	phone.sees(t, `"query"`, `"members"`)
	phone.mustEmit("message", pond("join", "lily", "target", map[string]any{"id": "127.0.0.1/#reeds", "type": "room", "name": "#reeds", "key": "sesame"}))
	if got := desk.sees(t); got["type"] != "join" { // the first that it hears
		t.Errorf("the other session heard %v, want the join", got)
	}
	if n := len(s.workers("irc")); n != 1 {
		t.Errorf("%d workers for one user", n)
	}
}

// The bouncer keeps the connection while nobody is there, and tells who comes
// back what was said.
func TestIRCBouncer(t *testing.T) {
	d := startNgircd(t, "duckweed")
	s := startServer(t, withStore(map[string]any{"platforms": []string{"irc"},
		"packageConfig": map[string]any{"irc": map[string]any{"allowPrivateAddresses": true, "bouncer": map[string]any{"lingerSeconds": 3600}}}}))
	all := startClients(t)
	lily, carp := all.connect("lily", s.url, transports["websocket"]), all.connect("carp", s.url, transports["websocket"])
	lily.swims(t, d, "lily", "duckweed")
	carp.swims(t, d, "carp", "duckweed")
	reeds := pondRoom("#reeds")
	lily.mustEmit("message", pond("join", "lily", "target", reeds))
	carp.mustEmit("message", pond("join", "carp", "target", reeds))
	receive(t, all.command(1, map[string]any{"op": "close", "client": "lily"}), "the end of lily's session")
	for i := range 3 {
		carp.mustEmit("message", pond("send", "carp", "target", reeds, "object", text(fmt.Sprint("missed ", i))))
	}
	again := all.connect("again", s.url, transports["websocket"])
	again.swims(t, d, "lily", "duckweed")
	history := pond("query", "lily", "target", reeds, "object", map[string]any{"type": "history"})
	var got map[string]any
	eventually(t, "all that was missed is remembered", func() bool {
		got = again.emit("message", history)
		object, _ := got["object"].(map[string]any)
		return got["error"] != nil || object["totalItems"] == 3.0
	})
	if got["error"] != nil {
		t.Fatalf("history: %v", got)
	}
	for i := range 3 {
		a := again.sees(t, fmt.Sprint("missed ", i))
		object := a["object"].(map[string]any)
		if a["published"] == nil || object["id"] == nil || a["type"] != "send" {
			t.Errorf("a missed message is %v", a)
		}
	}
	if n := len(s.workers("irc")); n != 2 {
		t.Errorf("%d workers, want one for each person", n)
	}
}
