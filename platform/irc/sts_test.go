package irc

import (
	"crypto/tls"
	"fmt"
	"testing"
	"time"
)

// tlsFor is a fake server with TLS that the test trusts.
func tlsFor(t *testing.T) *fakeServer {
	t.Helper()
	cert, key := certificate(t, "localhost")
	trustFile(t, cert)
	return tlsServer(t, cert, key, func(tls.ConnectionState) {})
}

// stsConnect connects mara, who said secure: false and plain's port.
func stsConnect(t *testing.T, host *fakeHost, port int, more string) (*client, <-chan answer) {
	t.Helper()
	c := newClient(host, testSettings())
	t.Cleanup(func() { stop(c) })
	j := job(t, `{"type":"connect"}`)
	j.Credentials = credentialsFor(port, more)
	return c, start(c, j)
}

// A server that announces STS is spoken to with TLS, whatever the user said, by
// this worker and by later ones, until it takes that back.
func TestPromiseOfTLSIsKept(t *testing.T) {
	secure, plain, host := tlsFor(t), newServer(t), newHost()
	c, answers := stsConnect(t, host, plain.port, "")
	conn := plain.accept(t)
	conn.expect(t, "CAP LS 302", "NICK mara", "USER mara 8 * :mara")
	conn.send(fmt.Sprintf(":irc.example.net CAP * LS :sts=port=%d,duration=9", secure.port)) // a duration counts over TLS alone
	conn.ended(t)
	if len(host.kept) != 0 {
		t.Errorf("what was said in clear text is kept: %v", host.kept)
	}
	conn = secure.accept(t)
	conn.register(t, "sts=duration=3600")
	want(t, answers, "")
	const key = "sts localhost"
	if host.Kept(key) != fmt.Sprint(secure.port) || host.lasting[key] != time.Hour {
		t.Errorf("kept is %v for %v", host.kept, host.lasting)
	}

	// It lasts from the end of the connection on.
	host.Keep(key, host.Kept(key), time.Minute)
	answers = start(c, job(t, `{"type":"disconnect"}`))
	conn.expect(t, "QUIT :leaving")
	conn.Close()
	want(t, answers, "")
	if host.lasting[key] != time.Hour {
		t.Errorf("after the connection it lasts for %v", host.lasting[key])
	}

	// Another worker, with what the server has kept.
	_, answers = stsConnect(t, host, plain.port, "")
	conn = secure.accept(t)
	conn.register(t, "sts=duration=0") // taken back
	want(t, answers, "")
	if host.Kept(key) != "" {
		t.Errorf("kept is %v", host.kept)
	}
	_, answers = stsConnect(t, host, plain.port, "")
	plain.accept(t).register(t, "")
	want(t, answers, "")
}

// Nothing leads back to plain TCP: not a certificate that is not valid, nor a
// port that does not answer. Who trusts any certificate makes no promise.
func TestPromiseOfTLSIsNotBroken(t *testing.T) {
	secure, plain := tlsFor(t), newServer(t)
	other, _ := certificate(t, "localhost")
	host := newHost()
	_, answers := stsConnect(t, host, secure.port, `,"secure":true,"allowInvalidCert":true`)
	secure.accept(t).register(t, "sts=duration=3600")
	want(t, answers, "")
	if host.Kept("sts localhost") != "" {
		t.Error("a promise without a certificate is kept")
	}

	host.Keep("sts localhost", fmt.Sprint(secure.port), time.Hour)
	trustFile(t, other)
	_, answers = stsConnect(t, host, plain.port, `,"allowInvalidCert":true`)
	if a := <-answers; a.err == nil {
		t.Error("a certificate that is not valid is taken")
	}
	host.Keep("sts localhost", fmt.Sprint(freePort(t)), time.Hour)
	_, answers = stsConnect(t, host, plain.port, "")
	want(t, answers, textConnecting)
	select {
	case <-plain.conns:
		t.Error("plain TCP was tried")
	default:
	}
}

func TestReadSTS(t *testing.T) {
	for value, want := range map[string]string{
		"port=6697,duration=2592000": "6697 720h0m0s true", "duration=0": "0 0s true", "port=6697": "6697 0s false", "": "0 0s false", "port=70000": "0 0s false",
		"port=-1,duration=-1": "0 0s false", "duration=99999999999": "0 8760h0m0s true", "preload,x=y,port=x": "0 0s false",
	} {
		port, duration, has := readSTS(value)
		if got := fmt.Sprint(port, " ", duration, " ", has); got != want {
			t.Errorf("%q is %s, want %s", value, got, want)
		}
	}
}
