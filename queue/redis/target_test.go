package redis_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	redigo "github.com/gomodule/redigo/redis"

	"github.com/sockethub/sockethub/queue"
	"github.com/sockethub/sockethub/queue/queuetest"
	"github.com/sockethub/sockethub/queue/redis"
)

func TestParseURL(t *testing.T) {
	tests := []struct {
		url, network, address, user, password string
		database                              int
		name                                  string // of the certificate; "any" is the host that is connected to
	}{
		{"redis://", "tcp", "localhost:6379", "", "", 0, ""},
		{"redis://cache", "tcp", "cache:6379", "", "", 0, ""},
		{"redis://cache/", "tcp", "cache:6379", "", "", 0, ""},
		{"redis://127.0.0.1:6380/2", "tcp", "127.0.0.1:6380", "", "", 2, ""},
		{"redis://[::1]:6380", "tcp", "[::1]:6380", "", "", 0, ""},
		{"redis://al:p%40ss@cache/1", "tcp", "cache:6379", "al", "p@ss", 1, ""},
		{"redis://:pass@cache", "tcp", "cache:6379", "", "pass", 0, ""},
		{"redis://pass@cache", "tcp", "cache:6379", "", "pass", 0, ""},
		{"redis://cache?db=3&family=6", "tcp6", "cache:6379", "", "", 3, ""},
		{"redis://cache?username=al&password=p", "tcp", "cache:6379", "al", "p", 0, ""},
		{"rediss://cache.example:6390", "tcp", "cache.example:6390", "", "", 0, "any"},
		{"unix:///run/redis.sock", "unix", "/run/redis.sock", "", "", 0, ""},
		{"unix://:pass@/run/redis.sock?db=4", "unix", "/run/redis.sock", "", "pass", 4, ""},
		{"redis+unix:///run/redis.sock", "unix", "/run/redis.sock", "", "", 0, ""},
		{"redis+sentinel://al:p%40ss@one,two:26380,[::1]/mymaster/2", "tcp", "mymaster at one:26379 two:26380 [::1]:26379", "al", "p@ss", 2, ""},
		{"redis+sentinel://one/mymaster?db=3&password=p,p", "tcp", "mymaster at one:26379", "", "p,p", 3, ""},
		{"rediss+cluster://:pass@one:7001,two", "tcp", " at one:7001 two:6379", "", "pass", 0, "any"},
	}
	for _, tt := range tests {
		network, address, user, password, database, name, err := redis.ParseURL(tt.url)
		got := fmt.Sprint(network, address, user, password, database, name, err)
		want := fmt.Sprint(tt.network, tt.address, tt.user, tt.password, tt.database, tt.name, nil)
		if got != want {
			t.Errorf("ParseURL(%q) = %s, want %s", tt.url, got, want)
		}
	}
}

// A URL that cannot be used is refused in words that do not give its password away.
func TestBadURL(t *testing.T) {
	tests := []struct{ url, want string }{
		{"", "must begin with redis://"},
		{"localhost:6379", "unknown scheme"},
		{"http://:s3cret@cache", "unknown scheme"},
		{"redis:s3cret", "must look like"},
		{"redis://:s3cr#et@cache", "percent-encoded"},
		{"redis://:s3cret/x@cache", "percent-encoded"},
		{"redis://:s3cret%zz@cache", "percent-encoded"},
		{"redis://:s3cret@cache:port", "percent-encoded"},
		{"redis://:s3cret@cache:0", "port"},
		{"redis://:s3cret@cache:65536", "port"},
		{"redis://:s3cret@cache/zero", "database"},
		{"redis://:s3cret@cache/-1", "database"},
		{"redis://cache?passwort=s3cret", "unknown option"},
		{"redis://cache?password=s3cret;x", "options"},
		{"redis://cache?family=5", "family"},
		{"redis://]", "host"},
		{"redis+sentinel://:s3cret@one,two", "by which name"},
		{"redis+sentinel://:s3cret@one/m/x", "database"},
		{"redis+sentinel://:s3cret@one,two:0/m", "port"},
		{"redis+sentinel://:s3cret@one,two:s3c/m", "address that cannot be read"},
		{"redis+sentinel://:s3cret@one,,two/m", "address that cannot be read"},
		{"redis+cluster://:s3cret@one/1", "a Cluster has none"},
		{"redis+cluster://:s3cret@a" + strings.Repeat(",a", 16), "more than 16 addresses"},
		{"redis+s3cret://one", "unknown scheme"},
		{"unix://s3cret/run/redis.sock", "whole path"},
	}
	for _, tt := range tests {
		_, err := redis.Open(t.Context(), redis.Options{URL: tt.url})
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("Open(%q): %v, want an error with %q", tt.url, err, tt.want)
		} else if strings.Contains(err.Error(), "s3c") {
			t.Errorf("Open(%q): %v: gives the password away", tt.url, err)
		}
	}
}

func FuzzParseURL(f *testing.F) {
	for _, seed := range []string{"redis://al:p%40@[::1]:6380/2?db=3", "unix:///run/redis.sock", "rediss://x?family=6", "redis://%", "redis://]", "redis+sentinel://:p@a,b:2,[::1]/m/3?db=1", "rediss+cluster://a,b:1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		network, address, _, password, database, _, err := redis.ParseURL(text)
		switch {
		case err != nil:
			if len(password) > 8 && strings.Contains(err.Error(), password) {
				t.Errorf("%q: %v holds the password", text, err)
			}
		case database < 0 || address == "":
			t.Errorf("%q became %s %s database %d", text, network, address, database)
		case network != "unix":
			_, seeds, several := strings.Cut(address, " at ")
			if !several {
				seeds = address
			}
			for _, address := range strings.Split(seeds, " ") {
				if _, _, err := net.SplitHostPort(address); err != nil {
					t.Errorf("%q became the address %q: %v", text, address, err)
				}
			}
		}
	})
}

