//go:build unix

package xmpp

import (
	"fmt"
	"testing"
	"time"

	"github.com/sockethub/sockethub/activity"
)

// resumeStory cuts the connection again and again while both talk: nothing is lost,
// and nothing comes twice.
func resumeStory(t *testing.T, s *realServer) {
	p := newProxy(t, s.starttls)
	mara, a := s.connect(t, realSettings(), "mara@localhost/cut", "sesame", p.server())
	if a.err != nil {
		t.Fatal(a.err)
	}
	otto := s.login(t, "otto@localhost/steady")
	const messages = 60
	send := func(u *user, to string) <-chan error {
		done := make(chan error, 1)
		go func() {
			for i := range messages {
				j := u.job(t, fmt.Sprintf(`{"type":"send","target":{"id":%q,"type":"person"},"object":{"type":"message","content":"line %d"}}`, to, i))
				if a := <-start(u.client, j); a.err != nil {
					done <- fmt.Errorf("line %d of %s: %w", i, u.id, a.err)
					return
				}
			}
			done <- nil
		}()
		return done
	}
	fromMara, fromOtto := send(mara, "otto@localhost/steady"), send(otto, "mara@localhost/cut")
	stop := make(chan struct{})
	cutting := make(chan struct{})
	go func() {
		defer close(cutting)
		for range 3 {
			p.cut()
			select {
			case <-time.After(300 * time.Millisecond): // between two cuts something gets through
			case <-stop:
				return
			}
		}
	}()
	for _, done := range []<-chan error{fromMara, fromOtto} {
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	close(stop)
	<-cutting
	resumed := 0
	mara.host.mu.Lock()
	for _, e := range mara.host.events {
		if o := e.activity.Object("object"); o.Text("status") == "online" {
			if resumed++; o.Text("condition") != "resumed" {
				t.Errorf("the stream is not resumed: %s", activity.AppendJSON(nil, e.activity))
			}
		}
	}
	mara.host.mu.Unlock()
	if resumed == 0 {
		t.Error("the connection was never cut")
	}
	for _, u := range []*user{mara, otto} {
		heard := map[string]int{}
		for i := range messages {
			got := u.hears(t, `"type":"send"`).Object("object").Text("content")
			heard[got]++
			// ejabberd may hand on what it kept for the old connection behind what is new.
			if got != fmt.Sprint("line ", i) && s.kind != "ejabberd" {
				t.Fatalf("%s hears %q as number %d", u.id, got, i)
			}
		}
		if len(heard) != messages {
			t.Errorf("%s hears %d of %d lines: %v", u.id, len(heard), messages, heard)
		}
	}
}

// swallowStory has the link take what is sent and deliver nothing: the job fails by
// name or is done on the next connection, and the link is given up.
func swallowStory(t *testing.T, s *realServer) {
	p := newProxy(t, s.starttls)
	st := realSettings()
	st.silence, st.aliveTimeout = 200*time.Millisecond, 200*time.Millisecond
	st.connectTimeout = 2 * time.Second
	mara, a := s.connect(t, st, "mara@localhost/swallowed", "sesame", p.server())
	if a.err != nil {
		t.Fatal(a.err)
	}
	otto := s.login(t, "otto@localhost/s")
	p.swallow.Store(true)
	answers := start(mara.client, mara.job(t, `{"type":"send","target":{"id":"otto@localhost/s","type":"person"},"object":{"type":"message","content":"into the void"}}`))
	mara.host.until(t, isStatus("reconnecting"))
	p.swallow.Store(false)
	want(t, answers, "")
	mara.host.until(t, isStatus("online"))
	otto.hears(t, `"content":"into the void"`)
}

// restartStory restarts the server under a joined room.
func restartStory(t *testing.T, s *realServer) {
	mara := s.login(t, "mara@localhost/restart")
	room := `"target":{"id":"bridge@rooms.localhost","type":"room"}`
	mara.does(t, `{"type":"update","object":{"type":"presence","presence":"away"}}`, "")
	mara.does(t, `{"type":"join","nick":"mara",`+room+`}`, "")
	mara.does(t, `{"type":"send",`+room+`,"object":{"type":"message","content":"before"}}`, "")
	s.stop(t)
	mara.host.until(t, isStatus("reconnecting"))
	s.start(t)
	s.await(t)
	online := mara.host.until(t, isStatus("online"))
	if c := online.Object("object").Text("condition"); c != "" {
		t.Errorf("it is online with the condition %q", c)
	}
	// The room is joined again by itself.
	for deadline := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		a := <-start(mara.client, mara.job(t, `{"type":"send",`+room+`,"object":{"type":"message","content":"after"}}`))
		if a.err == nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal(a.err)
		}
	}
	got := mara.hears(t, `"content":"after"`)
	if id := got.Object("actor").Text("id"); id != "bridge@rooms.localhost/mara" {
		t.Errorf("it is told as %s", activity.AppendJSON(nil, got))
	}
}
