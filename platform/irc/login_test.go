package irc

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/sockethub/sockethub/activity"
)

// The server proves that it knows the password, too.
func TestScram(t *testing.T) {
	for _, honest := range []bool{true, false} {
		server := newServer(t)
		_, answers := connectTo(t, testSettings(), server.port, `,"password":"hunter3"`)
		conn := server.accept(t)
		conn.expect(t, "CAP LS 302", "NICK mara", "USER mara 8 * :mara")
		conn.send(":irc.example.net CAP * LS * :batch", ":irc.example.net CAP * LS :sasl=SCRAM-SHA-256,EXTERNAL")
		conn.expect(t, "CAP REQ :batch", "CAP REQ :sasl")
		conn.send(":irc.example.net CAP * ACK :sasl")
		conn.expect(t, "AUTHENTICATE SCRAM-SHA-256")
		conn.send("AUTHENTICATE +")
		first := saslText(t, conn)
		nonce, ok := strings.CutPrefix(first, "n,,n=mara,r=")
		if !ok {
			t.Fatalf("the first message is %q", first)
		}
		salt := []byte("salt and pepper")
		serverFirst := fmt.Sprintf("r=%sMORE,s=%s,i=4096", nonce, base64.StdEncoding.EncodeToString(salt))
		conn.send("AUTHENTICATE " + base64.StdEncoding.EncodeToString([]byte(serverFirst)))
		final := saslText(t, conn)
		bare, proof64, _ := strings.Cut(final, ",p=")
		salted, err := pbkdf2.Key(sha256.New, "hunter3", salt, 4096, 32)
		if err != nil {
			t.Fatal(err)
		}
		exchange := strings.TrimPrefix(first, "n,,") + "," + serverFirst + "," + bare
		clientKey := sign(salted, "Client Key")
		stored := sha256.Sum256(clientKey)
		proof := sign(stored[:], exchange)
		subtle.XORBytes(proof, proof, clientKey)
		if got, _ := base64.StdEncoding.DecodeString(proof64); !hmac.Equal(got, proof) {
			t.Fatalf("the proof of %q is wrong", final)
		}
		signature := sign(sign(salted, "Server Key"), exchange)
		if !honest {
			signature[0] ^= 1
		}
		conn.send("AUTHENTICATE " + base64.StdEncoding.EncodeToString([]byte("v="+base64.StdEncoding.EncodeToString(signature))))
		if !honest {
			conn.expect(t, "AUTHENTICATE *", "QUIT")
			want(t, answers, "unable to connect to server: sasl authentication failed - the server does not know the password")
			continue
		}
		conn.expect(t, "AUTHENTICATE +")
		conn.send(":irc.example.net 903 mara :SASL authentication successful")
		conn.expect(t, "CAP END")
		conn.send(":irc.example.net 001 mara :Welcome")
		want(t, answers, "")
	}
}

func sign(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

func saslText(t *testing.T, conn *fakeConn) string {
	t.Helper()
	text, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(conn.next(t), "AUTHENTICATE "))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// An account that is not prepared for SCRAM logs in with PLAIN.
func TestScramFallback(t *testing.T) {
	server := newServer(t)
	_, answers := connectTo(t, testSettings(), server.port, `,"password":"hunter3"`)
	conn := server.accept(t)
	conn.expect(t, "CAP LS 302", "NICK mara", "USER mara 8 * :mara")
	conn.send(":irc.example.net CAP * LS :sasl=PLAIN,SCRAM-SHA-256")
	conn.expect(t, "CAP REQ :sasl")
	conn.send(":irc.example.net CAP * ACK :sasl")
	conn.expect(t, "AUTHENTICATE SCRAM-SHA-256")
	conn.send(":irc.example.net 904 mara :No")
	conn.expect(t, "AUTHENTICATE PLAIN")
	conn.send("AUTHENTICATE +")
	conn.expect(t, "AUTHENTICATE bWFyYQBtYXJhAGh1bnRlcjM=")
	conn.send(":irc.example.net 904 mara :Still no")
	want(t, answers, "unable to connect to server: sasl authentication failed - Still no")
}

// tlsServer is a fake server with TLS. hello gets what clients ask for.
func tlsServer(t *testing.T, cert, key string, hello func(tls.ConnectionState)) *fakeServer {
	t.Helper()
	pair, err := tls.X509KeyPair([]byte(cert), []byte(key))
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := serveOn(t, tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{pair}, ClientAuth: tls.RequestClientCert,
		VerifyConnection: func(state tls.ConnectionState) error { hello(state); return nil }}))
	return s
}

