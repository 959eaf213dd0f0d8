import type { PageProps } from "fresh";

export default ({ Component }: PageProps) => (
  <div class="inner-layout">
    <Component />
  </div>
);
