// Package schema compiles JSON Schema (draft-07) once and validates values with
// it, without reflection, and without ever fetching anything.
//
//	{"type":"object","required":["id"],"properties":{"id":{"type":"string","format":"iri"}}}
//	      │ Compile
//	      ▼
//	Schema ── Validate(value) ──► [{InstancePath: "/id", SchemaPath: "#/properties/id/type",
//	                                Keyword: "type", Message: "must be string"}]
//
// A value is what encoding/json decodes into an any. Instead of a map it may hold
// any type with the methods of [Object], whose members have an order; those of a
// map are taken in the order of their names.
//
// # Order of errors
//
// Clients of Sockethub read one error of several, and which one depends on their
// order. It is that of the validator Ajv: first what says nothing of the type
// ($ref, const, enum, not, anyOf, oneOf, allOf, if), then what is about numbers,
// strings, arrays and objects, inside each of these groups in a fixed order
// (validate.go reads in it). "type" comes first, or in place of the one group
// that is about it. The errors of a failed anyOf's or oneOf's branches come
// before its own; those of branches of one that succeeds are dropped. A $ref to
// a schema without references of its own is named in paths as it is written,
// any other starts again at "#".
//
// # References
//
// $ref leads to a place in the document, by JSON pointer or by $id, or to the
// meta-schema of draft-07. Whatever else it names is an error of Compile, and so
// is a schema that would be applied to the same value without end.
//
// # Patterns
//
// Patterns are those of ECMA 262 with the flag u, matched by Go's regexp in time
// linear in the input. What cannot be matched so is an error of Compile:
// lookahead (?=…) (?!…), lookbehind (?<=…) (?<!…), back references \1 \k<name>,
// repetitions above 1,000, \S in a class, and properties other than general
// categories and scripts. As values of the format "regex" these are refused too.
//
// # Formats
//
// date-time, date, time, email, hostname, ipv4, ipv6, uri, uri-reference, iri,
// iri-reference, uri-template, json-pointer, relative-json-pointer and regex are
// checked; a [Compiler] can add others or replace these. A format that is not
// known allows everything, as draft-07 asks (validation, section 7.2), and so do
// contentEncoding and contentMediaType.
//
// Read schema.go first, then compile.go and validate.go.
package schema
