package web

import (
	"embed"
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

// scripts lists the client scripts under all their paths: the two at the root,
// and below the path of Socket.IO the names of the field's own builds.
func scripts(path string) map[string]*asset {
	file := func(name string, shape ...func([]byte) []byte) *asset {
		return newAsset(contentType(name), func() []byte {
			body := mustRead(name)
			for _, f := range shape {
				body = f(body)
			}
			return body
		})
	}
	socketio := file("socket.io.js")
	socketioMin := file("socket.io.js", minify)
	all := map[string]*asset{
		"/socket.io.js":             socketio,
		"/socket.io.min.js":         socketioMin,
		"/socket.io.mjs":            file("socket.io.js", module("io", "connect", "Manager", "Socket"), protocol),
		"/sockethub-client.js":      file("sockethub-client.js"),
		"/sockethub-client.min.js":  file("sockethub-client.js", minify),
		"/sockethub-client.mjs":     file("sockethub-client.js", module()),
		"/sockethub-client.min.mjs": file("sockethub-client.js", minify, module()),
		"/sockethub-client.d.ts":    file("sockethub-client.d.ts"),
	}
	path = scriptPath(path)
	all[path+"/socket.io.js"] = socketio
	all[path+"/socket.io.min.js"] = socketioMin
	all[path+"/socket.io.esm.min.js"] = file("socket.io.js", minify, module("io", "connect", "Manager", "Socket"), protocol)
	// The server speaks the text form only, so a page that asks for the other
	// build gets the client that works.
	all[path+"/socket.io.msgpack.min.js"] = socketioMin
	return all
}

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
	return all
}
