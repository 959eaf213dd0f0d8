/**
 * `run_section.ts <name> <folder> [--quick]`: runs one section; writes its figures to a file in the
 * folder.
 */
import type { Section } from "./section.ts";

const [name, folder, size] = Deno.args;
const { measure }: Section = await import(`./sections/${name}.ts`);
try {
  const figures = await measure({ folder: folder!, quick: size === "--quick" });
  await Deno.writeTextFile(`${folder}/${name}.json`, JSON.stringify(figures));
} catch (error) {
  // If a server could not be stopped afterwards, the first error is hidden in this one.
  if (error instanceof SuppressedError) console.error(error.suppressed);
  console.error(error);
  Deno.exit(1);
}
Deno.exit();
