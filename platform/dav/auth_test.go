package dav

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"net/http"
	"reflect"
	"strings"
	"testing"
)

func TestChallenges(t *testing.T) {
	tests := []struct {
		lines []string
		want  []challenge
	}{
		{nil, nil},
		{[]string{"Basic"}, []challenge{{"basic", map[string]string{}}}},
		{[]string{`Basic realm="a, b"`, `DIGEST Realm="x", nonce=abc, qop="auth,auth-int"`}, []challenge{
			{"basic", map[string]string{"realm": "a, b"}}, {"digest", map[string]string{"realm": "x", "nonce": "abc", "qop": "auth,auth-int"}}}},
		{[]string{`Negotiate, Basic realm = "q\"q"`}, []challenge{{"negotiate", map[string]string{}}, {"basic", map[string]string{"realm": `q"q`}}}},
		{[]string{`Negotiate a/b+c==, Basic`}, []challenge{{"negotiate", map[string]string{"a/b+c": ""}}, {"basic", map[string]string{}}}},
		{[]string{`Digest realm="unfinished`}, []challenge{{"digest", map[string]string{}}}},
	}
	for _, tt := range tests {
		if got := challenges(http.Header{"Www-Authenticate": tt.lines}); !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%q: %v, want %v", tt.lines, got, tt.want)
		}
	}
}

// The examples of RFC 7616, section 3.9.1.
func TestDigest(t *testing.T) {
	who := secret{user: "Mufasa", password: "Circle of Life"}
	const cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
	header := http.Header{"Www-Authenticate": {
		`Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=SHA-256, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`,
		`Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=MD5, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`}}
	want := []string{"753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1", "8ca523f5e9506fed4657c9700eebdbec"}
	for i, c := range challenges(header) {
		got := newDigest(c).respond(who, "GET", "/dir/index.html", 1, cnonce)
		if !strings.Contains(got, `response="`+want[i]+`"`) {
			t.Errorf("%s\nwant %s", got, want[i])
		}
	}
	for _, refused := range []string{
		`Digest realm="r", nonce="n", qop="auth-int"`, `Digest realm="r", nonce="n", userhash=true`, `Digest realm="r"`,
		`Digest realm="r", nonce="n", algorithm=SHA-512-256`, `Basic realm="r", nonce="n"`,
	} {
		if newDigest(challenges(http.Header{"Www-Authenticate": {refused}})[0]) != nil {
			t.Errorf("%s can be answered", refused)
		}
	}
}

// digestServer checks answers as a server does, and accepts a nonce so many times.
type digestServer struct {
	t         *testing.T
	algorithm string
	sum       func() hash.Hash
	uses      int
	stale     bool

	nonce, count int
}

func (s *digestServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := func(parts ...string) string {
		sum := s.sum()
		sum.Write([]byte(strings.Join(parts, ":")))
		return hex.EncodeToString(sum.Sum(nil))
	}
	var p map[string]string
	if list := challenges(http.Header{"Www-Authenticate": {r.Header.Get("Authorization")}}); len(list) > 0 {
		p = list[0].params
	}
	if s.count == s.uses {
		s.nonce, s.count = s.nonce+1, 0
	}
	nonce := fmt.Sprintf("n%d", s.nonce)
	a1 := h("ann", "r", "secret-1")
	if strings.HasSuffix(s.algorithm, "-sess") {
		a1 = h(a1, p["nonce"], p["cnonce"])
	}
	right := p["response"] == h(a1, p["nonce"], p["nc"], p["cnonce"], "auth", h(r.Method, r.RequestURI))
	if p["nonce"] != nonce || !right {
		stale := ""
		if s.stale && right {
			stale = ", stale=TRUE"
		}
		w.Header().Set("WWW-Authenticate", `Digest realm="r", nonce="`+nonce+`", qop="auth", algorithm=`+s.algorithm+stale)
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	s.count++
	if p["nc"] != fmt.Sprintf("%08x", s.count) {
		s.t.Errorf("nonce count %s at request %d", p["nc"], s.count)
	}
	w.WriteHeader(http.StatusNoContent)
}

// Nonces are counted, and replaced when the server wants another one.
func TestNonces(t *testing.T) {
	for _, algorithm := range []string{"MD5", "MD5-sess", "SHA-256", "SHA-256-sess"} {
		for _, stale := range []bool{false, true} {
			sum := md5.New
			if strings.HasPrefix(algorithm, "SHA") {
				sum = sha256.New
			}
			server := serve(t, (&digestServer{t: t, algorithm: algorithm, sum: sum, uses: 3, stale: stale}).ServeHTTP)
			s := open(t, CalDAV, server.URL, Options{})
			for range 8 {
				a, err := s.send(t.Context(), request{method: "DELETE", url: mustParse(t, server.URL+"/a?b=c")})
				if err != nil {
					t.Fatalf("%s, stale %v: %v", algorithm, stale, err)
				}
				a.close()
			}
		}
	}
}

// A wrong password is told of after one try, and what was learnt is forgotten.
func TestWrongPassword(t *testing.T) {
	requests := 0
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		requests++
		w.Header().Set("WWW-Authenticate", `Basic realm="r"`)
		w.WriteHeader(http.StatusUnauthorized)
	})
	s := open(t, CalDAV, server.URL, Options{})
	if _, err := s.Collections(t.Context()); CodeOf(err) != AuthenticationFailed || requests != 2 {
		t.Errorf("%v after %d requests", err, requests)
	}
	if len(s.client.accounts.byKey) != 0 {
		t.Error("the account is kept")
	}
}

// Reading a challenge ends, whatever is in it, and so does answering it.
func FuzzChallenges(f *testing.F) {
	f.Add(`Digest realm="r", nonce="n", qop="auth", stale=true, charset=UTF-8`)
	f.Add(`Basic realm="a", Digest nonce=x realm=y, Negotiate abc==`)
	f.Add(`,,, = "\`)
	f.Fuzz(func(t *testing.T, text string) {
		for _, c := range challenges(http.Header{"Www-Authenticate": {text}}) {
			if d := newDigest(c); d != nil {
				if got := d.answer(secret{user: "ann", password: "p"}, "GET", "/"); !strings.HasPrefix(got, "Digest username=") {
					t.Errorf("%q: %q", text, got)
				}
			}
		}
	})
}
