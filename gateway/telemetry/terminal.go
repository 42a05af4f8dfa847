package telemetry

import "os"

// IsTerminal reports whether people are likely to read what is written to f: it
// is a character device, and not the one that reads nothing.
func IsTerminal(f *os.File) bool {
	info, err := f.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return false
	}
	null, err := os.Stat(os.DevNull)
	return err != nil || !os.SameFile(info, null)
}
