// Package fetchtest is what the tests of the platforms that fetch have in common:
// servers that answer as one was recorded, jobs, and the comparison of answers
// with recorded ones.
package fetchtest

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"testing"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform"
)

// Host is a worker that nothing comes out of.
type Host struct{ platform.Host }

// Log returns a logger that says nothing.
func (Host) Log() *slog.Logger { return slog.New(slog.DiscardHandler) }

// Serve starts a server on the loopback that ends with the test.
func Serve(t testing.TB, handler http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(handler)
	t.Cleanup(s.Close)
	return s
}

// Message is a message of type fetch with the id "1".
func Message(url, actorType string, more ...activity.Member) *activity.Object {
	return activity.NewObject(append([]activity.Member{{Name: "type", Value: "fetch"}, {Name: "id", Value: "1"}, {Name: "actor", Value: activity.NewObject(
		activity.Member{Name: "id", Value: url}, activity.Member{Name: "type", Value: actorType})}}, more...)...)
}

// Do does a job and returns its result, or its error as clients read it.
func Do(ctx context.Context, p platform.Platform, message *activity.Object) (result *activity.Object, failure string) {
	result, err := p.Do(ctx, platform.Job{Activity: message})
	if err == nil {
		return result, ""
	}
	if plain := platform.Plain(""); errors.As(err, &plain) {
		return nil, err.Error()
	}
	return nil, "Error: " + err.Error()
}

// CheckPublished compares what a registry with one platform publishes with the
// recorded entry of the reference server, in the file of that name, which must be
// the same but for the responses; these must be the platform's. It returns the
// compiled responses.
func CheckPublished(t *testing.T, d *platform.Definition, recorded string) *activity.RegisteredPlatform {
	t.Helper()
	registry, err := activity.NewRegistry("1", []activity.Platform{{
		ID: d.Name, Version: d.Version, ContextURL: d.ContextURL, ContextVersion: "1", SchemaVersion: "1",
		Messages: d.Schemas.Messages, Responses: d.Schemas.Responses,
	}})
	if err != nil {
		t.Fatal(err)
	}
	payload := parse(t, registry.Payload())
	entry := payload.Get("platforms").([]any)[0].(*activity.Object)
	schemas := entry.Object("schemas")
	if got, want := text(schemas.Object("responses").Get("required")), text(parse(t, d.Schemas.Responses).Get("required")); got != want {
		t.Errorf("published responses require %s, want %s", got, want)
	}
	schemas.Delete("responses")
	file, err := os.ReadFile(recorded)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := text(entry), text(parse(t, file)); got != want {
		t.Errorf("published %s\nwant %s", got, want)
	}
	return registry.ByID(d.Name)
}

func parse(t *testing.T, data []byte) *activity.Object {
	t.Helper()
	o, err := activity.ParseObject(data)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func text(v any) string { return string(activity.AppendJSON(nil, v)) }

// Everywhere says that every name is at one public address.
type Everywhere struct{}

// LookupNetIP makes Everywhere a resolver.
func (Everywhere) LookupNetIP(context.Context, string, string) ([]netip.Addr, error) {
	return []netip.Addr{netip.MustParseAddr("93.184.216.34")}, nil
}

// To dials a test's server whatever the address.
func To(s *httptest.Server) func(ctx context.Context, network, address string) (net.Conn, error) {
	return func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, s.Listener.Addr().String())
	}
}
