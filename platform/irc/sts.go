package irc

import (
	"strconv"
	"strings"
	"time"
)

// stsPolicy is a server's promise that it can be reached by TLS (IRCv3 STS). It is
// kept as long as the worker lives.
type stsPolicy struct {
	port  int
	until time.Time
}

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

// followSTS follows a server's policy: over plain TCP it is a demand, over TLS a
// promise for some time, or its end.
func (l *login) followSTS(secure bool, value string) error {
	port, duration, hasDuration := readSTS(value)
	switch {
	case !secure && port != 0:
		return &stsUpgrade{port}
	case secure && hasDuration && duration == 0:
		delete(l.client.sts, l.credentials.host)
	case secure && hasDuration:
		l.client.sts[l.credentials.host] = stsPolicy{l.port, time.Now().Add(duration)}
	}
	return nil
}

// promised returns the policy for the login's server, if there is one.
func (l *login) promised() (stsPolicy, bool) {
	policy, ok := l.client.sts[l.credentials.host]
	return policy, ok && time.Now().Before(policy.until)
}
