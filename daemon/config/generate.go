package config

import (
	"fmt"
	"strings"
)

// Generated are the things that [Generate] makes.
var Generated = []string{"schema", "man", "bash", "zsh", "fish", "markdown", "messages", "typescript", "module"}

// Generate writes something that follows from the table: the JSON Schema, the
// manual page, a shell's completion, or the table as Markdown. What follows from
// the platforms is made by package messages, and the client as an ES module by
// package web.
func (t *Table) Generate(what string) ([]byte, error) {
	switch what {
	case "schema":
		return t.Schema(), nil
	case "man":
		return []byte(t.manual()), nil
	case "bash":
		return []byte(t.bashCompletion()), nil
	case "zsh":
		return []byte(t.zshCompletion()), nil
	case "fish":
		return []byte(t.fishCompletion()), nil
	case "markdown":
		return []byte(t.markdown()), nil
	}
	return nil, fmt.Errorf("generate: found %q, allowed: %s", what, strings.Join(Generated, ", "))
}

// flagWords are all flags as the help lists them.
func (t *Table) flagWords() []word {
	words := append([]word(nil), actions...)
	for _, s := range t.settings {
		if s.Flag == "" {
			continue
		}
		w := word{name: "--" + s.Flag, help: s.Help}
		if s.Kind != "boolean" {
			w.value = "VALUE"
		}
		words = append(words, w)
		if s.Kind == "boolean" && s.Default == "true" {
			words = append(words, word{name: "--no-" + s.Flag, help: "do not " + s.Help})
		}
	}
	return words
}

// usage is a word as it is typed: "-c, --config PATH".
func (w word) usage() string {
	text := w.name
	if w.short != "" {
		text = w.short + ", " + text
	}
	if w.value != "" {
		text += " " + w.value
	}
	return text
}

// Help is what --help prints.
func (t *Table) Help() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Sockethub %s: a gateway between browsers and IRC, XMPP, feeds and more\n\nUsage: sockethub [options]\n       sockethub COMMAND [options]\n\nCommands:\n", Version)
	list(&b, commands)
	b.WriteString("\nOptions:\n")
	list(&b, t.flagWords())
	b.WriteString("\nEnvironment (each is stronger than the file, and weaker than a flag):\n")
	words := []word{{name: "SOCKETHUB_CONFIG", help: "file with settings"}}
	for _, s := range t.settings {
		if s.Env != "" {
			words = append(words, word{name: s.Env, help: s.Help})
		}
	}
	list(&b, words)
	fmt.Fprintf(&b, "\nSettings are read from --config, or else from %s in the working directory.\nsockethub --write-config - shows all of them with their defaults; docs/settings.md\nsays what they mean.\n", DefaultFile)
	return b.String()
}

func list(b *strings.Builder, words []word) {
	width := 0
	for _, w := range words {
		width = max(width, len(w.usage()))
	}
	for _, w := range words {
		fmt.Fprintf(b, "  %-*s  %s\n", width, w.usage(), w.help)
	}
}

