package feeds

import (
	"context"
	_ "embed"
	"math"
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform"
	"github.com/sockethub/sockethub/platform/webfetch"
)

// The platform's JSON Schemas: the reference's, and what ours tells besides.
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

// Definition describes the platform.
func Definition() *platform.Definition {
	return &platform.Definition{
		Name:         "feeds",
		Version:      "4.0.0-alpha.22",
		ContextURL:   ContextURL,
		Schemas:      platform.Schemas{Messages: messagesSchema, Responses: responsesSchema, Config: configSchema, Examples: examples},
		OwnDocuments: true,
		Verbs:        map[string]platform.Verb{"fetch": {Idempotent: true}},
		Lane:         func(m *activity.Object) string { return webfetch.HostOf(m.Object("actor").Text("id")) },
		New: func(host platform.Host, config []byte) (platform.Platform, error) {
			o, err := readConfig(config)
			if err != nil {
				return nil, err
			}
			o.Log, o.Policy = host.Log(), platform.PolicyOf(host)
			return newFeeds(o)
		},
	}
}

// Bounds of what the worker remembers.
const (
	cacheEntries = 256
	cacheBytes   = 16 << 20
)

// atOnce is how many documents are scanned at a time. Scanning takes a multiple
// of a document's size in memory, and waits for nothing.
const atOnce = 2

// feeds is the platform in its worker.
type feeds struct {
	client   *webfetch.Client
	cache    *webfetch.Cache[*document]
	timeout  time.Duration
	scanning chan struct{} // has a value for each document that is being scanned
}

func newFeeds(o webfetch.Options) (*feeds, error) {
	client, err := webfetch.New(o)
	if err != nil {
		return nil, err
	}
	return &feeds{
		client:   client,
		cache:    webfetch.NewCache[*document](cacheEntries, cacheBytes),
		timeout:  o.Timeout,
		scanning: make(chan struct{}, atOnce),
	}, nil
}

// Stop closes the connections that are kept.
func (p *feeds) Stop(context.Context) { p.client.Close() }

// Do fetches the feed that is the message's actor.
func (p *feeds) Do(ctx context.Context, job platform.Job) (*activity.Object, error) {
	q := newQuery(job.Activity)
	u, err := webfetch.ParseURL(q.url)
	if err != nil {
		return nil, failure(err, q.url)
	}
	u.Fragment, u.RawFragment = "", ""
	key := u.String()
	d, err := p.cache.Get(ctx, key, func(ctx context.Context, old *webfetch.Entry[*document]) (webfetch.Entry[*document], error) {
		return p.load(ctx, key, old)
	})
	if err != nil {
		return nil, failure(err, q.url)
	}
	return d.result(q), nil
}

// newQuery reads a message, which the schema has seen before.
func newQuery(message *activity.Object) query {
	q := query{url: message.Object("actor").Text("id")}
	if id, ok := message.Get("id").(string); ok {
		q.id = id
	}
	object := message.Object("object")
	if limit, ok := object.Get("limit").(float64); ok {
		q.limit = int(min(max(limit, 1), math.MaxInt32))
	}
	if since := object.Text("since"); since != "" {
		q.since, q.hasSince = readDate(since), true
	}
	return q
}
