package daemon

import (
	"net"
	"strconv"
	"strings"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/daemon/config"
	"github.com/sockethub/sockethub/gateway/web"
)

// addOwnDocuments tells platforms that fetch what the server itself serves, under
// the addresses by which people know it. They read it from memory: the rule that
// nobody may be led to a private address, such as localhost, has no exception.
func (found *platforms) addOwnDocuments(c *config.Config) {
	if !c.Examples {
		return
	}
	documents := activity.NewObject()
	for path, d := range web.Documents() {
		for _, base := range ownAddresses(c) {
			documents.Set(base+path, activity.NewObject(
				activity.Member{Name: "type", Value: d.ContentType},
				activity.Member{Name: "text", Value: d.Text}))
		}
	}
	for _, d := range found.definitions {
		if !d.OwnDocuments || found.paths[d.Name] != "" {
			continue
		}
		own := activity.NewObject()
		if text := found.config[d.Name]; text != nil {
			o, err := activity.ParseObject(text)
			if err != nil {
				continue // the worker says what is wrong with it
			}
			own = o
		}
		own.Set("ownDocuments", documents)
		found.config[d.Name] = activity.AppendJSON(nil, own)
	}
}

// ownAddresses are the public address, and where the server listens on the
// machine that a browser runs on.
func ownAddresses(c *config.Config) []string {
	all := []string{strings.TrimSuffix(publicURL(c), c.Public.Path)}
	if strings.HasPrefix(c.Sockethub.Host, "unix:") {
		return all
	}
	scheme := "http"
	if c.TLS.Cert != "" {
		scheme = "https"
	}
	for _, host := range []string{dialHost(c.Sockethub.Host), "localhost", "127.0.0.1"} {
		all = append(all, scheme+"://"+net.JoinHostPort(host, strconv.Itoa(c.Sockethub.Port)))
	}
	return all
}
