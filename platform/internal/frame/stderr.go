package frame

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"strings"
	"sync"
)

// A worker's standard error is log, a line each. A line may begin with its
// level in the form that systemd reads too (sd-daemon(3)): "<7>" debug, "<6>"
// info, "<4>" warning, "<3>" error.
var logLevels = []struct {
	digit byte
	level slog.Level
}{{'7', slog.LevelDebug}, {'6', slog.LevelInfo}, {'4', slog.LevelWarn}, {'3', slog.LevelError}}

// LogLevel splits a line into its level and its text. Without a level it is
// information, unless it tells of the end of a Go program.
func LogLevel(line []byte) (slog.Level, []byte) {
	if len(line) > 2 && line[0] == '<' && line[2] == '>' {
		switch d := line[1]; {
		case d >= '0' && d <= '3':
			return slog.LevelError, line[3:]
		case d == '4':
			return slog.LevelWarn, line[3:]
		case d == '5' || d == '6':
			return slog.LevelInfo, line[3:]
		case d == '7':
			return slog.LevelDebug, line[3:]
		}
	}
	if bytes.HasPrefix(line, []byte("panic: ")) || bytes.HasPrefix(line, []byte("fatal error: ")) {
		return slog.LevelError, line
	}
	return slog.LevelInfo, line
}

// logHandler writes records as such lines: "<4>reconnecting in=8s\n".
type logHandler struct {
	attrs slog.Handler // writes the attributes into out.line
	out   *logLine
}

// stderrLine is what all handlers of a worker share.
type logLine struct {
	mu   sync.Mutex // guards line and the order of writes
	w    io.Writer
	line []byte
}

// Write takes the attributes of a record; Handle holds mu.
func (l *logLine) Write(attrs []byte) (int, error) {
	if attrs = bytes.TrimRight(attrs, "\n"); len(attrs) > 0 {
		l.line = append(append(l.line, ' '), attrs...)
	}
	return len(attrs), nil
}

func NewLogHandler(w io.Writer, level slog.Leveler) slog.Handler {
	out := &logLine{w: w}
	return &logHandler{out: out, attrs: slog.NewTextHandler(out, &slog.HandlerOptions{
		Level: level,
		ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
			if len(groups) == 0 && (a.Key == slog.TimeKey || a.Key == slog.LevelKey || a.Key == slog.MessageKey) {
				return slog.Attr{}
			}
			return a
		},
	})}
}

func (h *logHandler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.attrs.Enabled(ctx, level)
}

func (h *logHandler) Handle(ctx context.Context, r slog.Record) error {
	digit := byte('7')
	for _, l := range logLevels {
		if r.Level >= l.level {
			digit = l.digit
		}
	}
	h.out.mu.Lock()
	defer h.out.mu.Unlock()
	h.out.line = append(h.out.line[:0], '<', digit, '>')
	h.out.line = append(h.out.line, oneLine.Replace(r.Message)...)
	if err := h.attrs.Handle(ctx, r); err != nil {
		return err
	}
	_, err := h.out.w.Write(append(h.out.line, '\n'))
	return err
}

var oneLine = strings.NewReplacer("\n", `\n`, "\r", `\r`)

func (h *logHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &logHandler{h.attrs.WithAttrs(attrs), h.out}
}

func (h *logHandler) WithGroup(name string) slog.Handler {
	return &logHandler{h.attrs.WithGroup(name), h.out}
}

// ParseLevel reads the level names of the config; anything else is "info".
func ParseLevel(name string) slog.Level {
	switch name {
	case "debug", "silly", "verbose":
		return slog.LevelDebug
	case "warn":
		return slog.LevelWarn
	case "error":
		return slog.LevelError
	}
	return slog.LevelInfo
}
