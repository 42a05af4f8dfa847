package telemetry

import (
	"context"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// LogOptions configures a Log.
type LogOptions struct {
	Console io.Writer // nil: none
	JSON    bool      // on the console; else the form for people
	Color   bool      // of the form for people: for terminals

	LogSettings

	// Forward is given each line whatever its level. It must not wait, and must
	// not log.
	Forward func(Line)
}

// Line is a line of the log, as far as those outside the server are told of it.
type Line struct {
	Level     slog.Level
	Namespace string
	Message   string
	Platform  string // the attribute "platform": whose worker the line is about
	Detail    string // of an error: its attributes that say what went wrong
	Stack     string // of a panic: the attribute "stack"
}

// LogSettings are what can be changed while a Log is in use.
type LogSettings struct {
	Level     slog.Level // least severe on the console
	FileLevel slog.Level // least severe in the file
	File      string     // "": none
	Debug     string     // namespaces shown on the console whatever their level; see [Namespaces]
}

// Log is where all loggers of the server write. A slow reader of its outputs
// never makes the server wait: lines that do not fit are dropped and counted.
type Log struct {
	opts     LogOptions
	settings atomic.Pointer[logState]
	console  *output
	file     *output
}

type logState struct {
	LogSettings
	debug Namespaces
	least slog.Level // of what any output wants
}

// NewLog opens the outputs. A file that cannot be opened is reported as a
// warning on the console: no server should stay down for its log file.
func NewLog(opts LogOptions) *Log {
	l := &Log{opts: opts, file: newOutput(nil)}
	if opts.Console != nil {
		l.console = newOutput(opts.Console)
	}
	l.Set(opts.LogSettings)
	return l
}

// Set changes the settings, and opens the file anew also when it is the same: a
// program that moves log files away asks for that with SIGHUP.
func (l *Log) Set(s LogSettings) {
	state := &logState{LogSettings: s, debug: ParseNamespaces(s.Debug), least: min(s.Level, s.FileLevel)}
	if s.File == "" {
		state.least = s.Level
	}
	if !state.debug.Empty() || l.opts.Forward != nil {
		state.least = min(state.least, slog.LevelDebug)
	}
	l.settings.Store(state)
	if s.File == "" {
		l.file.replace(nil)
		return
	}
	f, err := openLogFile(s.File, maxLogFile)
	if err != nil {
		l.file.replace(nil)
		l.Logger().Warn("the log file cannot be written: there is none until that changes", "namespace", "logger", "error", err)
		return
	}
	l.file.replace(f)
}

// Logger returns a logger that writes to l. The attribute "namespace" of a line
// says which part of the server speaks.
func (l *Log) Logger() *slog.Logger {
	h := &handler{log: l, file: l.file.json()}
	switch {
	case l.console == nil:
	case l.opts.JSON:
		h.console = l.console.json()
	default:
		h.console = &textHandler{out: l.console, color: l.opts.Color}
	}
	return slog.New(h)
}

// Dropped is how many lines were dropped because an output did not take them.
func (l *Log) Dropped() uint64 {
	n := l.file.dropped.Load()
	if l.console != nil {
		n += l.console.dropped.Load()
	}
	return n
}

// Flush writes what waits, for at most the given time.
func (l *Log) Flush(wait time.Duration) {
	deadline := time.Now().Add(wait)
	l.file.flush(time.Until(deadline))
	if l.console != nil {
		l.console.flush(time.Until(deadline))
	}
}

// Close writes what waits, for at most the given time, and closes the file. No
// line is taken after it.
func (l *Log) Close(wait time.Duration) {
	deadline := time.Now().Add(wait)
	l.file.replace(nil)
	l.file.close(time.Until(deadline))
	if l.console != nil {
		l.console.close(time.Until(deadline))
	}
}

// handler gives each line to the outputs that want it.
type handler struct {
	log       *Log
	console   slog.Handler // nil: none
	file      slog.Handler
	namespace string
	platform  string
	grouped   bool // attributes are no longer those of the line itself
}

func (h *handler) Enabled(_ context.Context, level slog.Level) bool {
	return level >= h.log.settings.Load().least
}

func (h *handler) Handle(ctx context.Context, r slog.Record) error {
	state := h.log.settings.Load()
	namespace, platform := h.namespace, h.platform
	var detail []string
	var stack string
	if !h.grouped {
		r.Attrs(func(a slog.Attr) bool {
			switch {
			case a.Key == namespaceKey:
				namespace = a.Value.String()
			case a.Key == platformKey:
				platform = a.Value.String()
			case r.Level >= slog.LevelError && slices.Contains(detailKeys, a.Key):
				detail = append(detail, a.Value.String())
			case r.Level >= slog.LevelError && a.Key == "stack":
				stack = a.Value.String()
			}
			return true
		})
	}
	namespace = fullNamespace(namespace)
	if h.console != nil && (r.Level >= state.Level || state.debug.Match(namespace)) {
		h.console.Handle(ctx, r)
	}
	if state.File != "" && r.Level >= state.FileLevel {
		h.file.Handle(ctx, r)
	}
	if h.log.opts.Forward != nil {
		h.log.opts.Forward(Line{r.Level, namespace, r.Message, platform, strings.Join(detail, ": "), stack})
	}
	return nil
}

func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	if len(attrs) == 0 {
		return h
	}
	next := *h
	if h.console != nil {
		next.console = h.console.WithAttrs(attrs)
	}
	next.file = h.file.WithAttrs(attrs)
	for _, a := range attrs {
		switch {
		case h.grouped:
		case a.Key == namespaceKey:
			next.namespace = a.Value.String()
		case a.Key == platformKey:
			next.platform = a.Value.String()
		}
	}
	return &next
}

