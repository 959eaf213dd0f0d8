/**
 * The packages with which the guarded app is compared. They are installed from npm into a temporary
 * folder when the benchmark runs, so that no app includes them.
 */
const PACKAGES: Record<string, string[]> = {
  express: ["express@5.3.0", "express-rate-limit@8.7.4", "morgan@1.12.1"],
  hono: ["hono@4.13.19", "@hono/node-server@2.1.8", "hono-rate-limiter@0.5.4"],
};

/** The names of the others. */
export const OTHERS = Object.keys(PACKAGES);

/** Installs one of them into a temporary folder, where `node server.mjs` starts it. */
export async function installOther(name: string): Promise<string> {
  const cwd = await Deno.makeTempDir({ prefix: `portcullis_bench_${name}_` });
  await Deno.copyFile(
    new URL(`others/${name}.mjs`, import.meta.url),
    `${cwd}/server.mjs`,
  );
  await Deno.writeTextFile(
    `${cwd}/package.json`,
    `{"private":true,"type":"module"}`,
  );
  const { success, stderr } = await new Deno.Command("npm", {
    args: [
      "install",
      "--silent",
      "--no-fund",
      "--no-audit",
      "--prefer-offline",
      ...PACKAGES[name]!,
    ],
    cwd,
  }).output();
  if (!success) {
    throw new Error(
      `Cannot install ${name}: ${
        new TextDecoder().decode(stderr).slice(0, 300)
      }`,
    );
  }
  return cwd;
}
