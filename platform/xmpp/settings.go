package xmpp

import (
	"fmt"
	"math"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/trust"
)

// settings are what the operator says in packageConfig, and times that only
// tests change.
type settings struct {
	connectTimeout   time.Duration // for all of a connect, from the names to the bound resource
	private          bool          // private and loopback addresses may be dialled
	hosts            []string      // that may be dialled, "*.example" for all below; nil for any
	refusedHosts     []string      // that may not, though hosts has them
	ports            []int         // that may be dialled; nil for any
	plaintextSecrets bool          // streams without TLS to other machines are allowed
	linger           time.Duration // how long a connection stays when its last session has left

	replyTimeout time.Duration // for the answer to a stanza
	joinSilence  time.Duration // after which a join that nobody answers has succeeded
	silence      time.Duration // after which the server is asked whether it is there
	aliveTimeout time.Duration // for its answer
	roomRetry    time.Duration // wait before a room that lost us is entered again
	roomSilence  time.Duration // after which a room is asked whether we are in it
	ackDelay     time.Duration // until the server is told what was received
	firstRetry   time.Duration // wait before the first reconnect
	lastRetry    time.Duration // longest wait between two
	farewell     time.Duration // wait for the server to close after our footer

	resolver *net.Resolver
	tls      tlsConfig
	loopback func(address string) bool // whether what is sent there stays on this machine
}

func defaultSettings() settings {
	return settings{
		connectTimeout: 10 * time.Second,
		replyTimeout:   15 * time.Second,
		joinSilence:    1500 * time.Millisecond,
		silence:        60 * time.Second,
		aliveTimeout:   15 * time.Second,
		roomRetry:      2 * time.Second,
		roomSilence:    15 * time.Minute,
		ackDelay:       time.Second,
		firstRetry:     time.Second,
		lastRetry:      5 * time.Minute,
		farewell:       time.Second,
		resolver:       net.DefaultResolver,
		tls:            trust.Config,
		loopback:       isLoopback,
	}
}

const (
	maxConnectMs     = 600_000 // ten minutes
	maxLingerSeconds = 365 * 24 * 60 * 60
)

// readConfig reads packageConfig:
//
//	{"connectTimeoutMs":10000, "allowPrivateAddresses":true, "allowedHosts":["*.quay.example"],
//	 "refusedHosts":["old.quay.example"], "allowedPorts":[5222,5223], "allowPlaintextSecrets":false,
//	 "bouncer":{"lingerSeconds":86400}}
func readConfig(config []byte) (settings, error) {
	s := defaultSettings()
	c, err := activity.ParseObject(config)
	if err != nil {
		return s, fmt.Errorf("packageConfig: %w", err)
	}
	for i := range c.Len() {
		name, value := c.Member(i)
		ok := false
		switch name {
		case "connectTimeoutMs":
			var ms float64
			ms, ok = value.(float64)
			if ms >= 1 { // the reference takes any number
				s.connectTimeout = time.Duration(min(ms, maxConnectMs)) * time.Millisecond
			}
		case "allowPrivateAddresses":
			s.private, ok = value.(bool)
		case "allowPlaintextSecrets":
			s.plaintextSecrets, ok = value.(bool)
		case "allowedHosts":
			s.hosts, ok = hostList(value)
		case "refusedHosts":
			s.refusedHosts, ok = hostList(value)
		case "allowedPorts":
			s.ports, ok = portList(value)
		case "bouncer":
			s.linger, ok = lingering(value)
		default:
			return s, fmt.Errorf("packageConfig: %q is no key of this platform", name)
		}
		if !ok {
			return s, fmt.Errorf("packageConfig: %s has a wrong value", name)
		}
	}
	return s, nil
}

// lingering reads {"lingerSeconds":86400}.
func lingering(value any) (time.Duration, bool) {
	o, ok := value.(*activity.Object)
	seconds := 0.0
	for i := range o.Len() {
		name, value := o.Member(i)
		n, isNumber := value.(float64)
		ok = ok && name == "lingerSeconds" && isNumber && n == math.Trunc(n) && n >= 0 && n <= maxLingerSeconds
		seconds = n
	}
	return time.Duration(seconds) * time.Second, ok
}

func hostList(value any) ([]string, bool) {
	list, ok := value.([]any)
	hosts := make([]string, len(list))
	for i, v := range list {
		host, isText := v.(string)
		ok = ok && isText && host != ""
		hosts[i] = strings.ToLower(host)
	}
	return hosts, ok
}

func portList(value any) ([]int, bool) {
	list, ok := value.([]any)
	ports := make([]int, len(list))
	for i, v := range list {
		port, isNumber := v.(float64)
		ok = ok && isNumber && port >= 1 && port <= 65535 && port == math.Trunc(port)
		ports[i] = int(port)
	}
	return ports, ok
}

// mayName reports whether the operator lets a user name a host.
func (s *settings) mayName(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	return (s.hosts == nil || matchesHost(s.hosts, host)) && !matchesHost(s.refusedHosts, host)
}

// mayDial reports whether the operator lets what a name leads to be dialled: the
// names that are allowed are those of users' domains, not of who hosts them.
func (s *settings) mayDial(host string, port int) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	return !matchesHost(s.refusedHosts, host) && (s.ports == nil || slices.Contains(s.ports, port))
}

func matchesHost(patterns []string, host string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		suffix, below := strings.CutPrefix(p, "*")
		return p == host || p == "*" || below && strings.HasPrefix(suffix, ".") && strings.HasSuffix(host, suffix)
	})
}
