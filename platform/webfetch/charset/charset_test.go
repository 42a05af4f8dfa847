package charset

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/sockethub/sockethub/platform/webfetch/fetchtest"
)

func TestLookup(t *testing.T) {
	encodings, count := map[string]bool{}, 0
	for line := range strings.Lines(labels) {
		names := strings.Fields(line)
		encodings[names[0]] = true
		for _, label := range names {
			count++
			for _, written := range []string{label, strings.ToUpper(label), " " + label + "\r\n"} {
				if e := Lookup(written); e == nil || e.Name() != names[0] {
					t.Errorf("Lookup(%q) = %v, want %s", written, e, names[0])
				}
			}
		}
	}
	if count != 228 || len(encodings) != 40 {
		t.Errorf("%d labels of %d encodings", count, len(encodings))
	}
	for label, want := range map[string]string{"Latin-9": "iso-8859-15", "UTF 8": "utf-8", "koi8_r": "koi8-r", "win1251": "windows-1251",
		"CP949": "euc-kr", "8859-1": "windows-1252", "Big5-HKSCS:2004": "", "": "", "-": "", "x-klingon": "", "utf-8é": "", "utf": ""} {
		got := ""
		if e := Lookup(label); e != nil {
			got = e.Name()
		}
		if got != want {
			t.Errorf("Lookup(%q) is %q, want %q", label, got, want)
		}
	}
	if Lookup(strings.Repeat("x", 1<<20)) != nil {
		t.Error("a long label is known")
	}
}

// The rules of the Standard's decoders, each at its edges.
func TestDecode(t *testing.T) {
	tests := []struct{ encoding, in, want string }{
		{"utf-8", "Zwölf \xE2\x82A\xF0\x9F\xA6B\xC3", "Zwölf \uFFFDA\uFFFDB\uFFFD"},
		{"utf-8", "\xED\xA0\x80", "\uFFFD\uFFFD\uFFFD"},
		{"utf-16le", "a\x00\x3E\xD8\x89\xDD", "a🦉"},
		{"utf-16be", "\xD8\x3E\x00a\xDD\x89", "\uFFFDa\uFFFD"},
		{"utf-16be", "\x00a\x00", "a\uFFFD"},
		{"utf-16be", "\xD8\x3E\x00", "\uFFFD"},
		{"utf-16le", "\x3E\xD8", "\uFFFD"},

		{"windows-1252", "\x80\x93\x94\x81\xE4", "€“”\u0081ä"},
		{"latin1", "\x99\xDF", "™ß"},
		{"iso-8859-2", "\xB1\xE6\xEA\xB3\x80", "ąćęł\u0080"},
		{"iso-8859-7", "\xC1\xE8\xDE\xED\xE1 \xA4\xAE", "Αθήνα €\uFFFD"},
		{"iso-8859-8-i", "\xF9\xEC\xE5\xED\xA1", "שלום\uFFFD"},
		{"iso-8859-9", "\xDDstanbul \xF0\xFE", "İstanbul ğş"},
		{"windows-1256", "\xE3\xD1\xCD\xC8\xC7", "مرحبا"},
		{"windows-874", "\xCA\xC7\xD1\xCA\xB4\xD5 \x80\xDB", "สวัสดี €\uFFFD"},
		{"windows-1258", "Vi\xEA\xF2t", "Viê\u0323t"},
		{"koi8-u", "\xF0\xD2\xC9\xD7\xA6\xD4\xAE", "Привітў"},
		{"ibm866", "\x8F\xE0\xA8\xA2\xA5\xE2\x1A\x7F", "Привет\x1A\x7F"},
		{"macintosh", "caf\x8E", "café"},
		{"x-user-defined", "a\x80\xFF", "a\uF780\uF7FF"},

		{"gb2312", "\xC4\xE3\xBA\xC3\xCA\xC0\xBD\xE7", "你好世界"},
		{"gbk", "\x80\xFF\x81\x20\xC4", "€\uFFFD\uFFFD \uFFFD"},
		{"gbk", "\xA2\xE3", "€"},
		{"gb18030", "\x81\x30\x81\x30\x90\x30\x81\x30\xE3\x32\x9A\x35", "\u0080\U00010000\U0010FFFF"},
		{"gb18030", "\x81\x35\xF4\x37\xE3\x32\x9A\x36\x84\x31\xA5\x30", "\uE7C7\uFFFD\uFFFD"},
		{"gb18030", "\x81\x30A \x81\x30\x81A", "\uFFFD0A \uFFFD0丄"},
		{"gb18030", "\x81\x30", "\uFFFD"},
		{"gb18030", "\x81\x30\x81", "\uFFFD"},
		{"big5", "\xA7\x41\xA6\x6E", "你好"},
		{"big5-hkscs", "\x87\x40\xFE\xFE", "䏰秔"},
		{"big5", "\x88\x62\x88\xA5", "\u00CA\u0304\u00EA\u030C"},
		{"big5", "\x81\x40<\xA4\x80<\xFF\x80\xA4", "\uFFFD@<\uFFFD<\uFFFD\uFFFD\uFFFD"},
		{"euc-kr", "\xBE\xC8\xB3\xE7 \x81\x41\xC6\x52", "안녕 갂힣"},
		{"windows-949", "\x81<\xC9\xA1\xFF\x81", "\uFFFD<\uFFFD\uFFFD\uFFFD"},
		{"shift_jis", "\x8D\xA1\x93\xFA\x82\xCC \xB1\xB2\x81\x5C\x87\x40", "今日の ｱｲ―①"},
		{"sjis", "\xFA\x40\xF0\x40\xF9\xFC\x80\xED\x40", "ⅰ\uE000\uE757\u0080纊"},
		{"sjis", "\x81<b>\xFF\x81\xFF\x85\x9E\x81", "\uFFFD<b>\uFFFD\uFFFD\uFFFD\uFFFD"},
		{"euc-jp", "\xBA\xA3\xC6\xFC\xA4\xCE \x8E\xB1\x8F\xB0\xA1", "今日の ｱ丂"},
		{"euc-jp", "\xBA<\x8F\xA1<\x8F<\x8E\xE0\x80\x8F\xA2", "\uFFFD<\uFFFD<\uFFFD<\uFFFD\uFFFD\uFFFD"},
		{"iso-2022-jp", "a\x1B$B$\"\x1B(B\\\x1B(J\\~\x1B(I1\x1B$@0!", "aあ\\¥‾ｱ亜"},
		{"iso-2022-jp", "\x1B(B\x1B(Ba", "\uFFFDa"},
		{"iso-2022-jp", "\x1B$Ba\x1B(Ba\x1B$Ba\na\x80\x0E", "\uFFFDa\uFFFD\uFFFD\uFFFD"},
		{"iso-2022-jp", "\x1B\x1B$x\x80\x0E", "\uFFFD\uFFFD$x\uFFFD\uFFFD"},
		{"iso-2022-jp", "\x1B(Ia\x1B$", "\uFFFD\uFFFD､"},
		{"hz-gb-2312", "~{<script>", "\uFFFD"},
		{"iso-2022-kr", "", ""},
	}
	for _, tt := range tests {
		if got := Lookup(tt.encoding).Decode([]byte(tt.in)); string(got) != tt.want {
			t.Errorf("%s %q: %q, want %q", tt.encoding, tt.in, got, tt.want)
		}
	}
}

