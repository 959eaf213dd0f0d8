import { assertEquals } from "@std/assert";
import { isInstalled } from "../acceptance/_upstream.ts";
import { differences, MAKES } from "./proxy_differential.ts";

const REQUESTS = Number(Deno.env.get("FUZZ_REQUESTS") ?? 1_000);
const SEED = Number(Deno.env.get("FUZZ_SEED") ?? 20_261_126);
const PROGRAMS = { node: "node", python: "python3", nginx: "nginx" };

for (const make of MAKES) {
  const program = PROGRAMS[make];
  // nginx has no --version.
  const isThere = program === "nginx"
    ? await new Deno.Command("sh", { args: ["-c", "command -v nginx"] })
      .output().then(({ success }) => success)
    : await isInstalled(program);
  Deno.test({
    name:
      `proxy: of ${REQUESTS} generated requests ${make} sees each as it was sent, or not at all`,
    ignore: !isThere,
    async fn() {
      const { faults, seen } = await differences(make, REQUESTS, SEED);
      assertEquals(faults, []);
      assertEquals(seen > REQUESTS / 4, true, `${seen} were seen`);
    },
  });
}
