package metadata

import "testing"

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
		{"Shift_JIS", "\x8D\xA1\x93\xFA", "", "Shift_JIS", "今日", "Shift_JIS"},
		{"Shift_JIS by the header", "\x8D\xA1\x93\xFA", "text/html; charset=x-sjis", "", "今日", "shift_jis"},
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
