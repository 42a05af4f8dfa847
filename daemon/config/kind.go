package config

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// kind is a type of value: how its text is read, what is allowed, and how it is
// written again.
type kind[T any] struct {
	name    string   // in tables: "whole number"
	allowed string   // in errors, after "allowed: "
	nodes   string   // what may stand in the file besides a string: kinds of node
	words   []string // all that is allowed, where that is a list: for typing errors
	schema  string   // members of its JSON Schema

	// parse reads a text. The problem it returns needs to say only what is not
	// plain from the kind.
	parse  func(text string) (T, *Problem)
	encode func(T) string // as JSON
}

// read takes a value from the file.
func (k *kind[T]) read(n *node) (v T, wrong *Problem) {
	switch {
	case n.kind == 's':
		v, wrong = k.parse(n.text)
	case !strings.Contains(k.nodes, string(n.kind)):
		wrong = &Problem{}
	case n.kind == '[':
		texts := make([]string, len(n.items))
		for i, item := range n.items {
			if item.kind != 's' {
				return v, k.complete(&Problem{Found: item.found()}, "")
			}
			texts[i] = item.text
		}
		v, wrong = k.parse(strings.Join(texts, ","))
	case n.kind == 'n':
		v, wrong = k.parse("null")
	default:
		v, wrong = k.parse(n.text)
	}
	if wrong != nil && wrong.Found == "" {
		wrong.Found = n.found()
	}
	return v, k.complete(wrong, n.text)
}

// readText takes a value from a variable or flag.
func (k *kind[T]) readText(text string) (T, *Problem) {
	v, wrong := k.parse(text)
	if wrong != nil && wrong.Found == "" {
		wrong.Found = quote(text)
	}
	return v, k.complete(wrong, text)
}

func (k *kind[T]) complete(p *Problem, text string) *Problem {
	if p == nil {
		return nil
	}
	if p.Rule == "" {
		p.Rule = k.allowed
	}
	if word := nearest(text, k.words); p.Nearest == "" && word != "" {
		p.Nearest = quote(word)
	}
	return p
}

// must wraps a reader that only knows right from wrong.
func must[T any](parse func(string) (T, bool)) func(string) (T, *Problem) {
	return func(text string) (T, *Problem) {
		v, ok := parse(text)
		if !ok {
			return v, &Problem{}
		}
		return v, nil
	}
}

func encodeJSON[T any](v T) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // only plain values are encoded
	}
	return string(b)
}

// boolean is strict: "0" and "no" are false, and a word that is neither is an
// error. The reference takes everything but "false" for true.
func boolean() kind[bool] {
	return kind[bool]{
		name: "boolean", nodes: "t", schema: `"type":"boolean"`,
		allowed: "true, false, 1, 0, yes, no, on, off",
		words:   []string{"true", "false"},
		encode:  encodeJSON[bool],
		parse: must(func(text string) (bool, bool) {
			switch strings.ToLower(strings.TrimSpace(text)) {
			case "true", "1", "yes", "on":
				return true, true
			case "false", "0", "no", "off":
				return false, true
			}
			return false, false
		}),
	}
}

// most is the greatest whole number that JavaScript and JSON's readers agree on.
const most = 1<<53 - 1

// integer reads a number without a fraction, written as JSON writes it: 1e3 is
// one, 80abc is not.
func integer(text string) (int64, bool) {
	text = strings.TrimSpace(text)
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n, true
	}
	f, ok := float(text)
	if !ok || f != math.Trunc(f) || math.Abs(f) > most {
		return 0, false
	}
	return int64(f), true
}

func float(text string) (float64, bool) {
	text = strings.TrimSpace(text)
	if !json.Valid([]byte(text)) {
		return 0, false
	}
	f, err := strconv.ParseFloat(text, 64)
	return f, err == nil
}

// whole is a whole number in a range. An end that only keeps sums from
// overflowing is not told of until something is beyond it.
func whole[T int | int64](low, high int64) kind[T] {
	allowed := fmt.Sprintf("a whole number from %d to %d", low, high)
	schema := fmt.Sprintf(`"type":"integer","minimum":%d,"maximum":%d`, low, high)
	if high >= math.MaxInt32 {
		allowed = fmt.Sprintf("a whole number, %d or more", low)
		schema = fmt.Sprintf(`"type":"integer","minimum":%d`, low)
	}
	return kind[T]{
		name: "whole number", nodes: "0", schema: schema, allowed: allowed, encode: encodeJSON[T],
		parse: func(text string) (T, *Problem) {
			n, ok := integer(text)
			switch {
			case !ok || n < low:
				return 0, &Problem{}
			case n > high:
				return 0, &Problem{Rule: fmt.Sprintf("a whole number from %d to %d", low, high)}
			}
			return T(n), nil
		},
	}
}

