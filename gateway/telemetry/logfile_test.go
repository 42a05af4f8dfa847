package telemetry

import (
	"os"
	"path/filepath"
	"testing"
)

// A file that has grown to its bound is put aside, and the one before it goes.
func TestLogFileIsBounded(t *testing.T) {
	name := filepath.Join(t.TempDir(), "log")
	if err := os.WriteFile(name, []byte("of before\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := openLogFile(name, 16)
	if err != nil {
		t.Fatal(err)
	}
	has := func(name, want string) {
		t.Helper()
		if text, err := os.ReadFile(name); err != nil || string(text) != want {
			t.Errorf("%s has %q, %v; want %q", filepath.Base(name), text, err, want)
		}
	}
	for _, line := range []string{"one\n", "two\n", "three\n", "four, a long line that is more by itself\n"} {
		if _, err := l.Write([]byte(line)); err != nil {
			t.Fatal(err)
		}
		switch line {
		case "one\n":
			has(name, "of before\none\n")
		case "two\n":
			has(name+".old", "of before\none\n")
			has(name, "two\n")
		}
	}
	has(name+".old", "two\nthree\n")
	has(name, "four, a long line that is more by itself\n")

	// Whoever has moved the file away has taken care of it.
	if err := os.Rename(name, name+".1"); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Write([]byte("five\n")); err != nil {
		t.Fatal(err)
	}
	has(name+".1", "four, a long line that is more by itself\nfive\n")
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}

	// A device has no bound.
	null, err := openLogFile(os.DevNull, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	if n, err := null.Write([]byte("nowhere\n")); n != 8 || err != nil || null.size >= 0 {
		t.Errorf("%d, %v, size %d", n, err, null.size)
	}
}
