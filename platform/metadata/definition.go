package metadata

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/sockethub/server/activity"
	"github.com/sockethub/server/platform"
	"github.com/sockethub/server/platform/webfetch"
)

// messages and responses are the platform's JSON Schemas.
//
//go:embed messages.json
var messages []byte

//go:embed responses.json
var responses []byte

const version = "1.0.1-alpha.17"

// userAgent names the software, and where to read about it.
const userAgent = "Mozilla/5.0 (compatible; SockethubBot/" + version + "; +https://sockethub.org)"

// Definition describes the platform.
func Definition() *platform.Definition {
	return &platform.Definition{
		Name:       "metadata",
		Version:    version,
		ContextURL: ContextURL,
		Schemas:    platform.Schemas{Messages: messages, Responses: responses},
		Verbs:      map[string]platform.Verb{"fetch": {Idempotent: true}},
		New: func(host platform.Host, config []byte) (platform.Platform, error) {
			s, err := readSettings(config)
			if err != nil {
				return nil, err
			}
			s.fetching.Log = host.Log()
			return newMetadata(s)
		},
	}
}

// Bounds of what the worker remembers.
const (
	cacheEntries = 1000
	cacheBytes   = 16 << 20
)

// timeout is for all that one job asks for.
const timeout = 5 * time.Second

// metadata is the platform in its worker.
type metadata struct {
	settings
	client  *webfetch.Client
	cache   *webfetch.Cache[*preview]
	timeout time.Duration

	fxTwitterURL, redditJSONURL, redditOEmbedURL string // who is asked
}

func newMetadata(s settings) (*metadata, error) {
	if s.fetching.Timeout == 0 {
		s.fetching.Timeout = timeout
	}
	client, err := webfetch.New(s.fetching)
	if err != nil {
		return nil, err
	}
	return &metadata{
		settings:     s,
		client:       client,
		cache:        webfetch.NewCache[*preview](cacheEntries, cacheBytes),
		timeout:      s.fetching.Timeout,
		fxTwitterURL: fxTwitterAPI, redditJSONURL: redditJSON, redditOEmbedURL: redditOEmbed,
	}, nil
}

// Stop closes the connections that are kept.
func (p *metadata) Stop(context.Context) { p.client.Close() }

// errInvalidURL is the reference server's word for what is no address.
var errInvalidURL = errors.New("Invalid URL") //lint:ignore ST1005 clients know it

// Do finds out what to show for the address that is the message's actor.
func (p *metadata) Do(ctx context.Context, job platform.Job) (*activity.Object, error) {
	text, ok := address(job.Activity.Object("actor").Text("id"))
	if !ok {
		return nil, errInvalidURL
	}
	u, err := webfetch.ParseURL(text)
	if err != nil {
		return nil, failure(err)
	}
	u.Fragment, u.RawFragment = "", ""
	v, err := p.cache.Get(ctx, u.String(), func(ctx context.Context, old *webfetch.Entry[*preview]) (webfetch.Entry[*preview], error) {
		return p.load(ctx, u, old)
	})
	if err != nil {
		return nil, failure(err)
	}
	return v.answer(job.Activity), nil
}

// settings is packageConfig:
//
//	{"allowPrivateAddresses":false,"concurrency":10,"userAgent":"…","compatUserAgent":"…","fxTwitter":false,"reddit":false}
//
// concurrency is for the server. fxTwitter and reddit let third parties be asked
// about addresses of X and of Reddit; compatUserAgent is what Reddit is told
// then, when it is not userAgent.
type settings struct {
	fetching          webfetch.Options
	compatUserAgent   string
	fxTwitter, reddit bool
}

func readSettings(config []byte) (settings, error) {
	s := settings{fetching: webfetch.Options{UserAgent: userAgent}}
	c, err := activity.ParseObject(config)
	if err != nil {
		return s, fmt.Errorf("packageConfig: %w", err)
	}
	for i := range c.Len() {
		name, value := c.Member(i)
		ok := false
		switch name {
		case "allowPrivateAddresses":
			s.fetching.AllowPrivate, ok = value.(bool)
		case "concurrency":
			var n float64
			n, ok = value.(float64)
			ok = ok && n >= 1 && n == math.Trunc(n)
		case "userAgent":
			s.fetching.UserAgent, ok = agent(value)
		case "compatUserAgent":
			s.compatUserAgent, ok = agent(value)
		case "fxTwitter":
			s.fxTwitter, ok = value.(bool)
		case "reddit":
			s.reddit, ok = value.(bool)
		default:
			return s, fmt.Errorf("packageConfig: %q is no key of this platform", name)
		}
		if !ok {
			return s, fmt.Errorf("packageConfig: %s has a wrong value", name)
		}
	}
	return s, nil
}

// agent is a text that may be sent as a User-Agent.
func agent(value any) (string, bool) {
	s, ok := value.(string)
	if !ok || len(s) > 256 {
		return "", false
	}
	for _, r := range s {
		if r < ' ' || r == 0x7F {
			return "", false
		}
	}
	return s, true
}
