package daemon

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sockethub/sockethub/daemon/config"
	"github.com/sockethub/sockethub/daemon/messages"
	"github.com/sockethub/sockethub/gateway/web"
	"github.com/sockethub/sockethub/handover"
	"github.com/sockethub/sockethub/platform"
)

// Main is the program sockethub with the given platforms compiled in: it does
// what the command line asks for, and ends the process. A program whose workers
// are the program itself calls platform.Main first.
func Main(definitions ...*platform.Definition) {
	p := &program{
		definitions: definitions, environ: environment(), stdout: os.Stdout, stderr: os.Stderr,
		path: startedFrom(os.Args[0]), args: os.Args, thread: make(firstThread),
	}
	done := make(chan struct{})
	status := 0
	go func() {
		defer close(done)
		status = p.run(os.Args[1:])
	}()
	p.thread.serve(done)
	os.Exit(status)
}

// environment is what the program was started with, but for what belongs to this
// start alone.
func environment() []string {
	return slices.DeleteFunc(os.Environ(), func(v string) bool {
		return strings.HasPrefix(v, handover.Variable+"=") || strings.HasPrefix(v, "LISTEN_PID=") || strings.HasPrefix(v, "LISTEN_FDS=") || strings.HasPrefix(v, "LISTEN_FDNAMES=")
	})
}

// program is one run of sockethub.
type program struct {
	definitions    []*platform.Definition // that this build has
	table          *config.Table
	environ        []string
	stdout, stderr io.Writer
	command        *config.Command

	path   string      // that it was started from; "" if it is not known
	args   []string    // as they were given, with the program's name
	thread firstThread // nil: it cannot be replaced, and workers are started anywhere
}

// run does what the command line asks for, and returns the exit status.
func (p *program) run(args []string) int {
	var err error
	if p.table, err = config.New(BuiltIn(p.definitions)...); err != nil {
		return p.refuse(err)
	}
	if p.command, err = p.table.ParseArgs(args); err != nil {
		return p.refuse(err)
	}
	switch p.command.Name {
	case "help":
		fmt.Fprint(p.stdout, p.table.Help())
		return 0
	case "version":
		fmt.Fprintln(p.stdout, config.Version)
		return 0
	case "write-config":
		return p.writeConfig(p.command.Target)
	case "generate":
		return p.generate(p.command.Target)
	}
	c, err := p.command.Load(p.environ)
	if err != nil {
		return p.refuse(err)
	}
	switch p.command.Name {
	case "health":
		return p.health(c)
	case "upgrade":
		return p.upgrade(c)
	case "check":
		if v := p.command.TakesOver; v != "" {
			return p.checkTakesOver(c, v)
		}
		if p.command.Reach != "" {
			return p.reach(c, p.command.Reach)
		}
		return p.check(c)
	case "token":
		return p.token(c)
	case "sentry-test":
		return p.sentryTest(c)
	case "sentry-test-crash":
		return p.sentryCrash(c)
	}
	if c.Info {
		return p.info(c)
	}
	if err := serve(context.Background(), p, c); err != nil {
		return p.refuse(err)
	}
	return 0
}

// refuse says why the program does not go on.
func (p *program) refuse(err error) int {
	fmt.Fprintln(p.stderr, "Error:", err)
	return 1
}

// generate prints something that follows from the settings or the platforms; the
// pages about messages it writes into the folder docs.
func (p *program) generate(what string) int {
	var text []byte
	var err error
	switch what {
	case "messages":
		return p.writeMessages("docs")
	case "typescript":
		text, err = messages.TypeScript(p.definitions)
	case "module":
		text = web.ClientModule()
	default:
		text, err = p.table.Generate(what)
	}
	if err != nil {
		return p.refuse(err)
	}
	p.stdout.Write(text)
	return 0
}

func (p *program) writeMessages(folder string) int {
	pages, err := messages.Pages(p.definitions)
	if err != nil {
		return p.refuse(err)
	}
	for _, page := range pages {
		path := filepath.Join(folder, filepath.FromSlash(page.Path))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return p.refuse(err)
		}
		if err := os.WriteFile(path, page.Text, 0o644); err != nil {
			return p.refuse(err)
		}
		fmt.Fprintln(p.stdout, "wrote", path)
	}
	return 0
}

func (p *program) writeConfig(path string) int {
	if path == "-" {
		p.stdout.Write(p.table.DefaultDocument())
		return 0
	}
	full, err := p.table.WriteDefault(path)
	if err != nil {
		fmt.Fprintln(p.stderr, err)
		return 1
	}
	fmt.Fprintln(p.stdout, "wrote default config to", full)
	return 0
}

// info tells what the server would do. It needs neither Redis nor a free port.
func (p *program) info(c *config.Config) int {
	found, err := p.findPlatforms(context.Background(), c)
	if err != nil {
		return p.refuse(err)
	}
	executable, err := os.Executable()
	if err != nil {
		executable = os.Args[0]
	}
	examples := "disabled"
	if c.Examples {
		examples = publicURL(c)
	}
	redis := "none: jobs and credentials are kept in memory"
	if c.Redis.URL != "" {
		redis = c.Redis.URL.String() // masked
	}
	file := c.File
	if file == "" {
		file = "none"
	} else if full, err := filepath.Abs(file); err == nil {
		file = full
	}
	revision := config.Revision()
	if revision == "" {
		revision = "not recorded"
	}
	fmt.Fprintf(p.stdout, "sockethub %s\nrevision: %s\nexecutable: %s\nconfiguration: %s\nwebsocket: %s%s\nexamples: %s\nredis URL: %s\nplatforms: %s\n",
		config.Version, revision, executable, file, listenURL(c, "ws"), c.Sockethub.Path, examples, redis, names(found.definitions))
	for _, d := range found.definitions {
		path := executable
		if external := found.paths[d.Name]; external != "" {
			path = external
		}
		fmt.Fprintf(p.stdout, "\n- %s\n version: %s\n AS types: %s\n path: %s\n", d.Name, d.Version, types(d), path)
	}
	for _, n := range append(c.Notes, found.notes...) {
		if n.Level >= slog.LevelWarn {
			fmt.Fprintln(p.stderr, n.Text)
		}
	}
	return 0
}
