package webfetch

import (
	"errors"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/sockethub/sockethub/platform/webfetch/fetchtest"
)

func TestParseURL(t *testing.T) {
	tests := []struct{ in, want string }{
		{"http://8.8.8.8", "http://8.8.8.8/"},
		{"HTTPS://Example.TEST:443/A?b#c", "https://example.test/A?b#c"},
		{"http://x.test:80/", "http://x.test/"},
		{"http://x.test:0080/", "http://x.test/"},
		{"http://x.test:/", "http://x.test/"},
		{"https://x.test:80/", "https://x.test:80/"},
		{"http://x.test:0/", "http://x.test:0/"},
		{"http:x.test/a", "http://x.test/a"},
		{"http:/x.test", "http://x.test/"},
		{"http:////x.test/a", "http://x.test/a"},
		{`http:\\x.test\a\b`, "http://x.test/a/b"},
		{" \t http://x.test/a\nb \r\n", "http://x.test/ab"},
		{"http://x.test?q", "http://x.test/?q"},
		{"http://x.test#f", "http://x.test/#f"},
		{"http://x.test/a b?c d#e f", "http://x.test/a%20b?c%20d#e%20f"},
		{"http://x.test/ä?ö", "http://x.test/%C3%A4?%C3%B6"},
		{"http://x.test/100%", "http://x.test/100%25"},
		{"http://x.test/%41%zz", "http://x.test/%41%25zz"},
		{"http://x.test/?q=100%&r=%zz%41", "http://x.test/?q=100%&r=%zz%41"},
		{"http://x.test/a/../../b/./c/..", "http://x.test/b/"},
		{"http://x.test/a/%2e%2E/b", "http://x.test/b"},
		{"http://x.test/.", "http://x.test/"},
		{"http://x.test//a", "http://x.test//a"},
		{"http://@x.test/", "http://x.test/"},
		{"http://:@x.test/", "http://x.test/"},
		{`http://8.8.8.8\@127.0.0.1/`, "http://8.8.8.8/@127.0.0.1/"},
		{"http://2130706433/", "http://127.0.0.1/"},
		{"http://0x7f000001/", "http://127.0.0.1/"},
		{"http://017700000001/", "http://127.0.0.1/"},
		{"http://0X7F.1/", "http://127.0.0.1/"},
		{"http://127.1/", "http://127.0.0.1/"},
		{"http://0177.0.0.01/", "http://127.0.0.1/"},
		{"http://127.0.0.1./", "http://127.0.0.1/"},
		{"http://0/", "http://0.0.0.0/"},
		{"http://0x/", "http://0.0.0.0/"},
		{"http://1.2.3/", "http://1.2.0.3/"},
		{"http://１２７.0.0.1/", "http://127.0.0.1/"},
		{"http://127。0｡0．1/", "http://127.0.0.1/"},
		{"http://%31%32%37.0.0.1/", "http://127.0.0.1/"},
		{"http://[0:0:0:0:0:0:0:1]/", "http://[::1]/"},
		{"http://[::FFFF:A9FE:A9FE]:8080/", "http://[::ffff:a9fe:a9fe]:8080/"},
		{"http://bücher.test/", "http://xn--bcher-kva.test/"},
		{"http://BÜCHER.test/", "http://xn--bcher-kva.test/"},
		{"http://例え.テスト/", "http://xn--r8jz45g.xn--zckzah/"},
		{"http://faß.test/", "http://xn--fa-hia.test/"},
		{"http://under_score.test/", "http://under_score.test/"},
		{"http://0x7f.test/", "http://0x7f.test/"},
		{"http://localhost./", "http://localhost./"},
		{"HTTP://LOCALHOST.:80/", "http://localhost./"},
		{"http://localhost%2E/", "http://localhost./"},
		{"http://0x7F.0x0.0x0.0x1/", "http://127.0.0.1/"},
		{"http://0300.0250.0.1/", "http://192.168.0.1/"},
		{"http://0xA9FEA9FE/", "http://169.254.169.254/"},
		{"http://169.16689662/", "http://169.254.169.254/"},
		{"http://127.0.0.1%2e/", "http://127.0.0.1/"},
		{"http://0xffffffff/", "http://255.255.255.255/"},
		{"http://00000000000000000000000000177.1/", "http://127.0.0.1/"},
		{"http://①②⑦.⓪.₀.𝟏/", "http://127.0.0.1/"},
		{"http://𝟣𝟮𝟩。𝟬｡𝟶．𝟙/", "http://127.0.0.1/"},
		{"http://ⓁⓄⒸⓐⓛⓗⓞⓢⓣ/", "http://localhost/"},
		{"http://loc\u00ADal\u200Bhost/", "http://localhost/"},
		{"http://\u212Ailn.test/", "http://kiln.test/"},
		{"http://[::127.0.0.1]/", "http://[::7f00:1]/"},
		{"http://[::FFFF:127.0.0.1]/", "http://[::ffff:7f00:1]/"},
		{"http://[64:FF9B::127.0.0.1]/", "http://[64:ff9b::7f00:1]/"},
		{"http://[2002:7F00:1::]/", "http://[2002:7f00:1::]/"},
		{"http://[2001:0:7F00:1:0:0:0:0]/", "http://[2001:0:7f00:1::]/"},
		{"http://[0:0:0:0:0:ffff:0:0]/", "http://[::ffff:0:0]/"},
		{"ht\ntp://x.test/", "http://x.test/"},
		{"http://x.test\t:8\n0/", "http://x.test/"},
		{"http:\\x.test:00443", "http://x.test:443/"},
		{"https://xn--bcher-kva.test/", "https://xn--bcher-kva.test/"},
		{"http://x.test/%2e%2e/%2E/a", "http://x.test/a"},
		{"http://x.test/a;b=c?d=[e]|f", "http://x.test/a;b=c?d=[e]|f"},
	}
	for _, tt := range tests {
		u, err := ParseURL(tt.in)
		if err != nil {
			t.Errorf("ParseURL(%q): %v", tt.in, err)
			continue
		}
		if u.String() != tt.want {
			t.Errorf("ParseURL(%q) = %s, want %s", tt.in, u, tt.want)
		}
		if again, err := ParseURL(u.String()); err != nil || again.String() != tt.want {
			t.Errorf("ParseURL(%q) = %v, %v, and is not stable", u, again, err)
		}
	}
}

