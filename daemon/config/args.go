package config

import (
	"slices"
	"strings"
)

// Command is what the command line asks for.
type Command struct {
	table  *Table
	Name   string // serve, check, health, upgrade, generate, help, version, write-config, sentry-test or sentry-test-crash
	Target string // of write-config: the file, "-" for the standard output; of generate: what; of token: add, list or remove
	Reach  string // of check: host:port, "" if it was not given
	Token  Token  // of token
	PID    string // of upgrade: the server's, "" if it was not given

	TakesOver string // of check: the version of a running server's state, "" if it was not given
	Config    string // of --config, "" if it was not given

	values []flagValue
}

// Token says what the command token is to do with which.
type Token struct {
	Name      string
	Platforms []string // nil: all
	Expires   string   // as it was written; "": never
}

// flagValue is a setting given on the command line.
type flagValue struct {
	setting *Setting
	flag    string // as it was written
	value   string
}

// word is a command or a flag that is no setting.
type word struct {
	name  string // "check" or "--config"
	short string // "-c"
	value string // what follows it: "PATH"; "[PATH]" if it may be left out
	help  string
}

// commands are the words that may come first.
var commands = []word{
	{"serve", "", "", "serve; this is what happens without a command"},
	{"check", "", "", "say whether the server could start, without serving"},
	{"health", "", "", "ask the running server whether it is ready"},
	{"upgrade", "", "[PID]", "replace the running server by the program on disk, and keep all connections"},
	{"token", "", "add|list|remove", "change the file of tokens: add NAME prints a new token once"},
	{"help", "", "", "print this text"},
	{"version", "", "", "print the version"},
	{"generate", "", "WHAT", "write what follows from the settings and platforms: " + strings.Join(Generated, ", ")},
}

// actions are the flags that are no settings, in the order in which they win.
var actions = []word{
	{"--help", "-h", "", "print this text, and exit"},
	{"--version", "-v", "", "print the version, and exit"},
	{"--write-config", "", "[PATH]", "write a file with all defaults; - is the standard output"},
	{"--config", "-c", "PATH", "file with settings"},
	{"--reach", "", "HOST:PORT", "with check: whether the policy lets platforms reach it, and by which rule"},
	{"--takes-over", "", "VERSION", "with check: whether this program could go on where a server with a state of that version is"},
	{"--platform", "", "LIST", "with token add: the platforms that the token is for"},
	{"--expires", "", "TIME", "with token add: 90d, 12h, or 2027-01-31T00:00:00Z"},
	{"--sentry-test", "", "", "send a test message to Sentry, and exit"},
	{"--sentry-test-crash", "", "", "report a made-up crash to Sentry, and exit"},
}

// DefaultFile is read from the working directory when no other file is named.
const DefaultFile = "sockethub.config.json"

// ParseArgs reads the command line without the program's name. Values are
// checked by [Command.Load].
func (t *Table) ParseArgs(args []string) (*Command, error) {
	p := argsParser{table: t, args: args, command: &Command{table: t}, asked: map[string]bool{}}
	p.parse()
	// The first of these that was asked for is done, and the rest of the line
	// need not make sense.
	for _, name := range []string{"help", "version", "write-config"} {
		if p.asked["--"+name] {
			p.command.Name = name
			if name != "write-config" {
				return p.command, nil
			}
			break
		}
	}
	for _, flag := range []string{"--reach", "--takes-over", "--platform", "--expires"} {
		command := "token add"
		if flag == "--reach" || flag == "--takes-over" {
			command = "check"
		}
		if given := strings.TrimSpace(p.command.Name + " " + p.command.Target); p.asked[flag] && given != command {
			p.problem(flag+" belongs to the command "+command, "")
		}
	}
	if len(p.problems) > 0 {
		return nil, p.problems
	}
	for _, name := range []string{"sentry-test", "sentry-test-crash"} {
		if p.asked["--"+name] && p.command.Name == "" {
			p.command.Name = name
		}
	}
	if p.command.Name == "" {
		p.command.Name = "serve"
	}
	return p.command, nil
}

type argsParser struct {
	table    *Table
	args     []string
	command  *Command
	asked    map[string]bool
	problems Problems
}

func (p *argsParser) problem(rule, near string) {
	p.problems = append(p.problems, &Problem{Rule: rule, Nearest: near})
}

func (p *argsParser) parse() {
	for first := true; len(p.args) > 0; first = false {
		arg := p.args[0]
		p.args = p.args[1:]
		switch {
		case strings.HasPrefix(arg, "-") && arg != "-":
			p.flag(arg)
		case first:
			p.commandName(arg)
		default:
			p.problem("unexpected argument "+quote(arg), "")
		}
	}
}

