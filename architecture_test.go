package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// ARCHITECTURE.md has a row for each function that starts a goroutine, and for no
// other.
func TestGoroutinesHaveOwners(t *testing.T) {
	table := map[string]bool{}
	for _, m := range regexp.MustCompile("(?m)^\\| [^|]+ \\| `([^`]+)` \\|").FindAllStringSubmatch(read(t, "ARCHITECTURE.md"), -1) {
		table[m[1]] = true
	}
	started := starters(t)
	for name := range started {
		if !table[name] {
			t.Errorf("ARCHITECTURE.md does not say what becomes of the goroutine that %s starts", name)
		}
	}
	for name := range table {
		if !started[name] {
			t.Errorf("%s starts no goroutine, as ARCHITECTURE.md says", name)
		}
	}
}

// starters are the functions of the server and of the worker's loop that have a go
// statement, or call a WaitGroup's Go: "engineio.Server.probe".
func starters(t *testing.T) map[string]bool {
	found := map[string]bool{}
	err := filepath.WalkDir(".", func(path string, e fs.DirEntry, err error) error {
		switch name := e.Name(); {
		case err != nil:
			return err
		case e.IsDir() && (name == "testdata" || strings.HasPrefix(name, ".") && name != "." || strings.HasSuffix(name, "test") || isPlatform(path)):
			return filepath.SkipDir
		case !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if ok && starts(f) {
				found[filepath.ToSlash(filepath.Dir(path))+"."+functionName(f)] = true
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// isPlatform reports whether a folder belongs to a platform, or to what platforms
// share: their docs say what they start.
func isPlatform(path string) bool {
	dir, name := filepath.Split(path)
	return filepath.Clean(dir) == "platform" && name != "internal" && name != "supervisor"
}

func starts(f *ast.FuncDecl) (yes bool) {
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			yes = true
		case *ast.CallExpr:
			if s, ok := n.Fun.(*ast.SelectorExpr); ok && s.Sel.Name == "Go" {
				yes = true
			}
		}
		return !yes
	})
	return yes
}

func functionName(f *ast.FuncDecl) string {
	if f.Recv == nil {
		return f.Name.Name
	}
	receiver := f.Recv.List[0].Type
	if star, ok := receiver.(*ast.StarExpr); ok {
		receiver = star.X
	}
	if name, ok := receiver.(*ast.Ident); ok {
		return name.Name + "." + f.Name.Name
	}
	return f.Name.Name
}
