import type { Island } from "../build_cache.ts";

/** Collects the islands of an app: every exported function of their modules. */
export class IslandPreparer {
  /** Islands by their function. */
  readonly islands: Map<unknown, Island> = new Map();
  #names = new Set<string>();

  /** `file` is the module's name, `url` its address in the browser. */
  prepare(module: Record<string, unknown>, file: string, url: string): void {
    const base = file.replace(/^.*\//, "").replace(/\.[jt]sx?$/, "");
    for (const [exportName, value] of Object.entries(module)) {
      if (typeof value !== "function" || this.islands.has(value)) continue;
      const name = this.#uniqueName(
        exportName === "default" ? base : `${base}_${exportName}`,
      );
      this.islands.set(value, { name, exportName, url });
    }
  }

  #uniqueName(wanted: string): string {
    const base = wanted.replace(/\W/g, "_");
    let name = base;
    for (let i = 2; this.#names.has(name); i++) name = `${base}_${i}`;
    this.#names.add(name);
    return name;
  }
}