func TestParseURLErrors(t *testing.T) {
	tests := []struct {
		in    string
		class Class
		text  string
	}{
		{"", InvalidURL, "invalid URL: "},
		{"not a url", InvalidURL, "invalid URL: not a url"},
		{"//8.8.8.8/", InvalidURL, "invalid URL: //8.8.8.8/"},
		{"http://", InvalidURL, "invalid URL: http://"},
		{"http:///", InvalidURL, "invalid URL: http:///"},
		{"http://?x", InvalidURL, "invalid URL: http://?x"},
		{"http://:80/", InvalidURL, "invalid URL: http://:80/"},
		{"http://::1/", InvalidURL, "invalid URL: http://::1/"},
		{"http://[::1", InvalidURL, "invalid URL: http://[::1"},
		{"http://[::1]x/", InvalidURL, "invalid URL: http://[::1]x/"},
		{"http://[fe80::1%25eth0]/", InvalidURL, "invalid URL: http://[fe80::1%25eth0]/"},
		{"http://[fe80::1%eth0]/", InvalidURL, "invalid URL: http://[fe80::1%eth0]/"},
		{"http://[127.0.0.1]/", InvalidURL, "invalid URL: http://[127.0.0.1]/"},
		{"http://a[::1]/", InvalidURL, "invalid URL: http://a[::1]/"},
		{"http://256.1.1.1/", InvalidURL, "invalid URL: http://256.1.1.1/"},
		{"http://1.2.3.4.5/", InvalidURL, "invalid URL: http://1.2.3.4.5/"},
		{"http://4294967296/", InvalidURL, "invalid URL: http://4294967296/"},
		{"http://08.1.1.1/", InvalidURL, "invalid URL: http://08.1.1.1/"},
		{"http://1.2.3.08/", InvalidURL, "invalid URL: http://1.2.3.08/"},
		{"http://a.b.0x100000000/", InvalidURL, "invalid URL: http://a.b.0x100000000/"},
		{"http://99999999999999999999999999/", InvalidURL, "invalid URL: http://99999999999999999999999999/"},
		{"http://x.test:65536/", InvalidURL, "invalid URL: http://x.test:65536/"},
		{"http://x.test:-1/", InvalidURL, "invalid URL: http://x.test:-1/"},
		{"http://exa mple.test/", InvalidURL, "invalid URL: http://exa mple.test/"},
		{"http://a<b.test/", InvalidURL, "invalid URL: http://a<b.test/"},
		{"http://%/", InvalidURL, "invalid URL: http://%/"},
		{"http://a%00b/", InvalidURL, "invalid URL: http://a%00b/"},
		{"http://a%2fb/", InvalidURL, "invalid URL: http://a%2fb/"},
		{"http://xn--a-.test/", InvalidURL, "invalid URL: http://xn--a-.test/"},
		{"http://user:pw@[bad/", InvalidURL, "invalid URL: http://***@[bad/"},
		{"ftp://user:secret@files.test/x", BadScheme, "unsupported scheme ftp: for ftp://files.test/x"},
		{"htp://x.test\\a", InvalidURL, "invalid URL: htp://x.test\\a"},
		{"htp://x.test/a\\b", BadScheme, "unsupported scheme htp: for htp://x.test/a\\b"},
		{"javascript:alert(1)", BadScheme, "unsupported scheme javascript: for javascript:alert(1)"},
		{"http://1.2.3.4 &@5.6.7.8# @127.0.0.1/", Credentials, "URL must not include credentials"},
		{"http://a@b@x.test/", Credentials, "URL must not include credentials"},
		{"http://%75ser@x.test/", Credentials, "URL must not include credentials"},
		{"http://x.test:80:80/", InvalidURL, "invalid URL: http://x.test:80:80/"},
		{"http://x.test:٨٠/", InvalidURL, "invalid URL: http://x.test:٨٠/"},
		{"http://127.0.0.1%00.test/", InvalidURL, "invalid URL: http://127.0.0.1%00.test/"},
		{"http://[v1.x]/", InvalidURL, "invalid URL: http://[v1.x]/"},
		{"http://[0::0::1]/", InvalidURL, "invalid URL: http://[0::0::1]/"},
		{"http://[::1.2.3]/", InvalidURL, "invalid URL: http://[::1.2.3]/"},
		{"http://[::0x7f.1]/", InvalidURL, "invalid URL: http://[::0x7f.1]/"},
		{"http://[fe80::1%25]/", InvalidURL, "invalid URL: http://[fe80::1%25]/"},
		{"http://0x100000000/", InvalidURL, "invalid URL: http://0x100000000/"},
		{"http://1.2.3.256/", InvalidURL, "invalid URL: http://1.2.3.256/"},
		{"http://1..2/", InvalidURL, "invalid URL: http://1..2/"},
		{"http://x.test.1/", InvalidURL, "invalid URL: http://x.test.1/"},
		{"http://u:p@x.test/", Credentials, "URL must not include credentials"},
		{"http://127.0.0.1@8.8.8.8/", Credentials, "URL must not include credentials"},
		{"http://x.test:25/", BadPort, "port not allowed"},
		{"https://x.test:6667/", BadPort, "port not allowed"},
		{"http://x.test/" + strings.Repeat("a", MaxURL), InvalidURL, "invalid URL: longer than 8192 bytes"},
	}
	for _, tt := range tests {
		_, err := ParseURL(tt.in)
		var e *Error
		if !errors.As(err, &e) || e.Class != tt.class || e.Text != tt.text {
			t.Errorf("ParseURL(%q): %q (%s), want %q (%s)", tt.in, err, ClassOf(err), tt.text, tt.class)
		}
	}
}

