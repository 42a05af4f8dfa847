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
func (t *Table) DefaultDocument() []byte {
	return t.document(func(s *Setting) string {
		if s.Key == "$schema" {
			return encodeJSON(schemaURL)
		}
		return s.Default
	})
}

// document writes all keys with values that are JSON.
func (t *Table) document(value func(*Setting) string) []byte {
	var b bytes.Buffer
	b.WriteByte('{')
	t.eachKey(&b, "", "{", "}", func(s *Setting) { b.WriteString(value(s)) })
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
func (t *Table) eachKey(b *bytes.Buffer, prefix, begin, end string, leaf func(*Setting)) {
	done := map[string]bool{}
	for i := range t.settings {
		rest, ok := strings.CutPrefix(t.settings[i].Key, prefix)
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
			leaf(&t.settings[i])
			continue
		}
		b.WriteString(begin)
		t.eachKey(b, prefix+name+".", begin, end, leaf)
		b.WriteString(end)
	}
}

// WriteDefault writes [Table.DefaultDocument] to a new file and returns its absolute
// path. It never overwrites one.
func (t *Table) WriteDefault(path string) (string, error) {
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
	_, err = f.Write(t.DefaultDocument())
	return full, errors.Join(err, f.Close())
}

// Digest is a short text that is the same for two configurations that are the
// same, secrets included; from it nothing can be told about them.
func (c *Config) Digest() string {
	sum := sha256.Sum256(c.table.document(func(s *Setting) string {
		if s.Key == "$schema" {
			return "null" // means nothing to the server
		}
		return s.reveal(c)
	}))
	return hex.EncodeToString(sum[:6])
}

// Schema is the JSON Schema (draft-07) of the file, for editors.
func (t *Table) Schema() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, `{"$schema":"http://json-schema.org/draft-07/schema#","$id":%q,"title":"Sockethub configuration","type":"object","additionalProperties":false,"properties":{`, schemaURL)
	t.eachKey(&b, "", `{"type":"object","additionalProperties":false,"properties":{`, "}}", func(s *Setting) {
		if s.Key == "packageConfig" {
			b.WriteString(t.packageSchema(s.Help))
			return
		}
		fmt.Fprintf(&b, `{%s,"default":%s,"description":%s}`, s.schema, s.Default, encodeJSON(s.Help))
	})
	b.WriteString(`},"definitions":{`)
	first := true
	for _, p := range t.builtIn {
		if p.Schema == nil {
			continue
		}
		if !first {
			b.WriteByte(',')
		}
		first = false
		// The id of its own lets the references in it stay as they are.
		fmt.Fprintf(&b, `%s:{"$id":%q,%s`, encodeJSON(p.Name), p.schemaURL(), bytes.TrimPrefix(bytes.TrimSpace(p.Schema), []byte("{")))
	}
	b.WriteString("}}")
	var out bytes.Buffer
	if err := json.Indent(&out, b.Bytes(), "", "  "); err != nil {
		panic(err) // the table's schemas are JSON
	}
	out.WriteByte('\n')
	return out.Bytes()
}

func (t *Table) packageSchema(help string) string {
	var members []string
	for _, p := range t.builtIn {
		if p.Schema != nil {
			ref := `{"$ref":"` + p.schemaURL() + `"}`
			members = append(members, encodeJSON(packagePrefix+p.Name)+":"+ref, encodeJSON(p.Name)+":"+ref)
		}
	}
	return `{"type":"object","additionalProperties":{"type":"object"},"properties":{` + strings.Join(members, ",") +
		`},"default":{},"description":` + encodeJSON(help) + `}`
}
