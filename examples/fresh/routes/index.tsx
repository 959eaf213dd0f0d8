import type { PageProps } from "fresh";
import type { Visitor } from "@portcullis/portcullis/guard";

/** Greets the visitor by the address that the guard found. */
export default function Home(
  { state }: PageProps<unknown, { visitor: Visitor }>,
) {
  return <h1>Hello, {state.visitor.ip}</h1>;
}
