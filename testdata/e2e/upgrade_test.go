package e2e

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/sockethub/sockethub/testdata/peer"
)

// upgradable is a server whose program can be replaced on disk.
type upgradable struct {
	*server
	path, config, admin string
}

// startUpgradable starts a copy of the program, with an address for operators.
func startUpgradable(t *testing.T, settings map[string]any, environment ...string) *upgradable {
	t.Helper()
	u := &upgradable{path: filepath.Join(t.TempDir(), "sockethub"), admin: freeAddress(t)}
	u.install(t, "")
	settings = withStore(settings)
	settings["admin"] = map[string]any{"listen": u.admin}
	u.server = startCommand(t, exec.Command(u.path), settings, environment...)
	u.config = u.cmd.Args[2]
	u.awaitAnswer(u.admin)
	return u
}

// install puts the program at its path, or a script that becomes it: in the script
// $real is the program.
func (u *upgradable) install(t *testing.T, script string) {
	t.Helper()
	text, err := os.ReadFile(binary)
	if script != "" {
		text = []byte("#!/bin/sh\nreal=" + binary + "\n" + script + "\n")
	}
	if err == nil {
		err = os.WriteFile(u.path+".new", text, 0o755)
	}
	if err == nil {
		err = os.Rename(u.path+".new", u.path)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// upgrade runs the command, and returns what it said.
func (u *upgradable) upgrade(arguments ...string) (said string, err error) {
	cmd := exec.Command(binary, append(append([]string{"upgrade"}, arguments...), "--config", u.config)...)
	cmd.Env = u.cmd.Env
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// mustUpgrade fails the test unless the program was replaced.
func (u *upgradable) mustUpgrade() {
	u.t.Helper()
	if said, err := u.upgrade(); err != nil || !strings.HasPrefix(said, "upgraded from v") {
		u.t.Errorf("upgrade: %v: %s", err, said)
	}
}

// metric reads one of the server's figures.
func (u *upgradable) metric(t *testing.T, name string) float64 {
	t.Helper()
	response, err := http.Get("http://" + u.admin + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`(?m)^` + name + ` (.*)$`).FindSubmatch(text)
	if found == nil {
		t.Fatalf("there is no metric %s", name)
	}
	value, err := strconv.ParseFloat(string(found[1]), 64)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// knock connects again and again until stop is closed: nobody may be refused.
func (u *upgradable) knock(t *testing.T, stop <-chan struct{}) {
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: patience}
	for {
		select {
		case <-stop:
			return
		default:
		}
		response, err := client.Get(u.url + "/livez")
		if err != nil {
			t.Errorf("a new connection: %v", err)
			return
		}
		io.Copy(io.Discard, response.Body)
		response.Body.Close()
	}
}

// People are in rooms and pages talk all the time while the program is replaced
// again and again: nobody on IRC sees anybody leave, no WebSocket is closed, and
// every event is answered and every message delivered exactly once.
func TestUpgradeIsNotNoticed(t *testing.T) {
	logins, rooms, webSockets, polling, upgrades := 10, 2, 40, 10, 2
	if *full {
		logins, rooms, webSockets, polling, upgrades = 50, 10, 200, 50, 5
	}
	t.Run("ngIRCd", func(t *testing.T) {
		upgradeUnnoticed(t, startNgircd(t, ""), logins, rooms, webSockets, polling, upgrades)
	})
	t.Run("InspIRCd", func(t *testing.T) {
		if !*full {
			logins = 4 // it takes a second for each
		}
		upgradeUnnoticed(t, startInspircd(t), logins, rooms, webSockets, polling, upgrades)
	})
}

var full = flag.Bool("full", false, "upgrade with 50 logins, 200 WebSockets and 50 that poll, five times")

// perSecond is how many events there are in a second, both ways, on average.
const perSecond = 500

func upgradeUnnoticed(t *testing.T, d *ngircd, logins, rooms, webSockets, polling, upgrades int) {
	u := startUpgradable(t, map[string]any{
		"packageConfig": map[string]any{"irc": map[string]any{"allowPrivateAddresses": true, "floodBurst": 1000}},
		"limits":        map[string]any{"maxPlatformInstances": 200},
	})
	all := startClients(t)

	// Whoever leaves is seen by these.
	watchers := make([]*watcher, rooms)
	for i := range watchers {
		watchers[i] = watch(d.person(fmt.Sprintf("heron%d", i), fmt.Sprintf("#reeds%d", i)))
	}
	people := make([]*client, logins)
	for i := range people {
		nick, room := fmt.Sprintf("carp%d", i), fmt.Sprintf("#reeds%d", i%rooms)
		people[i] = all.connect(nick, u.url, transports["websocket"])
		people[i].swims(t, d, nick, "")
		people[i].mustEmit("message", pond("join", nick, "target", pondRoom(room)))
	}
	talkers := make([]*client, 0, webSockets+polling)
	for i := range webSockets + polling {
		options := map[string]any{"transports": []string{"websocket"}}
		if i >= webSockets {
			options = map[string]any{"transports": []string{"polling"}, "reconnection": true, "reconnectionDelay": 20, "reconnectionDelayMax": 50, "auth": map[string]any{"recovery": true}}
		}
		talkers = append(talkers, all.connect(fmt.Sprintf("talker%d", i), u.url, options))
	}
	workers := u.workers("")

	stop := make(chan struct{})
	var busy sync.WaitGroup
	busy.Go(func() { u.knock(t, stop) })
	var said, echoed atomic.Int64
	for i, person := range people { // they say numbered things in their rooms
		busy.Go(func() {
			nick, room := fmt.Sprintf("carp%d", i), fmt.Sprintf("#reeds%d", i%rooms)
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				case <-time.After(time.Second * time.Duration(10*logins) / perSecond):
				}
				line := fmt.Sprintf("%s says %d.", nick, n)
				ch := person.start(1, "message", pond("send", nick, "target", pondRoom(room), "object", text(line)))
				if got, err := answerWithin(ch, 90*time.Second); err != nil || got["error"] != nil {
					t.Errorf("%q: %v %v", line, got, err)
					return
				}
				said.Add(1)
			}
		})
	}
	for _, talker := range talkers { // they have echoes
		busy.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				case <-time.After(time.Second * time.Duration(webSockets+polling) / (perSecond * 9 / 10)):
				}
				want := fmt.Sprintf("%s %d", talker.name, n)
				ch := talker.start(1, "message", dummy("echo", want))
				got, err := answerOrEvent(ch, talker, want)
				object, _ := got["object"].(map[string]any)
				if err != nil || object["content"] != want {
					t.Errorf("%s: %v %v", want, got, err)
					return
				}
				echoed.Add(1)
				if len(ch) > 0 {
					t.Errorf("%s was answered twice", want)
				}
			}
		})
	}
	for range upgrades {
		before := said.Load() + echoed.Load()
		u.mustUpgrade()
		eventually(t, "there is talk again", func() bool { return t.Failed() || said.Load()+echoed.Load() >= before+200 })
	}
	close(stop)
	busy.Wait()

	if got := u.workers(""); fmt.Sprint(got) != fmt.Sprint(workers) && len(workers) > 0 {
		// The one of dummy may have come later; those of IRC are the same.
		if irc := u.workers("irc"); len(irc) != logins {
			t.Errorf("%d workers of IRC, want the same %d", len(irc), logins)
		}
	}
	for i, w := range watchers {
		w.finish(t, d, i)
	}
	for i, person := range people {
		person.heardEachOnce(t, i, logins, rooms, watchers)
	}
	for _, cl := range append(people, talkers[:webSockets]...) {
		for drained := false; !drained; {
			select {
			case r := <-cl.events:
				if r.Event == "disconnect" || r.Event == "reconnected" {
					t.Errorf("%s: %s %s", cl.name, r.Event, r.Args)
				}
			default:
				drained = true
			}
		}
	}
	t.Logf("%d lines on IRC and %d echoes", said.Load(), echoed.Load())
	for _, line := range regexp.MustCompile(`.*upgraded from.*`).FindAllString(u.log.String(), -1) {
		t.Log(line)
	}
}

