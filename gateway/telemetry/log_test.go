package telemetry

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/slogtest"
	"time"

	"github.com/sockethub/sockethub/daemon/config"
)

// written returns what a Log with these options writes while f runs.
func written(t *testing.T, opts LogOptions, f func(*Log, *slog.Logger)) string {
	t.Helper()
	var out safeBuffer
	opts.Console = &out
	l := NewLog(opts)
	f(l, l.Logger())
	l.Close(time.Minute)
	return out.String()
}

func TestText(t *testing.T) {
	got := written(t, LogOptions{LogSettings: LogSettings{Level: slog.LevelInfo}}, func(_ *Log, log *slog.Logger) {
		log.Info("hello", "namespace", "server:core", "session", "abc", "words", "a b", "empty", "", "group", slog.GroupValue(slog.Int("n", 1)))
		log.With("namespace", "sockethub:platform:irc", "instance", 7).WithGroup("g").Warn("bad\nline \x1b[31m", "namespace", "inner")
		log.Debug("not shown")
		log.Error("no namespace")
	})
	want := `TIME info: sockethub:server:core hello session=abc words="a b" empty="" group.n=1
TIME warn: sockethub:platform:irc bad\nline \x1b[31m instance=7 g.namespace=inner
TIME error: sockethub no namespace
`
	if got = regexp.MustCompile(`(?m)^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d `).ReplaceAllString(got, "TIME "); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestColorIsForTerminals(t *testing.T) {
	say := func(_ *Log, log *slog.Logger) { log.Warn("x") }
	if got := written(t, LogOptions{Color: true}, say); !strings.Contains(got, "\x1b[33mwarn\x1b[39m: ") {
		t.Errorf("on a terminal: %q", got)
	}
	if got := written(t, LogOptions{}, say); strings.Contains(got, "\x1b") {
		t.Errorf("elsewhere: %q", got)
	}
	f, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if IsTerminal(f) {
		t.Errorf("%s is called a terminal", os.DevNull)
	}
}

func TestJSON(t *testing.T) {
	got := written(t, LogOptions{JSON: true}, func(_ *Log, log *slog.Logger) {
		log.With("namespace", "server:core", "session", "abc").Warn("hello", "n", 1, "age", 1500*time.Millisecond)
	})
	var line map[string]any
	if err := json.Unmarshal([]byte(got), &line); err != nil {
		t.Fatalf("%q: %v", got, err)
	}
	stamp, _ := line["timestamp"].(string)
	if at, err := time.Parse(time.RFC3339, stamp); err != nil || time.Since(at) > time.Hour || !strings.HasSuffix(stamp, "Z") {
		t.Errorf("timestamp %q: %v", stamp, err)
	}
	delete(line, "timestamp")
	if b, _ := json.Marshal(line); string(b) != `{"age":"1.5s","level":"warn","message":"hello","n":1,"namespace":"sockethub:server:core","session":"abc"}` {
		t.Errorf("got %s", b)
	}
}

// Every part of slog's contract holds for the line of a program's log.
func TestHandlerContract(t *testing.T) {
	var out safeBuffer
	l := NewLog(LogOptions{Console: &out, JSON: true})
	if err := slogtest.TestHandler(l.Logger().Handler(), func() []map[string]any {
		l.Close(time.Minute)
		var lines []map[string]any
		for line := range strings.Lines(out.String()) {
			m := map[string]any{}
			if err := json.Unmarshal([]byte(line), &m); err != nil {
				t.Fatalf("%q: %v", line, err)
			}
			for ours, theirs := range map[string]string{"timestamp": slog.TimeKey, "level": slog.LevelKey, "message": slog.MessageKey} {
				if v, ok := m[ours]; ok {
					delete(m, ours)
					m[theirs] = v
				}
			}
			lines = append(lines, m)
		}
		return lines
	}); err != nil {
		t.Error(err)
	}
}

func TestLevelsPerOutputAndNamespaces(t *testing.T) {
	file := filepath.Join(t.TempDir(), "log")
	got := written(t, LogOptions{LogSettings: LogSettings{
		Level: slog.LevelError, FileLevel: slog.LevelWarn, File: file, Debug: "sockethub*,-sockethub:engineio",
	}}, func(_ *Log, log *slog.Logger) {
		for _, namespace := range []string{"engineio", "server:core"} {
			log := log.With("namespace", namespace)
			log.Debug("debug")
			log.Info("info")
			log.Warn("warn")
			log.Error("error")
		}
	})
	if n := strings.Count(got, "engineio"); n != 1 {
		t.Errorf("engineio has %d lines on the console, want its error only:\n%s", n, got)
	}
	if n := strings.Count(got, "server:core"); n != 4 {
		t.Errorf("server:core has %d lines on the console, want all 4:\n%s", n, got)
	}
	text, err := os.ReadFile(file)
	if err != nil || strings.Count(string(text), "\n") != 4 || strings.Contains(string(text), `"info"`) {
		t.Errorf("the file has %v\n%s\nwant the warnings and errors of both", err, text)
	}
}

func TestNamespaces(t *testing.T) {
	tests := []struct {
		choice string
		yes    []string
		no     []string
	}{
		{"", nil, []string{"sockethub", ""}},
		{"*", []string{"sockethub", "x"}, nil},
		{"sockethub*,-sockethub:engineio", []string{"sockethub", "sockethub:server:core"}, []string{"sockethub:engineio", "other"}},
		{"sockethub*,-sockethub:engineio*", []string{"sockethub:queue"}, []string{"sockethub:engineio:session"}},
		{"sockethub:server:* sockethub:queue", []string{"sockethub:server:core", "sockethub:queue"}, []string{"sockethub:server", "sockethub:queues"}},
		{"*:core:*", []string{"a:core:b"}, []string{"a:core"}},
		{"a*b*c", []string{"abc", "axbxbc"}, []string{"ab", "acb"}},
		{"ab*ba", []string{"abba"}, []string{"aba"}},
		{"-sockethub", nil, []string{"sockethub", "x"}},
		{"express:*", nil, []string{"sockethub"}},
	}
	for _, tt := range tests {
		n := ParseNamespaces(tt.choice)
		for _, name := range tt.yes {
			if !n.Match(name) {
				t.Errorf("%q leaves %q out", tt.choice, name)
			}
		}
		for _, name := range tt.no {
			if n.Match(name) {
				t.Errorf("%q takes %q in", tt.choice, name)
			}
		}
	}
}

func FuzzNamespaces(f *testing.F) {
	f.Add("sockethub*,-sockethub:engineio", "sockethub:engineio")
	f.Fuzz(func(t *testing.T, choice, name string) {
		n := ParseNamespaces(choice)
		if n.Match(name) && n.Empty() {
			t.Errorf("%q is empty and matches %q", choice, name)
		}
	})
}

// Secrets are masked by their type, and by the name of the attribute should the
// type be forgotten.
func TestSecretsAreMasked(t *testing.T) {
	const secret = "hunter2"
	for _, opts := range []LogOptions{{JSON: true}, {}} {
		got := written(t, opts, func(_ *Log, log *slog.Logger) {
			log.Info("x", "url", config.Secret("redis://u:"+secret+"@h"), "password", secret, slog.Group("g", "Token", secret))
			log.With("credentials", secret).Info("y", "config", map[string]config.Secret{"a": secret})
		})
		if strings.Contains(got, secret) || !strings.Contains(got, "***@h") {
			t.Errorf("JSON %v:\n%s", opts.JSON, got)
		}
	}
}

func TestFileThatCannotBeWrittenIsAWarning(t *testing.T) {
	got := written(t, LogOptions{LogSettings: LogSettings{File: filepath.Join(t.TempDir(), "no", "where")}}, func(_ *Log, log *slog.Logger) {
		log.Info("goes on")
	})
	if !strings.Contains(got, "warn: sockethub:logger the log file cannot be written") || !strings.Contains(got, "goes on") {
		t.Errorf("got\n%s", got)
	}
}

// What logrotate does: the file is renamed, then the server is told.
func TestFileIsOpenedAnew(t *testing.T) {
	file := filepath.Join(t.TempDir(), "log")
	settings := LogSettings{File: file, FileLevel: slog.LevelInfo}
	l := NewLog(LogOptions{LogSettings: settings})
	log := l.Logger()
	log.Info("one")
	if err := os.Rename(file, file+".1"); err != nil {
		t.Fatal(err)
	}
	log.Info("two")
	l.Set(settings)
	log.Info("three")
	settings.FileLevel = slog.LevelError
	l.Set(settings)
	log.Info("four")
	l.Close(time.Minute)
	for name, want := range map[string]string{file + ".1": "one two", file: "three"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, m := range regexp.MustCompile(`"message":"(\w+)"`).FindAllStringSubmatch(string(text), -1) {
			got = append(got, m[1])
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s has %q, want %q", filepath.Base(name), got, want)
		}
	}
}

// However many loggers there are, one descriptor is open for the file.
func TestLoggersShareOneDescriptor(t *testing.T) {
	count := func() int {
		entries, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Skip("this system does not tell open descriptors")
		}
		return len(entries)
	}
	l := NewLog(LogOptions{LogSettings: LogSettings{File: filepath.Join(t.TempDir(), "log")}})
	defer l.Close(time.Minute)
	before := count()
	for range 200 {
		l.Logger().With("session", "x").Info("a connection")
	}
	if after := count(); after > before {
		t.Errorf("%d descriptors before 200 loggers, %d after", before, after)
	}
}

