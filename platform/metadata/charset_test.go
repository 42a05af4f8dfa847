package metadata

import (
	"bytes"
	"testing"
	"unicode/utf8"
)

func TestDecode(t *testing.T) {
	tests := []struct{ name, body, contentType, declared, text, charset string }{
		{"declared and used", "caf\xE9", "text/html", "ISO-8859-1", "café", "ISO-8859-1"},
		{"nothing said", "café", "text/html", "", "café", "utf-8"},
		{"nothing said, not UTF-8", "caf\xE9 \x80", "", "", "café €", "windows-1252"},
		{"header", "\xC0\xC1", "text/html; charset=windows-1251", "", "АБ", "windows-1251"},
		{"header against the page", "\xC0\xC1", "text/html; charset=windows-1251", "utf-8", "АБ", "windows-1251"},
		{"UTF-8 against the header", "café", "text/html; charset=latin1", "UTF8", "café", "UTF8"},
		{"mark", "\xEF\xBB\xBFcafé", "text/html; charset=latin1", "latin1", "café", "utf-8"},
		{"UTF-16", "\xFF\xFEa\x00", "", "shift_jis", "a", "utf-16le"},
		{"Shift_JIS", "\x8D\xA1\x93\xFA\x82\xCC\x93V\x8BC \xB1\xB2\x81\x5C\x83\x5C\x87\x40", "", "Shift_JIS", "今日の天気 ｱｲ―ソ①", "Shift_JIS"},
		{"Shift_JIS by the header", "\x8D\xA1\x93\xFA", "text/html; charset=x-sjis", "", "今日", "shift_jis"},
		{"Shift_JIS, rare", "\xFA\x40\xF0\x40\x80\xED\x40", "", "sjis", "ⅰ\uE000\u0080纊", "sjis"},
		{"Shift_JIS, broken", "\x81<b>\xFF\x81\xFF\x85\x9E\x81", "", "sjis", "\uFFFD<b>\uFFFD\uFFFD\uFFFD\uFFFD", "sjis"},
		{"EUC-JP", "\xBA\xA3\xC6\xFC\xA4\xCE \x8E\xB1", "", "EUC-JP", "今日の ｱ", "EUC-JP"},
		{"EUC-JP, broken", "\xBA<\x8F\xB0\xA1\xFF\xBA", "", "euc-jp", "\uFFFD<\uFFFD\uFFFD\uFFFD", "euc-jp"},
		{"Japanese that is UTF-8", "今日", "", "sjis", "今日", "utf-8"},
		{"unknown", "caf\xE9", "", "x-klingon", "caf\uFFFD", "x-klingon"},
	}
	for _, tt := range tests {
		text, charset := decode([]byte(tt.body), tt.contentType, tt.declared, true)
		if string(text) != tt.text || charset != tt.charset {
			t.Errorf("%s: %q in %q, want %q in %q", tt.name, text, charset, tt.text, tt.charset)
		}
	}
	// A page that was cut inside a character is still UTF-8.
	for _, cut := range []string{"é\xC3", "é\xE4\xBB", "é\xF0\x9F\x90"} {
		if text, charset := decode([]byte(cut), "", "", false); string(text) != "é" || charset != "utf-8" {
			t.Errorf("%q: %q in %q", cut, text, charset)
		}
	}
}

func TestSurvey(t *testing.T) {
	tests := []struct{ page, want string }{
		{`<meta charset=" utf-8 ">`, " utf-8 "},
		{`<meta name=a><meta charset="koi8-r">`, "koi8-r"},
		{`<meta name=charset content="a"><meta charset="b">`, "a"},
		{`<meta http-equiv=Content-Type content="text/html;charset=a ; x"><meta charset="b">`, "a"},
		{`<meta http-equiv=Content-Type content="text/html"><meta charset="b">`, "b"},
		{`<!-- <meta charset=no> --><script><meta charset=no></script><meta charset=yes>`, "yes"},
		{`<body><meta charset=late>`, ""},
		{`<meta charset="">`, ""},
	}
	for _, tt := range tests {
		if _, got := survey([]byte(tt.page)); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.page, got, tt.want)
		}
	}
}

// Whatever the bytes, the text is UTF-8, and ASCII in it is kept.
func FuzzDecode(f *testing.F) {
	f.Add([]byte("\x8D\xA1\x93\xFA<b>"), uint8(0))
	f.Add([]byte("\xBA\xA3\x8F\xB0\xA1"), uint8(1))
	f.Add([]byte("\xFF\xFEa\x00\xC3"), uint8(2))
	f.Fuzz(func(t *testing.T, body []byte, n uint8) {
		declared := []string{"shift_jis", "euc-jp", "", "utf-8", "koi8-r", "x-none"}[n%6]
		text, charset := decode(body, "", declared, n < 128)
		if !utf8.Valid(text) || charset == "" || len(text) > 3*len(body) {
			t.Errorf("%q in %q: %q in %q", body, declared, text, charset)
		}
		if kind := japanese(declared); kind != "" {
			if got, want := bytes.Count(decodeJapanese(body, kind), []byte("<")), bytes.Count(body, []byte("<")); got != want {
				t.Errorf("%q in %q: %d signs, want %d", body, kind, got, want)
			}
		}
	})
}
