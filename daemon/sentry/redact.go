package sentry

import (
	"net/netip"
	"regexp"
	"strings"
)

// What is taken out of a text before it leaves for Sentry, in this order.
var (
	urls = regexp.MustCompile(`(?i)\b[a-z][a-z0-9+.-]*://[^\s"'<>]+`)
	// Our errors quote what a peer or client said.
	quotes    = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)
	addresses = regexp.MustCompile(`[^\s@"'<>()\[\]{},;:/]+@[^\s@"'<>()\[\]{},;:/]+`)
	numbers   = regexp.MustCompile(`[0-9A-Fa-f:.]*(?:[0-9]\.[0-9]|[0-9A-Fa-f:]:)[0-9A-Fa-f:.]*`)
)

// Redact takes URLs, texts in quotes, addresses of people and of machines out
// of a text.
func Redact(text string) string {
	text = urls.ReplaceAllString(text, "[url]")
	text = quotes.ReplaceAllString(text, "[text]")
	text = addresses.ReplaceAllString(text, "[address]")
	return numbers.ReplaceAllStringFunc(text, redactNumber)
}

func redactNumber(number string) string {
	if number == "::" {
		return number // stands for any address, and in texts for no address at all
	}
	core := strings.TrimRight(number, ".:")
	if isAddress(core) {
		return "[ip]" + number[len(core):]
	}
	if isAddress(number) { // one that ends in "::"
		return "[ip]"
	}
	if i := strings.LastIndexByte(core, ':'); i >= 0 && isAddress(core[:i]) {
		return "[ip]:" + redactNumber(number[i+1:])
	}
	return number
}

func isAddress(s string) bool {
	_, err := netip.ParseAddr(s)
	return err == nil
}

// redactNamespace cuts ids off a namespace: what follows platform-instance, or
// core of the server.
func redactNamespace(namespace string) string {
	parts := strings.Split(namespace, ":")
	for i, part := range parts {
		if part == "platform-instance" || part == "core" && i > 0 && parts[i-1] == "server" {
			return strings.Join(parts[:i+1], ":")
		}
	}
	if len(parts) > 3 && parts[1] == "platform" {
		parts = parts[:3]
	}
	return strings.Join(parts, ":")
}
