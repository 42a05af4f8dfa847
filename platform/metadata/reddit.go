package metadata

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/sockethub/sockethub/platform/webfetch"
)

// Where Reddit tells of its posts. Its pages are of no use to a preview, and
// that it is asked here is only when the configuration says so.
const (
	redditJSON   = "https://old.reddit.com"
	redditOEmbed = "https://www.reddit.com/oembed"
)

const maxReddit = 1000000 // bytes of an answer

func isReddit(host string) bool {
	switch host {
	case "reddit.com", "www.reddit.com", "old.reddit.com", "new.reddit.com", "np.reddit.com", "redd.it":
		return true
	}
	return false
}

// redditPost asks in both ways at once, for at most half of the time there is,
// and prefers the one that tells more.
func (p *metadata) redditPost(ctx context.Context, asked *url.URL) (*preview, error) {
	ctx, cancel := context.WithTimeout(ctx, p.timeout/2)
	defer cancel()
	full := make(chan *preview, 1)
	go func() { full <- p.redditJSON(ctx, asked) }()
	short := p.redditOEmbed(ctx, asked)
	v := <-full
	if v == nil {
		v = short
	}
	if v == nil {
		if cause := context.Cause(ctx); cause == error(errDeadline) {
			return nil, errDeadline
		}
		return nil, errors.New("No Reddit metadata available for " + webfetch.Mask(asked.String()))
	}
	v.url, v.favicon = asked.String(), defaultIcon
	v.object = v.page()
	return v, nil
}

// redditJSON asks for a post's data. nil means that there is none.
func (p *metadata) redditJSON(ctx context.Context, asked *url.URL) *preview {
	path := strings.TrimSuffix(asked.EscapedPath(), "/")
	parts := strings.Split(strings.TrimPrefix(path, "/"), "/")
	if len(parts) < 4 || len(parts) > 5 || parts[0] != "r" && parts[0] != "user" || parts[2] != "comments" {
		return nil
	}
	request := webfetch.Request{URL: p.redditJSONURL + path + ".json?raw_json=1", MaxBody: maxReddit}
	if p.compatUserAgent != "" {
		request.Header = http.Header{"User-Agent": {p.compatUserAgent}}
	}
	list, _ := p.json(ctx, request).([]any)
	post := firstObject(firstObject(list).Object("data").Get("children")).Object("data")
	v := &preview{name: "reddit", siteNamed: true, title: oneLine(post.Text("title")), description: lines(post.Text("selftext"))}
	if v.title == "" {
		return nil
	}
	for _, name := range []string{"url_overridden_by_dest", "url"} {
		u := resolve(asked, post.Text(name))
		if u != nil && (u.Host == "i.redd.it" || u.Host == "preview.redd.it") {
			v.showImage(asked, post.Text(name), nil, nil)
			break
		}
	}
	return v
}

// redditOEmbed asks for a title and a thumbnail. nil means that there is none.
func (p *metadata) redditOEmbed(ctx context.Context, asked *url.URL) *preview {
	o := p.object(ctx, webfetch.Request{URL: p.redditOEmbedURL + "?url=" + url.QueryEscape(asked.String()), MaxBody: maxEmbed})
	v := &preview{siteNamed: true, title: oneLine(o.Text("title")), name: oneLine(o.Text("provider_name"))}
	if v.title == "" {
		return nil
	}
	if v.name == "" {
		v.name = "reddit"
	}
	v.showImage(asked, o.Text("thumbnail_url"), side(o.Get("thumbnail_width")), side(o.Get("thumbnail_height")))
	return v
}
