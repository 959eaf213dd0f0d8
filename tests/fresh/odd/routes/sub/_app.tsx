import type { PageProps } from "fresh";

export default function App({ Component }: PageProps) {
  return (
    <html>
      <head />
      <body class="sub-app">
        <Component />
      </body>
    </html>
  );
}
