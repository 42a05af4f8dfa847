// The platform "metadata": what a page says about itself, as a card.
import { busy, field, h, notice } from "../dom.js";
import { address, explain, link } from "../words.js";

export default {
  name: "preview",
  path: "/metadata",
  platform: "metadata",
  title: "Link preview",
  about: "See what a page says about itself: title, description, picture, language.",

  show(root, { hub }) {
    const url = h("input", { name: "url", type: "text", inputmode: "url", autocomplete: "url", autocapitalize: "off", spellcheck: "false", placeholder: "example.org", required: true });
    const state = notice();
    const result = h("section", { "aria-label": "Preview", hidden: true });

    const fetchPage = async () => {
      const wanted = address(url.value);
      if (!wanted) return state.show("bad", h("p", {}, "This is not a web address."));
      url.value = wanted;
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
      h("p", { class: "row" }, h("button", { "data-needs-server": true }, "Show the preview")),
      state.box,
    );
    root.append(h("h1", {}, "Link preview"), h("p", { class: "lead" }, "Paste a link, as into a chat, and see it as a card."), form, result);
  },
};

function card({ actor, object }, wanted) {
  const page = object ?? {};
  const host = new URL(wanted).host;
  const image = [page.image ?? []].flat()[0];
  return h(
    "article",
    { class: "preview" },
    picture(image, page.title ?? host),
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

// Nothing is loaded from elsewhere, so that no site learns who looks at its
// preview: the picture is a link, and a letter stands in its place.
function picture(image, title) {
  const letter = /[\p{L}\p{N}]/u.exec(title)?.[0].toUpperCase() ?? "·";
  return h("div", { class: "picture", "aria-hidden": "true" }, h("span", {}, letter), image && h("small", {}, "picture not loaded"));
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