func port() kind[int] {
	k := whole[int](0, math.MaxUint16)
	k.name = "port"
	return k
}

// century bounds times: more does not fit into a time.Duration.
const century = 100 * 365 * 24 * time.Hour

// millis is a time in milliseconds.
func millis(low int64) kind[time.Duration] {
	k := whole[int64](low, int64(century/time.Millisecond))
	return kind[time.Duration]{
		name: "milliseconds", nodes: "0", schema: k.schema, allowed: k.allowed,
		encode: func(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) },
		parse: func(text string) (time.Duration, *Problem) {
			n, wrong := k.parse(text)
			return time.Duration(n) * time.Millisecond, wrong
		},
	}
}

// share is a number from 0 to 1.
func share() kind[float64] {
	return kind[float64]{
		name: "number", nodes: "0", schema: `"type":"number","minimum":0,"maximum":1`,
		allowed: "a number from 0 to 1", encode: encodeJSON[float64],
		parse: must(func(text string) (float64, bool) {
			f, ok := float(text)
			return f, ok && f >= 0 && f <= 1
		}),
	}
}

// countOrNull is a number, or null, which is -1 in a Config.
func countOrNull() kind[int] {
	return kind[int]{
		name: "whole number or null", nodes: "0n", schema: `"type":["integer","null"],"minimum":0`,
		allowed: "null or a whole number, 0 or more",
		encode: func(n int) string {
			if n < 0 {
				return "null"
			}
			return strconv.Itoa(n)
		},
		parse: must(func(text string) (int, bool) {
			if text == "null" {
				return -1, true
			}
			n, ok := integer(text)
			return int(n), ok && n >= 0 && n <= math.MaxInt32
		}),
	}
}

// text is any string that a check accepts.
func text(allowed string, check func(string) bool) kind[string] {
	return kind[string]{
		name: "text", allowed: allowed, schema: `"type":"string"`, encode: encodeJSON[string],
		parse: must(func(s string) (string, bool) { return s, check == nil || check(s) }),
	}
}

// secret is a text that is shown nowhere.
func secret(allowed string, check func(string) bool) kind[Secret] {
	return kind[Secret]{
		name: "text", allowed: allowed, schema: `"type":"string"`,
		encode: func(s Secret) string { return encodeJSON(s.String()) },
		parse: func(s string) (Secret, *Problem) {
			if !check(s) {
				return "", &Problem{Found: Secret(s).found()}
			}
			return Secret(s), nil
		},
	}
}

// oneOf is one of several words.
func oneOf(words ...string) kind[string] {
	return kind[string]{
		name: "text", allowed: quoteAll(words), words: words, encode: encodeJSON[string],
		schema: `"enum":` + encodeJSON(words),
		parse:  must(func(text string) (string, bool) { return text, slices.Contains(words, text) }),
	}
}

func quoteAll(words []string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = quote(w)
	}
	return strings.Join(quoted, ", ")
}

var levels = map[string]slog.Level{
	"error": slog.LevelError, "warn": slog.LevelWarn, "info": slog.LevelInfo, "debug": slog.LevelDebug,
}

// level is a log level.
func level() kind[slog.Level] {
	words := oneOf("error", "warn", "info", "debug")
	return kind[slog.Level]{
		name: "level", allowed: words.allowed, words: words.words, schema: words.schema,
		encode: func(l slog.Level) string { return encodeJSON(strings.ToLower(l.String())) },
		parse: must(func(text string) (slog.Level, bool) {
			l, ok := levels[text]
			return l, ok
		}),
	}
}

// levelList is an array of log levels.
func levelList() kind[[]slog.Level] {
	one := level()
	return kind[[]slog.Level]{
		name: "array of levels", nodes: "[", allowed: "an array of " + one.allowed, words: one.words,
		schema: `"type":"array","items":{` + one.schema + `}`,
		encode: func(list []slog.Level) string {
			words := make([]string, len(list))
			for i, l := range list {
				words[i] = strings.ToLower(l.String())
			}
			return encodeJSON(words)
		},
		parse: func(text string) ([]slog.Level, *Problem) {
			list := []slog.Level{}
			for _, word := range splitList(text) {
				l, wrong := one.parse(word)
				if wrong != nil {
					wrong.Found = quote(word)
					if near := nearest(word, one.words); near != "" {
						wrong.Nearest = quote(near)
					}
					return nil, wrong
				}
				list = append(list, l)
			}
			return list, nil
		},
	}
}

// splitList cuts a text at its commas. Empty parts count for nothing.
func splitList(text string) []string {
	var parts []string
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			parts = append(parts, part)
		}
	}
	return parts
}
