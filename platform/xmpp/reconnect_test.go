package xmpp

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// The waits between attempts grow from a second to five minutes, half of each by
// chance.
func TestBackOff(t *testing.T) {
	l := &login{client: newClient(newHost(), defaultSettings())}
	want, differ := time.Second, false
	for range 12 {
		got := l.backOff()
		if got < want/2 || got > want {
			t.Errorf("the wait is %v, want %v to %v", got, want/2, want)
		}
		differ = differ || got != want/2 && got != want
		want = min(2*want, 5*time.Minute)
	}
	if !differ {
		t.Error("nothing is left to chance")
	}
}

// The times that operators do not set.
func TestTimes(t *testing.T) {
	s := defaultSettings()
	for name, tt := range map[string]struct{ got, want time.Duration }{
		"connectTimeoutMs": {s.connectTimeout, 10 * time.Second}, "answer of a job": {s.replyTimeout, 15 * time.Second},
		"silence before a ping": {s.silence, time.Minute}, "answer to it": {s.aliveTimeout, 15 * time.Second},
		"silence of a room": {s.roomSilence, 15 * time.Minute}, "silence that is a join": {s.joinSilence, 1500 * time.Millisecond},
		"count that is owed": {s.ackDelay, time.Second}, "farewell": {s.farewell, time.Second},
		"first retry": {s.firstRetry, time.Second}, "last retry": {s.lastRetry, 5 * time.Minute},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: %v, want %v", name, tt.got, tt.want)
		}
	}
}

// A server that sends us elsewhere while we are online is followed by the same rules.
func TestRedirectedWhileOnline(t *testing.T) {
	redirected := func(t *testing.T, s settings, secure bool, place string) (*fakeHost, *fakeServer) {
		ca := newAuthority(t)
		first, second := newServer(t), newServer(t)
		c, host, answers := dialled(t, ca.trusting(s), first, "")
		conn := first.accept(t)
		if secure {
			conn.header(t, starttlsFeature)
			conn.starttls(t, ca.issue(t, "localhost"))
		}
		conn.login(t, false)
		want(t, answers, "")
		conn.send(seeOther(strings.ReplaceAll(place, "PORT", fmt.Sprint(second.port))))
		_ = c
		return host, second
	}
	t.Run("it is followed", func(t *testing.T) {
		host, second := redirected(t, testSettings(), false, "127.0.0.1:PORT")
		second.accept(t).login(t, false)
		host.until(t, isStatus("online"))
	})
	t.Run("never with less TLS", func(t *testing.T) {
		host, second := redirected(t, testSettings(), true, "127.0.0.1:PORT")
		second.accept(t).header(t, plainFeatures)
		if text := host.until(t, isStatus("failed")).Text("error"); text != "Connection failed: Error: the server offers no TLS. Manual reconnection required." {
			t.Errorf("clients are told %q", text)
		}
	})
	t.Run("not to a host that is refused", func(t *testing.T) {
		s := testSettings()
		s.refusedHosts = []string{"chat.ebb.example"}
		_, second := redirected(t, s, false, "chat.ebb.example:PORT")
		select {
		case <-second.conns:
			t.Error("it is dialled")
		case <-time.After(20 * time.Millisecond): // nothing says that nothing comes
		}
	})
}
