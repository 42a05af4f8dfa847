package metadata

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sockethub/server/activity"
	"github.com/sockethub/server/platform"
	"github.com/sockethub/server/platform/webfetch"
)

var update = flag.Bool("update", false, "rewrite what we expect where the reference falls short")

// casesHost stands for the server in the recorded cases.
const casesHost = "https://cases.test"

// guessed are the cases in which the reference guesses the encoding, so that
// what it calls it says nothing.
var guessed = []string{"blank-body", "charset-header-only-latin1", "charset-none-ascii", "charset-none-utf8", "charset-not-first-meta",
	"charset-not-first-meta-latin1", "charset-utf16le-bom", "content-type-plain", "content-type-xml", "fragment", "title-only"}

// TestCases compares the answer to each page in testdata/cases with that of the
// reference server. Where that shows a weakness (README.md there) a file
// NAME.ours.json beside it holds our answer, which must be met in every member.
func TestCases(t *testing.T) {
	files, err := filepath.Glob("testdata/cases/*.expect.json")
	if err != nil || len(files) != 131 {
		t.Fatal(len(files), "cases", err)
	}
	server := httptest.NewServer(http.HandlerFunc(serveCase))
	defer server.Close()
	p := newTest(t, settings{})
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".expect.json")
		t.Run(name, func(t *testing.T) {
			got := caseAnswer(t, p, server.URL, name)
			ours := "testdata/cases/" + name + ".ours.json"
			if _, err := os.Stat(ours); err == nil {
				if *update {
					writeJSON(t, ours, got)
				}
				if want := readJSON(t, ours); !reflect.DeepEqual(got, want) {
					t.Errorf("answer to %s:\n%s\nwant\n%s", name, pretty(got), pretty(want))
				}
				return
			}
			want := readJSON(t, file)
			if slices.Contains(guessed, name) {
				delete(want.(map[string]any)["object"].(map[string]any), "charset")
			}
			if path := missing(want, got, ""); path != "" {
				t.Errorf("answer to %s differs at %s:\n%s\nwant\n%s", name, path, pretty(got), pretty(want))
			}
		})
	}
}

// serveCase answers as the recorded server did.
func serveCase(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, "/")
	body, err := os.ReadFile("testdata/cases/" + name)
	if err != nil {
		http.NotFound(w, r)
		return
	}
	head := struct {
		Status  int
		Headers map[string]string
	}{Status: 200, Headers: map[string]string{"content-type": "text/html"}}
	if data, err := os.ReadFile("testdata/cases/" + strings.TrimSuffix(name, ".html") + ".headers.json"); err == nil {
		head.Headers = nil
		if err := json.Unmarshal(data, &head); err != nil {
			panic(err)
		}
	}
	w.Header()["Content-Type"] = nil
	for k, v := range head.Headers {
		w.Header().Set(k, v)
	}
	w.WriteHeader(head.Status)
	if head.Status != 304 {
		w.Write(body)
	}
}

// caseAnswer is what a client gets for a case, as decoded JSON.
func caseAnswer(t *testing.T, p *metadata, server, name string) any {
	t.Helper()
	actor := activity.NewObject(
		activity.Member{Name: "id", Value: server + "/" + name + ".html"}, activity.Member{Name: "type", Value: "website"})
	request := activity.NewObject(
		activity.Member{Name: "@context", Value: activity.Canonical(ContextURL)},
		activity.Member{Name: "id", Value: "case-1"},
		activity.Member{Name: "type", Value: "fetch"},
		activity.Member{Name: "actor", Value: actor},
	)
	if data, err := os.ReadFile("testdata/cases/" + name + ".request.json"); err == nil {
		more, err := activity.ParseObject(data)
		if err != nil {
			t.Fatal(err)
		}
		for i := range more.Len() {
			switch name, value := more.Member(i); {
			case name == "query":
				actor.Set("id", actor.Text("id")+value.(string))
			case name == "actor":
				for i := range value.(*activity.Object).Len() {
					actor.Set(value.(*activity.Object).Member(i))
				}
			case value == nil:
				request.Delete(name)
			default:
				request.Set(name, value)
			}
		}
	}
	return decoded(t, strings.NewReplacer(server, casesHost, `"127.0.0.1"`, `"cases.test"`).Replace(do(context.Background(), p, request)))
}

func decoded(t *testing.T, answer string) (v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(answer), &v); err != nil {
		t.Fatalf("%s: %v", answer, err)
	}
	return v
}

// do does a job and returns its result in JSON; an error as {"error":"…"}.
func do(ctx context.Context, p *metadata, request *activity.Object) string {
	result, err := p.Do(ctx, platform.Job{Activity: request})
	if err != nil {
		text := "Error: " + err.Error()
		if plain := platform.Plain(""); errors.As(err, &plain) {
			text = err.Error()
		}
		result = activity.NewObject(activity.Member{Name: "error", Value: text})
	}
	return string(activity.AppendJSON(nil, result))
}

// ask does a job for an address and returns its result in JSON.
func ask(ctx context.Context, p *metadata, url string) string {
	return do(ctx, p, activity.NewObject(activity.Member{Name: "id", Value: "1"}, activity.Member{Name: "type", Value: "fetch"},
		activity.Member{Name: "actor", Value: activity.NewObject(
			activity.Member{Name: "id", Value: url}, activity.Member{Name: "type", Value: "website"})}))
}

// missing returns the path of something in want that got has not, "" for none:
// objects may have members more, lists must be of one length.
func missing(want, got any, path string) string {
	switch want := want.(type) {
	case map[string]any:
		have, ok := got.(map[string]any)
		if !ok {
			return path + "/"
		}
		for k, v := range want {
			if p := missing(v, have[k], path+"/"+k); p != "" {
				return p
			}
		}
		return ""
	case []any:
		have, ok := got.([]any)
		if !ok || len(have) != len(want) {
			return path + "/"
		}
		for i, v := range want {
			if p := missing(v, have[i], path+"/-"); p != "" {
				return p
			}
		}
		return ""
	}
	if !reflect.DeepEqual(want, got) {
		return path
	}
	return ""
}

func readJSON(t *testing.T, file string) (v any) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return v
}

func writeJSON(t *testing.T, file string, v any) {
	t.Helper()
	if err := os.WriteFile(file, []byte(pretty(v)+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
}

func pretty(v any) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	if err := e.Encode(v); err != nil {
		return err.Error()
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// newTest returns a platform that may fetch from the loopback, and has time.
func newTest(t testing.TB, s settings) *metadata {
	t.Helper()
	s.fetching = webfetch.Options{AllowPrivate: true, Timeout: time.Minute}
	p, err := newMetadata(s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Stop(context.Background()) })
	return p
}
