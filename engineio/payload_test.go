package engineio

import (
	"bytes"
	"errors"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"
)

func parsed(body string) ([]packet, error) {
	var got []packet
	err := parsePayload([]byte(body), func(p packet) bool {
		got = append(got, packet{p.kind, bytes.Clone(p.data)})
		return true
	})
	return got, err
}

func TestParsePayload(t *testing.T) {
	tests := []struct {
		name, in string
		want     []packet
		err      error
	}{
		{"one", "4hello", []packet{{messagePacket, []byte("hello")}}, nil},
		{"several", "4a\x1e2\x1ebAQID", []packet{{messagePacket, []byte("a")}, {pingPacket, []byte{}}, {binaryPacket, []byte{1, 2, 3}}}, nil},
		{"empty binary", "b", []packet{{binaryPacket, []byte{}}}, nil},
		{"empty", "", nil, errPacket},
		{"an empty part at the end", "4a\x1e", []packet{{messagePacket, []byte("a")}}, errPacket},
		{"an empty part at the beginning", "\x1e4a", nil, errPacket},
		{"two separators", "4a\x1e\x1e4b", []packet{{messagePacket, []byte("a")}}, errPacket},
		{"a letter", "x", nil, errPacket},
		{"type 7", "7", nil, errPacket},
		{"base64 without its end", "bAQI", nil, errPacket},
		{"not base64", "b!!!!", nil, errPacket},
		{"base64 for URLs", "b-_-_", nil, errPacket},
		{"too many packets", strings.Repeat("3\x1e", maxPackets) + "3", slicesOf(packet{pongPacket, []byte{}}, maxPackets), errTooMany},
		{"as many as there may be", strings.Repeat("3\x1e", maxPackets-1) + "3", slicesOf(packet{pongPacket, []byte{}}, maxPackets), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := parsed(tt.in)
			if !errors.Is(err, tt.err) || !reflect.DeepEqual(got, tt.want) {
				t.Errorf("parsePayload(%.60q) = %d packets %.100v, %v; want %d, %v", tt.in, len(got), got, err, len(tt.want), tt.err)
			}
		})
	}
}

func slicesOf(p packet, n int) []packet {
	out := make([]packet, n)
	for i := range out {
		out[i] = p
	}
	return out
}

func TestParsePayloadStops(t *testing.T) {
	n := 0
	if err := parsePayload([]byte("4a\x1e4b\x1ex"), func(packet) bool { n++; return n < 2 }); err != nil || n != 2 {
		t.Errorf("%d packets, %v", n, err)
	}
}

// What parsePayload accepts, appendPayload writes back to equal packets.
func FuzzPayload(f *testing.F) {
	for _, seed := range []string{"4hello", "4a\x1e2\x1ebAQID", "b", "", "\x1e", "bAQ==\x1e6", "4\xff\x00", "bA\r\nQID"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		packets, err := parsed(in)
		if err != nil || len(packets) == 0 {
			return
		}
		var body []byte
		for _, p := range packets {
			body = appendPayload(body, p)
		}
		again, err := parsed(string(body))
		if err != nil || !reflect.DeepEqual(again, packets) {
			t.Errorf("%q became %q: %v, %v; want %v", in, body, again, err, packets)
		}
	})
}

func TestJSONP(t *testing.T) {
	for _, tt := range []struct{ index, payload, want string }{
		{"0", "4hello", `___eio[0]("4hello");`},
		{"12", `4"a\b"`, `___eio[12]("4\"a\\b\"");`},
		{"abc", "4", `___eio[]("4");`},
		{"1);alert(1", "4", `___eio[11]("4");`},
		{strings.Repeat("9", 100), "4", `___eio[` + strings.Repeat("9", 25) + `]("4");`},
		{"0", "4\n\r\x00\x1e</script>", `___eio[0]("4\n\u000d\u0000\u001e\u003c/script>");`},
		{"0", "4\u2028\u2029\u00e4", `___eio[0]("4\u2028\u2029` + "\u00e4" + `");`},
	} {
		if got := string(appendJSONP([]byte(jsonpHead(tt.index)), []byte(tt.payload))); got != tt.want {
			t.Errorf("j=%s, %q: got %q, want %q", tt.index, tt.payload, got, tt.want)
		}
	}
}

func TestFormData(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"d=4hello", "4hello"},
		{"d=4a%5Cnb", "4a\nb"},        // \n
		{"d=4a%5C%5Cnb", `4a\nb`},     // \\n
		{"d=4a%5C%5C%5Cnb", `4a\\nb`}, // as other servers take it
		{"d=4+%00%5C", "4 \x00\\"},
		{"x=4", ""},
		{"d=%zz", ""},
	} {
		if got := string(formData([]byte(tt.in))); got != tt.want {
			t.Errorf("formData(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

// What a page escapes as the protocol's clients do comes back.
func FuzzFormData(f *testing.F) {
	f.Add("4a\nb\\c")
	f.Fuzz(func(t *testing.T, in string) {
		if strings.Contains(in, `\\n`) || strings.Contains(in, "\\\n") {
			return // clients do not tell these from others
		}
		escaped := strings.ReplaceAll(strings.ReplaceAll(in, `\n`, `\\n`), "\n", `\n`)
		if got := string(formData([]byte(url.Values{"d": {escaped}}.Encode()))); got != in {
			t.Errorf("%q came back as %q", in, got)
		}
	})
}

func TestAcceptedCoding(t *testing.T) {
	for _, tt := range []struct{ header, want string }{
		{"gzip", "gzip"},
		{"gzip, deflate, br", "gzip"},
		{"GZIP;q=0.5", "gzip"},
		{"deflate", "deflate"},
		{"gzip;q=0.1, deflate;q=0.9", "deflate"},
		{"gzip;q=0, deflate", "deflate"},
		{"gzip;q=0", ""},
		{"gzip;q=0.000", ""},
		{"gzip; q=nonsense", ""},
		{"*", "gzip"},
		{"gzip;q=0, *", "deflate"},
		{"*;q=0", ""},
		{"identity", ""},
		{"br", ""},
		{"", ""},
	} {
		if got := acceptedCoding(http.Header{"Accept-Encoding": {tt.header}}); got != tt.want {
			t.Errorf("Accept-Encoding %q: got %q, want %q", tt.header, got, tt.want)
		}
	}
}
