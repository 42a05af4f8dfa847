package telemetry

import (
	"context"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// textHandler writes lines for people.
type textHandler struct {
	out       *output
	color     bool
	namespace string
	attrs     string // written already, each after a space
	group     string // "a.b.", what keys begin with
}

var colors = map[slog.Level]string{
	slog.LevelError: "\x1b[31m", slog.LevelWarn: "\x1b[33m", slog.LevelInfo: "\x1b[32m", slog.LevelDebug: "\x1b[34m",
}

var lines = sync.Pool{New: func() any { return new([]byte) }}

func (h *textHandler) Enabled(context.Context, slog.Level) bool { return true }

func (h *textHandler) Handle(_ context.Context, r slog.Record) error {
	namespace := h.namespace
	var attrs []byte
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == namespaceKey && h.group == "" {
			namespace = a.Value.String()
		} else {
			attrs = appendAttr(attrs, h.group, a)
		}
		return true
	})
	p := lines.Get().(*[]byte)
	b := (*p)[:0]
	if !r.Time.IsZero() {
		b = r.Time.AppendFormat(b, "2006-01-02 15:04:05 ")
	}
	color := ""
	if h.color {
		color = colors[r.Level]
	}
	b = append(append(b, color...), levelName(r.Level)...)
	if color != "" {
		b = append(b, "\x1b[39m"...)
	}
	b = append(append(append(b, ": "...), fullNamespace(namespace)...), ' ')
	// A message comes from our code, but what it repeats may not: no line of the
	// log is to be broken, and no terminal steered, by a client.
	b = appendPrintable(b, r.Message)
	b = append(append(append(b, h.attrs...), attrs...), '\n')
	h.out.Write(b)
	*p = b
	lines.Put(p)
	return nil
}

func (h *textHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	next := *h
	var b []byte
	for _, a := range attrs {
		if a.Key == namespaceKey && h.group == "" {
			next.namespace = a.Value.String()
		} else {
			b = appendAttr(b, h.group, a)
		}
	}
	next.attrs += string(b)
	return &next
}

func (h *textHandler) WithGroup(name string) slog.Handler {
	next := *h
	next.group += name + "."
	return &next
}

func appendAttr(b []byte, group string, a slog.Attr) []byte {
	a.Value = a.Value.Resolve()
	if a.Equal(slog.Attr{}) {
		return b
	}
	if a.Value.Kind() == slog.KindGroup {
		if a.Key != "" {
			group += a.Key + "."
		}
		for _, member := range a.Value.Group() {
			b = appendAttr(b, group, member)
		}
		return b
	}
	a = replace([]string{group}, a)
	b = append(append(append(append(b, ' '), group...), a.Key...), '=')
	text := a.Value.String()
	if text == "" || strings.ContainsFunc(text, func(r rune) bool {
		return r <= ' ' || r == '"' || r == '=' || r == utf8.RuneError || !unicode.IsPrint(r)
	}) {
		return strconv.AppendQuote(b, text)
	}
	return append(b, text...)
}

func appendPrintable(b []byte, text string) []byte {
	for _, r := range text {
		if unicode.IsPrint(r) {
			b = utf8.AppendRune(b, r)
			continue
		}
		quoted := strconv.QuoteRune(r)
		b = append(b, quoted[1:len(quoted)-1]...)
	}
	return b
}
