import type { PageProps } from "fresh";
import Any from "../../islands/Any.tsx";

class Point {
  x = 1;
  get double() {
    return 2 * this.x;
  }
}

/** Invalid props for an island. */
const VALUES: Record<string, () => unknown> = {
  function: () => () => 1,
  method: () => ({ a: [{ call() {} }] }),
  json: () => ({ toJSON: () => 1 }),
  symbol: () => Symbol("s"),
  "symbol-inside": () => ({ a: 1, s: Symbol("s"), b: 2 }),
  error: () => new Error("said"),
  promise: () => Promise.resolve(1),
  blob: () => new Blob(["x"]),
  headers: () => new Headers({ a: "b" }),
  weak: () => new WeakMap(),
  instance: () => new Point(),
  "jsx-prop": () => <i class="c">t</i>,
  jsx: () => [<i class="c">t</i>],
  "jsx-of-component": () => [<Any value={1} />],
  buffer: () => new ArrayBuffer(2),
  floats: () => new Float64Array([1, 2]),
  plain: () => ({ a: 1 }),
  null: () => null,
  nothing: () => Object.create(null),
};

export default ({ params: { kind } }: PageProps) => {
  if (kind === "jsx-children") {
    return (
      <Any value={1}>
        <i class="c">t</i>
        <i class="c">u</i>
      </Any>
    );
  }
  return <Any value={VALUES[kind!]!()} />;
};
