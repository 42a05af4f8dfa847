package frame

import "strings"

// Cut shortens a text of somebody else for an error message.
func Cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "…"
}
