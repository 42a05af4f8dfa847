package irc

import (
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/sockethub/server/platform/irc/wire"
)

// nowhere is a connection that takes everything.
type nowhere struct{ net.Conn }

func (nowhere) Write(p []byte) (int, error)      { return len(p), nil }
func (nowhere) Close() error                     { return nil }
func (nowhere) SetWriteDeadline(time.Time) error { return nil }
func (nowhere) RemoteAddr() net.Addr             { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 6697} }

// Whatever a server says before 001: no panic, and nobody is let in without the
// login that the user asked for.
func FuzzRegistration(f *testing.F) {
	f.Add(":s CAP * LS * :batch\n:s CAP * LS :sasl=SCRAM-SHA-256,PLAIN sts=duration=1\n:s CAP * ACK :sasl\nAUTHENTICATE +\nAUTHENTICATE cj1h\n904 x :no\nAUTHENTICATE +\n:s 903 x :y\n:s 001 mara :hi")
	f.Add(":s 421 * CAP :no\n:s 433 * mara :used\nERROR :Closing Link (K-lined)\n:s 465 x :banned")
	f.Add("PING x\nNOTICE * :Login unsuccessful\n:s CAP * NAK :sasl\n001")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := readCredentials(credentialsFor(6697, `,"password":"hunter3"`))
		if err != nil {
			t.Fatal(err)
		}
		l := newLogin(newClient(newHost(), testSettings()), c, job(t, `{"type":"connect"}`))
		r := registration{l: l, k: newLink(nowhere{}, true), s: newState("localhost", nil), nick: "mara", offered: map[string]string{}}
		loggedIn := false
		for line := range strings.SplitSeq(text, "\n") {
			m, err := wire.Parse(line)
			if err != nil {
				continue
			}
			loggedIn = loggedIn || m.Command == "903"
			in, err := r.handle(&m)
			if err != nil {
				break
			}
			if in && !loggedIn {
				t.Fatalf("%q lets the user in without a login", text)
			}
		}
	})
}

// A secret does not go over plain TCP to another machine, unless the operator
// says so.
func TestPlaintextSecrets(t *testing.T) {
	for _, allowed := range []bool{false, true} {
		for _, more := range []string{`,"password":"hunter3"`, `,"password":"hunter3","sasl":false`} {
			c, err := readCredentials(credentialsFor(6667, more))
			if err != nil {
				t.Fatal(err)
			}
			s := testSettings()
			s.plaintextSecrets = allowed
			l := newLogin(newClient(newHost(), s), c, job(t, `{"type":"connect"}`))
			r := registration{l: l, k: newLink(nowhere{}, false), s: newState("localhost", nil), nick: "mara", offered: map[string]string{}}
			err = r.begin()
			for _, line := range []string{":s CAP * LS :sasl", ":s CAP * ACK :sasl", "AUTHENTICATE +"} {
				m, _ := wire.Parse(line)
				if err == nil {
					_, err = r.handle(&m)
				}
			}
			if (err == nil) != allowed || err != nil && !strings.Contains(err.Error(), "clear text") {
				t.Errorf("%s, allowed %v: %v", more, allowed, err)
			}
		}
	}
}

// An error of registration is for clients, as it is.
func TestConnectError(t *testing.T) {
	var err error = refuse(true, reasonSASL, "No")
	var refused *connectError
	if !errors.As(err, &refused) || !refused.final || err.Error() != "unable to connect to server: sasl authentication failed - No" {
		t.Errorf("%#v", err)
	}
}
