//go:build !race

package irc

const raceEnabled = false
