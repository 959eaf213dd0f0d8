import type { PageProps } from "fresh";

export default function App({ Component }: PageProps) {
  return (
    <html>
      <head />
      <body class="root-app">
        <Component />
      </body>
    </html>
  );
}