func (h *handler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	next := *h
	next.grouped = true
	if h.console != nil {
		next.console = h.console.WithGroup(name)
	}
	next.file = h.file.WithGroup(name)
	return &next
}

// namespaceKey is the attribute that says which part of the server speaks,
// platformKey the one that says of whose worker.
const (
	namespaceKey = "namespace"
	platformKey  = "platform"
)

// detailKeys are the attributes that say what went wrong.
var detailKeys = []string{"error", "panic", "handler", "cause", "reason"}

// fullNamespace is a namespace as operators see it.
func fullNamespace(namespace string) string {
	switch {
	case namespace == "":
		return "sockethub"
	case namespace == "sockethub" || strings.HasPrefix(namespace, "sockethub:"):
		return namespace
	}
	return "sockethub:" + namespace
}

// secretKeys are names of attributes that are never written, should one ever be
// given to a logger by mistake.
var secretKeys = []string{"password", "secret", "token", "authorization", "credentials", "dsn", "cookie"}

// replace brings an attribute into the form that all outputs share.
func replace(groups []string, a slog.Attr) slog.Attr {
	if slices.Contains(secretKeys, strings.ToLower(a.Key)) && a.Value.String() != "" {
		return slog.String(a.Key, "***")
	}
	if a.Value.Kind() == slog.KindDuration {
		return slog.String(a.Key, a.Value.Duration().String()) // JSON would have nanoseconds
	}
	if len(groups) > 0 {
		return a
	}
	switch a.Key {
	case slog.TimeKey:
		return slog.String("timestamp", a.Value.Time().UTC().Format("2006-01-02T15:04:05.000Z"))
	case slog.LevelKey:
		level, _ := a.Value.Any().(slog.Level)
		return slog.String("level", levelName(level))
	case slog.MessageKey:
		return slog.String("message", a.Value.String())
	case namespaceKey:
		return slog.String(namespaceKey, fullNamespace(a.Value.String()))
	}
	return a
}

func levelName(level slog.Level) string { return strings.ToLower(level.String()) }
