import { classes } from "../components/ui/classes";

/** One message: centred, at most 46rem of measure. */
export const rowClass = "group/message mx-auto w-full max-w-[49rem] px-6 pb-5 max-md:px-4";

/** The line of actions below a message. It always takes its place, so that nothing moves when it appears. */
export function barClass(isAlwaysShown: boolean): string {
  return classes(
    "-ms-1.5 mt-1 flex min-h-7 flex-wrap items-center gap-0.5 text-small text-faint transition-opacity duration-100",
    !isAlwaysShown &&
      "opacity-0 group-hover/message:opacity-100 group-focus-within/message:opacity-100 pointer-coarse:opacity-100 max-md:opacity-100 has-data-[state=open]:opacity-100",
  );
}
