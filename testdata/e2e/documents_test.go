package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/sockethub/sockethub/testdata/peer"
)

// documents is the root of the tree.
const documents = "../../"

// blocks are the fenced texts of a document in a language.
func blocks(t *testing.T, path, language string) []string {
	t.Helper()
	text, err := os.ReadFile(documents + path)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for i, part := range strings.Split("\n"+string(text), "\n```") {
		if block, ok := strings.CutPrefix(part, language+"\n"); ok && i%2 == 1 {
			all = append(all, block+"\n")
		}
	}
	return all
}

// onStage has a document's program talk to the test's servers.
func onStage(program string, s *server, irc string) string {
	host, port, _ := net.SplitHostPort(irc)
	return strings.NewReplacer("http://localhost:10550", s.url, "localhost:10550", strings.TrimPrefix(s.url, "http://"),
		"irc.libera.chat", host, "port: 6697, secure: true", "port: "+port+", secure: false").Replace(program)
}

// What browsers have and node has not.
const browserInNode = `import { createRequire } from "node:module";
const load = createRequire(%q);
globalThis.XMLHttpRequest ??= load("xmlhttprequest-ssl").XMLHttpRequest;
globalThis.WebSocket ??= load("ws");
`

// begin is what stands in front of an extract that uses a client.
const begin = `import { io } from "http://localhost:10550/socket.io.mjs";
import SockethubClient from "http://localhost:10550/sockethub-client.mjs";
const sc = new SockethubClient(io("http://localhost:10550", { path: "/sockethub" }));
await sc.ready();
`

// script is a running program of a document.
type script struct {
	t   *testing.T
	out *output
}

// runModule runs a module for browsers in node.
func runModule(t *testing.T, s *server, program string) *script {
	t.Helper()
	node, packages := peer.Node(t)
	dir := t.TempDir()
	files := map[string]string{"browser.mjs": fmt.Sprintf(browserInNode, filepath.Join(packages, "package.json"))}
	program = `import "./browser.mjs";` + "\n" + regexp.MustCompile(`"`+s.url+`/([a-z.-]+\.mjs)"`).ReplaceAllStringFunc(program, func(quoted string) string {
		name := strings.TrimPrefix(strings.Trim(quoted, `"`), s.url+"/")
		files[name] = download(t, s.url+"/"+name)
		return `"./` + name + `"`
	})
	files["program.mjs"] = program
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return start(t, exec.Command(node, filepath.Join(dir, "program.mjs")))
}

func start(t *testing.T, cmd *exec.Cmd) *script {
	t.Helper()
	p := &script{t, &output{}}
	cmd.Stdout, cmd.Stderr = p.out, p.out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may have ended
		_ = cmd.Wait()         // killed
	})
	return p
}

// prints waits until a program has printed all of these.
func (p *script) prints(parts ...string) {
	p.t.Helper()
	for _, part := range parts {
		found := false
		defer func() {
			if !found {
				p.t.Logf("it printed %s", p.out)
			}
		}()
		eventually(p.t, fmt.Sprintf("the program prints %q", part), func() bool { return strings.Contains(p.out.String(), part) })
		found = true
	}
}

func download(t *testing.T, url string) string {
	t.Helper()
	r, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v", url, r.Status, err)
	}
	return string(text)
}

// What the programs in the documents print, in their order.
var printed = map[string][][]string{
	"docs/access.md":   {{"let in"}},
	"README.md":        {{"heron: welcome"}, {"Low water at dawn https://harbour.example/"}},
	"docs/client.md":   {{"dummy feeds irc metadata", "Hello wren"}, {"stored"}, {"a new session"}, {"no use in trying again Error: address not allowed"}},
	"docs/messages.md": {{"hello"}},
}

