package web

import (
	"bytes"
	"html"
)

// fillPage writes what the scripts of the page must know into its attributes:
// nothing has to be fetched before the connection begins.
func fillPage(page []byte, opts Options) []byte {
	actions := ""
	if opts.HTTPActions {
		actions = opts.HTTPActionsPath
	}
	for name, value := range map[string]string{
		"path":    opts.Path,
		"actions": actions,
		"version": opts.Version,
	} {
		page = bytes.ReplaceAll(page, []byte("{{"+name+"}}"), []byte(html.EscapeString(value)))
	}
	return page
}
