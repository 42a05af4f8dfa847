package feeds

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
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

// TestCases compares each document in testdata/cases with the answer of the
// reference server. Where that shows a weakness (README.md there) a file
// NAME.ours.json beside it holds our answer, which must be met in every member.
func TestCases(t *testing.T) {
	files, err := filepath.Glob("testdata/cases/*.expect.json")
	if err != nil || len(files) == 0 {
		t.Fatal("no cases", err)
	}
	server := httptest.NewServer(http.HandlerFunc(serveCase))
	defer server.Close()
	p := newTestFeeds(t, webfetch.Options{AllowPrivate: true, Timeout: time.Minute})
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".expect.json")
		t.Run(name, func(t *testing.T) {
			got := answer(t, p, server.URL, name)
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
			if path := missing(want, got, ""); path != "" {
				t.Errorf("answer to %s differs at %s:\n%s\nwant\n%s", name, path, pretty(got), pretty(want))
			}
		})
	}
}

// TestOurs reads documents of our own in formats that the reference does not
// read, or with what it leaves out. NAME.want.json is the answer.
func TestOurs(t *testing.T) {
	server := httptest.NewServer(http.FileServer(http.Dir("testdata/ours")))
	defer server.Close()
	p := newTestFeeds(t, webfetch.Options{AllowPrivate: true, Timeout: time.Minute})
	for _, file := range []string{"atom03.xml", "atom-full.xml", "rss10-sequence.xml", "rss090.xml", "json-full.json", "podcast-full.xml"} {
		var got any
		answer := strings.ReplaceAll(ask(t.Context(), p, server.URL+"/"+file), server.URL, casesHost)
		if err := json.Unmarshal([]byte(answer), &got); err != nil {
			t.Errorf("%s: %s", file, answer)
			continue
		}
		want := "testdata/ours/" + strings.TrimSuffix(file, filepath.Ext(file)) + ".want.json"
		if *update {
			writeJSON(t, want, got)
		}
		if want := readJSON(t, want); !reflect.DeepEqual(got, want) {
			t.Errorf("answer to %s:\n%s\nwant\n%s", file, pretty(got), pretty(want))
		}
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
	}{Status: 200, Headers: map[string]string{"content-type": "application/xml"}}
	if data, err := os.ReadFile("testdata/cases/" + strings.TrimSuffix(name, filepath.Ext(name)) + ".headers.json"); err == nil {
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
	if head.Status != 304 && head.Status != 204 {
		w.Write(body)
	}
}

// answer is what a client gets for a case, as decoded JSON.
func answer(t *testing.T, p *feeds, server, name string) any {
	t.Helper()
	file := name + ".xml"
	if _, err := os.Stat("testdata/cases/" + file); err != nil {
		file = name + ".json"
	}
	request := activity.NewObject(
		activity.Member{Name: "id", Value: "case-1"},
		activity.Member{Name: "type", Value: "fetch"},
		activity.Member{Name: "actor", Value: activity.NewObject(
			activity.Member{Name: "id", Value: server + "/" + file}, activity.Member{Name: "type", Value: "feed"})},
	)
	if data, err := os.ReadFile("testdata/cases/" + name + ".request.json"); err == nil {
		more, err := activity.ParseObject(data)
		if err != nil {
			t.Fatal(err)
		}
		for i := range more.Len() {
			name, value := more.Member(i)
			if value == nil {
				request.Delete(name)
			} else {
				request.Set(name, value)
			}
		}
	}
	var out []byte
	result, err := p.Do(context.Background(), platform.Job{Activity: request})
	if err != nil {
		out = activity.AppendJSON(nil, activity.NewObject(activity.Member{Name: "error", Value: clientText(err)}))
	} else {
		out = activity.AppendJSON(nil, result)
	}
	var v any
	if err := json.Unmarshal([]byte(strings.ReplaceAll(string(out), server, casesHost)), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// clientText is what the platform's host makes of an error.
func clientText(err error) string {
	var plain platform.Plain
	if errors.As(err, &plain) {
		return err.Error()
	}
	return "Error: " + err.Error()
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
			if p := missing(v, have[i], path+"/"+string(rune('0'+i%10))); p != "" {
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

func newTestFeeds(t testing.TB, o webfetch.Options) *feeds {
	t.Helper()
	o.Log = slog.New(slog.DiscardHandler)
	if o.Timeout == 0 {
		o.Timeout = webfetch.DefaultTimeout
	}
	p, err := newFeeds(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Stop(context.Background()) })
	return p
}
