import { assertEquals } from "@std/assert";
import { Readable } from "node:stream";
import type { IncomingMessage } from "node:http";
import { whenOver } from "../../lib/proxy/answer.ts";

/** A response body of an app, reduced to how it ends. */
function bodyOf(complete: boolean): Readable & { complete: boolean } {
  const body = Object.assign(new Readable({ read() {} }), { complete });
  body.on("error", () => {});
  return body;
}

/** How often a body was reported complete and broken. */
async function toldOf(
  body: Readable,
  end: (body: Readable) => void,
): Promise<[whole: number, broken: number]> {
  const told: [number, number] = [0, 0];
  whenOver(body as IncomingMessage, () => told[0]++, () => told[1]++);
  end(body);
  await new Promise((resolve) => body.once("close", resolve));
  return told;
}

Deno.test("the end of an app's answer is told once, whole or broken", async () => {
  const flowing = (complete: boolean) => {
    const body = bodyOf(complete);
    body.on("data", () => {});
    return body;
  };
  assertEquals(
    await toldOf(flowing(true), (body) => (body.push("ok"), body.push(null))),
    [1, 0],
  );
  assertEquals(
    await toldOf(flowing(false), (body) => body.destroy(new Error("reset"))),
    [0, 1],
    "broken off",
  );
  assertEquals(
    await toldOf(flowing(true), (body) => body.destroy(new Error("reset"))),
    [1, 0],
    "an app that has said all of it and hung up with a reset",
  );
  assertEquals(
    await toldOf(bodyOf(true), (body) => {
      body.push("more");
      body.destroy(new Error("reset"));
    }),
    [0, 1],
    "what was not taken over is missing",
  );
});
