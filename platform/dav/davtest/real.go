//go:build unix

package davtest

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sockethub/sockethub/testdata/peer"
)

// Real is a real server, on its own and new, with the users ann (secret-1) and bob
// (secret-2), and ann's calendar and address book.
type Real struct {
	Name           string
	URL            string // of the service
	Calendar, Book string // addresses
	Anonymous      bool   // it asks for no password

	dir string // where it stores everything
}

// reals are the servers, and what they need from Debian.
var reals = []struct {
	name                    string
	program                 string
	service, calendar, book string
	anonymous               bool
	prepare                 func(t testing.TB, r *Real)
}{
	{"radicale", "radicale", "/", "/ann/work/", "/ann/people/", false, func(t testing.TB, r *Real) {
		r.must(t, "MKCALENDAR", r.Calendar, nil, "")
		r.must(t, "MKCOL", r.Book, nil, `<?xml version="1.0"?><d:mkcol xmlns:d="DAV:" xmlns:r="urn:ietf:params:xml:ns:carddav"><d:set><d:prop>`+
			`<d:resourcetype><d:collection/><r:addressbook/></d:resourcetype></d:prop></d:set></d:mkcol>`)
	}},
	{"xandikos", "xandikos", "/", "/user/calendars/calendar/", "/user/contacts/addressbook/", true, nil},
	{"cyrus", "cyrmaster", "/dav/", "/dav/calendars/user/ann/Default/", "/dav/addressbooks/user/ann/Default/", false, nil},
	{"sabre", "php", "/", "/calendars/ann/work/", "/addressbooks/ann/people/", false, nil},
}

// RunReal runs a test against each of the servers.
func RunReal(t *testing.T, test func(t *testing.T, r *Real)) {
	for _, real := range reals {
		t.Run(real.name, func(t *testing.T) {
			t.Parallel()
			test(t, Start(t, real.name))
		})
	}
}

// Start starts one of the servers, and ends it with the test.
func Start(t testing.TB, name string) *Real {
	t.Helper()
	for _, real := range reals {
		if real.name != name {
			continue
		}
		peer.Program(t, real.program)
		if real.name == "sabre" {
			if _, err := os.Stat("/usr/share/php/Sabre/autoload.php"); err != nil {
				peer.Missing(t, "php-sabre-dav is not installed")
			}
		}
		origin, dir := start(t, real.name)
		r := &Real{
			Name: real.name, URL: origin + real.service, Calendar: origin + real.calendar, Book: origin + real.book,
			Anonymous: real.anonymous, dir: dir,
		}
		r.await(t)
		if real.prepare != nil {
			real.prepare(t, r)
		}
		return r
	}
	t.Fatalf("no server is called %s", name)
	return nil
}

// start runs the script of a server and ends it with the test.
func start(t testing.TB, name string) (origin, data string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	listener.Close()
	// Cyrus becomes another user, who must get to its folder.
	dir, err := os.MkdirTemp("", "dav")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	_, file, _, _ := runtime.Caller(0)
	script, data := filepath.Join(filepath.Dir(file), "testdata", name+".sh"), filepath.Join(dir, "data")
	cmd := exec.Command("bash", script, data, strconv.Itoa(port))
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	cmd.WaitDelay = time.Second
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM)
		_ = cmd.Wait()
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		if t.Failed() {
			said := output.String()
			t.Logf("%s said at last: %s", name, said[max(0, len(said)-4<<10):])
		}
	})
	return "http://127.0.0.1:" + strconv.Itoa(port), data
}

// Fill stores n resources in the calendar: where the server keeps files, beside
// it, as a PUT of each takes minutes.
func (r *Real) Fill(t testing.TB, n int, resource func(i int) string) {
	t.Helper()
	folder := map[string]string{
		"radicale": "collections/collection-root/ann/work",
		"xandikos": "user/calendars/calendar",
	}[r.Name]
	for i := range n {
		name, text := strconv.Itoa(i)+".ics", resource(i)
		if folder == "" {
			r.Put(t, r.Calendar+name, text)
		} else if err := os.WriteFile(filepath.Join(r.dir, folder, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if r.Name != "xandikos" {
		return
	}
	for _, args := range [][]string{{"add", "."}, {"-c", "user.name=ann", "-c", "user.email=ann@dav.test", "commit", "-q", "-m", "filled"}} {
		if out, err := exec.Command("git", append([]string{"-C", filepath.Join(r.dir, folder)}, args...)...).CombinedOutput(); err != nil {
			t.Fatalf("git %s: %v %s", args[0], err, out)
		}
	}
}

// await waits until the server answers PROPFIND as it will.
func (r *Real) await(t testing.TB) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for {
		if status, _, _ := r.Ask(ctx, "PROPFIND", r.URL, http.Header{"Depth": {"0"}}, ""); status == http.StatusMultiStatus {
			return
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			t.Fatalf("%s does not answer", r.Name)
		}
	}
}

func (r *Real) must(t testing.TB, method, url string, header http.Header, body string) {
	t.Helper()
	if status, text, err := r.Ask(t.Context(), method, url, header, body); err != nil || status > 299 {
		t.Fatalf("%s %s: %d %s %v", method, url, status, text, err)
	}
}

// Put stores a resource with plain HTTP, as another program would.
func (r *Real) Put(t testing.TB, url, body string) {
	t.Helper()
	kind := "text/calendar"
	if strings.HasSuffix(url, ".vcf") {
		kind = "text/vcard"
	}
	r.must(t, http.MethodPut, url, http.Header{"Content-Type": {kind + "; charset=utf-8"}}, body)
}

// Get reads a resource with plain HTTP.
func (r *Real) Get(t testing.TB, url string) string {
	t.Helper()
	status, body, err := r.Ask(t.Context(), http.MethodGet, url, nil, "")
	if err != nil || status != http.StatusOK {
		t.Fatalf("GET %s: %d %v", url, status, err)
	}
	return body
}

// Ask sends a request of ann's and follows a challenge.
func (r *Real) Ask(ctx context.Context, method, url string, header http.Header, body string) (status int, text string, err error) {
	authorization := ""
	for range 2 {
		request, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
		if err != nil {
			return 0, "", err
		}
		if header != nil {
			request.Header = header.Clone()
		}
		if authorization != "" {
			request.Header.Set("Authorization", authorization)
		} else {
			request.SetBasicAuth("ann", "secret-1")
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return 0, "", err
		}
		data, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil {
			return 0, "", err
		}
		status, text = response.StatusCode, string(data)
		if authorization = digest(response.Header.Get("WWW-Authenticate"), request); status != http.StatusUnauthorized || authorization == "" {
			break
		}
	}
	return status, text, nil
}

var nonce = regexp.MustCompile(`nonce="([^"]*)"`)

// digest answers sabre's challenge, "" if it is another one.
func digest(challenge string, r *http.Request) string {
	m := nonce.FindStringSubmatch(challenge)
	if m == nil {
		return ""
	}
	h := func(text string) string {
		sum := md5.Sum([]byte(text))
		return hex.EncodeToString(sum[:])
	}
	uri := r.URL.RequestURI()
	response := h(h("ann:SabreDAV:secret-1") + ":" + m[1] + ":00000001:c:auth:" + h(r.Method+":"+uri))
	opaque := ""
	if _, rest, ok := strings.Cut(challenge, `opaque="`); ok {
		opaque, _, _ = strings.Cut(rest, `"`)
	}
	return fmt.Sprintf(`Digest username="ann", realm="SabreDAV", nonce="%s", uri="%s", qop=auth, nc=00000001, cnonce="c", response="%s", opaque="%s"`,
		m[1], uri, response, opaque)
}
