package e2e

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/gomodule/redigo/redis"
)

// Whoever comes to the server: what he is called, where he is, and what he shows.
const (
	plantedAccount = "plantedaccount8c1e"
	plantedAddress = "203.0.113.177"
	plantedNick    = "plantednick"
	plantedPeer    = "127.0.88.77" // of the connection itself
)

// Accounts, addresses and tokens of people are in no log, process, metric, profile
// or report, and not in Redis; secrets are not on the page for operators either.
func TestPeopleAreNotFound(t *testing.T) {
	r := startRedis(t, true)
	admin, err := redis.Dial("tcp", r.address)
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()
	if _, err := admin.Do("CONFIG", "SET", "requirepass", plantedRedis); err != nil {
		t.Fatal(err)
	}
	pond, nowhere, reports := startNgircd(t, plantedPassword), freeAddress(t), startSentry(t)
	dir := t.TempDir()
	tokens := filepath.Join(dir, "tokens.json")
	add := exec.Command(binary, "token", "add", "webapp")
	add.Env = []string{"SOCKETHUB_AUTH_TOKEN_FILE=" + tokens}
	text, err := add.Output()
	if err != nil {
		t.Fatal(err)
	}
	token := strings.TrimSpace(string(text))
	file, operators := filepath.Join(dir, "sockethub.log"), freeAddress(t)
	private := map[string]any{"allowPrivateAddresses": true, "allowInsecureHttp": true}
	s := startServer(t, withStore(map[string]any{
		"platforms":   []string{"dummy", "irc", "xmpp", "caldav"},
		"logging":     map[string]any{"level": "debug", "file": file},
		"httpActions": map[string]any{"enabled": true},
		"admin":       map[string]any{"listen": operators},
		"auth":        map[string]any{"required": true, "backends": map[string]any{"preshared": map[string]any{"tokenFile": tokens}}},
		"sockethub":   map[string]any{"trustProxy": true},
		"rateLimiter": map[string]any{"maxRequests": 1000},
		"redis":       map[string]any{"url": "redis://:" + plantedRedis + "@" + r.address},
		"secret":      plantedSecret,
		"packageConfig": map[string]any{"caldav": private, "irc": map[string]any{"allowPrivateAddresses": true},
			"xmpp": map[string]any{"allowPrivateAddresses": true}},
		"sentry": map[string]any{"enableLogs": true, "logLevels": []string{"debug", "info", "warn", "error"}, "tracesSampleRate": 1,
			"dsn": strings.Replace(reports.URL, "http://", "http://key@", 1) + "/1"},
	}))
	c := s.dialProxied(token)
	n := 0
	emit := func(event string, message map[string]any) (acknowledgement string) {
		n++
		body, err := json.Marshal([]any{event, message})
		if err != nil {
			t.Fatal(err)
		}
		c.write(fmt.Sprintf("42%d%s", n, body))
		return c.await(fmt.Sprintf("43%d[", n))
	}
	// On IRC with a right and a wrong password, on XMPP and CalDAV where nobody is.
	for _, password := range []string{plantedPassword, "wrong-" + plantedPassword} {
		credentials := ircCredentials(t, plantedNick, pond.address, password)
		credentials["actor"] = map[string]any{"id": plantedAccount + "@127.0.0.1", "type": "person", "name": plantedNick}
		emit("credentials", credentials)
		for _, verb := range []string{"connect", "join", "query"} {
			message := irc(verb, plantedNick, "target", pondRoom("#reeds"))
			message["actor"] = credentials["actor"]
			emit("message", message)
		}
	}
	jid := plantedAccount + "@" + plantedAccount + ".invalid/web"
	emit("credentials", xmpp("credentials", jid, "object", map[string]any{"type": "credentials", "userAddress": strings.TrimSuffix(jid, "/web"),
		"resource": "web", "password": plantedPassword, "server": "xmpp://" + nowhere}))
	emit("message", xmpp("connect", jid))
	emit("message", xmpp("join", jid, "target", map[string]any{"id": "decks@rooms.localhost", "type": "room"}))
	calendar := map[string]any{"@context": contexts("caldav"), "type": "credentials", "actor": map[string]any{"id": plantedAccount, "type": "person"},
		"object": map[string]any{"type": "credentials", "url": "http://" + nowhere + "/" + plantedAccount + "/", "username": plantedAccount, "password": plantedPassword}}
	emit("credentials", calendar)
	delete(calendar, "object")
	calendar["type"] = "fetch"
	if got := emit("message", calendar); !strings.Contains(got, `"error":"caldav:`) {
		t.Errorf("fetch from nobody: %s", got)
	}
	emit("message", dummy("fail", plantedText))
	for _, shown := range []string{"", token, "wrong-" + token} {
		body := strings.NewReader(`[{"type":"credentials","actor":{"id":"` + plantedAccount + `"},"object":{"password":"` + plantedPassword + `"}}]`)
		request, err := http.NewRequest("POST", s.url+"/sockethub-http", body)
		if err != nil {
			t.Fatal(err)
		}
		request.Header = http.Header{"Content-Type": {"application/json"}, "X-Forwarded-For": {plantedAddress}, "X-Request-Id": {"planted-people-1"}, "Authorization": {"Bearer " + shown}}
		res, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
	}

	s.quarrel(plantedPeer)

	places := map[string]string{}
	for _, platform := range []string{"dummy", "irc", "xmpp", "caldav"} {
		for _, pid := range s.workers(platform) {
			places["how workers are started"] += processText(t, pid, "cmdline") + processText(t, pid, "environ")
		}
	}
	pid := s.cmd.Process.Pid
	places["how the server is started"] = processText(t, pid, "cmdline") + processText(t, pid, "environ")
	_, places["metrics"] = get(t, "http://"+operators+"/metrics")
	_, places["readiness"] = get(t, "http://"+operators+"/readyz?verbose")
	_, shown := get(t, "http://"+operators+"/status")
	_, more := get(t, "http://"+operators+"/debug/pprof/")
	for _, name := range []string{"heap?debug=1", "heap", "allocs?debug=1", "goroutine?debug=1", "goroutine?debug=2", "block?debug=1", "mutex?debug=1",
		"threadcreate?debug=1", "profile?seconds=1", "trace?seconds=1", "symbol"} {
		_, text := get(t, "http://"+operators+"/debug/pprof/"+name)
		more += unpacked(text)
	}
	places["profiles"] = more
	if status, _ := get(t, "http://"+operators+"/debug/pprof/cmdline"); status != http.StatusNotFound {
		t.Errorf("the command line: status %d, want 404", status)
	}
	places["Redis"] = r.contents(admin)
	if err := s.stop(syscall.SIGTERM); err != nil {
		t.Errorf("the server ended with %v", err)
	}
	written, err := filepath.Glob(filepath.Join(r.dir, "appendonlydir", "*"))
	if err != nil || len(written) == 0 {
		t.Fatalf("what Redis wrote: %v, %v", written, err)
	}
	for _, name := range append(written, file) {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		place := "Redis"
		if name == file {
			place = "the log file"
		}
		places[place] += string(text)
	}
	places["the console"] = s.log.String()
	for _, place := range []string{"the console", "the log file"} {
		if !strings.Contains(places[place], `"address":"`+plantedAddress) {
			t.Errorf("%s has no audit line, which tells from where a token was shown", place)
		}
		for _, remark := range []string{`"refused`, `"upgrade refused`, `"packet refused`, `"could not connect to a server`, `"CalDAV fetch failed`} {
			if !strings.Contains(places[place], `"message":`+remark) {
				t.Errorf("%s has no line %s, so it was not looked at", place, remark)
			}
		}
		places[place] = auditLines.ReplaceAllString(places[place], "")
	}
	reports.mu.Lock()
	places["Sentry"] = reports.text.String()
	reports.mu.Unlock()

	secrets := []string{plantedPassword, plantedSecret, plantedRedis, plantedText, token}
	people := []string{plantedAccount, plantedNick, plantedAddress, plantedPeer}
	for place, text := range places {
		if text == "" {
			t.Errorf("%s: there was nothing to look at", place)
		}
		for _, planted := range append(secrets, people...) {
			if at := strings.Index(text, planted); at >= 0 {
				t.Errorf("%s is in %s: …%q", planted, place, text[max(0, at-200):at+len(planted)])
			}
		}
	}
	for _, planted := range secrets {
		if strings.Contains(shown, planted) {
			t.Errorf("%s is on the page for operators", planted)
		}
	}
}

