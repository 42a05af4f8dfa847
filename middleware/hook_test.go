package middleware_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/middleware"
)

// twoPlatforms is a registry of a chat and a letter platform.
func twoPlatforms() *activity.Registry {
	var list []activity.Platform
	for _, id := range []string{"chat", "letter"} {
		list = append(list, activity.Platform{
			ID: id, Version: "1", ContextURL: activity.PlatformContextURL(id), ContextVersion: "1", SchemaVersion: "1",
			Messages: []byte(`{"properties":{"type":{"enum":["send"]}}}`), Credentials: []byte(`{}`),
		})
	}
	registry, err := activity.NewRegistry("1", list)
	if err != nil {
		panic(err)
	}
	return registry
}

func event(platform, content string) any {
	v, err := activity.Parse([]byte(`{"@context":["` + activity.ContextAS + `","` + activity.ContextSockethub + `","` +
		activity.PlatformContextURL(platform) + `"],"type":"send","actor":{"id":"al","type":"person"},"object":{"content":"` + content + `"}}`))
	if err != nil {
		panic(err)
	}
	return v
}

// A program that embeds the server adds steps of its own: here one that lets
// nobody but its own users in, and one that keeps a word out of the chat.
func ExampleNew_hooks() {
	users := map[string]bool{"203.0.113.9": true}
	p := middleware.New(twoPlatforms(),
		middleware.Hook{Before: true, Handler: func(_ context.Context, c *middleware.Call) error {
			if !users[c.Address] {
				return errors.New("not a user of this service")
			}
			return nil
		}},
		middleware.Hook{Platform: "chat", Handler: func(_ context.Context, c *middleware.Call) error {
			content := c.Accepted.Activity.Object("object").Text("content")
			if !strings.Contains(content, "darn") {
				return nil
			}
			changed := c.Accepted.Activity.Clone()
			changed.Object("object").Set("content", strings.ReplaceAll(content, "darn", "****"))
			c.Accepted.Activity = changed
			return nil
		}},
	)
	for _, c := range []*middleware.Call{
		{Event: "message", Address: "198.51.100.1", Payload: event("chat", "hello")},
		{Event: "message", Address: "203.0.113.9", Payload: event("chat", "darn it")},
		{Event: "message", Address: "203.0.113.9", Payload: event("letter", "darn it")},
	} {
		if err := p.Run(context.Background(), c); err != nil {
			fmt.Println("refused:", err)
			continue
		}
		object := c.Accepted.Activity.Object("object")
		fmt.Fprintf(os.Stdout, "%s: %s\n", c.Accepted.Platform.ID, activity.AppendJSON(nil, object))
	}
	// Output:
	// refused: not a user of this service
	// chat: {"content":"**** it"}
	// letter: {"content":"darn it"}
}

func TestHooks(t *testing.T) {
	var log []string
	note := func(name string, err error) middleware.Handler {
		return func(_ context.Context, c *middleware.Call) error {
			log = append(log, fmt.Sprintf("%s %v", name, c.Accepted != nil))
			return err
		}
	}
	long := errors.New(strings.Repeat("x", 2000))
	tests := []struct {
		name    string
		hooks   []middleware.Hook
		payload any
		log     string
		err     string
	}{
		{"in the order given, around the checks",
			[]middleware.Hook{{Handler: note("a", nil)}, {Before: true, Handler: note("b", nil)}, {Handler: note("c", nil)}, {Before: true, Handler: note("d", nil)}},
			event("chat", "x"), "b false, d false, a true, c true", ""},
		{"of one platform only",
			[]middleware.Hook{{Before: true, Platform: "letter", Handler: note("a", nil)}, {Before: true, Platform: "chat", Handler: note("b", nil)},
				{Platform: "letter", Handler: note("c", nil)}, {Platform: "chat", Handler: note("d", nil)}},
			event("chat", "x"), "b false, d true", ""},
		{"nothing runs behind an error", []middleware.Hook{{Before: true, Handler: note("a", errors.New("no"))}, {Handler: note("b", nil)}},
			event("chat", "x"), "a false", "no"},
		{"nothing runs behind the checks' error", []middleware.Hook{{Before: true, Handler: note("a", nil)}, {Handler: note("b", nil)}},
			nil, "a false", "message received is not an object."},
		{"an error behind the checks", []middleware.Hook{{Handler: note("a", errors.New("no"))}, {Handler: note("b", nil)}},
			event("chat", "x"), "a true", "no"},
		{"a long text is cut", []middleware.Hook{{Handler: note("a", long)}}, event("chat", "x"), "a true", strings.Repeat("x", 997) + "…"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			log = nil
			c := &middleware.Call{Event: "message", Payload: tt.payload}
			err := middleware.New(twoPlatforms(), tt.hooks...).Run(context.Background(), c)
			got := ""
			if err != nil {
				got = err.Error()
			}
			if got != tt.err {
				t.Errorf("error %q, want %q", got, tt.err)
			}
			if got := strings.Join(log, ", "); got != tt.log {
				t.Errorf("ran %s, want %s", got, tt.log)
			}
		})
	}
	err := middleware.New(twoPlatforms(), middleware.Hook{Handler: note("a", long)}).
		Run(context.Background(), &middleware.Call{Event: "message", Payload: event("chat", "x")})
	if !errors.Is(err, long) {
		t.Error("the hook's own error cannot be found in one whose text was cut")
	}
}

// A hook may make another message of it; who it is from and what it asks for
// are read from what the last one left.
func TestHookReplacesTheActivity(t *testing.T) {
	p := middleware.New(twoPlatforms(),
		middleware.Hook{Before: true, Handler: func(_ context.Context, c *middleware.Call) error {
			c.Payload = event("letter", "replaced")
			return nil
		}},
		middleware.Hook{Handler: func(_ context.Context, c *middleware.Call) error {
			changed := c.Accepted.Activity.Clone()
			changed.Object("actor").Set("id", "bo")
			changed.Set("type", "shout")
			c.Accepted.Activity = changed
			return nil
		}},
	)
	c := &middleware.Call{Event: "message", Payload: event("chat", "x")}
	if err := p.Run(context.Background(), c); err != nil {
		t.Fatal(err)
	}
	if a := c.Accepted; a.Platform.ID != "letter" || a.ActorID != "bo" || a.Type != "shout" {
		t.Errorf("accepted as %s, %s, %s", a.Platform.ID, a.ActorID, a.Type)
	}
}

func TestCredentialsRun(t *testing.T) {
	payload := event("chat", "x").(*activity.Object)
	payload.Set("type", "credentials")
	ran := false
	p := middleware.New(twoPlatforms(), middleware.Hook{Handler: func(_ context.Context, c *middleware.Call) error {
		ran = c.Event == "credentials"
		return nil
	}})
	if err := p.Run(context.Background(), &middleware.Call{Event: "credentials", Payload: payload}); err != nil || !ran {
		t.Errorf("credentials: %v, seen by the hook: %v", err, ran)
	}
	if err := p.Run(context.Background(), &middleware.Call{Event: "message", Payload: payload}); err == nil {
		t.Error("credentials were accepted as a message")
	}
}
