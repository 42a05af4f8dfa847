package platform

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
var stderrLevels = []struct {
	digit byte
	level slog.Level
}{{'7', slog.LevelDebug}, {'6', slog.LevelInfo}, {'4', slog.LevelWarn}, {'3', slog.LevelError}}

// stderrLevel splits a line into its level and its text. Without a level it is
// information, unless it tells of the end of a Go program.
func stderrLevel(line []byte) (slog.Level, []byte) {
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

// stderrHandler writes records as such lines: "<4>reconnecting in=8s\n".
type stderrHandler struct {
	attrs slog.Handler // writes the attributes into out.line
	out   *stderrLine
}

// stderrLine is what all handlers of a worker share.
type stderrLine struct {
	mu   sync.Mutex // guards line and the order of writes
	w    io.Writer
	line []byte
}

// Write takes the attributes of a record; Handle holds mu.
func (l *stderrLine) Write(attrs []byte) (int, error) {
	if attrs = bytes.TrimRight(attrs, "\n"); len(attrs) > 0 {
		l.line = append(append(l.line, ' '), attrs...)
	}
	return len(attrs), nil
}

func newStderrHandler(w io.Writer, level slog.Leveler) slog.Handler {
	out := &stderrLine{w: w}
	return &stderrHandler{out: out, attrs: slog.NewTextHandler(out, &slog.HandlerOptions{
		Level: level,
		ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
			if len(groups) == 0 && (a.Key == slog.TimeKey || a.Key == slog.LevelKey || a.Key == slog.MessageKey) {
				return slog.Attr{}
			}
			return a
		},
	})}
}

func (h *stderrHandler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.attrs.Enabled(ctx, level)
}

func (h *stderrHandler) Handle(ctx context.Context, r slog.Record) error {
	digit := byte('7')
	for _, l := range stderrLevels {
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

func (h *stderrHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &stderrHandler{h.attrs.WithAttrs(attrs), h.out}
}

func (h *stderrHandler) WithGroup(name string) slog.Handler {
	return &stderrHandler{h.attrs.WithGroup(name), h.out}
}

// parseLevel reads the level names of the config; anything else is "info".
func parseLevel(name string) slog.Level {
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