func TestResolve(t *testing.T) {
	base, err := url.Parse("https://x.test:8443/a/b?q=1#f")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct{ ref, want string }{
		{"c", "https://x.test:8443/a/c"},
		{"./", "https://x.test:8443/a/"},
		{"../c?d", "https://x.test:8443/c?d"},
		{"../../../c", "https://x.test:8443/c"},
		{"/c", "https://x.test:8443/c"},
		{`\c`, "https://x.test:8443/c"},
		{"?z", "https://x.test:8443/a/b?z"},
		{"#g", "https://x.test:8443/a/b?q=1#g"},
		{"", "https://x.test:8443/a/b?q=1"},
		{"//y.test/c", "https://y.test/c"},
		{`/\y.test/c`, "https://y.test/c"},
		{"http://127.1/", "http://127.0.0.1/"},
		{"c:d", ""},
		{"//u@y.test/", ""},
		{"//[oops", ""},
		{"file:///etc/passwd", ""},
		{"a b", "https://x.test:8443/a/a%20b"},
	}
	for _, tt := range tests {
		u, err := Resolve(base, tt.ref)
		got := ""
		if err == nil {
			got = u.String()
		}
		if got != tt.want {
			t.Errorf("Resolve(%q) = %q, %v; want %q", tt.ref, got, err, tt.want)
		}
	}
}

