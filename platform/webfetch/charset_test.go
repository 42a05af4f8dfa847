package webfetch

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/sockethub/sockethub/platform/webfetch/fetchtest"
)

func TestDecode(t *testing.T) {
	tests := []struct{ name, body, contentType, declared, want, encoding string }{
		{"ascii", "abc", "", "", "abc", "utf-8"},
		{"utf-8", "Zwölf", "", "", "Zwölf", "utf-8"},
		{"byte order mark", "\xEF\xBB\xBFZwölf", "text/xml; charset=koi8-r", "", "Zwölf", "utf-8"},
		{"utf-16le mark", "\xFF\xFEZ\x00\xF6\x00", "", "utf-8", "Zö", "utf-16le"},
		{"utf-16be mark", "\xFE\xFF\x00Z\x00\xF6", "", "", "Zö", "utf-16be"},
		{"utf-16le without", "<\x00\xF6\x00", "", "", "<ö", "utf-16le"},
		{"utf-16be without", "\x00<\x00\xF6", "", "", "<ö", "utf-16be"},
		{"utf-16 pair", "\xFE\xFF\xD8\x3E\xDD\x89", "", "", "🦉", "utf-16be"},
		{"utf-16 half", "\xFE\xFF\xD8\x3E\x00a", "", "", "\uFFFDa", "utf-16be"},
		{"utf-16 odd", "\xFE\xFF\x00a\x00", "", "", "a\uFFFD", "utf-16be"},
		{"utf-16 by header", "a\x00b\x00", "text/xml; charset=utf-16le", "", "ab", "utf-16le"},
		{"utf-16 declared in ascii", "abc", "", "UTF-16", "abc", "utf-8"},
		{"header before declaration", "\xE4", `text/xml; charset="ISO-8859-1"`, "koi8-r", "ä", "windows-1252"},
		{"declaration", "\xC1", "text/xml", "KOI8-R", "а", "koi8-r"},
		{"latin-1 is windows-1252", "\x80\x93\x94", "", "latin1", "€“”", "windows-1252"},
		{"iso-8859-2", "\xB1\xE6\xEA\xB3", "", "iso-8859-2", "ąćęł", "iso-8859-2"},
		{"iso-8859-15", "\xA4\xBC\xBD\xA6", "", "Latin-9", "€ŒœŠ", "iso-8859-15"},
		{"windows-1250", "\x9C\xB9\x9F\xBF", "", "cp1250", "śąźż", "windows-1250"},
		{"windows-1251", "\xCF\xF0\xE8\xE2\xE5\xF2\xA8", "", "windows-1251", "ПриветЁ", "windows-1251"},
		{"windows-1252", "\x99\xDF\x81", "", "Windows-1252", "™ß\u0081", "windows-1252"},
		{"koi8-r", "\xF0\xD2\xC9\xD7\xC5\xD4\xA3", "", "koi8_r", "Приветё", "koi8-r"},
		{"Shift_JIS", "\x8D\xA1\x93\xFA\x82\xCC\x93V\x8BC \xB1\xB2\x81\x5C\x83\x5C\x87\x40", "", "Shift_JIS", "今日の天気 ｱｲ―ソ①", "shift_jis"},
		{"Shift_JIS by the header", "\x8D\xA1\x93\xFA", "text/html; charset=x-sjis", "", "今日", "shift_jis"},
		{"Shift_JIS, rare", "\xFA\x40\xF0\x40\x80\xED\x40", "", "sjis", "ⅰ\uE000\u0080纊", "shift_jis"},
		{"Shift_JIS, broken", "\x81<b>\xFF\x81\xFF\x85\x9E\x81", "", "sjis", "\uFFFD<b>\uFFFD\uFFFD\uFFFD\uFFFD", "shift_jis"},
		{"EUC-JP", "\xBA\xA3\xC6\xFC\xA4\xCE \x8E\xB1", "", "EUC-JP", "今日の ｱ", "euc-jp"},
		{"EUC-JP, broken", "\xBA<\x8F\xB0\xA1\xFF\xBA", "", "euc-jp", "\uFFFD<丂\uFFFD\uFFFD", "euc-jp"},
		{"gb2312 that looks like UTF-8", "\xC4\xA3", "text/html; charset=gb2312", "", "模", "gbk"},
		{"ISO-2022-JP is ASCII too", "\x1B$B:#F|\x1B(B", "", "iso-2022-jp", "今日", "iso-2022-jp"},
		{"UTF-16 by the header of ASCII", "abc", "text/html; charset=utf-16", "", "abc", "utf-16le"},
		{"for the user declared", "\x80", "", "x-user-defined", "€", "windows-1252"},
		{"an attack", "~{<script>", "", "hz-gb-2312", "\uFFFD", "replacement"},
		{"Greek", "\xC1\xE8\xDE\xED\xE1", "", "iso-8859-7", "Αθήνα", "iso-8859-7"},
		{"Japanese that is UTF-8", "今日", "", "sjis", "今日", "utf-8"},
		{"Shift_JIS against a mark", "\xFF\xFEa\x00", "", "shift_jis", "a", "utf-16le"},
		{"header and declaration at odds", "\xCF\xF0", "text/xml; charset=windows-1251", "utf-8", "Пр", "windows-1251"},
		{"empty header, declared", "\xE4", "text/xml; charset=", "iso-8859-1", "ä", "windows-1252"},
		{"quoted by half", "\xE4", "text/xml; charset='iso-8859-1'", "", "ä", "windows-1252"},
		{"declared wrongly", "déjà", "", "iso-8859-1", "déjà", "utf-8"},
		{"unknown", "ab\x81\x82c", "", "x-klingon", "ab\uFFFD\uFFFDc", "x-klingon"},
		{"unknown, and utf-8", "déjà", "", "x-klingon", "déjà", "utf-8"},
		{"broken utf-8", "A\xFF\xFEB", "", "", "A\uFFFD\uFFFDB", "utf-8"},
		{"cut sequences", "\xE2\x82A\xF0\x9F\xA6B\xC3", "", "", "\uFFFDA\uFFFDB\uFFFD", "utf-8"},
		{"surrogate in utf-8", "\xED\xA0\x80", "", "", "\uFFFD\uFFFD\uFFFD", "utf-8"},
		{"odd content type", "\xE4", "text/html;;charset=iso-8859-1;", "", "ä", "windows-1252"},
	}
	for _, tt := range tests {
		got, encoding := Decode([]byte(tt.body), tt.contentType, tt.declared)
		if string(got) != tt.want || encoding != tt.encoding {
			t.Errorf("%s: %q in %s, want %q in %s", tt.name, got, encoding, tt.want, tt.encoding)
		}
	}
}

