package feeds

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/sockethub/sockethub/platform/webfetch"
	"github.com/sockethub/sockethub/platform/webfetch/fetchtest"
)

// TestField reads documents for faults that readers of feeds have met in the
// field: NAME.expect.json has the members that must be in the answer. A text of
// "matches /…/" is a regular expression.
func TestField(t *testing.T) {
	recorded := fetchtest.Recorded("testdata/field", "application/xml")
	server := fetchtest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/many-large.xml" {
			manyLarge(w)
			return
		}
		recorded(w, r)
	})
	p := newTestFeeds(t, webfetch.Options{AllowPrivate: true, Timeout: time.Minute})
	expectations, err := filepath.Glob("testdata/field/*.expect.json")
	if err != nil || len(expectations) == 0 {
		t.Fatal(len(expectations), err)
	}
	for _, file := range expectations {
		name := strings.TrimSuffix(filepath.Base(file), ".expect.json")
		t.Run(name, func(t *testing.T) {
			document := name + ".xml"
			for _, ending := range []string{".html", ".json"} {
				if _, err := os.Stat("testdata/field/" + name + ending); err == nil {
					document = name + ending
				}
			}
			answer := strings.ReplaceAll(ask(t.Context(), p, server.URL+"/"+document), server.URL, casesHost)
			var want, got any
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(text, &want); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal([]byte(answer), &got); err != nil {
				t.Fatal(answer)
			}
			if lack := lacks(want, got, ""); lack != "" {
				t.Errorf("%s\nin %.2000s", lack, answer)
			}
		})
	}
}

// lacks says what of want is not in got; "" for nothing.
func lacks(want, got any, path string) string {
	switch want := want.(type) {
	case map[string]any:
		have, _ := got.(map[string]any)
		for name, value := range want {
			if lack := lacks(value, have[name], path+"/"+name); lack != "" {
				return lack
			}
		}
		return ""
	case []any:
		have, _ := got.([]any)
		if len(have) != len(want) {
			return fmt.Sprintf("%s has %d entries, not %d", path, len(have), len(want))
		}
		for i, value := range want {
			if lack := lacks(value, have[i], fmt.Sprint(path, "/", i)); lack != "" {
				return lack
			}
		}
		return ""
	case string:
		if pattern, ok := strings.CutPrefix(want, "matches /"); ok {
			if text, _ := got.(string); regexp.MustCompile(strings.TrimSuffix(pattern, "/")).MatchString(text) {
				return ""
			}
		}
	}
	if reflect.DeepEqual(want, got) {
		return ""
	}
	return fmt.Sprintf("%s is %q, not %q", path, got, want)
}

// manyLarge writes a feed of 300 entries of 11 KB, the newest first.
func manyLarge(w io.Writer) {
	text := strings.Repeat("Low water at the weir. ", 11_000/23)
	io.WriteString(w, "<rss><channel><title>Reed Bed</title>")
	for i := range 300 {
		at := date{ms: int64(300-i) * 86_400_000}
		fmt.Fprintf(w, "<item><title>%d</title><link>https://reed.example/%d</link><pubDate>%s</pubDate><description>%s</description></item>", i, i, at.iso(), text)
	}
	io.WriteString(w, "</channel></rss>")
}