// A reader that does not read never holds whoever logs.
func TestSlowReaderDropsLines(t *testing.T) {
	r, w := io.Pipe()
	l := NewLog(LogOptions{Console: w})
	log := l.Logger()
	line := strings.Repeat("x", 1000)
	for range 2 * maxWaiting / len(line) {
		log.Info(line)
	}
	dropped := l.Dropped()
	if dropped == 0 {
		t.Fatal("nothing was dropped")
	}
	var kept int
	var reading sync.WaitGroup
	reading.Go(func() {
		text, _ := io.ReadAll(r)
		kept = strings.Count(string(text), "\n")
	})
	l.Close(time.Minute)
	w.Close()
	reading.Wait()
	if total := uint64(2 * maxWaiting / len(line)); uint64(kept)+dropped != total {
		t.Errorf("%d kept and %d dropped of %d", kept, dropped, total)
	}
	log.Info("after the end")
	if l.Dropped() != dropped+1 {
		t.Error("a line after Close is not counted as dropped")
	}
}

// Close does not wait for ever either.
func TestCloseGivesUp(t *testing.T) {
	_, w := io.Pipe()
	l := NewLog(LogOptions{Console: w})
	l.Logger().Info("nobody reads this")
	l.Close(time.Millisecond)
	w.CloseWithError(errors.New("gone")) // lets the goroutine end
	<-l.console.done
	if l.Dropped() != 1 {
		t.Errorf("%d lines dropped, want 1", l.Dropped())
	}
}

