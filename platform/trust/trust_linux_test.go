package trust

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// authority is a certificate with its key.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

var serial int64

// issue makes a certificate for a key; by nil for one that issues itself.
func issue(t testing.TB, by *authority, name string, key *ecdsa.PrivateKey, change func(*x509.Certificate)) *authority {
	t.Helper()
	serial++
	c := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	if change != nil {
		change(c)
	}
	parent, signer := c, key
	if by != nil {
		parent, signer = by.cert, by.key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &authority{cert, key}
}

func root(t testing.TB, name string) *authority { return issue(t, nil, name, newKey(t), nil) }

func intermediate(t testing.TB, by *authority, name string) *authority {
	return issue(t, by, name, newKey(t), nil)
}

const host = "irc.nest.test"

func leaf(t testing.TB, by *authority) *authority {
	return issue(t, by, host, newKey(t), func(c *x509.Certificate) {
		c.IsCA, c.KeyUsage, c.DNSNames = false, x509.KeyUsageDigitalSignature, []string{host}
		c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	})
}

func bundle(certs ...*authority) []byte {
	var b bytes.Buffer
	for _, c := range certs {
		fmt.Fprintf(&b, "# %s\n", c.cert.Subject.CommonName)
		pem.Encode(&b, &pem.Block{Type: "CERTIFICATE", Bytes: c.cert.Raw})
	}
	return b.Bytes()
}

// trusting lets the environment name a bundle and a folder; "" for none.
func trusting(t testing.TB, file, dir []byte) {
	t.Helper()
	base := t.TempDir()
	empty := filepath.Join(base, "empty")
	if err := os.Mkdir(empty, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SSL_CERT_FILE", filepath.Join(base, "bundle.pem"))
	t.Setenv("SSL_CERT_DIR", empty)
	if file != nil {
		if err := os.WriteFile(filepath.Join(base, "bundle.pem"), file, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if dir != nil {
		folder := filepath.Join(base, "certs")
		if err := os.Mkdir(folder, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, "nest.pem"), dir, 0o644); err != nil {
			t.Fatal(err)
		}
		for name, target := range map[string]string{"0a1b2c3d.0": "nest.pem", "broken": "/nonexistent", "loop": "loop"} {
			if err := os.Symlink(target, filepath.Join(folder, name)); err != nil {
				t.Fatal(err)
			}
		}
		t.Setenv("SSL_CERT_DIR", empty+":/nonexistent:"+folder)
	}
}

// handshake connects a client to a server that presents a chain.
func handshake(t testing.TB, name string, chain ...*authority) error {
	t.Helper()
	presented := tls.Certificate{PrivateKey: chain[0].key}
	for _, c := range chain {
		presented.Certificate = append(presented.Certificate, c.cert.Raw)
	}
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{presented}})
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	served := make(chan struct{})
	go func() {
		defer close(served)
		server, err := listener.Accept()
		if err != nil {
			return
		}
		defer server.Close()
		server.SetDeadline(time.Now().Add(30 * time.Second))
		server.(*tls.Conn).Handshake()
		io.Copy(io.Discard, server)
	}()
	defer func() { <-served }()
	conn, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(30 * time.Second))
	return tls.Client(conn, Config(name)).Handshake()
}

