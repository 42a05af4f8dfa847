package metadata

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sockethub/sockethub/activity"
	"github.com/sockethub/sockethub/platform/webfetch"
	"github.com/sockethub/sockethub/platform/webfetch/fetchtest"
)

// TestOurs reads a page that says everything in every vocabulary.
// testdata/ours/NAME.want.json is the answer.
func TestOurs(t *testing.T) {
	server := httptest.NewServer(http.FileServer(http.Dir("testdata/ours")))
	defer server.Close()
	p := newTest(t, settings{})
	published := fetchtest.CheckPublished(t, Definition(), "testdata/registration.json")
	for _, name := range []string{"everything", "linked-data", "players"} {
		answer := strings.NewReplacer(server.URL, casesHost, `"127.0.0.1"`, `"cases.test"`).Replace(ask(t.Context(), p, server.URL+"/"+name+".html"))
		v, err := activity.Parse([]byte(answer))
		if err != nil {
			t.Fatal(err)
		}
		if problems := published.ResponseSchema.Validate(v); len(problems) > 0 {
			t.Errorf("%s is not as published: %v", name, problems)
		}
		fetchtest.Equal(t, "testdata/ours/"+name+".want.json", answer, *update)
	}
}

// What comes first in each vocabulary, where several say something.
func TestPrecedence(t *testing.T) {
	tests := []struct{ name, page, member, want string }{
		{"title by class over heading", `<h1 class="title">H</h1><p class="post-title">P<p>x`, "title", `"P"`},
		{"title over twitter", `<title>T</title><meta name="twitter:title" content="W">`, "title", `"T"`},
		{"heading over twitter", `<meta name="twitter:title" content="W"><h1 class="x-title">H`, "title", `"H"`},
		{"twitter over dc", `<meta name="dc.title" content="D"><meta name="twitter:title" content="W">`, "title", `"W"`},
		{"dc over linked data", `<script type="application/ld+json">{"@type":"Article","headline":"L"}</script><meta name="DC.Title" content="D">`, "title", `"D"`},
		{"title in the head over one in the body", `<head></head><body><title>B</title></body>`, "title", `"B"`},
		{"later title in the head", `<title> </title><title>Second</title>`, "title", `"Second"`},
		{"title of a picture", `<svg><title>S</title></svg>`, "title", ``},
		{"heading with several links", `<h1 class="Title">a <a>b</a> c <a>d</a></h1> e`, "title", `"bd"`},
		{"nested elements of one name", `<div class="entry-title">a<div>b</div>c</div>d`, "title", `"abc"`},
		{"paragraph that another ends", `<p class="entry-title">a<p>b`, "title", `"a"`},
		{"script in a text", `<div class="entry-title">a<script>x</script>b</div>`, "title", `"ab"`},
		{"og title that was taken back", `<title>T</title><meta property="og:title" content="A"><meta property="og:title">`, "title", `"T"`},
		{"name of the site", `<meta name="application-name" content="A">`, "name", `"A"`},
		{"publisher", `<meta name="application-name" content="A"><script type="application/ld+json">{"@type":"Article","publisher":{"name":"P"}}</script>`, "name", `"P"`},
		{"empty site name by value", `<meta property="og:site_name" value="">`, "name", `""`},
		{"img before twitter", `<meta name="twitter:image" content="https://t.test/t.png"><img src="/a.png">`, "image", `[{"url":"SITE/a.png","type":"png"}]`},
		{"twitter image", `<meta name="twitter:image:src" content="/t.png">`, "image", `[{"url":"SITE/t.png","type":"png"}]`},
		{"no data for pictures", `<img src="data:image/png;base64,AA"><img src="javascript:x.png"><img src="ftp://x/a.png">`, "image", ``},
		{"large pictures first, tiny last", `<img src=1.png width=1 height=1><img src=2.png><img src=3.png width=300 height=200>`, "image",
			`[{"url":"SITE/3.png","type":"png","width":300,"height":200},{"url":"SITE/2.png","type":"png"},{"url":"SITE/1.png","type":"png","width":1,"height":1}]`},
		{"pictures without an ending", `<img src=/i?1 width=1 height=1><img src=/i?2 width=640 height=480>`, "image", `[{"url":"SITE/i?2","width":640,"height":480}]`},
		{"url and image are one", `<meta property="og:image" content="/a.png"><meta property="og:image:url" content="/a.png">`, "image", `[{"url":"SITE/a.png","type":"png"}]`},
		{"properties before the first", `<meta property="og:image:width" content="5"><meta property="og:image" content="/a.png">`, "image", `[{"url":"SITE/a.png","type":"png","width":"5"}]`},
		{"secure only", `<meta property="og:image:secure_url" content="/a.png"><meta property="og:image:alt" content="x">`, "image", `[{"url":"SITE/a.png","type":"png","alt":"x"}]`},
		{"canonical after a bad og:url", `<meta property="og:url" content="javascript:x"><link rel=canonical href="https://c.test/">`, "url", `"https://c.test/"`},
		{"url with credentials", `<link rel=canonical href="https://a:b@c.test/">`, "url", ``},
		{"favicon with a bad scheme", `<link rel=icon href="javascript:x">`, "favicon", `"/favicon.ico"`},
		{"language of a second html", `<html><html lang="fi">`, "language", `"fi"`},
		{"description is that of the first element", `<p id=description>a<b>b</b></p><p id=description>c`, "description", `"ab"`},
		{"a meta with the id is none", `<meta id=description><p id=description>c`, "description", `""`},
		{"meta in svg ends it", `<svg><style><meta property="og:description" content="d">`, "description", `"d"`},
		{"keywords", `<meta name="keywords" content="a, b ,,c">`, "keywords", `["a","b","c"]`},
		{"dates", `<meta property="article:published_time" content="soon"><meta itemprop="datePublished" content="2024-02-01">`, "published", `"2024-02-01"`},
		{"author's address", `<meta property="article:author" content="https://f.test/a"><meta name="author" content="A">`, "author", `"A"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := site(t, map[string]string{"/": tt.page})
			got := strings.ReplaceAll(member(pageOf(t, newTest(t, settings{}), s.URL+"/"), tt.member), s.URL, "SITE")
			if got != tt.want {
				t.Errorf("%s of %s:\n got %s\nwant %s", tt.member, tt.page, got, tt.want)
			}
		})
	}
}

// The page decides about the actor only where it speaks for itself.
func TestActor(t *testing.T) {
	tests := []struct{ asked, claimed, want string }{
		{"https://a.test/x", "https://a.test/y", "https://a.test/y"},
		{"http://www.a.test/x", "https://a.test/y", "https://a.test/y"},
		{"https://m.a.test/x", "https://www.a.test/y", "https://www.a.test/y"},
		{"https://a.test/x", "https://b.test/y", ""},
		{"https://evil.a.test/x", "https://a.test/y", ""},
		{"https://a.test/x", "https://a.test:8443/y", ""},
		{"https://www.test/x", "https://test/y", ""},
		{"https://a.test/x", "javascript:x", ""},
		{"https://a.test/x", "", ""},
	}
	for _, tt := range tests {
		asked := resolve(nil, tt.asked)
		p := newPreview(&facts{graph: graph{url: tt.claimed}}, asked, asked).finish(asked, asked)
		if p.adopted != tt.want {
			t.Errorf("%s says it is %q: the actor becomes %q, want %q", tt.asked, tt.claimed, p.adopted, tt.want)
		}
	}
}

// However much a page says, what a client gets fits in a frame.
func TestSize(t *testing.T) {
	var b strings.Builder
	quotes := strings.Repeat(`&quot;`, 6000)
	for _, name := range []string{"og:title", "og:site_name", "og:description", "keywords", "author", "theme-color", "og:locale"} {
		b.WriteString(`<meta name="` + name + `" content="` + quotes + `">`)
	}
	for range 40 {
		b.WriteString(`<meta property="og:image" content="https://i.test/` + strings.Repeat("a", 2000) + `.png"><meta property="og:image:alt" content="` + quotes + `">`)
		b.WriteString(`<link rel="icon" sizes="` + quotes + `" href="/` + strings.Repeat("b", 2000) + `"><link rel="alternate" type="application/rss+xml" title="` + quotes + `" href="/` + strings.Repeat("c", 2000) + `">`)
	}
	s := site(t, map[string]string{"/": b.String()})
	answer := ask(t.Context(), newTest(t, settings{}), s.URL+"/")
	if len(answer) > 512<<10 || !strings.Contains(answer, `"type":"page"`) {
		t.Errorf("%d bytes: %.200s", len(answer), answer)
	}
}

func TestLinkedData(t *testing.T) {
	tests := []struct{ name, script, want string }{
		{"graph", `{"@graph":[{"@type":"WebSite","name":"S"},{"@type":"BreadcrumbList","name":"no"},{"@type":["schema:x","y"],"name":"N"}]}`, "N|||||"},
		{"list", `[{"@type":"Organization","name":"no"},{"@type":"Product","name":"P","image":{"url":"u"},"brand":{"name":"no"}}]`, "P||u|||"},
		{"authors", `{"@type":"Article","author":[{"name":"A"},{"name":"B"}],"image":["i","j"],"publisher":"P"}`, "||i|P|A|"},
		{"video", `{"@type":"VideoObject","name":"V","contentUrl":"c","thumbnailUrl":["t"],"duration":"PT1M5S"}`, "V||t|||c"},
		{"lists in lists", `{"@type":"Article","headline":"H","image":[[["x"]]],"author":[[[]]]}`, "H|||||"},
		{"numbers", `{"@type":1,"headline":2,"image":3}`, "|||||"},
		{"too deep", strings.Repeat(`[`, 200) + strings.Repeat(`]`, 200), "|||||"},
		{"broken", `{"@type":"Article","headline":`, "|||||"},
		{"in a comment", `<!-- {"@type":"Article","headline":"H"} -->`, "H|||||"},
		{"in CDATA", "//<![CDATA[\n[{\"@type\":\"Article\",\"headline\":\"H\"}]\n//]]>", "H|||||"},
		{"with a semicolon", `{"@type":"Article","headline":"H // no comment"};`, "H // no comment|||||"},
		{"with comments", "/* c */ {\"@type\":\"Article\", // c }\n \"headline\":\"H\" <!-- c -->}", "H|||||"},
		{"with commas", `[{"@type":"Article","headline":"H",},]`, "H|||||"},
		{"with line breaks", "{\"@type\":\"Article\",\"headline\":\"A\n\tB\\\nC\"}", "A  B C|||||"},
		{"with references", `{"@type":"Article","headline":"Fish &amp; chips &#8211; &quot;x&quot;"}`, `Fish & chips – "x"|||||`},
		{"with a comment that has no end", `{"@type":"Article","headline":"H"} /* [`, "H|||||"},
	}
	for _, tt := range tests {
		d := readLinkedData([][]byte{[]byte(tt.script)})
		if got := strings.Join([]string{d.title, d.description, d.image, d.publisher, d.author, d.videoURL}, "|"); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
	for s, want := range map[string]float64{"PT1H2M3S": 3723, "P1DT1S": 86401, "PT90S": 90, "": 0, "P": 0, "PTxS": 0, "P1M": 0, "90": 0} {
		if got := seconds(s); got != want {
			t.Errorf("%q lasts %v s, want %v", s, got, want)
		}
	}
}

// oEmbed gives what the page did not, and nothing when it fails.
func TestEmbed(t *testing.T) {
	const link = `<link rel="alternate" type="application/json+oembed" href="/embed">`
	tests := []struct{ name, page, embed, want string }{
		{"everything", link, `{"type":"video","title":"O","author_name":"A","provider_name":"P","thumbnail_url":"/t.png","thumbnail_width":320,"thumbnail_height":"200","url":"/v.mp4","html":"<script>"}`,
			`"O" "P" "A" [{"url":"SITE/t.png","type":"png","width":320,"height":200}] {"url":"SITE/v.mp4"}`},
		{"photo", link, `{"type":"photo","url":"https://p.test/p.jpg","width":640,"height":480,"thumbnail_url":"/t.png"}`,
			`HOST [{"url":"https://p.test/p.jpg","type":"jpg","width":640,"height":480}]`},
		{"what the page has", `<title>T</title><meta name=author content=W>` + link + `<meta property=og:image content=/i.png>`,
			`{"title":"O","author_name":"A","provider_name":"P","thumbnail_url":"/t.png"}`, `"T" "P" "W" [{"url":"SITE/i.png","type":"png"}]`},
		{"not JSON", link, `oops`, `HOST`},
		{"a list", link, `[]`, `HOST`},
		{"too large", link, `{"title":"` + strings.Repeat("x", maxEmbed) + `"}`, `HOST`},
		{"wrong types", link, `{"title":1,"thumbnail_url":{},"type":[]}`, `HOST`},
		{"bad addresses", link, `{"type":"photo","url":"javascript:x","thumbnail_url":"file:///x"}`, `HOST`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := site(t, map[string]string{"/": tt.page, "/embed": tt.embed})
			page := pageOf(t, newTest(t, settings{}), s.URL+"/")
			var got []string
			for _, name := range []string{"title", "name", "author", "image", "video"} {
				if m := member(page, name); m != "" {
					got = append(got, m)
				}
			}
			text := strings.NewReplacer(s.URL, "SITE", `"127.0.0.1"`, "HOST").Replace(strings.Join(got, " "))
			if text != tt.want {
				t.Errorf("got  %s\nwant %s", text, tt.want)
			}
		})
	}
}

// A page that says enough is not asked about elsewhere.
func TestEmbedOnlyWhenNeeded(t *testing.T) {
	var asked atomic.Bool
	s := fetchtest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/embed" {
			asked.Store(true)
		}
		io.WriteString(w, `<title>T</title><meta property=og:image content=/i.png><meta property=og:site_name content=S>`+
			`<link rel="alternate" type="application/json+oembed" href="/embed">`)
	})
	if got := pageOf(t, newTest(t, settings{}), s.URL+"/").Text("title"); got != "T" || asked.Load() {
		t.Errorf("title %q, asked %v", got, asked.Load())
	}
}

const tweet = `{"code":200,"tweet":{"url":"https://x.com/al/status/20","text":"just  this\n\n\n\nhere","author":{"name":"Al","screen_name":"al"},` +
	`"media":{"photos":[{"url":"https://p.test/1.jpg","width":800,"height":600},{"url":"no"}],` +
	`"videos":[{"url":"https://v.test/1.mp4","thumbnail_url":"https://v.test/1.png","width":1280,"height":720,"duration":12.5}]}}}`

func TestX(t *testing.T) {
	s := site(t, map[string]string{
		"/status/20": tweet,
		"/status/21": `{"code":404,"message":"NOT_FOUND"}`,
		"/status/22": `{"code":200,"tweet":{"author":{"name":"Only"},"media":{"videos":[{"thumbnail_url":"https://v.test/t.png"}]}}}`,
		"/status/23": `{"code":200,"tweet":{}}`,
	})
	p := newTest(t, settings{fxTwitter: true})
	p.fxTwitterURL = s.URL
	tests := []struct{ id, want string }{
		{"20", `{"type":"page","title":"Al (@al) on X","name":"X (formerly Twitter)","description":"just this\n\nhere",` +
			`"image":[{"url":"https://p.test/1.jpg","type":"jpg","width":800,"height":600}],` +
			`"video":{"url":"https://v.test/1.mp4","thumbnail":"https://v.test/1.png","width":1280,"height":720,"duration":12.5},` +
			`"url":"https://x.com/al/status/20","favicon":"https://x.com/favicon.ico"}`},
		{"21", ""},
		{"22", `{"type":"page","title":"Only","name":"X (formerly Twitter)","description":"","image":[{"url":"https://v.test/t.png","type":"png"}],"favicon":"https://x.com/favicon.ico"}`},
		{"23", `{"type":"page","title":"Post on X","name":"X (formerly Twitter)","description":"","favicon":"https://x.com/favicon.ico"}`},
	}
	for _, tt := range tests {
		got := ""
		if v := p.post(t.Context(), tt.id); v != nil {
			got = string(activity.AppendJSON(nil, v.object))
		}
		if got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.id, got, tt.want)
		}
	}
	answer := ask(t.Context(), p, "https://mobile.twitter.com/al/status/20?s=1")
	if !strings.Contains(answer, `"actor":{"id":"https://x.com/al/status/20","type":"website","name":"X (formerly Twitter)"}`) {
		t.Error(answer)
	}
	for url, want := range map[string]string{
		"https://x.com/al/status/20": "20", "https://www.twitter.com/al_1/statuses/20/photo/1": "20", "https://x.com/i/web/status/20": "20",
		"https://x.com/al/status/20abc": "20", "https://x.com/al/status/": "", "https://x.com/al/status/x": "", "https://x.com/al": "",
		"https://x.com/toolongtobeaname/status/1": "", "https://x.com/a-b/status/1": "", "https://notx.com/al/status/1": "", "https://x.com/al/likes/1": "",
		"https://x.com/al/status/123456789012345678901": "",
	} {
		if got := postID(resolve(nil, url)); got != want {
			t.Errorf("%s: %q, want %q", url, got, want)
		}
	}
}

const thread = `[{"data":{"children":[{"data":{"title":"A  post","selftext":"Hello\n\n\n\nthere","url_overridden_by_dest":"https://e.test/x","url":"https://i.redd.it/a.png"}}]}},{}]`

func TestReddit(t *testing.T) {
	agent := make(chan string, 1)
	s := fetchtest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/r/go/comments/1.json", "/r/go/comments/1/title.json":
			agent <- r.Header.Get("User-Agent")
			io.WriteString(w, thread)
		case "/oembed":
			if strings.Contains(r.URL.Query().Get("url"), "none") {
				http.NotFound(w, r)
				return
			}
			io.WriteString(w, `{"title":"By oEmbed","provider_name":"","thumbnail_url":"https://b.test/t.jpg","thumbnail_width":140,"thumbnail_height":78}`)
		default:
			http.NotFound(w, r)
		}
	})
	p := newTest(t, settings{reddit: true, compatUserAgent: "compat/1"})
	p.redditJSONURL, p.redditOEmbedURL = s.URL, s.URL+"/oembed"
	tests := []struct{ url, want string }{
		{"https://www.reddit.com/r/go/comments/1/title/", `{"type":"page","title":"A post","name":"reddit","description":"Hello\n\nthere",` +
			`"image":[{"url":"https://i.redd.it/a.png","type":"png"}],"url":"https://www.reddit.com/r/go/comments/1/title/","favicon":"/favicon.ico"}`},
		{"https://redd.it/abc", `{"type":"page","title":"By oEmbed","name":"reddit","description":"",` +
			`"image":[{"url":"https://b.test/t.jpg","type":"jpg","width":140,"height":78}],"url":"https://redd.it/abc","favicon":"/favicon.ico"}`},
		{"https://old.reddit.com/r/go/comments/2/t", `{"type":"page","title":"By oEmbed","name":"reddit","description":"",` +
			`"image":[{"url":"https://b.test/t.jpg","type":"jpg","width":140,"height":78}],"url":"https://old.reddit.com/r/go/comments/2/t","favicon":"/favicon.ico"}`},
	}
	for _, tt := range tests {
		answer := ask(t.Context(), p, tt.url)
		if !strings.Contains(answer, `"object":`+tt.want) || !strings.Contains(answer, `"actor":{"id":"`+tt.url+`","type":"website","name":"reddit"}`) {
			t.Errorf("%s:\n got %s\nwant %s", tt.url, answer, tt.want)
		}
	}
	if got := <-agent; got != "compat/1" {
		t.Errorf("User-Agent %q", got)
	}
	if got := ask(t.Context(), p, "https://np.reddit.com/none"); got != `{"error":"Error: No Reddit metadata available for https://np.reddit.com/none"}` {
		t.Error(got)
	}
}

// A third party that does not answer costs half of the job's time, not more than
// it has: the page is asked for in the rest.
func TestXHangs(t *testing.T) {
	s := fetchtest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/status/") {
			<-r.Context().Done()
			return
		}
		io.WriteString(w, "<title>The page itself</title>")
	})
	p, err := newMetadata(settings{fxTwitter: true, fetching: webfetch.Options{AllowPrivate: true, Timeout: 4 * time.Second, Resolver: fetchtest.Everywhere{}, Dial: fetchtest.To(s)}})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Stop(t.Context())
	p.fxTwitterURL = "http://fx.test"
	if got := pageOf(t, p, "http://x.com/al/status/20").Text("title"); got != "The page itself" {
		t.Errorf("title %q", got)
	}
}

// Third parties are asked by the same client, which looks where they lead.
func TestThirdPartiesAreGuarded(t *testing.T) {
	s := fetchtest.Serve(t, func(http.ResponseWriter, *http.Request) { t.Error("a request arrived") })
	p, err := newMetadata(settings{reddit: true, fxTwitter: true})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Stop(t.Context())
	p.fxTwitterURL, p.redditJSONURL, p.redditOEmbedURL = s.URL, s.URL, s.URL
	if v := p.post(t.Context(), "20"); v != nil {
		t.Errorf("%+v", v)
	}
	if got := ask(t.Context(), p, "https://www.reddit.com/r/go/comments/1/"); !strings.Contains(got, "No Reddit metadata available") {
		t.Error(got)
	}
}

// Without a word in the configuration no third party learns of a link: the
// servers themselves are asked.
func TestThirdPartiesAreOff(t *testing.T) {
	s := fetchtest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Host != "x.com:9999" && r.Host != "redd.it:9999" {
			t.Errorf("%s was asked", r.Host)
		}
		io.WriteString(w, "<title>"+r.Host+"</title>")
	})
	p, err := newMetadata(settings{fetching: webfetch.Options{
		Resolver: fetchtest.Everywhere{}, Dial: fetchtest.To(s),
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Stop(t.Context())
	p.fxTwitterURL, p.redditJSONURL, p.redditOEmbedURL = s.URL, s.URL, s.URL
	for url, want := range map[string]string{"http://x.com:9999/al/status/20": "x.com:9999", "http://redd.it:9999/abc": "redd.it:9999"} {
		if got := pageOf(t, p, url).Text("title"); got != want {
			t.Errorf("%s: %q", url, got)
		}
	}
}