func TestForward(t *testing.T) {
	var got []Line
	written(t, LogOptions{
		LogSettings: LogSettings{Level: slog.LevelError},
		Forward:     func(l Line) { got = append(got, l) },
	}, func(_ *Log, log *slog.Logger) {
		log.With("namespace", "a").Debug("x", "secret", 1, "error", "not of an error")
		log.With("platform", "irc").Error("worker ended", "namespace", "b", "cause", "killed", "error", errors.New("e"), "session", "s", "stack", "main()")
		log.WithGroup("g").With("platform", "irc").Warn("y", "namespace", "c")
	})
	want := []Line{
		{slog.LevelDebug, "sockethub:a", "x", "", "", ""},
		{slog.LevelError, "sockethub:b", "worker ended", "irc", "killed: e", "main()"},
		{slog.LevelWarn, "sockethub", "y", "", "", ""},
	}
	if !slices.Equal(got, want) {
		t.Errorf("forwarded %+v\nwant %+v", got, want)
	}
}

func BenchmarkNotShown(b *testing.B) {
	l := NewLog(LogOptions{Console: io.Discard})
	defer l.Close(time.Minute)
	log := l.Logger().With("namespace", "server:core")
	b.ReportAllocs()
	for b.Loop() {
		log.Debug("event", "session", "abc")
	}
}

func BenchmarkText(b *testing.B) {
	l := NewLog(LogOptions{Console: io.Discard})
	defer l.Close(time.Minute)
	log := l.Logger().With("namespace", "server:core")
	b.ReportAllocs()
	for b.Loop() {
		log.Info("event", "session", "abc")
	}
}

// safeBuffer is a bytes.Buffer for several goroutines.
type safeBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
