// What the parts of a duet share.
export const fieldLook = "w-full rounded-lg border border-line-strong bg-ground px-3 outline-none focus:border-accent max-md:text-base";

/** As many answers as one request may ask for. */
export const turnsMax = 50;