// answerOrEvent waits for an answer: as the acknowledgement or, where the client
// has lost its transport meanwhile, as an event.
func answerOrEvent(ch chan report, cl *client, want string) (map[string]any, error) {
	timeout := time.After(90 * time.Second)
	for {
		select {
		case r := <-ch:
			return r.body()
		case r := <-cl.events:
			if r.Event == "message" && bytes.Contains(r.Args[0], []byte(`"`+want+`"`)) {
				var body map[string]any
				return body, json.Unmarshal(r.Args[0], &body)
			}
		case <-timeout:
			return nil, fmt.Errorf("never answered")
		}
	}
}

// watcher reads all that is said in a room.
type watcher struct {
	*operator
	done  chan struct{}
	lines []string // read them after done
}

func watch(o *operator) *watcher {
	w := &watcher{operator: o, done: make(chan struct{})}
	o.conn.SetReadDeadline(time.Time{})
	go func() {
		defer close(w.done)
		for o.lines.Scan() {
			line := o.lines.Text()
			if strings.HasPrefix(line, "PING ") {
				fmt.Fprintf(o.conn, "PONG %s\r\n", line[5:])
			}
			w.lines = append(w.lines, line)
			if strings.Contains(line, "the end of it") {
				return
			}
		}
	}()
	return w
}

