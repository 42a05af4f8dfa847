package irc

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform"
)

// replay runs a recording. What the server around the platform does (checks
// before a job, its queue, results to other sessions) is done in short here.
type replay struct {
	t         *testing.T
	r         *recording
	server    *fakeServer
	instances map[string]*instance // by the session, or the secret that sessions share
	stored    map[string]*activity.Object
	conns     []*fakeConn
	lines     []string // of the platform, not yet expected
	all       []string // of the platform
	pings     []string // tokens that have no PONG yet
	deaf      bool     // the server answers no PING
	answers   map[string]answer
	events    []any // not yet expected
}

type instance struct {
	client *client
	host   *fakeHost
	jobs   chan func()
	hash   string // of the credentials that connected it
	taken  int    // events
	over   map[string]bool
}

func newReplay(t *testing.T, r *recording) *replay {
	p := &replay{t: t, r: r, server: newServer(t), instances: map[string]*instance{}, stored: map[string]*activity.Object{}, answers: map[string]answer{}}
	if r.Credentials != nil {
		p.submit("a", r.Credentials)
	}
	p.deaf = r.silent()
	return p
}

// silent reports whether the server of the recording answers nothing any more.
func (r *recording) silent() bool { return r.ID == "join-silent" || r.ID == "send-pong-missing" }

// stops reports whether it stops in the middle of registration.
func (r *recording) stops() bool {
	return slices.Contains([]string{"reg-mute", "reg-421-crash", "reg-notice-17", "sasl-value-form", "sasl-ls-multiline", "sasl-ls-no-colon"}, r.ID)
}

func (r *recording) waits() bool { return r.silent() || r.stops() }

// submit stores credentials, with the port of our server.
func (p *replay) submit(session string, c map[string]any) {
	text, _ := json.Marshal(map[string]any{"type": "credentials", "actor": c["actor"], "object": c["object"]})
	a, err := activity.ParseObject(text)
	if err != nil {
		p.t.Fatal(err)
	}
	schema, err := activity.CompileSchema(credentialsSchema)
	if err != nil {
		p.t.Fatal(err)
	}
	if broken := schema.Validate(a); len(broken) > 0 {
		return
	}
	if o := a.Object("object"); o.Get("port") == 6667.0 && p.r.ID != "reg-refused" {
		o.Set("port", p.server.port)
		o.Set("port", float64(p.server.port))
	} else if p.r.ID == "reg-refused" {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			p.t.Fatal(err)
		}
		o.Set("port", float64(l.Addr().(*net.TCPAddr).Port))
		l.Close()
	}
	p.stored[session] = a
}

// instance is who does a session's jobs.
func (p *replay) instance(session string) *instance {
	key := session
	if secret := p.stored[session].Object("object").Text("password"); secret != "" {
		key = "secret " + secret
	}
	if p.r.ID == "resume-reload" {
		key = "a"
	}
	i := p.instances[key]
	if i == nil {
		s := testSettings()
		if p.deaf {
			s.replyTimeout = 3 * time.Second
		}
		if p.r.stops() {
			s.connectTimeout = time.Second
		}
		i = &instance{host: newHost(), jobs: make(chan func(), 100), over: map[string]bool{}}
		i.client = newClient(i.host, s)
		go func() {
			for f := range i.jobs {
				f()
			}
		}()
		p.t.Cleanup(func() { close(i.jobs); stop(i.client) })
		p.instances[key] = i
	}
	return i
}

// do gives a job to its instance.
func (p *replay) do(step map[string]any, answers chan<- func()) {
	session, _ := step["session"].(string)
	if session == "" {
		session = "a"
	}
	text, _ := json.Marshal(step["do"])
	a, err := activity.ParseObject(text)
	if err != nil {
		p.t.Fatal(err)
	}
	n := fmt.Sprint(step["n"])
	i := p.instance(session)
	stored := p.stored[session]
	i.jobs <- func() {
		var out answer
		out.activity, out.err = i.work(platform.Job{Session: session, Activity: a, Credentials: stored})
		if out.activity == nil {
			out.activity = a
		}
		answers <- func() { p.answers[n] = out }
	}
}

// work is what the server does around a job.
func (i *instance) work(j platform.Job) (*activity.Object, error) {
	verb := j.Activity.Text("type")
	if v, known := Definition().Verbs[verb]; v.Credentials {
		hash := string(activity.AppendJSON(nil, j.Credentials.Get("object")))
		switch {
		case j.Credentials == nil:
			return nil, errors.New("credentials not found for irc:" + j.Activity.Object("actor").Text("id"))
		case i.over[j.Session], i.hash != "" && i.client.Initialised() && i.hash != hash:
			i.over[j.Session] = true
			return nil, errors.New("Error: invalid credentials for irc:" + j.Activity.Object("actor").Text("id"))
		}
		defer func() {
			if i.client.Initialised() {
				i.hash = hash
			}
		}()
	} else if !i.client.Initialised() {
		return nil, errors.New(verb + " called on uninitialized platform")
	} else if !known {
		return nil, errors.New("platform method " + verb + " not available")
	}
	ctx, cancel := contextFor(j)
	defer cancel()
	return i.client.Do(ctx, j)
}

