package gateway_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/gateway"
	"github.com/sockethub/sockethub/httpactions"
	"github.com/sockethub/sockethub/middleware"
	"github.com/sockethub/sockethub/platform"
	"github.com/sockethub/sockethub/platform/dummy"
)

// A program serves Sockethub beside its own pages. The first line of its main
// is platform.Main(dummy.Definition()): workers are this program started again.
func Example() {
	opts := gateway.Defaults()
	opts.Platforms = []*platform.Definition{dummy.Definition()}
	opts.HTTPActions = &httpactions.Options{Path: "/actions", OptionalRequestID: true}
	hub, err := gateway.New(opts)
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- hub.Run(ctx) }()

	mux := http.NewServeMux()
	mux.HandleFunc("/hello", func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "hello") })
	mux.Handle("/", hub)
	server := httptest.NewServer(mux)
	defer server.Close()

	fmt.Println(post(server.URL+"/actions", `{
		"@context": ["https://www.w3.org/ns/activitystreams", "https://sockethub.org/ns/context/v1.jsonld",
			"https://sockethub.org/ns/context/platform/dummy/v1.jsonld"],
		"type": "echo",
		"actor": {"id": "https://example.org/me", "type": "person"},
		"object": "hi"}`))
	cancel()
	fmt.Println(<-done)
	// Output:
	// {"@context":["https://www.w3.org/ns/activitystreams","https://sockethub.org/ns/context/v1.jsonld","https://sockethub.org/ns/context/platform/dummy/v1.jsonld"],"type":"echo","actor":{"id":"dummy","type":"platform"},"object":{"content":"hi"},"target":{"id":"https://example.org/me","type":"person"}}
	// <nil>
}

// A step of the program's own refuses what it does not want, or changes it.
func Example_hooks() {
	quiet := middleware.Hook{
		Platform: "dummy",
		Handler: func(ctx context.Context, c *middleware.Call) error {
			if c.Event == "message" && strings.Contains(c.Accepted.Activity.Object("object").Text("content"), "shout") {
				return fmt.Errorf("no shouting here")
			}
			changed := c.Accepted.Activity.Copy()
			changed.Set("object", activity.NewObject(activity.Member{Name: "content", Value: "(whispers)"}))
			c.Accepted.Activity = changed
			return nil
		},
	}
	opts := gateway.Defaults()
	opts.Platforms = []*platform.Definition{dummy.Definition()}
	opts.HTTPActions = &httpactions.Options{Path: "/actions", OptionalRequestID: true}
	opts.Hooks = []middleware.Hook{quiet}
	hub, err := gateway.New(opts)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer hub.Shutdown(context.Background())
	server := httptest.NewServer(hub)
	defer server.Close()

	for _, content := range []string{"shout!", "hi"} {
		answer, err := activity.ParseObject([]byte(post(server.URL+"/actions", `{"context": "dummy", "type": "echo",
			"actor": {"id": "me", "type": "person"}, "object": "`+content+`"}`)))
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(answer.Object("object").Text("content") + answer.Text("error"))
	}
	// Output:
	// no shouting here
	// (whispers)
}

func post(url, body string) string {
	res, err := http.Post(url, "application/json", strings.NewReader(body))
	if err != nil {
		return err.Error()
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return err.Error()
	}
	return strings.TrimSpace(string(text))
}
