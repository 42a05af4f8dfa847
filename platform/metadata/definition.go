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

// The platform's JSON Schemas: the reference's, and what ours sends and is told
// besides.
var (
	//go:embed schemas/messages.json
	messagesSchema []byte
	//go:embed schemas/responses.json
	responsesSchema []byte
	//go:embed schemas/config.json
	configSchema []byte
	//go:embed schemas/examples.json
	examples []byte
)

const version = "1.0.1-alpha.17"

// userAgent names the software, and where to read about it.
const userAgent = "Mozilla/5.0 (compatible; SockethubBot/" + version + "; +https://sockethub.org)"

// Definition describes the platform.
func Definition() *platform.Definition {
	return &platform.Definition{
		Name:         "metadata",
		Version:      version,
		ContextURL:   ContextURL,
		Schemas:      platform.Schemas{Messages: messagesSchema, Responses: responsesSchema, Config: configSchema, Examples: examples},
		OwnDocuments: true,
		Verbs:        map[string]platform.Verb{"fetch": {Idempotent: true}},
		Lane: func(m *activity.Object) string {
			text, _ := address(m.Object("actor").Text("id"))
			return webfetch.HostOf(text)
		},
		New: func(host platform.Host, config []byte) (platform.Platform, error) {
			s, err := readSettings(config)
			if err != nil {
				return nil, err
			}
			s.fetching.Log, s.fetching.Policy = host.Log(), platform.PolicyOf(host)
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
