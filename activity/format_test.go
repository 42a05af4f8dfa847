package activity

import "testing"

// The formats are those of the validator that clients know, Ajv with
// ajv-formats 2.1 and ajv-formats-draft2019, which gave these verdicts.
func TestFormats(t *testing.T) {
	tests := []struct {
		name    string
		yes, no []string
	}{
		{"date-time",
			[]string{"2031-02-03T04:05:06Z", "2031-02-03 04:05:06", "2031-02-03\t04:05:06.25+01", "2031-02-03\u00a004:05:06", "2031-02-03t04:05:06z",
				"2000-02-29T00:00:00", "2031-02-03T23:59:60", "2031-02-03T04:05:06+25:99"},
			[]string{"2031-02-29T04:05:06Z", "1900-02-29T00:00:00", "2031-02-03T24:00:00", "2031-02-03T22:59:60", "2031-02-03T04:05:06.",
				"2031-02-03T04:05:06+1", "2031-02-03T04:05:06 Z", "2031-02-03T04:05Z", "20310203T040506Z", "", "T"}},
		{"email",
			[]string{"a@b.test", "a.b+c@d-e.f.test"},
			[]string{"a@b", "@b.test", "a@", "a..b@c.test", ".a@c.test", "a@-b.test", "a@b-.test", `"a b"@c.test`, "a@b..test", "ü@b.test", "a@b.test."}},
		{"uri",
			[]string{"http://a.test/b?c#d", "http://", "http:a", "urn:a:b", "http://[::1]:8/", "http:/[::1]/", "http://a:b/", "mailto:a@b", "http://a/%41",
				"a+b-c.d:e", "http://[v1.x]/", "http://u:p@h/", "x:/", "x://"},
			[]string{"x:", "x:?", "//a/b", "a", "http://a b", "http://[::g]/", "http://ü/", "http://a/%zz", "1a:b", "x:#f"}},
		{"iri",
			[]string{"http://a", "http:a", "HTTP://a b", "mailto:", "mailto:x", "mailto:#x", "mailto:?x#y", "MAILTO:x", "urn:a", "irc6:x", "data:,x",
				"httpé:x", " http:x", "h%74tp:x", "http~:x", "mailto://x#y"},
			[]string{"http://a#b", "javascript:alert(1)", "foo", "foo:bar", "//x/y", "mailto:a@b.test#c", ":x", "", "a://b", "htt%20p:x", "%:x",
				"mailto://x/y#z"}},
	}
	all := formats()
	for _, tt := range tests {
		for want, list := range map[bool][]string{true: tt.yes, false: tt.no} {
			for _, s := range list {
				if got := all[tt.name](s); got != want {
					t.Errorf("%s of %q: %v, want %v", tt.name, s, got, want)
				}
			}
		}
	}
}
