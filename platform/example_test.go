package platform_test

import (
	"context"
	"fmt"
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform"
)

// clock is a platform that tells the time, and says so when it strikes.
type clock struct{ host platform.Host }

func clockDefinition() *platform.Definition {
	return &platform.Definition{
		Name:       "clock",
		Version:    "1.0.0",
		ContextURL: activity.PlatformContextURL("clock"),
		Schemas: platform.Schemas{
			Messages: []byte(`{"required":["type"],"properties":{"type":{"enum":["fetch"]}}}`),
		},
		Verbs: map[string]platform.Verb{"fetch": {Idempotent: true}},
		Ports: []int{}, // it connects to nothing
		New: func(host platform.Host, config []byte) (platform.Platform, error) {
			return &clock{host}, nil
		},
	}
}

func (c *clock) Do(ctx context.Context, job platform.Job) (*activity.Object, error) {
	a := job.Activity
	c.host.Log().Debug("somebody asks", "session", job.Session)
	zone, err := time.LoadLocation(a.Object("target").Text("name"))
	if err != nil {
		return nil, fmt.Errorf("no such place: %w", err) // the client reads "Error: no such place: …"
	}
	a.Set("object", activity.NewObject(
		activity.Member{Name: "type", Value: "message"},
		activity.Member{Name: "content", Value: time.Now().In(zone).Format(time.Kitchen)}))
	return a, nil
}

// A program that is a platform: its path goes into the config's "platforms".
func ExampleMain() {
	platform.Main(clockDefinition())
	fmt.Println(`This is a platform for Sockethub: name it in "platforms".`)
	// Output: This is a platform for Sockethub: name it in "platforms".
}
