/** How a dialog looks, for the one that is drawn before its part of the page is here too. */
export const frameLook =
  "rise fixed inset-x-3 top-[8dvh] z-50 mx-auto flex max-h-[84dvh] flex-col overflow-hidden rounded-2xl border border-line bg-raised shadow-raised focus:outline-none";
export const shadeLook = "appear fixed inset-0 z-40 bg-shade";
