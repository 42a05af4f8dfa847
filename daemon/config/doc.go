// Package config holds every setting of the server in one table: its key in
// the file, environment variable, flag, default, what is allowed, and what it
// is for. Reading, checking, the help text, the manual page, the completions,
// the JSON Schema and the documentation are written from that table.
//
// A setting is looked for in four places; the first that has it wins:
//
//	flag          --port 8080            --port=8080
//	environment   PORT=8080
//	file          {"sockethub": {"port": 8080}}
//	default       10550
//
// All places are checked, also those that do not win, and all that is wrong is
// told at once: where it is, what was found, what is allowed, and for a typing
// error what was probably meant.
//
//	sockethub.config.json:4: logging.level: found "wran", allowed: "error", "warn", "info", "debug"; did you mean "warn"?
//	PORT: sockethub.port: found "80abc", allowed: a whole number from 0 to 65535
//	unknown flag --prot; did you mean --port?
//
// Read table.go first, then kind.go, then load.go.
package config
