package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// node is a value of the config file that remembers its line.
type node struct {
	line    int
	kind    byte            // '{', '[', 's' string, '0' number, 't' true or false, 'n' null
	text    string          // of a string, number or boolean
	raw     json.RawMessage // the value's own bytes
	members []member        // in the order of the file; the last of equal names counts
	items   []*node
}

type member struct {
	name string
	line int
	*node
}

// parseDocument reads a file's JSON. The error says line and column.
func parseDocument(text []byte) (*node, error) {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	var whole json.RawMessage
	if err := json.Unmarshal(text, &whole); err != nil {
		var wrong *json.SyntaxError
		if !errors.As(err, &wrong) {
			return nil, err
		}
		// The offset counts the byte at fault, or the whole text if it ends too soon.
		before := text[:max(0, min(int(wrong.Offset)-1, len(text)))]
		column := len(before) - bytes.LastIndexByte(before, '\n')
		return nil, &Problem{
			Place: fmt.Sprintf(":%d:%d", 1+bytes.Count(before, []byte("\n")), column),
			Rule:  "this is not JSON: " + wrong.Error(),
		}
	}
	r := documentReader{text: text, dec: json.NewDecoder(bytes.NewReader(text))}
	r.dec.UseNumber()
	return r.value()
}

// documentReader walks through text that is known to be valid JSON.
type documentReader struct {
	text []byte
	dec  *json.Decoder
	at   int // line counting: how far
	line int // newlines before at
}

// start is where the next token begins, and its line.
func (r *documentReader) start() (offset, line int) {
	offset = int(r.dec.InputOffset())
	for strings.IndexByte(" \t\r\n,:", r.text[offset]) >= 0 {
		offset++
	}
	r.line += bytes.Count(r.text[r.at:offset], []byte("\n"))
	r.at = offset
	return offset, r.line + 1
}

func (r *documentReader) value() (*node, error) {
	offset, line := r.start()
	token, err := r.dec.Token()
	if err != nil {
		return nil, err
	}
	n := &node{line: line}
	switch v := token.(type) {
	case json.Delim:
		n.kind = byte(v)
		err = r.contents(n)
	case string:
		n.kind, n.text = 's', v
	case json.Number:
		n.kind, n.text = '0', v.String()
	case bool:
		n.kind, n.text = 't', fmt.Sprint(v)
	case nil:
		n.kind = 'n'
	}
	n.raw = r.text[offset:r.dec.InputOffset()]
	return n, err
}

func (r *documentReader) contents(n *node) error {
	for r.dec.More() {
		var name string
		line := 0
		if n.kind == '{' {
			_, line = r.start()
			token, err := r.dec.Token()
			if err != nil {
				return err
			}
			name = token.(string)
		}
		v, err := r.value()
		if err != nil {
			return err
		}
		if n.kind == '{' {
			n.members = append(n.members, member{name, line, v})
		} else {
			n.items = append(n.items, v)
		}
	}
	_, err := r.dec.Token()
	return err
}

// found is the value as an error repeats it.
func (n *node) found() string {
	switch n.kind {
	case 's':
		return quote(n.text)
	case '{':
		return "an object"
	case '[':
		return "an array"
	}
	head, more := cut(string(n.raw))
	return head + more
}