// The handshake succeeds and fails as with all roots loaded by crypto/x509.
func TestHandshake(t *testing.T) {
	ca, other := root(t, "Nest CA"), root(t, "Other CA")
	between := intermediate(t, ca, "Nest R1")
	server := leaf(t, between)

	// "Old Root" signed "New Root", which is a root of its own by now.
	oldRoot, newRoot := root(t, "Old Root"), root(t, "New Root")
	cross := issue(t, oldRoot, "New Root", newRoot.key, nil)
	below := intermediate(t, newRoot, "New R1")
	crossed := leaf(t, below)

	// Two roots have one name, and one of them signed.
	twin, twin2 := root(t, "Twin"), root(t, "Twin")
	twinServer := leaf(t, twin2)

	selfSigned := leaf(t, nil)
	expired := issue(t, nil, "Late CA", newKey(t), func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) })
	lateServer := leaf(t, expired)

	many := func(certs ...*authority) []byte {
		var all []*authority
		for i := range 30 {
			all = append(all, root(t, fmt.Sprint("Filler ", i)))
		}
		return bundle(append(all, certs...)...)
	}
	const unknown, wrongName = "certificate signed by unknown authority", "certificate is valid for irc.nest.test, not web.nest.test"
	tests := []struct {
		name      string
		file, dir []byte
		host      string
		chain     []*authority
		want      string // in the error; "" for none
	}{
		{"a private CA", many(ca), nil, host, []*authority{server, between}, ""},
		{"with the root in the chain", many(ca), nil, host, []*authority{server, between, ca}, ""},
		{"a private CA in a folder", many(other), many(ca), host, []*authority{server, between}, ""},
		{"a folder alone", nil, bundle(ca), host, []*authority{server, between}, ""},
		{"not in the bundle", many(other), many(), host, []*authority{server, between}, unknown},
		{"the root is in the chain alone", many(other), nil, host, []*authority{server, between, ca}, unknown},
		{"the intermediate is missing", many(ca), nil, host, []*authority{server}, unknown},
		{"the intermediate is trusted", bundle(between), nil, host, []*authority{server}, ""},
		{"the server itself is trusted", bundle(server), nil, host, []*authority{server}, ""},
		{"another name", many(ca), nil, "web.nest.test", []*authority{server, between}, wrongName},
		{"cross-signed, only the old root is trusted", many(oldRoot), nil, host, []*authority{crossed, below, cross}, ""},
		{"cross-signed, only the new root is trusted", many(newRoot), nil, host, []*authority{crossed, below, cross}, ""},
		{"cross-signed, both are", many(oldRoot, newRoot), nil, host, []*authority{crossed, below, cross}, ""},
		{"cross-signed, the old root is not in the chain", many(oldRoot), nil, host, []*authority{crossed, below}, unknown},
		{"two roots of one name", many(twin, twin2), nil, host, []*authority{twinServer}, ""},
		{"only the wrong one of them", many(twin), nil, host, []*authority{twinServer}, unknown},
		{"self-signed and trusted", many(selfSigned), nil, host, []*authority{selfSigned}, ""},
		{"self-signed", many(ca), nil, host, []*authority{selfSigned}, unknown},
		{"an expired root", many(expired), nil, host, []*authority{lateServer}, "certificate has expired"},
		{"no certificates anywhere", nil, nil, host, []*authority{server, between}, "the system's root certificates: there are none"},
		{"a bundle of rubbish", []byte("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n" + strings.Repeat("x", 20000)), nil, host, []*authority{server, between}, unknown},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			trusting(t, tt.file, tt.dir)
			err := handshake(t, tt.host, tt.chain...)
			if tt.want == "" && err != nil {
				t.Fatal(err)
			}
			var failed *tls.CertificateVerificationError
			if tt.want != "" && (!errors.As(err, &failed) || !strings.Contains(err.Error(), tt.want)) {
				t.Fatalf("got %v, want %q", err, tt.want)
			}
			// The oracle.
			pool, some := x509.NewCertPool(), false
			for _, text := range [][]byte{tt.file, tt.dir} {
				some = pool.AppendCertsFromPEM(text) || some
			}
			options := x509.VerifyOptions{Roots: pool, DNSName: tt.host, Intermediates: x509.NewCertPool()}
			for _, c := range tt.chain[1:] {
				options.Intermediates.AddCert(c.cert)
			}
			if _, oracle := tt.chain[0].cert.Verify(options); (oracle == nil) != (err == nil) {
				t.Errorf("got %v, crypto/x509 says %v", err, oracle)
			} else if some && err != nil && withoutTime(failed.Err) != withoutTime(oracle) {
				t.Errorf("got %q, crypto/x509 says %q", failed.Err, oracle)
			}
		})
	}
}

func withoutTime(err error) string {
	text, _, _ := strings.Cut(err.Error(), ": current time")
	return text
}

func TestVerifyNothing(t *testing.T) {
	var failed *tls.CertificateVerificationError
	if err := Verify(nil, host); !errors.As(err, &failed) {
		t.Errorf("no certificate at all gave %v", err)
	}
}

func TestPaths(t *testing.T) {
	t.Setenv("SSL_CERT_FILE", "/a/bundle.pem")
	t.Setenv("SSL_CERT_DIR", "/b:/c")
	if got := strings.Join(Paths(), " "); got != "/a/bundle.pem /b /c" {
		t.Errorf("paths are %s", got)
	}
	t.Setenv("SSL_CERT_DIR", "")
	if got := strings.Join(Paths(), " "); !strings.HasPrefix(got, "/a/bundle.pem /etc/ssl/certs ") {
		t.Errorf("paths are %s", got)
	}
}

// A file of the bundle that cannot be read is named.
func TestUnreadableBundle(t *testing.T) {
	trusting(t, nil, nil)
	t.Setenv("SSL_CERT_FILE", t.TempDir())
	err := handshake(t, host, leaf(t, root(t, "Nest CA")))
	if err == nil || !strings.Contains(err.Error(), "is a directory") {
		t.Errorf("got %v", err)
	}
}

