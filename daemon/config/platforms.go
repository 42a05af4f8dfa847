package config

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// packagePrefix is what the reference puts before a platform's name.
const packagePrefix = "@sockethub/platform-"

// Known are the platforms that the configuration knows, in the order of the
// default. A build may lack some of them.
var Known = []string{"carddav", "caldav", "dummy", "feeds", "irc", "metadata", "xmpp"}

// packageKeys are the settings of each known platform.
var packageKeys = map[string][]packageKey{
	"carddav": {connectWhole, allowPrivate, allowInsecure, concurrency},
	"caldav":  {connectWhole, allowPrivate, allowInsecure, concurrency},
	"dummy":   {greeting, crashVerbs},
	"feeds":   {fetchTimeout, allowPrivate, concurrency, userAgent, allowedPorts, refuseDowngrade},
	"irc": {connectNumber, allowPrivate, allowedHosts, refusedHosts, allowedPorts, plaintextSecrets, nickSuffix, regain,
		floodBurst, floodInterval, webirc, bouncer},
	"metadata": {allowPrivate, concurrency, userAgent, allowedPorts, refuseDowngrade, compatUserAgent, fxTwitter, reddit},
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
	userAgent     = packageKey{"userAgent", `"type":"string","maxLength":256`, "a text of at most 256 bytes in one line", isAgent}

	// What may be fetched; allowedPorts is irc's too.
	allowedPorts    = packageKey{"allowedPorts", `"type":"array","items":{"type":"integer","minimum":1,"maximum":65535}`, "an array of ports", isPortList}
	refuseDowngrade = packageKey{"refuseDowngrade", `"type":"boolean"`, "true or false", isTrueOrFalse}

	// What the platform metadata may do at third parties.
	compatUserAgent = packageKey{"compatUserAgent", userAgent.schema, userAgent.allowed, isAgent}
	fxTwitter       = packageKey{"fxTwitter", `"type":"boolean"`, "true or false", isTrueOrFalse}
	reddit          = packageKey{"reddit", `"type":"boolean"`, "true or false", isTrueOrFalse}
)

// The settings of irc besides.
var (
	allowedHosts     = packageKey{"allowedHosts", hostsSchema, "an array of host names, *.example for all below", isTextList}
	refusedHosts     = packageKey{"refusedHosts", hostsSchema, "an array of host names, *.example for all below", isTextList}
	plaintextSecrets = packageKey{"allowPlaintextSecrets", `"type":"boolean"`, "true or false", isTrueOrFalse}
	nickSuffix       = packageKey{"nickSuffix", `"type":"string","minLength":1,"maxLength":8`, "a text of 1 to 8 bytes",
		func(n *node) bool { return isText(n) && len(n.text) >= 1 && len(n.text) <= 8 }}
	regain     = packageKey{"regain", `"type":"boolean"`, "true or false", isTrueOrFalse}
	floodBurst = packageKey{"floodBurst", `"type":"integer","minimum":1,"maximum":1000`, "a whole number from 1 to 1000",
		func(n *node) bool { return isPositive(n) && isNumberUpTo(n, 1000) }}
	floodInterval = packageKey{"floodIntervalMs", `"type":"number","minimum":1,"maximum":60000`, "a number from 1 to 60000",
		func(n *node) bool { return isNumberUpTo(n, 60000) }}
	webirc = packageKey{"webirc", `"type":"object","additionalProperties":{"type":"object","required":["password"],"additionalProperties":false,` +
		`"properties":{"password":{"type":"string","minLength":1},"gateway":{"type":"string","minLength":1}}}`,
		`an object of {"password":"…","gateway":"…"} by host`, isWebirc}
)

// bouncer keeps a user's connection while nobody is there.
var bouncer = packageKey{"bouncer", `"type":"object","additionalProperties":false,"properties":{` +
	`"lingerSeconds":{"type":"integer","minimum":0,"maximum":31536000},"messages":{"type":"integer","minimum":1,"maximum":10000},` +
	`"bytes":{"type":"integer","minimum":1024,"maximum":16777216}}`,
	`an object of {"lingerSeconds":0…31536000,"messages":1…10000,"bytes":1024…16777216}`, isBouncer}

func isBouncer(n *node) bool {
	if n.kind != '{' {
		return false
	}
	limits := map[string][2]int64{"lingerSeconds": {0, 31536000}, "messages": {1, 10000}, "bytes": {1024, 16777216}}
	for _, m := range n.members {
		limit, known := limits[m.name]
		i, whole := integer(m.text)
		if !known || m.kind != '0' || !whole || i < limit[0] || i > limit[1] {
			return false
		}
	}
	return true
}

const hostsSchema = `"type":"array","items":{"type":"string","minLength":1}`

func isNumberUpTo(n *node, most float64) bool {
	f, err := strconv.ParseFloat(n.text, 64)
	return n.kind == '0' && err == nil && f >= 1 && f <= most
}

func isTextList(n *node) bool {
	return n.kind == '[' && !slices.ContainsFunc(n.items, func(item *node) bool { return !isText(item) || item.text == "" })
}

func isPortList(n *node) bool {
	return n.kind == '[' && !slices.ContainsFunc(n.items, func(item *node) bool { return !isPositive(item) || !isNumberUpTo(item, 65535) })
}

// isWebirc takes an object of passwords and names of gateways by host.
func isWebirc(n *node) bool {
	if n.kind != '{' {
		return false
	}
	for _, host := range n.members {
		password := false
		if host.kind != '{' {
			return false
		}
		for _, m := range host.members {
			if m.name != "password" && m.name != "gateway" || !isText(m.node) || m.text == "" {
				return false
			}
			password = password || m.name == "password"
		}
		if !password {
			return false
		}
	}
	return true
}

func isText(n *node) bool { return n.kind == 's' }

// isAgent takes what may stand in a header.
func isAgent(n *node) bool {
	return isText(n) && len(n.text) <= 256 && !strings.ContainsFunc(n.text, func(r rune) bool { return r < ' ' || r == 0x7F })
}

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