func TestMediaType(t *testing.T) {
	for in, want := range map[string]string{"Text/HTML; charset=x": "text/html", "": "", " application/rss+xml ": "application/rss+xml"} {
		if got := MediaType(in); got != want {
			t.Errorf("MediaType(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestMetaCharset(t *testing.T) {
	tests := map[string]string{
		"text/html; CHARSET=windows-1251": "windows-1251", "text/html; charset = koi8-r": "koi8-r", "charset=\"big5\"x": "big5",
		"charset='gbk'": "gbk", "charset=a;b": "a", "charset=a b": "a", "charset\n=\ta": "a", "charset charset=a": "a", "charsetcharset=a": "a",
		"text/html": "", "charset": "", "charset=": "", "charset=\"a": "", "charset x": "", "text/html;charset=a ; x": "a",
		"İ charset=a": "", "charset=' gbk '": "gbk",
	}
	for in, want := range tests {
		if got := MetaCharset(in); got != want {
			t.Errorf("MetaCharset(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestXMLEncoding(t *testing.T) {
	tests := map[string]string{
		`<?xml version="1.0" encoding="windows-1251"?><html>`: "windows-1251", `<?xml encoding = 'a' ?>`: "a", "<?xml version='1.0'\n\tencoding='b'?>": "b",
		`<?xml version="1.0"?><a encoding="c">`: "", `<?xml encoding=a?>`: "", `<?xml encoding="a?>`: "", ` <?xml encoding="a"?>`: "",
		`<?xml encoding="a"`: "", `<?xml encoding?>`: "", "": "",
	}
	for in, want := range tests {
		if got := XMLEncoding([]byte(in)); got != want {
			t.Errorf("XMLEncoding(%q) = %q, want %q", in, got, want)
		}
	}
}

// Whatever comes in, text in UTF-8 comes out, not much longer, and text that
// was UTF-8 is not changed.
func FuzzDecode(f *testing.F) {
	f.Add([]byte("Zwölf"), "text/xml; charset=utf-8", "")
	f.Add([]byte("\xFF\xFEZ\x00\x3E\xD8"), "", "")
	f.Add([]byte("\x00<\x00?"), "", "utf-16")
	f.Add([]byte("\xE4\xF6\xFC"), "text/html; charset=koi8-r", "iso-8859-2")
	f.Add([]byte("\xE2\x82\xED\xA0\xF0\x9F"), "x; charset", "big5")
	f.Add([]byte("\x8D\xA1\x93\xFA<b>"), "", "shift_jis")
	f.Add([]byte("\xBA\xA3\x8F\xB0\xA1"), "", "euc-jp")
	f.Fuzz(func(t *testing.T, body []byte, contentType, declared string) {
		fetchtest.Linear(t, body, func(long []byte) { Decode(long, contentType, declared) })
		got, encoding := Decode(body, contentType, declared)
		if !utf8.Valid(got) || len(got) > 3*len(body)+3 {
			t.Errorf("Decode(%q, %q, %q) = %q", body, contentType, declared, got)
		}
		if encoding == "utf-8" && utf8.Valid(body) && len(got) != len(body) && len(got)+3 != len(body) {
			t.Errorf("Decode(%q) = %q", body, got)
		}
		if n := bytes.Count(body, []byte("<")); !strings.HasPrefix(encoding, "utf-16") && encoding != "iso-2022-jp" && encoding != "replacement" && bytes.Count(got, []byte("<")) != n {
			t.Errorf("%q in %s: %q has not %d signs", body, encoding, got, n)
		}
	})
}
