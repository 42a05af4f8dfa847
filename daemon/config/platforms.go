package config

import (
	"path/filepath"
	"slices"
	"strings"
)

// packagePrefix is what the reference puts before a platform's name.
const packagePrefix = "@sockethub/platform-"

// BuiltIn is a platform that the program has.
type BuiltIn struct {
	Name   string
	Schema []byte // JSON Schema of its packageConfig; nil: anything
}

// schemaURL names the schema in that of the whole file.
func (p BuiltIn) schemaURL() string {
	return "https://sockethub.org/schemas/" + Version + "/" + p.Name + "-config.json"
}

func namesOf(builtIn []BuiltIn) []string {
	names := make([]string, len(builtIn))
	for i, p := range builtIn {
		names[i] = p.Name
	}
	return names
}

// shortName is the name of a platform that is built in, without its package
// prefix; "" for any other text.
func shortName(builtIn []BuiltIn, text string) string {
	name := strings.TrimPrefix(text, packagePrefix)
	if slices.Contains(namesOf(builtIn), name) {
		return name
	}
	return ""
}

func allOf(builtIn []BuiltIn) []Platform {
	list := make([]Platform, len(builtIn))
	for i, p := range builtIn {
		list[i] = Platform{Name: p.Name, Package: packagePrefix + p.Name}
	}
	return list
}

// platformList reads names of platforms that are built in and paths of executables.
func platformList(builtIn []BuiltIn) kind[[]Platform] {
	return kind[[]Platform]{
		name: "array of text", nodes: "[", schema: `"type":"array","minItems":1,"items":{"type":"string"}`,
		allowed: "a non-empty array of the names of platforms (also as " + packagePrefix + "NAME) and paths of executables with a / in them",
		encode: func(list []Platform) string {
			entries := make([]string, len(list))
			for i, p := range list {
				entries[i] = p.Package + p.Path // one of them is ""
			}
			return encodeJSON(entries)
		},
		parse: func(text string) ([]Platform, *Problem) { return parsePlatforms(builtIn, text) },
	}
}

func parsePlatforms(builtIn []BuiltIn, text string) ([]Platform, *Problem) {
	var list []Platform
	seen := map[string]bool{}
	for _, entry := range splitList(text) {
		p := Platform{Name: shortName(builtIn, entry)}
		switch {
		case p.Name != "":
			p.Package = packagePrefix + p.Name
		case isExecutablePath(entry):
			p.Name, p.Path = strings.TrimSuffix(filepath.Base(entry), ".exe"), entry
		case strings.HasPrefix(entry, packagePrefix) || !strings.HasPrefix(entry, "@"):
			return nil, &Problem{Found: quote(entry), Nearest: nearestPlatform(builtIn, entry),
				Rule: "the platforms that this build has, " + strings.Join(namesOf(builtIn), ", ") + ", and paths of executables with a / in them"}
		default:
			return nil, &Problem{Found: quote(entry), Rule: strings.Join(namesOf(builtIn), ", ") +
				" and paths of executables; packages for Node.js cannot be loaded: give the path of an executable that speaks the worker protocol"}
		}
		if seen[p.Name] {
			return nil, &Problem{Found: quote(entry) + " twice", Rule: "each platform once"}
		}
		seen[p.Name] = true
		list = append(list, p)
	}
	if len(list) == 0 {
		return nil, &Problem{}
	}
	return list, nil
}

// isExecutablePath distinguishes ./platform and /opt/platform from a package's name.
func isExecutablePath(entry string) bool {
	return !strings.HasPrefix(entry, "@") && strings.ContainsAny(entry, `/\`)
}

// nearestPlatform is the platform that a wrong name may stand for, as the
// name was written.
func nearestPlatform(builtIn []BuiltIn, entry string) string {
	name := nearest(strings.TrimPrefix(entry, packagePrefix), namesOf(builtIn))
	if name == "" {
		return ""
	}
	if strings.HasPrefix(entry, "@") {
		name = packagePrefix + name
	}
	return quote(name)
}
