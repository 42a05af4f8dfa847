// The platform "feeds": a feed as a list to read.
import { busy, field, h, notice } from "../dom.js";
import { address, day, explain, link, plural } from "../words.js";
import { documents } from "./documents.js";
import { inAddress, keepInAddress } from "./asked.js";
import { pictureButton } from "./line.js";

export default {
  name: "feeds",
  path: "/feeds",
  platform: "feeds",
  title: "Feeds",
  about: "Read the feed of a site: RSS, Atom and JSON Feed become one kind of list.",

  show(root, { hub }) {
    const url = h("input", { name: "url", type: "text", inputmode: "url", autocomplete: "url", autocapitalize: "off", spellcheck: "false", placeholder: "example.org/feed.xml", required: true, value: inAddress() });
    const limit = h("select", { name: "limit" }, [["10", "10"], ["25", "25"], ["100", "100"], ["", "all"]].map(([value, label]) => h("option", { value }, label)));
    const state = notice();
    const result = h("section", { class: "feed", "aria-label": "Articles", hidden: true });

    const fetchFeed = async () => {
      const wanted = address(url.value);
      if (!wanted) return state.show("bad", h("p", {}, "This is not a web address."));
      url.value = wanted;
      keepInAddress(wanted);
      state.show("wait", h("p", {}, `Fetching ${new URL(wanted).host}…`));
      result.hidden = true;
      try {
        const feed = await hub.send("feeds", {
          type: "fetch",
          actor: { id: wanted, type: "feed" },
          ...(limit.value && { object: { limit: Number(limit.value) } }),
        });
        const items = feed.items ?? [];
        if (!items.length) return state.show("good", h("p", {}, "The feed was read, and has no articles."));
        state.show("good", h("p", {}, `${plural(items.length, "article")} from ${feed.summary}.`));
        result.replaceChildren(heading(items[0].actor ?? {}, feed), h("ol", { class: "articles" }, items.map((item) => article(item.object ?? {}))));
        result.hidden = false;
      } catch (error) {
        state.show("bad", ...explain(error));
      }
    };

    const form = h(
      "form",
      { class: "panel", onsubmit: (event) => {
        event.preventDefault();
        busy(form, fetchFeed);
      } },
      h("div", { class: "columns" }, field("Address of the feed", url), field("Articles", limit)),
      h(
        "p",
        { class: "row" },
        h("button", { "data-needs-server": true }, "Read the feed"),
        h("button", { type: "button", class: "quiet", "data-needs-server": true, onclick: () => ((url.value = `${location.origin}/feed.xml`), busy(form, fetchFeed)) }, "The feed of this server"),
      ),
      state.box,
    );
    root.append(h("h1", {}, "Feeds"), h("p", { class: "lead" }, "The server fetches the feed, so that no site has to allow this page to."), form, result, documents("feeds"));
    if (inAddress()) hub.isReady ? busy(form, fetchFeed) : hub.addEventListener("ready", () => form.isConnected && busy(form, fetchFeed), { once: true });
  },
};

function heading(channel, feed) {
  return h(
    "header",
    {},
    h("h2", {}, link(channel.link, channel.name || feed.summary)),
    channel.description && h("p", { class: "about" }, plain(channel.description)),
  );
}

function article({ title, url, published, datenum, content, brief, contentType, image, attachment }) {
  const text = brief || content || "";
  const words = contentType === "html" || /<\w+[^>]*>/.test(text) ? plain(text) : text;
  const picture = image || attachment?.find(({ mediaType }) => /^image\//.test(mediaType ?? ""))?.url;
  const date = datenum ? new Date(datenum) : null;
  return h(
    "li",
    {},
    h("h3", {}, link(url, title || url || "Without a title")),
    (date || published) && h("time", date ? { datetime: date.toISOString() } : {}, date ? day(date) : published),
    words && (words.length > 320 ? excerpt(words) : h("p", {}, words)),
    picture && h("p", {}, pictureButton(picture, `Picture of ${title || "the article"}`)),
  );
}

// excerpt shows the beginning of a text, and the rest when it is asked for.
function excerpt(words) {
  const beginning = words.slice(0, 280).replace(/\s+\S*$/, "…");
  const text = h("p", {}, beginning);
  const more = h("button", { type: "button", class: "quiet small", "aria-expanded": "false" }, "Read on");
  more.addEventListener("click", () => {
    const open = more.getAttribute("aria-expanded") === "false";
    more.setAttribute("aria-expanded", String(open));
    more.textContent = open ? "Less" : "Read on";
    text.textContent = open ? words : beginning;
  });
  return [text, h("p", {}, more)];
}

// plain is the text of HTML as one would read it. The parser's document loads
// and runs nothing.
function plain(html) {
  const { body } = new DOMParser().parseFromString(html, "text/html");
  for (const hidden of body.querySelectorAll("script, style, template, noscript")) hidden.remove();
  return body.textContent.replace(/\s+/g, " ").trim();
}
