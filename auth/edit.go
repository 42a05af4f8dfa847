package auth

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// Read reads a file. The error names it, and the line that is wrong.
func Read(path string) (*List, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	list, _, err := readFrom(f)
	return list, err
}

// Add puts a new token into a file, which need not be there yet, and returns the
// token: it is written nowhere.
func Add(path string, t Token) (token string, err error) {
	list, err := Read(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		list = &List{}
	case err != nil:
		return "", err
	}
	token = newToken()
	t.digest = DigestOf(token)
	t.Platforms = slices.Clone(t.Platforms)
	return token, write(path, &List{tokens: append(slices.Clone(list.tokens), &t)})
}

// Remove takes a token out of a file.
func Remove(path, name string) error {
	list, err := Read(path)
	if err != nil {
		return err
	}
	left := slices.DeleteFunc(slices.Clone(list.tokens), func(t *Token) bool { return t.Name == name })
	if len(left) == len(list.tokens) {
		return fmt.Errorf("%s has no token %q", path, name)
	}
	return write(path, &List{tokens: left})
}

// write replaces a file in one step, so that nobody ever reads half of it.
func write(path string, list *List) error {
	text := list.appendFile(nil)
	if _, err := Parse(text); err != nil {
		var line *LineError
		if errors.As(err, &line) {
			return errors.New(line.Rule)
		}
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.new") // with mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}
