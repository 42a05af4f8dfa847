package sasl

import (
	"crypto/tls"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// scripted is a mechanism whose nonce is known.
func scripted(t testing.TB, name, user, password, nonce string, b Binding) *Scram {
	t.Helper()
	s, err := NewScram(name, user, password, b, nil)
	if err != nil {
		t.Fatal(err)
	}
	s.nonce = nonce
	return s
}

// The conversations of RFC 5802, section 5, and RFC 7677, section 3; the one of
// SHA-512 was computed by another implementation.
func TestScramVectors(t *testing.T) {
	tests := []struct {
		name, nonce, first, challenge, final, verdict string
	}{
		{"SCRAM-SHA-1", "fyko+d2lbbFgONRv9qkxdawL",
			"n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL",
			"r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096",
			"c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
			"v=rmF9pqV8S7suAoZWja4dJRkFsKQ="},
		{"SCRAM-SHA-256", "rOprNGfwEbeRWgbNEkqO",
			"n,,n=user,r=rOprNGfwEbeRWgbNEkqO",
			"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
			"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
			"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="},
		{"SCRAM-SHA-512", "rOprNGfwEbeRWgbNEkqO",
			"n,,n=user,r=rOprNGfwEbeRWgbNEkqO",
			"r=rOprNGfwEbeRWgbNEkqOmore,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
			"c=biws,r=rOprNGfwEbeRWgbNEkqOmore,p=Dqw18ovAHXa3Sea2P2ROaWiwmWKWNkwbMUGMbydLsOY4SqDPmo9JriKQN73Oye0moVkdB9Z8xiMrLEGXNBpTbA==",
			"v=QmVATxZ8loXLnhUYitM83SFcj703QRqSGGGSLPI0XnZbQVW9AHDctp3f69m8XgOi6WwA53p7sfjifDEWU+GTbw=="},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := scripted(t, tt.name, "user", "pencil", tt.nonce, Binding{})
			if got, err := s.Next(nil); string(got) != tt.first || err != nil {
				t.Fatalf("first message %q, %v; want %q", got, err, tt.first)
			}
			if got, err := s.Next([]byte(tt.challenge)); string(got) != tt.final || err != nil {
				t.Fatalf("final message %q, %v; want %q", got, err, tt.final)
			}
			if s.Proved() {
				t.Error("the server counts as proved before it said anything")
			}
			if _, err := s.Next([]byte(tt.verdict)); err != nil || !s.Proved() {
				t.Errorf("the server's signature: %v", err)
			}
			if _, err := s.Next(nil); !errors.Is(err, ErrPass) {
				t.Errorf("after the end: %v", err)
			}
		})
	}
}

// A server that is not who it says it is.
func TestScramServerUnproved(t *testing.T) {
	for _, verdict := range []string{"", "v=", "v=AAAA", "v=smF9pqV8S7suAoZWja4dJRkFsKQ=", "x", "e=invalid-proof"} {
		s := scripted(t, "SCRAM-SHA-1", "user", "pencil", "fyko+d2lbbFgONRv9qkxdawL", Binding{})
		s.Next(nil)
		s.Next([]byte("r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096"))
		if _, err := s.Next([]byte(verdict)); err == nil || s.Proved() {
			t.Errorf("%q is believed", verdict)
		}
	}
}

// What a server asks for has bounds, and its nonce begins with ours.
func TestScramBounds(t *testing.T) {
	for _, text := range []string{
		"r=NONCEx,s=c2FsdA==,i=1", "r=NONCEx,s=c2FsdA==,i=4095", "r=NONCEx,s=c2FsdA==,i=1000001", "r=NONCEx,s=c2FsdA==,i=1000000000",
		"r=NONCEx,s=c2FsdA==,i=-4096", "r=NONCEx,s=c2FsdA==,i=x", "r=other,s=c2FsdA==,i=4096", "r=NONCE,s=c2FsdA==,i=4096",
		"r=NONCEx,s=,i=4096", "r=NONCEx,s=*,i=4096", "m=x,r=NONCEx,s=c2FsdA==,i=4096", "s=c2FsdA==,r=NONCEx,i=4096", "", "x", "r=NONCEx,s=c2FsdA==",
	} {
		s := scripted(t, "SCRAM-SHA-256", "mara", "x", "NONCE", Binding{})
		s.Next(nil)
		if out, err := s.Next([]byte(text)); err == nil {
			t.Errorf("%q is answered %q", text, out)
		}
	}
}

// The header says what of the channel is proved.
func TestScramBinding(t *testing.T) {
	tests := []struct {
		name, mechanism string
		binding         Binding
		header, c       string
	}{
		{"none", "SCRAM-SHA-256", Binding{}, "n,,", "biws"},
		{"the server offers none", "SCRAM-SHA-256", Binding{Missed: true}, "y,,", "eSws"},
		{"with the exporter", "SCRAM-SHA-256-PLUS", Binding{Type: "tls-exporter", Data: []byte("key")}, "p=tls-exporter,,", "cD10bHMtZXhwb3J0ZXIsLGtleQ=="},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := scripted(t, tt.mechanism, "ma,r=a", "x", "NONCE", tt.binding)
			first, _ := s.Next(nil)
			if want := tt.header + "n=ma=2Cr=3Da,r=NONCE"; string(first) != want {
				t.Errorf("first message %q, want %q", first, want)
			}
			final, err := s.Next([]byte("r=NONCEx,s=c2FsdA==,i=4096"))
			if err != nil || !strings.HasPrefix(string(final), "c="+tt.c+",r=NONCEx,p=") {
				t.Errorf("final message %q, %v; want c=%s", final, err, tt.c)
			}
		})
	}
	if _, err := NewScram("SCRAM-SHA-1-PLUS", "mara", "x", Binding{}, nil); err == nil {
		t.Error("-PLUS without a binding")
	}
}

