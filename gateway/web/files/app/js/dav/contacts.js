// The people in an address book: how they are listed, and the form that changes
// one. Lists (e-mail addresses, numbers) are lines of a text.
export const contacts = {
  platform: "carddav",
  path: "/carddav",
  title: "Contacts",
  about: "List, add and change the people in a CardDAV address book.",
  one: "contact",
  collection: "addressBook",
  type: "person",
  example: "https://dav.example.org/",

  queries: [{ name: "text", label: "Text", type: "search" }],
  query: ({ text }) => ({ type: "contactQuery", ...(text && { text }), limit: 200 }),

  rows: (items) => items.map((item) => ({ item, ...item })).sort((a, b) => (a.name ?? "").localeCompare(b.name ?? "")),
  headline: (row) => row.name || "Without a name",
  details: (row) => [row.organization, ...values(row.emails), ...values(row.telephones), row.birthday && `born ${row.birthday}`].filter(Boolean).join(" · "),

  fields: [
    { name: "name", label: "Name", required: true },
    { name: "organization", label: "Organization" },
    { name: "emails", label: "E-mail addresses", type: "lines" },
    { name: "telephones", label: "Telephones", type: "lines" },
    { name: "birthday", label: "Birthday" },
    { name: "note", label: "Notes", type: "area" },
  ],

  values: (item) => ({
    name: item.name ?? "", organization: item.organization ?? "", birthday: item.birthday ?? "", note: item.note ?? "",
    emails: values(item.emails).join("\n"), telephones: values(item.telephones).join("\n"),
  }),

  changes(now, before, item) {
    const made = {};
    for (const name of ["name", "organization", "birthday", "note"]) if (now[name] !== (before?.[name] ?? "")) made[name] = now[name];
    for (const name of ["emails", "telephones"]) {
      if (now[name] === (before?.[name] ?? "")) continue;
      const known = new Map((item?.[name] ?? []).map((entry) => [entry.value, entry])); // what is said of a number stays
      made[name] = now[name].split("\n").map((line) => line.trim()).filter(Boolean).map((value) => known.get(value) ?? { value });
    }
    return made;
  },
};

function values(list) {
  return (list ?? []).map((entry) => entry.value);
}
