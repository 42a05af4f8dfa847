package davtest

import (
	"bufio"
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"reflect"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform"
)

//go:embed testdata/faults.jsonl
var faults []byte

// faultCase is what servers do in the field, and what a platform must make of it.
type faultCase struct {
	ID, About, Platform string
	Serve               []struct {
		M, P, Depth, Report string
		WithToken           bool
		Needs               map[string]string
		Times               int
		Status              int
		Headers             map[string]string
		Body                string
	}
	Docs     map[string]Doc
	Service  string
	Do       []map[string]any
	Expect   []faultExpect
	Requests map[string]int
	Put      string
	PutNot   string
	PathNot  string
	Other    *int32
}

type faultExpect struct {
	OK             bool
	Error          string
	Current        map[string]any
	Object         map[string]any
	Items          *int
	First          map[string]any
	Some           map[string]any
	Each           map[string]any
	All            []string
	Errors         *int
	NoErrors       bool
	ItemsAndErrors *int
	Full           *bool
	Removed        *int
	Truncated      *bool
	MaxBytes       int
}

// Config is packageConfig for servers on the loopback.
const Config = `{"allowPrivateAddresses":true,"allowInsecureHttp":true}`

// RunFaults runs the cases of testdata/faults.jsonl that are for a platform; open
// makes it, with Config.
func RunFaults(t *testing.T, name string, open func(t *testing.T) platform.Platform) {
	lines := bufio.NewScanner(bytes.NewReader(faults))
	lines.Buffer(nil, 1<<20)
	n := 0
	for lines.Scan() {
		var c faultCase
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		if c.Platform != name {
			continue
		}
		n++
		t.Run(c.ID, func(t *testing.T) { c.run(t, open(t)) })
	}
	if n == 0 {
		t.Error("there are no cases for " + name)
	}
}

func (c *faultCase) run(t *testing.T, p platform.Platform) {
	var asked atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		w.WriteHeader(http.StatusNotFound)
	}))
	defer other.Close()
	s := New(t)
	fill := func(text string) string {
		text = strings.NewReplacer("{{ORIGIN}}", s.URL, "{{OTHER}}", other.URL).Replace(text)
		return regexp.MustCompile(`\{\{FILL:(\d+)\}\}`).ReplaceAllStringFunc(text, func(m string) string {
			var n int
			_ = json.Unmarshal([]byte(m[7:len(m)-2]), &n)
			return strings.Repeat("A", n)
		})
	}
	for path, d := range c.Docs {
		s.Docs[path] = Doc{d.ETag, fill(d.Data)}
	}
	for _, f := range c.Serve {
		header := map[string]string{}
		for name, value := range f.Headers {
			header[name] = fill(value)
		}
		s.Faults = append(s.Faults, Fault{
			Method: f.M, Path: f.P, Depth: f.Depth, Report: f.Report, WithToken: f.WithToken, Needs: f.Needs, Times: f.Times,
			Status: f.Status, Header: header, Body: fill(f.Body),
		})
	}
	service := c.Service
	if service == "" {
		service = "/dav/"
	}
	token := ""
	for i, message := range c.Do {
		result, failure := Do(t.Context(), p, c.Platform, s.URL+service, c.message(message, s.URL, token))
		if t := result.Text("syncToken"); t != "" {
			token = t
		}
		c.Expect[i].check(t, fill, result, failure)
	}
	c.checkRequests(t, s, asked.Load())
}

// message makes a message of a case: its paths become addresses.
func (c *faultCase) message(m map[string]any, origin, token string) *activity.Object {
	kind := map[string]string{"caldav": "calendar", "carddav": "addressBook"}[c.Platform]
	absolute := func(path string) string {
		path = strings.ReplaceAll(path, "{{ORIGIN}}", origin)
		if strings.HasPrefix(path, "/") {
			return origin + path
		}
		return path
	}
	if target, ok := m["target"].(string); ok {
		m["target"] = map[string]any{"id": absolute(target), "type": kind}
	}
	if o, ok := m["object"].(map[string]any); ok {
		if id, ok := o["id"].(string); ok {
			o["id"] = absolute(id)
		}
		if o["syncToken"] == "{{TOKEN}}" {
			o["syncToken"] = token
		}
	}
	text, _ := json.Marshal(m)
	o, err := activity.ParseObject(text)
	if err != nil {
		panic(err)
	}
	return o
}

// Do does a message with the credentials of ann, and returns what a client gets.
func Do(ctx context.Context, p platform.Platform, name, service string, message *activity.Object) (result *activity.Object, failure string) {
	if message.Get("actor") == nil {
		message.Set("actor", activity.NewObject(activity.Member{Name: "id", Value: name + ":ann"}, activity.Member{Name: "type", Value: "person"}))
	}
	result, err := p.Do(ctx, platform.Job{Activity: message, Credentials: Credentials(service, "ann", "secret-1")})
	return result, ErrorText(err)
}

