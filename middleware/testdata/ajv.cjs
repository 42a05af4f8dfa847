// Reads lines {"schema": name, "value": …} and answers each with the errors
// that Ajv finds, in its order. The first line names the schemas.
const { createRequire } = require("node:module");
const lines = require("node:readline").createInterface({ input: process.stdin });
const peers = createRequire(process.argv[2] + "/");
const Ajv = peers("ajv");
const ajv = new Ajv({ allErrors: true, strict: false });
peers("ajv-formats")(ajv);
peers("ajv-formats-draft2019")(ajv);
let check;
lines.on("line", (line) => {
  const input = JSON.parse(line);
  if (!check) {
    check = Object.fromEntries(Object.entries(input).map(([name, schema]) => [name, ajv.compile(schema)]));
    return;
  }
  const validate = check[input.schema];
  validate(input.value);
  console.log(JSON.stringify((validate.errors || []).map((e) => [e.instancePath, e.schemaPath, e.keyword, e.message])));
});