func (p *argsParser) commandName(arg string) {
	var names []string
	for _, c := range commands {
		names = append(names, c.name)
		if c.name != arg {
			continue
		}
		p.command.Name = arg
		switch arg {
		case "token":
			p.token()
		case "upgrade":
			p.command.PID, _ = p.next()
		case "generate":
			what, ok := p.next()
			if near := nearest(what, Generated); !ok {
				p.problem("generate requires one of "+strings.Join(Generated, ", "), "")
			} else if !slices.Contains(Generated, what) {
				p.problem("generate: found "+quote(what)+", allowed: "+strings.Join(Generated, ", "), near)
			}
			p.command.Target = what
		}
		return
	}
	p.problem("unknown command "+quote(arg), nearest(arg, names))
}

// tokenActions are what can be done with tokens.
var tokenActions = []string{"add", "list", "remove"}

// token reads what follows the command: add NAME, list, or remove NAME.
func (p *argsParser) token() {
	what, _ := p.next()
	if !slices.Contains(tokenActions, what) {
		p.problem("token requires one of "+strings.Join(tokenActions, ", "), nearest(what, tokenActions))
		return
	}
	p.command.Target = what
	if what == "list" {
		return
	}
	if p.command.Token.Name, _ = p.next(); p.command.Token.Name == "" {
		p.problem("token "+what+" requires a name", "")
	}
}

// next takes the argument after a flag, if it is one that belongs to it.
func (p *argsParser) next() (string, bool) {
	if len(p.args) == 0 || strings.HasPrefix(p.args[0], "-") && p.args[0] != "-" {
		return "", false
	}
	value := p.args[0]
	p.args = p.args[1:]
	return value, true
}

func (p *argsParser) flag(arg string) {
	name, value, hasValue := strings.Cut(arg, "=")
	for _, a := range actions {
		if name == a.name || name == a.short && a.short != "" {
			p.action(a, name, value, hasValue)
			return
		}
	}
	for i := range p.table.settings {
		s := &p.table.settings[i]
		switch {
		case s.Flag == "":
		case name == "--"+s.Flag && s.Kind == "boolean":
			if !hasValue {
				value = "true"
			}
			p.set(s, name, value)
			return
		case name == "--no-"+s.Flag && s.Kind == "boolean" && !hasValue:
			p.set(s, name, "false")
			return
		case name == "--"+s.Flag:
			// A negative number is a value, and will be called a wrong one.
			if !hasValue && len(p.args) > 0 && !strings.HasPrefix(p.args[0], "--") {
				value, hasValue = p.args[0], true
				p.args = p.args[1:]
			}
			if !hasValue {
				p.problem(name+" requires a value", "")
				return
			}
			p.set(s, name, value)
			return
		}
	}
	p.problem("unknown flag "+name, nearest(name, p.table.flagNames()))
}

func (p *argsParser) set(s *Setting, flag, value string) {
	p.command.values = append(p.command.values, flagValue{s, flag, value})
}

func (p *argsParser) action(a word, name, value string, hasValue bool) {
	p.asked[a.name] = true
	switch {
	case a.value == "" && hasValue:
		p.problem(name+" takes no value", "")
	case a.name == "--config":
		if !hasValue {
			value, hasValue = p.next()
		}
		if !hasValue || value == "" {
			p.problem(name+" requires a file path", "")
		}
		if p.command.Config == "" {
			p.command.Config = value
		}
	case a.name == "--reach", a.name == "--takes-over", a.name == "--platform", a.name == "--expires":
		if !hasValue {
			value, _ = p.next()
		}
		if value == "" {
			p.problem(name+" requires a value", "")
		}
		switch a.name {
		case "--reach":
			p.command.Reach = value
		case "--takes-over":
			p.command.TakesOver = value
		case "--platform":
			p.command.Token.Platforms = splitList(value)
		default:
			p.command.Token.Expires = value
		}
	case a.name == "--write-config":
		if !hasValue {
			value, _ = p.next()
		}
		if value == "" {
			value = DefaultFile
		}
		p.command.Target = value
	}
}

// flagNames are all flags, with their dashes.
func (t *Table) flagNames() []string {
	var names []string
	for _, a := range actions {
		names = append(names, a.name)
	}
	for _, s := range t.settings {
		if s.Flag != "" {
			names = append(names, "--"+s.Flag)
			if s.Kind == "boolean" {
				names = append(names, "--no-"+s.Flag)
			}
		}
	}
	return names
}
