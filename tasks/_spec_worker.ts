/** Loads one command and posts its arguments; in a thread, as a module cannot be loaded twice. */
import { onlyDescribe } from "./_cli.ts";
import { COMMANDS } from "./_commands.ts";

const scope = self as unknown as {
  onmessage: (event: MessageEvent<string>) => void;
  postMessage(spec: unknown): void;
};
scope.onmessage = async ({ data: name }) => {
  onlyDescribe((spec) => scope.postMessage(spec));
  const command = COMMANDS.find((command) => command.name === name)!;
  // It ends while parsing its arguments.
  await command.run!().catch(() => {});
};
