package auth

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
)

const (
	maxFile   = 1 << 20 // bytes: some thousand tokens
	maxTokens = 4096    // each is compared for every try: 4096 take a quarter of a millisecond
	maxName   = 64
)

// LineError says what is wrong with a line of the file. Its text never has a hash.
type LineError struct {
	Line int
	Rule string
}

func (e *LineError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Rule) }

// entry is a token as the file has it.
type entry struct {
	Hash      string   `json:"hash"`
	Name      string   `json:"name"`
	Platforms []string `json:"platforms,omitempty"`
	Expires   string   `json:"expires,omitempty"`
}

// Parse reads the text of a file. The error is a *LineError.
func Parse(text []byte) (*List, error) {
	if len(text) > maxFile {
		return nil, &LineError{1, fmt.Sprintf("the file has more than %d bytes", maxFile)}
	}
	p := &parser{text: text, decoder: json.NewDecoder(bytes.NewReader(text)), list: &List{byName: make(map[string]*Token)}}
	if first, err := p.decoder.Token(); err != nil || first != json.Delim('[') {
		return nil, p.fail(err, "an array of tokens is needed")
	}
	for p.decoder.More() {
		if err := p.token(); err != nil {
			return nil, err
		}
	}
	if _, err := p.decoder.Token(); err != nil {
		return nil, p.fail(err, "the array does not end")
	}
	if _, err := p.decoder.Token(); err != io.EOF {
		return nil, p.fail(nil, "something follows the array")
	}
	return p.list, nil
}

type parser struct {
	text    []byte
	decoder *json.Decoder
	list    *List
}

// token reads one element of the array.
func (p *parser) token() error {
	var raw json.RawMessage
	if err := p.decoder.Decode(&raw); err != nil {
		return p.fail(err, "this is not JSON")
	}
	line := p.line(p.decoder.InputOffset() - int64(len(raw)))
	strict := json.NewDecoder(bytes.NewReader(raw))
	strict.DisallowUnknownFields()
	var e entry
	if err := strict.Decode(&e); err != nil || raw[0] != '{' {
		return &LineError{line, `a token is an object with hash and name, and maybe platforms and expires`}
	}
	t, rule := e.token()
	switch {
	case rule != "":
	case len(p.list.tokens) == maxTokens:
		rule = fmt.Sprintf("there are more than %d tokens", maxTokens)
	case p.list.byName[t.Name] != nil:
		rule = fmt.Sprintf("name %q is there twice", t.Name)
	case slices.ContainsFunc(p.list.tokens, func(other *Token) bool { return other.digest == t.digest }):
		rule = fmt.Sprintf("the hash of %q is another's too", t.Name)
	}
	if rule != "" {
		return &LineError{line, rule}
	}
	p.list.tokens = append(p.list.tokens, t)
	p.list.byName[t.Name] = t
	return nil
}

// token checks an entry. rule is what it breaks, "" for nothing.
func (e *entry) token() (t *Token, rule string) {
	t = &Token{Name: e.Name, Platforms: slices.Clone(e.Platforms)}
	slices.Sort(t.Platforms)
	if !validName(e.Name) {
		return nil, fmt.Sprintf("name must be 1 to %d letters, digits, and . _ -", maxName)
	}
	if hash, err := hex.DecodeString(e.Hash); err != nil || copy(t.digest[:], hash) != len(t.digest) || len(hash) != len(t.digest) {
		return nil, fmt.Sprintf("hash of %q must be a SHA-256 in 64 hexadecimal digits", e.Name)
	}
	if t.digest == None {
		return nil, fmt.Sprintf("hash of %q is that of nothing: it would let everybody in", e.Name)
	}
	if e.Platforms != nil && (len(e.Platforms) == 0 || slices.Contains(e.Platforms, "")) {
		return nil, fmt.Sprintf("platforms of %q must name some, or be left out for all", e.Name)
	}
	if e.Expires != "" {
		var err error
		if t.Expires, err = time.Parse(time.RFC3339, e.Expires); err != nil {
			return nil, fmt.Sprintf("expires of %q must be as 2027-01-31T00:00:00Z", e.Name)
		}
	}
	return t, ""
}

func validName(name string) bool {
	for i := range len(name) {
		switch c := name[i]; {
		case c >= '0' && c <= '9', c|0x20 >= 'a' && c|0x20 <= 'z', c == '.', c == '_', c == '-':
		default:
			return false
		}
	}
	return name != "" && len(name) <= maxName
}

// fail is for text that is no JSON, or not the right one.
func (p *parser) fail(err error, rule string) error {
	at := p.decoder.InputOffset()
	var wrong *json.SyntaxError
	if errors.As(err, &wrong) {
		at, rule = wrong.Offset, "this is not JSON: "+wrong.Error()
	} else if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		at, rule = int64(len(p.text)), "the text ends before the array does"
	}
	return &LineError{p.line(at), rule}
}

func (p *parser) line(offset int64) int {
	return 1 + bytes.Count(p.text[:min(max(offset, 0), int64(len(p.text)))], []byte("\n"))
}

// appendFile writes a list so that Parse reads it again.
func (l *List) appendFile(dst []byte) []byte {
	dst = append(dst, '[')
	for i, t := range l.tokens {
		if i > 0 {
			dst = append(dst, ',')
		}
		e := entry{Hash: hex.EncodeToString(t.digest[:]), Name: t.Name, Platforms: t.Platforms}
		if !t.Expires.IsZero() {
			e.Expires = t.Expires.UTC().Format(time.RFC3339)
		}
		text, err := json.Marshal(e)
		if err != nil {
			panic(err) // only texts are encoded
		}
		dst = append(append(dst, "\n  "...), text...)
	}
	return append(dst, "\n]\n"...)
}
