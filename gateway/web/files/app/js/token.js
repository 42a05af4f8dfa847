// What a server asks that is not for everybody.
import { field, h } from "./dom.js";

// askForToken shows a dialog, and has the hub try the token. complaint is what the
// server had against the one before; "" if there was none.
export function askForToken(hub, complaint) {
  const input = h("input", { type: "password", name: "token", autocomplete: "off", required: true });
  const dialog = h(
    "dialog",
    { "aria-label": "Token", onclose: () => dialog.remove() },
    h(
      "form",
      { method: "dialog", onsubmit: () => hub.unlock(input.value.trim()) },
      complaint && h("p", { class: "notice bad", role: "alert" }, complaint),
      field("Token", input, "Whoever runs this server gives it out. It is kept until this tab is closed."),
      h("button", { type: "submit" }, "Connect"),
    ),
  );
  document.body.append(dialog);
  dialog.showModal();
}