// auditLines are the lines of the log that name an address, as they have to.
var auditLines = regexp.MustCompile(`(?m)^.*"namespace":"sockethub:audit".*$`)

// processText is what the kernel tells about a process.
func processText(t *testing.T, pid int, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("/proc", fmt.Sprint(pid), name))
	if err != nil {
		t.Error(err)
	}
	return string(text)
}

// dialProxied connects as a client of plantedAddress, which a proxy names, and
// shows a token.
func (s *server) dialProxied(token string) *rawClient {
	s.t.Helper()
	u, err := url.Parse(s.url)
	if err != nil {
		s.t.Fatal(err)
	}
	conn, err := net.Dial("tcp", u.Host)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { conn.Close() })
	c := &rawClient{t: s.t, conn: conn, r: bufio.NewReader(conn)}
	fmt.Fprintf(conn, "GET /sockethub/?EIO=4&transport=websocket HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"X-Forwarded-For: %s\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", u.Host, plantedAddress)
	res, err := http.ReadResponse(c.r, nil)
	if err != nil || res.StatusCode != http.StatusSwitchingProtocols {
		s.t.Fatalf("handshake: %v, %v", res, err)
	}
	c.await("0{")
	c.write(`40{"token":"wrong-` + token + `"}`)
	c.await("44{")
	c.write(`40{"token":"` + token + `"}`)
	c.await("40{")
	return c
}

