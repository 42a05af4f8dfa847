package daemon

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// Every line has one namespace and no key twice, the worker's as well, and
// times are readable.
func TestLogOfEverything(t *testing.T) {
	p := start(t, `{"platforms":["dummy"],"httpActions":{"enabled":true},"shutdown":{"timeoutMs":1000}}`, []string{"DEBUG=*"})
	url := p.url()
	c := join(t, url)
	for _, verb := range []string{"echo", "exit1", "sigkill", "fail"} {
		c.send(dummyMessage(verb, "alice", "x"))
		c.poll()
	}
	get(t, http.DefaultClient, url+"/sockethub/?EIO=3&transport=polling")
	p.signal(syscall.SIGHUP)
	p.await("reloaded")
	p.signal(syscall.SIGTERM)
	p.end()
	seen := map[string]bool{}
	for line := range strings.Lines(p.log()) {
		keys := map[string]bool{}
		in := json.NewDecoder(strings.NewReader(line))
		in.Token() // {
		for in.More() {
			key, err := in.Token()
			if err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			var value any
			if err := in.Decode(&value); err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			name := key.(string)
			if keys[name] {
				t.Errorf("%s is there twice in %s", name, line)
			}
			keys[name] = true
			switch name {
			case "namespace":
				seen[value.(string)] = true
			case "age", "took":
				if text, ok := value.(string); !ok || !regexp.MustCompile(`^[0-9.]+(µs|ms|s)$`).MatchString(text) {
					t.Errorf("%s is %v in %s", name, value, line)
				}
			}
		}
		for _, name := range []string{"timestamp", "level", "message", "namespace"} {
			if !keys[name] {
				t.Errorf("%s is missing in %s", name, line)
			}
		}
	}
	for _, namespace := range []string{"server:init", "server:listener", "server:core", "server:bootstrap:platforms", "server:bootstrap:config", "server:platform-instance", "engineio"} {
		if !seen["sockethub:"+namespace] {
			t.Errorf("nothing is logged as %s", namespace)
		}
	}
	if seen["sockethub"] {
		t.Error("a line has no namespace of its own")
	}
}

// With the default log file neither clients nor requests leave descriptors
// behind.
func TestDescriptorsAreClosed(t *testing.T) {
	p := start(t, `{"platforms":["dummy"],"rateLimiter":{"maxConnectionsPerIp":0}}`, []string{"LOG_FILE=sockethub.log"})
	url := p.url()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	open := func() int {
		entries, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", p.cmd.Process.Pid))
		if err != nil {
			t.Skip("this system does not tell open descriptors")
		}
		return len(entries)
	}
	use := func() {
		upgrade(t, url).Close()
		get(t, client, url+"/sockethub-client.js")
		get(t, client, url+"/sockethub/?EIO=4&transport=polling")
	}
	use()
	before := open()
	for range 100 {
		use()
	}
	eventually(t, "as few descriptors are open as before", func() bool { return open() <= before })
	if text, err := os.ReadFile(filepath.Join(p.dir, "sockethub.log")); err != nil || len(text) == 0 {
		t.Errorf("the log file has %d bytes, %v", len(text), err)
	}
}
