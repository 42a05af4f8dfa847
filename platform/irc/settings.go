package irc

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/sockethub/sockethub/activity"
)

// settings are what the operator says in packageConfig, and times that only
// tests change.
type settings struct {
	connectTimeout   time.Duration // for dialling, TLS, registration and SASL together
	private          bool          // private and loopback addresses may be dialled
	hosts            []string      // that may be dialled, "*.example" for all below; nil for any
	refusedHosts     []string      // that may not, though hosts has them
	ports            []int         // that may be dialled; nil for any
	plaintextSecrets bool          // may go over plain TCP to other machines
	nickSuffix       string        // added to a nick that is in use; "" for never
	regain           bool          // who is logged in asks the services for the nick that was in use
	webirc           map[string]webirc
	bouncer          bouncerSettings
	burst            int           // lines that may go out at once
	interval         time.Duration // until one more may

	replyTimeout time.Duration // for the answer to a command
	silence      time.Duration // after which the server is asked whether it is there
	aliveTimeout time.Duration // for its answer
	firstRetry   time.Duration // wait before the first reconnect
	lastRetry    time.Duration // longest wait between two
	farewell     time.Duration // wait for the server to close after QUIT
}

// webirc is how a server is told whom a connection is made for.
type webirc struct{ password, gateway string }

func defaultSettings() settings {
	return settings{
		connectTimeout: 30 * time.Second,
		burst:          5,
		interval:       2 * time.Second,
		replyTimeout:   15 * time.Second,
		silence:        90 * time.Second,
		aliveTimeout:   30 * time.Second,
		firstRetry:     2 * time.Second,
		lastRetry:      5 * time.Minute,
		farewell:       time.Second,
	}
}

// maxConnectMs bounds connectTimeoutMs: ten minutes.
const maxConnectMs = 600_000

// readConfig reads packageConfig:
//
//	{"connectTimeoutMs":30000, "allowPrivateAddresses":true, "allowedHosts":["*.quay.example"],
//	 "refusedHosts":["old.quay.example"], "allowedPorts":[6697], "allowPlaintextSecrets":false,
//	 "nickSuffix":"_", "regain":false, "floodBurst":5, "floodIntervalMs":2000,
//	 "webirc":{"irc.quay.example":{"password":"…","gateway":"sockethub"}},
//	 "bouncer":{"lingerSeconds":86400,"messages":500,"bytes":262144}}
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
		case "nickSuffix":
			s.nickSuffix, ok = value.(string)
			ok = ok && checkName(s.nickSuffix, "nickSuffix") == nil
		case "regain":
			s.regain, ok = value.(bool)
		case "floodBurst":
			var n float64
			n, ok = value.(float64)
			ok = ok && n >= 1 && n <= 1000 && n == math.Trunc(n)
			s.burst = int(n)
		case "floodIntervalMs":
			s.interval, ok = milliseconds(value, time.Minute)
		case "webirc":
			s.webirc, ok = webircHosts(value)
		case "bouncer":
			if s.bouncer, err = readBouncer(value); err != nil {
				return s, fmt.Errorf("packageConfig: %w", err)
			}
			ok = true
		default:
			return s, fmt.Errorf("packageConfig: %q is no key of this platform", name)
		}
		if !ok {
			return s, fmt.Errorf("packageConfig: %s has a wrong value", name)
		}
	}
	return s, nil
}

func milliseconds(value any, most time.Duration) (time.Duration, bool) {
	ms, ok := value.(float64)
	return time.Duration(ms) * time.Millisecond, ok && ms >= 1 && ms <= float64(most.Milliseconds())
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

func webircHosts(value any) (map[string]webirc, bool) {
	o, ok := value.(*activity.Object)
	hosts := map[string]webirc{}
	for i := range o.Len() {
		host, v := o.Member(i)
		one, _ := v.(*activity.Object)
		w := webirc{password: one.Text("password"), gateway: "sockethub"}
		if gateway, given := one.Lookup("gateway"); given {
			w.gateway, _ = gateway.(string)
		}
		for j := range one.Len() {
			name, _ := one.Member(j)
			ok = ok && (name == "password" || name == "gateway")
		}
		ok = ok && checkName(w.password, "") == nil && checkName(w.gateway, "") == nil
		hosts[strings.ToLower(host)] = w
	}
	return hosts, ok
}

// mayDial reports whether the operator lets a host and a port be dialled.
func (s *settings) mayDial(host string, port int) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	return (s.hosts == nil || matchesHost(s.hosts, host)) && !matchesHost(s.refusedHosts, host) &&
		(s.ports == nil || slices.Contains(s.ports, port))
}

func matchesHost(patterns []string, host string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		suffix, below := strings.CutPrefix(p, "*")
		return p == host || p == "*" || below && strings.HasPrefix(suffix, ".") && strings.HasSuffix(host, suffix)
	})
}