// quarrel does from an address what servers remark on.
func (s *server) quarrel(address string) {
	s.t.Helper()
	u, err := url.Parse(s.url)
	if err != nil {
		s.t.Fatal(err)
	}
	const websocket = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: "
	for _, request := range []string{
		"GET /sockethub/?EIO=3&transport=polling HTTP/1.1\r\n",
		"GET /sockethub/?EIO=4&transport=websocket HTTP/1.1\r\n" + websocket + "12\r\n",
		"GET /sockethub/?EIO=4&transport=websocket HTTP/1.1\r\n" + websocket + "13\r\n",
		"POST /sockethub-http HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n",
	} {
		dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}}
		conn, err := dialer.Dial("tcp", u.Host)
		if err != nil {
			s.t.Fatal(err)
		}
		c := &rawClient{t: s.t, conn: conn, r: bufio.NewReader(conn)}
		fmt.Fprintf(conn, "%sHost: %s\r\n\r\n", request, u.Host)
		res, err := http.ReadResponse(c.r, nil)
		if err != nil {
			s.t.Fatal(err)
		}
		if res.StatusCode == http.StatusSwitchingProtocols {
			c.await("0{")
			c.write("42[bad")
			for opcode := byte(0); opcode != 8; { // until the server ends it
				if opcode, _, err = c.read(); err != nil {
					s.t.Fatal(err)
				}
			}
		}
		conn.Close()
	}
}

// unpacked is what a profile says, which is packed as a rule.
func unpacked(text string) string {
	z, err := gzip.NewReader(strings.NewReader(text))
	if err != nil {
		return text
	}
	all, err := io.ReadAll(z)
	if err != nil {
		return text
	}
	return string(all)
}