// A path of nothing but ".." must cost no more than another of its length.
func TestDotSegmentsAreLinear(t *testing.T) {
	var b strings.Builder
	writePath(&b, strings.Repeat("/a", 1<<20)+strings.Repeat("/..", 1<<20))
	if b.String() != "/" {
		t.Errorf("path is %d bytes, want /", b.Len())
	}
}

// What ParseURL accepts is in normal form, has no user info and a host that is
// an address or cannot be read as one.
func FuzzParseURL(f *testing.F) {
	for _, s := range []string{
		"http://8.8.8.8/", "https://user:pw@x.test:8080/a/../b?c#d", "http://0x7f.1/", "http://[::1%25lo]/", "http:\\\\x\\@y/",
		"http://１２７。0.0.1/", "http://bücher.test/", "http://%31.1.1.1/", "ht\ntp://x", "http://xn--80ak6aa92e.com/", "http://a..b/",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		fetchtest.Linear(t, []byte(s), func(long []byte) {
			// ParseURL itself refuses what is so long.
			clean(string(long))
			normalTail(string(long))
			parseHost(string(long))
			Mask(string(long))
		})
		u, err := ParseURL(s)
		if err != nil {
			if utf8.ValidString(s) && !utf8.ValidString(err.Error()) {
				t.Errorf("text of %q is no UTF-8", s)
			}
			return
		}
		if u.User != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.Path == "" {
			t.Errorf("ParseURL(%q) = %#v", s, u)
		}
		again, err := ParseURL(u.String())
		if err != nil || again.String() != u.String() {
			t.Errorf("ParseURL(%q) = %s, which becomes %v, %v", s, u, again, err)
		}
		host := u.Hostname()
		if a, err := netip.ParseAddr(host); err == nil && a.String() != host && !a.Is4In6() { // which netip writes in another way
			t.Errorf("host %q of %q is not in normal form", host, s)
		}
		if _, ok := parseIPv4(host); ok {
			if _, err := netip.ParseAddr(host); err != nil {
				t.Errorf("host %q of %q may be taken for an address", host, s)
			}
		}
		if strings.ContainsAny(u.Host, "@/\\ \t\n%") {
			t.Errorf("host %q of %q", u.Host, s)
		}
	})
}
