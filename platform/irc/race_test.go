//go:build race

package irc

const raceEnabled = true
