// h makes an element: h("a", { href: "/", class: "card" }, "Home"). A property
// that begins with "on" is a listener, false and null leave an attribute out.
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child != null && child !== false));
  return element;
}

// field is a labelled control, with a line of help if it needs one.
let fields = 0;
export function field(label, control, help) {
  const id = (control.id ||= `field-${++fields}`);
  if (help) control.setAttribute("aria-describedby", `${id}-help`);
  return h("div", { class: "field" }, h("label", { for: id }, label), control, help && h("small", { id: `${id}-help` }, help));
}

// notice is a box that says how something went, and is read aloud. It is made
// once and changed: screen readers announce changes only.
export function notice() {
  const box = h("div", { class: "notice", role: "status", hidden: true });
  let timer = 0;
  const all = {
    box,
    show(kind, ...content) {
      clearTimeout(timer);
      box.className = `notice ${kind}`;
      box.setAttribute("role", kind === "bad" ? "alert" : "status");
      box.replaceChildren(...content);
      box.hidden = false;
    },
    hide() {
      clearTimeout(timer);
      box.hidden = true;
      box.replaceChildren();
    },
    // wait is for what is mostly done before one could read it.
    wait(text) {
      all.hide();
      timer = setTimeout(() => all.show("wait", h("p", {}, text)), 300);
    },
  };
  return all;
}

// busy keeps a form from being sent twice while its work is done.
export async function busy(form, work) {
  if (form.getAttribute("aria-busy") === "true") return;
  form.setAttribute("aria-busy", "true");
  try {
    await work();
  } finally {
    form.removeAttribute("aria-busy");
  }
}

// renew replaces what is in a list. Who had the focus in it has it again, on
// the element with the same data-key.
export function renew(list, ...children) {
  const { key } = (list.contains(document.activeElement) && document.activeElement.dataset) || {};
  list.replaceChildren(...children.flat());
  if (key !== undefined) [...list.querySelectorAll("[data-key]")].find((e) => e.dataset.key === key)?.focus({ preventScroll: true });
}

// hidden text is for those who hear the page.
export function spoken(text) {
  return h("span", { class: "spoken" }, text);
}
