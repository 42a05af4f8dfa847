package irc

import (
	"crypto/tls"
	"math"
	"strconv"
	"strings"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform"
)

// credentials are what a user submitted, checked.
type credentials struct {
	server      string // part of every id
	host        string // to dial
	port        int
	secure      bool
	trustAll    bool // whatever certificate
	nick        string
	username    string // of USER
	account     string // of SASL
	realName    string
	secret      string
	sasl        bool // log in with SASL or not at all
	mechanism   string
	token       bool // the secret is a token
	certificate *tls.Certificate
}

// defaultServer is where an empty server leads.
const defaultServer = "irc.libera.chat"

// readCredentials reads what the schema has seen before:
//
//	{"type":"credentials","actor":{"id":"mara@irc.example.net","name":"Mara Quill"},
//	 "object":{"type":"credentials","nick":"mara","server":"irc.example.net","password":"…"}}
func readCredentials(a *activity.Object) (*credentials, error) {
	o := a.Object("object")
	c := &credentials{
		server: o.Text("server"), nick: o.Text("nick"), username: o.Text("username"),
		realName: a.Object("actor").Text("name"), secret: o.Text("password"), mechanism: o.Text("saslMechanism"),
		secure: o.Get("secure") != false, trustAll: o.Get("allowInvalidCert") == true,
	}
	if err := checkLines(c.nick, c.username, c.realName); err != nil {
		return nil, err
	}
	if err := checkName(c.nick, "nick"); err != nil {
		return nil, err
	}
	if c.realName == "" {
		c.realName = c.nick
	}
	if c.username == "" {
		c.username = c.nick
	}
	c.account = c.username
	// An account's name may look like an address; the name of a user does not.
	if c.username, _, _ = strings.Cut(c.username, "@"); c.username == "" {
		c.username = c.nick
	}
	if err := checkName(c.username, "username"); err != nil {
		return nil, err
	}
	if strings.IndexByte(c.realName+c.account+c.secret, 0) >= 0 {
		return nil, platform.Plain("the credentials must not contain NUL characters")
	}
	if token := o.Text("token"); token != "" {
		c.secret, c.token = token, true
	}
	if err := c.readServer(o); err != nil {
		return nil, err
	}
	return c, c.readLogin(o)
}

// readServer reads where to connect to. The schema lets fractions pass as ports.
func (c *credentials) readServer(o *activity.Object) error {
	c.host = strings.TrimSuffix(strings.TrimPrefix(c.server, "["), "]")
	if c.host == "" {
		c.host = defaultServer
	}
	switch port, _ := o.Get("port").(float64); {
	case port != math.Trunc(port):
		return platform.Plain("Port should be >= 0 and < 65536. Received type number (" + strconv.FormatFloat(port, 'f', -1, 64) + ").")
	case port != 0:
		c.port = int(port)
	case c.secure:
		c.port = 6697
	default:
		c.port = 6667
	}
	return nil
}

// readLogin decides whether SASL is used: with a secret, unless the user said no.
func (c *credentials) readLogin(o *activity.Object) error {
	if text := o.Text("certificate"); text != "" {
		pair, err := tls.X509KeyPair([]byte(text), []byte(text))
		if err != nil {
			return platform.Plain("the certificate must be PEM with a certificate and its private key")
		}
		c.certificate = &pair
	}
	said, given := o.Get("sasl").(bool)
	external := c.mechanism == "EXTERNAL"
	c.sasl = said || !given && (c.secret != "" || external)
	switch {
	case c.sasl && c.secret == "" && c.certificate == nil:
		return platform.Plain("sasl needs a password, a token or a certificate")
	case c.sasl && external && c.certificate == nil:
		return platform.Plain("saslMechanism EXTERNAL needs a certificate")
	}
	return nil
}
