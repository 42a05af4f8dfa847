package dav

import (
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/sockethub/sockethub/platform/webfetch"
)

func mustParse(t testing.TB, text string) *url.URL {
	t.Helper()
	u, err := webfetch.ParseURL(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestKey(t *testing.T) {
	tests := []struct {
		a, b string
		same bool
	}{
		{"https://x.test/a%40b/", "https://x.test/a@b", true},
		{"https://X.test:443/%7Ea", "https://x.test/~a/", true},
		{"https://x.test/a%2fb", "https://x.test/a/b", false},
		{"https://x.test/a%2fb", "https://x.test/a%2Fb", true},
		{"https://x.test/a%2540b", "https://x.test/a%40b", false},
		{"https://x.test/%c3%a9", "https://x.test/é", true},
		{"https://x.test/a%20b", "https://x.test/a b", true},
		{"https://x.test/", "https://x.test", true},
		{"https://x.test/a", "http://x.test/a", false},
	}
	for _, tt := range tests {
		if got := Key(mustParse(t, tt.a)) == Key(mustParse(t, tt.b)); got != tt.same {
			t.Errorf("%s and %s: %v", tt.a, tt.b, got)
		}
	}
}

func TestMember(t *testing.T) {
	c := &Collection{URL: mustParse(t, "https://x.test/dav/c%40l/")}
	tests := map[string]bool{
		"https://x.test/dav/c@l/e.ics":          true,
		"https://x.test/dav/c%40l/sub/e.ics":    true,
		"https://x.test/dav/c@l/a%2540b.ics":    true,
		"https://x.test/dav/c@l/100%25.ics":     true,
		"https://x.test/dav/c@l/":               false,
		"https://x.test/dav/c@le.ics":           false,
		"https://x.test/dav/c@l/../e.ics":       false,
		"https://x.test/dav/c@l/%2e%2e/e.ics":   false,
		"https://x.test/dav/c@l/%252e%252e/e":   false,
		"https://x.test/dav/c@l/%25252e%252e/e": false,
		"https://x.test/dav/c@l/a%2fb.ics":      false,
		"https://x.test/dav/c@l/a%252fb.ics":    false,
		"https://x.test/dav/c@l/a%5Cb.ics":      false,
		"https://x.test/dav/c@l/e.ics?x":        false,
		"https://x.test/dav/c@l/e.ics#x":        false,
		"https://y.test/dav/c@l/e.ics":          false,
		"http://x.test/dav/c@l/e.ics":           false,
		"https://ann:p@x.test/dav/c@l/e.ics":    false,
		"nope":                                  false,
	}
	for id, want := range tests {
		if _, err := member(c.URL, id); (err == nil) != want {
			t.Errorf("%s: %v", id, err)
		}
	}
}

// Names of new resources are those of the reference server, but for UIDs that it
// refuses.
func TestNew(t *testing.T) {
	s := open(t, CalDAV, "https://x.test/", Options{})
	c := &Collection{URL: mustParse(t, "https://x.test/c%40l")}
	tests := map[string]string{
		"spec-1@x":             "https://x.test/c%40l/spec-1%40x.ics",
		"a b@c é:?#&+;,'()*!~": "https://x.test/c%40l/a%20b%40c%20%C3%A9%3A%3F%23%26%2B%3B%2C'()*!~.ics",
		"a/b":                  "https://x.test/c%40l/c14cddc033f64b9dea80ea675cf280a0.ics",
	}
	if got := s.New(c, "..").String(); strings.Contains(got, "..") {
		t.Errorf("dots alone: %s", got)
	}
	for uid, want := range tests {
		got := s.New(c, uid)
		if got.String() != want {
			t.Errorf("%q: %s, want %s", uid, got, want)
		}
		if _, err := member(c.URL, got.String()); err != nil {
			t.Errorf("%q: %s is no member: %v", uid, got, err)
		}
	}
}

// Paths that are taken as they are mean the same as if they were read.
func TestPlainPaths(t *testing.T) {
	base, err := url.Parse("https://dav.example:8443/ann/work/")
	if err != nil {
		t.Fatal(err)
	}
	plain := 0
	for _, href := range []string{
		"/", "/a", "/ann/work/1.ics", "/ann/a@b.example/x~y_z-1.ics", "/a/", "/a.b/c",
		"", "a.ics", "//other.example/a", "/a//b", "/a/../b", "/a/./b", "/.hidden", "/a%20b", "/a b", "/ä", "/a?b", "/a#b", "/a\\b", "/a:b", "/a\n", "https://dav.example/a",
	} {
		if !isPlain(href) {
			continue
		}
		plain++
		got, _ := resolve(base, href)
		want, err := webfetch.Resolve(base, href)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q became %#v, want %#v, %v", href, got, want, err)
		}
	}
	if plain != 6 {
		t.Errorf("%d are plain, want the first six", plain)
	}
}
