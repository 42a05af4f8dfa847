package irc

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sockethub/sockethub/testdata/peer"
)

// daemon is a real server.
type daemon struct {
	t    testing.TB
	path string
	args []string
	cmd  *exec.Cmd
	out  *printed
	port int
	tls  int
}

// printed is what a daemon printed, for messages of failed tests.
type printed struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *printed) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *printed) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// run starts the program and waits until it listens.
func (d *daemon) run() {
	d.t.Helper()
	d.cmd = exec.Command(d.path, d.args...)
	d.out = &printed{}
	d.cmd.Stdout, d.cmd.Stderr = d.out, d.out
	asNobody(d.cmd)
	if err := d.cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(d.stop)
	d.reachable(d.port)
}

func (d *daemon) reachable(port int) {
	d.t.Helper()
	if port == 0 {
		return
	}
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		conn, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err == nil {
			conn.Close()
			return
		}
		if time.Now().After(deadline) {
			d.t.Fatalf("%s does not listen: %s", d.path, d.out)
		}
	}
}

func (d *daemon) stop() {
	if d.cmd != nil {
		_ = d.cmd.Process.Kill() // it may have ended
		_ = d.cmd.Wait()         // killed
		d.cmd = nil
	}
}

// freePort is a port that nobody listens on.
func freePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// folder is a temporary one that any user may use.
func folder(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "irc")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			showLogs(t, dir)
		}
		os.RemoveAll(dir)
	})
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	return dir
}

// showLogs prints what a server wrote, for who reads a failed test.
func showLogs(t testing.TB, dir string) {
	logs, _ := filepath.Glob(filepath.Join(dir, "*.log"))
	for _, path := range logs {
		if text, err := os.ReadFile(path); err == nil {
			t.Logf("%s:\n%s", filepath.Base(path), text[max(0, len(text)-4000):])
		}
	}
}