// TLS: the name asked for, a certificate of the user's own, EXTERNAL, and a server
// that nobody vouches for.
func TestTLS(t *testing.T) {
	cert, key := certificate(t, "localhost")
	states := make(chan tls.ConnectionState, 1)
	server := tlsServer(t, cert, key, func(s tls.ConnectionState) { states <- s })
	const text = textConnecting
	trustFile(t, cert)
	userCert, userKey := certificate(t, "mara")
	_, answers := connectTo(t, testSettings(), server.port, fmt.Sprintf(`,"secure":true,"sasl":true,"certificate":%s`, quoteJSON(userCert+userKey)))
	var state tls.ConnectionState
	select {
	case state = <-states:
	case a := <-answers:
		t.Fatalf("no handshake: %q", a.text())
	}
	if state.ServerName != "localhost" || len(state.PeerCertificates) != 1 || state.PeerCertificates[0].Subject.CommonName != "mara" {
		t.Errorf("asked for %q with %d certificates", state.ServerName, len(state.PeerCertificates))
	}
	conn := server.accept(t)
	conn.expect(t, "CAP LS 302", "NICK mara", "USER mara 8 * :mara")
	conn.send(":irc.example.net CAP * LS :sasl=EXTERNAL")
	conn.expect(t, "CAP REQ :sasl")
	conn.send(":irc.example.net CAP * ACK :sasl")
	conn.expect(t, "AUTHENTICATE EXTERNAL")
	conn.send("AUTHENTICATE +")
	conn.expect(t, "AUTHENTICATE +")
	conn.send(":irc.example.net 903 mara :ok", ":irc.example.net 001 mara :Welcome")
	want(t, answers, "")

	other, _ := certificate(t, "localhost")
	trustFile(t, other)
	_, answers = connectTo(t, testSettings(), server.port, `,"secure":true`)
	a := <-answers
	if !strings.HasPrefix(a.text(), text) {
		t.Errorf("an unknown certificate: %q", a.text())
	}
}

// Credentials that cannot work are refused before anything is sent.
func TestCredentials(t *testing.T) {
	for more, text := range map[string]string{
		`,"sasl":true`:                               "sasl needs a password, a token or a certificate",
		`,"certificate":"x"`:                         "the certificate must be PEM with a certificate and its private key",
		`,"port":6667.5`:                             "Port should be >= 0 and < 65536. Received type number (6667.5).",
		`,"saslMechanism":"EXTERNAL"`:                "sasl needs a password, a token or a certificate",
		`,"saslMechanism":"EXTERNAL","password":"x"`: "saslMechanism EXTERNAL needs a certificate",
		`,"nick":"a b"`:                              "the nick must not contain a space, a comma or a control character",
		`,"username":"a b"`:                          "the username must not contain a space, a comma or a control character",
		`,"username":"a\nb"`:                         "IRC values must not contain CR or LF characters",
		`,"password":"a\u0000b"`:                     "the credentials must not contain NUL characters",
		`,"username":"mara@quay.test"`:               "",
	} {
		if _, err := readCredentials(credentialsFor(1, more)); (answer{nil, err}).text() != text {
			t.Errorf("%s: %v, want %q", more, err, text)
		}
	}
	c, err := readCredentials(credentialsFor(1, `,"server":"[2001:db8::1]","port":0,"secure":true`))
	if err != nil || c.host != "2001:db8::1" || c.port != 6697 || c.server != "[2001:db8::1]" {
		t.Errorf("%+v, %v", c, err)
	}
}

// Ports that are none, and logins that cannot be, are refused on submission.
func TestCredentialsSchema(t *testing.T) {
	schema, err := activity.CompileSchema(credentialsSchema)
	if err != nil {
		t.Fatal(err)
	}
	for more, ok := range map[string]bool{
		"": true, `,"port":0`: true, `,"port":65535`: true, `,"port":70000`: false, `,"port":-1`: false, `,"port":65536`: false, `,"port":"6667"`: false,
		`,"password":"x"`: true, `,"password":"x","token":"y"`: false, `,"password":""`: false,
		`,"saslMechanism":"PLAIN"`: false, `,"saslMechanism":"PLAIN","token":"x"`: true, `,"saslMechanism":"OAUTHBEARER","password":"x"`: false, `,"saslMechanism":"OAUTHBEARER","token":"x"`: true,
		`,"saslMechanism":"SCRAM-SHA-256","token":"x"`: false, `,"saslMechanism":"SCRAM-SHA-256","password":"x"`: true, `,"saslMechanism":"EXTERNAL"`: false, `,"saslMechanism":"EXTERNAL","certificate":"x"`: true,
		`,"saslMechanism":"SCRAM-SHA-1","password":"x"`: false, `,"host":"x"`: false,
	} {
		if broken := schema.Validate(credentialsFor(6667, more)); (len(broken) == 0) != ok {
			t.Errorf("%s: %v, want accepted %v", more, broken, ok)
		}
	}
}
