import { assert, assertEquals } from "@std/assert";
import { startServer } from "../_server.ts";
import { assertRefused, taskBench } from "./_tasks.ts";

Deno.test("create-user reads the password from standard input, without its line break", async () => {
  await using bench = await taskBench();
  const ann = await bench.run("create-user", ["ann"], {
    stdin: " a pass phrase \nand more\n",
  });
  assertEquals([ann.code, ann.stdout, ann.stderr], [
    0,
    "Created user ann.\n",
    "",
  ]);
  const root = await bench.run("create-user", ["root", "--admin"], {
    stdin: "an admin's password\r\n",
  });
  assertEquals([root.code, root.stdout], [0, "Created admin root.\n"]);
  assert(!(await bench.dump()).join().includes("pass phrase"));

  await using server = await startServer({ kvPath: bench.kvPath });
  // There is an admin, so nobody else is invited to become the first.
  assertEquals(server.setupLink, null);
  const login = async (username: string, password: string) => {
    const response = await fetch(`${server.origin}/api/login`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ username, password }),
    });
    const answer = await response.json();
    return answer.user?.role ?? response.status;
  };
  assertEquals(await login("ann", " a pass phrase "), "user");
  assertEquals(await login("ann", "a pass phrase"), 401);
  assertEquals(await login("root", "an admin's password"), "admin");

  // While the server runs, a new user can log in at once.
  const bob = await bench.run("create-user", ["bob"], {
    stdin: "another pass phrase",
  });
  assertEquals(bob.code, 0);
  assertEquals(await login("bob", "another pass phrase"), "user");
});

Deno.test("create-user refuses a name that is taken in any spelling", async () => {
  await using bench = await taskBench();
  const stdin = "a pass phrase\n";
  assertEquals((await bench.run("create-user", ["Ann"], { stdin })).code, 0);
  const before = await bench.dump();
  for (const name of ["ann", "ANN", " ann ", "Ａｎｎ"]) {
    assertRefused(
      await bench.run("create-user", [name], { stdin }),
      1,
      "taken",
    );
  }
  assertEquals(await bench.dump(), before);
});