// finish says the last word in the room, and looks at what was heard until then.
func (w *watcher) finish(t *testing.T, d *ngircd, room int) {
	t.Helper()
	d.person(fmt.Sprintf("stork%d", room), fmt.Sprintf("#reeds%d", room)).say(fmt.Sprintf("PRIVMSG #reeds%d :the end of it", room))
	<-w.done
	next := map[string]int{}
	for _, line := range w.lines {
		if strings.Contains(line, " QUIT ") || strings.Contains(line, " PART ") {
			t.Errorf("somebody was seen leaving: %s", line)
		}
		var nick string
		var n int
		if _, after, found := strings.Cut(line, " :carp"); found {
			if _, err := fmt.Sscanf("carp"+after, "%s says %d.", &nick, &n); err != nil || n != next[nick] {
				t.Errorf("room %d heard %q, want %s %d", room, line, nick, next[nick])
			}
			next[nick] = n + 1
		}
	}
	if len(next) == 0 {
		t.Errorf("room %d heard nobody", room)
	}
}

// heardEachOnce looks at what a person's page was told of what others in its room
// said: each line once, in order.
func (cl *client) heardEachOnce(t *testing.T, own, logins, rooms int, watchers []*watcher) {
	t.Helper()
	want := map[string]int{} // how many lines each said
	for _, line := range watchers[own%rooms].lines {
		if _, after, found := strings.Cut(line, " :carp"); found {
			who, _, _ := strings.Cut("carp"+after, " ")
			want[who]++
		}
	}
	delete(want, cl.name)
	heard := map[string]int{}
	deadline := time.After(patience)
	for {
		done := true
		for who, n := range want {
			done = done && heard[who] >= n
		}
		if done {
			return
		}
		select {
		case r := <-cl.events:
			if r.Event == "disconnect" {
				t.Errorf("%s was disconnected: %s", cl.name, r.Args)
			}
			if r.Event != "message" {
				continue
			}
			var a struct {
				Object struct {
					Content string `json:"content"`
				} `json:"object"`
			}
			json.Unmarshal(r.Args[0], &a)
			var who string
			var n int
			if _, err := fmt.Sscanf(a.Object.Content, "%s says %d.", &who, &n); err != nil {
				continue
			}
			if n != heard[who] {
				t.Errorf("%s heard %q, want the line %d", cl.name, a.Object.Content, heard[who])
				return
			}
			heard[who]++
		case <-deadline:
			t.Errorf("%s heard %v, want %v", cl.name, heard, want)
			return
		}
	}
}

