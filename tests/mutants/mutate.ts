import { parse } from "@babel/parser";

/** One small change of a source text. */
export interface Mutant {
  /** The range of the changed part, in UTF-16 units. */
  start: number;
  end: number;
  /** Its replacement. */
  text: string;
  /** From 1. */
  line: number;
}

/** The parts of a syntax tree node that are used here. */
interface Node {
  type: string;
  start: number;
  end: number;
  loc: { start: { line: number } };
  [field: string]: unknown;
}

const OPERATORS: Record<string, string> = {
  "<": "<=",
  "<=": "<",
  ">": ">=",
  ">=": ">",
  "===": "!==",
  "!==": "===",
  "+": "-",
  "-": "+",
  "*": "/",
  "/": "*",
  "%": "*",
  "&": "|",
  "|": "&",
  "<<": ">>",
  ">>": "<<",
  ">>>": "<<",
  "&&": "||",
  "||": "&&",
  "??": "&&",
};

const CALLS: Record<string, string> = {
  floor: "ceil",
  ceil: "floor",
  min: "max",
  max: "min",
  some: "every",
  every: "some",
};

/**
 * The mutants of a TypeScript text: each operator, number, boolean, condition and statement without
 * a result is changed once. Types and error messages are left out.
 */
export function mutantsOf(source: string): Mutant[] {
  const { program } = parse(source, {
    sourceType: "module",
    plugins: ["typescript", "jsx", "importAttributes"],
  });
  const found: Mutant[] = [];
  const add = (node: Node, start: number, end: number, text: string) =>
    found.push({ start, end, text, line: node.loc.start.line });
  visit(program as unknown as Node, (node) => {
    switch (node.type) {
      case "BinaryExpression":
      case "LogicalExpression": {
        const swapped = OPERATORS[node.operator as string];
        if (swapped === undefined) return;
        const left = node.left as Node;
        const at = source.indexOf(node.operator as string, left.end);
        add(node, at, at + (node.operator as string).length, swapped);
        return;
      }
      case "NumericLiteral":
        add(node, node.start, node.end, `${Number(node.value) + 1}`);
        return;
      case "BooleanLiteral":
        add(node, node.start, node.end, `${!node.value}`);
        return;
      case "UnaryExpression":
        if (node.operator === "!") add(node, node.start, node.start + 1, "");
        return;
      case "IfStatement":
      case "ConditionalExpression": {
        const test = node.test as Node;
        add(node, test.start, test.end, "false");
        return;
      }
      case "MemberExpression": {
        const property = node.property as Node;
        const swapped = CALLS[property.name as string];
        if (swapped === undefined || node.computed === true) return;
        add(node, property.start, property.end, swapped);
        return;
      }
      case "ExpressionStatement":
        add(node, node.start, node.end, ";");
        return;
    }
  });
  return found;
}

/** A text with one mutant in it. */
export function mutated(source: string, { start, end, text }: Mutant): string {
  return source.slice(0, start) + text + source.slice(end);
}

function visit(node: Node, look: (node: Node) => void): void {
  // Types are not executed, and error messages have no branches.
  if (node.type.startsWith("TS") && !RUNS.has(node.type)) return;
  if (node.type === "ImportDeclaration" || node.type === "ThrowStatement") {
    return;
  }
  look(node);
  for (const value of Object.values(node)) {
    for (const each of Array.isArray(value) ? value : [value]) {
      if (isNode(each)) visit(each, look);
    }
  }
}

/** TypeScript's wrappers around executable nodes. */
const RUNS = new Set([
  "TSAsExpression",
  "TSNonNullExpression",
  "TSSatisfiesExpression",
]);

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null &&
    typeof (value as Node).type === "string" && "start" in value;
}