func writeFile(t testing.TB, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// certificate makes one for localhost, which signs itself, and returns it and its
// key in PEM.
func certificate(t testing.TB, name string) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	block := func(kind string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	return block("CERTIFICATE", der), block("PRIVATE KEY", keyDER)
}

// trustFile lets the platform trust a certificate.
func trustFile(t testing.TB, cert string) {
	t.Helper()
	t.Setenv("SSL_CERT_FILE", writeFile(t, t.TempDir(), "roots.pem", cert))
	t.Setenv("SSL_CERT_DIR", t.TempDir())
}

// ngircd starts ngIRCd, plain and with TLS, with a certificate that the test
// trusts; password is the server's own.
func ngircd(t testing.TB, password string) *daemon {
	t.Helper()
	d := &daemon{t: t, path: peer.Program(t, "ngircd"), port: freePort(t), tls: freePort(t)}
	dir := folder(t)
	cert, key := certificate(t, "localhost")
	trustFile(t, cert)
	writeFile(t, dir, "cert.pem", cert)
	writeFile(t, dir, "key.pem", key)
	conf := fmt.Sprintf(`[Global]
Name = irc.quay.example
Info = test
Listen = 127.0.0.1
Ports = %d
MotdPhrase = Welcome aboard
ServerUID = nobody
ServerGID = nogroup
%s
[Limits]
MaxConnectionsIP = 0
MaxJoins = 0
MaxPenaltyTime = 0
MaxNickLength = 20
[Options]
DNS = no
Ident = no
PAM = no
[SSL]
CertFile = %s/cert.pem
KeyFile = %s/key.pem
Ports = %d
`, d.port, map[bool]string{true: "Password = " + password}[password != ""], dir, dir, d.tls)
	d.args = []string{"--nodaemon", "--config", writeFile(t, dir, "ngircd.conf", conf)}
	d.run()
	return d
}

// inspircd starts InspIRCd with atheme's services.
func inspircd(t testing.TB) (d, services *daemon) {
	t.Helper()
	d = &daemon{t: t, path: peer.Program(t, "inspircd"), port: freePort(t)}
	services = &daemon{t: t, path: peer.Program(t, "atheme-services")}
	link := freePort(t)
	dir := folder(t)
	modules := ""
	for _, m := range []string{"cap", "sasl", "services_account", "spanningtree", "ircv3", "ircv3_accounttag", "ircv3_batch", "ircv3_capnotify",
		"ircv3_chghost", "ircv3_ctctags", "ircv3_echomessage", "ircv3_labeledresponse", "ircv3_msgid", "ircv3_servertime", "namesx", "uhnames"} {
		modules += fmt.Sprintf("<module name=%q>\n", m)
	}
	conf := fmt.Sprintf(`<config format="xml">
<server name="irc.quay.example" description="test" network="Quay" id="001">
<admin name="a" nick="a" email="a@quay.example">
<bind address="127.0.0.1" port="%d" type="clients">
<bind address="127.0.0.1" port="%d" type="servers">
<path configdir="%s" datadir="%s" logdir="%s" runtimedir="%s">
<pid file="%s/inspircd.pid">
<log method="file" type="* -USERINPUT -USEROUTPUT" level="default" target="%s/ircd.log">
%s
<connect allow="*" timeout="60" pingfreq="120" hardsendq="10M" softsendq="1M" recvq="64K" threshold="1000" commandrate="1000000" localmax="1000" globalmax="1000" fakelag="no" resolvehostnames="no" useident="no" maxchans="1000">
<options casemapping="ascii" defaultmodes="not" prefixquit="Quit: ">
<performance softlimit="1000" quickboot="yes">
<security maxtargets="20">
<sasl target="services.quay.example" requiressl="no">
<uline server="services.quay.example" silent="yes">
<link name="services.quay.example" ipaddr="127.0.0.1" port="%d" allowmask="127.0.0.1/32" sendpass="sesame" recvpass="sesame">
`, d.port, link, dir, dir, dir, dir, dir, dir, modules, link)
	d.args = []string{"--nofork", "--config", writeFile(t, dir, "inspircd.conf", conf)}
	if os.Getuid() == 0 {
		d.args = append(d.args, "--runasroot")
	}
	d.run()
	conf = fmt.Sprintf(`loadmodule "modules/backend/opensex";
loadmodule "modules/protocol/inspircd";
loadmodule "modules/crypto/pbkdf2v2";
loadmodule "modules/nickserv/main";
loadmodule "modules/nickserv/register";
loadmodule "modules/nickserv/identify";
loadmodule "modules/saslserv/main";
loadmodule "modules/saslserv/plain";
serverinfo { name = "services.quay.example"; desc = "services"; numeric = "00A"; recontime = 1; netname = "Quay";
	hidehostsuffix = "users.quay.example"; adminname = "a"; adminemail = "a@quay.example"; registeremail = "a@quay.example";
	auth = none; casemapping = ascii; };
uplink "irc.quay.example" { host = "127.0.0.1"; port = %d; send_password = "sesame"; receive_password = "sesame"; };
nickserv { nick = "NickServ"; user = "NickServ"; host = "services.quay.example"; real = "Nickname Services"; };
saslserv { nick = "SaslServ"; user = "SaslServ"; host = "services.quay.example"; real = "SASL"; };
general { };
`, link)
	services.args = []string{"-n", "-c", writeFile(t, dir, "atheme.conf", conf), "-l", dir + "/atheme.log", "-p", dir + "/atheme.pid", "-D", dir}
	services.run()
	return d, services
}

// user is a client on a real server.
type user struct {
	t      testing.TB
	nick   string
	client *client
	host   *fakeHost
}

// newUser connects; more are members of the credentials.
func newUser(t testing.TB, nick string, port int, more string) *user {
	t.Helper()
	u := &user{t: t, nick: nick, host: newHost()}
	s := defaultSettings()
	s.private = true
	s.burst, s.firstRetry = 1000, 100*time.Millisecond
	u.client = newClient(u.host, s)
	t.Cleanup(func() { stop(u.client) })
	if err := u.connect(port, more); err != nil {
		t.Fatalf("%s: %v", nick, err)
	}
	return u
}

func (u *user) connect(port int, more string) error {
	j := job(u.t, fmt.Sprintf(`{"type":"connect","actor":{"id":"%s@localhost","type":"person","name":"%s"}}`, u.nick, u.nick))
	j.Credentials = credentialsFor(port, more)
	j.Credentials.Object("object").Set("nick", u.nick)
	if strings.Contains(more, `"secure":true`) {
		j.Credentials.Object("object").Set("secure", true)
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	_, err := u.client.Do(ctx, j)
	return err
}

// do does a job and returns the error's text.
func (u *user) do(text string) string {
	u.t.Helper()
	j := job(u.t, text)
	j.Activity.Set("actor", object("id", u.nick+"@localhost", "type", "person", "name", u.nick))
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	_, err := u.client.Do(ctx, j)
	return answer{nil, err}.text()
}

// must does a job that succeeds.
func (u *user) must(text string) {
	u.t.Helper()
	if got := u.do(text); got != "" {
		u.t.Fatalf("%s: %s is answered %q", u.nick, text, got)
	}
}

// sees waits for an event with all of some parts in its JSON.
func (u *user) sees(parts ...string) told {
	u.t.Helper()
	var seen []string
	deadline := time.Now().Add(patience)
	for time.Now().Before(deadline) {
		e := u.host.next(u.t)
		text := shown(e.activity)
		seen = append(seen, text)
		all := true
		for _, part := range parts {
			all = all && strings.Contains(text, part)
		}
		if all {
			return e
		}
	}
	u.t.Fatalf("%s does not see %q but %q", u.nick, parts, seen)
	return told{}
}

func room(verb, name, more string) string {
	return fmt.Sprintf(`{"type":%q,"target":{"type":"room","id":"localhost/%s","name":%q}%s}`, verb, name, name, more)
}

func says(target, text string) string {
	return room("send", target, fmt.Sprintf(`,"object":{"type":"message","content":%s}`, quoteJSON(text)))
}
