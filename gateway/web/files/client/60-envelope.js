/** The schema that all activities have in common. */
function envelope(contexts) {
  const text = { type: "string" };
  const iri = { type: "string", format: "iri" };
  const entity = (name, id, more) => ({ required: ["id", "type"], properties: { id, type: { enum: [name] }, name: text, ...more } });
  const closed = (required, properties) => ({ required, additionalProperties: false, properties });
  const type = {
    person: entity("person", text),
    room: entity("room", text),
    service: entity("service", text),
    feed: entity("feed", iri, { description: text, author: text, favicon: text }),
    website: entity("website", iri),
    platform: entity("platform", text),
    address: closed(["type"], { type: { enum: ["address"] } }),
    calendar: entity("calendar", iri, { components: { type: "array", items: { enum: ["event", "task"] } } }),
    addressBook: closed(["id", "type"], { id: iri, type: { enum: ["addressBook"] } }),
  };
  const refs = Object.keys(type).map((name) => ({ $ref: `#/definitions/type/${name}` }));
  return {
    type: "object",
    required: ["@context", "type", "actor"],
    additionalProperties: false,
    properties: {
      "@context": {
        type: "array",
        allOf: [{ contains: { const: contexts.as } }, { contains: { const: contexts.sockethub } }],
        minItems: 3,
        maxItems: 3,
        items: text,
      },
      id: text,
      type: text,
      actor: { oneOf: refs.slice(0, 6) },
      target: { oneOf: refs },
      object: { type: "object" },
      published: { type: "string", format: "date-time" },
    },
    definitions: { type },
  };
}
