package redis_test

import (
	"context"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	redigo "github.com/gomodule/redigo/redis"
)

// What is on Redis is what the package's documentation says: the keys, their
// types, and that all of them end by themselves.
func TestKeysAreThoseOfTheDocumentation(t *testing.T) {
	t.Parallel()
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	type row struct {
		pattern *regexp.Regexp
		kind    string
		seen    bool
	}
	var rows []*row
	for _, m := range regexp.MustCompile(`(?m)^//\t(sockethub:\S+) +(list|hash|string|set) `).FindAllStringSubmatch(string(doc), -1) {
		pattern := regexp.MustCompile(`\b[A-Z]+\b`).ReplaceAllString(m[1], `.+`)
		rows = append(rows, &row{pattern: regexp.MustCompile("^" + pattern + "$"), kind: m[2]})
	}
	if len(rows) < 5 {
		t.Fatalf("found %d keys in the documentation", len(rows))
	}

	r := startRedis(t)
	s := r.open()
	defer s.Close(context.Background())
	ctx := t.Context()
	mustPush(t, s, job("irc", "waiting"), 0)
	mustPush(t, s, job("feeds", "claimed"), 1)
	if err := s.Credentials().Put(ctx, alice, "irc", "al", []byte("secret")); err != nil {
		t.Error(err)
	}
	if _, err := s.Replay().Begin(ctx, "request-one", [32]byte{1}, time.Minute); err != nil {
		t.Error(err)
	}
	if _, err := s.Limiter().Count(ctx, "203.0.113.9", time.Minute); err != nil {
		t.Error(err)
	}
	c := r.connect()
	defer c.Close()
	for _, key := range r.keys() {
		kind, err := redigo.String(c.Do("TYPE", key))
		if err != nil {
			t.Fatal(err)
		}
		documented := false
		for _, row := range rows {
			if row.kind == kind && row.pattern.MatchString(key) {
				row.seen, documented = true, true
			}
		}
		if !documented {
			t.Errorf("the documentation knows nothing of %s, a %s", key, kind)
		}
		if left, err := redigo.Int(c.Do("PTTL", key)); err != nil || left <= 0 {
			t.Errorf("%s has no time to live: %d, %v", key, left, err)
		}
		if strings.Contains(key, alice.ID) || strings.Contains(key, "request-one") {
			t.Errorf("%s tells whose it is", key)
		}
	}
	for _, row := range rows {
		if !row.seen {
			t.Errorf("nothing is kept under %s", row.pattern)
		}
	}
}