// Whatever comes in, text in UTF-8 comes out, not much longer, in a time for each
// byte; and a sign that begins markup stays one, wherever a sequence breaks.
func FuzzDecode(f *testing.F) {
	for line := range strings.Lines(labels) {
		name, _, _ := strings.Cut(strings.TrimSpace(line), " ")
		f.Add(name, []byte("a\x81<\xA4\x40\x8F\xA1<\x81\x30\x81<\x1B$B<\x1B(J<"))
	}
	f.Fuzz(func(t *testing.T, label string, in []byte) {
		e := Lookup(label)
		if e == nil {
			return
		}
		fetchtest.Linear(t, in, func(long []byte) { e.Decode(long) })
		got := e.Decode(in)
		if !utf8.Valid(got) || len(got) > 3*len(in) {
			t.Errorf("%s %q: %q", e.Name(), in, got)
		}
		switch e.Name() {
		case "utf-16le", "utf-16be", "iso-2022-jp", "replacement":
		default:
			if bytes.Count(got, []byte("<")) != bytes.Count(in, []byte("<")) {
				t.Errorf("%s %q: %q", e.Name(), in, got)
			}
		}
	})
}

func ExampleLookup() {
	e := Lookup("GB2312")
	fmt.Printf("%s %s", e.Name(), e.Decode([]byte("\xC4\xE3\xBA\xC3")))
	// Output: gbk 你好
}

// Each encoding is to decode 100 MB a second or more: of a page, which is markup
// for a third, and of nothing but characters that are not ASCII.
func BenchmarkDecode(b *testing.B) {
	for _, bench := range []struct{ encoding, text string }{
		{"windows-1251", "\xCF\xF0\xE8\xE2\xE5\xF2"}, {"gbk", "\xC4\xE3\xBA\xC3\xCA\xC0\xBD\xE7"}, {"gb18030", "\x81\x39\xEF\x30\x90\x30\x81\x30"},
		{"big5", "\xA7\x41\xA6\x6E"}, {"euc-kr", "\xBE\xC8\xB3\xE7"}, {"shift_jis", "\x8D\xA1\x93\xFA\x82\xCC"}, {"euc-jp", "\xBA\xA3\xC6\xFC\xA4\xCE"},
		{"iso-2022-jp", "\x1B$B:#F|$N\x1B(B"}, {"utf-16le", "\xCA\x4E\xE5\x65"}, {"utf-8", "今日の\xFF"},
	} {
		for kind, part := range map[string]string{"page": `<p class="x">` + strings.Repeat(bench.text, 6) + "</p>\n", "text": bench.text} {
			b.Run(bench.encoding+"/"+kind, func(b *testing.B) {
				e, in := Lookup(bench.encoding), []byte(strings.Repeat(part, 1<<20/len(part)))
				e.Decode(in)
				b.SetBytes(int64(len(in)))
				b.ReportAllocs()
				for b.Loop() {
					e.Decode(in)
				}
			})
		}
	}
}

// What the first page in an encoding waits for.
func BenchmarkInflate(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if len(index(4)()) != 23940 {
			b.Fatal("not the index of GB 18030")
		}
	}
}
