/** What the console's pages ask for, and the calls that they and its scripts make. */
const CONSOLE =
  /^(?:\/admin|\/api\/(?:requests|stats|incidents|suspicious|blocked|policy|limits|feeds|detect|addresses|console))(?:\/|$)/;

/** Whether a path is one of the console's own. */
export function isConsolePath(path: string): boolean {
  return CONSOLE.test(path);
}
