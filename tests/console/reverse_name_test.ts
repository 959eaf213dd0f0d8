import { assert, assertEquals } from "@std/assert";
import { reverseNames } from "../../lib/console/reverse_name.ts";

Deno.test("reverseName(): the DNS's name, asked for once an hour", async () => {
  let asked = 0;
  let now = 0;
  const reverse = () => {
    asked++;
    return Promise.resolve(["host.example.net."]);
  };
  const name = reverseNames({ resolver: { reverse }, now: () => now });
  assertEquals(await name("8.8.8.8"), "host.example.net");
  assertEquals(await name("8.8.8.8"), "host.example.net");
  assertEquals(asked, 1);
  now += 3_600_000;
  await name("8.8.8.8");
  assertEquals(asked, 2);
});

Deno.test("reverseName(): null where there is none, nobody answers, or it is slow", async () => {
  const of = (reverse: () => Promise<string[]>) =>
    reverseNames({ resolver: { reverse }, now: () => 0, deadlineMs: 20 })(
      "8.8.8.8",
    );
  assertEquals(await of(() => Promise.resolve([])), null);
  assertEquals(await of(() => Promise.resolve([""])), null);
  assertEquals(await of(() => Promise.reject(new Error("refused"))), null);
  const begun = performance.now();
  assertEquals(await of(() => new Promise(() => {})), null);
  assert(performance.now() - begun < 500);
});

Deno.test("reverseName(): nobody is asked about what is not public, or no address", async () => {
  const reverse = () => Promise.reject(new Error("asked"));
  const name = reverseNames({ resolver: { reverse }, now: () => 0 });
  for (const ip of ["10.0.0.1", "127.0.0.1", "fe80::1", "198.51.100.7", "x"]) {
    assertEquals(await name(ip), null);
  }
});

Deno.test("reverseName(): a name is cut to what a name can be", async () => {
  const reverse = () => Promise.resolve(["<b>".repeat(10_000)]);
  const name = reverseNames({ resolver: { reverse }, now: () => 0 });
  assertEquals((await name("8.8.8.8"))?.length, 253);
});
