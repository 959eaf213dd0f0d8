import type { PageProps } from "fresh";

export default ({ Component }: PageProps) => (
  <div class="folder-layout">
    <Component />
  </div>
);
