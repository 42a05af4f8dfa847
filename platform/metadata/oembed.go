package metadata

import (
	"context"
	"net/url"
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/webfetch"
)

// Limits of a request for oEmbed.
const (
	maxEmbed     = 64 << 10 // bytes of the answer
	embedTimeout = 2 * time.Second
)

// embed asks for what a page says of itself in oEmbed (oembed.com, section 2.3)
// and adds what the page itself did not give. What fails adds nothing. The HTML
// that such an answer has is never looked at.
func (p *metadata) embed(ctx context.Context, v *preview, at *url.URL) {
	ctx, cancel := context.WithTimeout(ctx, embedTimeout)
	defer cancel()
	o := p.object(ctx, webfetch.Request{URL: at.String(), MaxBody: maxEmbed})
	if o == nil {
		return
	}
	offer(&v.title, oneLine(o.Text("title")))
	offer(&v.author, oneLine(o.Text("author_name")))
	if !v.siteNamed {
		offer(&v.name, oneLine(o.Text("provider_name")))
	}
	kind := o.Text("type")
	if len(v.images) == 0 && kind == "photo" {
		v.showImage(at, o.Text("url"), side(o.Get("width")), side(o.Get("height")))
	}
	if len(v.images) == 0 {
		v.showImage(at, o.Text("thumbnail_url"), side(o.Get("thumbnail_width")), side(o.Get("thumbnail_height")))
	}
	if address := absolute(at, o.Text("url")); v.video == nil && kind == "video" && address != "" {
		v.video = &video{url: address, width: pixels(o.Get("width")), height: pixels(o.Get("height"))}
	}
}

// side is a number of pixels, nil when it is none.
func side(v any) any {
	if n := pixels(v); n > 0 {
		return n
	}
	return nil
}

// object fetches a JSON object, nil if there is none.
func (p *metadata) object(ctx context.Context, r webfetch.Request) *activity.Object {
	o, _ := p.json(ctx, r).(*activity.Object)
	return o
}

// json fetches JSON, nil if that fails.
func (p *metadata) json(ctx context.Context, r webfetch.Request) any {
	r.Accept = "application/json"
	response, err := p.client.Fetch(ctx, r)
	if err != nil {
		return nil
	}
	defer response.Body.Close()
	if !response.OK() {
		return nil
	}
	body, err := response.Body.ReadAll()
	if err != nil {
		return nil
	}
	v, err := activity.Parse(body)
	if err != nil {
		return nil
	}
	return v
}