// Keys spare the second login the work, and only with the same salt.
func TestKeys(t *testing.T) {
	keys := &Keys{}
	final := func(challenge string) string {
		s, err := NewScram("SCRAM-SHA-256", "mara", "sesame", Binding{}, keys)
		if err != nil {
			t.Fatal(err)
		}
		s.nonce = "NONCE"
		s.Next(nil)
		out, err := s.Next([]byte(challenge))
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	first := final("r=NONCEx,s=c2FsdA==,i=4096")
	kept := *keys
	if again := final("r=NONCEx,s=c2FsdA==,i=4096"); again != first || &kept.client[0] != &keys.client[0] {
		t.Error("the keys were not used again")
	}
	if other := final("r=NONCEx,s=b3RoZXI=,i=4096"); other == first || keys.salt != "other" {
		t.Error("keys of another salt were used")
	}
}

func TestChoose(t *testing.T) {
	secure := &tls.ConnectionState{Version: tls.VersionTLS12}
	tests := []struct {
		name  string
		offer Offer
		want  string // the mechanism and its header, or an error
	}{
		{"the strongest", Offer{Mechanisms: []string{"PLAIN", "SCRAM-SHA-1", "SCRAM-SHA-512", "SCRAM-SHA-256"}}, "SCRAM-SHA-512 n,,"},
		{"we could bind, the server cannot", Offer{Mechanisms: []string{"SCRAM-SHA-1"}, TLS: secure}, "SCRAM-SHA-1 y,,"},
		{"-PLUS without a list of bindings", Offer{Mechanisms: []string{"SCRAM-SHA-1", "SCRAM-SHA-1-PLUS"}, TLS: secure}, "SCRAM-SHA-1 n,,"},
		{"a binding that we do not have", Offer{Mechanisms: []string{"SCRAM-SHA-1", "SCRAM-SHA-1-PLUS"}, Bindings: []string{"tls-unique"}, TLS: secure}, "SCRAM-SHA-1 n,,"},
		{"PLAIN where nobody listens", Offer{Mechanisms: []string{"PLAIN"}, Tellable: true}, "PLAIN"},
		{"PLAIN in the clear", Offer{Mechanisms: []string{"PLAIN"}}, ErrNone.Error()},
		{"nothing in common", Offer{Mechanisms: []string{"GSSAPI"}}, ErrNone.Error()},
		{"as strong as before", Offer{Mechanisms: []string{"SCRAM-SHA-256", "PLAIN"}, Least: "SCRAM-SHA-256"}, "SCRAM-SHA-256 n,,"},
		{"weaker than before", Offer{Mechanisms: []string{"SCRAM-SHA-1", "PLAIN"}, Tellable: true, Least: "SCRAM-SHA-256"}, ErrDowngrade.Error()},
		{"without the binding of before", Offer{Mechanisms: []string{"SCRAM-SHA-256"}, Least: "SCRAM-SHA-1-PLUS"}, ErrDowngrade.Error()},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, err := tt.offer.Choose("mara", "sesame", nil)
			got := fmt.Sprint(err)
			if err == nil {
				got = m.Name()
				if s, ok := m.(*Scram); ok {
					got += " " + s.binding.header()
				}
			}
			if got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}

func TestPrep(t *testing.T) {
	tests := []struct{ name, in, want string }{ // RFC 4013, section 3, and more
		{"soft hyphen", "I\u00adX", "IX"},
		{"as it is", "user", "user"},
		{"case is kept", "USER", "USER"},
		{"compatible", "\u00aa", "a"},
		{"Roman numeral", "\u2168", "IX"},
		{"two words", "Ⅳ pässword", "IV pässword"},
		{"another space", "a\u00a0b", "a b"},
		{"control character", "\u0007", "!"},
		{"two directions", "\u0627\u0031", "!"},
		{"two directions, ended well", "\u0627a\u0627", "!"},
		{"one direction", "\u0627\u0031\u0628", "\u0627\u0031\u0628"},
		{"emoji", "🦀", "🦀"},
		{"private use", "\ue000", "!"},
		{"no UTF-8", "\xff", "!"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Prep(tt.in)
			if err != nil {
				got = "!"
			}
			if got != tt.want {
				t.Errorf("Prep(%+q) = %+q, want %+q", tt.in, got, tt.want)
			}
		})
	}
}

// Whatever the server says, no panic, and nobody is believed without a signature.
func FuzzScram(f *testing.F) {
	f.Add("r=NONCEx,s=c2FsdA==,i=4096", "v=AAAA")
	f.Add("r=NONCEx,s=c2FsdA==,i=4096,x=y", "e=other-error")
	f.Add("m=x", "")
	f.Fuzz(func(t *testing.T, challenge, verdict string) {
		if strings.Contains(challenge, "i=") && !strings.Contains(challenge, "i=4096") {
			return // it may ask for much work
		}
		s := scripted(t, "SCRAM-SHA-1", "mara", "x", "NONCE", Binding{})
		s.Next(nil)
		if _, err := s.Next([]byte(challenge)); err != nil {
			return
		}
		s.Next([]byte(verdict))
		if s.Proved() {
			t.Errorf("%q, %q is believed", challenge, verdict)
		}
	})
}
