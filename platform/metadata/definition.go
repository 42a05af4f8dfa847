package metadata

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform"
	"github.com/sockethub/sockethub/platform/webfetch"
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

// What the reference server says to what is no address, and to what only looks
// like one.
var (
	errInvalidURL = errors.New("Invalid URL")         //lint:ignore ST1005 clients know it
	errUnparsed   = errors.New("Failed to parse URL") //lint:ignore ST1005 clients know it
)

// Do finds out what to show for the address that is the message's actor.
func (p *metadata) Do(ctx context.Context, job platform.Job) (*activity.Object, error) {
	text, ok := address(job.Activity.Object("actor").Text("id"))
	if !ok {
		return nil, errInvalidURL
	}
	u, err := webfetch.ParseURL(text)
	switch {
	case webfetch.ClassOf(err) == webfetch.InvalidURL:
		return nil, fmt.Errorf("%w from %s", errUnparsed, webfetch.Mask(text))
	case err != nil:
		return nil, failure(err, "")
	}
	u.Fragment, u.RawFragment = "", ""
	v, err := p.cache.Get(ctx, u.String(), func(ctx context.Context, old *webfetch.Entry[*preview]) (webfetch.Entry[*preview], error) {
		return p.load(ctx, u, old)
	})
	if err != nil {
		return nil, failure(err, u.Hostname())
	}
	return v.answer(job.Activity), nil
}

// settings is packageConfig:
//
//	{"compatUserAgent":"…","fxTwitter":false,"reddit":false}
//
// and what all have that fetch, see [webfetch.Options.Set]. fxTwitter and reddit
// let third parties be asked about addresses of X and of Reddit; compatUserAgent
// is what Reddit is told then, when it is not userAgent.
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
		known, ok := true, false
		switch name {
		case "compatUserAgent":
			s.compatUserAgent, ok = webfetch.Agent(value)
		case "fxTwitter":
			s.fxTwitter, ok = value.(bool)
		case "reddit":
			s.reddit, ok = value.(bool)
		default:
			known, ok = s.fetching.Set(name, value)
		}
		if !known {
			return s, fmt.Errorf("packageConfig: %q is no key of this platform", name)
		}
		if !ok {
			return s, fmt.Errorf("packageConfig: %s has a wrong value", name)
		}
	}
	return s, nil
}
