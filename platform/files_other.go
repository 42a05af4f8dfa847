//go:build !unix

package platform

import "os"

// workerFiles are the pipes to the server.
func workerFiles() (in, out *os.File) { return os.Stdin, os.Stdout }