// An upgrade that cannot be leaves everything as it is; one that fails later is as
// a crash.
func TestUpgradeThatFails(t *testing.T) {
	gone := func(pids []int) func() bool {
		return func() bool {
			for _, pid := range pids {
				if syscall.Kill(pid, 0) == nil {
					return false
				}
			}
			return true
		}
	}
	t.Run("the trial fails", func(t *testing.T) {
		u := startUpgradable(t, nil)
		cl := startClients(t).connect("c", u.url, transports["websocket"])
		cl.mustEmit("message", dummy("echo", "before"))
		u.install(t, `case "$1" in check) echo "[-]pond failed: it is frozen"; exit 1;; *) exec $real "$@";; esac`)
		said, err := u.upgrade()
		if err == nil || !strings.Contains(said, "[-]pond failed: it is frozen") {
			t.Errorf("%v: %s", err, said)
		}
		if n := strings.Count(u.log.String(), "not upgraded: "); n != 1 {
			t.Errorf("%d lines in the log, want one", n)
		}
		cl.mustEmit("message", dummy("echo", "after"))
	})
	t.Run("the state is of another version", func(t *testing.T) {
		u := startUpgradable(t, nil)
		u.install(t, `if [ "$1" = check ]; then shift 3; exec $real check --takes-over 99 "$@"; fi; exec $real "$@"`)
		if said, err := u.upgrade(); err == nil || !strings.Contains(said, "reads the state of version 1, not 99") {
			t.Errorf("%v: %s", err, said)
		}
	})
	t.Run("the program cannot be executed", func(t *testing.T) {
		u := startUpgradable(t, nil)
		cl := startClients(t).connect("c", u.url, transports["websocket"])
		cl.mustEmit("message", dummy("echo", "before"))
		worker := u.workers("dummy")
		u.install(t, `rm "$0"; exec $real "$@"`)
		if said, err := u.upgrade(); err == nil || !strings.Contains(said, "no such file") {
			t.Errorf("%v: %s", err, said)
		}
		cl.mustEmit("message", dummy("echo", "after"))
		if got := u.workers("dummy"); fmt.Sprint(got) != fmt.Sprint(worker) {
			t.Errorf("workers %v, want the same %v", got, worker)
		}
		u.install(t, "")
		u.mustUpgrade() // the next one is as if nothing had been
		cl.mustEmit("message", dummy("echo", "once more"))
	})
	t.Run("it dies at once", func(t *testing.T) {
		u := startUpgradable(t, nil)
		cl := startClients(t).connect("c", u.url, transports["websocket"])
		cl.mustEmit("message", dummy("echo", "before"))
		workers := u.workers("dummy")
		u.install(t, `case "$1" in check) exec $real "$@";; *) exit 3;; esac`)
		if said, err := u.upgrade(); err == nil || !strings.Contains(said, "the server does not answer any more") {
			t.Errorf("%v: %s", err, said)
		}
		<-u.done
		eventually(t, "its workers are gone", gone(workers))
		cl.event("disconnect")
		u.install(t, "")
		again := exec.Command(u.path, "--config", u.config) // as the unit does
		again.Env, again.Dir = u.cmd.Env, u.cmd.Dir
		if err := again.Start(); err != nil {
			t.Fatal(err)
		}
		defer func() {
			again.Process.Kill()
			again.Wait()
		}()
		eventually(t, "it answers again", func() bool {
			conn, err := net.Dial("tcp", strings.TrimPrefix(u.url, "http://"))
			if err == nil {
				conn.Close()
			}
			return err == nil
		})
		cl.all.connect("d", u.url, transports["websocket"]).mustEmit("message", dummy("echo", "after"))
	})
	t.Run("it is killed in the middle", func(t *testing.T) {
		u := startUpgradable(t, nil)
		cl := startClients(t).connect("c", u.url, transports["websocket"])
		cl.mustEmit("message", dummy("echo", "before"))
		workers := u.workers("dummy")
		u.install(t, `case "$1" in check) exec $real "$@";; *) kill -9 $$;; esac`)
		if said, err := u.upgrade(); err == nil {
			t.Errorf("it was upgraded: %s", said)
		}
		<-u.done
		eventually(t, "its workers are gone", gone(workers))
	})
	t.Run("the state cannot be read", func(t *testing.T) {
		u := startUpgradable(t, nil)
		cl := startClients(t).connect("c", u.url, transports["websocket"])
		cl.mustEmit("message", dummy("echo", "before"))
		workers := u.workers("dummy")
		other := filepath.Join(t.TempDir(), "state")
		if err := os.WriteFile(other, []byte("sockethub handover 2\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		u.install(t, fmt.Sprintf(`case "$1" in check) exec $real "$@";; *) exec 9<%s; export SOCKETHUB_HANDOVER=9; exec $real "$@";; esac`, other))
		u.upgrade()
		eventually(t, "it says so", func() bool { return strings.Contains(u.log.String(), "starting as after a crash") })
		eventually(t, "its workers are gone", gone(workers))
		eventually(t, "it answers again", func() bool {
			response, err := http.Get(u.url + "/livez")
			if err == nil {
				response.Body.Close()
			}
			return err == nil
		})
		cl.event("disconnect")
		cl.all.connect("d", u.url, transports["websocket"]).mustEmit("message", dummy("echo", "after"))
	})
	t.Run("a worker dies in the middle", func(t *testing.T) {
		d := startNgircd(t, "")
		u := startUpgradable(t, nil)
		cl := startClients(t).connect("c", u.url, transports["websocket"])
		cl.swims(t, d, "carp", "")
		u.install(t, fmt.Sprintf(`case "$1" in check) exec $real "$@";; *) kill -9 %d; exec $real "$@";; esac`, u.workers("irc")[0]))
		u.mustUpgrade()
		// Or the shell in the script has buried it: then nobody knows how it ended.
		cl.sees(t, `"Error: session thread closed unexpectedly: `)
		cl.mustEmit("message", pond("connect", "carp"))
	})
	t.Run("Redis is away in the middle", func(t *testing.T) {
		r := startRedis(t, false)
		u := startUpgradable(t, nil, "REDIS_URL="+r.url())
		cl := startClients(t).connect("c", u.url, transports["websocket"])
		cl.mustEmit("message", dummy("echo", "before"))
		u.install(t, fmt.Sprintf(`case "$1" in check) exec $real "$@";; *) kill -STOP %d; exec $real "$@";; esac`, r.cmd.Process.Pid))
		u.mustUpgrade()
		acks := cl.start(1, "message", dummy("echo", "after"))
		r.cmd.Process.Signal(syscall.SIGCONT)
		ack(t, receive(t, acks, "the answer after Redis is back"))
	})
}

// Nothing grows, and no secret is anywhere that it was not before.
func TestUpgradesLeaveNothingBehind(t *testing.T) {
	const secret = "PLANTED-upgrade-password-71b4"
	d := startNgircd(t, secret)
	u := startUpgradable(t, nil)
	all := startClients(t)
	cl := all.connect("c", u.url, transports["websocket"])
	cl.swims(t, d, "carp", secret)
	cl.mustEmit("message", dummy("echo", "before"))
	type figures struct{ descriptors, children, goroutines, resident int }
	look := func() figures {
		cl.mustEmit("message", dummy("echo", "still there"))
		descriptors, _ := os.ReadDir(fmt.Sprintf("/proc/%d/fd", u.cmd.Process.Pid))
		return figures{len(descriptors), len(u.workers("")), int(u.metric(t, "go_goroutines")), int(u.metric(t, "process_resident_memory_bytes"))}
	}
	u.mustUpgrade()
	one := look()
	for range 19 {
		u.mustUpgrade()
	}
	twenty := look()
	t.Logf("after one upgrade %+v, after twenty %+v", one, twenty)
	if twenty.descriptors > one.descriptors+1 || twenty.children != one.children || twenty.goroutines > one.goroutines+2 || twenty.resident > one.resident+8<<20 {
		t.Errorf("after one upgrade %+v, after twenty %+v", one, twenty)
	}
	for _, pid := range append(u.workers(""), u.cmd.Process.Pid) {
		for _, name := range []string{"environ", "cmdline"} {
			if text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/%s", pid, name)); bytes.Contains(text, []byte(secret)) {
				t.Errorf("the secret is in /proc/%d/%s", pid, name)
			}
		}
	}
	for _, dir := range []string{u.cmd.Dir, filepath.Dir(u.path)} {
		filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
			if err == nil && e.Type().IsRegular() {
				if text, _ := os.ReadFile(path); bytes.Contains(text, []byte(secret)) {
					t.Errorf("the secret is in %s", path)
				}
			}
			return nil
		})
	}
	if strings.Contains(u.log.String(), secret) {
		t.Error("the secret is in the log")
	}
}

