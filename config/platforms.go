package config

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"path/filepath"
	"strings"
)

// packagePrefix is what the reference puts before a platform's name.
const packagePrefix = "@sockethub/platform-"

// Known are the platforms that the configuration knows, in the order of the
// default. A build may lack some of them.
var Known = []string{"carddav", "caldav", "dummy", "feeds", "irc", "metadata", "xmpp"}

// packageKeys are the settings of each known platform.
var packageKeys = map[string][]packageKey{
	"carddav":  {connectWhole, allowPrivate, allowInsecure, concurrency},
	"caldav":   {connectWhole, allowPrivate, allowInsecure, concurrency},
	"dummy":    {greeting, crashVerbs},
	"feeds":    {fetchTimeout, allowPrivate, concurrency, userAgent},
	"irc":      {connectNumber},
	"metadata": {allowPrivate, concurrency},
	"xmpp":     {connectNumber},
}

// packageKey is a setting of a platform. Platforms have their own defaults.
type packageKey struct {
	name    string
	schema  string
	allowed string
	ok      func(*node) bool
}

var (
	connectNumber = packageKey{"connectTimeoutMs", `"type":"number"`, "a number", func(n *node) bool { return n.kind == '0' }}
	connectWhole  = packageKey{"connectTimeoutMs", `"type":"integer","minimum":1`, "a whole number, 1 or more", isPositive}
	fetchTimeout  = packageKey{"connectTimeoutMs", `"type":"integer","minimum":1,"maximum":600000`, "a whole number from 1 to 600000", isFetchTimeout}
	concurrency   = packageKey{"concurrency", `"type":"integer","minimum":1`, "a whole number, 1 or more", isPositive}
	allowPrivate  = packageKey{"allowPrivateAddresses", `"type":"boolean"`, "true or false", isTrueOrFalse}
	allowInsecure = packageKey{"allowInsecureHttp", `"type":"boolean"`, "true or false", isTrueOrFalse}
	crashVerbs    = packageKey{"crashVerbs", `"type":"boolean"`, "true or false", isTrueOrFalse}
	greeting      = packageKey{"greeting", `"type":"string"`, "a text", isText}
	userAgent     = packageKey{"userAgent", `"type":"string","maxLength":256`, "a text of at most 256 bytes", func(n *node) bool { return isText(n) && len(n.text) <= 256 }}
)

func isText(n *node) bool { return n.kind == 's' }

func isTrueOrFalse(n *node) bool { return n.kind == 't' }

func isPositive(n *node) bool {
	i, ok := integer(n.text)
	return n.kind == '0' && ok && i >= 1 && i <= math.MaxInt32
}

// isFetchTimeout takes at most 10 minutes. Without a limit, which the reference
// takes 0 for, a fetch would end with its job anyway.
func isFetchTimeout(n *node) bool {
	i, _ := integer(n.text)
	return isPositive(n) && i <= 600000
}

// shortName is a known platform's name without its package prefix; "" for any
// other text.
func shortName(text string) string {
	name := strings.TrimPrefix(text, packagePrefix)
	for _, known := range Known {
		if name == known {
			return known
		}
	}
	return ""
}

func knownPlatforms() []Platform {
	list := make([]Platform, len(Known))
	for i, name := range Known {
		list[i] = Platform{Name: name, Package: packagePrefix + name}
	}
	return list
}

// platformList reads names of known platforms and paths of executables.
func platformList() kind[[]Platform] {
	return kind[[]Platform]{
		name: "array of text", nodes: "[", schema: `"type":"array","minItems":1,"items":{"type":"string"}`,
		allowed: "a non-empty array of " + strings.Join(Known, ", ") + " (also as " + packagePrefix + "NAME) and paths of executables with a / in them",
		encode: func(list []Platform) string {
			names := make([]string, len(list))
			for i, p := range list {
				names[i] = p.Package + p.Path // one of them is ""
			}
			return encodeJSON(names)
		},
		parse: parsePlatforms,
	}
}

func parsePlatforms(text string) ([]Platform, *Problem) {
	var list []Platform
	seen := map[string]bool{}
	for _, entry := range splitList(text) {
		p := Platform{Name: shortName(entry)}
		switch {
		case p.Name != "":
			p.Package = packagePrefix + p.Name
		case isExecutablePath(entry):
			p.Name, p.Path = strings.TrimSuffix(filepath.Base(entry), ".exe"), entry
		case strings.HasPrefix(entry, "@") && nearestPlatform(entry) == "":
			return nil, &Problem{Found: quote(entry), Rule: strings.Join(Known, ", ") +
				" and paths of executables; packages for Node.js cannot be loaded: give the path of an executable that speaks the worker protocol"}
		default:
			return nil, &Problem{Found: quote(entry), Nearest: nearestPlatform(entry)}
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

// isExecutablePath tells ./platform and /opt/platform from a package's name.
func isExecutablePath(entry string) bool {
	return !strings.HasPrefix(entry, "@") && strings.ContainsAny(entry, `/\`)
}

// nearestPlatform is the known platform that a wrong name may stand for, as the
// name was written.
func nearestPlatform(entry string) string {
	name := nearest(strings.TrimPrefix(entry, packagePrefix), Known)
	if name == "" {
		return ""
	}
	if strings.HasPrefix(entry, "@") {
		name = packagePrefix + name
	}
	return quote(name)
}

// readPackageConfig checks the settings of known platforms; what others are
// told is theirs to check.
func (l *loader) readPackageConfig(n *node) {
	if n.kind != '{' {
		l.problem(&Problem{Place: l.place(n.line), Key: "packageConfig", Found: n.found(), Rule: "an object with an object for each platform"})
		return
	}
	for _, m := range n.members {
		key := "packageConfig." + m.name
		if m.kind != '{' {
			l.problem(&Problem{Place: l.place(m.line), Key: key, Found: m.found(), Rule: "an object"})
			continue
		}
		name := shortName(m.name)
		if name == "" {
			if near := nearestPlatform(m.name); near != "" {
				l.note(slog.LevelWarn, "%s: %s is the name of no known platform; did you mean %s?", l.place(m.line), key, near)
			}
			name = strings.TrimSuffix(filepath.Base(m.name), ".exe")
		} else if !l.checkPackage(key, packageKeys[name], m.members) {
			continue
		}
		if _, twice := l.config.PackageConfig[name]; twice {
			l.problem(&Problem{Place: l.place(m.line), Key: key, Rule: fmt.Sprintf("the settings of %s are here twice", name)})
			continue
		}
		if l.config.PackageConfig == nil {
			l.config.PackageConfig = map[string]json.RawMessage{}
		}
		l.config.PackageConfig[name] = m.raw
		l.config.sources["packageConfig"] = l.place(n.line)
	}
}

func (l *loader) checkPackage(key string, keys []packageKey, members []member) bool {
	valid := true
	names := make([]string, len(keys))
	for i, k := range keys {
		names[i] = k.name
	}
	for _, m := range members {
		wrong := &Problem{Place: l.place(m.line), Key: key + "." + m.name, Rule: "unknown key; known are " + strings.Join(names, ", ")}
		if near := nearest(m.name, names); near != "" {
			wrong.Nearest = near
		}
		for _, k := range keys {
			switch {
			case k.name != m.name:
			case k.ok(m.node):
				wrong = nil
			default:
				wrong = &Problem{Place: l.place(m.line), Key: key + "." + m.name, Found: m.found(), Rule: k.allowed}
			}
		}
		if wrong != nil {
			valid = false
			l.problem(wrong)
		}
	}
	return valid
}
