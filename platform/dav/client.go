package dav

import (
	"log/slog"
	"net/url"
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/policy"
	"github.com/sockethub/sockethub/platform/webfetch"
)

// Limits of what a server may send and of the time it may take.
const (
	DefaultTimeout = 15 * time.Second
	MaxBody        = 10 << 20 // bytes of an answer, inflated
	maxRedirects   = 5
)

// Options configures a Client. The zero value is what operators get who say
// nothing.
type Options struct {
	Timeout      time.Duration  // of one request with its redirects, challenges and body; 0 means 15 s
	AllowPrivate bool           // addresses that only this machine can reach
	AllowHTTP    bool           // services without TLS
	MaxResult    int            // bytes of an answer as JSON; 0 means 1 MiB
	Partitions   []Partition    // nil means DefaultPartitions
	Policy       *policy.Policy // which hosts may be reached; nil: any
	Resolver     webfetch.Resolver
	Dial         webfetch.DialFunc
	Log          *slog.Logger // nil means nowhere
}

// Client talks to the servers of all users. It may be used by any number of
// goroutines.
type Client struct {
	options  Options
	protocol Protocol
	web      *webfetch.Client
	accounts *accounts
	listings *listings
}

// New returns a Client. Close it to end the connections it keeps.
func New(o Options, p Protocol) (*Client, error) {
	if o.Timeout == 0 {
		o.Timeout = DefaultTimeout
	}
	if o.MaxResult == 0 {
		o.MaxResult = 1 << 20
	}
	if o.Partitions == nil {
		o.Partitions = DefaultPartitions
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	for _, partition := range o.Partitions {
		if err := partition.Check(); err != nil {
			return nil, err
		}
	}
	web, err := webfetch.New(webfetch.Options{
		AllowPrivate: o.AllowPrivate, MaxBody: MaxBody, Policy: o.Policy, Resolver: o.Resolver, Dial: o.Dial, Log: o.Log,
	})
	if err != nil {
		return nil, err
	}
	return &Client{options: o, protocol: p, web: web, accounts: newAccounts(), listings: newListings()}, nil
}

// Close ends the connections that are idle.
func (c *Client) Close() { c.web.Close() }

// Session is one job's use of a service. It is for one goroutine.
type Session struct {
	client  *Client
	service *url.URL // the address that the user gave, without user info
	who     secret
	key     accountKey
	account *account
}

// Open reads stored credentials and sends nothing. Its errors have the codes
// InvalidURL, HTTPSRequired and ConnectionFailed.
func (c *Client) Open(credentials *activity.Object) (*Session, error) {
	service, who, err := c.readCredentials(credentials)
	if err != nil {
		return nil, &openError{err}
	}
	key := c.accounts.keyOf(service, who)
	return &Session{client: c, service: service, who: who, key: key, account: c.accounts.open(key, service)}, nil
}