// Credentials are stored credentials with a password.
func Credentials(url, user, password string) *activity.Object {
	return activity.NewObject(activity.Member{Name: "type", Value: "credentials"}, activity.Member{Name: "object", Value: activity.NewObject(
		activity.Member{Name: "type", Value: "credentials"}, activity.Member{Name: "url", Value: url},
		activity.Member{Name: "username", Value: user}, activity.Member{Name: "password", Value: password})})
}

// ErrorText is what a client reads of an error, "" for none.
func ErrorText(err error) string {
	var plain platform.Plain
	switch {
	case err == nil:
		return ""
	case errors.As(err, &plain):
		return err.Error()
	}
	return "Error: " + err.Error()
}

func (e *faultExpect) check(t *testing.T, fill func(string) string, o *activity.Object, failure string) {
	t.Helper()
	text := activity.AppendJSON(nil, o)
	bad := func(what string, want any) { t.Errorf("%s is not %v: %s, error %q", what, want, text, failure) }
	var result map[string]any
	_ = json.Unmarshal(text, &result)
	if e.Error != "" {
		if !strings.HasPrefix(failure, e.Error) {
			bad("error", e.Error)
		}
		if e.Current != nil && !has(result["current"], e.Current, fill) {
			bad("current", e.Current)
		}
		return
	}
	if failure != "" {
		bad("error", "empty")
		return
	}
	items, _ := result["items"].([]any)
	errors, _ := result["errors"].([]any)
	removed, _ := result["removed"].([]any)
	count := func(what string, got int, want *int) {
		if want != nil && got != *want {
			bad(what, *want)
		}
	}
	count("number of items", len(items), e.Items)
	count("number of errors", len(errors), e.Errors)
	count("number of both", len(items)+len(errors), e.ItemsAndErrors)
	count("number of removed", len(removed), e.Removed)
	if total, ok := result["totalItems"].(float64); e.Items != nil && (!ok || int(total) != *e.Items) {
		bad("totalItems", *e.Items)
	}
	if e.NoErrors && errors != nil {
		bad("errors", "empty")
	}
	if e.Object != nil && !has(result["object"], e.Object, fill) {
		bad("object", e.Object)
	}
	if e.First != nil && (len(items) == 0 || !has(items[0], e.First, fill)) {
		bad("first", e.First)
	}
	some := e.Some == nil
	for _, item := range items {
		some = some || has(item, e.Some, fill)
		if e.Each != nil && !has(item, e.Each, fill) {
			bad("each", e.Each)
		}
		for _, name := range e.All {
			if item.(map[string]any)[name] == nil {
				bad("all", name)
			}
		}
	}
	if !some {
		bad("some", e.Some)
	}
	for name, want := range map[string]*bool{"full": e.Full, "truncated": e.Truncated} {
		if got, _ := result[name].(bool); want != nil && got != *want {
			bad(name, *want)
		}
	}
	if e.MaxBytes > 0 && len(text) > e.MaxBytes {
		t.Errorf("%d bytes, more than %d", len(text), e.MaxBytes)
	}
}

// has reports whether a value has the members of want, at least.
func has(v any, want map[string]any, fill func(string) string) bool {
	o, ok := v.(map[string]any)
	if !ok {
		return false
	}
	for name, value := range want {
		text, _ := json.Marshal(value)
		_ = json.Unmarshal([]byte(fill(string(text))), &value)
		if !reflect.DeepEqual(o[name], value) {
			return false
		}
	}
	return true
}

func (c *faultCase) checkRequests(t *testing.T, s *Server, asked int32) {
	t.Helper()
	counts := map[string]int{}
	bodies, paths := "", ""
	for _, r := range s.Requests() {
		counts[r.Method]++
		paths += r.Path + "\n"
		if r.Method == http.MethodPut {
			bodies += regexp.MustCompile(`\r?\n[ \t]`).ReplaceAllString(r.Body, "")
		}
	}
	for method, want := range c.Requests {
		if counts[method] != want {
			t.Errorf("%d %s requests, want %d", counts[method], method, want)
		}
	}
	for _, rule := range []struct {
		pattern, text string
		want          bool
	}{{c.Put, bodies, true}, {c.PutNot, bodies, false}, {c.PathNot, paths, false}} {
		if rule.pattern != "" && regexp.MustCompile(rule.pattern).MatchString(rule.text) != rule.want {
			t.Errorf("%q in %q: want %v", rule.pattern, rule.text, rule.want)
		}
	}
	if c.Other != nil && asked != *c.Other {
		t.Errorf("the other server was asked %d times, want %d", asked, *c.Other)
	}
}