// certificates returns what encoding/pem finds in a bundle.
func certificates(text []byte) (found [][]byte) {
	for {
		block, rest := pem.Decode(text)
		if block == nil {
			return found
		}
		if text = rest; block.Type == "CERTIFICATE" && len(block.Headers) == 0 {
			found = append(found, block.Bytes)
		}
	}
}

// The bundle of this system is read to its last entry.
func TestSystemBundle(t *testing.T) {
	for _, path := range bundles {
		text, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		s := search{pool: x509.NewCertPool(), chain: []*x509.Certificate{root(t, "Nobody").cert}}
		if err := s.read(bytes.NewReader(text)); err != nil {
			t.Fatal(err)
		}
		if want := len(certificates(text)); s.certificates != want {
			t.Errorf("%s: read %d certificates of %d", path, s.certificates, want)
		}
		// Each of them is found when a chain names it.
		for _, der := range certificates(text) {
			c, err := x509.ParseCertificate(der)
			if err != nil {
				continue
			}
			s := search{pool: x509.NewCertPool(), chain: []*x509.Certificate{{RawSubject: []byte("leaf"), RawIssuer: c.RawSubject}}}
			if err := s.read(bytes.NewReader(text)); err != nil {
				t.Fatal(err)
			}
			if s.pool.Equal(x509.NewCertPool()) {
				t.Errorf("%s was not found", c.Subject)
			}
		}
		return
	}
	t.Skip("this system has no bundle")
}

// What the reader finds in a bundle, encoding/pem finds as well: nothing comes
// out of it that is not in it. Cut anywhere, it gives the same.
func FuzzBundle(f *testing.F) {
	ca := root(f, "Nest CA")
	f.Add(bundle(ca, ca))
	f.Add([]byte("-----BEGIN CERTIFICATE-----\r\nAAAA\r\n-----END CERTIFICATE-----\r\n"))
	f.Add([]byte("-----BEGIN CERTIFICATE-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END CERTIFICATE-----\n"))
	f.Add([]byte("-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n-----BEGIN X-----\nAAAA\n-----END X-----"))
	f.Add([]byte("-----BEGIN CERTIFICATE-----\nAAA\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"))
	// Another certificate with the same name, and what each reader might overlook.
	other := strings.TrimPrefix(string(bundle(root(f, "Nest CA"))), "# Nest CA\n")
	for _, text := range []string{
		strings.TrimSpace(other) + "\v",
		"\t" + other,
		strings.ReplaceAll(other, "\n", " \t\r\n"),
		strings.Replace(other, "-----\nMII", "-----\nM I\tI", 1),
		strings.Repeat("x", maxLine) + other,
		strings.Replace(other, "\n-----END", "\nAA==\nAAAA\n-----END", 1),
	} {
		f.Add(append(bundle(ca), text...))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		s := search{pool: x509.NewCertPool(), chain: []*x509.Certificate{{RawIssuer: ca.cert.RawSubject}}}
		if err := s.read(bytes.NewReader(text)); err != nil {
			t.Fatal(err)
		}
		all := x509.NewCertPool()
		found := false
		for _, der := range certificates(text) {
			if c, err := x509.ParseCertificate(der); err == nil && bytes.Equal(c.RawSubject, ca.cert.RawSubject) {
				all.AddCert(c)
				found = true
			}
		}
		if !s.pool.Equal(x509.NewCertPool()) && !(found && s.pool.Equal(all)) {
			t.Errorf("%q: another certificate than encoding/pem finds", text)
		}
	})
}

// BenchmarkVerify is a chain of this system's bundle, without and with all roots
// loaded.
func BenchmarkVerify(b *testing.B) {
	ca := root(b, "Nest CA")
	text, err := os.ReadFile(bundles[0])
	if err != nil {
		b.Skip(err)
	}
	trusting(b, append(text, bundle(ca)...), nil)
	chain := []*x509.Certificate{leaf(b, ca).cert}
	b.Run("named issuers", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := Verify(chain, host); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("all roots", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			pool := x509.NewCertPool()
			for _, der := range certificates(append(text, bundle(ca)...)) {
				if c, err := x509.ParseCertificate(der); err == nil {
					pool.AddCert(c)
				}
			}
			if _, err := chain[0].Verify(x509.VerifyOptions{Roots: pool, DNSName: host}); err != nil {
				b.Fatal(err)
			}
		}
	})
}