// Without an address for operators the command follows the process itself.
func TestUpgradeBySignal(t *testing.T) {
	u := startUpgradable(t, nil)
	file, err := os.ReadFile(u.config)
	if err != nil {
		t.Fatal(err)
	}
	var settings map[string]any
	json.Unmarshal(file, &settings)
	delete(settings, "admin")
	file, _ = json.Marshal(settings)
	quiet := filepath.Join(t.TempDir(), "quiet.json")
	os.WriteFile(quiet, file, 0o600)
	u.config = quiet
	if said, err := u.upgrade(); err == nil || !strings.Contains(said, "set admin.listen, or name the number") {
		t.Errorf("without a number: %v: %s", err, said)
	}
	if said, err := u.upgrade(strconv.Itoa(u.cmd.Process.Pid)); err != nil || !strings.HasPrefix(said, "upgraded to v") {
		t.Errorf("with the number: %v: %s", err, said)
	}
}

// On Redis the next program goes on under the name that the server has there.
func TestUpgradeOnRedis(t *testing.T) {
	r := startRedis(t, false)
	u := startUpgradable(t, nil, "REDIS_URL="+r.url())
	clients := connectSeveral(t, u.server, 5)
	done := make(chan struct{})
	var upgrading sync.WaitGroup
	upgrading.Go(func() {
		for range 3 {
			u.mustUpgrade()
		}
		close(done)
	})
	if failed := flood(t, clients, nil); len(failed) > 0 {
		t.Errorf("%d echoes failed: %.5q", len(failed), failed)
	}
	<-done
	upgrading.Wait()
	eventually(t, "Redis holds no job", func() bool {
		for _, key := range r.keys() {
			if strings.Contains(key, ":waiting:") {
				return false
			}
		}
		return true
	})
	nodes := 0
	for _, key := range r.keys() {
		if strings.HasSuffix(key, ":alive") {
			nodes++
		}
	}
	if nodes != 1 {
		t.Errorf("%d nodes on Redis after the upgrades, want one", nodes)
	}
}

