// Package web serves what browsers load: the client scripts and the examples.
package web
