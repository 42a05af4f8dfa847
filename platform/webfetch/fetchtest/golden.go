package fetchtest

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// Recorded answers with the files of a directory as a server did when they were
// recorded: NAME.headers.json beside one has its status and header, and
// mediaType is for those that have none.
func Recorded(dir, mediaType string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		file := filepath.Join(dir, filepath.Base(r.URL.Path))
		body, err := os.ReadFile(file)
		if err != nil {
			http.NotFound(w, r)
			return
		}
		head := struct {
			Status  int
			Headers map[string]string
		}{Status: 200, Headers: map[string]string{"content-type": mediaType}}
		if data, err := os.ReadFile(strings.TrimSuffix(file, filepath.Ext(file)) + ".headers.json"); err == nil {
			head.Headers = nil
			if err := json.Unmarshal(data, &head); err != nil {
				panic(err)
			}
		}
		w.Header()["Content-Type"] = nil
		for name, value := range head.Headers {
			w.Header().Set(name, value)
		}
		w.WriteHeader(head.Status)
		if head.Status != http.StatusNotModified && head.Status != http.StatusNoContent {
			w.Write(body)
		}
	}
}

// Compare compares an answer with that of the reference server in dir, of which
// each member must be there and equal. Where the reference shows a weakness a
// file NAME.ours.json holds our answer, which must be met in every member; update
// rewrites it. ignore takes away what cannot be compared; it may be nil.
func Compare(t *testing.T, dir, name, answer string, update bool, ignore func(want any)) {
	t.Helper()
	ours := filepath.Join(dir, name+".ours.json")
	if _, err := os.Stat(ours); err == nil {
		Equal(t, ours, answer, update)
		return
	}
	want, got := read(t, filepath.Join(dir, name+".expect.json")), decode(t, name, []byte(answer))
	if ignore != nil {
		ignore(want)
	}
	if path := missing(want, got, ""); path != "" {
		t.Errorf("answer to %s differs at %s:\n%s\nwant\n%s", name, path, pretty(got), pretty(want))
	}
}

// Equal compares an answer with a file in every member. update rewrites the file.
func Equal(t *testing.T, file, answer string, update bool) {
	t.Helper()
	got := decode(t, file, []byte(answer))
	if update {
		if err := os.WriteFile(file, []byte(pretty(got)+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want := read(t, file); !reflect.DeepEqual(got, want) {
		t.Errorf("the answer is\n%s\nand in %s\n%s", pretty(got), file, pretty(want))
	}
}

// missing returns the path of something in want that got has not, "" for none:
// objects may have members more, lists must be of one length.
func missing(want, got any, path string) string {
	switch want := want.(type) {
	case map[string]any:
		have, ok := got.(map[string]any)
		if !ok {
			return path + "/"
		}
		for k, v := range want {
			if p := missing(v, have[k], path+"/"+k); p != "" {
				return p
			}
		}
		return ""
	case []any:
		have, ok := got.([]any)
		if !ok || len(have) != len(want) {
			return path + "/"
		}
		for i, v := range want {
			if p := missing(v, have[i], path+"/-"); p != "" {
				return p
			}
		}
		return ""
	}
	if !reflect.DeepEqual(want, got) {
		return path
	}
	return ""
}

func read(t *testing.T, file string) any {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return decode(t, file, data)
}

func decode(t *testing.T, name string, data []byte) (v any) {
	t.Helper()
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatalf("%s: %v in %s", name, err, data)
	}
	return v
}

func pretty(v any) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	if err := e.Encode(v); err != nil {
		return err.Error()
	}
	return strings.TrimSuffix(b.String(), "\n")
}
