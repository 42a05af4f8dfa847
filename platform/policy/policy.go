package policy

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"syscall"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/remote"
)

// Policy is what an operator lets platforms reach. It never changes; nil allows
// everything.
type Policy struct{ allow, deny []Rule }

// maxRules bounds each list: all are looked at for each connection.
const maxRules = 1000

// New makes a policy of two lists of rules.
func New(allow, deny []string) (*Policy, error) {
	p := &Policy{}
	for _, list := range []struct {
		name  string
		texts []string
		rules *[]Rule
	}{{"allow", allow, &p.allow}, {"deny", deny, &p.deny}} {
		if len(list.texts) > maxRules {
			return nil, fmt.Errorf("policy.%s has more than %d rules", list.name, maxRules)
		}
		for _, text := range list.texts {
			r, err := ParseRule(text)
			if err != nil {
				return nil, fmt.Errorf("policy.%s: %w", list.name, err)
			}
			*list.rules = append(*list.rules, r)
		}
	}
	return p, nil
}

// Refused is the error of a connection that the policy does not allow. Its text is
// for clients; Rule, which is for the operator, is not in it.
type Refused struct{ Rule string }

func (e *Refused) Error() string { return "this address may not be connected to" }

// IsRefused reports whether the policy is why something failed.
func IsRefused(err error) bool {
	var refused *Refused
	return errors.As(err, &refused)
}

// Judge returns nil for what may be reached, else a *Refused. names are those that
// led to the address; either may be missing, as before a name is looked up: then it
// is judged only what no address could change.
func (p *Policy) Judge(address netip.Addr, port int, names ...string) error {
	if ok, rule := p.Explain(address, port, names...); !ok {
		return &Refused{rule}
	}
	return nil
}

// Explain tells also by which rule something may be reached. A rule for an IPv4
// address holds for the IPv6 ones that lead there too (remote.Carried).
func (p *Policy) Explain(address netip.Addr, port int, names ...string) (ok bool, rule string) {
	if p == nil {
		return true, "there is no policy"
	}
	address = address.Unmap().WithZone("")
	plain := make([]string, 0, len(names))
	for _, name := range names {
		if a, err := netip.ParseAddr(strings.Trim(name, "[]")); err == nil && !address.IsValid() {
			address = a.Unmap().WithZone("")
		}
		plain = append(plain, canonical(name))
	}
	carried := remote.Carried(address)
	for _, r := range p.deny {
		if r.matches(plain, address, port) || slices.ContainsFunc(carried, func(a netip.Addr) bool { return r.matches(plain, a, port) }) {
			return false, fmt.Sprintf("policy.deny %q", r)
		}
	}
	if len(p.allow) == 0 {
		return true, "no rule of policy.deny, and policy.allow is empty"
	}
	for _, r := range p.allow {
		switch {
		case r.matches(plain, address, port), len(carried) == 1 && r.matches(plain, carried[0], port):
			return true, fmt.Sprintf("policy.allow %q", r)
		case r.network.IsValid() && !address.IsValid():
			return true, fmt.Sprintf("maybe policy.allow %q, which depends on the address", r)
		}
	}
	return false, "no rule of policy.allow"
}

// Control returns a net.Dialer's Control for a connection to names: it judges the
// address that the kernel is about to connect to, then asks next if there is one.
func (p *Policy) Control(next func(network, address string, c syscall.RawConn) error, names ...string) func(network, address string, c syscall.RawConn) error {
	return func(network, address string, c syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err != nil {
			return &Refused{"no address"}
		}
		if err := p.Judge(at.Addr(), int(at.Port()), names...); err != nil || next == nil {
			return err
		}
		return next(network, address, c)
	}
}

// Words says in sentences what the policy is.
func (p *Policy) Words() []string {
	if p == nil || len(p.allow)+len(p.deny) == 0 {
		return []string{"platforms may reach every host, as far as their packageConfig lets them"}
	}
	words := []string{"platforms may reach every host"}
	if len(p.allow) > 0 {
		words[0] = "platforms may reach only " + list(p.allow)
	}
	if len(p.deny) > 0 {
		words = append(words, "but never "+list(p.deny))
	}
	return append(words, "and of these only what their packageConfig lets them")
}

func list(rules []Rule) string {
	texts := make([]string, len(rules))
	for i, r := range rules {
		texts[i] = r.text
	}
	return strings.Join(texts, ", ")
}

// AppendJSON appends the policy as a worker reads it: {"allow":[…],"deny":[…]}.
func (p *Policy) AppendJSON(dst []byte) []byte {
	return activity.AppendJSON(dst, activity.NewObject(
		activity.Member{Name: "allow", Value: texts(p.allow)},
		activity.Member{Name: "deny", Value: texts(p.deny)},
	))
}

func texts(rules []Rule) []any {
	list := make([]any, len(rules))
	for i, r := range rules {
		list[i] = r.text
	}
	return list
}

// Read reads what AppendJSON wrote; nil for no object.
func Read(o *activity.Object) (*Policy, error) {
	if o == nil {
		return nil, nil
	}
	allow, okAllow := readTexts(o.Get("allow"))
	deny, okDeny := readTexts(o.Get("deny"))
	if !okAllow || !okDeny {
		return nil, errors.New("policy: allow and deny must be lists of texts")
	}
	return New(allow, deny)
}

func readTexts(v any) (texts []string, ok bool) {
	list, ok := v.([]any)
	for _, v := range list {
		text, isText := v.(string)
		ok = ok && isText
		texts = append(texts, text)
	}
	return texts, ok || v == nil
}
