package web

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sockethub/sockethub/testdata/peer"
)

func TestMinify(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"comments and indentation", "/* a */\n  let a = 1; // one\n  let b = a + 2;\n", "let a=1;let b=a+2;"},
		{"a line break that ends a statement", "let a = 1\nlet b = 2\n", "let a=1\nlet b=2"},
		{"words stay apart", "return typeof x in y", "return typeof x in y"},
		{"signs stay apart", "a + +b - -c + ++d", "a+ +b- -c+ ++d"},
		{"division and regular expressions", "x = a / b / c; y = /[/]\\/ \"/g.test(s)", `x=a/b/c;y=/[/]\/ "/g.test(s)`},
		{"a regular expression after a condition", "if (a) /re+/.test(b)", "if(a)/re+/.test(b)"},
		{"division after a bracket", "(a) / 2 / b[0] / 3", "(a)/2/b[0]/3"},
		{"strings are kept", `s = "// no  comment" + 'it\'s  /* x */'`, `s="// no  comment"+'it\'s  /* x */'`},
		{"templates are kept", "t = `a  ${ b + `c  ${ d }` }  // e`", "t=`a  ${b+`c  ${d}`}  // e`"},
		{"a chain over lines", "a\n  .b()\n  .c()", "a.b().c()"},
		{"a number with a member", "1 .toFixed()", "1 .toFixed()"},
		{"a fraction with a member", "x = .3 . toFixed() + 1..b", "x=.3.toFixed()+1..b"},
		{"return and its value", "return\n/re/", "return\n/re/"},
		{"an arrow with an object", "f = () => ({ a })", "f=()=>({a})"},
		{"private names and generators", "class A { #x = 1\n *all() { yield this.#x } }", "class A{#x=1\n*all(){yield this.#x}}"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := string(minify([]byte(tt.in))); got != tt.want {
				t.Errorf("minify(%q) = %q, want %q", tt.in, got, tt.want)
			}
		})
	}
}

// What a person downloads.
func TestSizes(t *testing.T) {
	for folder, limit := range map[string]int{"socketio": 12_000, "client": 10_000} {
		script := join(folder)
		small := minify(script)
		size := len(compress(small))
		t.Logf("%s: %d bytes, minified %d, compressed %d", folder, len(script), len(small), size)
		if size == 0 || size >= limit {
			t.Errorf("%s has %d bytes compressed, want less than %d", folder, size, limit)
		}
	}
}

// The minified scripts are scripts, and say what the whole ones say: node
// prints the same for both once all blanks are gone.
func TestMinifiedScriptsRun(t *testing.T) {
	node, _ := peer.Node(t)
	dir := t.TempDir()
	for folder, program := range map[string]string{
		"socketio": `const io = require(process.argv[1]); console.log(typeof io, Object.keys(io).join(), io.Manager.name, Object.getOwnPropertyNames(io.Socket.prototype).sort().join())`,
		"client":   `const C = require(process.argv[1]); console.log(C.name, C === SockethubClient, Object.getOwnPropertyNames(C.prototype).sort().join()); try { new C() } catch (e) { console.log(e.message) }`,
	} {
		var said [2]string
		for i, script := range [][]byte{join(folder), minify(join(folder))} {
			name := filepath.Join(dir, folder+".js")
			if err := os.WriteFile(name, script, 0o600); err != nil {
				t.Fatal(err)
			}
			out, err := exec.Command(node, "-e", program, name).CombinedOutput()
			if err != nil {
				t.Fatalf("%s: %v\n%s", folder, err, out)
			}
			said[i] = string(out)
		}
		if said[0] != said[1] || strings.TrimSpace(said[0]) == "" {
			t.Errorf("%s says %q, minified %q", folder, said[0], said[1])
		}
	}
}

// Every module of the examples is one that a browser can parse.
func TestModulesParse(t *testing.T) {
	node, _ := peer.Node(t)
	names, err := filepath.Glob("files/app/js/*.js")
	if err != nil {
		t.Fatal(err)
	}
	pages, _ := filepath.Glob("files/app/js/pages/*.js")
	if len(names) < 5 || len(pages) < 5 {
		t.Fatalf("found %d modules and %d pages", len(names), len(pages))
	}
	dir := t.TempDir()
	for _, name := range append(names, pages...) {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		copied := filepath.Join(dir, filepath.Base(name)+".mjs")
		if err := os.WriteFile(copied, text, 0o600); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command(node, "--check", copied).CombinedOutput(); err != nil {
			t.Errorf("%s: %s", name, out)
		}
	}
}

// Whatever it is given, minify ends, and what it leaves stays as it is.
func FuzzMinify(f *testing.F) {
	for _, seed := range []string{"a / b", "`${`", "/[/", "'\\", "/*", "x\n++y", "1.e+5", "}}${", "a?.b??c", ".\n0a .", ".3\v. ."} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		once := minify(in)
		if len(once) > len(in)+1 {
			t.Errorf("%q grew to %q", in, once)
		}
		if bytes.Contains(in, []byte("/")) || bytes.ContainsAny(in, "`'\"") {
			return // what is cut off in the middle may be read in another way
		}
		if twice := minify(once); !bytes.Equal(once, twice) {
			t.Errorf("%q became %q and then %q", in, once, twice)
		}
	})
}
