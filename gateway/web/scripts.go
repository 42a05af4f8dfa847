package web

import (
	"bytes"
	"embed"
	"encoding/json"
	"io/fs"
)

// files holds what is served, as a person wrote it.
//
//go:embed files
var files embed.FS

// mustRead returns an embedded file: its absence is a fault of the build.
func mustRead(name string) []byte {
	body, err := files.ReadFile("files/" + name)
	if err != nil {
		panic(err)
	}
	return body
}

// join puts a script together from the parts in a folder, in the order of
// their names. The first and the last part are the wrapper around all others.
func join(folder string) []byte {
	parts, err := fs.ReadDir(files, "files/"+folder)
	if err != nil {
		panic(err)
	}
	var script bytes.Buffer
	for i, part := range parts {
		if i > 0 {
			script.WriteByte('\n')
		}
		script.Write(mustRead(folder + "/" + part.Name()))
	}
	return script.Bytes()
}

// scripts lists the client scripts under all their paths: the two at the root,
// and below the path of Socket.IO the names of the npm package's builds. The names
// with "min" lead to the same files: compressed on their way, 11 KiB each, they
// are small enough as a person wrote them.
func scripts(path string) map[string]*asset {
	build := func(name, folder string, shape ...func([]byte) []byte) *asset {
		return newAsset(contentType(name), func() []byte {
			body := join(folder)
			for _, f := range shape {
				body = f(body)
			}
			return body
		})
	}
	socketio := build(".js", "socketio")
	socketioModule := build(".mjs", "socketio", module("io", "connect", "Manager", "Socket"), protocol)
	client := build(".js", "client")
	clientModule := newAsset(contentType(".mjs"), ClientModule)
	all := map[string]*asset{
		"/socket.io.js":             socketio,
		"/socket.io.min.js":         socketio,
		"/socket.io.mjs":            socketioModule,
		"/sockethub-client.js":      client,
		"/sockethub-client.min.js":  client,
		"/sockethub-client.mjs":     clientModule,
		"/sockethub-client.min.mjs": clientModule,
		"/sockethub-client.d.ts":    newAsset(contentType(".ts"), func() []byte { return mustRead("sockethub-client.d.ts") }),
	}
	path = scriptPath(path)
	for name, script := range map[string]*asset{
		"/socket.io.js":         socketio,
		"/socket.io.min.js":     socketio,
		"/socket.io.esm.min.js": socketioModule,
		// The server speaks the text form only, so a page that asks for the
		// other build gets the client that works.
		"/socket.io.msgpack.min.js": socketio,
	} {
		all[path+name] = script
		all[path+name+".map"] = sourceMap
	}
	return all
}

// ClientModule is sockethub-client.mjs.
func ClientModule() []byte { return module("SockethubError")(join("client")) }

// sourceMap maps nothing: the scripts keep their names and lines, so that a
// debugger shows them well enough as they are.
var sourceMap = newAsset(contentType(".map"), func() []byte {
	return []byte(`{"version":3,"sources":[],"names":[],"mappings":""}`)
})

// module turns a classic script into an ES module: it finds the CommonJS names
// that its first lines look for, and what it leaves there is exported, as the
// default and its members under the names given.
func module(names ...string) func([]byte) []byte {
	return func(script []byte) []byte {
		out := append([]byte("const exports = {}, module = { exports };\n"), script...)
		out = append(out, "\nexport default module.exports;\n"...)
		for i, name := range names {
			if i == 0 {
				out = append(out, "export const { "...)
			} else {
				out = append(out, ", "...)
			}
			out = append(out, name...)
		}
		if len(names) > 0 {
			out = append(out, " } = module.exports;\n"...)
		}
		return out
	}
}

// protocol adds the revision of the Socket.IO protocol, which the classic
// script does not carry.
func protocol(script []byte) []byte {
	return append(script, "export const protocol = 5;\n"...)
}

// Documents are files of the examples that a platform may be asked about: a feed,
// and a page with a preview. The keys are their paths.
func Documents() map[string]Document {
	all := map[string]Document{}
	for _, name := range []string{"feed.xml", "metadata-test.html"} {
		all["/"+name] = Document{contentType(name), string(mustRead("app/" + name))}
	}
	return all
}

// Document is a file and its media type.
type Document struct{ ContentType, Text string }

// application lists the files of the examples.
func application(opts Options, config []byte) map[string]*asset {
	all := map[string]*asset{}
	root, err := fs.Sub(files, "files/app")
	if err != nil {
		panic(err)
	}
	err = fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		all["/"+name] = newAsset(contentType(name), func() []byte { return mustRead("app/" + name) })
		return nil
	})
	if err != nil {
		panic(err)
	}
	page := newAsset(contentType("index.html"), func() []byte { return fillPage(mustRead("app/index.html"), opts) })
	all["/index.html"] = page
	all["/examples-config.json"] = newAsset(contentType(".json"), func() []byte { return config })
	all["/examples-schemas.json"] = newAsset(contentType(".json"), func() []byte {
		schemas, err := json.Marshal(opts.Schemas)
		if err != nil {
			panic(err) // New has looked at each
		}
		return schemas
	})
	return all
}
