/** The part of JSON Schema 2020-12 that docs/openapi.json uses. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: false;
  items?: Schema;
  enum?: unknown[];
  format?: string;
  minimum?: number;
  maximum?: number;
  minItems?: number;
  maxItems?: number;
  maxLength?: number;
  default?: unknown;
  description?: string;
}

/**
 * Keywords that are checked or have no effect on validation; any other is an error, not ignored.
 */
const KEYWORDS = new Set([
  "$ref",
  "type",
  "properties",
  "required",
  "additionalProperties",
  "items",
  "enum",
  "format",
  "minimum",
  "maximum",
  "minItems",
  "maxItems",
  "maxLength",
  "default",
  "description",
]);

const DATE_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$/;

/**
 * The validation errors of a value, each with its path; empty if valid.
 *
 * @param root The document that `$ref` points into.
 * @throws {Error} if the schema uses an unsupported keyword.
 */
export function violations(
  value: unknown,
  schema: Schema,
  root: unknown,
  at = "$",
): string[] {
  for (const keyword of Object.keys(schema)) {
    if (!KEYWORDS.has(keyword)) throw new Error(`${at}: what is "${keyword}"?`);
  }
  if (schema.$ref !== undefined) {
    return violations(value, resolve<Schema>(schema.$ref, root), root, at);
  }
  const types = [schema.type ?? []].flat();
  if (types.length > 0 && !types.some((type) => isOf(type, value))) {
    return [`${at}: ${JSON.stringify(value)} is not ${types.join(" or ")}`];
  }
  const found: string[] = [];
  const fail = (why: string) => found.push(`${at}: ${why}`);
  if (schema.enum && !schema.enum.includes(value)) {
    fail(`${JSON.stringify(value)} is none of ${schema.enum.join(", ")}`);
  }
  if (typeof value === "string") {
    if (schema.format === "date-time" && !DATE_TIME.test(value)) {
      fail(`"${value}" is no time in UTC`);
    }
    if (value.length > (schema.maxLength ?? Infinity)) fail("too long");
  } else if (typeof value === "number") {
    if (value < (schema.minimum ?? -Infinity)) fail("too small");
    if (value > (schema.maximum ?? Infinity)) fail("too large");
  } else if (Array.isArray(value)) {
    if (value.length < (schema.minItems ?? 0)) fail("too few items");
    if (value.length > (schema.maxItems ?? Infinity)) fail("too many items");
    for (const [n, item] of value.entries()) {
      found.push(
        ...violations(item, schema.items ?? {}, root, `${at}[${n}]`),
      );
    }
  } else if (typeof value === "object" && value !== null) {
    const { properties = {}, required = [] } = schema;
    for (const name of required) {
      if (!Object.hasOwn(value, name)) fail(`"${name}" is missing`);
    }
    for (const [name, each] of Object.entries(value)) {
      if (Object.hasOwn(properties, name)) {
        found.push(
          ...violations(each, properties[name]!, root, `${at}.${name}`),
        );
      } else if (schema.additionalProperties === false) {
        fail(`"${name}" is not documented`);
      }
    }
  }
  return found;
}

/**
 * Resolves a `$ref` such as `#/components/schemas/User`.
 *
 * @throws {Error} if it does not exist.
 */
export function resolve<T>(ref: string, root: unknown): T {
  if (!ref.startsWith("#/")) throw new Error(`Cannot follow ${ref}`);
  let found = root;
  for (const part of ref.slice(2).split("/")) {
    found = (found as Record<string, unknown> | undefined)?.[part];
  }
  if (found === undefined) throw new Error(`Cannot find ${ref}`);
  return found as T;
}

function isOf(type: string, value: unknown): boolean {
  switch (type) {
    case "null":
      return value === null;
    case "integer":
      return Number.isInteger(value);
    case "number":
      return Number.isFinite(value);
    case "array":
      return Array.isArray(value);
    case "object":
      return typeof value === "object" && value !== null &&
        !Array.isArray(value);
    case "string":
      return typeof value === "string";
    case "boolean":
      return typeof value === "boolean";
    default:
      throw new Error(`Cannot check the type "${type}"`);
  }
}
