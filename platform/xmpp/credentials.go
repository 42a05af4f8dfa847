package xmpp

import (
	"math"
	"strconv"
	"strings"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform"
	"github.com/sockethub/sockethub/platform/xmpp/jid"
)

// credentials are what a user submitted, checked.
type credentials struct {
	user     string // local part of the account
	domain   string // of the account: what is checked in certificates, and asked for
	resource string // wished for; "" lets the server choose
	password string
	server   string // where to dial, as submitted; "" for the domain
	port     int    // 0: not said
}

// account is the bare JID.
func (c *credentials) account() string { return c.user + "@" + c.domain }

// asciiDomain is the domain as certificates have it.
func (c *credentials) asciiDomain() string { return jid.ASCIIDomain(c.domain) }

// service is where to, in the words of errors.
func (c *credentials) service() string {
	s := c.server
	if s == "" {
		s = c.domain
	}
	if c.port != 0 {
		s += ":" + strconv.Itoa(c.port)
	}
	return s
}

// readCredentials reads what the schema has seen before:
//
//	{"type":"credentials","actor":{"id":"mara@harbor.example/web"},
//	 "object":{"type":"credentials","userAddress":"mara@harbor.example","resource":"web","password":"…"}}
func readCredentials(a *activity.Object) (*credentials, error) {
	o := a.Object("object")
	address := o.Text("userAddress")
	if !strings.Contains(address, "@") {
		return nil, platform.Plain("xmpp credentials.object.userAddress must be a JID in the form 'user@server'")
	}
	parts := strings.Split(address, "@") // what stands behind a second one was never looked at
	c := &credentials{
		user: parts[0], domain: parts[1], resource: o.Text("resource"), password: o.Text("password"), server: o.Text("server"),
	}
	if c.user == "" || c.domain == "" {
		return nil, platform.Plain("xmpp credentials.object.userAddress is missing the username or server portion")
	}
	if j, err := jid.Parse(c.account()); err != nil || !j.IsBare() {
		return nil, platform.Plain("xmpp credentials.object.userAddress must be a JID in the form 'user@server'")
	}
	if c.resource != "" {
		if _, err := jid.Parse(c.account() + "/" + c.resource); err != nil {
			return nil, platform.Plain("xmpp credentials.object.resource cannot be a resource: " + err.Error())
		}
	}
	// The schema lets fractions and negatives pass as ports.
	port, _ := o.Get("port").(float64)
	if port != math.Trunc(port) || port < 0 || port > 65535 {
		return nil, platform.Plain("xmpp credentials.object.port must be a port, 1 to 65535")
	}
	c.port = int(port)
	return c, nil
}
