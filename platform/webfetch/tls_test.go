package webfetch

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/sockethub/sockethub/platform/webfetch/fetchtest"
)

// Over TLS the name stays what was asked for, for the certificate and the host
// alike, though an address is dialled; and HTTP/2 has the same limits.
func TestTLS(t *testing.T) {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/down":
			http.Redirect(w, r, "http://plain.test/", http.StatusFound)
		case "/header":
			w.Header().Set("X", strings.Repeat("x", 2*maxHeader))
		default:
			io.WriteString(w, r.Proto+" "+r.Host+" "+r.TLS.ServerName)
		}
	}))
	s.EnableHTTP2 = true
	s.StartTLS()
	defer s.Close()
	plain := fetchtest.Serve(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "plain") })
	n := &names{answers: map[string][][]netip.Addr{
		"example.com": {addresses("8.8.8.8")}, "other.test": {addresses("8.8.8.8")}, "plain.test": {addresses("8.8.4.4")},
	}}
	c := newClient(t, Options{Resolver: n, Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
		if strings.HasSuffix(address, ":80") {
			return fetchtest.To(plain)(ctx, network, address)
		}
		return fetchtest.To(s)(ctx, network, address)
	}})
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	c.transport.TLSClientConfig = &tls.Config{RootCAs: roots}

	get := func(url string) (*Response, string) {
		t.Helper()
		response, err := c.Fetch(context.Background(), Request{URL: url})
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		body, err := response.Body.ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		return response, string(body)
	}
	if response, body := get("https://example.com/"); body != "HTTP/2.0 example.com example.com" || response.URL.Host != "example.com" {
		t.Errorf("%q from %s", body, response.URL)
	}
	if response, body := get("https://example.com/down"); body != "plain" || response.URL.String() != "http://plain.test/" {
		t.Errorf("%q from %s", body, response.URL)
	}
	c.options.RefuseDowngrade = true
	if _, err := c.Fetch(context.Background(), Request{URL: "https://example.com/down"}); ClassOf(err) != BadRedirect || err.Error() != "redirect from https to http" {
		t.Errorf("a refused downgrade: %v", err)
	}
	if _, err := c.Fetch(context.Background(), Request{URL: "https://other.test/"}); ClassOf(err) != TLSFailed {
		t.Errorf("another name than the certificate's: %v", err)
	}
	if _, err := c.Fetch(context.Background(), Request{URL: "https://example.com/header"}); ClassOf(err) != BadResponse {
		t.Errorf("a header above the limit: %v", err)
	}
}
