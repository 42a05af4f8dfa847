package feeds

import (
	"context"
	"flag"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/webfetch"
	"github.com/sockethub/sockethub/platform/webfetch/fetchtest"
)

var update = flag.Bool("update", false, "rewrite what we expect where the reference falls short")

// casesHost stands for the server in the recorded cases.
const casesHost = "https://cases.test"

// serveCase answers as the recorded server did.
var serveCase = fetchtest.Recorded("testdata/cases", "application/xml")

// TestCases compares each document in testdata/cases with the answer of the
// reference server; see README.md there.
func TestCases(t *testing.T) {
	files, err := filepath.Glob("testdata/cases/*.expect.json")
	if err != nil || len(files) != 99 {
		t.Fatal(len(files), "cases", err)
	}
	server := fetchtest.Serve(t, serveCase)
	p := newTestFeeds(t, webfetch.Options{AllowPrivate: true, Timeout: time.Minute})
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".expect.json")
		t.Run(name, func(t *testing.T) {
			fetchtest.Compare(t, "testdata/cases", name, answer(t, p, server.URL, name), *update, nil)
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
		answer := strings.ReplaceAll(ask(t.Context(), p, server.URL+"/"+file), server.URL, casesHost)
		fetchtest.Equal(t, "testdata/ours/"+strings.TrimSuffix(file, filepath.Ext(file))+".want.json", answer, *update)
	}
}

// TestOddDocuments reads what people and their programs write.
func TestOddDocuments(t *testing.T) {
	fetchtest.Table(t, "testdata/odd.txt", *update, func(in string) string {
		text := decode([]byte(in), "")
		f, s, err := parse(t.Context(), text, somewhere)
		switch {
		case err != nil && s != nil && s.isPage(""):
			return "a web page"
		case err != nil:
			return strings.TrimSpace(failure(err, somewhere.String()).Error())
		}
		d := document{feed: f}
		lines := []string{string(activity.AppendJSON(nil, d.actor(somewhere.String())))}
		for _, i := range d.feed.items {
			lines = append(lines, string(activity.AppendJSON(nil, i.object(&members{}, somewhere.String()))))
		}
		return strings.Join(lines, "\n")
	})
}

// answer is what a client gets for a case.
func answer(t *testing.T, p *feeds, server, name string) string {
	t.Helper()
	file := name + ".xml"
	if _, err := os.Stat("testdata/cases/" + file); err != nil {
		file = name + ".json"
	}
	request := fetchtest.Message(server+"/"+file, "feed")
	request.Set("id", "case-1")
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
	result, failure := fetchtest.Do(context.Background(), p, request)
	if failure != "" {
		result = activity.NewObject(activity.Member{Name: "error", Value: failure})
	}
	return strings.ReplaceAll(string(activity.AppendJSON(nil, result)), server, casesHost)
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