// Each form of URL is tried on a server that demands what it gives.
func TestConnect(t *testing.T) {
	t.Parallel()
	port, tlsPort := freePort(t), freePort(t)
	roots, files := certificate(t)
	r := startRedis(t,
		"--bind", "127.0.0.1", "--port", fmt.Sprint(port),
		"--tls-port", fmt.Sprint(tlsPort), "--tls-cert-file", files+"/cert.pem", "--tls-key-file", files+"/key.pem", "--tls-auth-clients", "no",
		"--requirepass", "s3cret%/", "--user", "al", "on", ">al's", "~*", "&*", "+@all")
	r.dial = []redigo.DialOption{redigo.DialPassword("s3cret%/")}

	tests := []struct {
		name, url string
		database  string
		tls       *tls.Config
		want      string // "" for none
	}{
		{name: "password", url: fmt.Sprintf("redis://:s3cret%%25%%2F@127.0.0.1:%d", port), database: "db0"},
		{name: "user and database", url: fmt.Sprintf("redis://al:al's@127.0.0.1:%d/5", port), database: "db5"},
		{name: "unix socket", url: "unix://:s3cret%25%2F@" + r.socket + "?db=2", database: "db2"},
		{name: "TLS", url: fmt.Sprintf("rediss://:s3cret%%25%%2F@127.0.0.1:%d/3", tlsPort), tls: &tls.Config{RootCAs: roots}, database: "db3"},
		{name: "no password", url: fmt.Sprintf("redis://127.0.0.1:%d", port), want: "the store refuses the password"},
		{name: "wrong password", url: fmt.Sprintf("redis://:s3cret@127.0.0.1:%d", port), want: "the store refuses the password"},
		{name: "wrong database", url: fmt.Sprintf("redis://:s3cret%%25%%2F@127.0.0.1:%d/99", port), want: "no database of that number"},
		{name: "certificate is not trusted", url: fmt.Sprintf("rediss://127.0.0.1:%d", tlsPort), want: "certificate is not trusted"},
		{name: "TLS to a port without", url: fmt.Sprintf("rediss://127.0.0.1:%d", port), want: "cannot be reached"},
		{name: "a password where none is known", url: "unix://:s3cret@" + startRedis(t).socket, want: "knows no password"},
		{name: "nobody listens", url: "unix://" + r.socket + ".not", want: "cannot be reached"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			book := new(logBook)
			o := redis.Options{URL: tt.url, TLS: tt.tls}
			o.Hasty()
			o.Log = book.logger()
			checking := make(chan error, 1)
			go func() { checking <- redis.Check(t.Context(), o) }()
			s, err := redis.Open(t.Context(), o)
			if tt.want != "" {
				if err == nil || !strings.Contains(err.Error(), tt.want) || !errors.Is(err, queue.ErrUnavailable) {
					t.Errorf("Open: %v, want an ErrUnavailable with %q", err, tt.want)
				}
			} else if err != nil {
				t.Fatalf("Open: %v", err)
			} else {
				mustPush(t, s, job("irc", "x"), 0)
				if info := string(r.do("INFO", "keyspace").([]byte)); !strings.Contains(info, tt.database+":") {
					t.Errorf("nothing in %s: %s", tt.database, info)
				}
				if err := s.Close(t.Context()); err != nil {
					t.Errorf("Close: %v", err)
				}
			}
			checked := <-checking
			if (checked == nil) != (err == nil) {
				t.Errorf("Check: %v, where Open: %v", checked, err)
			}
			said := fmt.Sprint(err, checked, book)
			for _, secret := range []string{"s3cret", "al's"} {
				if strings.Contains(said, secret) {
					t.Errorf("the password is told: %s", said)
				}
			}
			if err != nil && strings.Contains(err.Error(), "127.0.0.1") {
				t.Errorf("the error names the address: %v", err)
			}
		})
	}

	t.Run("suite over TLS", func(t *testing.T) {
		queuetest.Run(t, func(t *testing.T) queue.Store {
			return r.open(func(o *redis.Options) {
				o.URL, o.TLS = fmt.Sprintf("rediss://al:al's@127.0.0.1:%d/7", tlsPort), &tls.Config{RootCAs: roots}
			})
		})
	})
}

// A server that is still loading its data is waited for.
func TestConnectWhileLoading(t *testing.T) {
	t.Parallel()
	r := startRedis(t)
	for i := range 300 {
		r.do("SET", fmt.Sprint("filler ", i), "x")
	}
	r.do("SAVE")
	r.kill()
	r.args = append(r.args, "--key-load-delay", "2000", "--loading-process-events-interval-bytes", "1024")
	r.launch()
	eventually(t, "the server listens", func() bool {
		c, err := redigo.Dial("unix", r.socket)
		if err != nil {
			return false
		}
		c.Close()
		return true
	})
	s := r.open(patient)
	defer s.Close(context.Background())
	mustPush(t, s, job("irc", "x"), 1)
}

// certificate makes one for 127.0.0.1 that vouches for itself.
func certificate(t *testing.T) (roots *x509.CertPool, dir string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: "redis"},
		IPAddresses:           []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(time.Hour),
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	dir = t.TempDir()
	for name, block := range map[string]*pem.Block{
		"cert.pem": {Type: "CERTIFICATE", Bytes: der},
		"key.pem":  {Type: "PRIVATE KEY", Bytes: keyDER},
	} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots = x509.NewCertPool()
	roots.AddCert(cert)
	return roots, dir
}
