package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sockethub/sockethub/testdata/peer"
)

// notRun are commands of the documents that the test does not run, and why: by
// how they begin.
var notRun = map[string]string{
	"go run .":                     "it is the program that every other test here runs, built",
	"go test ":                     "it runs this test",
	"go install ":                  "the version has to be published first",
	"testdata/run":                 "it runs this test",
	"packaging/build":              "minutes: TestRelease of packaging runs it, in the step release of testdata/run",
	"packaging/deb":                "likewise: TestDebianPackage",
	"docker ":                      "there is no Docker here; TestDockerfile of packaging reads the file",
	"apt install":                  "it would change this machine; TestDebianPackage unpacks the package",
	"systemctl ":                   "there is no systemd here; TestSystemdUnits of packaging reads the units",
	"curl -N ":                     "TestDocumentedCurl does, and compares the answer",
	"ACL SETUSER":                  "said to Redis: TestLeastACL of queue/redis does",
	`42["closing"`:                 "said by the server: TestEveryEventIsAnsweredAtTheEnd hears it",
	"redis-cli ":                   "it deletes what the reference left in Redis",
	"sockethub health":             "it asks a server that runs: the tests of daemon do",
	"sockethub upgrade":            "it asks a server that runs: TestUpgradeIsNotNoticed does",
	"sockethub listening on ws://": "said by the server when it starts: every test here waits for it",
}

// unrun says why a command is not run, "" if it is.
func unrun(command string) string {
	for beginning, why := range notRun {
		if strings.HasPrefix(command, beginning) {
			return why
		}
	}
	return ""
}

// documentedCommand is a command of a document, with what it is said to print.
type documentedCommand struct {
	command, output string
	checked         bool // the output is shown
}

// fences are the fenced blocks of a document with their languages, indented or not.
var fences = regexp.MustCompile("(?ms)^( *)```([a-z]*)\n(.*?)^ *```$")

// inline are commands inside a sentence.
var inline = regexp.MustCompile("`((?:sockethub|redis-cli|systemctl|apt|docker|go install|packaging/build|packaging/deb) [^`\n]+)`")

// The commands that the documents show are run, in a folder for each document, in
// their order; what is shown of their output is what they print.
func TestDocumentedCommands(t *testing.T) {
	curl := peer.Program(t, "curl")
	peer.Program(t, "python3")
	run := 0
	used := map[string]bool{}
	for _, path := range append(documented(t), "CONTRIBUTING.md", "platform/PROTOCOL.md") {
		text, err := os.ReadFile(documents + path)
		if err != nil {
			t.Fatal(err)
		}
		settings, commands := scan(t, path, string(text))
		commands = slices.DeleteFunc(commands, func(c documentedCommand) bool {
			why := unrun(c.command)
			used[why] = true
			return why != ""
		})
		if len(commands) == 0 {
			continue
		}
		run += len(commands)
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			runCommands(t, filepath.Dir(curl), settings, commands)
		})
	}
	if run < 20 {
		t.Errorf("only %d commands were found", run)
	}
	for beginning, why := range notRun {
		if !used[why] {
			t.Errorf("no document has the command %q any more", beginning)
		}
	}
}

// scan finds a document's commands, and the settings that it shows.
func scan(t *testing.T, path, text string) (settings map[string]any, commands []documentedCommand) {
	settings = map[string]any{}
	for _, m := range fences.FindAllStringSubmatch(text, -1) {
		block := strings.ReplaceAll("\n"+m[3], "\n"+m[1], "\n")[1:]
		switch m[2] {
		case "console":
			block = strings.ReplaceAll(block, "\\\n", "")
			for part := range strings.SplitSeq("\n"+block, "\n$ ") {
				if command, output, _ := strings.Cut(part, "\n"); command != "" {
					commands = append(commands, documentedCommand{command, output, true})
				}
			}
		case "":
			for line := range strings.SplitSeq(strings.TrimSpace(joined(block)), "\n") {
				commands = append(commands, documentedCommand{command: line})
			}
		case "json":
			var config map[string]any
			if err := json.Unmarshal([]byte(block), &config); err == nil && (config["auth"] != nil || config["policy"] != nil || config["packageConfig"] != nil) {
				maps.Copy(settings, config)
			}
		case "js", "html", "go", "text": // run by other tests; texts are frames, which package platform reads
		default:
			t.Errorf("%s: a block of %s, which no test knows", path, m[2])
		}
	}
	for _, m := range inline.FindAllStringSubmatch(fences.ReplaceAllString(text, ""), -1) {
		commands = append(commands, documentedCommand{command: m[1]})
	}
	return settings, commands
}

// joined puts a command that has a quoted text of several lines on one.
func joined(block string) string {
	var b strings.Builder
	quoted := false
	for _, r := range block {
		quoted = quoted != (r == '\'')
		if r == '\n' && quoted {
			r = ' '
		}
		b.WriteRune(r)
	}
	return b.String()
}

// serves are commands that do not end.
var serves = regexp.MustCompile(`^sockethub( --config \S+)?\s*(&|#.*)?$`)

// runCommands runs commands in one shell, as a person would.
func runCommands(t *testing.T, curl string, settings map[string]any, commands []documentedCommand) {
	dir := t.TempDir()
	dice, err := filepath.Abs(documents + "docs/examples/dice.py")
	if err != nil {
		t.Fatal(err)
	}
	for name, file := range map[string]string{"sockethub": binary, "sockethub-new": binary, "dice.py": dice} {
		if err := os.Symlink(file, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	settings["logging"] = map[string]any{"file": "server.log"}
	config, err := json.Marshal(settings)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "sockethub.config.json"), config, 0o600); err != nil {
		t.Fatal(err)
	}
	address := freeAddress(t)
	_, port, _ := strings.Cut(address, ":")
	here := strings.NewReplacer("localhost:10550", address, "/etc/sockethub/", "./")
	const mark = "\x01"
	script := "trap 'kill $(jobs -p) 2>/dev/null' EXIT\n"
	for _, c := range commands {
		command := here.Replace(c.command)
		if serves.MatchString(command) {
			command = strings.TrimRight(strings.Split(command, "#")[0], "& ") + " >>printed 2>&1 & until curl -sf -o /dev/null http://" + address + "/readyz; do kill -0 $! || break; sleep 0.1; done"
		}
		script += fmt.Sprintf("{ %s\n} 2>&1; echo \"%s$?%s\"\n", command, mark, mark)
	}
	shell := exec.CommandContext(t.Context(), "bash", "-c", script)
	shell.Dir, shell.Env = dir, []string{"PATH=" + dir + ":" + curl + ":/usr/bin:/bin", "HOST=127.0.0.1", "PORT=" + port}
	out, err := shell.Output()
	if err != nil {
		if failed := (*exec.ExitError)(nil); !errors.As(err, &failed) {
			t.Fatal(err)
		}
	}
	parts := bytes.Split(out, []byte(mark)) // what one prints, its status, what the next prints, …
	for i, c := range commands {
		if 2*i+1 >= len(parts) {
			t.Fatalf("the shell ended before %q:\n%s", c.command, out)
		}
		got, status := strings.TrimSpace(string(parts[2*i])), string(parts[2*i+1])
		if !c.checked {
			if status != "0" {
				t.Errorf("%s: status %s\n%s", c.command, status, got)
			}
			continue
		}
		want := regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(strings.TrimSpace(c.output)), "…", "(?s:.*)") + "$")
		if !want.MatchString(got) {
			t.Errorf("%s prints\n%s\nand the document says\n%s", c.command, got, c.output)
		}
	}
}
