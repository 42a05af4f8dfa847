package irc

import (
	"strconv"
	"strings"
	"time"
)

// A server may promise that it can be reached by TLS (IRCv3 STS). Over plain TCP
// the capability is a demand; over TLS, with a certificate that was verified, a
// promise that is kept for all users of this server of ours, beyond the worker's
// life: for as long as it says from the end of the last connection on. A duration
// of 0 takes it back.
//
//	< :irc.example.net CAP * LS :sts=port=6697,duration=2592000 server-time
//
// What was promised counts also for a user who said secure: false, and nothing
// leads back to plain TCP: not a certificate that is not valid, nor a port that
// does not answer.

// readSTS reads the value of the capability: "port=6697,duration=2592000".
func readSTS(value string) (port int, duration time.Duration, hasDuration bool) {
	for part := range strings.SplitSeq(value, ",") {
		key, text, _ := strings.Cut(part, "=")
		n, err := strconv.Atoi(text)
		switch {
		case err != nil || n < 0:
		case key == "port" && n <= 65535:
			port = n
		case key == "duration":
			duration, hasDuration = time.Duration(min(n, maxSTS))*time.Second, true
		}
	}
	return port, duration, hasDuration
}

// maxSTS is the longest promise that is kept, in seconds.
const maxSTS = 365 * 24 * 60 * 60

// stsUpgrade is the error of a plain connection to a server that wants TLS.
type stsUpgrade struct{ port int }

func (e *stsUpgrade) Error() string { return "the server wants TLS on port " + strconv.Itoa(e.port) }

// followSTS follows what a server says of TLS over a connection.
func (l *login) followSTS(k *link, value string) error {
	port, duration, hasDuration := readSTS(value)
	switch {
	case !k.secure && port != 0:
		return &stsUpgrade{port}
	case k.verified && hasDuration:
		l.promise = duration
		l.keepPromise()
	}
	return nil
}

// keepPromise lets the promise of this connection's server last from now on.
func (l *login) keepPromise() {
	l.client.host.Keep(l.stsKey(), strconv.Itoa(l.port), l.promise)
}

// promised is the port on which the login's server has promised TLS; 0 for none.
func (l *login) promised() int {
	port, err := strconv.Atoi(l.client.host.Kept(l.stsKey()))
	if err != nil {
		return 0
	}
	return port
}

func (l *login) stsKey() string {
	return "sts " + strings.ToLower(strings.TrimSuffix(l.credentials.host, "."))
}
