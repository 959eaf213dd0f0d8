/** `run_section.ts <name> <folder> [--quick]`: one section; its figures go to a file in the folder. */
import type { Section } from "./section.ts";

const [name, folder, size] = Deno.args;
const { measure }: Section = await import(`./sections/${name}.ts`);
try {
  const figures = await measure({ folder: folder!, quick: size === "--quick" });
  await Deno.writeTextFile(`${folder}/${name}.json`, JSON.stringify(figures));
} catch (error) {
  // What failed first is hidden where a server could not be stopped after it.
  if (error instanceof SuppressedError) console.error(error.suppressed);
  console.error(error);
  Deno.exit(1);
}
Deno.exit();