// halfway is a platform that stops in the middle of a large frame.
const halfway = `#!/usr/bin/env python3
import json, os, sys, time
for line in sys.stdin:
    f = json.loads(line)
    if f["type"] == "describe":
        out = {"type": "describe", "protocol": 1, "name": "halfway", "version": "1", "heartbeat": False, "verbs": {"tell": {}},
               "contextUrl": "https://sockethub.org/ns/context/platform/halfway/v1.jsonld",
               "schemas": {"messages": {"required": ["type"], "properties": {"type": {"enum": ["tell"]}}}}}
        print(json.dumps(out), flush=True)
    elif f["type"] == "hello":
        print('{"type":"ready"}', flush=True)
    elif f["type"] == "job":
        f["activity"]["object"]["content"] = "x" * 1000000
        out = json.dumps({"type": "result", "id": f["id"], "activity": f["activity"]})
        sys.stdout.write(out[:600000])
        sys.stdout.flush()
        gate = %q
        open(gate + ".half", "w").close()
        while not os.path.exists(gate):
            time.sleep(0.01)
        print(out[600000:], flush=True)
    elif f["type"] == "stop":
        break
`

// A worker's frame of a megabyte is read in one program and the next.
func TestUpgradeInTheMiddleOfAFrame(t *testing.T) {
	if _, err := exec.LookPath("python3"); err != nil {
		peer.Missing(t, "python3 is not installed")
	}
	dir := t.TempDir()
	gate, program := filepath.Join(dir, "gate"), filepath.Join(dir, "halfway.py")
	if err := os.WriteFile(program, fmt.Appendf(nil, halfway, gate), 0o755); err != nil {
		t.Fatal(err)
	}
	u := startUpgradable(t, map[string]any{"platforms": []string{program}, "sandbox": false})
	cl := startClients(t).connect("c", u.url, transports["websocket"])
	message := dummy("tell", "")
	message["@context"] = contexts("halfway")
	acks := cl.start(1, "message", message)
	eventually(t, "half of the frame is there", func() bool { _, err := os.Stat(gate + ".half"); return err == nil })
	u.mustUpgrade()
	if err := os.WriteFile(gate, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	got := ack(t, receive(t, acks, "the answer"))
	object, _ := got["object"].(map[string]any)
	if text, _ := object["content"].(string); len(text) != 1_000_000 || got["error"] != nil {
		t.Errorf("the answer has %d bytes, error %v", len(text), got["error"])
	}
}

// systemd is told, sockets in the file system stay, and an address for operators
// that is one of them is enough for the command.
func TestUpgradeTellsSystemd(t *testing.T) {
	dir := t.TempDir()
	notify, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: filepath.Join(dir, "notify"), Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer notify.Close()
	said := func() string {
		var b [4096]byte
		notify.SetReadDeadline(time.Now().Add(patience))
		n, err := notify.Read(b[:])
		if err != nil {
			t.Fatal(err)
		}
		return string(b[:n])
	}
	clients, operators := filepath.Join(dir, "clients"), filepath.Join(dir, "operators")
	config := filepath.Join(dir, "config.json")
	text, _ := json.Marshal(withStore(map[string]any{
		"sockethub": map[string]any{"host": "unix:" + clients}, "admin": map[string]any{"listen": "unix:" + operators},
	}))
	if err := os.WriteFile(config, text, 0o600); err != nil {
		t.Fatal(err)
	}
	log := &output{}
	cmd := exec.Command(binary, "--config", config)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "NOTIFY_SOCKET=" + notify.LocalAddr().String(), "WATCHDOG_USEC=60000000"}
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		cmd.Wait()
		close(ended)
	}()
	defer func() {
		cmd.Process.Signal(syscall.SIGTERM)
		<-ended
		for _, path := range []string{clients, operators} {
			if _, err := os.Stat(path); err == nil {
				t.Errorf("%s is left behind", path)
			}
		}
		if t.Failed() {
			t.Logf("%s", log)
		}
	}()
	if first := said(); !strings.HasPrefix(first, "READY=1\n") {
		t.Fatalf("first %q", first)
	}
	for range 2 {
		upgrade := exec.Command(binary, "upgrade", "--config", config)
		upgrade.Env = []string{"PATH=" + os.Getenv("PATH")}
		if out, err := upgrade.CombinedOutput(); err != nil {
			t.Fatalf("upgrade: %v: %s", err, out)
		}
		var told []string
		for len(told) == 0 || !strings.HasPrefix(told[len(told)-1], "READY=1\n") {
			told = append(told, said())
		}
		if !regexp.MustCompile(`^RELOADING=1\nMONOTONIC_USEC=[1-9][0-9]+\n`).MatchString(told[0]) {
			t.Errorf("systemd was told %q", told)
		}
		conn, err := net.Dial("unix", clients)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprint(conn, "GET /livez HTTP/1.0\r\nHost: a\r\n\r\n")
		if answer, _ := io.ReadAll(conn); !bytes.HasPrefix(answer, []byte("HTTP/1.0 200")) && !bytes.HasPrefix(answer, []byte("HTTP/1.1 200")) {
			t.Errorf("%q", answer)
		}
		conn.Close()
	}
}
