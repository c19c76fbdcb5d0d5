import type { ComponentChildren } from "preact";

/** A key cap. */
export const Key = ({ children }: { children: ComponentChildren }) => <kbd>{children}</kbd>;
