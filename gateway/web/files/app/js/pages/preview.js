// The platform "metadata": what a page says about itself, as a card.
import { busy, field, h, notice } from "../dom.js";
import { address, explain, link } from "../words.js";
import { documents } from "./documents.js";
import { inAddress, keepInAddress } from "./asked.js";
import { pictureButton } from "./line.js";

export default {
  name: "preview",
  path: "/metadata",
  platform: "metadata",
  title: "Link preview",
  about: "See what a page says about itself: title, description, picture, language.",

  show(root, { hub }) {
    const url = h("input", { name: "url", type: "text", inputmode: "url", autocomplete: "url", autocapitalize: "off", spellcheck: "false", placeholder: "example.org", required: true, value: inAddress() });
    const state = notice();
    const result = h("section", { "aria-label": "Preview", hidden: true });

    const fetchPage = async () => {
      const wanted = address(url.value);
      if (!wanted) return state.show("bad", h("p", {}, "This is not a web address."));
      url.value = wanted;
      keepInAddress(wanted);
      result.hidden = true;
      state.show("wait", h("p", {}, `Looking at ${new URL(wanted).host}…`));
      try {
        const answer = await hub.send("metadata", { type: "fetch", actor: { id: wanted, type: "website" } });
        state.hide();
        result.replaceChildren(card(answer, wanted));
        result.hidden = false;
      } catch (error) {
        state.show("bad", ...explain(error));
      }
    };

    const form = h(
      "form",
      { class: "panel", onsubmit: (event) => {
        event.preventDefault();
        busy(form, fetchPage);
      } },
      field("Address of the page", url),
      h(
        "p",
        { class: "row" },
        h("button", { "data-needs-server": true }, "Show the preview"),
        h("button", { type: "button", class: "quiet", "data-needs-server": true, onclick: () => ((url.value = `${location.origin}/metadata-test.html`), busy(form, fetchPage)) }, "A page of this server"),
      ),
      state.box,
    );
    root.append(h("h1", {}, "Link preview"), h("p", { class: "lead" }, "Paste a link, as into a chat, and see it as a card."), form, result, documents("metadata"));
    if (inAddress()) hub.isReady ? busy(form, fetchPage) : hub.addEventListener("ready", () => form.isConnected && busy(form, fetchPage), { once: true });
  },
};

function card({ actor, object }, wanted) {
  const page = object ?? {};
  const host = new URL(wanted).host;
  const image = [page.image ?? []].flat()[0];
  return h(
    "article",
    { class: "preview" },
    picture(image && absolute(image.url, wanted), image?.alt, page.title ?? host),
    h(
      "div",
      { class: "preview-text" },
      h("p", { class: "about" }, page.name || actor?.name || host),
      h("h2", {}, link(absolute(page.url, wanted) || wanted, page.title || host)),
      page.description ? h("p", {}, page.description) : h("p", { class: "empty" }, "The page does not describe itself."),
      h(
        "dl",
        { class: "facts" },
        fact("Language", page.language),
        fact("Encoding", page.charset),
        fact("Picture", image && link(absolute(image.url, wanted), [image.alt, image.width && image.height && `${image.width} × ${image.height}`].filter(Boolean).join(", ") || "open")),
        fact("Icon", page.favicon && link(absolute(page.favicon, wanted), "open")),
      ),
    ),
  );
}

// Nothing is loaded from elsewhere before a person asks for it, so that no site
// learns who looks at its preview: a letter stands in the picture's place.
function picture(url, alt, title) {
  const letter = /[\p{L}\p{N}]/u.exec(title)?.[0].toUpperCase() ?? "·";
  return h("div", { class: "picture" }, h("span", { class: "letter", "aria-hidden": "true" }, letter), url && pictureButton(url, alt || `Picture of ${title}`));
}

function fact(name, value) {
  return value ? [h("dt", {}, name), h("dd", {}, value)] : [];
}

function absolute(url, base) {
  try {
    return url ? new URL(url, base).href : "";
  } catch {
    return "";
  }
}
