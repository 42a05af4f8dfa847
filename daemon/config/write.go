package config

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// schemaURL is the "$schema" of a written file.
const schemaURL = "https://sockethub.org/schemas/" + Version + "/sockethub-config.json"

// DefaultDocument is a config file with every key and its default.
func DefaultDocument() []byte {
	return document(func(s *Setting) string {
		if s.Key == "$schema" {
			return quote(schemaURL)
		}
		return s.Default
	})
}

// document writes all keys with values that are JSON.
func document(value func(*Setting) string) []byte {
	var b bytes.Buffer
	b.WriteByte('{')
	eachKey(&b, "", "{", "}", func(s *Setting) { b.WriteString(value(s)) })
	b.WriteByte('}')
	var out bytes.Buffer
	if err := json.Indent(&out, b.Bytes(), "", "    "); err != nil {
		panic(err) // the table's values are JSON
	}
	out.WriteByte('\n')
	return out.Bytes()
}

// eachKey writes a member for each key with a prefix, in the table's order: leaf
// writes a setting's value, and a section's stands between begin and end.
func eachKey(b *bytes.Buffer, prefix, begin, end string, leaf func(*Setting)) {
	done := map[string]bool{}
	for i := range settings {
		rest, ok := strings.CutPrefix(settings[i].Key, prefix)
		name, _, nested := strings.Cut(rest, ".")
		if !ok || rest == "" || done[name] {
			continue
		}
		if len(done) > 0 {
			b.WriteByte(',')
		}
		done[name] = true
		fmt.Fprintf(b, "%s:", encodeJSON(name))
		if !nested {
			leaf(&settings[i])
			continue
		}
		b.WriteString(begin)
		eachKey(b, prefix+name+".", begin, end, leaf)
		b.WriteString(end)
	}
}

// WriteDefault writes [DefaultDocument] to a new file and returns its absolute
// path. It never overwrites one.
func WriteDefault(path string) (string, error) {
	full, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	f, err := os.OpenFile(full, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return "", fmt.Errorf("refusing to overwrite existing file: %s", full)
	}
	if err != nil {
		return "", err
	}
	_, err = f.Write(DefaultDocument())
	return full, errors.Join(err, f.Close())
}

// Digest is a short text that is the same for two configurations that are the
// same, secrets included; from it nothing can be told about them.
func (c *Config) Digest() string {
	sum := sha256.Sum256(document(func(s *Setting) string {
		if s.Key == "$schema" {
			return "null" // means nothing to the server
		}
		return s.reveal(c)
	}))
	return hex.EncodeToString(sum[:6])
}

// Schema is the JSON Schema (draft-07) of the file, for editors.
func Schema() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, `{"$schema":"http://json-schema.org/draft-07/schema#","$id":%q,"title":"Sockethub configuration","type":"object","additionalProperties":false,"properties":{`, schemaURL)
	eachKey(&b, "", `{"type":"object","additionalProperties":false,"properties":{`, "}}", func(s *Setting) {
		if s.Key == "packageConfig" {
			b.WriteString(packageSchema(s.Help))
			return
		}
		fmt.Fprintf(&b, `{%s,"default":%s,"description":%s}`, s.schema, s.Default, encodeJSON(s.Help))
	})
	b.WriteString("}}")
	var out bytes.Buffer
	if err := json.Indent(&out, b.Bytes(), "", "  "); err != nil {
		panic(err) // the table's schemas are JSON
	}
	out.WriteByte('\n')
	return out.Bytes()
}

func packageSchema(help string) string {
	var members []string
	for _, name := range Known {
		var keys []string
		for _, k := range packageKeys[name] {
			keys = append(keys, encodeJSON(k.name)+":{"+k.schema+"}")
		}
		schema := `{"type":"object","additionalProperties":false,"properties":{` + strings.Join(keys, ",") + `}}`
		members = append(members, encodeJSON(packagePrefix+name)+":"+schema, encodeJSON(name)+":"+schema)
	}
	return `{"type":"object","additionalProperties":{"type":"object"},"properties":{` + strings.Join(members, ",") +
		`},"default":{},"description":` + encodeJSON(help) + `}`
}
