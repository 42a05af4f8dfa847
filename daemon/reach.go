package daemon

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strconv"

	"github.com/sockethub/sockethub/daemon/config"
	"github.com/sockethub/sockethub/platform/policy"
	"github.com/sockethub/sockethub/platform/webfetch"
)

// rules is the policy of a configuration, whose rules have been read before.
func rules(c *config.Config) *policy.Policy {
	p, err := policy.New(c.Policy.Allow, c.Policy.Deny)
	if err != nil {
		panic(err) // config has checked each
	}
	return p
}

// caps says in sentences how much of the server one client, address or token may
// have, where that is limited.
func caps(c *config.Config) []string {
	l := limits(c)
	connections := most(l.ConnectionsPerAddress, "an address") + most(l.ConnectionsPerToken, "a token")
	workers := ""
	if l.MaxInstances > 0 {
		workers = fmt.Sprintf(", %d in all", l.MaxInstances)
	}
	workers += most(l.InstancesPerAddress, "an address") + most(l.InstancesPerSession, "a client") + most(l.InstancesPerToken, "a token")
	var words []string
	for _, kind := range []struct{ what, limits string }{{"connections", connections}, {"workers with accounts", workers}} {
		if kind.limits != "" {
			words = append(words, kind.what+" at a time: "+kind.limits[len(", "):])
		}
	}
	return words
}

func most(n int, whose string) string {
	if n <= 0 {
		return ""
	}
	return fmt.Sprintf(", %d for %s", n, whose)
}

// reach says whether the policy lets platforms reach an address, and by which
// rule: each address of a name is judged as a connection to it would be. It does
// not connect.
//
//	irc.example:6697 at 192.0.2.7: allowed by policy.allow "*.example"
func (p *program) reach(c *config.Config, where string) int {
	host, service, err := net.SplitHostPort(where)
	port, wrong := strconv.ParseUint(service, 10, 16)
	if err != nil || wrong != nil || host == "" || port == 0 {
		return p.refuse(fmt.Errorf("--reach: found %q, allowed: host:port", where))
	}
	limits := rules(c)
	if ok, rule := limits.Explain(netip.Addr{}, int(port), host); !ok {
		fmt.Fprintf(p.stdout, "%s: refused by %s\n", where, rule)
		return 1
	}
	ctx, cancel := context.WithTimeout(context.Background(), checkTimeout)
	defer cancel()
	addresses, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return p.refuse(err)
	}
	status := 1
	for _, a := range addresses {
		ok, rule := limits.Explain(a, int(port), host)
		word := "refused"
		if ok {
			word, status = "allowed", 0
		}
		fmt.Fprintf(p.stdout, "%s at %s: %s by %s\n", where, a.Unmap(), word, rule)
		if ok && !webfetch.Public(a) {
			fmt.Fprintf(p.stdout, "   the address is not public: a platform needs packageConfig allowPrivateAddresses: true for it\n")
		}
	}
	return status
}
