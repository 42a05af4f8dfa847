package handover

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
)

// state is what the tests hand over.
type state struct {
	Name string `json:"name"`
	N    int    `json:"n"`
}

func written(t testing.TB, states ...state) []byte {
	t.Helper()
	var b bytes.Buffer
	w := NewWriter(&b)
	for _, s := range states {
		if err := w.Put("thing", s); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// read returns what can be read of a text, and the error that ended the reading.
func read(text []byte) (found []string, last error) {
	r, err := NewReader(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	for {
		record, err := r.Next()
		switch damaged := (*DamagedError)(nil); {
		case err == nil:
			found = append(found, string(record.Body))
		case errors.As(err, &damaged):
			found = append(found, "damaged")
		default:
			return found, err
		}
	}
}

func Example() {
	var b bytes.Buffer
	w := NewWriter(&b)
	w.Put("session", map[string]string{"id": "4be0"})
	w.Close()
	fmt.Printf("%q\n", b.Bytes())
	// Output:
	// "sockethub handover 1\n\asession\x00\x00\x00\r\x8a\bv\x80\x01\xe4Z\xee{\"id\":\"4be0\"}\x03end\x00\x00\x00\r,x\xb7j\x05\xa4\x0f\xde{\"records\":1}"
}

func TestReading(t *testing.T) {
	whole := written(t, state{"a", 1}, state{"b", 2}, state{"c", 3})
	second := bytes.Index(whole, []byte(`{"name":"b"`))
	change := func(at int) []byte {
		text := bytes.Clone(whole)
		text[at] ^= 1
		return text
	}
	a, b, c := `{"name":"a","n":1}`, `{"name":"b","n":2}`, `{"name":"c","n":3}`
	tests := []struct {
		name  string
		text  []byte
		found []string
		err   string
	}{
		{"whole", whole, []string{a, b, c}, "EOF"},
		{"a body is damaged", change(second + 3), []string{a, "damaged", c}, "EOF"},
		{"a head is damaged", change(second - 9), []string{a}, "the head of a record is damaged"},
		{"a kind is damaged", change(second - 13), []string{a}, "the head of a record is damaged"},
		{"no last record", whole[:bytes.LastIndex(whole, []byte("\x03end"))], []string{a, b, c}, "the state was cut off"},
		{"cut in a body", whole[:second+4], []string{a}, "the state was cut off"},
		{"a record is missing", append(bytes.Clone(whole[:second-18]), whole[second+len(b):]...), []string{a, c}, "there are 2 records of 3"},
		{"of a later version", []byte("sockethub handover 2\n"), nil, ErrVersion.Error() + ": 2, not 1"},
		{"something else", []byte("GET / HTTP/1.1\n"), nil, "what was handed over is no state of a server"},
		{"nothing", nil, nil, "read the heading of the state: EOF"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			found, err := read(tt.text)
			if fmt.Sprint(found) != fmt.Sprint(tt.found) || err == nil || err.Error() != tt.err {
				t.Errorf("found %q and %v, want %q and %s", found, err, tt.found, tt.err)
			}
		})
	}
}

// A body that is said to be large is not allocated for before it is there.
func TestLargeBodyIsNotBelieved(t *testing.T) {
	text := written(t, state{strings.Repeat("x", 4<<20), 1})
	allocated := testing.AllocsPerRun(1, func() { read(text[:200]) })
	if found, err := read(text[:200]); len(found) != 0 || err == nil {
		t.Errorf("found %d records and %v in a state that was cut", len(found), err)
	}
	if allocated > 50 {
		t.Errorf("%v allocations for 200 bytes", allocated)
	}
}

func TestPutRefuses(t *testing.T) {
	w := NewWriter(io.Discard)
	for _, tt := range []struct {
		kind  string
		state any
		want  string
	}{
		{"", 1, `hand over "": a kind has 1 to 32 bytes`},
		{strings.Repeat("k", 33), 1, "a kind has 1 to 32 bytes"},
		{"large", strings.Repeat("x", maxBody), "at most 67108864 fit"},
		{"what", func() {}, "hand over what: json"},
	} {
		if err := w.Put(tt.kind, tt.state); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("Put(%.10q) = %v, want %s", tt.kind, err, tt.want)
		}
	}
}

// Whatever comes in, reading ends, and what it takes for whole is what was put.
func FuzzRead(f *testing.F) {
	f.Add(written(f, state{"a", 1}, state{"b", 2}))
	f.Add([]byte("sockethub handover 1\n\x03end\x00\x00\x00\x02"))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, text []byte) {
		found, err := read(text)
		if err == nil {
			t.Fatal("reading did not end with an error")
		}
		var again bytes.Buffer
		w := NewWriter(&again)
		for _, body := range found {
			if body == "damaged" || !json.Valid([]byte(body)) {
				return
			}
			if err := w.Put("thing", json.RawMessage(body)); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := read(again.Bytes()); err != io.EOF {
			t.Errorf("what was read cannot be read again: %v", err)
		}
	})
}
