package activity

import (
	"math"
	"strings"
	"testing"
)

func TestAppendJSON(t *testing.T) {
	tests := []struct {
		name string
		in   any
		want string
	}{
		{"null", nil, `null`},
		{"int", -7, `-7`},
		{"int64", int64(math.MinInt64), `-9223372036854775808`},
		{"uint64", uint64(math.MaxUint64), `18446744073709551615`},
		{"texts", []string{"a", `"`}, `["a","\""]`},
		{"no texts", []string{}, `[]`},
		{"not a number", math.NaN(), `null`},
		{"infinite", math.Inf(-1), `null`},
		{"largest double", math.MaxFloat64, `1.7976931348623157e+308`},
		{"smallest double", math.SmallestNonzeroFloat64, `5e-324`},
		{"from here on with an exponent", 1e21, `1e+21`},
		{"up to here without", 123456789012345680000.0, `123456789012345680000`},
		{"small without an exponent", 0.000001, `0.000001`},
		{"small with one", 0.00000012, `1.2e-7`},
		{"zero below", math.Copysign(0, -1), `0`},
		{"nothing more than needed is escaped", "</script>\u2028é\u007f", "\"</script>\u2028é\u007f\""},
		{"control characters", "\x00\x08\t\n\v\f\r\x1f", `"\u0000\b\t\n\u000b\f\r\u001f"`},
		{"half a pair", "a\xed\xa0\xbeb", `"a\ud83eb"`},
		{"bytes that are no text", "a\xff\xe2\x82", "\"a\uFFFD\uFFFD\""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := string(AppendJSON([]byte("x"), tt.in)); got != "x"+tt.want {
				t.Errorf("AppendJSON(x, %v) = %s, want x%s", tt.in, got, tt.want)
			}
		})
	}
}

func TestAppendJSONPanicsForStrangers(t *testing.T) {
	defer func() {
		if r, ok := recover().(string); !ok || !strings.Contains(r, "struct {}") {
			t.Errorf("recovered %v, want the type that cannot be written", r)
		}
	}()
	AppendJSON(nil, struct{}{})
}

const echo = `{"@context":["https://www.w3.org/ns/activitystreams","https://sockethub.org/ns/context/v1.jsonld",` +
	`"https://sockethub.org/ns/context/platform/dummy/v1.jsonld"],"type":"echo",` +
	`"actor":{"id":"tulip@garden.test","type":"person","name":"Tulip"},"object":{"type":"message","content":"the kettle is on"},"id":"42"}`

// An activity that passes through is written without an allocation.
func TestAppendJSONCopies(t *testing.T) {
	o := parseObject(t, echo)
	buf := make([]byte, 0, 1024)
	if n := testing.AllocsPerRun(100, func() { buf = AppendJSON(buf[:0], o) }); n != 0 || string(buf) != echo {
		t.Errorf("%v allocations, wrote %s", n, buf)
	}
}

func BenchmarkParse(b *testing.B) {
	in := []byte(echo)
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(in); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAppendJSON(b *testing.B) {
	for _, changed := range []bool{false, true} {
		name := "as-read"
		if changed {
			name = "changed"
		}
		b.Run(name, func(b *testing.B) {
			o := parseObject(b, echo)
			if changed {
				o.Set("id", "43")
			}
			buf := make([]byte, 0, 1024)
			b.ReportAllocs()
			for b.Loop() {
				buf = AppendJSON(buf[:0], o)
			}
		})
	}
}
