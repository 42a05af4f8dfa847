package daemon

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// makeCertificate writes cert.pem and key.pem for localhost into a directory.
func makeCertificate(t *testing.T, dir string, serial int64, ends time.Time) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: ends,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for path, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: secret}} {
		// A new file in the place of the old one, as tools for certificates do it.
		if err := os.WriteFile(path+".new", pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(path+".new", path); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key
}

// serial asks a server for the number of its certificate.
func serial(t *testing.T, url string) int64 {
	t.Helper()
	conn, err := tls.Dial("tcp", strings.TrimPrefix(url, "https://"), &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2", "http/1.1"}})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	state := conn.ConnectionState()
	if state.NegotiatedProtocol != "http/1.1" {
		t.Errorf("it speaks %q", state.NegotiatedProtocol)
	}
	return state.PeerCertificates[0].SerialNumber.Int64()
}

func TestTLS(t *testing.T) {
	dir := t.TempDir()
	cert, key := makeCertificate(t, dir, 1, time.Now().Add(time.Hour))
	environ := []string{"SOCKETHUB_TLS_CERT=" + cert, "SOCKETHUB_TLS_KEY=" + key}
	p := start(t, `{}`, environ)
	p.await("the certificate ends soon")
	url := p.url()
	if !strings.HasPrefix(url, "https://localhost:") {
		t.Fatalf("it listens on %s", url)
	}
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	if status, body := get(t, client, url+"/livez"); status != 200 || body != "ok\n" {
		t.Errorf("got %d %q", status, body)
	}
	if status, body := get(t, http.DefaultClient, "http"+strings.TrimPrefix(url, "https")+"/livez"); status != 400 || body != "400 Bad Request: an HTTP request to an HTTPS server\n" {
		t.Errorf("without TLS: %d %q", status, body)
	}
	if got := serial(t, url); got != 1 {
		t.Errorf("certificate %d, want 1", got)
	}
	t.Chdir(dir)
	port := url[strings.LastIndexByte(url, ':')+1:]
	if status, stdout, stderr := run(t, append(environ, "PORT="+port), "health"); status != 0 || stdout != "ok\n" {
		t.Errorf("health: %d %q %q", status, stdout, stderr)
	}
	makeCertificate(t, dir, 2, time.Now().Add(365*24*time.Hour))
	p.signal(syscall.SIGHUP)
	p.await(`"reloaded"`)
	if got := serial(t, url); got != 2 {
		t.Errorf("certificate %d, want 2", got)
	}
	if err := os.WriteFile(key, []byte("nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	p.signal(syscall.SIGHUP)
	p.await(`reload refused: tls: `)
	if got := serial(t, url); got != 2 {
		t.Errorf("certificate %d, want 2 as before", got)
	}
}

// Files are read anew without a signal, too.
func TestCertificateIsWatched(t *testing.T) {
	dir := t.TempDir()
	cert, key := makeCertificate(t, dir, 1, time.Now().Add(365*24*time.Hour))
	c, err := newCertificate(cert, key, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	number := func() int64 { return c.current.Load().Leaf.SerialNumber.Int64() }
	ctx, cancel := context.WithCancel(t.Context())
	var watching sync.WaitGroup
	defer watching.Wait()
	defer cancel()
	watching.Go(func() { c.watch(ctx, time.Millisecond) })
	makeCertificate(t, dir, 2, time.Now().Add(365*24*time.Hour))
	eventually(t, "the new certificate is used", func() bool { return number() == 2 })
	if err := os.Remove(key); err != nil {
		t.Fatal(err)
	}
	if _, _, changed := c.changed(); changed {
		t.Error("a file that is gone for a moment counts as changed")
	}
	makeCertificate(t, dir, 3, time.Now().Add(365*24*time.Hour))
	eventually(t, "the next certificate is used", func() bool { return number() == 3 })
}

func TestCertificateThatCannotBeUsed(t *testing.T) {
	dir := t.TempDir()
	cert, _ := makeCertificate(t, dir, 1, time.Now().Add(time.Hour))
	for _, key := range []string{filepath.Join(dir, "missing"), cert} {
		if _, err := newCertificate(cert, key, slog.New(slog.DiscardHandler)); err == nil || !strings.HasPrefix(err.Error(), "tls: ") {
			t.Errorf("%s: %v", key, err)
		}
	}
}
