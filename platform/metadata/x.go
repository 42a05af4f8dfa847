package metadata

import (
	"context"
	"net/url"
	"strings"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/webfetch"
)

// fxTwitterAPI answers with posts of X in JSON. It learns of every one that a
// client shows, which is why it is asked only when the configuration says so.
const fxTwitterAPI = "https://api.fxtwitter.com"

// postID is the number of the post on X that an address names, "" for others:
//
//	https://x.com/NAME/status/123
//	https://twitter.com/i/web/status/123
func postID(u *url.URL) string {
	host := strings.TrimPrefix(strings.TrimPrefix(u.Hostname(), "www."), "mobile.")
	if host != "x.com" && host != "twitter.com" {
		return ""
	}
	rest, ok := strings.CutPrefix(u.Path, "/i/web/")
	if !ok {
		var name string
		if name, rest, ok = strings.Cut(strings.TrimPrefix(u.Path, "/"), "/"); !ok || name == "" || len(name) > 15 ||
			strings.ContainsFunc(name, func(r rune) bool { return r >= 0x80 || !isLetter(byte(r)) && !isDigit(byte(r)) && r != '_' }) {
			return ""
		}
	}
	kind, id, _ := strings.Cut(rest, "/")
	if kind != "status" && kind != "statuses" {
		return ""
	}
	digits := 0
	for digits < len(id) && isDigit(id[digits]) {
		digits++
	}
	if digits > 20 {
		return ""
	}
	return id[:digits]
}

// post asks for a post, for at most half of the time there is. nil means that
// the page itself is to be asked.
func (p *metadata) post(ctx context.Context, id string) *preview {
	ctx, cancel := context.WithTimeout(ctx, p.timeout/2)
	defer cancel()
	answer := p.object(ctx, webfetch.Request{URL: p.fxTwitterURL + "/status/" + id, MaxBody: maxPage})
	tweet := answer.Object("tweet")
	if code, _ := answer.Get("code").(float64); code != 200 || tweet == nil {
		return nil
	}
	v := &preview{name: "X (formerly Twitter)", siteNamed: true, title: "Post on X", favicon: "https://x.com/favicon.ico",
		description: lines(tweet.Text("text"))}
	author := tweet.Object("author")
	if name, screen := oneLine(author.Text("name")), oneLine(author.Text("screen_name")); name != "" {
		v.title = name
		if screen != "" {
			v.title += " (@" + screen + ") on X"
		}
	}
	site := &url.URL{Scheme: "https", Host: "x.com", Path: "/"}
	v.url = absolute(site, tweet.Text("url"))
	v.adopted = v.url
	media := tweet.Object("media")
	photo, film := firstObject(media.Get("photos")), firstObject(media.Get("videos"))
	if photo != nil {
		v.showImage(site, photo.Text("url"), side(photo.Get("width")), side(photo.Get("height")))
	} else if film != nil {
		v.showImage(site, film.Text("thumbnail_url"), side(film.Get("width")), side(film.Get("height")))
	}
	if address := absolute(site, film.Text("url")); address != "" {
		duration, _ := film.Get("duration").(float64)
		v.video = &video{url: address, thumbnail: absolute(site, film.Text("thumbnail_url")),
			width: pixels(film.Get("width")), height: pixels(film.Get("height")), duration: max(duration, 0)}
	}
	v.object = v.page()
	return v
}

func firstObject(v any) *activity.Object {
	if list, ok := v.([]any); ok && len(list) > 0 {
		o, _ := list[0].(*activity.Object)
		return o
	}
	return nil
}
