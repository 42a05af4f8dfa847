package config

// Setting is a row of the table.
type Setting struct {
	Key     string // in the file, as "sockethub.port"; "" for what only a variable sets
	Env     string // variable; "" if there is none
	Flag    string // without its dashes; "" if there is none
	Kind    string // "whole number"
	Allowed string // what is allowed, in words
	Default string // as JSON
	Help    string // what it is for, in one line
	Reload  bool   // SIGHUP applies a change without a restart
	Unused  string // why the value has no effect, although the reference knows it; "" if it has one

	schema  string
	secret  bool
	fromRow func(*Config, *node) *Problem
	parse   func(*Config, string) *Problem
	initial func(*Config)
	adopt   func(c, next *Config) // takes the value of another configuration
	value   func(*Config) string  // as JSON; a secret is masked
	reveal  func(*Config) string  // the value itself
}

// row makes a setting. field is where a Config holds it.
func row[T any](key string, k kind[T], initial T, field func(*Config) *T, help string) Setting {
	s := Setting{
		Key: key, Kind: k.name, Allowed: k.allowed, Default: k.encode(initial), Help: help, schema: k.schema,
		initial: func(c *Config) { *field(c) = initial },
		adopt:   func(c, next *Config) { *field(c) = *field(next) },
		value:   func(c *Config) string { return k.encode(*field(c)) },
		fromRow: func(c *Config, n *node) *Problem {
			v, wrong := k.read(n)
			if wrong == nil {
				*field(c) = v
			}
			return wrong
		},
		parse: func(c *Config, text string) *Problem {
			v, wrong := k.readText(text)
			if wrong == nil {
				*field(c) = v
			}
			return wrong
		},
	}
	s.reveal = s.value
	if _, ok := any(initial).(Secret); ok {
		s.secret = true
		s.reveal = func(c *Config) string { return encodeJSON(any(*field(c)).(Secret).Reveal()) }
	}
	return s
}

func (s Setting) env(name string) Setting { s.Env = name; return s }

func (s Setting) flag(name string) Setting { s.Flag = name; return s }

// live marks a setting that a reload applies.
func (s Setting) live() Setting { s.Reload = true; return s }

// unused marks a setting that is read for the reference's files only.
func (s Setting) unused(why string) Setting { s.Unused = why; return s }

// Change is a setting whose value differs between two configurations.
type Change struct {
	Setting  *Setting
	Old, New string // as JSON; secrets are masked
}

// Changes compares two configurations, in the order of the table.
// Setting.Reload of each reports whether it can be applied to a running server.
func (c *Config) Changes(next *Config) []Change {
	var changes []Change
	for i := range c.table.settings {
		s := &c.table.settings[i]
		if s.Key == "" || s.reveal(c) == s.reveal(next) {
			continue
		}
		changes = append(changes, Change{s, s.value(c), s.value(next)})
	}
	return changes
}

// Default returns the settings of the same program when it is told nothing.
func (c *Config) Default() *Config { return c.table.Default() }

// With returns the configuration with one setting taken over from another. A
// running server follows a change so; what is derived from it follows too.
func (c *Config) With(s *Setting, next *Config) *Config {
	changed := *c
	s.adopt(&changed, next)
	changed.Notes = nil
	changed.derive()
	return &changed
}