// The programs in README and docs run as they stand there, but for the names of servers.
func TestDocumentsRun(t *testing.T) {
	irc := startNgircd(t, "")
	heron := irc.operator("#sockethub")
	s := startServer(t, map[string]any{"logging": map[string]any{"file": ""}, "packageConfig": map[string]any{"irc": map[string]any{"allowPrivateAddresses": true}}})
	for path, want := range printed {
		programs := blocks(t, path, "js")
		if len(programs) != len(want) {
			t.Errorf("%s has %d programs, and the test knows what %d print", path, len(programs), len(want))
			continue
		}
		for i, program := range programs {
			t.Run(fmt.Sprintf("%s/%d", filepath.Base(path), i), func(t *testing.T) {
				if !strings.Contains(program, "import ") {
					program = begin + program + "console.log(answer.object.content);"
				}
				running := runModule(t, s, onStage(program, s, irc.address))
				if strings.Contains(program, `type: "join"`) {
					heron.awaits("PRIVMSG #sockethub :hello")
					heron.say("PRIVMSG #sockethub :welcome")
				}
				running.prints(want[i]...)
			})
		}
	}
	for _, path := range documented(t) {
		if _, known := printed[path]; !known && len(blocks(t, path, "js")) > 0 {
			t.Errorf("%s has programs, and no test runs them", path)
		}
	}
}

// documented are the documents that people write.
func documented(t *testing.T) []string {
	t.Helper()
	all, err := filepath.Glob(documents + "docs/*.md")
	if err != nil || len(all) == 0 {
		t.Fatalf("no documents: %v", err)
	}
	paths := []string{"README.md"}
	for _, path := range all {
		paths = append(paths, strings.TrimPrefix(filepath.ToSlash(path), documents))
	}
	return paths
}

// curl, as the README has it.
func TestDocumentedCurl(t *testing.T) {
	curl := peer.Program(t, "curl")
	s := startServer(t, map[string]any{"logging": map[string]any{"file": ""}}, "SOCKETHUB_HTTP_ACTIONS_ENABLED=1")
	commands := 0
	for _, block := range blocks(t, "README.md", "") {
		if !strings.HasPrefix(block, "curl ") {
			continue
		}
		commands++
		command := "set -e; " + filepath.Dir(curl) + "/" + onStage(block, s, "")
		out, err := exec.Command("sh", "-c", command).Output()
		if err != nil {
			t.Fatalf("%s: %v %s", command, err, out)
		}
		var got, want map[string]any
		if err := json.Unmarshal(out, &got); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		if err := json.Unmarshal([]byte(blocks(t, "README.md", "json")[0]), &want); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"type", "summary", "totalItems"} {
			if got[name] != want[name] {
				t.Errorf("%s is %v, and the README says %v", name, got[name], want[name])
			}
		}
	}
	if commands == 0 {
		t.Error("the README has no curl")
	}
}

// The script for Node and the platform in Python of docs/examples.
func TestDocumentedExamples(t *testing.T) {
	node, packages := peer.Node(t)
	dice, err := filepath.Abs(documents + "docs/examples/dice.py")
	if err != nil {
		t.Fatal(err)
	}
	peer.Program(t, "python3")
	s := startServer(t, map[string]any{
		"platforms": []string{"feeds", dice}, "packageConfig": map[string]any{"dice": map[string]any{"sides": 1}},
		"logging": map[string]any{"file": ""},
	})
	t.Run("headlines.mjs", func(t *testing.T) {
		dir := t.TempDir()
		program, err := os.ReadFile(documents + "docs/examples/headlines.mjs")
		if err != nil {
			t.Fatal(err)
		}
		for name, text := range map[string]string{"headlines.mjs": string(program), "sockethub-client.mjs": download(t, s.url+"/sockethub-client.mjs")} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Symlink(filepath.Join(packages, "node_modules"), filepath.Join(dir, "node_modules")); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(node, "headlines.mjs", s.url+"/feed.xml")
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "SOCKETHUB="+s.url)
		out, err := cmd.CombinedOutput()
		if err != nil || strings.Count(string(out), "\n- ") != 5 {
			t.Errorf("%v: %s", err, out)
		}
	})
	t.Run("dice.py", func(t *testing.T) {
		c := startClients(t).connect("c", s.url, transports["websocket"])
		answer := c.emit("message", map[string]any{
			"@context": []string{"https://www.w3.org/ns/activitystreams", "https://sockethub.org/ns/context/v1.jsonld", "https://sockethub.org/ns/context/platform/dice/v1.jsonld"},
			"type":     "throw", "actor": map[string]any{"id": "me", "type": "person"}, "object": map[string]any{"type": "dice", "count": 2},
		})
		if thrown := fmt.Sprint(answer["object"]); thrown != "map[count:2 thrown:[1 1] type:dice]" {
			t.Errorf("thrown: %v", answer)
		}
	})
}
