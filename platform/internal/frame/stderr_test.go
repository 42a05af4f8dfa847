package frame

import (
	"bytes"
	"log/slog"
	"testing"
)

// What a platform logs arrives with its level, one line a record.
func TestStderr(t *testing.T) {
	var out bytes.Buffer
	log := slog.New(NewLogHandler(&out, slog.LevelInfo))
	log.Debug("below the level")
	log.Info("joined", "channel", "#nest", "of", 3)
	log.With("server", "irc.test").WithGroup("try").Warn("no answer\nyet", "n", 2, "msg", "x")
	log.Error("gone")
	want := "<6>joined channel=#nest of=3\n" +
		`<4>no answer\nyet server=irc.test try.n=2 try.msg=x` + "\n" +
		"<3>gone\n"
	if out.String() != want {
		t.Errorf("wrote %q, want %q", out.String(), want)
	}
}

func TestStderrLevel(t *testing.T) {
	tests := []struct {
		line  string
		level slog.Level
		text  string
	}{
		{"<7>a", slog.LevelDebug, "a"}, {"<6>a", slog.LevelInfo, "a"}, {"<5>a", slog.LevelInfo, "a"}, {"<4>a", slog.LevelWarn, "a"},
		{"<3>a", slog.LevelError, "a"}, {"<0>a", slog.LevelError, "a"}, {"<3>", slog.LevelError, ""},
		{"<8>a", slog.LevelInfo, "<8>a"}, {"<3a", slog.LevelInfo, "<3a"}, {"<b>a", slog.LevelInfo, "<b>a"}, {"", slog.LevelInfo, ""},
		{"panic: x", slog.LevelError, "panic: x"}, {"fatal error: all goroutines are asleep", slog.LevelError, "fatal error: all goroutines are asleep"},
	}
	for _, tt := range tests {
		if level, text := LogLevel([]byte(tt.line)); level != tt.level || string(text) != tt.text {
			t.Errorf("%q is %v %q, want %v %q", tt.line, level, text, tt.level, tt.text)
		}
	}
}
