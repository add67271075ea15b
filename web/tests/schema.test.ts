import openapiTS, { astToString } from "openapi-typescript";
import { expect, test } from "vitest";
import document from "../src/api/openapi.json?raw";
import committed from "../src/api/schema.ts?raw";

test("the committed types are those of the committed OpenAPI document", async () => {
  const made = astToString(await openapiTS(document, { defaultNonNullable: false }));
  // The command line puts a notice above what it makes.
  expect(committed.trim().endsWith(made.trim())).toBe(true);
});