// run goes through the script. strict compares each step with what comes;
// otherwise what comes is only recorded.
func (p *replay) run(strict bool) {
	answers := make(chan func(), 100)
	open := map[string]bool{}
	written := false
	sync := func() {
		if written && len(p.conns) > 0 {
			p.syncAll(answers)
		}
		written = false
	}
	for _, step := range p.r.Script {
		conn, _ := step["conn"].(float64)
		at := max(int(conn)-1, 0)
		if step["server"] == nil && step["serverRaw"] == nil {
			sync()
		}
		switch {
		case step["do"] != nil:
			open[fmt.Sprint(step["n"])] = true
			p.do(step, answers)
		case step["credentials"] != nil:
			session, _ := step["session"].(string)
			if session == "" {
				session = "a"
			}
			p.submit(session, step["credentials"].(map[string]any))
		case step["client"] != nil:
			p.client(step["client"].(string), at, strict, open, answers)
		case step["server"] != nil:
			p.say(at, step["server"].(string))
			written = true
		case step["serverRaw"] != nil:
			p.raw(at, step["serverRaw"].(string))
			written = !strings.Contains(step["serverRaw"].(string), "#de") && !strings.HasSuffix(step["serverRaw"].(string), "Ã")
		case step["tcp"] != nil:
			p.tcp(step["tcp"].(string), at, strict, open, answers)
		case step["ack"] != nil:
			p.ack(step, strict, open, answers)
		case step["error"] != nil:
			p.failed(step, strict, open, answers)
		case step["event"] != nil && strict:
			p.event(step, answers)
		}
	}
	sync()
	for n := range open {
		p.until(answers, "the answer to job "+n, func() bool { return !p.isOpen(open, n) })
	}
	if len(p.conns) > 0 {
		p.syncAll(answers)
	}
}

func (p *replay) isOpen(open map[string]bool, n string) bool {
	if _, done := p.answers[n]; done {
		delete(open, n)
	}
	return open[n]
}

// until takes what comes, and answers PINGs, until done says so.
func (p *replay) until(answers <-chan func(), what string, done func() bool) {
	p.t.Helper()
	timeout := time.After(patience)
	for !done() {
		p.pong()
		select {
		case f := <-answers:
			f()
		case c := <-p.server.conns:
			p.conns = append(p.conns, c)
		case line, ok := <-p.heard():
			if ok {
				p.hear(line)
			} else {
				p.conns[len(p.conns)-1].lines = nil
			}
		case <-time.After(5 * time.Millisecond): // events have no channel here
		case <-timeout:
			p.t.Fatalf("%s: waited for %s; lines %q, answers %v", p.r.ID, what, p.lines, p.answers)
		}
	}
}

func (p *replay) heard() <-chan string {
	if len(p.conns) == 0 {
		return nil
	}
	return p.conns[len(p.conns)-1].lines
}

func (p *replay) hear(line string) {
	if token, ok := strings.CutPrefix(line, "PING :"); ok {
		p.pings = append(p.pings, token)
		return
	}
	if line == "PONG :sync" {
		p.lines = append(p.lines, line)
		return
	}
	// Another connection than those of the recording is let in.
	if strings.HasPrefix(line, "USER ") && len(p.conns) > p.recordedConns() {
		p.conns[len(p.conns)-1].send(":irc.example.net 001 mara :Welcome to the network")
	}
	if line == "QUIT :leaving" {
		p.conns[len(p.conns)-1].Close()
	}
	p.lines = append(p.lines, line)
	p.all = append(p.all, line)
}

func (p *replay) recordedConns() int {
	n := 0
	for _, step := range p.r.Script {
		if step["tcp"] == "connected" {
			n++
		}
	}
	return n
}

// pong answers what waits.
func (p *replay) pong() {
	for len(p.pings) > 0 && !p.deaf && len(p.conns) > 0 {
		p.conns[len(p.conns)-1].send(":irc.example.net PONG irc.example.net :" + p.pings[0])
		p.pings = p.pings[1:]
	}
}

// syncAll returns when the platform has followed what the server said, or is
// gone.
func (p *replay) syncAll(answers <-chan func()) {
	c := p.conns[len(p.conns)-1]
	if c.lines == nil {
		return
	}
	c.send("PING :sync")
	p.until(answers, "a PONG", func() bool {
		if i := slices.Index(p.lines, "PONG :sync"); i >= 0 {
			p.lines = slices.Delete(p.lines, i, i+1)
			return true
		}
		return c.lines == nil
	})
}
