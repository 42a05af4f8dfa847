package gateway

import (
	"context"
	"errors"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform"
	"github.com/sockethub/sockethub/platform/dummy"
)

func TestMain(m *testing.M) {
	platform.Main(parrot(), larder(), dummy.Definition())
	os.Exit(m.Run())
}

// parrot is a persistent platform that repeats what it is told.
func parrot() *platform.Definition {
	return &platform.Definition{
		Name:       "parrot",
		Version:    "1.0.0",
		ContextURL: activity.PlatformContextURL("parrot"),
		Persist:    true,
		Schemas: platform.Schemas{
			Credentials: []byte(`{"required":["object"],"properties":{"object":{"type":"object","properties":{"type":{"const":"credentials"},"password":{"type":"string"}}}}}`),
			Messages:    []byte(`{"required":["type"],"properties":{"type":{"enum":["connect","send","query","squawk","brood","rename","preen","linger","crash","disconnect"]}}}`),
			Responses:   []byte(`{"required":["type"],"properties":{"type":{"enum":["send","squawk","rename"]}}}`),
		},
		Verbs: map[string]platform.Verb{
			"connect": {Credentials: true}, "send": {}, "query": {}, "squawk": {}, "brood": {}, "rename": {}, "preen": {Credentials: true}, "linger": {}, "crash": {}, "disconnect": {},
		},
		New: func(host platform.Host, config []byte) (platform.Platform, error) { return &cage{host: host}, nil },
	}
}

type cage struct {
	host platform.Host

	mu        sync.Mutex // guards connected
	connected bool
}

func (c *cage) Initialised() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.connected
}

func (c *cage) Do(ctx context.Context, job platform.Job) (*activity.Object, error) {
	content := job.Activity.Object("object").Text("content")
	switch job.Activity.Text("type") {
	case "connect":
		switch password := job.Credentials.Object("object").Text("password"); {
		case strings.HasPrefix(password, "wrong"):
			return nil, errors.New("no such bird")
		case password == "silence":
			<-ctx.Done()
			return nil, ctx.Err()
		}
		c.mu.Lock()
		c.connected = true
		c.mu.Unlock()
	case "squawk":
		// What it hears by itself: the second is malformed and must not get out.
		c.host.Event(job.Activity.Clone())
		bad := job.Activity.Clone()
		bad.Set("type", "secret")
		c.host.Event(bad)
	case "brood": // until a file is there
		_, err := os.Stat(content)
		for tick := time.Tick(time.Millisecond); err != nil; _, err = os.Stat(content) {
			select {
			case <-tick:
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		}
	case "rename":
		c.host.Actor(content)
	case "linger":
		c.host.Linger(time.Hour)
	case "crash":
		os.Exit(3)
	}
	return nil, nil
}

// larder is a platform without connections whose verb needs credentials: it
// tells the shelf that they name.
func larder() *platform.Definition {
	return &platform.Definition{
		Name:       "larder",
		Version:    "1.0.0",
		ContextURL: activity.PlatformContextURL("larder"),
		Schemas: platform.Schemas{
			Credentials: []byte(`{"required":["object"],"properties":{"object":{"type":"object","properties":{"type":{"const":"credentials"},"shelf":{"type":"string"}}}}}`),
			Messages:    []byte(`{"required":["type"],"properties":{"type":{"enum":["fetch"]}}}`),
		},
		Verbs: map[string]platform.Verb{"fetch": {Credentials: true, Idempotent: true}},
		New:   func(platform.Host, []byte) (platform.Platform, error) { return shelf{}, nil },
	}
}

type shelf struct{}

func (shelf) Do(_ context.Context, job platform.Job) (*activity.Object, error) {
	a := job.Activity.Copy()
	a.Set("object", activity.NewObject(activity.Member{Name: "content", Value: job.Credentials.Object("object").Text("shelf")}))
	return a, nil
}
