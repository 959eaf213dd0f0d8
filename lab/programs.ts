/** Where a program lies, or null where it is not installed. */
export async function pathOfProgram(name: string): Promise<string | null> {
  for (const folder of (Deno.env.get("PATH") ?? "").split(":")) {
    try {
      if ((await Deno.stat(`${folder}/${name}`)).isFile) {
        return `${folder}/${name}`;
      }
    } catch {
      // Not there.
    }
  }
  return null;
}
