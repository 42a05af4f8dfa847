package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// Every code that the server puts beside an error is in the README's table, and the
// table has no others.
func TestCodesAreDocumented(t *testing.T) {
	inSource := map[string]string{}
	for _, dir := range []string{"auth", "gateway", "httpactions", "middleware", "platform", "platform/policy", "platform/supervisor"} {
		files, _ := filepath.Glob(dir + "/*.go")
		for _, path := range files {
			if strings.HasSuffix(path, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(file, func(n ast.Node) bool {
				for code := range codesIn(n) {
					inSource[code] = dir
				}
				return true
			})
		}
	}
	_, table, _ := strings.Cut(read(t, "README.md"), "## Errors that clients see")
	_, table, _ = strings.Cut(table, "| --- | --- | --- |")
	table, _, _ = strings.Cut(table, "What is refused before")
	documented := map[string]bool{}
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\|").FindAllStringSubmatch(table, -1) {
		documented[row[1]] = true
		if inSource[row[1]] == "" {
			t.Errorf("README has the code %s, which nobody sends", row[1])
		}
	}
	for code, dir := range inSource {
		if !documented[code] {
			t.Errorf("README does not have the code %s of package %s", code, dir)
		}
	}
	if len(inSource) < 15 {
		t.Errorf("only %d codes are found in the source", len(inSource))
	}
}

// codesIn finds constants called Code… or code…, and members Code that are texts.
func codesIn(n ast.Node) map[string]bool {
	codes := map[string]bool{}
	add := func(e ast.Expr) {
		if l, ok := e.(*ast.BasicLit); ok && l.Kind == token.STRING {
			if text, err := strconv.Unquote(l.Value); err == nil {
				codes[text] = true
			}
		}
	}
	switch n := n.(type) {
	case *ast.ValueSpec:
		for i, name := range n.Names {
			if strings.HasPrefix(strings.ToLower(name.Name), "code") && i < len(n.Values) {
				add(n.Values[i])
			}
		}
	case *ast.KeyValueExpr:
		if key, ok := n.Key.(*ast.Ident); ok && key.Name == "Code" {
			add(n.Value)
		}
	}
	return codes
}
