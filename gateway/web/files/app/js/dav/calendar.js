// Events and tasks of a calendar: what is asked for, how they are listed, and the
// form that changes one.
import { plural } from "../words.js";

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

export const calendar = {
  platform: "caldav",
  path: "/caldav",
  title: "Calendar",
  about: "List, add and change the events of a CalDAV server.",
  one: "event",
  collection: "calendar",
  type: "event",
  example: "https://dav.example.org/",

  // queries are the fields above the list.
  queries: [
    { name: "from", label: "From", type: "date", initial: () => dayOf(new Date()) },
    { name: "until", label: "Until", type: "date", initial: () => dayOf(new Date(Date.now() + 60 * 86400000)) },
    { name: "text", label: "Text", type: "search" },
    { name: "expand", label: "Each occurrence of what recurs", type: "checkbox", initial: () => true },
  ],
  query({ from, until, text, expand }) {
    const bounds = from && until ? { startTime: new Date(`${from}T00:00`).toISOString(), endTime: new Date(new Date(`${until}T00:00`).getTime() + 86400000).toISOString() } : {};
    return { type: "event", ...bounds, ...(text && { text }), ...(expand && bounds.startTime && { expand: true }), limit: 200 };
  },

  // rows are the lines of the list: one for each occurrence where they are known.
  rows(items) {
    const rows = items.flatMap((item) => item.occurrences ? item.occurrences.map((o) => ({ item, occurrence: o, ...item, ...o })) : [{ item, ...item }]);
    return rows.sort((a, b) => String(a.startTime).localeCompare(String(b.startTime)));
  },
  headline: (row) => row.name || "Without a title",
  details(row) {
    const recurs = row.item.recurrence && "recurs";
    const guests = row.item.attendees?.length && plural(row.item.attendees.length, "guest");
    return [span(row), row.location, recurs, guests, row.status === "cancelled" && "cancelled", row.item.recurrenceError].filter(Boolean).join(" · ");
  },

  fields: [
    { name: "name", label: "Title", required: true },
    { name: "allDay", label: "Whole days", type: "checkbox" },
    { name: "startTime", label: "Begins", type: "time", required: true },
    { name: "endTime", label: "Ends", type: "time" },
    { name: "location", label: "Place" },
    { name: "rule", label: "Recurs", type: "select", choices: [["", "never"], ["daily", "daily"], ["weekly", "weekly"], ["monthly", "monthly"], ["yearly", "yearly"]], onlyNew: true },
    { name: "content", label: "Notes", type: "area" },
  ],

  // values are what the form shows of an item.
  values(item) {
    return {
      name: item.name ?? "", location: item.location ?? "", content: item.content ?? "", allDay: !!item.allDay,
      startTime: wall(item.startTime), endTime: wall(item.endTime), rule: item.recurrence?.frequency ?? "",
    };
  },

  // changes are the members of a message for what differs from before.
  changes(values, before, item) {
    const changed = (name) => !before || values[name] !== before[name];
    const made = {};
    for (const name of ["name", "location", "content"]) if (changed(name) && (before || values[name])) made[name] = values[name];
    const retimed = changed("startTime") || changed("endTime") || changed("allDay");
    if (retimed) {
      made.startTime = stored(values.startTime, values.allDay, item);
      if (values.endTime || before?.endTime) made.endTime = values.endTime ? stored(values.endTime, values.allDay, item) : "";
      if (values.allDay || before?.allDay) made.allDay = values.allDay;
    }
    if (!item && !values.allDay) made.timeZone = zone;
    if (!item && values.rule) made.recurrence = { frequency: values.rule };
    return made;
  },
};

function span({ startTime, endTime, allDay }) {
  const begin = wall(startTime).replace("T", " ");
  const end = wall(endTime).replace("T", " ");
  if (!end || end === begin) return begin;
  if (allDay) return `${begin} to ${end}, exclusive`;
  return end.slice(0, 10) === begin.slice(0, 10) ? `${begin} to ${end.slice(11)}` : `${begin} to ${end}`;
}

// wall is a time as the clock at its place shows it; of UTC the clock here.
function wall(time) {
  if (!time) return "";
  if (!time.endsWith("Z")) return time.slice(0, 16);
  const at = new Date(time);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
}

// stored is a time of the form as a message has it: of the item's own zone, or of
// this one.
function stored(time, allDay, item) {
  if (allDay) return time.slice(0, 10);
  const full = time.length === 10 ? `${time}T00:00:00` : `${time.slice(0, 16)}:00`;
  return item?.startTime?.endsWith("Z") ? new Date(full).toISOString().replace(".000", "") : full;
}

function dayOf(date) {
  return new Date(date.getTime() - date.getTimezoneOffset() * 60000).toISOString().slice(0, 10);
}