// markdown is the table of the documentation.
func (t *Table) markdown() string {
	var b strings.Builder
	b.WriteString("| Key | Value | Default | Variable | Flag | Meaning |\n| --- | --- | --- | --- | --- | --- |\n")
	for _, s := range t.settings {
		flag := ""
		if s.Flag != "" {
			flag = "`--" + s.Flag + "`"
		}
		help := s.Help
		if s.Reload {
			help += " (reloadable)"
		}
		if s.Unused != "" {
			help += "; no effect: " + s.Unused
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", code(s.Key), s.Allowed, code(shortDefault(s)), code(s.Env), flag, help)
	}
	b.WriteString("\nIn `packageConfig` each platform has an object, under its name or as `" + packagePrefix + "NAME`:\n\n" + t.packageTable() + worst(t.Default()))
	return b.String()
}

// packageTable is the table of the platforms' own settings.
func (t *Table) packageTable() string {
	var b strings.Builder
	b.WriteString("| Platform | Key | Value | Meaning |\n| --- | --- | --- | --- |\n")
	for _, p := range t.builtIn {
		s := t.schemas[p.Name]
		if s == nil {
			continue
		}
		for _, name := range s.names(s.document) {
			setting, help := s.below(s.document, name), ""
			if d := setting.member("description"); d != nil {
				help = d.text
			}
			fmt.Fprintf(&b, "| `%s` | `%s` | %s | %s |\n", p.Name, name, s.words(setting), help)
		}
	}
	return b.String()
}

func shortDefault(s Setting) string {
	if s.Key == "platforms" {
		return "all that are built in"
	}
	return s.Default
}

func code(text string) string {
	if text == "" {
		return ""
	}
	return "`" + text + "`"
}

// manual is sockethub(1) in the macros of man(7).
func (t *Table) manual() string {
	var b strings.Builder
	fmt.Fprintf(&b, ".TH SOCKETHUB 1 \"\" \"Sockethub %s\" \"User Commands\"\n", Version)
	b.WriteString(".SH NAME\nsockethub \\- a gateway between browsers and IRC, XMPP, feeds and more\n.SH SYNOPSIS\n.B sockethub\n.RI [ COMMAND ]\n.RI [ options ]\n")
	b.WriteString(".SH DESCRIPTION\nSockethub lets web pages speak ActivityStreams over Socket.IO, and translates to the protocols of its platforms. It needs no other program; with Redis what it has accepted outlives it.\n")
	manList(&b, "COMMANDS", commands)
	manList(&b, "OPTIONS", t.flagWords())
	b.WriteString(".SH SETTINGS\nKeys of the file, with dots between the names of nested objects. A variable is stronger than the file, and a flag is stronger than both.\n")
	for _, s := range t.settings {
		name := s.Key
		if name == "" {
			name = s.Env
		}
		fmt.Fprintf(&b, ".TP\n.B %s\n%s. Allowed: %s. Default: %s.", roff(name), roff(capital(s.Help)), roff(s.Allowed), roff(shortDefault(s)))
		if s.Env != "" && s.Key != "" {
			fmt.Fprintf(&b, " Variable: %s.", roff(s.Env))
		}
		if s.Flag != "" {
			fmt.Fprintf(&b, " Flag: %s.", roff("--"+s.Flag))
		}
		if s.Reload {
			b.WriteString(" Reloadable.")
		}
		if s.Unused != "" {
			fmt.Fprintf(&b, " It has no effect: %s.", roff(s.Unused))
		}
		b.WriteByte('\n')
	}
	b.WriteString(".SH SIGNALS\n.TP\n.B SIGHUP\nRead the settings again, apply those that are called reloadable, and open the log file anew.\n.TP\n.B SIGUSR2\nReplace the running program by the one on disk, which reads the settings anew and keeps all connections but encrypted ones of browsers. On Linux.\n.TP\n.B SIGTERM, SIGINT\nTake no more clients, finish what is in progress within shutdown.timeoutMs, and end. A second one ends at once.\n")
	b.WriteString(".SH EXIT STATUS\n0 after an orderly end, 1 when something was wrong.\n")
	fmt.Fprintf(&b, ".SH FILES\n.TP\n.I %s\nSettings, read from the working directory when no other file is named.\n", DefaultFile)
	manList(&b, "FILES OF THE DEBIAN PACKAGE", []word{
		{name: "/etc/sockethub/sockethub.config.json", help: "settings of the service"},
		{name: "/etc/sockethub/environment", help: "its variables, as SOCKETHUB_SECRET; not there at first, and nobody but root should read it"},
		{name: "/var/lib/sockethub", help: "its working directory; a log file is rotated by /etc/logrotate.d/sockethub"},
		{name: "/usr/share/doc/sockethub", help: "documents: access.md, client.md, messages.md, settings.md, upgrading.md, PROTOCOL.md for authors of platforms, and examples"},
		{name: "/usr/share/sockethub", help: "the client library's types and module, and the JSON Schema of the settings"},
	})
	return b.String()
}

func manList(b *strings.Builder, title string, words []word) {
	fmt.Fprintf(b, ".SH %s\n", title)
	for _, w := range words {
		fmt.Fprintf(b, ".TP\n.B %s\n%s.\n", roff(w.usage()), roff(capital(w.help)))
	}
}

// roff escapes a text that stands within a line.
func roff(text string) string {
	return strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`).Replace(text)
}

func capital(text string) string { return strings.ToUpper(text[:1]) + text[1:] }

func (t *Table) bashCompletion() string {
	var flags, names []string
	for _, w := range t.flagWords() {
		flags = append(flags, w.name)
	}
	for _, c := range commands {
		names = append(names, c.name)
	}
	return fmt.Sprintf(`# bash completion for sockethub
_sockethub() {
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}
	case $before in
	-c | --config | --write-config) COMPREPLY=($(compgen -f -- "$word")); return ;;
	generate) COMPREPLY=($(compgen -W '%s' -- "$word")); return ;;
	esac
	local words='%s'
	[ "$COMP_CWORD" -gt 1 ] || words="%s $words"
	COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -F _sockethub sockethub
`, strings.Join(Generated, " "), strings.Join(flags, " "), strings.Join(names, " "))
}

func (t *Table) zshCompletion() string {
	var b strings.Builder
	b.WriteString("#compdef sockethub\n_arguments \\\n")
	for _, w := range t.flagWords() {
		value := ""
		switch w.value {
		case "PATH", "[PATH]":
			value = ":file:_files"
		case "VALUE":
			value = ":value:"
		}
		fmt.Fprintf(&b, "\t'%s[%s]%s' \\\n", w.name, zsh(w.help), value)
	}
	b.WriteString("\t'1:command:((")
	for i, c := range commands {
		if i > 0 {
			b.WriteByte(' ')
		}
		fmt.Fprintf(&b, `%s\:"%s"`, c.name, zsh(c.help))
	}
	fmt.Fprintf(&b, "))' \\\n\t'2:what:(%s)'\n", strings.Join(Generated, " "))
	return b.String()
}

// zsh escapes a description of _arguments within single quotes.
func zsh(text string) string {
	return strings.NewReplacer("'", `'\''`, "[", `\[`, "]", `\]`, ":", `\:`).Replace(text)
}

func (t *Table) fishCompletion() string {
	var b strings.Builder
	b.WriteString("complete -c sockethub -f\n")
	for _, c := range commands {
		fmt.Fprintf(&b, "complete -c sockethub -n __fish_use_subcommand -a %s -d %s\n", c.name, fish(c.help))
	}
	fmt.Fprintf(&b, "complete -c sockethub -n '__fish_seen_subcommand_from generate' -a %s\n", fish(strings.Join(Generated, " ")))
	for _, w := range t.flagWords() {
		fmt.Fprintf(&b, "complete -c sockethub -l %s", strings.TrimPrefix(w.name, "--"))
		if w.short != "" {
			fmt.Fprintf(&b, " -s %s", strings.TrimPrefix(w.short, "-"))
		}
		switch w.value {
		case "PATH":
			b.WriteString(" -r -F")
		case "[PATH]":
			b.WriteString(" -F")
		case "VALUE":
			b.WriteString(" -x")
		}
		fmt.Fprintf(&b, " -d %s\n", fish(w.help))
	}
	return b.String()
}

func fish(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(text) + "'"
}
